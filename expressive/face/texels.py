"""Pictures twice as fine as those that are kept, with linear interpolation in between.

What moves by less than a texel must not jump by a whole one. So a pixel shows a place between texels: instead of mixing
four of them in every frame, the runtime enlarges a character's pictures once, and each pixel takes the nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from expressive.face.geometry import Geometry

__all__ = ["FINE", "enlarge", "finer", "neighbours"]

FINE = 2
"""how many times finer, along each side"""

NEAR, FAR = 3, 1
"""weights of the nearer and the farther of two neighbours, of 4, in a picture twice as fine (pixels are areas)"""


def finer(geometry: Geometry) -> Geometry:
    """Meshes whose texels are those of :func:`enlarge`."""
    figures = {
        name: replace(f, texels=f.texels * FINE, first=(f.first - 1) * FINE**2 + 1, width=f.width * FINE)
        for name, f in geometry.figures.items()
    }
    tiles = tuple(((first - 1) * FINE**2 + 1, w * FINE, h * FINE) for first, w, h in geometry.tiles)
    return replace(geometry, figures=figures, tiles=tiles)


def enlarge(texels: npt.NDArray[np.uint8], tiles: Sequence[tuple[int, int, int]]) -> npt.NDArray[np.uint8]:
    """Enlarge the pictures of a character.

    Parameters
    ----------
    texels : NDArray [shape=(texels, 4)]
        premultiplied RGBA; number 0 is nothing
    tiles : Sequence[tuple[int, int, int]]
        first texel, width and height of each picture, of ``Geometry.tiles``

    Returns
    -------
    NDArray [shape=(4 · (texels − 1) + 1, 4)]
        the same, by linear interpolation
    """
    out = [np.zeros((1, 4), np.uint8)]
    for first, width, height in tiles:
        picture = texels[first : first + width * height].reshape(height, width, 4).astype(np.uint16)
        for axis in (0, 1):
            near, far = _near_and_far(picture.shape[axis])
            picture = picture.take(near, axis) * np.uint16(NEAR) + picture.take(far, axis) * np.uint16(FAR)
        out.append(((picture + 8) >> 4).astype(np.uint8).reshape(-1, 4))
    return np.concatenate(out)


def neighbours(tiles: Sequence[tuple[int, int, int]]) -> npt.NDArray[np.int32]:
    """Which texels an enlarged one is between.

    Parameters
    ----------
    tiles : Sequence[tuple[int, int, int]]
        as in :func:`enlarge`

    Returns
    -------
    NDArray [shape=(4 · (texels − 1) + 1, 4)]
        the nearest, the farther one in its row, the one in its column, and the farthest; their weights are 9, 3, 3 and
        1 of 16
    """
    out = [np.zeros((1, 4), np.int32)]
    for first, width, height in tiles:
        rows, columns = _near_and_far(height), _near_and_far(width)
        out.append(
            np.stack([(first + r[:, None] * width + c).ravel() for r in rows for c in columns], 1).astype(np.int32)
        )
    return np.concatenate(out)


def _near_and_far(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Nearer and farther neighbour of each of twice as many places."""
    near = np.arange(FINE * count) // FINE
    far = np.clip(near + np.where(np.arange(FINE * count) % FINE, 1, -1), 0, count - 1)
    return near, far
