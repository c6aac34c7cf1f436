"""Annotated number types: the range travels with the type, and pydantic checks it when a profile is read."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

__all__ = ["NonNegative", "Positive", "Signed", "Unit"]

Unit = Annotated[float, Interval(ge=0.0, le=1.0)]
"""[0, 1]"""
Signed = Annotated[float, Interval(ge=-1.0, le=1.0)]
"""[-1, 1]"""
Positive = Annotated[float, Interval(gt=0.0, le=1e6)]
"""> 0"""
NonNegative = Annotated[float, Interval(ge=0.0, le=1e6)]
"""≥ 0"""
