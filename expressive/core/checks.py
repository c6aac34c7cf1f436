"""Checks of values at the API's border, each with one clear message."""

from __future__ import annotations

import math
from collections.abc import Iterable

from expressive.core.errors import ParameterError, UnknownNameError

__all__ = ["check_choice", "check_finite", "check_number", "check_text"]


def check_number(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite number in a closed range, or say what is wrong.

    Parameters
    ----------
    name : str
        what the value is called in the API
    value : object
        the value; bool is no number here
    low, high : float
        the closed range

    Returns
    -------
    float
        the value

    Raises
    ------
    ParameterError
        If the value is no number, not finite or outside the range.

    Examples
    --------
    >>> check_number("intensity", 0.5, 0, 1)
    0.5
    >>> check_number("intensity", 3, 0, 1)
    Traceback (most recent call last):
    expressive.core.errors.ParameterError: intensity=3 must be in [0, 1]
    """
    if type(value) is float and low <= value <= high and math.isfinite(value):
        return value  # what nearly every call is, many thousand times a second
    number = check_finite(name, value)
    if not low <= number <= high:
        raise ParameterError(f"{name}={value!r} must be {_range(low, high)}")
    return number


def check_finite(name: str, value: object) -> float:
    """Return a finite number, or raise ParameterError."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ParameterError(f"{name}={value!r} must be a number")
    number = float(value)
    if not math.isfinite(number):
        raise ParameterError(f"{name}={value!r} must be a finite number")
    return number


def check_choice(kind: str, value: object, known: Iterable[str]) -> str:
    """Return a known name, or raise UnknownNameError with a suggestion."""
    names = tuple(known)
    if isinstance(value, str) and value in names:
        return value
    raise UnknownNameError(kind, value, names)


def check_text(name: str, value: object, *, max_length: int = 200_000) -> str:
    """Return a string of bounded length, or raise ParameterError."""
    if not isinstance(value, str):
        raise ParameterError(f"{name}={value!r} must be text")
    if len(value) > max_length:
        raise ParameterError(f"{name} has {len(value)} characters; at most {max_length} are taken, so split it")
    return value


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f">= {low:g}"
    if math.isinf(low):
        return f"<= {high:g}"
    return f"in [{low:g}, {high:g}]"
