from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import expressive as ex
from expressive.core.errors import ParameterError
from expressive.stage.performance import SAMPLE_RATE, Moment
from expressive.stage.script import CastMember, EventBeat, LookBeat, SayBeat, Script, WaitBeat, WaitForBeat

SCRIPT = Script(
    title="Test",
    cast={"guard": "guard", "innkeeper": "innkeeper", "you": CastMember(name="You", offscreen=True)},
    script=(
        SayBeat("Hello, Marta.", "guard", to="innkeeper", causes="greeted"),
        SayBeat("You are a fool!", "you", to="guard", causes="insulted"),
        SayBeat("What?", "guard", to="you"),
        WaitBeat(0.5),
    ),
)


def play(script: Script | Path = SCRIPT, seed: int = 1, **options: int) -> tuple[list[Moment], np.ndarray, list]:
    performance = ex.Performance(script, seed=seed, **options)
    moments = list(performance.moments())
    sound = performance.sound(0, len(moments) / performance.fps)
    lines = performance.lines
    performance.close()
    return moments, sound, lines


def test_the_same_script_and_seed_give_the_same_controls_and_sound() -> None:
    first, second, other = play(), play(), play(seed=2)
    assert [m.poses for m in first[0]] == [m.poses for m in second[0]]
    np.testing.assert_array_equal(first[1], second[1])
    assert [m.poses["guard"].controls for m in first[0]] != [m.poses["guard"].controls for m in other[0]]


def test_frame_rates_show_the_same_run() -> None:
    slow, fast = play(fps=15)[0], play(fps=60)[0]
    assert [m.poses for m in slow] == [m.poses for m in fast[::4]][: len(slow)]


def test_a_frame_rate_that_falls_between_ticks_is_refused() -> None:
    with pytest.raises(ParameterError, match="fps=25"):
        ex.Performance(SCRIPT, fps=25)


def test_sound_lies_where_the_lines_are_and_nowhere_else() -> None:
    moments, sound, lines = play()
    assert len(sound) == round(len(moments) / 30 * SAMPLE_RATE)
    spoken = [line for line in lines if line.utterance is not None]
    assert [line.text for line in spoken] == ["Hello, Marta.", "What?"]
    silent = np.ones(len(sound), bool)
    for line in spoken:
        piece = slice(round(line.start_s * SAMPLE_RATE), round(line.end_s * SAMPLE_RATE))
        assert np.sqrt(np.mean(sound[piece] ** 2)) > 0.01
        silent[piece] = False
    assert np.abs(sound[silent]).max() == 0.0


def test_sound_in_pieces_is_the_sound_at_once() -> None:
    performance = ex.Performance(SCRIPT, seed=1)
    n = len(list(performance.moments()))
    pieces = [performance.sound(i / 30, (i + 1) / 30) for i in range(n)]
    np.testing.assert_array_equal(np.concatenate(pieces), performance.sound(0, n / 30))
    performance.close()


def test_words_have_consequences_and_are_heard() -> None:
    moments, _, lines = play()
    hello, fool, what = lines
    at = {line.text: next(m for m in moments if m.time_s >= line.start_s) for line in lines}
    assert at["You are a fool!"].poses["guard"].felt["anger"] < 0.05
    assert at["What?"].poses["guard"].felt["anger"] > 0.2
    speaking = [m for m in moments if m.poses["guard"].speaking and m.line is hello]
    assert speaking
    # The guard stands on the left: while he speaks, the innkeeper turns to the picture's left, her own right.
    assert np.median([m.poses["innkeeper"].controls["leftEyeYaw"] for m in speaking[15:]]) < 0
    assert fool.label == "You"
    assert what.end_s is not None


def test_an_event_is_seen_by_those_who_look() -> None:
    def pity_of(seen_by: tuple[str, ...] | None) -> float:
        beats = (EventBeat("insulted", "guard", by="you", seen_by=seen_by), WaitBeat(1.0))
        moments, *_ = play(Script(title="T", cast=SCRIPT.cast, script=beats))
        return float(moments[-1].poses["innkeeper"].felt.intensities.sum())

    assert pity_of(None) > pity_of(()) == 0.0


def test_waiting_for_a_state_goes_on_when_it_is_there_or_time_is_up() -> None:
    def length(state: str) -> float:
        beats = (EventBeat("insulted", "guard"), WaitForBeat(state, "guard", at_most=5.0))
        return play(Script(title="T", cast={"guard": "guard"}, script=beats))[0][-1].time_s

    assert length("irritated") < 3.0
    assert 5.9 < length("enraged") < 6.1


def test_a_look_holds_until_it_is_set_free() -> None:
    beats = (LookBeat("left", "guard"), WaitBeat(1.0), LookBeat("right", "guard"), WaitBeat(1.0))
    moments, *_ = play(Script(title="T", cast={"guard": "guard"}, script=beats))
    yaw = {round(m.time_s, 2): m.poses["guard"].controls["leftEyeYaw"] for m in moments}
    assert yaw[0.9] < -0.1
    assert yaw[1.9] > 0.1
