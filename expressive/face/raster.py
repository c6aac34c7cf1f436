"""Which texel each pixel shows: triangles to spans to pixels, in numpy, with a depth buffer.

All triangles are cut into the pixels of each row at once. A pixel belongs to the triangle that holds its middle; edges
are half open, so that neighbours neither overlap nor leave a gap. Eyes, lids, lips and teeth, and what lies on them,
are drawn twice more, a third of a row lower and higher: where they part, a pixel is a mean of three rows.

Of every pixel of every triangle only the depth is worked out. The depth buffer keeps it in one number with the span
that it comes from, a row of a triangle, so that texels are looked up for what is seen alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from expressive.face.geometry import Figure, FloatArray, IntArray

__all__ = ["ROWS", "Shown", "shown", "texel_maps"]

Indices = npt.NDArray[np.intp]
Keys = npt.NDArray[np.int64]

_BACK = 256.0
"""farther back than anything is, in centimetres: with it no depth is negative, and such floats sort as their bits do"""
_BETWEEN = np.float32(1 / 3)
"""from a row to those above and below it that are looked at too, in rows: three for each, evenly"""
_SPAN = 2**32 - 1
"""bits of a key that number the span; those above are the depth"""


ROWS = 4
"""maps of what is seen between rows, the last ones of :func:`texel_maps`"""


class Shown(NamedTuple):
    """Where a layer is seen."""

    at: Indices
    """pixels (n,), numbered row by row"""
    texel: IntArray
    """what each of them shows (n,)"""


class _Plane(NamedTuple):
    """A value that is linear over each triangle (T,): at the origin, and its change along x and y."""

    origin: FloatArray
    along_x: FloatArray
    along_y: FloatArray


class _Faces(NamedTuple):
    """Triangles that face the camera and hold the middles of some row."""

    number: Indices
    """place of each in ``Figure.drawn`` (T,)"""
    corners: list[tuple[FloatArray, FloatArray]]
    """x and y of the first, second and third corner (T,), in pixels from the middle of the first pixel"""
    top: Indices
    """first row (T,)"""
    bottom: Indices
    """row after the last (T,)"""
    planes: list[_Plane]
    """column and row of the texel, and depth"""


class _Spans(NamedTuple):
    """Rows of triangles that hold the middles of some pixels, triangle by triangle."""

    face: Indices
    """place of the triangle in :class:`_Faces` (R,)"""
    row: Indices
    """row of the picture (R,)"""
    low: Indices
    """first column (R,)"""
    pixels: Indices
    """how many (R,)"""


def texel_maps(figure: Figure, places: FloatArray, edge: int) -> IntArray:
    """Find what each pixel shows.

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
    NDArray [shape=(8, edge, edge)]
        texel of the nearest surface, and of each layer the nearest in front of it; then, of fine surfaces, a third of a
        row above and a third below, each with the weight of the middle, and what lies on them there; 0 where there is
        none
    """
    layers = shown(figure, places, edge)
    out = np.zeros((len(layers), edge * edge), np.int32)
    for texels, layer in zip(out, layers, strict=True):
        texels[layer.at] = layer.texel
    return out.reshape(-1, edge, edge)


def shown(figure: Figure, places: FloatArray, edge: int) -> list[Shown]:
    """The maps of :func:`texel_maps` without the pixels that show nothing."""
    faces = _faces(figure, places, edge)
    spans = _spans(faces, edge)
    at, keys, starts = _pixels(faces, spans, edge)
    first, width = (known.take(faces.number) for known in figure.pictures)

    def seen(at: Indices, buffer: Keys) -> Shown:
        """Look up what a depth buffer shows at some pixels."""
        span = buffer.take(at) & _SPAN
        face, row = spans.face.take(span), spans.row.take(span)
        x, y = (at - row * edge).astype(np.float32), row.astype(np.float32)
        column, line = (
            (plane.along_x.take(face) * x + (plane.origin.take(face) + plane.along_y.take(face) * y)).astype(np.int32)
            for plane in faces.planes[:2]
        )
        return Shown(at, line * width.take(face) + column + first.take(face))

    surfaces, *upper = figure.layers
    again = (figure.hem + figure.fine, upper[0])
    parts = np.cumsum([surfaces - figure.fine, figure.fine, *upper, *again, *again])
    fine, *ends = np.searchsorted(spans.face, np.searchsorted(faces.number, parts))
    buffers = []
    for start, stop in pairwise([0, *starts.take(ends).tolist()]):
        buffer = np.full(edge * edge, -1, np.int64)
        np.maximum.at(buffer, at[start:stop], keys[start:stop])
        buffers.append(buffer)
    surface, *layers, above, on_above, below, on_below = buffers
    there = np.flatnonzero(surface >= 0)
    out = [seen(there, surface)]
    out += [seen(np.flatnonzero(layer > surface), layer) for layer in layers]
    parted = there.compress(surface.take(there) & _SPAN >= fine)
    parted = parted.compress(np.minimum(above.take(parted), below.take(parted)) >= 0)
    out += [seen(parted, row) for row in (above, below)]
    for row, on in ((above, on_above), (below, on_below)):
        out.append(seen(parted.compress(on.take(parted) > row.take(parted)), on))
    return out


def _faces(figure: Figure, places: FloatArray, edge: int) -> _Faces:
    """Triangles to draw."""
    x, y, depth = (places[:, 0] * 0.5 + 0.5) * edge - 0.5, (places[:, 1] * 0.5 + 0.5) * edge - 0.5, places[:, 2] + _BACK
    corners = [(x.take(v), y.take(v)) for v in figure.corners]
    middles = len(figure.triangles)
    lower = (middles + len(figure.drawn)) // 2
    for _, down in corners:
        down[middles:lower] += _BETWEEN
        down[lower:] -= _BETWEEN
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    top, bottom = np.minimum(np.minimum(ay, by), cy), np.maximum(np.maximum(ay, by), cy)
    top, bottom = np.clip(np.ceil(top), 0, edge), np.clip(np.ceil(bottom), 0, edge)
    number = np.flatnonzero((area < -1e-4) & (bottom > top))
    (ax, ay), (bx, by), (cx, cy) = corners = [(u.take(number), v.take(number)) for u, v in corners]
    inverse = 1.0 / area.take(number)
    planes = []
    for values in (*figure.corner_texels, tuple(depth.take(v) for v in figure.corners)):
        a, b, c = (value.take(number) for value in values)
        b -= a
        c -= a
        along_x = (b * (cy - ay) - c * (by - ay)) * inverse
        along_y = (c * (bx - ax) - b * (cx - ax)) * inverse
        planes.append(_Plane(a - along_x * ax - along_y * ay, along_x, along_y))
    return _Faces(number, corners, top.take(number).astype(np.intp), bottom.take(number).astype(np.intp), planes)


def _spans(faces: _Faces, edge: int) -> _Spans:
    """Cut triangles into rows."""
    rows = faces.bottom - faces.top
    face, starts = _owners(rows)
    row = np.arange(len(face)) + (faces.top - starts[:-1]).take(face)
    left, right = _ends(faces.corners, face, row.astype(np.float32))
    low, high = (np.clip(np.ceil(end), 0, edge).astype(np.intp) for end in (left, right))
    pixels = high - low
    some = np.flatnonzero(pixels > 0)
    return _Spans(face.take(some), row.take(some), low.take(some), pixels.take(some))


def _pixels(faces: _Faces, spans: _Spans, edge: int) -> tuple[Indices, Keys, Indices]:
    """Number (P,) and key (P,) of each pixel of each span, and where those of each span begin (R + 1,)."""
    span, starts = _owners(spans.pixels)
    column = np.arange(len(span)) + (spans.low - starts[:-1]).take(span)
    at = column + (spans.row * edge).take(span)
    origin, along_x, along_y = faces.planes[2]
    depth = along_x.take(spans.face).take(span)
    depth *= column.astype(np.float32)
    depth += (origin.take(spans.face) + along_y.take(spans.face) * spans.row.astype(np.float32)).take(span)
    keys = depth.view(np.int32).astype(np.int64)
    keys <<= 32
    keys |= span
    return at, keys, starts


def _owners(counts: npt.NDArray[np.integer[Any]]) -> tuple[Indices, Indices]:
    """Whose each of some entries is, where everybody has a number of them, not 0; and where everybody's begin.

    Three times as fast as ``np.repeat(np.arange(len(counts)), counts)``.
    """
    starts = np.zeros(len(counts) + 1, np.intp)
    np.cumsum(counts, out=starts[1:])
    owner = np.zeros(starts[-1], np.intp)
    owner[starts[1:-1]] = 1
    return np.cumsum(owner, out=owner), starts


def _ends(corners: list[tuple[FloatArray, FloatArray]], t: Indices, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where rows (R,) of triangles (R,) begin and end.

    Every edge is followed from its upper end, so that two triangles which share one agree to the last bit.
    """
    (ax, ay), (bx, by), (cx, cy) = corners
    swap = ay > by
    ax, ay, bx, by = np.where(swap, bx, ax), np.where(swap, by, ay), np.where(swap, ax, bx), np.where(swap, ay, by)
    swap = by > cy
    bx, by, cx, cy = np.where(swap, cx, bx), np.where(swap, cy, by), np.where(swap, bx, cx), np.where(swap, by, cy)
    swap = ay > by
    ax, ay, bx, by = np.where(swap, bx, ax), np.where(swap, by, ay), np.where(swap, ax, bx), np.where(swap, ay, by)
    with np.errstate(divide="ignore", invalid="ignore"):
        long, upper, lower = (cx - ax) / (cy - ay), (bx - ax) / (by - ay), (cx - bx) / (cy - by)
    ax, ay = ax.take(t), ay.take(t)
    one = ax + (y - ay) * long.take(t)
    middle = by.take(t)
    with np.errstate(invalid="ignore"):
        other = np.where(y >= middle, bx.take(t) + (y - middle) * lower.take(t), ax + (y - ay) * upper.take(t))
    return np.minimum(one, other), np.maximum(one, other)
