from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.affect import Affect
from expressive.core.emotions import EMOTIONS
from expressive.core.prosody import PROSODY_RANGES, ProsodyTargets
from expressive.voice.prosody import ProsodyController, emotion_presets
from expressive.voice.spec import VoiceSpec

PLAIN = ProsodyController(VoiceSpec())
UNIT = st.floats(0, 1)
SIGNED = st.floats(-1, 1)


def test_neutral_is_neutral():
    assert PLAIN(Affect.neutral()) == ProsodyTargets()


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_full_intensity_is_the_preset(emotion):
    found = PLAIN(Affect.of({emotion: 1.0})).to_dict()
    for name, value in emotion_presets()[emotion].items():
        assert found[name] == pytest.approx(value)


def test_no_two_emotions_sound_the_same():
    rows = [list(PLAIN(Affect.of({e: 1.0})).to_dict().values()) for e in EMOTIONS]
    for i, a in enumerate(rows):
        for b in rows[i + 1 :]:
            assert np.abs(np.array(a) - np.array(b)).max() > 0.5


@given(st.lists(UNIT, min_size=15, max_size=15), st.tuples(SIGNED, SIGNED, SIGNED), st.floats(0, 3))
def test_any_affect_stays_in_range(intensities, vad, expressivity):
    controller = ProsodyController(VoiceSpec(expressivity={"default": expressivity}))
    found = controller(Affect.from_array(np.array(intensities), vad)).to_dict()
    for name, (low, high) in PROSODY_RANGES.items():
        assert low <= found[name] <= high


@given(UNIT, UNIT, st.sampled_from(EMOTIONS))
def test_more_of_an_emotion_is_further_from_neutral(a, b, emotion):
    low, high = sorted((a, b))
    weak, strong = (PLAIN(Affect.of({emotion: i})).to_dict() for i in (low, high))
    for name, neutral in ProsodyTargets().to_dict().items():
        assert abs(weak[name] - neutral) <= abs(strong[name] - neutral) + 1e-6


def test_expressivity_scales_and_single_emotions_can_differ():
    spec = VoiceSpec(expressivity={"default": 0.5, "anger": 1.5})
    controller = ProsodyController(spec)
    assert controller(Affect.of(anger=1.0)).f0_shift_st == pytest.approx(1.5 * PLAIN(Affect.of(anger=1.0)).f0_shift_st)
    assert controller(Affect.of(sadness=1.0)).f0_shift_st == pytest.approx(
        0.5 * PLAIN(Affect.of(sadness=1.0)).f0_shift_st
    )


def test_a_speakers_own_way_replaces_the_common_one():
    spec = VoiceSpec(emotions={"anger": {"f0_shift_st": -2.0, "tempo": 0.8}})
    cold = ProsodyController(spec)(Affect.of(anger=1.0))
    assert cold.f0_shift_st == pytest.approx(-2.0)
    assert cold.tempo == pytest.approx(0.8)
    assert cold.tilt_db == PLAIN(Affect.of(anger=1.0)).tilt_db


def test_dimensions_alone_are_heard():
    excited = PLAIN(Affect.of(vad=(0.0, 0.8, 0.0)))
    assert excited.f0_shift_st > 3
    assert excited.tempo > 1.2
    assert excited.tilt_db > 5
    assert PLAIN(Affect.of(vad=(0.0, -0.8, 0.0))).gain_db < -3
