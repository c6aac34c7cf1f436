from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from expressive.core.affect import Affect
from expressive.core.emotions import EMOTION_VAD
from expressive.links.server.pad import RING, emotions_at

AXIS = st.floats(-1, 1)


@pytest.mark.parametrize("emotion", RING)
def test_where_an_emotion_lies_it_is_felt_in_full(emotion: str) -> None:
    valence, arousal, _ = EMOTION_VAD[emotion]
    assert emotions_at(valence, arousal)[emotion] > 0.99


@pytest.mark.parametrize("emotion", sorted(EMOTION_VAD))
def test_with_dominance_the_quiet_ones_are_found_too(emotion: str) -> None:
    assert emotions_at(*EMOTION_VAD[emotion])[emotion] > 0.99


@given(AXIS, AXIS)
def test_what_is_felt_has_the_valence_and_arousal_that_were_asked_for(valence: float, arousal: float) -> None:
    found = emotions_at(valence, arousal)
    assume(sum(found.values()) < 0.999)
    felt = Affect.of(found)
    assert felt.valence == pytest.approx(valence, abs=2e-3)
    assert felt.arousal == pytest.approx(arousal, abs=2e-3)


@given(AXIS, AXIS, st.none() | AXIS)
def test_intensities_are_few_and_never_more_than_one_together(
    valence: float, arousal: float, dominance: float | None
) -> None:
    found = emotions_at(valence, arousal, dominance)
    assert len(found) <= (2 if dominance is None else 3)
    assert all(0 < x <= 1 for x in found.values())
    assert sum(found.values()) <= 1.001


@given(st.floats(0, 2 * math.pi), st.floats(0.05, 0.3))
def test_half_the_way_is_half_as_strong(angle: float, radius: float) -> None:
    x, y = math.cos(angle), math.sin(angle)
    near, far = emotions_at(0.5 * radius * x, 0.5 * radius * y), emotions_at(radius * x, radius * y)
    for emotion in {*near, *far}:
        assert near.get(emotion, 0.0) == pytest.approx(0.5 * far.get(emotion, 0.0), abs=2e-3)


@pytest.mark.parametrize("dominance", [(), (0.0,), (0.3,)])
def test_a_drag_around_the_pad_never_jumps(dominance: tuple[float, ...]) -> None:
    last = emotions_at(0.6, 0.0, *dominance)
    for step in range(1, 2881):
        angle = step * math.pi / 1440
        now = emotions_at(0.6 * math.cos(angle), 0.6 * math.sin(angle), *dominance)
        moved = {emotion: abs(now.get(emotion, 0) - last.get(emotion, 0)) for emotion in {*now, *last}}
        assert max(moved.values()) < 0.1, (step, last, now)
        last = now
