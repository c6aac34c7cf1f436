"""What drawing needs of a figure's triangles, whatever the pose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Pattern"]

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int32]


class Pattern(NamedTuple):
    """Corners of triangles, and where they lie in the pictures.

    All rows of all pictures have one number after another. So two numbers, row and column, say which texel it is.
    """

    corners: tuple[Indices, Indices, Indices]
    """vertex at the first, second and third corner of each triangle (T,)"""
    turned: Indices
    """vertices at the first, second, third, first and second corner of each (5 T,): three in turn from any of them"""
    columns: Floats
    """of the texels at the same corners (5 T,), in steps of 2 ** -bits"""
    rows: Floats
    """of the same, among all rows of all pictures"""
    bits: int
    """so many that rows and columns fit into 32 bits"""
    starts: Indices
    """first texel of each row"""
    ends: Indices
    """triangles before each layer, and of all (5,)"""

    @classmethod
    def of(
        cls, triangles: _Whole, texels: npt.NDArray[np.float32], first: _Whole, width: _Whole, layers: tuple[int, ...]
    ) -> Pattern:
        """That of a figure with these fields of ``geometry.Figure``."""
        a, b, c = (np.ascontiguousarray(triangles[:, k], np.intp) for k in range(3))
        begins, where, which = np.unique(first, return_index=True, return_inverse=True)
        heights = np.zeros(len(begins), np.intp)
        np.maximum.at(heights, which, texels[:, :, 1].max(1).astype(np.intp) + 1)
        pictures = zip(begins, width[where], heights, strict=True)
        starts = [begin + step * np.arange(height) for begin, step, height in pictures]
        columns, rows = (texels[:, [0, 1, 2, 0, 1], side].astype(np.float64) for side in (0, 1))
        rows += (np.cumsum(heights) - heights)[which, None]
        largest = max(int(heights.sum()), 2 * int(columns.max(initial=1.0)))  # twice, as columns have a sign
        bits = 32 - largest.bit_length()
        return cls(
            (a, b, c), triangles[:, [0, 1, 2, 0, 1]].astype(np.intp).ravel(),
            (columns * 2.0**bits).ravel(), (rows * 2.0**bits).ravel(), bits,
            np.concatenate([np.zeros(0, np.intp), *starts]), np.cumsum([0, *layers]),
        )  # fmt: skip
