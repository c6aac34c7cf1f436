from __future__ import annotations

import time

import numpy as np
import pytest

from expressive.links.server import inbound
from expressive.links.server.catalogue import Catalogue
from expressive.links.server.limits import Limits
from expressive.links.server.lines import Piece
from expressive.links.server.living import Living
from expressive.links.server.outbound import LineEnded, MarkHeard, WordHeard
from expressive.stage.actor import Actor
from tests.links.server.conftest import Binary, Probe

TEXT = "Get away from my gate!"


def heard(sounds: list[Binary], line: int) -> np.ndarray:
    pieces = [sound for sound in sounds if sound.line == line]
    if pieces and pieces[0].format == 1:
        return np.concatenate([np.frombuffer(piece.data, "<i2") for piece in pieces])
    return np.concatenate([np.frombuffer(piece.data, "<f4") for piece in pieces] or [np.zeros(0, np.float32)])


def test_the_pieces_of_a_line_put_together_are_the_line() -> None:
    living = Living(inbound.Open(actor="a", character="guard", seed=7), Catalogue(), Limits())
    living.handle(inbound.Trigger(actor="a", event="insulted"))
    living.handle(inbound.Say(actor="a", text="Get [mark here]away from [anger]my[/] gate!"))
    utterance = living.actor.line
    assert utterance is not None
    pieces: list[Piece] = []
    events = []
    steps = (1 / 60, 0.1, 0.003, 0.25)
    for i in range(100_000):
        for each in living.step(steps[i % 4]):
            (pieces if isinstance(each, Piece) else events).append(each)
        if not utterance.speaking:
            break
        if not utterance.started:
            time.sleep(0.005)
    samples = np.concatenate([piece.samples for piece in pieces])
    assert np.array_equal(samples, utterance.audio())
    ended = events[-1]
    assert isinstance(ended, LineEnded)
    assert (ended.cut, ended.samples) == (False, len(samples))
    words = [each.text for each in events if isinstance(each, WordHeard)]
    assert words == [word.text for word in utterance.track.words]
    assert [each.name for each in events if isinstance(each, MarkHeard)] == ["here"]
    list(living.close())


@pytest.mark.parametrize("form", ["float32", "int16"])
def test_what_a_client_hears_is_what_the_actor_says(probe: Probe, form: str) -> None:
    opened = probe.open(seed=7, audio={"format": form})
    answer = probe.ask("say", actor="a", text=TEXT, line=41)
    assert answer["line"] == 41
    started = probe.until_event("line_started", line=41)
    assert started["text"] == TEXT
    ended = probe.until_event("line_ended", line=41)
    samples = heard(probe.sounds, 41)
    assert ended["samples"] == len(samples)
    assert not ended["cut"]
    with Actor.load("guard", seed=7) as actor:
        line = actor.say(TEXT)
        expected = line.audio()
    if form == "int16":
        samples = samples.astype(np.float32) / 32768
    assert len(samples) == len(expected)
    assert np.abs(samples - expected).max() < (2e-4 if form == "int16" else 1e-4)

    first, *later = probe.sounds
    assert first.sample_rate == opened["sample_rate"]
    assert first.t_s == pytest.approx(started["t_s"], abs=0.3)
    size = 4 if form == "float32" else 2
    at_s = first.t_s + len(first.data) / size / first.sample_rate
    for sound in later:
        assert sound.t_s >= at_s - 0.02, "no piece lies before the end of the last"
        at_s = max(at_s, sound.t_s) + len(sound.data) / size / sound.sample_rate
    words = [m["text"] for m in probe.messages if m["type"] == "event" and m["kind"] == "word"]
    assert words == TEXT.strip("!").split()


def test_the_mouth_moves_with_the_words(probe: Probe) -> None:
    welcome = probe.messages[0]
    probe.open(seed=7, state_hz=60)
    jaw = welcome["control_names"].index("jawOpen")
    probe.ask("say", actor="a", text="Ma ma ma ma ma ma.")
    probe.until_event("line_ended")
    speaking = [m for m in probe.messages if m["type"] == "state" and m["speaking"] == 1]
    assert {m["viseme"] for m in speaking} <= set(welcome["viseme_names"])
    assert {"PP", "aa"} <= {m["viseme"] for m in speaking}
    opening = [m["controls"][jaw] for m in speaking]
    assert max(opening) - min(opening) > 0.05
    assert probe.state(lambda state: state["speaking"] is None)["viseme"] is None


