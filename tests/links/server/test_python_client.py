"""The client of one file, against the real server."""

from __future__ import annotations

import ast
import io
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from expressive.links.clients import expressive_client
from expressive.links.clients.expressive_client import Client, ServerError, Sound, to_wav
from expressive.links.server.run import Runner
from expressive.stage.actor import Actor
from tests.links.server.conftest import PATIENCE_S, running, wait_until

FILE = Path(expressive_client.__file__)
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Runner]:
    with running(token=TOKEN) as runner:
        yield runner


@pytest.fixture
def client(guarded: Runner) -> Iterator[Client]:
    url = f"ws://{guarded.address}/v1/ws"
    with Client(url, token=TOKEN, name="tests", timeout_s=PATIENCE_S) as client:
        yield client
    wait_until(lambda: not guarded.server.sessions)


def hear(client: Client, line: int) -> list[Sound]:
    sounds: list[Sound] = []
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        client.wait(1.0)
        for message in client.poll():
            if isinstance(message, Sound):
                sounds.append(message)
            elif message.get("kind") == "line_ended" and message["line"] == line:
                return sounds
    raise AssertionError("the line never ended")


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 9))
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {n.name for node in nodes if isinstance(node, ast.Import) for n in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "__future__"}


def test_a_character_is_steered_seen_and_heard(client: Client) -> None:
    assert "computer-generated" in client.welcome["notice"]
    opened = client.open("g", "guard", seed=7, video={"size": 64, "fps": 60}, audio={"format": "int16"}, state_hz=60)
    number = client.send("say", actor="g", text="Get away from my gate!")
    sounds = hear(client, 1)
    with Actor.load("guard", seed=7) as actor:
        expected = actor.say("Get away from my gate!").audio()
    with wave.open(io.BytesIO(to_wav(sounds, client.welcome["notice"]))) as film:
        assert film.getframerate() == opened["sample_rate"]
        samples = np.frombuffer(film.readframes(film.getnframes()), "<i2") / 32768
    assert np.abs(samples - expected).max() < 2e-4
    assert b"computer-generated" in to_wav(sounds, client.welcome["notice"])

    wait_until(lambda: (client.state("g") or {}).get("applied", 0) >= number)
    picture = None

    def newest() -> bool:
        nonlocal picture
        picture = client.picture("g") or picture
        return picture is not None and picture.applied >= number

    wait_until(newest)
    assert picture is not None
    assert (picture.format, picture.width, picture.height, len(picture.data)) == ("raw", 64, 64, 64 * 64 * 4)
    assert client.ask("why", actor="g", emotion="anger")["causes"] == []


def test_errors_come_where_they_belong(client: Client) -> None:
    with pytest.raises(ServerError, match="Did you mean 'guard'") as caught:
        client.open("g", "guardd")
    assert caught.value.code == "value"
    number = client.send("gesture", actor="nobody", name="nod")
    assert client.wait(PATIENCE_S)
    (error,) = client.poll()
    assert (error["id"], error["code"]) == (number, "order")


def test_a_long_message_and_a_snapshot_travel(client: Client) -> None:
    client.open("g", "guard", video={"format": "none"})
    client.send("say", actor="g", text="A long story that begins in the mountains and ends at sea.")
    while not any(not isinstance(m, Sound) and m.get("kind") == "word" for m in client.poll()):
        client.wait(1.0)
    saved = client.ask("snapshot", actor="g")["data"]
    assert client.ask("restore", actor="g", data=saved)["type"] == "done"


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_token_is_told(guarded: Runner, token: str) -> None:
    with pytest.raises(ServerError, match="token") as caught:
        Client(f"ws://{guarded.address}/v1/ws", token=token, timeout_s=PATIENCE_S)
    assert caught.value.code == "token"


def test_what_is_no_server_of_ours_is_told(guarded: Runner) -> None:
    with pytest.raises(ValueError, match="must be such as"):
        Client("http://127.0.0.1:1/")
    with pytest.raises(ServerError, match="refused the connection"):
        Client(f"ws://{guarded.address}/healthz", timeout_s=PATIENCE_S)


def test_the_end_of_the_server_is_noticed() -> None:
    with running() as runner:
        client = Client(f"ws://{runner.address}/v1/ws", timeout_s=PATIENCE_S)
        client.open("g", "guard", video={"format": "none"}, state_hz=0)
        client.poll()
    wait_until(lambda: client._error is not None)
    with pytest.raises(ServerError):
        client.poll()
    with pytest.raises(ServerError):
        client.ask("ping", t=1)
    client.close()
    client.close()


def test_its_example_runs_without_the_package(guarded: Runner, tmp_path: Path) -> None:
    copy = shutil.copy(FILE, tmp_path)
    url = f"ws://{guarded.address}/v1/ws"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", copy, url, TOKEN],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "'kind': 'line_ended'" in done.stdout
    assert "anger" in done.stdout
