"""From sound to frames, with WORLD, in chunks, so that the first can be heard while the rest is being analysed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.frames import BANDS_HZ, FFT_SIZE, FLOOR, FRAME_S, Frames, frame_count

__all__ = ["HERE", "Analyst", "Outline", "active_level_db", "analyse", "analyse_chunk", "outline"]

FIRST_CHUNK = 16
"""Frames of the first chunk: 80 ms of sound take 4 ms to analyse, and are heard for longer than the next takes."""
CHUNK = 80
"""Frames of a chunk at most, 0.4 s; each is as long as all before. In the process beside a game a face waits for it."""
AT_ONCE = 16
"""Frames that WORLD is given at once: it keeps Python's lock while it works, 40 ms for a whole chunk, and a game's loop
would stand still for so long; these take it 4 ms at most."""
F0_FLOOR_HZ, F0_CEILING_HZ = 60.0, 500.0
F0_SPEED = 4
"""DIO works on sound of a fourth of the rate, at an eighth of the cost; StoneMask then refines on the whole sound. That
is within 0.002 st (95 %) of DIO at the full rate, and as far from Praat as that (0.22 st)."""
_SAMPLES_PER_4 = 441  # four frames are a whole number of samples at 22.05 kHz
_SMOOTHING = (0.054, 0.244, 0.404, 0.244, 0.054)
"""Gaussian of 5 ms over time. CheapTrick's window is three periods long, so faster movement in its envelope is its own
error; without it the resynthesis gains 0.6 dB of HNR."""
_REACH = len(_SMOOTHING) // 2
_BINS_OF_BANDS = tuple(round(hz * FFT_SIZE / SAMPLE_RATE) for hz in BANDS_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The melody of a sentence in rough: enough to know its mean before the whole is analysed."""

    f0_hz: npt.NDArray[np.float64]
    """F0 as DIO finds it; 0 where voiceless [shape=(n_frames,), unit=Hz]"""
    mean_st: float
    """mean F0 [unit=st above 100 Hz]"""
    above_st: float
    below_st: float
    """weighted means of the excursions above and, positive too, below the mean [unit=st]"""
    weights: npt.NDArray[np.float64]
    """how much each frame counts for what accents and range add to the mean [shape=(n_frames,), sum=1 or 0]: nothing
    where voiceless or faint, else its amplitude, because the faint low end of a phrase is heard, and measured by Praat,
    less than its loud peaks"""


def outline(samples: npt.NDArray[np.float64]) -> Outline:
    """Look over a sentence, within 0.2 st of the mean F0 that Praat finds, at a tenth of the full analysis' cost."""
    import pyworld

    count = frame_count(len(samples))
    y = _long_enough(samples)
    f0 = pyworld.dio(y, SAMPLE_RATE, F0_FLOOR_HZ, F0_CEILING_HZ, frame_period=FRAME_S * 1000, speed=F0_SPEED)[0][:count]
    hop = SAMPLE_RATE * FRAME_S
    ends = np.minimum((np.arange(count + 1) * hop).astype(int), len(samples))
    energy = np.diff(np.concatenate([[0.0], np.cumsum(samples**2)])[ends])
    energy = np.convolve(energy, np.ones(5), mode="full")[2 : count + 2]
    semitones = 12.0 * np.log2(np.where(f0 > 0, f0, 100.0) / 100.0)
    counts = (f0 > 0) & (energy > energy.max() * 1e-2)
    if counts.any():
        counts &= np.abs(semitones - np.median(semitones[counts])) < 8.0  # an octave's error is no melody
    if not counts.any():
        return Outline(f0, 0.0, 0.0, 0.0, np.zeros(count))
    roots = np.where(counts, energy**0.25, 0.0)
    # Weighted by the root of the amplitude, the mean is Praat's within 0.02 st over sentences; unweighted, 0.17 below.
    mean = float(roots @ semitones / roots.sum())
    weights = roots**2 / np.sum(roots**2)
    above, below = (float(weights @ np.maximum(sign * (semitones - mean), 0.0)) for sign in (1.0, -1.0))
    return Outline(f0, mean, above, below, weights)


def analyse(
    samples: npt.NDArray[np.float64],
    rough: Outline,
    melody: npt.NDArray[np.float32],
    *,
    whole: bool = False,
    analyst: Analyst | None = None,
) -> Iterator[Frames]:
    """Analyse one sentence.

    All that looks beyond a frame's own window is in the outline, so chunks hold what an analysis as a whole finds.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        mono sound at 22.05 kHz
    rough : Outline
        of these samples; its mean F0 is taken off
    melody : np.ndarray [shape=(frame_count(n_samples), 5)]
        of :func:`expressive.voice.melody.sentence_melody`, which the frames carry along
    whole : bool
        as one chunk, the plain reference for the tests
    analyst : Analyst | None
        who does it; None is this process

    Yields
    ------
    Frames
        chunk after chunk
    """
    chunk = (analyst or HERE).chunk
    total = len(rough.f0_hz)
    start = 0
    while start < total:
        count = total if whole else min(total - start, CHUNK, max(FIRST_CHUNK, start))
        yield chunk(samples, start, start + count, rough, melody[start : start + count])
        start += count


