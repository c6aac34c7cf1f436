"""Which texel each pixel shows: triangles to spans to pixels, in numpy, with a depth buffer.

All triangles are cut into the pixels of each row at once. A pixel belongs to the triangle that holds its middle; edges
are half open, so that neighbours neither overlap nor leave a gap. Lids and lips are drawn a second time, half a row
lower: where they part, a pixel is a mean of three rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from expressive.face.geometry import Figure, FloatArray

__all__ = ["texel_maps"]


class _Pixels(NamedTuple):
    """What triangles show, as one entry for each triangle and pixel."""

    at: npt.NDArray[np.int32]
    depth: FloatArray
    texel: npt.NDArray[np.int32]


def texel_maps(figure: Figure, places: FloatArray, edge: int) -> npt.NDArray[np.int32]:
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
    NDArray [shape=(layers + 2, edge, edge)]
        texel of the nearest surface, and of the nearest hair of each layer in front of it; then, of fine surfaces, half
        a row above and half a row below, with half the weight of the middle; 0 where there is none
    """
    count = len(figure.layers)
    out = np.zeros((count + 2, edge * edge), np.int32)
    coarse, fine, *hair, between = _draw(figure, places, edge)
    surface, seen = _nearest(edge, out[0], coarse, fine)
    for texels, pixels in zip(out[1:count], hair, strict=True):
        depth, _ = _nearest(edge, texels, pixels)
        texels[depth < surface] = 0
    halfway = np.zeros(edge * (edge + 1), np.int32)
    _nearest(edge, halfway[: edge * edge], between)
    above, below = halfway[:-edge], halfway[edge:]
    mixed = np.flatnonzero(seen & (above > 0) & (below > 0))
    out[count][mixed], out[count + 1][mixed] = above[mixed], below[mixed]
    return out.reshape(-1, edge, edge)


def _nearest(edge: int, texels: npt.NDArray[np.int32], *parts: _Pixels) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Fill in what is nearest of some parts of a mesh; its depth, and where it is of the last part, each (edge²,)."""
    depth, last = np.full(edge * edge, -np.inf, np.float32), np.zeros(edge * edge, bool)
    for p in parts:
        np.maximum.at(depth, p.at, p.depth)
    for p in parts:
        shown = np.flatnonzero(p.depth >= depth.take(p.at))
        at = p.at.take(shown)
        texels[at] = p.texel.take(shown)
        last[at] = p is parts[-1]
    return depth, last


def _draw(figure: Figure, places: FloatArray, edge: int) -> list[_Pixels]:
    """Pixels of all triangles that face the camera: coarse and fine surfaces, each layer of hair, and between rows."""
    x, y, depth = ((places[:, 0] * 0.5 + 0.5) * edge - 0.5, (places[:, 1] * 0.5 + 0.5) * edge - 0.5, places[:, 2])
    corners = [(x.take(v), y.take(v)) for v in figure.corners]
    for _, down in corners:
        down[len(figure.triangles) :] += 0.5
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    top, bottom = np.minimum(np.minimum(ay, by), cy), np.maximum(np.maximum(ay, by), cy)
    top, bottom = np.clip(np.ceil(top), 0, edge), np.clip(np.ceil(bottom), 0, edge)
    chosen = np.flatnonzero((area < -1e-4) & (bottom > top))
    (ax, ay), (bx, by), (cx, cy) = corners = [(u.take(chosen), v.take(chosen)) for u, v in corners]
    top, bottom = top.take(chosen).astype(np.int32), bottom.take(chosen).astype(np.int32)

    # rows of each triangle
    rows = bottom - top
    t = np.repeat(np.arange(len(chosen)), rows)
    number = np.arange(len(t), dtype=np.int32) + (top - (np.cumsum(rows, dtype=np.int32) - rows)).take(t)
    row = number.astype(np.float32)
    low, high = _span((ax, ay, bx, by, cx, cy), t, row)
    low = np.clip(np.ceil(low), 0, edge).astype(np.int32)
    count = np.maximum(np.clip(np.ceil(high), 0, edge).astype(np.int32) - low, 0)

    # pixels of each row
    r = np.repeat(np.arange(len(t)), count)
    across = np.arange(len(r), dtype=np.int32) + (low - (np.cumsum(count, dtype=np.int32) - count)).take(r)
    column = across.astype(np.float32)
    at = across + (number * edge).take(r)
    inverse = 1.0 / area.take(chosen)
    known = (*figure.corner_texels, tuple(depth.take(v) for v in figure.corners))
    values = []
    for one, two, three in known:  # each is linear over a triangle: a value at the origin, and its change along x and y
        one, b, c = one.take(chosen), two.take(chosen), three.take(chosen)
        b -= one
        c -= one
        along_x = (b * (cy - ay) - c * (by - ay)) * inverse
        along_y = (c * (bx - ax) - b * (cx - ax)) * inverse
        at_row = (one - along_x * ax - along_y * ay).take(t) + along_y.take(t) * row
        value = along_x.take(t).take(r)
        value *= column
        value += at_row.take(r)
        values.append(value)
    texel = values[1].astype(np.int32)
    first, width = figure.pictures
    texel *= width.take(chosen).take(t).take(r)
    texel += values[0].astype(np.int32)
    texel += first.take(chosen).take(t).take(r)
    surfaces, *hair = figure.layers
    counts = np.cumsum([surfaces - figure.fine, figure.fine, *hair, figure.hem + figure.fine])
    ends = np.searchsorted(r, np.searchsorted(t, np.searchsorted(chosen, counts))).tolist()
    parts = [slice(start, stop) for start, stop in zip([0, *ends], ends, strict=False)]
    return [_Pixels(at[part], values[2][part], texel[part]) for part in parts]


_Corners = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


def _span(corners: _Corners, t: npt.NDArray[np.int64], y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a row (R,) of a triangle (R,) begins and ends.

    Every edge is followed from its upper end, so that two triangles which share one agree to the last bit.
    """
    ax, ay, bx, by, cx, cy = corners
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
