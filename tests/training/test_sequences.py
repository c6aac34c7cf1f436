"""Faces drawn to be judged are what they say they are."""

from __future__ import annotations

import numpy as np
import pytest

from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError
from expressive.face.mouth import LIPS_CLOSED, mouth_opening
from expressive.training.sampler import sample_controls
from expressive.training.sequences import MOTION_FRAMES, PARTED, contacts, judged_sample


def draw(split: str, index: int, order: int = 3, seed: int = 440):
    return judged_sample(split, np.random.default_rng(seed), order=order, cast=8, index=index)


def test_motion_goes_smoothly_from_rest_to_every_emotion():
    shown = {draw("motion", MOTION_FRAMES * s, order).emotion for order in range(8) for s in range(2)}
    assert shown == set(EMOTIONS)
    path = np.stack([draw("motion", k).controls for k in range(MOTION_FRAMES)])
    assert not path[0].any()
    assert path[-1].max() > 0.5
    steps = np.abs(np.diff(path, axis=0)).max(1)
    assert steps.max() < 1.6 * np.ptp(path, axis=0).max() / (MOTION_FRAMES - 1)


def test_lips_are_closed_at_every_p_b_and_m_and_then_just_parted():
    assert len(contacts()) > 30
    for index in range(0, 24, 2):
        closed, parted = draw("lips", index), draw("lips", index + 1)
        assert (closed.kind, parted.kind) == ("closed", "parted")
        assert mouth_opening(closed.controls) < LIPS_CLOSED
        assert mouth_opening(parted.controls) == pytest.approx(PARTED, abs=0.01)
        assert np.abs(closed.controls - parted.controls).max() > 0.03


def test_anger_is_read_with_a_closed_mouth_and_rest_between():
    for index in range(6):
        sample = draw("reading", index, seed=index)
        assert (sample.controls >= CONTROL_LOW).all()
        assert (sample.controls <= CONTROL_HIGH).all()
        if index % 2:
            assert (sample.kind, sample.emotion) == ("rest", "")
        else:
            assert sample.emotion == "anger"
            assert mouth_opening(sample.controls) < LIPS_CLOSED


def test_an_unknown_kind_is_one_clear_error():
    with pytest.raises(ParameterError, match="kind='smile' must be one of emotion"):
        sample_controls(np.random.default_rng(0), kind="smile")
