"""Speech as WORLD parameters, one frame every 5 ms: what analysis makes and synthesis reads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.voice.backends.base import SAMPLE_RATE

__all__ = ["BANDS_HZ", "BINS", "FFT_SIZE", "FLOOR", "FRAME_S", "FrameStore", "Frames", "frame_count", "silent_frames"]

FRAME_S = 0.005
"""Distance between two frames."""
FFT_SIZE = 1024
"""What CheapTrick needs at 22.05 kHz for an F0 down to 71 Hz."""
BINS = FFT_SIZE // 2 + 1
BANDS_HZ = (3000.0, 6000.0)
"""D4C measures aperiodicity in bands 3 kHz apart and interpolates between; so two numbers hold all that it says."""
FLOOR = -36.8
"""Natural logarithm of the power of silence, 1e-16."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Consecutive frames."""

    f0_st: npt.NDArray[np.float32]
    """F0 above the mean of its sentence [shape=(n_frames,), unit=st], filled in where unvoiced"""
    voiced: npt.NDArray[np.bool_]
    """[shape=(n_frames,)]"""
    log_power: npt.NDArray[np.float32]
    """natural logarithm of the spectral envelope [shape=(n_frames, BINS)]"""
    noise_db: npt.NDArray[np.float32]
    """aperiodicity at :data:`BANDS_HZ` [shape=(n_frames, 2), unit=dB, range=[-60, 0]]"""
    melody: npt.NDArray[np.float32]
    """what the sentence asks for [shape=(n_frames, 5)]: accent, boundary tone, nearness of the phrase's end, and the
    mean excursions above and below the mean F0 [unit=st]"""

    def __len__(self) -> int:
        return len(self.f0_st)

    def take(self, index: npt.NDArray[np.intp]) -> Frames:
        """The frames at some places."""
        return Frames(
            self.f0_st[index], self.voiced[index], self.log_power[index], self.noise_db[index], self.melody[index]
        )


def silent_frames(count: int) -> Frames:
    """Frames of silence."""
    return Frames(
        np.zeros(count, np.float32),
        np.zeros(count, bool),
        np.full((count, BINS), FLOOR, np.float32),
        np.zeros((count, 2), np.float32),
        np.zeros((count, 5), np.float32),
    )


class FrameStore:
    """A window on a long row of frames: added at the end, dropped at the beginning."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one thread adds, another takes
        self._chunks: deque[tuple[int, Frames]] = deque()
        self.end = 0
        """how many frames were ever added"""

    def append(self, frames: Frames) -> None:
        """Add frames at the end."""
        with self._lock:
            self._chunks.append((self.end, frames))
            self.end += len(frames)

    def drop_before(self, index: int) -> None:
        """Forget frames that are not needed again."""
        with self._lock:
            while self._chunks and self._chunks[0][0] + len(self._chunks[0][1]) <= index:
                self._chunks.popleft()

    def take(self, index: npt.NDArray[np.intp]) -> Frames:
        """The frames at ascending places; they must be there still."""
        parts = []
        with self._lock:
            chunks = tuple(self._chunks)
        for start, chunk in chunks:
            here = index[(index >= start) & (index < start + len(chunk))]
            if len(here):
                parts.append(chunk.take(here - start))
        if len(parts) == 1:
            return parts[0]
        return Frames(
            np.concatenate([p.f0_st for p in parts]),
            np.concatenate([p.voiced for p in parts]),
            np.concatenate([p.log_power for p in parts]),
            np.concatenate([p.noise_db for p in parts]),
            np.concatenate([p.melody for p in parts]),
        )


def frame_count(n_samples: int) -> int:
    """How many frames cover a number of samples."""
    return max(1, int(np.ceil(n_samples / SAMPLE_RATE / FRAME_S)))
