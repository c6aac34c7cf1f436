"""Triangles that face the camera: what is the same all over each of them.

A row of pixels crosses the left and the right side of a triangle. Above its middle corner and below it, each is one
line, so every triangle is two halves, the lower right after the upper; either may hold no row. An edge is worked out
from its upper end, so that both triangles that share it get the same line to the last bit.

Depths and texels are planes: a number at the first pixel of the picture, some more from pixel to pixel, and some more
for each row. Lines and planes are whole numbers, in small steps: their sums are exact in whatever order, even if they
pass their limits halfway.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from expressive.face.geometry import Figure, FloatArray
from expressive.face.pattern import Floats
from expressive.face.thirds import COLUMN, Close, Lines, Planes, Whole

__all__ = ["Faces", "facing", "halves"]

_FARTHEST, _NEAREST = 2.0**24, 2.0**31 - 2.0**24
"""depths of the farthest and the nearest vertex, with some room for rounding within 31 bits"""

_Number = TypeVar("_Number", bound=np.generic)


class Faces(NamedTuple):
    """Triangles that face the camera, layer by layer: a figure's four, and above and below the rows two each.

    Those between rows are the fine surfaces with their hem, and what lies on surfaces.
    """

    parts: list[int]
    """where each layer begins, and where the last ends (9,)"""
    fine: int
    """the first of the fine surfaces"""
    rows: npt.NDArray[np.int32]
    """first row of the upper half, of the lower half, and the one after its last (3, F), within the picture"""
    sides: Lines
    """left and right sides of the halves"""
    depth: Planes
    """depths in 32 bits, greater in front, never below 1"""
    texel: Planes
    """of texels the column, in the upper 32 bits, and the row below, both as in :class:`Pattern`"""


def facing(figure: Figure, places: FloatArray, edge: int) -> Faces:
    """Find the triangles that face the camera.

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
    Faces
        these triangles
    """
    pattern = figure.pattern
    x, y = ((places[:, side].astype(np.float64) + 1.0) * (0.5 * edge) - 0.5 for side in (0, 1))
    (ax, bx, cx), (ay, by, cy) = ([side.take(corner) for corner in pattern.corners] for side in (x, y))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    number = np.flatnonzero(area < -1e-4)
    surfaces, on, *_ = figure.layers
    close = Close(number, surfaces - figure.fine - figure.hem, surfaces + on)

    # from here on the upper corner comes first, then the one on its left: against the clock
    ay, by, cy = (height.take(number) for height in (ay, by, cy))
    upper = (by < ay).astype(np.intp)
    np.putmask(upper, cy < np.minimum(ay, by), 2)
    upper += 5 * number
    turned = upper, upper + 1, upper + 2
    corners = [pattern.turned.take(corner) for corner in turned]
    (ax, bx, cx), (ay, by, cy) = ([side.take(corner) for corner in corners] for side in (x, y))
    left_x, left_y, right_x, right_y = bx - ax, by - ay, cx - ax, cy - ay
    middle, on_left = np.minimum(by, cy), by < cy
    with np.errstate(divide="ignore", invalid="ignore"):  # halves that hold no row
        left, right = _line(ax, ay, left_x / left_y), _line(ax, ay, right_x / right_y)
        last = _line(np.where(on_left, bx, cx), middle, (cx - bx) / (cy - by))
    lines = np.empty((2, 2, len(number), 2), np.int64)
    for of_both, *of_sides, of_last in zip(lines, left, right, last, strict=True):
        for of_halves, of_side, turns in zip(of_both, of_sides, (on_left, ~on_left), strict=True):
            of_halves[:, 0], of_halves[:, 1] = of_side, np.where(turns, of_last, of_side)

    inverse = 1.0 / area.take(number)
    for length in (left_x, left_y, right_x, right_y):
        length *= inverse

    def plane(a: Floats, b: Floats, c: Floats) -> list[Whole]:
        """Origin, change along x and y, and for a third of a row, of values at the corners."""
        b -= a
        c -= a
        along_x, along_y = b * right_y - c * left_y, c * left_x - b * right_x
        a -= along_x * ax
        a -= along_y * ay
        return [values.astype(np.int64) for values in (a, along_x, along_y, close.thirds(along_y))]

    depths = _depths(places[:, 2])
    depth: list[Whole] = [values.astype(np.int32) for values in plane(*(depths.take(corner) for corner in corners))]
    texel, rows = (plane(*(side.take(corner) for corner in turned)) for side in (pattern.columns, pattern.rows))
    for column, row in zip(texel, rows, strict=True):
        column <<= 32
        column += row
    return Faces(
        close.parts(number.searchsorted(pattern.ends)),
        int(number.searchsorted(surfaces - figure.fine)),
        np.ceil(close.heights(ay, middle, np.maximum(by, cy))).clip(0, edge).astype(np.int32),
        close.sides(lines),
        close.planes(depth, edge),
        close.planes(texel, edge),
    )


def halves(upper: npt.NDArray[_Number], lower: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Values of all halves (2 F,), of those of the upper and the lower ones (F,)."""
    out = np.empty((len(upper), 2), upper.dtype)
    out[:, 0], out[:, 1] = upper, lower
    return out.ravel()


def _line(x: Floats, y: Floats, slope: Floats) -> tuple[Whole, Whole]:
    """Origins and slopes of lines through points (F,), each exact in the first row at or below its point."""
    row = np.ceil(y)
    steps = (slope * COLUMN).astype(np.int64)
    origin = ((x + (row - y) * slope) * COLUMN).astype(np.int64)
    origin += COLUMN - 1
    origin -= steps * row.astype(np.int64)
    return origin, steps


def _depths(centimetres: FloatArray) -> Floats:
    """Depths of vertices (V,) between the farthest and the nearest."""
    near, far = centimetres.max(initial=1.0), centimetres.min(initial=-1.0)
    out: Floats = (centimetres - far) * ((_NEAREST - _FARTHEST) / float(near - far)) + _FARTHEST
    return out
