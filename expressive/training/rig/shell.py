"""A hull of a head of hair: how far hair reaches in each direction from the middle of the head."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, gaussian_filter, maximum_filter

from expressive.training.rig.assets import FloatArray, IntArray

__all__ = ["hair_hull"]

_CENTRE = np.array([0.0, 2.0, -1.5], np.float32)
_COLUMNS, _ROWS = 40, 28


def hair_hull(points: FloatArray, *, share: float, margin: float = 0.0) -> tuple[FloatArray, FloatArray, IntArray]:
    """Hull of hair.

    Parameters
    ----------
    points : FloatArray [shape=(n, 3)]
        points along the hairs, at rest
    share : float [range=[0, 1]]
        share of the points that the hull holds, in each direction
    margin : float [unit=centimetres]
        how far it lies outside of them

    Returns
    -------
    tuple
        vertices (V, 3), texture coordinates (V, 2) in [0, 1] and triangles (T, 3), turning against the clock for who
        looks from outside
    """
    offset = points - _CENTRE
    far = np.linalg.norm(offset, axis=1)
    turn = np.arctan2(offset[:, 0], offset[:, 2]) / (2 * np.pi) + 0.5
    rise = np.arccos(np.clip(offset[:, 1] / np.maximum(far, 1e-6), -1, 1)) / np.pi
    column = np.minimum((turn * _COLUMNS).astype(int), _COLUMNS - 1)
    row = np.minimum((rise * _ROWS).astype(int), _ROWS - 1)
    cell = row * _COLUMNS + column
    count = np.bincount(cell, minlength=_ROWS * _COLUMNS)
    sorted_far = far[np.lexsort((far, cell))]
    chosen = np.cumsum(count) - count + np.minimum((count * share).astype(int), count - 1)
    reach = np.where(count > 0, sorted_far[np.clip(chosen, 0, len(far) - 1)], 0.0).astype(np.float32)
    filled = count > max(2.0, 0.02 * float(np.median(count[count > 0])))
    shape = (_ROWS, _COLUMNS)
    reach, filled = _smooth(np.where(filled, reach, 0.0).reshape(shape), filled.reshape(shape))
    return _surface(reach + margin, filled)


def _smooth(reach: FloatArray, filled: npt.NDArray[np.bool_]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """A hull without spikes, one cell wider than the hair."""
    mode = ("nearest", "wrap")
    reach = np.where(filled, reach, maximum_filter(reach, 3, mode=mode))
    wide = binary_dilation(np.pad(filled, ((0, 0), (1, 1)), mode="wrap"), np.ones((3, 3), bool))[:, 1:-1]
    weight = gaussian_filter(wide.astype(np.float32), 0.8, mode=mode)
    out: FloatArray = (gaussian_filter(np.where(wide, reach, 0.0), 0.8, mode=mode) / np.maximum(weight, 1e-3)).astype(
        np.float32
    )
    return np.maximum(out, np.where(wide, reach, 0)), wide


def _surface(reach: FloatArray, filled: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, IntArray]:
    columns = np.arange(_COLUMNS + 1)  # the last is the first again, with a texture coordinate of its own
    turn = ((columns % _COLUMNS + 0.5) / _COLUMNS - 0.5) * 2 * np.pi
    rise = (np.arange(_ROWS) + 0.5) / _ROWS * np.pi
    far = reach[:, columns % _COLUMNS]
    v = np.stack([
        far * np.sin(rise)[:, None] * np.sin(turn), far * np.cos(rise)[:, None] + 0 * turn,
        far * np.sin(rise)[:, None] * np.cos(turn),
    ], -1) + _CENTRE  # fmt: skip
    uv = np.stack(np.broadcast_arrays(columns / _COLUMNS, (rise / np.pi)[:, None]), -1)
    r, c = np.meshgrid(np.arange(_ROWS - 1), np.arange(_COLUMNS), indexing="ij")
    there = filled[:, columns % _COLUMNS]
    whole = there[r, c] & there[r, c + 1] & there[r + 1, c] & there[r + 1, c + 1]
    a = (r * (_COLUMNS + 1) + c)[whole]
    below = a + _COLUMNS + 1
    triangles = np.concatenate([np.stack([a, below, a + 1], 1), np.stack([a + 1, below, below + 1], 1)])
    used, new = np.unique(triangles, return_inverse=True)
    return (
        v.reshape(-1, 3)[used].astype(np.float32), uv.reshape(-1, 2)[used].astype(np.float32),
        new.reshape(-1, 3).astype(np.int32),
    )  # fmt: skip
