from __future__ import annotations

import json
import re

import numpy as np
import pytest

import expressive as ex
from expressive.core.errors import ExpressiveError, ParameterError, UnknownNameError

LINE = "Get away from [anger]my[/] gate!"


@pytest.fixture
def guard():
    with ex.Actor.load("guard", seed=7, live=False) as actor:
        yield actor


def film(actor: ex.Actor, seconds: float, dt_s: float = 1 / 60) -> list[ex.FaceControls]:
    poses = []
    for _ in range(round(seconds / dt_s)):
        actor.update(dt_s)
        poses.append(actor.controls)
    return poses


def test_an_insult_is_felt_shown_and_explained(guard: ex.Actor) -> None:
    before = guard.controls["browDownLeft"]
    guard.trigger("insulted", intensity=0.8, source="player")
    film(guard, 1.0)
    assert guard.felt.dominant == "anger"
    assert guard.controls["browDownLeft"] > before + 0.1
    assert guard.prosody.tilt_db > 0
    causes = guard.why("anger")
    assert any(cause.source == "player" for cause in causes)


def test_steps_of_a_sixtieth_and_of_a_seventh_agree_at_common_times() -> None:
    def play(dt_s: float) -> list[tuple[bytes, bytes, str]]:
        seen = []
        with ex.Actor.load("guard", seed=7, live=False) as actor:
            for second in range(4):
                if second == 1:
                    actor.trigger("insulted", source="player")
                    actor.say(LINE)
                for _ in range(round(1 / dt_s)):
                    actor.update(dt_s)
                seen.append((actor.controls.values.tobytes(), actor.felt.intensities.tobytes(), actor.state))
        return seen

    assert play(1 / 60) == play(1 / 7) == play(1.0)


def test_the_same_seed_repeats_and_another_does_not() -> None:
    def play(seed: int) -> np.ndarray:
        with ex.Actor.load("innkeeper", seed=seed, live=False) as actor:
            actor.trigger("praised", source="player")
            actor.say("Welcome, welcome!")
            return np.array([pose.values for pose in film(actor, 3)])

    first = play(1)
    np.testing.assert_array_equal(first, play(1))
    assert not np.array_equal(first, play(2))


def test_lips_close_on_bilabials_and_open_on_open_vowels(guard: ex.Actor) -> None:
    line = guard.say("Papa has a map of my barn.")
    closed, opened = [], []
    while line.speaking:
        guard.update(1 / 120)
        phone = line.track.phone_at(line.spoken_s) if line.started else None
        if phone is not None:
            middle = abs(line.spoken_s - (phone.start_s + phone.end_s) / 2) < 0.25 * (phone.end_s - phone.start_s)
            gap = guard.controls["jawOpen"] - guard.controls["mouthClose"]
            if middle and phone.symbol in ("p", "b", "m"):
                closed.append(gap)
            elif middle and phone.symbol[:1] in ("ɑ", "a", "æ") and phone.stress:
                opened.append(guard.controls["jawOpen"])
    assert len(closed) > 5
    assert max(closed) < 0.06
    assert np.median(opened) > 0.2


def test_nothing_jumps_between_frames(guard: ex.Actor) -> None:
    guard.trigger("insulted", source="player")
    guard.say(LINE)
    poses = np.array([pose.values for pose in film(guard, 4)])
    shapes = poses[:, :52]
    blinks = [i for i, name in enumerate(ex.FaceControls.neutral().to_dict()) if name.startswith("eyeBlink")]
    moving = np.delete(np.abs(np.diff(shapes, axis=0)), blinks, axis=1)
    assert moving.max() < 0.35


def test_a_line_is_whole_loud_enough_and_never_clips(guard: ex.Actor) -> None:
    line = guard.say("Halt! Who goes there?")
    y = line.audio()
    assert y.dtype == np.float32
    assert len(y) == round(line.duration_s * line.sample_rate)
    assert np.abs(y).max() < 1.0
    loud = 20 * np.log10(np.sqrt(np.mean(y[np.abs(y) > 1e-3] ** 2)))
    assert -32 < loud < -14
    assert [word.text for word in line.track.words][:2] == ["Halt", "Who"]


def test_lines_wait_for_their_turn_and_can_be_broken_off(guard: ex.Actor) -> None:
    first, second = guard.say("One moment."), guard.say("I am coming.")
    film(guard, 0.5)
    assert first.started
    assert not second.started
    third = guard.say("What?", interrupt=True)
    assert not first.speaking
    assert not second.speaking
    film(guard, 2.0)
    assert third.start_s is not None
    assert not third.speaking


def test_empty_and_unspeakable_lines_end_by_themselves(guard: ex.Actor) -> None:
    for text in ("", "   ", "🙂", "…"):
        line = guard.say(text)
        film(guard, 1.5)
        assert not line.speaking, text
        assert line.error is None


