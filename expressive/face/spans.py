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
from expressive.face.thirds import COLUMN, Lines

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
    half = np.concatenate([order[start:] for start in starts] or [order])
    row = halves(upper, lower).take(half)
    row += np.repeat(np.arange(len(starts), dtype=np.int32), [len(order) - start for start in starts])
    height = row.astype(np.int64)
    low, high = (_columns(side, half, height, edge) for side in (faces.left, faces.right))
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


def _columns(side: Lines, half: Indices, row: npt.NDArray[np.int64], edge: int) -> _Whole:
    """First column at or to the right of the sides of halves (R,) in some rows (R,), within the picture."""
    place = side.slope.take(half)
    place *= row
    place += side.origin.take(half)
    place >>= COLUMN.bit_length() - 1
    out = place.astype(np.int32)
    return np.clip(out, 0, edge, out=out)


def _by_number(counts: _Whole) -> tuple[Indices, list[int]]:
    """Those that have some, by how many; and the first of these that has one, two, three, and so on."""
    most = int(counts.max(initial=0))
    counts = counts.astype(np.min_scalar_type(most))  # one byte sorts twice as fast as two
    order = counts.argsort(kind="stable")
    none, *starts = counts.take(order).searchsorted(np.arange(most + 1, dtype=counts.dtype), side="right").tolist()
    return order[none:], [0, *(start - none for start in starts[:-1])] if starts else []
