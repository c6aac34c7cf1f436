from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from expressive.core.controls import CONTROL_NAMES
from expressive.core.emotions import EMOTIONS
from expressive.links.server.run import Runner
from expressive.stage.actor import Actor
from tests.links.server.conftest import Binary, Probe, probing, wait_until


def test_the_greeting_names_what_can_be_steered(probe: Probe) -> None:
    welcome = probe.messages[0]
    assert welcome["version"] == 1
    assert "computer-generated" in welcome["notice"]
    assert welcome["emotions"] == list(EMOTIONS)
    assert welcome["control_names"] == list(CONTROL_NAMES)
    assert {"guard", "innkeeper"} <= {each["name"] for each in welcome["characters"]}
    assert {"de", "en-gb"} <= set(welcome["languages"])
    assert welcome["limits"]["line_characters"] == 300


def test_raw_webp_and_jpeg_show_the_face(probe: Probe) -> None:
    probe.open(video={"size": 64, "fps": 60, "format": "raw"}, state_hz=0)
    raw = probe.until_picture()
    assert (raw.format, raw.width, raw.height, len(raw.data)) == (0, 64, 64, 64 * 64 * 4)
    face = np.frombuffer(raw.data, np.uint8).reshape(64, 64, 4)
    assert face[0, 0, 3] == 0, "the corner is transparent"
    assert face[32, 32, 3] == 255, "the face is not"

    probe.ask("video", actor="a", format="webp", quality=90)
    webp = Image.open(io.BytesIO(probe.until_picture(lambda picture: picture.format == 1).data))
    assert (webp.size, webp.mode) == ((64, 64), "RGBA")
    assert webp.getchannel("A").getextrema() == (0, 255)
    seen = np.asarray(webp)[16:48, 16:48, :3].astype(float)
    assert np.abs(seen - face[16:48, 16:48, :3]).mean() < 25, "the same person"

    probe.ask("video", actor="a", format="jpeg", ground="#00ff00")
    jpeg = Image.open(io.BytesIO(probe.until_picture(lambda picture: picture.format == 2).data))
    assert jpeg.mode == "RGB"
    red, green, blue = jpeg.getpixel((1, 1))
    assert green > 200
    assert max(red, blue) < 60

    probe.ask("video", actor="a", format="none")
    count = len(probe.pictures)
    probe.ask("ping", t=1)
    probe.ask("gesture", actor="a", name="nod")
    assert len(probe.pictures) <= count + 1, "one may have been on its way"


def test_the_answer_comes_before_the_picture_that_shows_it(probe: Probe) -> None:
    probe.open(video={"size": 64, "fps": 60})
    calm = probe.until_picture()
    number = probe.ask("feel", actor="a", emotion="anger", intensity=1.0, hold_s=60)["id"]
    assert all(picture.applied < number for picture in probe.pictures)
    first = probe.until_picture(lambda picture: picture.applied == number)
    later = probe.until_picture(lambda picture: picture.t_s > first.t_s + 1.0)
    before, after = (np.frombuffer(p.data, np.uint8).astype(float) for p in (calm, later))
    assert np.abs(after - before).mean() > 1.0, "anger shows"
    numbers = [picture.number for picture in probe.pictures]
    assert numbers == sorted(set(numbers))


def test_what_is_steered_is_felt_and_let_go_of(probe: Probe) -> None:
    probe.open(state_hz=60)
    probe.ask("feel", actor="a", emotion="fear", intensity=0.8, hold_s=3600)
    probe.state(lambda state: state["felt"].get("fear", 0) > 0.7)
    probe.ask("mask", actor="a", emotion="fear", amount=1.0)
    probe.state(lambda state: state["felt"]["fear"] > 0.7 and state["shown"].get("fear", 0) < 0.05)
    assert probe.ask("why", actor="a", emotion="fear")["causes"][0]["event"] == "feel"
    probe.ask("release", actor="a")
    probe.state(lambda state: state["shown"].get("fear", 0) > 0.1)
    probe.state(lambda state: state["felt"].get("fear", 0) < 0.7)


