"""Triangles that are drawn twice more, a third of a row lower and higher: sides and planes of all, and those moved."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from expressive.face.pattern import Floats, Indices

__all__ = ["COLUMN", "Close", "Lines", "Planes", "Whole"]

_THIRD = 1.0 / 3.0
"""from a row to those above and below it that are looked at too, in rows: three for each, evenly"""

COLUMN = 2**32
"""steps of a column, so that the upper half of 64 bits counts columns"""

_Number = TypeVar("_Number", bound=np.generic)
Whole = npt.NDArray[np.signedinteger[Any]]


class Lines(NamedTuple):
    """Left and right sides of the halves of triangles (2, 2 F)."""

    origin: Whole
    """first pixel at or to the right of where each crosses the first row, in columns, and steps that do not count"""
    slope: Whole
    """change from row to row"""


class Planes(NamedTuple):
    """A value that is linear over each triangle (F,)."""

    origin: Whole
    """at the first pixel of the picture"""
    along_at: Whole
    """change from pixel to pixel"""
    along_row: Whole
    """further change for each row"""


class Close:
    """Those that are looked at closely, of some triangles.

    Parameters
    ----------
    number : Indices [shape=(N,)]
        of each triangle, ascending
    start, stop : int
        numbers of the first of the close ones, and of the one after the last
    """

    def __init__(self, number: Indices, start: int, stop: int) -> None:
        first, last = number.searchsorted((start, stop)).tolist()
        count = last - first
        self._some = slice(first, last)
        self._again = len(number), len(number) + count, len(number) + 2 * count

    def parts(self, ends: Indices) -> list[int]:
        """Where layers begin, and end, that do so at ``ends`` (5,) without those between rows (9,)."""
        lower, upper, end = self._again
        on = int(ends[1]) - self._some.start
        return [*ends.tolist(), lower + on, upper, upper + on, end]

    def heights(self, *heights: Floats) -> npt.NDArray[np.float64]:
        """Heights of corners (C, N) of all (C, F)."""
        out = _again(np.stack(heights), self._some)
        lower, upper, end = self._again
        out[:, lower:upper] += _THIRD
        out[:, upper:end] -= _THIRD
        return out

    def sides(self, lines: Whole) -> Lines:
        """Sides of all, of origins and slopes of those of both halves (2, sides, N, 2)."""
        some = lines[:, :, self._some]
        out = np.concatenate([lines, some, some], axis=2)
        lower, upper, end = self._again
        third = some[1] // 3
        out[0, :, lower:upper] -= third
        out[0, :, upper:end] += third
        return Lines(*out.reshape(2, 2, -1))

    def thirds(self, along_y: Floats) -> Floats:
        """Change for a third of a row, of the close ones, of that for a row (N,)."""
        out: Floats = along_y[self._some] * _THIRD
        return out

    def planes(self, plane: list[Whole], edge: int) -> Planes:
        """Planes of all, of the origin and the changes along columns and rows (N,), and for :meth:`thirds` of a row."""
        origin, along_x, along_y, third = plane
        moved = origin[self._some]
        origin = np.concatenate([origin, moved - third, moved + third])
        return Planes(origin, _again(along_x, self._some), _again(along_y - along_x * edge, self._some))


def _again(values: npt.NDArray[_Number], some: slice) -> npt.NDArray[_Number]:
    """All values, along the last axis, and twice those of the close ones."""
    close = values[..., some]
    return np.concatenate([values, close, close], axis=-1)