def test_stop_ends_the_sound_at_once_and_what_waits_is_not_said(probe: Probe) -> None:
    probe.open(seed=7, state_hz=60)
    probe.ask("say", actor="a", text="A very long story, which begins in the mountains. " * 4)
    probe.ask("say", actor="a", text="And another one.")
    probe.ask("say", actor="a", text="And a third.")
    assert probe.ask("say", actor="a", text="Too much.")["code"] == "limit"
    probe.until(lambda message: message["type"] == "event" and message["kind"] == "word")
    number = probe.send("stop", actor="a")
    ends = []
    while len(ends) < 3:
        ends.append(probe.until_event("line_ended"))
    assert [end["line"] for end in ends] == [1, 2, 3]
    assert all(end["cut"] for end in ends)
    assert ends[0]["samples"] == len(heard(probe.sounds, 1))
    assert ends[1]["samples"] == 0
    assert ends[0]["duration_s"] < 5
    count = len(probe.sounds)
    probe.state(lambda state: state["applied"] >= number and state["speaking"] is None and state["waiting"] == 0)
    probe.ask("gesture", actor="a", name="nod")
    assert len(probe.sounds) == count
    assert probe.ask("say", actor="a", text=TEXT)["line"] == 4, "it speaks on"
    assert not probe.until_event("line_ended")["cut"]


def test_an_interruption_speaks_the_new_line(probe: Probe) -> None:
    probe.open(seed=7)
    probe.ask("say", actor="a", text="A very long story, which begins in the mountains. " * 4)
    probe.until_event("line_started")
    probe.ask("say", actor="a", text="Halt!", interrupt=True)
    assert probe.until_event("line_ended")["cut"]
    assert probe.until_event("line_started")["text"] == "Halt!"
    assert not probe.until_event("line_ended")["cut"]


def test_without_sound_the_line_is_spoken_silently(probe: Probe) -> None:
    probe.open(audio={"on": False})
    probe.ask("say", actor="a", text="Halt!")
    probe.until_event("line_ended")
    assert probe.sounds == []
    probe.ask("audio", actor="a", on=True)
    probe.ask("say", actor="a", text="Halt!")
    assert probe.until_event("line_ended")["samples"] == len(heard(probe.sounds, 2)) > 1000


def test_another_language_sounds_different_and_the_mind_stays(probe: Probe) -> None:
    probe.open(seed=7, state_hz=60)
    probe.ask("feel", actor="a", emotion="anger", intensity=0.8, hold_s=3600)
    probe.state(lambda state: state["felt"].get("anger", 0) > 0.7)
    probe.ask("language", actor="a", language="de")
    assert probe.state()["felt"]["anger"] > 0.5
    probe.ask("say", actor="a", text="Halt, wer da?")
    probe.until_event("line_ended")
    probe.ask("language", actor="a", language="")
    probe.ask("say", actor="a", text="Halt, wer da?")
    probe.until_event("line_ended")
    german, english = heard(probe.sounds, 1), heard(probe.sounds, 2)
    assert abs(len(german) - len(english)) > 200
    assert np.sqrt((german**2).mean()) > 0.01


def test_a_snapshot_in_mid_word_goes_on_with_the_same_sound(probe: Probe) -> None:
    probe.open(seed=7)
    probe.ask("say", actor="a", text="Get away from my gate, and never come back again!")
    probe.until(lambda message: message.get("kind") == "word" and message["text"] == "gate")
    saved = probe.ask("snapshot", actor="a")["data"]
    whole = probe.until_event("line_ended")
    first = heard(probe.sounds, 1)
    assert len(first) == whole["samples"]
    probe.sounds.clear()
    assert probe.ask("restore", actor="a", data=saved)["type"] == "done"
    again = probe.until_event("line_ended")
    assert not again["cut"]
    rest = heard(probe.sounds, 1)
    assert 1000 < len(rest) < len(first)
    assert np.array_equal(rest, first[-len(rest) :])