def test_the_pad_takes_the_character_where_it_points(probe: Probe) -> None:
    probe.open(state_hz=60)
    probe.ask("feel", actor="a", emotion="sadness", intensity=0.9, hold_s=3600)
    done = probe.ask("pad", actor="a", valence=0.5, arousal=0.33, hold_s=3600)
    assert next(iter(done["emotions"])) == "happiness"
    state = probe.state(lambda state: state["felt"].get("happiness", 0) > 0.55 and "sadness" not in state["felt"])
    assert state["vad"][0] > 0.4
    assert probe.ask("pad", actor="a", valence=0, arousal=0)["emotions"] == {}
    probe.state(lambda state: "happiness" not in state["felt"])


def test_events_move_the_state_machine_and_have_causes(probe: Probe) -> None:
    opened = probe.open()
    assert "insulted" in opened["events"]
    assert set(opened["own_events"]) < set(opened["events"])
    for _ in range(3):
        probe.ask("trigger", actor="a", event="insulted", source="player")
    moved = probe.event("state_changed")
    assert moved["from"] == opened["state"]
    assert moved["to"] in opened["states"]
    cause = probe.ask("why", actor="a", emotion="anger")["causes"][0]
    assert (cause["event"], cause["source"]) == ("insulted", "player")


def test_the_eyes_follow_the_picture(probe: Probe) -> None:
    probe.open(state_hz=60)
    yaw = CONTROL_NAMES.index("leftEyeYaw")
    probe.ask("look", actor="a", x=1, y=0)
    probe.state(lambda state: state["controls"][yaw] > 0.2)
    probe.ask("look", actor="a", x=-1, y=0)
    probe.state(lambda state: state["controls"][yaw] < -0.2)
    assert probe.ask("look", actor="a", x=None, y=0)["code"] == "value"


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        ({"type": "feel", "actor": "a", "emotion": "happines", "intensity": 1}, "value", "Did you mean 'happiness'?"),
        ({"type": "trigger", "actor": "a", "event": "insult"}, "value", "Did you mean 'insulted'?"),
        ({"type": "gesture", "actor": "a", "name": "wink"}, "value", "gesture 'wink' is unknown"),
        ({"type": "say", "actor": "a", "text": "[furios]Go![/]"}, "value", "furi"),
        ({"type": "say", "actor": "a", "text": "x" * 301}, "limit", "at most 300 are taken"),
        ({"type": "language", "actor": "a", "language": "dee"}, "value", "Did you mean 'de'?"),
        ({"type": "restore", "actor": "a", "data": {}}, "value", "version"),
        ({"type": "record", "actor": "a", "on": False}, "order", "is not being recorded"),
        ({"type": "stop", "actor": "b"}, "order", "actor 'b' is not open. Known: a"),
        ({"type": "open", "actor": "a", "character": "guard"}, "order", "is open already"),
        ({"type": "open", "actor": "c", "character": "guardd"}, "value", "Did you mean 'guard'?"),
        ({"type": "open", "actor": "c", "character": "../../etc/passwd"}, "value", "is unknown"),
        ({"type": "hello", "version": 1}, "order", "said already"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    opened: Probe, message: dict[str, object], code: str, says: str
) -> None:
    fields = {key: value for key, value in message.items() if key != "type"}
    error = opened.ask(str(message["type"]), **fields)
    assert (error["type"], error["code"], error["closing"]) == ("error", code, False)
    assert says in error["message"]
    assert opened.ask("ping", t=5)["t"] == 5


def test_every_message_with_an_id_is_answered_though_the_actor_is_not_there(probe: Probe) -> None:
    sent = [probe.send("open", actor="a", character="nobody")]
    sent += [probe.send("gesture", actor="a", name="nod") for _ in range(20)]
    sent += [probe.send("open", actor="b", character="monk", video={"format": "none"}), probe.send("close", actor="b")]
    sent += [probe.send("stop", actor="b"), probe.send("close", actor="b")]
    waiting = set(sent)
    while waiting:
        probe.until(lambda message: message.get("id") in waiting)
        waiting.discard(probe.messages[-1]["id"])
    answers = [message["id"] for message in probe.messages if message.get("id") in sent]
    assert sorted(answers) == sent
    kinds = {message["id"]: message["type"] for message in probe.messages if message.get("id") in sent}
    assert [kinds[number] for number in sent[-4:]] == ["opened", "done", "error", "error"]


