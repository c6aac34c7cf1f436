"""An independent analyser: Praat, by parselmouth. F0 in two passes with a floor and ceiling of the speaker's own
(De Looze & Hirst 2008)."""

from __future__ import annotations

import numpy as np
import parselmouth
from parselmouth.praat import call

RATE = 22050


def measure(samples: np.ndarray) -> dict[str, float]:
    y = samples.astype(np.float64)
    sound = parselmouth.Sound(y, RATE)
    first = sound.to_pitch_ac(0.005, 60, pitch_ceiling=700).selected_array["frequency"]
    low, high = np.percentile(first[first > 0], [25, 75])
    floor = max(50.0, 0.75 * low)
    pitch = sound.to_pitch_ac(0.005, floor, pitch_ceiling=min(900.0, 2.5 * high))
    f0 = pitch.selected_array["frequency"]
    semitones = 12 * np.log2(f0[f0 > 0] / 100)
    semitones = semitones[np.abs(semitones - np.median(semitones)) < 10]  # an octave's error is no melody
    pulses = call([sound, pitch], "To PointProcess (cc)")
    jitter = call(pulses, "Get jitter (local)", 0, 0, 1e-4, 0.02, 1.3) * 100
    shimmer = call([sound, pulses], "Get shimmer (local)", 0, 0, 1e-4, 0.02, 1.3, 1.6) * 100
    harmonicity = sound.to_harmonicity_cc(0.01, floor, 0.1, 1.0).values[0]
    # Frames of 40 ms every 10 ms: level of what is speech, spectrum of what is voiced, where speech begins and ends.
    size, hop = 882, 220
    starts = np.arange(0, len(y) - size, hop)
    frames = np.array([y[i : i + size] for i in starts])
    energy = (frames**2).sum(axis=1)
    active = energy > energy.max() * 1e-3
    power = np.abs(np.fft.rfft(frames * np.hanning(size), 2048, axis=1)) ** 2
    voiced = np.interp((starts + size / 2) / RATE, pitch.xs(), f0 > 0) > 0.5
    mean = power[voiced & (energy > energy.max() * 1e-4)].mean(axis=0)
    hz = np.fft.rfftfreq(2048, 1 / RATE)
    high_band = mean[(hz >= 1000) & (hz < 5000)].sum()
    low_band = mean[(hz >= 50) & (hz < 1000)].sum()
    heard = np.flatnonzero(active)
    return {
        "f0_st": float(semitones.mean()),
        "f0_sd_st": float(semitones.std()),
        "f0_hz": float(100 * 2 ** (semitones.mean() / 12)),
        "jitter": float(jitter),
        "shimmer": float(shimmer),
        "hnr": float(harmonicity[harmonicity > -100].mean()),
        "alpha_db": float(10 * np.log10(high_band / low_band)),
        "level_db": float(10 * np.log10(energy[active].mean() / size)),
        "duration_s": float((heard[-1] - heard[0]) * hop / RATE),
        "peak": float(np.abs(y).max()),
        "voiced_share": float((f0 > 0).sum() / max(1, active.sum() * 2)),
    }


def formants(samples: np.ndarray, *, ceiling_hz: float) -> np.ndarray:
    """Median F1, F2, F3 of voiced frames [unit=Hz]."""
    sound = parselmouth.Sound(samples.astype(np.float64), RATE)
    pitch = sound.to_pitch_ac(0.01, 60, pitch_ceiling=500)
    found = sound.to_formant_burg(0.01, 5, ceiling_hz)
    times = [t for t, f in zip(pitch.xs(), pitch.selected_array["frequency"], strict=True) if f > 0]
    rows = [[found.get_value_at_time(k, t) for t in times] for k in (1, 2, 3)]
    return np.nanmedian(np.array(rows), axis=1)
