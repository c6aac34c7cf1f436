"""An independent analyser: Praat, by parselmouth.

F0 is found in two passes: the first finds the quartiles of what a speaker does in one manner of speaking, the second
looks from 0.75 times the lower to 1.5 times the upper one (De Looze & Hirst 2008), which keeps octave errors and the
half periods of creak out, and drops nothing by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import parselmouth
from parselmouth.praat import call

RATE = 22050
PAUSE_S = 0.16
"""Silences from here on are pauses, not closures of slow stops."""


def pitch_range(sounds: Sequence[np.ndarray]) -> tuple[float, float]:
    """Floor and ceiling for a speaker in one manner of speaking [unit=Hz]."""
    found = [_sound(y).to_pitch_ac(0.005, 60, pitch_ceiling=700).selected_array["frequency"] for y in sounds]
    f0 = np.concatenate(found)
    low, high = np.percentile(f0[f0 > 0], [25, 75])
    return max(45.0, 0.75 * low), min(900.0, 1.5 * high)


def measure(samples: np.ndarray, between_hz: tuple[float, float] | None = None) -> dict[str, float]:
    """What Praat, and a little of numpy, hear in an utterance.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        at 22.05 kHz
    between_hz : tuple[float, float] | None
        of :func:`pitch_range`; by default the utterance's own
    """
    y = samples.astype(np.float64)
    sound = _sound(y)
    floor, ceiling = between_hz or pitch_range([y])
    pitch = sound.to_pitch_ac(0.005, floor, pitch_ceiling=ceiling)
    f0 = pitch.selected_array["frequency"]
    semitones = 12 * np.log2(f0[f0 > 0] / 100)
    pulses = call([sound, pitch], "To PointProcess (cc)")
    jitter = call(pulses, "Get jitter (local)", 0, 0, 1e-4, 0.02, 1.3) * 100
    shimmer = call([sound, pulses], "Get shimmer (local)", 0, 0, 1e-4, 0.02, 1.3, 1.6) * 100
    harmonicity = sound.to_harmonicity_cc(0.01, floor, 0.1, 1.0).values[0]
    # Frames of 40 ms every 10 ms: level of what is speech, spectrum of what is voiced, where speech begins and ends.
    size, hop = 882, 220
    starts = np.arange(0, len(y) - size, hop)
    frames = np.lib.stride_tricks.sliding_window_view(y, size)[starts]
    energy = (frames**2).sum(axis=1)
    active = energy > energy.max() * 1e-3
    power = np.abs(np.fft.rfft(frames * np.hanning(size), 2048, axis=1)) ** 2
    voiced = np.interp((starts + size / 2) / RATE, pitch.xs(), f0 > 0) > 0.5
    mean = power[voiced & (energy > energy.max() * 1e-4)].mean(axis=0)
    hz = np.fft.rfftfreq(2048, 1 / RATE)
    high_band = mean[(hz >= 1000) & (hz < 5000)].sum()
    low_band = mean[(hz >= 50) & (hz < 1000)].sum()
    heard = np.flatnonzero(active)
    quiet = np.concatenate([[0], ~active[heard[0] : heard[-1] + 1], [0]])
    silences = np.diff(np.flatnonzero(np.diff(quiet)))[::2] * hop / RATE
    duration_s = (heard[-1] - heard[0]) * hop / RATE
    return {
        "f0_st": float(semitones.mean()),
        "f0_sd_st": float(semitones.std()),
        "f0_hz": float(100 * 2 ** (semitones.mean() / 12)),
        "jitter": float(jitter),
        "shimmer": float(shimmer),
        "hnr": float(harmonicity[harmonicity > -100].mean()),
        "alpha_db": float(10 * np.log10(high_band / low_band)),
        "level_db": float(10 * np.log10(energy[active].mean() / size)),
        "duration_s": float(duration_s),
        "speaking_s": float(duration_s - silences[silences >= PAUSE_S].sum()),
        "peak": float(np.abs(y).max()),
        "voiced_share": float((f0 > 0).sum() / max(1, active.sum() * 2)),
    }


def formants(samples: np.ndarray, *, ceiling_hz: float) -> np.ndarray:
    """Median F1, F2, F3 of voiced frames [unit=Hz]."""
    sound = _sound(samples)
    pitch = sound.to_pitch_ac(0.01, 60, pitch_ceiling=500)
    found = sound.to_formant_burg(0.01, 5, ceiling_hz)
    times = [t for t, f in zip(pitch.xs(), pitch.selected_array["frequency"], strict=True) if f > 0]
    rows = [[found.get_value_at_time(k, t) for t in times] for k in (1, 2, 3)]
    return np.nanmedian(np.array(rows), axis=1)


def _sound(samples: np.ndarray) -> parselmouth.Sound:
    return parselmouth.Sound(samples.astype(np.float64), RATE)
