"""How SSML's ``say-as`` wants text to be read, written so that any backend reads it so: in English and in German.

In other languages letters, digits, numbers and telephone numbers are left to the voice, which knows its language; what
needs words of a language that is not here is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from expressive.core.errors import ParameterError
from expressive.voice.markup.numbers import (
    LARGEST,
    english_cardinal,
    english_ordinal,
    english_year,
    german_cardinal,
    german_ordinal,
    german_year,
)

__all__ = ["INTERPRETATIONS", "say_as"]

INTERPRETATIONS = (
    "characters", "spell-out", "verbatim", "digits", "cardinal", "number", "ordinal", "fraction", "telephone", "date",
    "time", "currency", "unit",
)  # fmt: skip
DATE_FORMS = ("mdy", "dmy", "ymd", "ydm", "md", "dm", "ym", "my", "y", "m", "d")
TIME_FORMS = ("hms12", "hms24")


@dataclass(frozen=True, slots=True)
class _Tongue:
    """The words of one language, from ``data/say_as.json``."""

    cardinal: Callable[[int], str]
    ordinal: Callable[[int], str]
    year: Callable[[int], str]
    point: str
    """decimal point: how it is written"""
    point_word: str
    date_form: str
    months: list[str]
    names: dict[str, str]
    """of characters"""
    coins: dict[str, list[str]]
    """code → unit, units, hundredth, hundredths"""
    units: dict[str, list[str]]
    """sign → one, many"""
    feminine: frozenset[str] = frozenset()
    """units before which one is ``eine``"""


_NUMBERS = {
    "en": (english_cardinal, english_ordinal, english_year),
    "de": (german_cardinal, german_ordinal, german_year),
}
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


@lru_cache(maxsize=1)
def _tongues() -> dict[str, _Tongue]:
    text = (Path(__file__).parents[1] / "data" / "say_as.json").read_text(encoding="utf-8")
    words: dict[str, dict[str, Any]] = json.loads(text)
    return {
        language: _Tongue(*_NUMBERS[language], **{**row, "feminine": frozenset(row.get("feminine", ()))})
        for language, row in words.items()
    }


def say_as(text: str, kind: str, form: str = "", *, language: str = "en-us") -> str:
    """Write a text as it is to be read.

    Parameters
    ----------
    text : str
        what is written
    kind : str
        one of :data:`INTERPRETATIONS`
    form : str
        order of a date's parts, such as ``mdy``; ``hms12`` or ``hms24`` of a time
    language : str
        BCP 47 tag

    Returns
    -------
    str
        what is to be spoken

    Raises
    ------
    ParameterError
        If the text cannot be read that way, or the language has no words for it here.

    Examples
    --------
    >>> say_as("A4", "characters"), say_as("21", "ordinal"), say_as("3/4/2026", "date", "mdy")
    ('A, 4', 'twenty-first', 'March fourth, twenty twenty-six')
    >>> say_as("21.11.2026", "date", language="de"), say_as("14:05", "time", language="de")
    ('einundzwanzigster November zweitausendsechsundzwanzig', 'vierzehn Uhr fünf')
    """
    text = text.strip()
    tongue = _tongues().get(language.split("-", maxsplit=1)[0].lower())
    if kind in ("characters", "spell-out", "verbatim"):
        names = tongue.names if tongue else {}
        return ", ".join(names.get(ch, ch) for ch in text if not ch.isspace())
    if kind == "digits":
        return " ".join(text)
    if kind == "telephone":
        groups = [" ".join(part) for part in re.findall(r"\d+", text)]
        return ("plus " if text.startswith("+") else "") + ", ".join(groups)
    if kind in ("cardinal", "number") and (tongue is None or not re.fullmatch(r"[+-]?[\d.,'\s]+", text)):
        return text
    if tongue is None:
        raise ParameterError(f"{kind} {text!r} can be read in English and German, not in {language!r}; write it out")
    if kind in ("cardinal", "number"):
        return _number(text, tongue)
    return _READERS[kind](text, form, tongue)


def _is_german(tongue: _Tongue) -> bool:
    return tongue.cardinal is german_cardinal


def _whole(text: str, what: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST:
        raise ParameterError(f"{what} {text!r} must be a whole number of at most 12 digits")
    return int(text)


def _number(text: str, tongue: _Tongue, last: str = "") -> str:
    """A number with its sign, groups of three and decimals."""
    group = "," if tongue.point == "." else "."
    match = re.fullmatch(rf"([+-]?)(\d{{1,3}}(?:[{group}'\s]\d{{3}})+|\d+)(?:\{tongue.point}(\d+))?", text)
    if not match:
        raise ParameterError(f"number {text!r} must be such as 1{group}234{tongue.point}5")
    sign, whole, decimals = match.groups()
    value = _whole(re.sub(r"\D", "", whole), "number")
    words = (
        german_cardinal(value, last=last) if last and _is_german(tongue) and not decimals else tongue.cardinal(value)
    )
    if decimals:
        words += f" {tongue.point_word} " + " ".join(tongue.cardinal(int(digit)) for digit in decimals)
    return {"-": "minus ", "+": "plus "}.get(sign, "") + words


def _ordinal(text: str, _: str, tongue: _Tongue) -> str:
    return tongue.ordinal(_whole(re.sub(r"(?:\.|st|nd|rd|th)$", "", text), "ordinal"))  # codespell:ignore nd


def _fraction(text: str, _: str, tongue: _Tongue) -> str:
    match = re.fullmatch(r"(?:(\d+)[\s+])?(\d+)/(\d+)", text)
    if not match or int(match.group(3)) == 0:
        raise ParameterError(f"fraction {text!r} must be such as 3/4 or 1 1/2")
    whole, top, bottom = (int(part or 0) for part in match.groups())
    if _is_german(tongue):
        name = "halbe" if bottom == 2 and top > 1 else "halb" if bottom == 2 else f"{german_ordinal(bottom)}l"
        part = f"{german_cardinal(top, last='ein')} {name}"
    else:
        name = {2: "half", 4: "quarter"}.get(bottom, english_ordinal(bottom))
        many = "halves" if bottom == 2 else f"{name}s"
        part = f"{english_cardinal(top)} {name if top == 1 else many}"
    link = " und " if _is_german(tongue) else " and "
    return f"{tongue.cardinal(whole)}{link}{part}" if whole else part


def _date(text: str, form: str, tongue: _Tongue) -> str:
    parts = re.findall(r"\d+", text)
    form = form or ("ymd" if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text) else tongue.date_form)
    if form not in DATE_FORMS or len(parts) != len(form):
        raise ParameterError(f"date {text!r} does not have the form {form!r}; known: {', '.join(DATE_FORMS)}")
    found = {part: _whole(value, "date's part") for part, value in zip(form, parts, strict=True)}
    month, day = found.get("m"), found.get("d")
    if month is not None and not 1 <= month <= 12:
        raise ParameterError(f"date {text!r}: month {month} must be in [1, 12]")
    if day is not None and not 1 <= day <= 31:
        raise ParameterError(f"date {text!r}: day {day} must be in [1, 31]")
    words = [] if month is None else [tongue.months[month - 1]]
    if day is not None and _is_german(tongue):
        words.insert(0, f"{german_ordinal(day)}r")
    elif day is not None:
        words.append(tongue.ordinal(day))
    if "y" not in found:
        return " ".join(words)
    year = tongue.year(found["y"])
    return " ".join([*words, year]) if _is_german(tongue) or not words else f"{' '.join(words)}, {year}"


def _time(text: str, form: str, tongue: _Tongue) -> str:
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2}))?\s*(?:([ap])\.?m\.?|uhr)?", text, re.IGNORECASE)
    if not match or (form and form not in TIME_FORMS):
        raise ParameterError(f"time {text!r} must be such as 14:05, 2:05 pm or 14:05:30, in {' or '.join(TIME_FORMS)}")
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match.group(4) or "").lower()
    if hour > (12 if half else 24) or minute > 59 or second > 59:
        raise ParameterError(f"time {text!r} is no time of day")
    if _is_german(tongue):
        hour = hour % 12 + (12 if half == "p" else 0) if half else hour
        words = f"{german_cardinal(hour, last='ein')} Uhr" + (f" {german_cardinal(minute)}" if minute or second else "")
        seconds = f"{german_cardinal(second, last='eine')} {'Sekunde' if second == 1 else 'Sekunden'}"
        return f"{words} und {seconds}" if second else words
    if form == "hms12" and not half:
        half = "a" if hour % 24 < 12 else "p"
    if half:
        hour = hour % 12 or 12
    words = english_cardinal(hour)
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{english_cardinal(minute)}"
    elif not half:
        words += " o'clock" if 1 <= hour <= 12 else " hundred hours"
    if second:
        words += f" and {english_cardinal(second)} {'second' if second == 1 else 'seconds'}"
    return f"{words} {half.upper()} M" if half else words


def _currency(text: str, _: str, tongue: _Tongue) -> str:
    match = re.fullmatch(r"(-?)\s*([^\d\s.,-]*)\s*(-?[\d.,'\s]*\d)\s*([^\d\s.,-]*)", text)
    mark = (match.group(2) or match.group(4)) if match else ""
    code = _SIGNS.get(mark, mark.upper())
    if not match or code not in tongue.coins:
        known = ", ".join([*_SIGNS, *tongue.coins])
        raise ParameterError(f"currency {text!r} must be such as $42.50 or 42.50 EUR; known: {known}")
    one, many, cent, cents = tongue.coins[code]
    amount = match.group(3).strip()
    whole, _, small = amount.partition(tongue.point)
    minus = "minus " if match.group(1) else ""
    if small and len(small) != 2:
        return f"{minus}{_number(amount, tongue)} {many}"
    ones = re.sub(r"\D", "", whole)
    money = (
        [f"{_number(whole, tongue, last='ein')} {one if ones == '1' else many}"]
        if int(ones) or not int(small or 0)
        else []
    )
    if int(small or 0):
        name = cent if int(small) == 1 else cents
        money.append(
            f"{german_cardinal(int(small), last='ein') if _is_german(tongue) else english_cardinal(int(small))} {name}"
        )
    return minus + (" und " if _is_german(tongue) else " and ").join(money)


def _unit(text: str, _: str, tongue: _Tongue) -> str:
    match = re.fullmatch(r"([+-]?[\d.,'\s]*\d)\s*(\D+)", text)
    sign = match.group(2).strip() if match else ""
    if not match or sign not in tongue.units:
        raise ParameterError(f"unit {text!r} must be such as 5 km; known: {', '.join(tongue.units)}")
    one, many = tongue.units[sign]
    number = match.group(1).strip()
    last = "eine" if one in tongue.feminine else "ein"
    return f"{_number(number, tongue, last=last if _is_german(tongue) else '')} {one if number == '1' else many}"


_READERS: dict[str, Callable[[str, str, _Tongue], str]] = {
    "ordinal": _ordinal,
    "fraction": _fraction,
    "date": _date,
    "time": _time,
    "currency": _currency,
    "unit": _unit,
}
