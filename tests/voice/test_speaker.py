from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from expressive.core.errors import ParameterError
from expressive.core.prosody import ProsodyTargets
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice
from tests.voice.praat import formants, measure
from tests.voice.speaking import CAST, SENTENCES, say


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"base_f0_hz": 96.0, "vocal_tract": 1.1}, nullcontext()),
        ({"expressivity": {"anger": 1.2}}, nullcontext()),
        ({"base_f0_hz": 9.0}, pytest.raises(ParameterError, match=r"base_f0_hz=9.0 must be in \[50, 500\]")),
        ({"vocal_tract": float("nan")}, pytest.raises(ParameterError, match="finite")),
        ({"backend": "espeek"}, pytest.raises(ParameterError, match="Did you mean 'espeak'")),
        ({"expressivity": {"angr": 1.0}}, pytest.raises(ParameterError, match="Did you mean 'angry'")),
        ({"emotions": {"anger": {"f0_shift": 1.0}}}, pytest.raises(ParameterError, match="f0_shift_st")),
        ({"emotions": {"anger": {"tempo": 9.0}}}, pytest.raises(ParameterError, match="anger: tempo")),
    ],
)
def test_spec_says_what_is_wrong(fields, outcome):
    with outcome:
        VoiceSpec(**fields)


def test_unknown_variant_and_language_name_the_nearest():
    with pytest.raises(ParameterError, match=r"espeak variant 'f22' is unknown\. Did you mean 'f"):
        Voice(VoiceSpec(variant="f22"), seed=1)
    stream = Voice(VoiceSpec(language="en-uk"), seed=1).speak("Hello.")
    with pytest.raises(ParameterError, match="Did you mean 'en-us'"):
        stream.wait(30)
    assert stream.finished
    assert "en-us" in str(stream.error)


@pytest.mark.parametrize("speaker", CAST)
def test_each_speaker_has_their_own_pitch_and_the_common_level(speaker, measured):
    found = measured(speaker, "neutral", ProsodyTargets())
    wanted = 12 * np.log2(CAST[speaker].base_f0_hz / 100)
    assert found["f0_st"] == pytest.approx(wanted, abs=0.5)
    assert found["level_db"] == pytest.approx(-26.0, abs=1.5)
    assert found["peak"] < 10 ** (-1 / 20)


def test_any_two_of_the_cast_differ_in_pitch_or_tract():
    specs = list(CAST.values())
    for i, a in enumerate(specs):
        for b in specs[i + 1 :]:
            pitch_st = abs(12 * np.log2(a.base_f0_hz / b.base_f0_hz))
            tract = abs(np.log(a.vocal_tract / b.vocal_tract))
            assert pitch_st > 1.5 or tract > 0.04
            assert pitch_st / 1.5 + tract / 0.04 > 1.5


def test_a_longer_tract_lowers_all_formants_in_proportion():
    long, short = (
        formants(say(Voice(VoiceSpec(vocal_tract=tract), seed=1), SENTENCES[0]).samples(), ceiling_hz=5500 / tract)
        for tract in (1.15, 0.85)
    )
    assert short[1:] / long[1:] == pytest.approx(1.15 / 0.85, rel=0.08)
    assert short[0] / long[0] > 1.1


def test_breath_tilt_and_jitter_of_a_speaker_are_heard():
    def of(**fields: float) -> dict[str, float]:
        return measure(say(Voice(VoiceSpec(**fields), seed=1), SENTENCES[1]).samples())

    plain = of()
    assert of(breathiness=0.8)["hnr"] < plain["hnr"] - 1.0
    assert of(jitter_pct=2.0)["jitter"] > plain["jitter"] + 0.5
    assert of(shimmer_db=1.0)["shimmer"] > plain["shimmer"] + 1.0
    for tilt_db in (-5.0, 5.0):
        assert of(tilt_db=tilt_db)["alpha_db"] - plain["alpha_db"] == pytest.approx(tilt_db, abs=1.5)
    assert of(rate=1.2)["duration_s"] == pytest.approx(plain["duration_s"] / 1.2, rel=0.06)
