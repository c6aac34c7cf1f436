"""What drawing needs of a figure's triangles, whatever the pose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Pattern"]

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int32]


class Pattern(NamedTuple):
    """Corners of triangles, and where they lie in the pictures.

    All rows of all pictures have one number after another. So two numbers, row and column, say which texel it is.
    """

    corners: Indices
    """vertices of each triangle (T, 3)"""
    columns: Floats
    """of the texels at these corners (T, 3), in steps of 2 ** -bits"""
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
        begins, where, which = np.unique(first, return_index=True, return_inverse=True)
        heights = np.zeros(len(begins), np.int64)
        np.maximum.at(heights, which, texels[:, :, 1].max(1).astype(np.int64) + 1)
        pictures = zip(begins, width[where], heights, strict=True)
        starts = [begin + step * np.arange(height) for begin, step, height in pictures]
        columns, rows = (texels[:, :, side].astype(np.float64) for side in (0, 1))
        rows += (np.cumsum(heights) - heights)[which, None]
        largest = max(int(heights.sum()), 2 * int(columns.max(initial=1.0)))  # twice, as columns have a sign
        bits = 32 - largest.bit_length()
        return cls(
            triangles.astype(np.int64), columns * 2.0**bits, rows * 2.0**bits, bits,
            np.concatenate([np.zeros(0, np.int64), *starts]), np.cumsum([0, *layers], dtype=np.int64),
        )  # fmt: skip
