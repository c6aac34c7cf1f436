"""Nonverbal sounds as frames, from a few moments each, between which everything moves in straight lines.

Levels and times follow recordings described by Bachorowski, Smoski & Owren 2001 (laughter: calls of 110 ms voiced, 4-5
a second, F0 well above speech), Anikin 2019 (Soundgen: sighs, gasps, growls, screams) and Arnal et al. 2015 (screams:
high F0 and roughness).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_choice, check_number
from expressive.core.speech import Phone
from expressive.voice.frames import BINS, FLOOR, FRAME_S, Frames
from expressive.voice.sounds.names import SOUNDS
from expressive.voice.timbre import FREQUENCIES_HZ

__all__ = ["make_catch", "make_sound"]


@dataclass(frozen=True, slots=True)
class _Moment:
    """How it sounds at one moment."""

    after_s: float
    """since the moment before"""
    shape: str
    """formants, a key of :data:`_FORMANTS`"""
    level_db: float
    """against neutral speech"""
    f0_st: float | None = None
    """above the speaker's mean; None is unvoiced"""
    noise_db: float = -12.0
    """aperiodicity at 3 kHz"""
    rough: float = 0.0
    """irregular pulses [range=[0, 1]]"""
    phone: str = ""
    """the sound that begins here"""


# Formants of a man's voice [Hz] after Peterson & Barney 1952; "breath" is a throat wide open, "hum" a closed mouth.
_FORMANTS = {
    "breath": (600.0, 1350.0, 2500.0, 3500.0, 4500.0),
    "a": (730.0, 1150.0, 2440.0, 3500.0, 4500.0),
    "uh": (600.0, 1190.0, 2390.0, 3500.0, 4500.0),
    "e": (530.0, 1840.0, 2480.0, 3500.0, 4500.0),
    "o": (450.0, 850.0, 2400.0, 3300.0, 4500.0),
    "hum": (250.0, 1000.0, 2200.0, 3000.0, 4200.0),
}
_BANDWIDTHS_HZ = (80.0, 90.0, 120.0, 180.0, 250.0)
_SPEECH_DB = -26.0
_QUIET = -70.0


def make_sound(name: str, intensity: float) -> tuple[Frames, tuple[Phone, ...]]:
    """Make a nonverbal sound.

    Parameters
    ----------
    name : str
        one of :data:`~expressive.voice.sounds.names.SOUNDS`
    intensity : float [range=[0, 1]]
        a slight one is softer, shorter and moves less

    Returns
    -------
    tuple[Frames, tuple[Phone, ...]]
        frames, and phones that give the mouth its shapes

    Raises
    ------
    ParameterError
        If the name is unknown or the intensity out of range.

    Examples
    --------
    >>> frames, phones = make_sound("laugh", 1.0)
    >>> [phone.symbol for phone in phones][:4]
    ['h', 'a', 'h', 'h']
    """
    moments = _RECIPES[check_choice("sound", name, SOUNDS)]()
    return _play(moments, check_number("intensity", intensity, 0.0, 1.0))


def make_catch(intensity: float) -> tuple[Frames, tuple[Phone, ...]]:
    """A single short sob, such as breaks a phrase: breath is caught, and the voice with it; see :func:`make_sound`."""
    return _play(_catch(), intensity)


def _play(moments: list[_Moment], strength: float) -> tuple[Frames, tuple[Phone, ...]]:
    stretch, softer_db = 0.7 + 0.3 * strength, -10.0 * (1.0 - strength)
    times = np.cumsum([m.after_s for m in moments]) * stretch
    count = max(2, round(float(times[-1]) / FRAME_S))
    at = (np.arange(count) + 0.5) * FRAME_S
    level = np.interp(at, times, [max(_QUIET, m.level_db + softer_db) for m in moments])
    pitch = np.interp(at, times, _filled([m.f0_st for m in moments])) * (0.5 + 0.5 * strength)
    nearest = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(moments) - 1)
    voiced = np.array([m.f0_st is not None for m in moments])[nearest]
    noise = np.interp(at, times, [m.noise_db for m in moments])
    rough = np.interp(at, times, [m.rough for m in moments])
    tables = np.stack([_envelope(m.shape, m.f0_st is not None) for m in moments])
    after = np.minimum(nearest + 1, len(moments) - 1)
    span = np.maximum(times[after] - times[nearest], 1e-6)
    mix = np.clip((at - times[nearest]) / span, 0.0, 1.0)[:, None]
    log_power = (1.0 - mix) * tables[nearest] + mix * tables[after]
    log_power += ((_SPEECH_DB + level) * (np.log(10.0) / 10.0))[:, None]
    melody = np.zeros((count, 5), np.float32)
    melody[:, 2] = 1.0 + rough  # beyond 1, the sound is rough whatever the speaker's creak
    frames = Frames(
        pitch.astype(np.float32),
        voiced,
        np.maximum(log_power, FLOOR).astype(np.float32),
        np.stack([noise, np.minimum(0.0, noise * 0.5)], axis=1).astype(np.float32),
        melody,
    )
    return frames, _phones(moments, times, count * FRAME_S)


def _sigh() -> list[_Moment]:
    return [
        _Moment(0.0, "uh", -45.0, phone="h"),
        _Moment(0.25, "uh", -20.0),
        _Moment(0.10, "breath", -30.0, phone="h"),
        _Moment(0.10, "a", -7.0, 1.5, -3.0, phone="a"),
        _Moment(0.25, "uh", -10.0, -1.0, -3.0),
        _Moment(0.20, "uh", -18.0, phone="h"),
        _Moment(0.35, "o", -45.0),
    ]


