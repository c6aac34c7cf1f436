"""What Praat, which knows nothing of us, hears in each emotion."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest

from expressive.core.affect import Affect
from expressive.core.prosody import ProsodyTargets
from expressive.voice.prosody import ProsodyController

from tests.voice.speaking import CAST  # isort: skip

SPEAKERS = ("guard", "healer")
BIG_SIX = ("anger", "happiness", "sadness", "fear", "disgust", "surprise")


def targets(speaker: str, emotion: str, intensity: float = 1.0) -> ProsodyTargets:
    return ProsodyController(CAST[speaker])(Affect.of({emotion: intensity}))


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("emotion", BIG_SIX)
def test_the_sound_does_what_the_targets_say(speaker, emotion, measured):
    # Creak has no pitch: where it sounds, Praat finds none, and the mean of the rest is another.
    wanted = dataclasses.replace(targets(speaker, emotion), creak=0.0)
    neutral = measured(speaker, "neutral", ProsodyTargets())
    found = measured(speaker, emotion, wanted)
    assert found["f0_st"] - neutral["f0_st"] == pytest.approx(wanted.f0_shift_st, abs=0.5)
    assert found["alpha_db"] - neutral["alpha_db"] == pytest.approx(wanted.tilt_db, abs=2.0)
    assert found["level_db"] - neutral["level_db"] == pytest.approx(wanted.gain_db, abs=1.5)
    assert found["peak"] < 10 ** (-1 / 20)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_level_order(speaker, measured):
    level = {e: measured(speaker, e, targets(speaker, e))["level_db"] for e in ("anger", "happiness", "sadness")}
    neutral = measured(speaker, "neutral", ProsodyTargets())["level_db"]
    assert level["anger"] > level["happiness"] + 1 > neutral + 2 > level["sadness"] + 5


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_irregularity(speaker, measured):
    neutral = measured(speaker, "neutral", ProsodyTargets())
    for emotion in ("sadness", "fear"):
        found = measured(speaker, emotion, targets(speaker, emotion))
        assert found["jitter"] > neutral["jitter"]
    assert measured(speaker, "breath", ProsodyTargets(breathiness=0.6))["hnr"] < neutral["hnr"] - 0.5


@pytest.mark.parametrize(("emotion", "name", "sign"), [("anger", "alpha_db", 1), ("sadness", "alpha_db", -1)])
def test_intensity_grades_the_sound(emotion, name, sign, measured):
    steps = [measured("driver", emotion, targets("driver", emotion, i))[name] for i in (0.25, 0.5, 0.75, 1.0)]
    steps.insert(0, measured("driver", "neutral", ProsodyTargets())[name])
    assert all(sign * (b - a) > 0.3 for a, b in pairwise(steps))
    pitch = [targets("driver", emotion, i).f0_shift_st for i in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert sorted(pitch, reverse=sign < 0) == pitch


def test_a_whisper_is_unvoiced_and_a_shout_is_bright(measured):
    neutral = measured("driver", "neutral", ProsodyTargets())
    whisper = measured("driver", "whisper", ProsodyTargets(whisper=1.0))
    assert whisper["hnr"] < 5.0 < neutral["hnr"] - 4.0
    assert whisper["alpha_db"] > neutral["alpha_db"] + 5.0  # the voice bar is gone
    assert whisper["level_db"] < neutral["level_db"] - 6


def test_wider_range_is_wider(measured):
    spread = [measured("driver", f"range {r}", ProsodyTargets(f0_range=r))["f0_sd_st"] for r in (0.5, 1.0, 1.6)]
    assert spread[0] < 0.65 * spread[1]
    assert spread[2] > 1.2 * spread[1]
