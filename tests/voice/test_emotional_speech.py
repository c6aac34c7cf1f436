"""What Praat, which knows nothing of us, hears in each emotion; ``python -m tests.voice.grid`` asks for all of it."""

from __future__ import annotations

import copy

import pytest

from expressive.voice.evaluate import evaluation_sentences
from tests.voice.grid import BIG_SIX, SPEAKERS, Grid, differences, failures, measure_grid


@pytest.fixture(scope="module")
def at_full_intensity() -> Grid:
    return measure_grid(SPEAKERS, evaluation_sentences()[:4])


def test_the_sound_does_what_the_targets_say(at_full_intensity):
    """F0 within 0.5 st, rate 3 %, alpha ratio 2 dB; order of levels; jitter and HNR as people's; no peak; phones."""
    assert len(at_full_intensity) == len(SPEAKERS) * (1 + len(BIG_SIX))
    assert failures(at_full_intensity) == []


def test_neutral_is_where_the_speaker_is(at_full_intensity):
    for speaker in SPEAKERS:
        found = differences(at_full_intensity, speaker, "neutral", 0.0)
        assert abs(found["f0_error_st"]) < 0.5
        assert found["seam_ms_95"] < 10


def test_intensity_grades_the_sound():
    steps = measure_grid(["healer"], evaluation_sentences()[:3], intensities=(0.25, 0.5, 0.75, 1.0), seams=False)
    assert [text for text in failures(steps) if "monotonic" in text] == []


def test_a_grid_that_is_wrong_is_told(at_full_intensity):
    wrong = copy.deepcopy(at_full_intensity)
    wrong["guard", "anger", 1.0]["f0_st"] += 0.8
    wrong["healer", "sadness", 1.0]["rate"] *= 1.05
    wrong["merchant", "fear", 1.0]["seams"] = [15.0] * 20
    wrong["guard", "sadness", 1.0]["level_db"] += 12.0
    wrong["guard", "neutral", 0.0]["hnr"] += 9.0
    told = "\n".join(failures(wrong))
    for words in (
        "guard, anger: f0_error_st",
        "healer, sadness: rate_error",
        "merchant, fear: seam_ms_95",
        "guard: levels",
        "guard, happiness: hnr",
    ):
        assert words in told
