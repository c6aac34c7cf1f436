"""Changes of the spectrum: brightness in true decibels of alpha ratio, vocal tract, effort, breath."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.frames import BANDS_HZ, BINS

__all__ = ["RUMBLE", "Timbre", "aperiodicity"]

FREQUENCIES_HZ = np.linspace(0.0, SAMPLE_RATE / 2, BINS)
_NYQUIST = SAMPLE_RATE / 2

# Long-term mean spectrum of the embedded voice's voiced frames, measured over ten sentences (en-us, range 75).
_LTAS_HZ = (
    0,
    125,
    160,
    200,
    250,
    315,
    400,
    500,
    630,
    800,
    1000,
    1250,
    1600,
    2000,
    2500,
    3150,
    4000,
    5000,
    6300,
    8000,
    11025,
)
_LTAS_DB = (
    -8.9, -8.4, -7.2, -5.5, -3.8, -2.3, -0.1, -2.3, -3.9, -7.2, -11.5, -9.6, -13.1, -18.3, -13.5, -23.0, -25.3, -33.5,
    -38.5, -40.3, -50.0,
)  # fmt: skip
_SLOPES = np.linspace(-12.0, 14.0, 105)  # dB an octave
_FLAT = 48
"""Where the slope is 0 among them."""
_HIGH, _LOW = (FREQUENCIES_HZ >= 1000) & (FREQUENCIES_HZ < 5000), (FREQUENCIES_HZ >= 50) & (FREQUENCIES_HZ < 1000)
_BANDS = np.stack([_HIGH, _LOW, np.ones(BINS)], axis=1)
_HARMONIC_BINS = 96
"""Bins in which a first harmonic can lie: up to 2 kHz."""
HUSH = 0.5
"""How far breath stays behind when the voice gets brighter. It does because the glottis shuts faster, which makes the
harmonics brighter and not the breath that passes; but effort drives more breath too, and the half of it brings HNR to
what people have (EmoDB: -1.3 dB in sadness, whose voice is darker by 4.8 dB and hardly breathier)."""

TILT_GAIN = 1.1
"""What Praat measures of a tilt falls short of the long-term mean spectrum by a tenth (10.5 dB: 9.4, -6 dB: -5.35),
because single sounds differ from it."""
# Tilt rises by the octave from 250 Hz to 2 kHz and loses a little again above: measured on EmoDB, anger gains 9 dB in
# 0.5-1 kHz and 12 dB in 1-2 kHz, and its slope from 1 to 5 kHz falls by 1.5 dB an octave.
_ABOVE = np.log2(np.maximum(FREQUENCIES_HZ, 1.0) / 250.0)
_OCTAVES = np.clip(_ABOVE, 0.0, 3.0) - 0.45 * np.clip(_ABOVE - 3.0, 0.0, 1.3)
# Breath noise of the larynx lies above the first harmonics (Klatt & Klatt 1990), and a little among them: there it is
# what lowers the HNR of sad speech (EmoDB -1.3 dB), for the spectrum below 1 kHz holds most of the energy.
_BREATH_BAND = 0.3 + 0.7 * np.clip((FREQUENCIES_HZ - 400.0) / 2000.0, 0.0, 1.0)
_NEUTRAL_BREATH = 0.12
"""Breath of any living voice, which pressing takes away; it brings the HNR of neutral speech from 13.5 to people's 12.5
dB (EmoDB)."""
RUMBLE = -np.minimum(11.5, np.log1p((40.0 / np.maximum(FREQUENCIES_HZ, 1.0)) ** 4))
"""What no mouth gives off, taken away below 40 Hz [shape=(BINS,), natural logarithm of power]: every pulse pushes the
same way, and would leave an offset of -44 dBFS that thumps where voicing begins and ends."""
_WHISPER_LIFT = np.clip((FREQUENCIES_HZ - 300.0) / 900.0, 0.0, 1.0) * 14.0 - 14.0  # a whisper has no voice bar


class Timbre:
    """The spectral changes that one speaker makes.

    Parameters
    ----------
    vocal_tract : float [unit=ratio]
        length against the embedded voice's; > 1 is longer
    """

    def __init__(self, vocal_tract: float) -> None:
        self._tract = vocal_tract
        self._spectra = _tilted_spectra(round(vocal_tract, 3))

    def tilt(
        self, tilt_db: float, *, first_harmonic_db: float = 0.0, f0_hz: float = 100.0
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Gain that changes the alpha ratio by so much and the level of voiced speech not at all.

        Parameters
        ----------
        tilt_db : float [unit=dB]
            change of energy in 1-5 kHz against 50-1000 Hz
        first_harmonic_db, f0_hz : float
            what the first harmonic gains besides, and where it lies: that is part of the change asked for

        Returns
        -------
        gain : np.ndarray [shape=(BINS,)]
            natural logarithm of the power gain
        hush : np.ndarray [shape=(BINS,), unit=ratio]
            what becomes of the share of noise (:data:`HUSH`)
        """
        tilted, bands = self._spectra
        boost = np.expm1(self.first_harmonic(np.array([f0_hz]), np.array([first_harmonic_db]))[0, :_HARMONIC_BINS])
        high, low, whole = (bands + (tilted * boost) @ _BANDS[:_HARMONIC_BINS]).T
        plain_high, plain_low, plain = bands[_FLAT]
        alpha = 10.0 * np.log10(high * plain_low / (low * plain_high))
        slope = float(np.interp(TILT_GAIN * tilt_db, alpha, _SLOPES))
        loudness = float(np.interp(slope, _SLOPES, 10.0 * np.log10(whole / plain)))
        gain = (slope * _OCTAVES - loudness) * (np.log(10) / 10)
        return np.asarray(gain), np.asarray(10.0 ** (-0.05 * HUSH * slope * _OCTAVES))

    def first_harmonic(
        self, f0_hz: npt.NDArray[np.float64], gain_db: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Gain of the first harmonic alone: open, breathy glottal pulses are nearly sines (Klatt & Klatt 1990).

        Parameters
        ----------
        f0_hz, gain_db : np.ndarray [shape=(n,)]
            of each pulse

        Returns
        -------
        np.ndarray [shape=(n, BINS)]
            natural logarithm of the power gain
        """
        shape = np.exp(-((FREQUENCIES_HZ / (1.4 * f0_hz[:, None])) ** 6))
        return np.asarray(gain_db[:, None] * (np.log(10) / 10) * shape)

    def warp(self, formant_ratio: float, effort: float) -> npt.NDArray[np.float64]:
        """Where in the source's spectrum each frequency comes from.

        A louder voice opens the jaw and raises the first formant, about 10 % from soft to shouted (Traunmüller &
        Eriksson 2000); whatever lies above 1.5 kHz stays.

        Parameters
        ----------
        formant_ratio : float [unit=ratio]
            scale of the formants
        effort : float [range=[-1, 1]]
            vocal effort

        Returns
        -------
        np.ndarray [shape=(BINS,)]
            fractional bin
        """
        source = FREQUENCIES_HZ * (self._tract / formant_ratio)
        low = np.clip((1500.0 - FREQUENCIES_HZ) / 600.0, 0.0, 1.0)
        source = source * (1.0 - 0.08 * effort * low)
        return np.asarray(_bend(source) * ((BINS - 1) / _NYQUIST))

    def whisper(self, whisper: float) -> npt.NDArray[np.float64]:
        """Gain of a whisper: weak below 1 kHz, 12 dB softer in all [shape=(BINS,), ln of power]."""
        return np.asarray(whisper * (_WHISPER_LIFT - 6.0) * (np.log(10) / 10))


def aperiodicity(
    noise_db: npt.NDArray[np.float32],
    voiced: npt.NDArray[np.bool_],
    breathiness: npt.NDArray[np.float64],
    whisper: npt.NDArray[np.float64],
    hush: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Share of noise in the amplitude.

    Parameters
    ----------
    noise_db : np.ndarray [shape=(n, 2), unit=dB]
        what analysis found
    voiced : np.ndarray [shape=(n,)]
        a voiceless frame is all noise
    breathiness : np.ndarray [shape=(n,), range=[-1, 1]]
        added breath; -1 takes 20 dB of noise away
    whisper : np.ndarray [shape=(n,), range=[0, 1]]
        0 voiced to 1 wholly unvoiced
    hush : np.ndarray [shape=(n, BINS), unit=ratio]
        of :meth:`Timbre.tilt`

    Returns
    -------
    np.ndarray [shape=(n, BINS), range=[0, 1]]
        0 is a pure tone
    """
    decibel = _KNOT_0 + noise_db.astype(np.float64) @ _KNOTS
    share = np.exp(decibel * (np.log(10) / 20))
    breath = breathiness[:, None]
    added = _NEUTRAL_BREATH + (1.0 - _NEUTRAL_BREATH) * np.maximum(breath, 0.0)
    share = (share + (1.0 - share) * added * _BREATH_BAND) * 10.0 ** np.minimum(breath, 0.0)
    share = np.minimum(1.0, share * hush)
    share = share + (1.0 - share) * whisper[:, None]
    return np.where(voiced[:, None], np.clip(share, 1e-4, 1.0), 1.0)


def _bend(source_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # A longer tract asks for frequencies beyond the source's highest: from 80 % on, squeeze them in.
    top = source_hz[-1]
    knee = 0.8 * _NYQUIST
    if top <= _NYQUIST:
        return source_hz
    return np.where(source_hz <= knee, source_hz, knee + (source_hz - knee) * (_NYQUIST - knee) / (top - knee))


@lru_cache(maxsize=64)
def _tilted_spectra(vocal_tract: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Power of the mean spectrum at every slope: where a first harmonic can lie, and in 1-5 kHz, 50-1000 Hz, all."""
    hz = _bend(FREQUENCIES_HZ * vocal_tract)
    power = 10.0 ** (np.interp(hz, _LTAS_HZ, _LTAS_DB) / 10.0)
    tilted = power * 10.0 ** (_SLOPES[:, None] * _OCTAVES / 10.0)  # (n_slopes, BINS)
    return tilted[:, :_HARMONIC_BINS].copy(), tilted @ _BANDS


def _knots() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    # D4C's own interpolation: -60 dB at 0 Hz, the bands, 0 dB at the top, straight lines in between.
    at = (0.0, *BANDS_HZ, _NYQUIST)
    rows = [np.interp(FREQUENCIES_HZ, at, np.eye(4)[i]) for i in range(4)]
    return -60.0 * rows[0], np.stack(rows[1:3])


_KNOT_0, _KNOTS = _knots()
