"""Phone times against the sound itself, on boundaries that can be seen: after every warp they stay within 10 ms.

Praat's intensity says where sound ends and begins (25 dB below the loudest of it, as its own detection of silences
does); the balance of high and low bands says where a hiss meets a vowel, the level above 700 Hz where a nasal does.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import parselmouth
import pytest
from scipy.signal import butter, sosfiltfilt

from expressive.core.prosody import ProsodyTargets
from expressive.core.speech import Phone
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice

RATE = 22050
STEP = 22
"""Samples between two levels: 1 ms."""
AROUND = 40
OPEN = tuple("aɑʌæɛɐ")
VOWELS = tuple("aeiouəɐɑɛɪʌæɔʊɜɒyøœ")
TEXTS = {
    "en-us": "My sister saw a passing ship; so Amy took it, met my mummy, and sang six songs, mama.",
    "de": "Papa aß Suppe, sie saß so still. Eine Katze sah mich, so nahm Mama die Mappe mit.",
}
LOW = butter(4, [80, 900], btype="band", fs=RATE, output="sos")
MIDDLE = butter(4, [700, 3500], btype="band", fs=RATE, output="sos")
HIGH = butter(4, 3800, btype="high", fs=RATE, output="sos")


def level(y: npt.NDArray[np.float64], window_s: float) -> npt.NDArray[np.float64]:
    window = np.hanning(int(window_s * RATE))
    return 10 * np.log10(np.convolve(y**2, window / window.sum(), mode="same")[::STEP] + 1e-9)


def crossing(x: npt.NDArray[np.float64]) -> float:
    """Where a curve rises through zero, the place nearest to the middle [unit=s from there]; NaN if nowhere."""
    at = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    return float(at[np.abs(at - AROUND).argmin()] - AROUND) * STEP / RATE if len(at) else float("nan")


def errors(y: npt.NDArray[np.float64], phones: tuple[Phone, ...]) -> dict[str, list[float]]:
    """How far the sound's boundaries are from the track's [unit=s], by kind."""
    balance = level(sosfiltfilt(HIGH, y), 0.006) - level(sosfiltfilt(LOW, y), 0.006)
    middle = level(sosfiltfilt(MIDDLE, y), 0.010)
    praat = parselmouth.Sound(y, RATE).to_intensity(minimum_pitch=200, time_step=0.001)
    loud = np.interp(np.arange(len(balance)) * STEP / RATE, praat.xs(), praat.values[0])
    found = defaultdict(list)
    for a, b in pairwise(phones):
        at = round(b.start_s * RATE / STEP)
        here = slice(at - AROUND, at + AROUND)
        if min(a.end_s - a.start_s, b.end_s - b.start_s) < 0.03 or at < AROUND or at + AROUND > len(loud):
            continue
        before, after = loud[here][:AROUND].max(), loud[here][AROUND:].max()
        if a.symbol.startswith(VOWELS) and b.symbol in ("s", "ʃ"):
            found["vowel to hiss"].append(crossing(balance[here]))
        elif a.symbol in ("s", "ʃ") and b.symbol.startswith(VOWELS):
            found["hiss to vowel"].append(crossing(-balance[here]))
        elif a.symbol.startswith(VOWELS) and b.symbol in ("p", "t", "k"):
            found["vowel to closure"].append(crossing(before - 25 - loud[here]))
        elif a.symbol.startswith(VOWELS) and b.symbol == "":
            found["vowel to pause"].append(crossing(before - 25 - loud[here]))
        elif a.symbol == "" and b.symbol.startswith(VOWELS):
            found["pause to vowel"].append(crossing(loud[here] - after + 25))
        elif a.symbol.startswith(OPEN) and b.symbol in ("m", "n"):
            mouth, nose = np.median(middle[here][: AROUND - 12]), np.median(middle[here][AROUND + 12 :])
            if mouth - nose > 11:
                found["vowel to nasal"].append(crossing((mouth + nose) / 2 - middle[here]))
    return found


def spoken(language: str, tempo: float | None) -> tuple[npt.NDArray[np.float64], tuple[Phone, ...]]:
    """At one tempo, or at another in every block."""
    rng = np.random.default_rng(5)
    stream = Voice(VoiceSpec(language=language), seed=3).speak(TEXTS[language])
    stream.wait(120)
    while not stream.finished:
        now = float(rng.uniform(0.6, 1.5)) if tempo is None else tempo
        stream.render(stream.rendered_s + 0.02, ProsodyTargets(tempo=now))
    return stream.samples().astype(float), stream.track.phones


@pytest.mark.parametrize(("language", "tempo"), [("en-us", 1.0), ("en-us", 0.7), ("en-us", None), ("de", 0.7)])
def test_phones_are_where_the_sound_is(language, tempo):
    found = errors(*spoken(language, tempo))
    every = np.array([error for kind in found.values() for error in kind])
    assert len(found) >= 5
    assert len(every) >= 12
    wrong = {kind: [round(1e3 * e, 1) for e in values if not abs(e) <= 0.010] for kind, values in found.items()}
    assert not any(wrong.values()), wrong
    assert np.abs(every).mean() < 0.004


def test_praat_hears_speech_where_the_track_has_phones():
    """An independent analyser, on what it can tell for sure: sounding and silent stretches."""
    y, phones = spoken("en-us", 0.7)
    grid = parselmouth.Sound(y, RATE).to_intensity(minimum_pitch=200, time_step=0.001)
    times, loud = grid.xs(), grid.values[0]
    for phone in phones:
        if phone.symbol == "" and phone.end_s - phone.start_s > 0.1:
            inside = (times > phone.start_s + 0.03) & (times < phone.end_s - 0.03)
            assert loud[inside].max() < loud.max() - 30
        elif phone.symbol.startswith(VOWELS):
            inside = (times > phone.start_s + 0.01) & (times < phone.end_s - 0.01)
            assert loud[inside].max() > loud.max() - 30
