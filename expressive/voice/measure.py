"""What a listener with instruments hears in a stretch of speech: pitch, level, spectrum, tempo, as numbers.

The features follow eGeMAPS (Eyben et al. 2016) where they can be had from WORLD and numpy alone, each in a unit in
which a speaker's own neutral can be taken off it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError

__all__ = ["FEATURES", "measure_speech"]

FEATURES = (
    "f0_st", "f0_sd_st", "f0_low_st", "f0_high_st", "f0_movement", "f0_final_st",
    "alpha_db", "hammarberg_db", "slope_low_db", "slope_high_db", "centroid", "band_1_db", "band_2_db", "band_3_db",
    "flux_db", "noise", "jitter", "level_sd_db", "syllables_s", "pause_share", "voiced_share", "harmonic_1_db",
)  # fmt: skip
"""Names and order: semitones and decibels, natural logarithms of shares and rates."""
_RATE = 16000
_WINDOW, _HOP = 640, 160


def measure_speech(samples: npt.NDArray[np.float32], sample_rate: int) -> dict[str, float]:
    """Measure one utterance.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        mono
    sample_rate : int [unit=Hz]
        of the samples

    Returns
    -------
    dict[str, float]
        a number for each of :data:`FEATURES`, and ``f0_hz``

    Raises
    ------
    ParameterError
        If there is less than 0.3 s of sound, or nothing voiced in it.
    """
    import pyworld

    y = _to_16k(samples, sample_rate)
    if len(y) < 0.3 * _RATE:
        raise ParameterError(f"samples last {len(y) / _RATE:.2f} s; at least 0.3 s can be measured")
    y = y / (np.sqrt(np.mean(y**2)) + 1e-9) * 0.05
    f0, times = pyworld.dio(y, _RATE, f0_floor=60.0, f0_ceil=600.0, frame_period=10.0)
    f0 = pyworld.stonemask(y, f0, times, _RATE)
    count = min(len(f0), (len(y) - _WINDOW) // _HOP)
    # Frame k of the spectrum is centred where frame k of F0 is.
    padded = np.concatenate([np.zeros(_WINDOW // 2), y, np.zeros(_WINDOW)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, 1024, axis=1)) ** 2 + 1e-12
    f0 = f0[:count]
    level = 10.0 * np.log10(power.sum(axis=1))
    active = level > np.percentile(level, 98) - 30.0
    voiced = (f0 > 0) & active
    if voiced.sum() < 10:
        raise ParameterError("samples hold nothing voiced; is it speech?")
    return {**_pitch(f0, voiced), **_spectrum(power, f0, voiced), **_time(level, active, voiced)}


def _to_16k(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float64]:
    y = np.ascontiguousarray(samples, dtype=np.float64)
    if sample_rate == _RATE:
        return y
    from scipy.signal import resample_poly

    common = math.gcd(_RATE, sample_rate)
    return np.asarray(resample_poly(y, _RATE // common, sample_rate // common))


def _pitch(f0: npt.NDArray[np.float64], voiced: npt.NDArray[np.bool_]) -> dict[str, float]:
    semitones = 12.0 * np.log2(np.where(voiced, f0, 100.0) / 100.0)
    inside = semitones[voiced]
    inside = inside[np.abs(inside - np.median(inside)) < 14.0]
    both = voiced[1:] & voiced[:-1]
    steps = np.abs(np.diff(semitones))[both]
    both2 = both[1:] & both[:-1]
    bends = np.abs(np.diff(semitones, 2))[both2]
    last = semitones[voiced][-max(3, voiced.sum() // 6) :]
    low, high = np.percentile(inside, [10, 90])
    return {
        "f0_hz": float(100.0 * 2.0 ** (inside.mean() / 12.0)),
        "f0_st": float(inside.mean()),
        "f0_sd_st": float(inside.std()),
        "f0_low_st": float(low),
        "f0_high_st": float(high),
        "f0_movement": float(np.log(np.median(steps) + 0.02)) if len(steps) else 0.0,
        "f0_final_st": float(last.mean() - inside.mean()),
        "jitter": float(np.log(np.median(bends) + 0.01)) if len(bends) else 0.0,
    }


def _spectrum(
    power: npt.NDArray[np.float64], f0: npt.NDArray[np.float64], voiced: npt.NDArray[np.bool_]
) -> dict[str, float]:
    hz = np.fft.rfftfreq(1024, 1.0 / _RATE)
    mean = power[voiced].mean(axis=0)

    def band(low: float, high: float) -> float:
        return float(10.0 * np.log10(mean[(hz >= low) & (hz < high)].sum()))

    def slope(low: float, high: float) -> float:
        inside = (hz >= low) & (hz < high)
        return float(np.polyfit(np.log2(hz[inside]), 10.0 * np.log10(mean[inside]), 1)[0])

    peak_low = 10.0 * np.log10(mean[(hz >= 50) & (hz < 2000)].max())
    peak_high = 10.0 * np.log10(mean[(hz >= 2000) & (hz < 5000)].max())
    logs = 10.0 * np.log10(power[voiced])
    heard = (hz > 200) & (hz < 5000)
    flux = np.sqrt(np.mean(np.diff(logs[:, heard], axis=0) ** 2, axis=1))
    return {
        "alpha_db": band(1000, 5000) - band(50, 1000),
        "hammarberg_db": float(peak_low - peak_high),
        "slope_low_db": slope(80, 1000),
        "slope_high_db": slope(1000, 5000),
        "centroid": float(np.log((mean * hz).sum() / mean.sum())),
        "band_1_db": band(500, 1000) - band(50, 500),
        "band_2_db": band(1000, 2000) - band(50, 1000),
        "band_3_db": band(3000, 5000) - band(50, 3000),
        "flux_db": float(np.median(flux)),
        **_harmonics(power[voiced], f0[voiced], np.asarray(hz, np.float64)),
    }


def _harmonics(
    power: npt.NDArray[np.float64], f0: npt.NDArray[np.float64], hz: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Noise between the harmonics against the harmonics, and the first harmonic against the second."""
    width = hz[1]
    rows = np.arange(len(f0))
    on, between = [], []
    for k in range(2, 8):
        on.append(power[rows, np.minimum((k * f0 / width).round().astype(int), len(hz) - 1)])
        between.append(power[rows, np.minimum(((k + 0.5) * f0 / width).round().astype(int), len(hz) - 1)])
    noise = np.log(np.sum(between, axis=0) / np.sum(on, axis=0))
    first = power[rows, (f0 / width).round().astype(int)]
    second = power[rows, np.minimum((2 * f0 / width).round().astype(int), len(hz) - 1)]
    return {
        "noise": float(np.median(noise)),
        "harmonic_1_db": float(np.median(10.0 * np.log10(first / second))),
    }


def _time(
    level: npt.NDArray[np.float64], active: npt.NDArray[np.bool_], voiced: npt.NDArray[np.bool_]
) -> dict[str, float]:
    from scipy.signal import find_peaks

    where = np.flatnonzero(active)
    first, last = int(where[0]), int(where[-1]) + 1
    inside = slice(first, last)
    duration_s = (last - first) * _HOP / _RATE
    # Syllables are peaks of the smoothed level that stand out by 3 dB (de Jong & Wempe 2009).
    smooth = np.convolve(level[inside], np.hanning(9) / np.hanning(9).sum(), mode="same")
    peaks = find_peaks(smooth, prominence=3.0)[0]
    pause = 1.0 - active[inside].mean()
    return {
        "level_sd_db": float(level[active].std()),
        "syllables_s": float(np.log(max(1, len(peaks)) / duration_s)),
        "pause_share": float(np.log(pause + 0.05)),
        "voiced_share": float(np.log(voiced[inside].mean() + 0.05)),
    }
