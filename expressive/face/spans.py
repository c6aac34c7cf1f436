"""Triangles cut into the pixels of each row, all at once.

A pixel belongs to the triangle that holds its middle; sides are half open, so that neighbours neither overlap nor leave
a gap. Halves of triangles are cut in steps: all first rows, then the second rows of those that have two, and so on. If
they are sorted by how many rows they have, those that go on are always the last ones, and need no picking. The pixels
of rows are drawn likewise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from expressive.face.faces import Faces, halves
from expressive.face.pattern import Indices
from expressive.face.thirds import Lines

__all__ = ["Spans", "cut"]

_Whole = npt.NDArray[np.int32]


class Spans(NamedTuple):
    """Rows of triangles that hold the middles of some pixels, by how many."""

    face: Indices
    """number of the triangle (S,)"""
    at: _Whole
    """first pixel, numbered row by row"""
    depth: _Whole
    """its depth"""
    step: _Whole
    """change of depth from pixel to pixel"""
    starts: list[int]
    """first of those that have a first, a second, a third pixel, and so on"""


def cut(faces: Faces, edge: int) -> Spans:
    """Cut triangles into rows.

    Parameters
    ----------
    faces : Faces
        the triangles
    edge : int [unit=pixels]
        of the picture

    Returns
    -------
    Spans
        rows with pixels
    """
    upper, lower, end = faces.rows
    order, starts = _by_number(halves(lower - upper, end - lower))
    half, row, columns = _rows(faces.sides, order, halves(upper, lower).take(order), starts)
    low, high = columns.clip(0, edge, out=columns)
    order, starts = _by_number(np.maximum(high - low, 0))
    face, row = half.take(order), row.take(order)
    face >>= 1
    at = row * np.int32(edge)
    at += low.take(order)
    step = faces.depth.along_at.take(face)
    depth = step * at
    row *= faces.depth.along_row.take(face)
    depth += row
    depth += faces.depth.origin.take(face)
    return Spans(face, at, depth, step, starts)


def _rows(sides: Lines, half: Indices, first: _Whole, starts: list[int]) -> tuple[Indices, _Whole, _Whole]:
    """Halves and rows (R,), step by step, and the first columns at or to the right of both sides there (2, R)."""
    place, slope = (values.take(half, axis=1) for values in sides)
    place += slope * first
    whole = place.view(np.int32)[:, 1::2]  # the upper halves, columns without their fractions, as places go on
    count = sum(len(half) - start for start in starts)
    number, rows, columns = np.empty(count, np.intp), np.empty(count, np.int32), np.empty((2, count), np.int32)
    end = 0
    for step, start in enumerate(starts):
        begin, end = end, end + len(half) - start
        number[begin:end] = half[start:]
        np.add(first[start:], step, out=rows[begin:end])
        columns[:, begin:end] = whole[:, start:]
        place[:, start:] += slope[:, start:]
    return number, rows, columns


def _by_number(counts: _Whole) -> tuple[Indices, list[int]]:
    """Those that have some, by how many; and the first of these that has one, two, three, and so on."""
    most = int(counts.max(initial=0))
    counts = counts.astype(np.min_scalar_type(most))  # one byte sorts twice as fast as two
    order = counts.argsort(kind="stable")
    none, *starts = counts.take(order).searchsorted(np.arange(most + 1, dtype=counts.dtype), side="right").tolist()
    return order[none:], [0, *(start - none for start in starts[:-1])] if starts else []
