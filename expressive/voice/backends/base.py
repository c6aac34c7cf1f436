"""What every backend offers: neutral sound with the times of phones and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from expressive.core.speech import Phone, Word

__all__ = ["SAMPLE_RATE", "Backend", "Needs", "Spoken", "resample"]

SAMPLE_RATE = 22050
"""Every backend's sound is brought to this rate [unit=Hz]; espeak's and most Piper voices' own."""


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Neutral sound of one stretch of text."""

    samples: npt.NDArray[np.float32]
    """float32 mono at :data:`SAMPLE_RATE` [shape=(n_samples,), range=[-1, 1]]"""
    phones: tuple[Phone, ...] = field(default=())
    """in order, without gaps; symbol empty for silence"""
    words: tuple[Word, ...] = field(default=())
    """char_start and char_end count characters of the text that was given"""

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Needs:
    """What a backend found out about this machine; nothing missing means that it can speak."""

    missing: str = ""
    """what is not there"""
    remedy: str = ""
    """what to run"""
    detail: str = ""
    """anything else worth knowing"""

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


class Backend(Protocol):
    """Text in, neutral sound out. Calls may come from any thread; a failure is a SpeechError."""

    def synthesize(
        self,
        text: str,
        *,
        language: str,
        rate: float,
        phonemes: bool = False,
        stopped: Callable[[], bool] | None = None,
    ) -> Spoken:
        """Speak a text of at most a few sentences.

        Parameters
        ----------
        text : str
            plain text, or IPA if ``phonemes``
        language : str
            BCP 47 tag
        rate : float [unit=ratio]
            rate of speech against the backend's usual one
        phonemes : bool
            whether the text is IPA
        stopped : Callable | None
            says whether nobody waits for the sound any more; who takes long should ask now and then, and give up

        Returns
        -------
        Spoken
            the sound; empty if there is nothing to say

        Raises
        ------
        SpeechError
            If the backend fails.
        """
        ...


def resample(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float32]:
    """Bring mono sound [shape=(n_samples,)] to :data:`SAMPLE_RATE`."""
    if sample_rate == SAMPLE_RATE or len(samples) == 0:
        return samples
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(SAMPLE_RATE, sample_rate)
    out: npt.NDArray[np.float32] = resample_poly(samples, SAMPLE_RATE // common, sample_rate // common)
    return out.astype(np.float32)
