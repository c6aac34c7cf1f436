"""Teeth as a mesh of few triangles shows them: one sheet over each row, from the outer gum over the edges inwards.

Single teeth would be more triangles, and between two of them lies a gap thinner than a pixel, which comes and goes as
the head moves. On a sheet the gaps are painted, and are as soft as in a render.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray, piece_of

__all__ = ["TEETH", "teeth_sheets"]

TEETH = "M_Teeth"
_GAP = 0.03  # of the picture's height, around each of the two sheets


class _Place(NamedTuple):
    """A line along a row of teeth."""

    height: float
    """from the edges towards the gum, in centimetres"""
    side: float
    """1 on the outer side of the teeth, −1 on the inner one, less where the height matters more"""


_PROFILE = (_Place(1.6, 1.2), _Place(0.7, 1.2), _Place(0.0, 0.3), _Place(0.0, -0.3), _Place(1.0, -1.2))


def teeth_sheets(asset: HeadAsset) -> tuple[IntArray, FloatArray]:
    """Lay a sheet over each row of teeth; its corners are vertices of theirs, so that it moves as they do.

    Parameters
    ----------
    asset : HeadAsset
        the head model

    Returns
    -------
    tuple
        vertices (T, 3) of triangles that turn against the clock, and their texture coordinates (T, 3, 2) in [0, 1], v
        downwards; none where the model has no teeth
    """
    if TEETH not in asset.material_names:
        return np.zeros((0, 3), np.int32), np.zeros((0, 3, 2), np.float32)
    teeth = _teeth(asset)
    middle = np.array([asset.neutral[tooth].mean(0) for tooth in teeth])
    upper = middle[:, 1] >= asset.neutral[asset.landmarks[60:68], 1].mean()  # than where the lips meet
    triangles, uvs = [], []
    for number, (row, down) in enumerate(((np.flatnonzero(upper), -1.0), (np.flatnonzero(~upper), 1.0))):
        if not len(row):
            continue
        order = row[np.argsort(np.arctan2(middle[row, 0], middle[row, 2] - middle[row, 2].min() + 1.0))]
        columns = _columns(asset, [teeth[k] for k in order], middle[order], down)
        t, uv = _sheet(asset.neutral, columns)
        uv[..., 1] = (number + _GAP + (1 - 2 * _GAP) * uv[..., 1]) / 2
        triangles.append(t if down < 0 else t[:, ::-1])
        uvs.append(uv if down < 0 else uv[:, ::-1])
    return np.concatenate(triangles).astype(np.int32), np.concatenate(uvs).astype(np.float32)


def _teeth(asset: HeadAsset) -> list[IntArray]:
    """Vertices of each tooth."""
    t = asset.triangles[asset.triangles_of(TEETH)]
    used, label = np.unique(t), piece_of(t)
    return [used[label[used] == k].astype(np.int32) for k in np.unique(label[used])]


def _columns(asset: HeadAsset, teeth: list[IntArray], middle: FloatArray, tips: float) -> IntArray:
    """Vertices (columns, rows) of a row of teeth, from the wearer's right: where each begins, its middle, the end."""
    along = np.gradient(middle, axis=0) * [1, 0, 1] if len(teeth) > 1 else np.array([[1.0, 0.0, 0.0]])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    columns = []
    for k, (tooth, way) in enumerate(zip(teeth, along, strict=True)):
        p = asset.neutral[tooth] - middle[k]
        s, outwards, height = p @ way, p @ (-way[2], 0.0, way[0]), (tips * p[:, 1]).max() - tips * p[:, 1]
        ends = (s.min(), 0.0, s.max()) if k == len(teeth) - 1 else (s.min(), 0.0)
        for end in ends:
            at = [np.abs(s - end) + np.abs(height - place.height) - place.side * outwards for place in _PROFILE]
            columns.append([tooth[int(np.argmin(cost))] for cost in at])
    return np.array(columns, np.int32)


def _sheet(vertices: FloatArray, grid: IntArray) -> tuple[IntArray, FloatArray]:
    """Triangles and texture coordinates of a grid (columns, rows) of vertices, in true proportions."""
    place = vertices[grid]
    u, v = (_lengths(place, 0).mean(1), _lengths(place, 1).mean(0))
    columns, rows = grid.shape
    a = (np.arange(columns - 1)[:, None] * rows + np.arange(rows - 1)).ravel()
    corners = np.concatenate([np.stack([a, a + 1, a + rows], 1), np.stack([a + rows, a + 1, a + rows + 1], 1)])
    uv = np.stack(np.meshgrid(u / u[-1], v / v[-1], indexing="ij"), -1).reshape(-1, 2)
    t = grid.ravel()[corners]
    whole = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 0] != t[:, 2])
    return t[whole], uv[corners][whole]


def _lengths(place: FloatArray, axis: int) -> npt.NDArray[np.float64]:
    """Way from the first row or column of a grid (columns, rows, 3) to each."""
    steps = np.linalg.norm(np.diff(place, axis=axis), axis=2)
    return np.cumsum(np.insert(steps, 0, 0.0, axis), axis)
