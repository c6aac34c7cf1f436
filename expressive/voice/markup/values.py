"""Values of SSML attributes in our own units. What espeak makes of them is another matter: its "+50%" is +29 %."""

from __future__ import annotations

import math
import re

from expressive.core.checks import check_number
from expressive.core.emotions import ALIASES, EMOTIONS, NEUTRAL, resolve_emotion
from expressive.core.errors import ParameterError, did_you_mean
from expressive.voice.markup.inline import EFFECTS
from expressive.voice.markup.script import Change

__all__ = ["EMPHASIS", "STRENGTHS_S", "express_as", "prosody_change", "seconds"]

_PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}
_RANGES = {"x-low": 0.4, "low": 0.7, "medium": 1.0, "default": 1.0, "high": 1.4, "x-high": 1.9}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_VOLUMES = {
    "silent": -40.0, "x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0, "loud": 6.0, "x-loud": 10.0,
}  # fmt: skip
STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
EMPHASIS = {
    "strong": Change(f0_shift_st=2.0, gain_db=4.0, tempo=0.85, effort=0.3, accent=1.2),
    "moderate": EFFECTS["emphasis"],
    "none": Change(),
    "reduced": Change(f0_shift_st=-1.0, gain_db=-3.0, tempo=1.1, accent=-0.5),
}
SPEECH_RANGE_ST = 8.2
"""Range of neutral speech, 5-95 % (EmoDB), to which a change of range in semitones refers."""
_STYLES = {
    "cheerful": "happiness",
    "excited": "happiness",
    "friendly": "tenderness",
    "affectionate": "tenderness",
    "gentle": "tenderness",
    "empathetic": "pity",
    "depressed": "sadness",
    "fearful": "fear",
    "terrified": "fear",
    "disgruntled": "contempt",
    "unfriendly": "contempt",
    "serious": "neutral",
    "embarrassed": "shame",
    "envious": "contempt",
}
"""Styles of mstts:express-as that are no names of emotions here."""
_EFFECT_STYLES = {"whispering": "whisper", "shouting": "shout"}
_NUMBER = re.compile(r"([+-]?)(\d+(?:\.\d+)?|\.\d+)\s*(st|hz|%|db|ms|s|)", re.IGNORECASE)


def seconds(name: str, value: str) -> float:
    """A duration such as ``300ms`` or ``1.5s``."""
    sign, number, unit = _split(name, value, "300ms or 1.5s")
    if sign or unit not in ("ms", "s"):
        raise ParameterError(f"{name}={value!r} must be such as 300ms or 1.5s")
    return number / 1000.0 if unit == "ms" else number


def prosody_change(attributes: dict[str, str], *, base_f0_hz: float) -> Change:
    """The change of voice that a ``prosody`` element asks for.

    Raises
    ------
    ParameterError
        If an attribute is unknown or its value is not understood.
    """
    known = ("pitch", "range", "rate", "volume", "contour", "duration")
    for name in attributes:
        if name not in known:
            raise ParameterError(f"attribute {name!r} is unknown. {did_you_mean(name, known)}")
    return Change(
        f0_shift_st=_pitch_st("pitch", attributes.get("pitch", "medium"), base_f0_hz),
        f0_range=_range(attributes.get("range", "medium"), base_f0_hz),
        tempo=_rate(attributes.get("rate", "medium")),
        gain_db=_volume(attributes.get("volume", "medium")),
        contour=_contour(attributes.get("contour", ""), base_f0_hz),
        duration_s=seconds("duration", attributes["duration"]) or None if "duration" in attributes else None,
    )


def express_as(attributes: dict[str, str]) -> Change:
    """The emotion that an ``mstts:express-as`` element asks for; a degree beyond 1 is the full emotion.

    Raises
    ------
    ParameterError
        If the style is unknown, or the degree is no number in [0.01, 2].
    """
    style = attributes.get("style", "")
    try:
        degree = check_number("styledegree", float(attributes.get("styledegree", "1")), 0.01, 2.0)
    except ValueError:
        raise ParameterError(f"styledegree={attributes['styledegree']!r} must be a number in [0.01, 2]") from None
    key = style.lower()
    if key in _EFFECT_STYLES:
        return EFFECTS[_EFFECT_STYLES[key]]
    key = _STYLES.get(key, key)
    if key not in EMOTIONS and key not in ALIASES and key != NEUTRAL:
        known = (*_STYLES, *_EFFECT_STYLES, *EMOTIONS, *ALIASES)
        raise ParameterError(f"style={style!r} is unknown. {did_you_mean(style, known)}")
    return Change(emotion=resolve_emotion(key, neutral=True), intensity=min(1.0, degree))


