"""How SSML's ``say-as`` wants text to be read, written so that any backend reads it so. English."""

from __future__ import annotations

import re

from expressive.core.errors import ParameterError

__all__ = ["INTERPRETATIONS", "say_as"]

INTERPRETATIONS = (
    "characters", "spell-out", "verbatim", "digits", "cardinal", "number", "ordinal", "telephone", "date", "time",
)  # fmt: skip
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_DATE_FORMS = ("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "y", "m", "d")
_NAMES = {
    ".": "dot", ",": "comma", "-": "dash", "_": "underscore", "@": "at", "/": "slash", "+": "plus", "&": "and",
    "#": "number sign", "*": "star", ":": "colon", ";": "semicolon", "!": "exclamation mark", "?": "question mark",
}  # fmt: skip


def say_as(text: str, kind: str, form: str = "") -> str:
    """Write a text as it is to be read.

    Parameters
    ----------
    text : str
        what is written
    kind : str
        one of :data:`INTERPRETATIONS`
    form : str
        order of a date's parts, such as ``mdy``

    Returns
    -------
    str
        what is to be spoken

    Raises
    ------
    ParameterError
        If the text cannot be read that way.

    Examples
    --------
    >>> say_as("A4", "characters"), say_as("21", "ordinal"), say_as("3/4/2026", "date", "mdy")
    ('A, 4', '21st', 'March 4th, 2026')
    """
    text = text.strip()
    if kind in ("characters", "spell-out", "verbatim"):
        return ", ".join(_NAMES.get(ch, ch) for ch in text if not ch.isspace())
    if kind == "digits":
        return " ".join(text)
    if kind == "telephone":
        groups = [" ".join(part) for part in re.findall(r"\d+", text)]
        return ("plus " if text.startswith("+") else "") + ", ".join(groups)
    if kind == "ordinal":
        return _ordinal(text)
    if kind == "date":
        return _date(text, form or "mdy")
    return text  # cardinals, numbers and times are read so anyway


def _ordinal(text: str) -> str:
    if not text.isdecimal():
        raise ParameterError(f"ordinal {text!r} must be a whole number")
    number = int(text)
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    ending = {1: "st", 2: "nd", 3: "rd"}.get(last, "th")  # codespell:ignore nd
    return f"{number}{ending}"


def _date(text: str, form: str) -> str:
    parts = re.findall(r"\d+", text)
    if form not in _DATE_FORMS or len(parts) != len(form):
        raise ParameterError(f"date {text!r} does not have the form {form!r}; known: {', '.join(_DATE_FORMS)}")
    found = dict(zip(form, parts, strict=True))
    words = []
    if "m" in found:
        if not 1 <= int(found["m"]) <= 12:
            raise ParameterError(f"date {text!r}: month {found['m']} must be in [1, 12]")
        words.append(_MONTHS[int(found["m"]) - 1])
    if "d" in found:
        words.append(_ordinal(found["d"]))
    spoken = " ".join(words)
    return f"{spoken}, {found['y']}" if "y" in found and spoken else spoken or found["y"]
