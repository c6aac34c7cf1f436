"""Conversions between the units of sound: semitones, ratios, decibels, cents, hertz."""

from __future__ import annotations

import math

__all__ = ["db_to_ratio", "hz_to_semitones", "ratio_to_db", "ratio_to_semitones", "semitones_to_ratio"]


def semitones_to_ratio(semitones: float) -> float:
    """Frequency ratio of a musical interval: ``2 ** (semitones / 12)``.

    >>> semitones_to_ratio(12)
    2.0
    """
    return float(2.0 ** (semitones / 12.0))


def ratio_to_semitones(ratio: float) -> float:
    """Musical interval of a frequency ratio (> 0).

    >>> ratio_to_semitones(0.5)
    -12.0
    """
    return 12.0 * math.log2(ratio)


def hz_to_semitones(frequency_hz: float, reference_hz: float = 100.0) -> float:
    """Semitones above a reference frequency; 100 Hz is the custom of phonetics."""
    return ratio_to_semitones(frequency_hz / reference_hz)


def db_to_ratio(gain_db: float) -> float:
    """Amplitude ratio of a gain: ``10 ** (dB / 20)``.

    >>> db_to_ratio(20)
    10.0
    """
    return float(10.0 ** (gain_db / 20.0))


def ratio_to_db(ratio: float) -> float:
    """Gain of an amplitude ratio (> 0).

    >>> ratio_to_db(10)
    20.0
    """
    return 20.0 * math.log10(ratio)