def _split(name: str, value: str, such_as: str) -> tuple[str, float, str]:
    match = _NUMBER.fullmatch(value.strip())
    if not match:
        raise ParameterError(f"{name}={value!r} must be such as {such_as}")
    return match.group(1), float(match.group(2)), match.group(3).lower()


def _pitch_st(name: str, value: str, base_f0_hz: float) -> float:
    if value in _PITCHES:
        return _PITCHES[value]
    such_as = "+10%, -4st, +20Hz, 180Hz or x-low … x-high"
    sign, number, unit = _split(name, value, such_as)
    signed = -number if sign == "-" else number
    if unit in ("st", "%") and not sign:
        raise ParameterError(f"{name}={value!r} is a change and needs a sign, such as +{number:g}{unit}")
    if unit == "st":
        semitones = signed
    elif unit == "%" and signed > -95:
        semitones = 12.0 * math.log2(1.0 + signed / 100.0)
    elif unit == "hz" and (hertz := signed + (base_f0_hz if sign else 0.0)) > 20:
        semitones = 12.0 * math.log2(hertz / base_f0_hz)
    else:
        raise ParameterError(f"{name}={value!r} must be such as {such_as}")
    return check_number(f"{name}={value!r} in semitones", semitones, -24.0, 24.0)


def _range(value: str, base_f0_hz: float) -> float:
    if value in _RANGES:
        return _RANGES[value]
    such_as = "+20%, -4st, +20Hz, 80Hz or x-low … x-high"
    sign, number, unit = _split("range", value, such_as)
    signed = -number if sign == "-" else number
    if unit == "%":
        ratio = 1.0 + signed / 100.0
    elif unit == "st":
        ratio = (signed + (SPEECH_RANGE_ST if sign else 0.0)) / SPEECH_RANGE_ST
    elif unit == "hz":
        # The distance in hertz from the low to the high end, which lie as many semitones below and above the mean.
        octaves = SPEECH_RANGE_ST / 24.0
        usual_hz = base_f0_hz * (2.0**octaves - 2.0**-octaves)
        wanted_hz = max(0.0, signed + (usual_hz if sign else 0.0))
        ratio = math.asinh(0.5 * wanted_hz / base_f0_hz) / math.log(2.0) / octaves
    else:
        raise ParameterError(f"range={value!r} must be such as {such_as}")
    return check_number(f"range={value!r} as a ratio", ratio, 0.0, 4.0)


def _rate(value: str) -> float:
    if value in _RATES:
        return _RATES[value]
    such_as = "120%, +20%, 1.2 or x-slow … x-fast"
    sign, number, unit = _split("rate", value, such_as)
    if unit == "%":
        # SSML 1.1 counts from zero (100 % is no change); with a sign, as many engines take it, from no change.
        ratio = 1.0 + (-number if sign == "-" else number) / 100.0 if sign else number / 100.0
    elif unit == "" and not sign:
        ratio = number
    else:
        raise ParameterError(f"rate={value!r} must be such as {such_as}")
    return check_number(f"rate={value!r} as a ratio", ratio, 0.25, 4.0)


def _volume(value: str) -> float:
    if value in _VOLUMES:
        return _VOLUMES[value]
    such_as = "+6dB, -3dB, 80, +10% or silent … x-loud"
    sign, number, unit = _split("volume", value, such_as)
    signed = -number if sign == "-" else number
    if unit == "db":
        gain_db = signed
    elif unit == "%" and signed > -100:
        gain_db = 20.0 * math.log10(1.0 + signed / 100.0)
    elif unit == "" and not sign and number <= 100:
        gain_db = 20.0 * math.log10(max(number, 1.0) / 100.0)
    else:
        raise ParameterError(f"volume={value!r} must be such as {such_as}")
    return check_number(f"volume={value!r} in dB", gain_db, -60.0, 20.0)


def _contour(value: str, base_f0_hz: float) -> tuple[tuple[float, float], ...]:
    if not value.strip():
        return ()
    pairs = re.findall(r"\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*\)", value)
    rest = re.sub(r"\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*\)", "", value)
    if not pairs or rest.strip():
        raise ParameterError(f"contour={value!r} must be such as (0%,+4st) (50%,-10%) (100%,+20Hz)")
    knots = []
    for at, pitch in pairs:
        sign, number, unit = _split("contour", at, "(50%,+4st)")
        if sign == "-" or unit != "%" or number > 100:
            raise ParameterError(f"contour: position {at!r} must be in [0%, 100%]")
        knots.append((number / 100.0, _pitch_st("contour", pitch, base_f0_hz)))
    return tuple(sorted(knots))
