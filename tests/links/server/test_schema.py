"""The page, the schema and the clients say what the server does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from expressive.links.server.inbound import CLIENT_MESSAGES, AudioSettings, VideoSettings
from expressive.links.server.outbound import BINARY_HEADER, SERVER_MESSAGES
from expressive.links.server.reading import read_message
from expressive.links.server.schema import server_schema
from tests.links.server.conftest import Probe

PAGE = Path("docs/serve.md").read_text(encoding="utf-8")
GODOT = Path("expressive/links/clients/expressive_client.gd").read_text(encoding="utf-8")
ENVELOPE = {"type", "id", "actor"}


def validator(message: str) -> jsonschema.Draft202012Validator:
    document = server_schema()
    reference = document["components"]["messages"][message]["payload"]["$ref"]
    schema = {"$ref": reference, "components": document["components"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def key(message: dict[str, Any]) -> str:
    return f"server.event.{message['kind']}" if message["type"] == "event" else f"server.{message['type']}"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = server_schema()
    assert document["asyncapi"] == "3.0.0"
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        spot = document
        for part in reference.split("/"):
            spot = spot[part]


def test_what_the_server_sends_is_what_the_schema_says(probe: Probe) -> None:
    probe.open(video={"size": 64, "format": "raw"}, state_hz=30)
    probe.ask("trigger", actor="a", event="insulted", source="player")
    probe.ask("trigger", actor="a", event="insulted", source="player")
    probe.event("state_changed")
    probe.ask("record", actor="a", on=True)
    probe.ask("say", actor="a", text="Go [mark now] away!")
    probe.ask("why", actor="a", emotion="anger")
    probe.ask("snapshot", actor="a")
    probe.ask("pad", actor="a", valence=0.1, arousal=0.5)
    probe.until_event("line_ended")
    probe.ask("record", actor="a", on=False)
    probe.ask("ping", t=1)
    probe.ask("gesture", actor="a", name="wink")
    probe.state()
    seen = {key(message) for message in probe.messages}
    assert seen >= {
        *("server.welcome", "server.opened", "server.done", "server.error", "server.state", "server.why"),
        *("server.snapshot", "server.recorded", "server.pong", "server.event.line_started", "server.event.word"),
        *("server.event.mark", "server.event.line_ended", "server.event.state_changed"),
    }
    judges = {each: validator(each) for each in seen}
    for message in probe.messages:
        judges[key(message)].validate(message)
        judges[key(message)].validate({**message, "of_a_later_version": 1})


@pytest.mark.parametrize(
    ("message", "is_right"),
    [
        ({"type": "feel", "actor": "a", "emotion": "anger", "intensity": 0.5}, True),
        ({"type": "feel", "actor": "a", "emotion": "anger", "intensity": 2}, False),
        ({"type": "feel", "actor": "a", "emotoin": "anger", "intensity": 1}, False),
        ({"type": "open", "actor": "a", "character": "guard", "video": {"size": 63}}, False),
    ],
)
def test_the_schema_judges_as_the_server_does(message: dict[str, Any], is_right: bool) -> None:
    assert validator(f"client.{message['type']}").is_valid(message) is is_right


@pytest.mark.parametrize("kind", CLIENT_MESSAGES)
def test_the_page_tells_every_message_and_field_of_a_client(kind: str) -> None:
    row = re.search(rf"^\| `{kind}` \|.*$", PAGE, re.MULTILINE)
    assert row, f"{kind} has no row in the table"
    shared = {*VideoSettings.model_fields, *AudioSettings.model_fields}
    for field in CLIENT_MESSAGES[kind].model_fields:
        assert field in ENVELOPE - {"actor"} or f"`{field}`" in row[0] or (field in shared and f"`{field}`" in PAGE)


@pytest.mark.parametrize("model", SERVER_MESSAGES, ids=lambda model: model.__name__)
def test_the_page_tells_every_message_and_field_of_the_server(model: Any) -> None:
    kind = model.model_fields["kind"].default if "kind" in model.model_fields else model.model_fields["type"].default
    assert f"`{kind}`" in PAGE
    for name, field in model.model_fields.items():
        assert f"`{field.alias or name}`" in PAGE, f"{kind}.{name}"


def test_the_page_gives_the_header_as_it_is() -> None:
    sizes = {"u8": 1, "u16": 2, "u32": 4, "f64": 8, "u16, u16": 4}
    rows = re.findall(r"^\| (\d+) \| (u8|u16|u32|f64|u16, u16) \|", PAGE, re.MULTILINE)
    offset = 0
    for told, kind in rows:
        assert int(told) == offset
        offset += sizes[kind]
    assert offset == BINARY_HEADER.size
    assert f"header of {offset} bytes" in PAGE


def test_the_client_for_godot_sends_what_the_server_reads() -> None:
    sent = dict(re.findall(r'send\(\s*"(\w+)",\s*(\{.*?\}|fields)', GODOT, re.DOTALL))
    assert set(sent) == set(CLIENT_MESSAGES) - {"ping", "video", "audio", "states"}
    samples = {"text": "Halt!", "emotion": "anger", "event": "insulted", "tag": "de", "gesture_name": "nod", "data": {}}
    for kind, text in sent.items():
        if text == "fields":
            fields = {"character": "guard"}
            assert 'fields["character"] = character' in GODOT
        else:
            pairs = re.findall(r'"(\w+)":\s*([\w".-]+)', text)
            values = {name: samples.get(value, value) for name, value in pairs}
            words = {"null": None, "on": True, "interrupt": True, "source": None, '"godot"': "godot", "1": 1}
            fields = {name: words.get(v, v) if isinstance(v, str) else v for name, v in values.items()}
            numbers = ("intensity", "hold_s", "valence", "arousal", "amount", "x", "y")
            fields |= {name: 0.5 for name in numbers if isinstance(fields.get(name), str)}
        assert read_message({"type": kind, "id": 1, **({} if kind == "hello" else {"actor": "a"}), **fields})


def test_the_client_for_godot_reads_the_header_as_it_is() -> None:
    assert f"HEADER_BYTES := {BINARY_HEADER.size}" in GODOT
    for call in ("decode_u8(0)", "decode_u8(1)", "decode_u16(2)", "decode_u16(16)", "decode_u16(18)", "decode_u32(16)"):
        assert call in GODOT
    for kind in ("welcome", "error", "state", "event", "opened"):
        assert f'\t\t"{kind}":' in GODOT


@pytest.mark.parametrize("tool", ["gdparse", "gdlint"])
def test_the_client_for_godot_is_written_as_godot_asks(tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip("gdtoolkit is not installed")
    done = subprocess.run(
        [tool, "expressive/links/clients/expressive_client.gd"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
