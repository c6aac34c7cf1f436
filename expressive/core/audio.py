"""A stretch of sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError
from expressive.core.speech import Phone

__all__ = ["AudioChunk"]


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """Consecutive samples of one utterance."""

    samples: npt.NDArray[np.float32]
    """float32 mono [shape=(n_samples,), range=[-1, 1]], read-only"""
    sample_rate: int
    """[unit=Hz]"""
    start_s: float
    """time of the first sample within the utterance"""
    phones: tuple[Phone, ...] = ()
    """the phones that begin in this chunk"""

    def __post_init__(self) -> None:
        samples = np.ascontiguousarray(self.samples, dtype=np.float32)
        if samples.ndim != 1:
            raise ParameterError(f"samples have shape {samples.shape}; they must be mono, (n_samples,)")
        if self.sample_rate <= 0:
            raise ParameterError(f"sample_rate={self.sample_rate} must be > 0")
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)

    @property
    def duration_s(self) -> float:
        """Length of the chunk."""
        return len(self.samples) / self.sample_rate

    @property
    def end_s(self) -> float:
        """Time just after the last sample within the utterance."""
        return self.start_s + self.duration_s