def _gasp() -> list[_Moment]:
    return [
        _Moment(0.0, "uh", -30.0, phone="h"),
        _Moment(0.07, "e", -4.0),
        _Moment(0.18, "a", -7.0, phone="a"),
        _Moment(0.12, "a", -45.0),
    ]


def _sob() -> list[_Moment]:
    moments = [
        _Moment(0.0, "uh", -40.0, phone="h"),
        _Moment(0.22, "e", -14.0),
        _Moment(0.05, "uh", -40.0),
    ]
    for pitch, level in ((5.0, -4.0), (6.5, -2.0), (4.0, -6.0)):
        moments += [
            _Moment(0.05, "breath", -14.0, phone="h"),
            _Moment(0.05, "uh", level, pitch, -8.0, 0.25, phone="ʌ"),
            _Moment(0.10, "uh", level - 3.0, pitch - 3.0, -8.0, 0.35),
            _Moment(0.05, "breath", -30.0, phone="h"),
        ]
    return [*moments, _Moment(0.12, "uh", -50.0)]


def _catch() -> list[_Moment]:
    return [
        _Moment(0.0, "uh", -45.0, phone="h"),
        _Moment(0.14, "e", -8.0),
        _Moment(0.05, "uh", -40.0),
        _Moment(0.04, "uh", 2.0, 4.5, -8.0, 0.25, phone="ʌ"),
        _Moment(0.09, "uh", -3.0, 2.0, -8.0, 0.35),
        _Moment(0.05, "breath", -30.0, phone="h"),
        _Moment(0.10, "uh", -50.0),
    ]


def _laugh() -> list[_Moment]:
    moments = []
    for call in range(5):
        level, pitch = -1.5 * call, 6.0 - 1.3 * call
        moments += [
            _Moment(0.05 if call else 0.0, "breath", -14.0 + level, phone="h"),
            _Moment(0.05, "a", level, pitch + 1.0, -9.0, phone="a"),
            _Moment(0.09, "a", level - 2.0, pitch, -8.0),
            _Moment(0.03, "breath", -16.0 + level, phone="h"),
        ]
    return [*moments, _Moment(0.15, "breath", -50.0)]


def _growl() -> list[_Moment]:
    return [
        _Moment(0.0, "uh", -40.0, -4.0, -6.0, 1.0, phone="ʌ"),
        _Moment(0.12, "uh", 0.0, -3.0, -5.0, 0.9),
        _Moment(0.35, "a", 2.0, -3.5, -5.0, 1.0, phone="a"),
        _Moment(0.30, "uh", -6.0, -6.0, -4.0, 1.0),
        _Moment(0.12, "uh", -45.0, -7.0, -4.0, 1.0),
    ]


def _scream() -> list[_Moment]:
    return [
        _Moment(0.0, "a", -30.0, 9.0, -10.0, phone="a"),
        _Moment(0.06, "a", 6.0, 14.0, -10.0, 0.1),
        _Moment(0.30, "a", 10.0, 17.0, -8.0, 0.2),
        _Moment(0.35, "a", 8.0, 15.5, -8.0, 0.25),
        _Moment(0.15, "a", -30.0, 9.0, -6.0, 0.1),
    ]


def _hm() -> list[_Moment]:
    return [
        _Moment(0.0, "hum", -30.0, 0.5, -20.0, phone="m"),
        _Moment(0.06, "hum", -7.0, 1.5, -20.0),
        _Moment(0.18, "hum", -8.0, -0.5, -20.0),
        _Moment(0.15, "hum", -40.0, -2.5, -15.0),
    ]


_RECIPES: dict[str, Callable[[], list[_Moment]]] = {
    "sigh": _sigh,
    "gasp": _gasp,
    "sob": _sob,
    "laugh": _laugh,
    "growl": _growl,
    "scream": _scream,
    "hm": _hm,
}


def _envelope(shape: str, voiced: bool) -> npt.NDArray[np.float64]:
    """Spectral envelope of mean power 1 [shape=(BINS,), natural logarithm of power]."""
    power = np.ones(BINS)
    for formant, bandwidth in zip(_FORMANTS[shape], _BANDWIDTHS_HZ, strict=True):
        width = bandwidth * (1.0 if voiced else 2.0)  # an open glottis damps
        power *= formant**4 / ((FREQUENCIES_HZ**2 - formant**2) ** 2 + (FREQUENCIES_HZ * width) ** 2)
    octaves = np.log2(np.maximum(FREQUENCIES_HZ, 100.0) / 100.0)
    power *= 10.0 ** ((-6.0 if voiced else 3.0) * octaves / 10.0)
    if shape == "hum":
        power *= 10.0 ** (-8.0 * np.clip(octaves - 2.0, 0.0, None) / 10.0)
    return np.asarray(np.log(power / power.mean() + 1e-12))


def _filled(values: list[float | None]) -> npt.NDArray[np.float64]:
    known = [i for i, value in enumerate(values) if value is not None]
    if not known:
        return np.zeros(len(values))
    return np.interp(np.arange(len(values)), known, [v for v in values if v is not None])


def _phones(moments: list[_Moment], times: npt.NDArray[np.float64], end_s: float) -> tuple[Phone, ...]:
    begins = [(float(t), m.phone) for t, m in zip(times, moments, strict=True) if m.phone]
    stops = [t for t, _ in begins[1:]] + [end_s]
    return tuple(Phone(symbol, t, stop) for (t, symbol), stop in zip(begins, stops, strict=True))
