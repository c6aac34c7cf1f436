"""Where one speech sound turns into the next, found in the sound alone: the check of a track's phone times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from expressive.core.speech import Phone

RATE = 22050
_HOP, _WINDOW = 22, 308  # 1 ms and 14 ms
_BANDS_HZ = (60, 400, 1000, 2000, 3500, 6000, 10000)
_SIDE_S = 0.04
_APART_S = 0.012


def seam_errors(samples: np.ndarray, phones: Sequence[Phone]) -> dict[int, float]:
    """How much later than the track says each clear seam is heard [unit=s].

    The loudness in six bands is laid on the line from what is usual before the seam to what is usual behind it; the
    seam is heard where it crosses the middle. Seams between sounds that are too alike or too short to tell are left
    out, by how they sound, never by the size of the error.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        at 22.05 kHz
    phones : Sequence[Phone]
        of the track

    Returns
    -------
    dict[int, float]
        by the index of the later phone
    """
    loudness = _loudness(samples.astype(np.float64))
    time_s = np.arange(len(loudness)) * _HOP / RATE
    found = {}
    for i in range(1, len(phones)):
        before, after, at = phones[i - 1], phones[i], phones[i].start_s
        lengths = (before.end_s - before.start_s, after.end_s - after.start_s)
        if min(lengths) < 0.03 or abs(before.end_s - at) > 1e-3:
            continue
        left, right = (_APART_S + min(_SIDE_S, 0.6 * length) for length in lengths)
        a = loudness[(time_s >= at - left) & (time_s < at - _APART_S)]
        b = loudness[(time_s > at + _APART_S) & (time_s <= at + right)]
        if min(len(a), len(b)) < 8:
            continue
        way = b.mean(axis=0) - a.mean(axis=0)
        far = float(np.linalg.norm(way))
        spread = np.sqrt(np.var(a @ way) + np.var(b @ way)) / (far + 1e-9) + 0.05
        if far < 1.2 or far / spread < 5.0:
            continue
        near = np.abs(time_s - at) < 0.03
        share = (loudness[near] - a.mean(axis=0)) @ way / far**2 - 0.5
        crossings = np.flatnonzero((share[:-1] < 0) & (share[1:] >= 0))
        if len(crossings):
            exact = crossings - share[crossings] / (share[crossings + 1] - share[crossings])
            errors = time_s[near][0] + exact * _HOP / RATE - at
            found[i] = float(errors[np.argmin(np.abs(errors))])
        else:
            found[i] = 0.03  # it lies further away than was looked
    return found


def _loudness(y: np.ndarray) -> np.ndarray:
    padded = np.concatenate([np.zeros(_WINDOW // 2), y, np.zeros(_WINDOW)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 512, axis=1)) ** 2
    hz = np.fft.rfftfreq(512, 1 / RATE)
    bands = [power[:, (hz >= a) & (hz < b)].sum(axis=1) for a, b in pairwise(_BANDS_HZ)]
    loudness = (np.stack(bands, axis=1) + 1e-9) ** 0.2
    return loudness / loudness.std(axis=0)
