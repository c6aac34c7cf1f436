"""Triangles into depth buffers: which pixels each holds, and how near it is there.

A pixel belongs to the triangle that holds its middle; sides are half open, so that neighbours neither overlap nor leave
a gap. A row of pixels crosses the left and the right side of a triangle. Above its middle corner and below it, each is
one line, so every triangle is two halves; either may hold no row. An edge is worked out from its upper end, so that
both triangles that share it get the same line to the last bit.

Lines and planes are whole numbers, in small steps: their sums are exact in whatever order, even if they pass their
limits halfway. A key is one number for a depth and a triangle, so that the greatest tells what is in front.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from expressive.face.compiled import compiled
from expressive.face.geometry import Figure, FloatArray
from expressive.face.pattern import Floats, Indices, Pattern

__all__ = ["BETWEEN", "LOWERED", "PARTS", "Drawn", "Keys", "Whole", "draw"]

PARTS = 5
"""rows that are looked at in place of one where surfaces are fine, evenly: the one in the middle, and others"""
LOWERED = (2, 1, -1, -2)
"""by how many parts of a row triangles are lowered for each of these others"""
BETWEEN = len(LOWERED)
"""how many they are"""

Keys = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]
_Corners = tuple[float, float, float, float, float, float]
"""column and row of each: first the upper one, then the one on its left"""
_Vertices = tuple[Floats, Floats, Floats]
"""columns, rows and depths (V,)"""
_Plane = tuple[int, int, int, int]
"""value at the first pixel of the picture, change from column to column, from row to row, and for a part of a row"""
_Sides = tuple[float, float, float, int, int, int, int, int, int, bool]
"""heights of the upper, middle and lower corner; :func:`_line` of the left side, of the right side, and of the one that
comes instead of one of these below the middle corner; and whether that is the left one"""

_FARTHEST, _NEAREST = 2.0**24, 2.0**31 - 2.0**24
"""depths of the farthest and the nearest vertex, with some room for rounding within 31 bits"""
_NUMBER_BITS = 14
"""bits of a key that number the triangle, or more: as many for most meshes, so that depths are equally exact in all;
the others leave a head's depth two ten-thousandths of a centimetre"""
_FACING = -1e-4
"""twice the area in square pixels of a triangle that is seen, or less"""
_COLUMN = 2**32
"""steps of a column"""
_MOST = 2.0**62
"""of steps from row to row: a side this flat holds at most one row, to which they do not matter"""


class Drawn(NamedTuple):
    """Triangles that were drawn."""

    keys: Keys
    """Depth buffers (4 + 2 · BETWEEN, edge, edge): of surfaces, of what lies on them, of hair, and of its ends; then
    between the rows, of fine surfaces, and of what lies on them; 0 where there is none"""
    planes: Whole
    """of each triangle, those of columns and of rows in the pictures (T, 8)"""
    starts: Indices
    """first texel of each row of the pictures"""
    bits: int
    """of columns and rows in the pictures, after the point"""
    fine: int
    """the first of the fine surfaces"""
    number: int
    """bits of a key that number the triangle"""


def draw(figure: Figure, places: FloatArray, edge: int) -> Drawn:
    """Draw all triangles of a mesh.

    Parameters
    ----------
    figure : Figure
        the mesh
    places : FloatArray [shape=(V, 3)]
        of ``Geometry.places``
    edge : int [unit=pixels]
        of the picture

    Returns
    -------
    Drawn
        what is nearest at each pixel
    """
    pattern = figure.pattern
    fine = figure.layers[0] - figure.fine
    number = (1 << max(_NUMBER_BITS, len(figure.triangles).bit_length())) - 1
    keys = np.zeros((4 + 2 * BETWEEN, edge, edge), np.int32)
    planes = _draw(keys, _corners(places, edge), pattern, fine - figure.hem, number)
    return Drawn(keys, planes, pattern.starts, pattern.bits, fine, number)


def _corners(places: FloatArray, edge: int) -> _Vertices:
    """Columns, rows and depths of vertices (V,)."""
    x, y, z = places.T.astype(np.float64)
    near, far = z.max(initial=1.0), z.min(initial=-1.0)
    depths = (z - far) * ((_NEAREST - _FARTHEST) / (near - far)) + _FARTHEST
    return (x + 1.0) * (0.5 * edge) - 0.5, (y + 1.0) * (0.5 * edge) - 0.5, depths


