from __future__ import annotations

import numpy as np
import pytest

from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError
from expressive.training.sampler import HELD_OUT, KINDS, emotion_controls, sample_controls, speech_controls


def draw(count: int, **options: bool) -> list:
    rng = np.random.default_rng(440)
    return [sample_controls(rng, **options) for _ in range(count)]


def test_every_draw_stays_in_its_range():
    for sample in draw(300):
        assert sample.controls.dtype == np.float32
        assert (sample.controls >= CONTROL_LOW).all()
        assert (sample.controls <= CONTROL_HIGH).all()


def test_a_seed_repeats_the_draws_exactly():
    for a, b in zip(draw(50), draw(50), strict=True):
        assert np.array_equal(a.controls, b.controls)


def test_held_out_pairs_never_appear_in_training():
    assert not {(s.emotion, s.viseme) for s in draw(1500)} & set(HELD_OUT)
    assert {(s.emotion, s.viseme) for s in draw(200, held_out=True)} == set(HELD_OUT)


def test_all_kinds_and_emotions_and_full_blinks_are_drawn():
    samples = draw(1500)
    assert {s.kind for s in samples} == set(KINDS)
    assert {s.emotion for s in samples} - {""} == set(EMOTIONS)
    assert max(s.controls[CONTROL_INDEX["eyeBlinkLeft"]] for s in samples) == 1.0
    for name in ("headYaw", "leftEyeYaw", "headPitch"):
        values = [s.controls[CONTROL_INDEX[name]] for s in samples]
        assert min(values) < -0.25
        assert max(values) > 0.25


def test_no_control_is_left_untrained():
    used = np.max(np.abs([s.controls for s in draw(1500)]), axis=0)
    assert (used[CONTROL_HIGH > 0] > 0.3 * CONTROL_HIGH[CONTROL_HIGH > 0]).all()


def test_speech_lowers_the_mouth_of_an_emotion_and_keeps_its_brows():
    smile = emotion_controls("happiness", 1.0)
    speaking = speech_controls(smile, "ou", 1.0)
    assert speaking[CONTROL_INDEX["mouthSmileLeft"]] < smile[CONTROL_INDEX["mouthSmileLeft"]]
    assert speaking[CONTROL_INDEX["cheekSquintLeft"]] == smile[CONTROL_INDEX["cheekSquintLeft"]]


def test_an_unknown_emotion_is_an_error():
    with pytest.raises(ParameterError, match="happines"):
        emotion_controls("happines", 1.0)
