"""Periodic artefacts: is there more energy at the pixel grid's own frequencies than beside them.

Enlarging by twos and shuffling pixels can leave patterns of 2, 4 or 8 pixels, horizontally, vertically or both ways. In
the mean power spectrum of many windows they are lone peaks, which no render has: skin and hair are smooth in frequency.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from expressive.training.pairs import Pairs, luma

__all__ = ["grid_peak_db", "grid_peaks", "power_spectrum"]

_PERIODS = (2, 4, 8)
_WINDOW = 32  # pixels; frequencies of all the periods are whole bins
_POINTS = {"face": slice(0, 68), "eyes": slice(36, 48), "mouth": slice(48, 68)}

FloatArray = npt.NDArray[np.float64]


def power_spectrum(windows: npt.NDArray[np.float32]) -> FloatArray:
    """Mean power (w, w) of square windows (n, w, w), each freed of its mean and faded out at the edges."""
    fade = np.hanning(windows.shape[-1] + 1)[:-1]
    faded = (windows - windows.mean((1, 2), keepdims=True)) * np.outer(fade, fade)
    out: FloatArray = (np.abs(np.fft.fft2(faded)) ** 2).mean(0)
    return out


def grid_peak_db(power: FloatArray) -> FloatArray:
    """How far each of the grid's frequencies stands above its neighbourhood in a spectrum (w, w).

    Parameters
    ----------
    power : FloatArray [shape=(w, w)]
        mean power

    Returns
    -------
    FloatArray [shape=(15,), unit=dB]
        about 0 without a pattern; the window itself spreads a pattern over 3 × 3 bins, which are left out of the
        neighbourhood
    """
    size = len(power)
    bins = (0, *(size // period for period in _PERIODS))
    around = [step for step in product(range(-3, 4), repeat=2) if max(map(abs, step)) > 1]
    peaks = []
    for row, column in product(bins, repeat=2):
        if (row, column) != (0, 0):
            # power falls steeply with frequency: the geometric mean of both sides is what is to be expected
            near = [np.log10(power[(row + dr) % size, (column + dc) % size] + 1e-12) for dr, dc in around]
            peaks.append(10 * (np.log10(power[row, column] + 1e-12) - np.mean(near)))
    return np.array(peaks)


def grid_peaks(pairs: Pairs) -> dict[str, dict[str, float]]:
    """Peaks at the frequency of the grid where generated frames stand out most, in face, eyes and mouth.

    Parameters
    ----------
    pairs : Pairs
        generated and rendered frames

    Returns
    -------
    dict[str, dict[str, float]]
        region to ``generated_db`` and ``renders_db``; regions too small for a window are left out
    """
    grey = {"generated_db": luma(pairs.fake), "renders_db": luma(pairs.real)}
    out: dict[str, dict[str, float]] = {}
    for region, points in _POINTS.items():
        cut: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in grey}
        for k, landmarks in enumerate(pairs.landmarks[:, points]):
            for row, column in _windows(region, landmarks, pairs.resolution):
                for name, values in grey.items():
                    cut[name].append(values[k, row : row + _WINDOW, column : column + _WINDOW])
        if all(cut.values()):
            peaks = {name: grid_peak_db(power_spectrum(np.stack(windows))) for name, windows in cut.items()}
            worst = int(np.argmax(peaks["generated_db"] - peaks["renders_db"]))
            out[region] = {name: round(float(values[worst]), 2) for name, values in peaks.items()}
    return out


def _windows(region: str, landmarks: npt.NDArray[np.float32], edge: int) -> list[tuple[int, int]]:
    """Corners (row, column) of the windows over some landmarks, on the picture."""
    low, high = landmarks.min(0), landmarks.max(0)
    if region == "face":  # a lattice within the face
        columns, rows = (np.arange(a, b - _WINDOW + 1, _WINDOW) for a, b in zip(low, high, strict=True))
        corners = [(int(r), int(c)) for r in rows for c in columns]
    else:  # one around each eye, or the mouth
        groups = (landmarks[:6], landmarks[6:]) if region == "eyes" else (landmarks,)
        corners = [(int(y), int(x)) for x, y in (group.mean(0) - _WINDOW / 2 for group in groups)]
    return [(r, c) for r, c in corners if 0 <= r <= edge - _WINDOW and 0 <= c <= edge - _WINDOW]