@compiled
def _draw(keys: Keys, vertices: _Vertices, pattern: Pattern, close: int, number: int) -> Whole:
    """Draw all triangles into depth buffers, in place; from ``close`` on, surfaces between the rows too.

    Returns the planes of columns and rows in the pictures (T, 8).
    """
    x, y, depths = vertices
    corners, columns, rows, ends = pattern.corners, pattern.columns, pattern.rows, pattern.ends
    planes = np.empty((len(corners), 8), np.int64)
    layer = 0
    for t in range(len(corners)):
        while t >= ends[layer + 1]:
            layer += 1
        a, b, c = corners[t]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
        if not area < _FACING:
            continue
        i = 2 if y[c] < min(y[a], y[b]) else 1 if y[b] < y[a] else 0  # the upper corner
        j, k = (i + 1) % 3, (i + 2) % 3
        a, b, c = corners[t, i], corners[t, j], corners[t, k]
        at, inverse = (x[a], y[a], x[b], y[b], x[c], y[c]), 1.0 / area
        planes[t, :4] = _plane(at, inverse, (columns[t, i], columns[t, j], columns[t, k]))
        planes[t, 4:] = _plane(at, inverse, (rows[t, i], rows[t, j], rows[t, k]))
        depth, sides = _plane(at, inverse, (depths[a], depths[b], depths[c])), _sides(at)
        _fill(keys[layer], sides, depth, (t, ~number), 0)
        if close <= t < ends[2]:
            for k in range(BETWEEN):
                _fill(keys[4 + BETWEEN * layer + k], sides, depth, (t, ~number), LOWERED[k])
    return planes


@compiled
def _plane(at: _Corners, inverse: float, values: tuple[float, float, float]) -> _Plane:
    """Plane through values at corners, from the inverse of twice the area that these turn around."""
    ax, ay, bx, by, cx, cy = at
    a, b, c = values
    b, c = (b - a) * inverse, (c - a) * inverse
    along_x = b * (cy - ay) - c * (by - ay)
    along_y = c * (bx - ax) - b * (cx - ax)
    return int(a - along_x * ax - along_y * ay), int(along_x), int(along_y), int(along_y / PARTS)


@compiled
def _sides(at: _Corners) -> _Sides:
    """Sides of a triangle, and between which rows they are."""
    ax, ay, bx, by, cx, cy = at
    left, left_step = _line(ax, ay, bx - ax, by - ay)
    right, right_step = _line(ax, ay, cx - ax, cy - ay)
    on_left = by < cy
    if on_left:
        last, last_step = _line(bx, by, cx - bx, cy - by)
    else:
        last, last_step = _line(cx, cy, bx - cx, by - cy)
    return ay, min(by, cy), max(by, cy), left, left_step, right, right_step, last, last_step, on_left


@compiled
def _fill(keys: Keys, sides: _Sides, depth: _Plane, number: tuple[int, int], lowered: int) -> None:
    """Draw a triangle, lowered by some parts of a row, into a depth buffer (edge, edge), in place.

    ``number`` is that of the triangle, and the bits of a key that count for the depth.
    """
    top, turn, bottom, left, left_step, right, right_step, last, last_step, on_left = sides
    own, mask = number
    edge, down = len(keys), lowered / PARTS
    first = min(max(math.ceil(top + down), 0), edge)
    middle = max(math.ceil(turn + down), 0)
    end = min(max(math.ceil(bottom + down), 0), edge)
    left -= left_step // PARTS * lowered
    right -= right_step // PARTS * lowered
    last -= last_step // PARTS * lowered
    for row in range(first, end):
        if row == middle:  # from here on, another side
            if on_left:
                left, left_step = last, last_step
            else:
                right, right_step = last, last_step
        low = min(max((left + row * left_step) >> 32, 0), edge)
        high = min(max((right + row * right_step) >> 32, 0), edge)
        near = depth[0] + depth[1] * low + depth[2] * row - depth[3] * lowered
        for column in range(low, high):
            key = near & mask | own
            if key > keys[row, column]:  # noqa: PLR1730 - a pixel behind costs no writing
                keys[row, column] = key
            near += depth[1]


@compiled
def _line(x: float, y: float, dx: float, dy: float) -> tuple[int, int]:
    """First pixel at or to the right of a line through a point, exact in the first row at or below it.

    Returns it at the first row of the picture, with steps that do not count in the lower 32 bits, and the change from
    row to row.
    """
    slope = dx / dy if dy > 0 else 0.0
    row = math.ceil(y)
    step = int(min(max(slope * _COLUMN, -_MOST), _MOST))
    return int((x + (row - y) * slope) * _COLUMN) + _COLUMN - 1 - step * row, step