def test_a_line_of_a_hundred_thousand_characters_streams_and_stops_at_once() -> None:
    text = "I have told you a hundred times. " * 3100
    assert len(text) > 100_000
    with ex.Actor.load("guard", seed=7) as guard:
        line = guard.say(text)
        for _ in range(200_000):
            guard.update(1 / 60)
            if line.spoken_s > 1.0:
                break
        assert 1.0 < line.spoken_s < 1.2
        assert line.duration_s > 1000
        guard.hush()
        guard.update(1 / 60)
        assert guard.line is None
        assert guard.say("Enough.").speaking


def test_other_scripts_and_symbols_are_spoken_or_skipped(guard: ex.Actor) -> None:
    for text in ("Привет!", "こんにちは", "naïve café — “yes”…", "👍🏽 good \x00\x1b[0m"):
        y = guard.say(text, interrupt=True).audio()
        assert np.isfinite(y).all()
        assert len(y) > 1000, text


def test_a_snapshot_in_mid_word_continues_bit_for_bit(guard: ex.Actor) -> None:
    guard.trigger("insulted", source="player")
    guard.say(LINE)
    guard.say("And take your [happiness]lute[/] with you.")
    film(guard, 1.0)
    saved = json.loads(json.dumps(guard.snapshot()))
    after = [pose.values.tobytes() for pose in film(guard, 3.0)]
    audio = guard.line.audio() if guard.line else None

    guard.restore(saved)
    assert [pose.values.tobytes() for pose in film(guard, 3.0)] == after
    again = guard.line.audio() if guard.line else None
    if audio is not None:
        np.testing.assert_array_equal(audio, again)

    with ex.Actor.load("guard", seed=99, live=False) as other:
        other.restore(saved)
        assert [pose.values.tobytes() for pose in film(other, 3.0)] == after


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: a.trigger("insultd"), "Did you mean 'insulted'"),
        (lambda a: a.feel("happines", 0.5), "Did you mean 'happiness'"),
        (lambda a: a.feel("anger", float("nan")), "nan"),
        (lambda a: a.feel("anger", -0.5), "-0.5"),
        (lambda a: a.trigger("insulted", intensity=1e9), "must be in [0, 1]"),
        (lambda a: a.mask("anger", 7), "7"),
        (lambda a: a.gesture("dance"), "dance"),
        (lambda a: a.look_at("leftt"), "Did you mean 'left'"),
        (lambda a: a.look_at((9.0, 0.0)), "9.0"),
        (lambda a: a.say(42), "42"),
        (lambda a: a.say("[angr]no[/]"), "angr"),
        (lambda a: a.update(-1), "dt_s=-1"),
        (lambda a: a.is_in("angri"), "Did you mean 'angry'"),
        (lambda a: a.on("line_begun", print), "line_begun"),
        (lambda a: a.restore({"format": "other"}), "no snapshot"),
    ],
)
def test_bad_input_says_what_is_wrong_and_loses_nothing(guard: ex.Actor, call, message: str) -> None:
    before = guard.snapshot()
    with pytest.raises(ParameterError, match=re.escape(message)):
        call(guard)
    assert guard.snapshot() == before


def test_an_unknown_character_or_seed_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'guard'"):
        ex.Actor.load("gaurd")
    with pytest.raises(ParameterError, match="seed=-1"):
        ex.Actor.load("guard", seed=-1)


def test_a_closed_actor_says_so_and_closes_twice(guard: ex.Actor) -> None:
    guard.close()
    guard.close()
    with pytest.raises(ExpressiveError, match="closed"):
        guard.update(0.1)


def test_a_live_actor_never_waits_and_its_callbacks_come_in_order() -> None:
    heard = []
    with ex.Actor.load("guard", seed=1) as guard:
        guard.on("line_started", lambda line: heard.append(("start", line.text)))
        guard.on("line_ended", lambda line: heard.append(("end", line.text)))
        line = guard.say("Halt!")
        assert line.speaking
        for _ in range(100_000):
            guard.update(1 / 60)
            if not line.speaking:
                break
    assert heard == [("start", "Halt!"), ("end", "Halt!")]


def test_a_mind_without_a_body_feels_the_same_to_the_bit() -> None:
    whole = ex.Actor.load("guard", seed=7, live=False)
    mind = ex.Actor(ex.load_character("guard"), seed=7, embodied=False)
    for actor in (whole, mind):
        actor.trigger("insulted", intensity=0.8, source="player")
        actor.update(3.0)
    assert (mind.felt, mind.mood, mind.state) == (whole.felt, whole.mood, whole.state)
    assert mind.snapshot()["mind"]["heart"] == whole.snapshot()["mind"]["heart"]
    with pytest.raises(ParameterError, match="no body"):
        mind.say("Halt!")
    whole.close()
