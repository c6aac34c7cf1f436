"""When is what said? For voices that do not tell: dynamic time warping against a voice that does.

espeak says the same text with known times; the path of least difference between both spectra carries its times over
(the way of Malfrère & Dutoit 1997). Within 30 ms in the median for another synthetic voice.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from expressive.core.speech import Phone, Word
from expressive.voice.backends.base import SAMPLE_RATE, Spoken

__all__ = ["align_to_reference"]

_HOP, _WINDOW, _BANDS = 220, 551, 24
_HOP_S = _HOP / SAMPLE_RATE


def align_to_reference(samples: npt.NDArray[np.float32], reference: Spoken) -> Spoken:
    """Carry the times of phones and words over to another rendering of the same text.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,)]
        mono at 22.05 kHz
    reference : Spoken
        the same text with known times

    Returns
    -------
    Spoken
        ``samples`` with phones and words
    """
    if len(samples) < 4 * _WINDOW or len(reference.samples) < 4 * _WINDOW:
        return Spoken(samples)
    path_reference, path_samples = _path(_features(reference.samples), _features(samples))
    end_s = len(samples) / SAMPLE_RATE

    def carry(time_s: float) -> float:
        return float(min(end_s, np.interp(time_s / _HOP_S, path_reference, path_samples) * _HOP_S))

    edges = [carry(phone.start_s) for phone in reference.phones] + [end_s]
    if edges:
        edges[0] = 0.0
    phones = tuple(
        Phone(phone.symbol, start, stop, phone.stress)
        for phone, start, stop in zip(reference.phones, edges, edges[1:], strict=False)
        if stop > start
    )
    words = tuple(
        Word(word.text, carry(word.start_s), carry(word.end_s), word.char_start, word.char_end)
        for word in reference.words
    )
    return Spoken(samples, phones, words)


def _features(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Log energies in bands of equal width in Bark, each utterance's mean taken off [shape=(n_frames, _BANDS + 1)]."""
    y = np.concatenate([np.zeros(_WINDOW // 2), samples.astype(np.float64), np.zeros(_WINDOW)])
    frames = np.lib.stride_tricks.sliding_window_view(y, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, 1024, axis=1)) ** 2
    hz = np.fft.rfftfreq(1024, 1.0 / SAMPLE_RATE)
    bark = 6.0 * np.arcsinh(hz / 600.0)
    edges = np.linspace(1.0, 20.0, _BANDS + 1)
    bands = np.stack([power[:, (bark >= a) & (bark < b)].sum(axis=1) for a, b in pairwise(edges)], 1)
    loudest = bands.max() + 1e-9
    logs = np.log(bands / loudest + 1e-5)
    level = np.log(power.sum(axis=1) / power.sum(axis=1).max() + 1e-5)[:, None]
    shape = logs - logs.mean(axis=1, keepdims=True)
    return np.concatenate([shape - shape.mean(axis=0), 2.0 * (level - level.mean())], axis=1)


def _path(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Path of least difference: strictly ascending frames of ``a``, and the mean frame of ``b`` for each."""
    n, m = len(a), len(b)
    cost = np.sqrt(np.maximum(0.0, (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2.0 * a @ b.T))
    total = np.full((n + 1, m + 1), np.inf)
    total[0, 0] = 0.0
    # Along an anti-diagonal no cell depends on another.
    for d in range(2, n + m + 1):
        i = np.arange(max(1, d - m), min(n, d - 1) + 1)
        j = d - i
        best = np.minimum(total[i - 1, j - 1], np.minimum(total[i - 1, j], total[i, j - 1]) + 0.1)
        total[i, j] = cost[i - 1, j - 1] + best
    i_, j_ = n, m
    pairs = []
    while i_ > 0 and j_ > 0:
        pairs.append((i_ - 1, j_ - 1))
        diagonal, up, left = total[i_ - 1, j_ - 1], total[i_ - 1, j_] + 0.1, total[i_, j_ - 1] + 0.1
        if diagonal <= up and diagonal <= left:
            i_, j_ = i_ - 1, j_ - 1
        elif up <= left:
            i_ -= 1
        else:
            j_ -= 1
    found = np.array(pairs[::-1], dtype=np.float64)
    rows = np.unique(found[:, 0])
    return rows, np.array([found[found[:, 0] == row, 1].mean() for row in rows])