def analyse_chunk(
    samples: npt.NDArray[np.float64], start: int, end: int, rough: Outline, melody: npt.NDArray[np.float32]
) -> Frames:
    """Analyse some frames of a sentence.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        the whole sentence, mono at 22.05 kHz
    start, end : int
        which frames
    rough : Outline
        of the whole
    melody : np.ndarray [shape=(end - start, 5)]
        of these frames, which carry it along

    Returns
    -------
    Frames
        what an analysis of the whole would find there
    """
    import pyworld

    y = _long_enough(samples)
    begin, stop = max(0, start - _REACH), min(len(rough.f0_hz), end + _REACH)
    times = np.arange(begin, stop) * FRAME_S
    f0 = _by_and_by(lambda f0, at: pyworld.stonemask(y, f0, at, SAMPLE_RATE), rough.f0_hz[begin:stop], times)
    envelope = _by_and_by(lambda f0, at: pyworld.cheaptrick(y, f0, at, SAMPLE_RATE, fft_size=FFT_SIZE), f0, times)
    kept = slice(start - begin, end - begin)
    aperiodicity = _by_and_by(
        lambda f0, at: pyworld.d4c(y, f0, at, SAMPLE_RATE, fft_size=FFT_SIZE), f0[kept], times[kept]
    )
    missing = (_REACH - kept.start, _REACH - (stop - end))
    padded = np.pad(np.log(envelope + 1e-16), (missing, (0, 0)), mode="edge")
    log_power = np.sum([w * padded[i : i + end - start] for i, w in enumerate(_SMOOTHING)], axis=0)
    bands = 20.0 * np.log10(np.maximum(aperiodicity[:, _BINS_OF_BANDS], 1e-3))
    return Frames(
        _filled(f0, rough.mean_st)[kept].astype(np.float32),
        f0[kept] > 0,
        np.maximum(log_power, FLOOR).astype(np.float32),
        bands.astype(np.float32),
        melody,
    )


@dataclass(frozen=True, slots=True)
class Analyst:
    """Who does the work of WORLD: :data:`HERE`, or :mod:`a process of its own <expressive.voice.analyst>`."""

    outline: Callable[[npt.NDArray[np.float64]], Outline]
    """:func:`outline` or the like"""
    chunk: Callable[[npt.NDArray[np.float64], int, int, Outline, npt.NDArray[np.float32]], Frames]
    """:func:`analyse_chunk` or the like"""


HERE = Analyst(outline, analyse_chunk)
"""This process does it."""


def _by_and_by(
    work: Callable[[npt.NDArray[np.float64], npt.NDArray[np.floating]], npt.NDArray[np.float64]],
    f0: npt.NDArray[np.float64],
    times: npt.NDArray[np.floating],
) -> npt.NDArray[np.float64]:
    """Do WORLD's work on frames, few at a time."""
    parts = []
    for i in range(0, len(f0), AT_ONCE):
        parts.append(work(f0[i : i + AT_ONCE], times[i : i + AT_ONCE]))
        time.sleep(0)  # whoever waits for the lock gets it
    return np.concatenate(parts)


def _filled(f0: npt.NDArray[np.float64], mean_st: float) -> npt.NDArray[np.float64]:
    """Semitones above the mean, voiceless frames as the nearest voiced one: interpolation never sees a hole."""
    where = np.flatnonzero(f0 > 0)
    if len(where) == 0:
        return np.zeros(len(f0))
    at = np.arange(len(f0))
    after = np.minimum(np.searchsorted(where, at), len(where) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(at - where[before]) < np.abs(at - where[after]), before, after)
    return np.asarray(12.0 * np.log2(f0[where[nearest]] / 100.0) - mean_st)


def _long_enough(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """WORLD cannot take a sound of less than 40 ms."""
    missing = 2 * _SAMPLES_PER_4 - len(samples)
    return np.ascontiguousarray(samples if missing <= 0 else np.concatenate([samples, np.zeros(missing)]))


def active_level_db(samples: npt.NDArray[np.float64]) -> float:
    """Level of the parts that are speech [unit=dBFS, RMS]: 20 ms frames within 30 dB of the loudest."""
    whole = len(samples) // _SAMPLES_PER_4 * _SAMPLES_PER_4
    if whole == 0:
        return -100.0
    power = np.mean(samples[:whole].reshape(-1, _SAMPLES_PER_4) ** 2, axis=1)
    active = power[power > power.max() * 1e-3]
    return float(10.0 * np.log10(np.mean(active) + 1e-10)) if len(active) else -100.0