@pytest.fixture(scope="module")
def opened(runner: Runner):
    """A client with a guard, for messages that change nothing."""
    with probing(runner) as probe:
        probe.hello()
        probe.open(state_hz=0)
        yield probe
    wait_until(lambda: not runner.server.sessions)


def test_several_characters_live_beside_each_other(probe: Probe) -> None:
    video = {"size": 64, "format": "raw"}
    numbers = {probe.open(name, who, video=video)["number"] for name, who in (("a", "guard"), ("b", "innkeeper"))}
    assert len(numbers) == 2
    probe.ask("feel", actor="b", emotion="happiness", intensity=1.0, hold_s=60)
    probe.state(lambda state: state["actor"] == "b" and state["felt"].get("happiness", 0) > 0.8)
    assert "happiness" not in probe.state(lambda state: state["actor"] == "a")["felt"]
    for number in numbers:
        probe.until_picture(lambda picture, number=number: picture.actor == number)
    probe.open("c", "monk")
    assert probe.ask("open", actor="d", character="monk")["code"] == "limit"
    assert probe.ask("close", actor="c")["type"] == "done"
    probe.open("c", "healer")
    probe.ask("close", actor="b")
    assert probe.ask("why", actor="b", emotion="anger")["code"] == "order"


def test_clients_do_not_see_each_other(runner: Runner, probe: Probe) -> None:
    probe.open(state_hz=60)
    with probing(runner) as other:
        other.hello()
        other.open(state_hz=60, character="innkeeper")
        other.ask("feel", actor="a", emotion="anger", intensity=1.0, hold_s=60)
        other.state(lambda state: state["felt"].get("anger", 0) > 0.8)
        number = probe.ask("ping", t=0)["id"]
        probe.state()
        probe.ask("ping", t=number)
    assert all(message.get("felt", {}).get("anger", 0) < 0.2 for message in probe.messages)


def test_a_snapshot_brings_everything_back_in_another_connection(runner: Runner, probe: Probe) -> None:
    probe.open(state_hz=60, seed=11)
    probe.ask("trigger", actor="a", event="insulted", source="player")
    probe.state(lambda state: state["t_s"] > 1.0)
    saved = json.loads(json.dumps(probe.ask("snapshot", actor="a")["data"]))
    before_s = saved["actor"]["clock"]["ticks"] / 120
    with probing(runner) as other:
        other.hello()
        other.open(state_hz=60)
        assert other.ask("restore", actor="a", data=saved)["type"] == "done"
        state = other.state(lambda state: state["t_s"] >= before_s)
        assert state["felt"]["anger"] > 0.1
        assert other.ask("why", actor="a", emotion="anger")["causes"][0]["source"] == "player"
        other.open("b", "innkeeper")
        assert "is of 'guard'" in other.ask("restore", actor="b", data=saved)["message"]
        torn = json.loads(json.dumps(saved))
        del torn["actor"]["mind"]["heart"]
        assert "fit" in other.ask("restore", actor="a", data=torn)["message"]
        late = json.loads(json.dumps(saved))
        late["actor"]["clock"]["elapsed_s"] = 1e9
        assert "contradict" in other.ask("restore", actor="a", data=late)["message"]
        state = other.state(lambda state: state["actor"] == "a" and state["t_s"] > before_s)
        assert state["felt"]["anger"] > 0.0, "what was refused has changed nothing"


def test_pictures_equal_those_of_the_actor_itself(probe: Probe) -> None:
    probe.open(seed=3, video={"size": 128, "fps": 60, "format": "raw"}, state_hz=0)
    picture = probe.until_picture(lambda picture: picture.t_s > 0.3)
    with Actor.load("guard", seed=3) as actor:
        actor.frame(size=128)
        times = [p.t_s for p in probe.pictures]
        for time_s in times:
            actor.update(time_s - actor.time_s)
            frame = actor.frame(size=128)
    assert isinstance(picture, Binary)
    assert np.abs(np.frombuffer(picture.data, np.uint8).astype(int) - frame.reshape(-1)).max() <= 1
