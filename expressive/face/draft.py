"""First drafts of frames: a character's pictures, put where its mesh is at a pose."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import WeightsError
from expressive.face.geometry import FloatArray, Geometry
from expressive.face.raster import Shown, shown
from expressive.face.texels import enlarge, finer

__all__ = ["Drafts", "load_pictures", "save_pictures", "to_frames"]

Bytes = npt.NDArray[np.uint8]

_EACH = np.uint32(0x01010101)
"""repeats a byte in all four colours of a texel"""


class Drafts:
    """Draws first drafts.

    Parameters
    ----------
    geometry : Geometry
        meshes of the characters
    pictures : dict[str, Bytes]
        texels of each character (texels, 4): premultiplied RGBA, number 0 all zero
    edge : int [unit=pixels]
        of the frames
    """

    def __init__(self, geometry: Geometry, pictures: dict[str, Bytes], edge: int) -> None:
        self._kept, self._tiles = pictures, geometry.tiles
        self._geometry, self._edge = finer(geometry), edge
        self._enlarged: dict[str, npt.NDArray[np.uint32]] = {}

    def draw(self, controls: FloatArray, who: str) -> Bytes:
        """Draw one.

        Parameters
        ----------
        controls : FloatArray [shape=(61,)]
            the pose
        who : str
            the character

        Returns
        -------
        NDArray [shape=(16, edge/2, edge/2)]
            premultiplied colours by quarters: of the pixels of even rows and columns red, green, blue and alpha, then
            of those of even rows and odd columns, and so on
        """
        geometry, half = self._geometry, self._edge // 2
        maps = shown(geometry.figures[who], geometry.places(controls, who), self._edge)
        surface, on, *hair, above, below, on_above, on_below = maps
        texels = self._texels(who)
        seen = np.zeros(self._edge**2, np.uint32)
        seen[surface.at] = texels.take(surface.texel)
        _lay(on, seen, texels)
        mean = _colours(seen.take(above.at))
        between = np.empty_like(seen)
        for row, on_row in ((above, on_above), (below, on_below)):
            between[row.at] = texels.take(row.texel)
            _lay(on_row, between, texels)
            mean += _colours(between.take(row.at))
        mean += 1
        mean //= 3  # to the nearest
        seen[above.at] = mean.astype(np.uint8).view(np.uint32)
        for layer in hair:
            _lay(layer, seen, texels)
        quarters = seen.view(np.uint8).reshape(half, 2, half, 2, 4).transpose(1, 3, 4, 0, 2)
        return np.ascontiguousarray(quarters).reshape(16, half, half)

    def _texels(self, who: str) -> npt.NDArray[np.uint32]:
        """Enlarged pictures of a character, made when it is first drawn: a game rarely shows the whole cast.

        A whole texel is one number: looking it up is one visit to memory, and not four.
        """
        if who not in self._enlarged:
            self._enlarged[who] = enlarge(self._kept[who], self._tiles).view(np.uint32).ravel()
        return self._enlarged[who]


def _lay(layer: Shown, seen: npt.NDArray[np.uint32], texels: npt.NDArray[np.uint32]) -> None:
    """Lay what a layer shows over what is seen (pixels,), in place."""
    front = texels.take(layer.texel)
    clear = (255 - (front >> 24)) * _EACH
    through = _colours(seen.take(layer.at))
    through *= clear.view(np.uint8)
    through += 128
    through += through >> 8
    through >>= 8  # of 255, to the nearest
    colours = through.astype(np.uint8)
    colours += np.minimum(front.view(np.uint8), ~colours)  # at most 255
    seen[layer.at] = colours.view(np.uint32)


def _colours(texels: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint16]:
    """Red, green, blue and alpha of each texel (n,), one after another (4 n,)."""
    return texels.view(np.uint8).astype(np.uint16)


def to_frames(quarters: Bytes) -> Bytes:
    """Put quarters in their place, with no colour above its alpha.

    Parameters
    ----------
    quarters : Bytes [shape=(n, 16, edge/2, edge/2)]
        as in :meth:`Drafts.draw`; the caller's colours are clipped too

    Returns
    -------
    NDArray [shape=(n, edge, edge, 4)]
        premultiplied RGBA
    """
    n, _, half, _ = quarters.shape
    parts = quarters.reshape(n, 2, 2, 4, half, half)
    # A network does not know that a premultiplied colour is never more than its alpha; more would glow at the edge.
    np.minimum(parts[:, :, :, :3], parts[:, :, :, 3:], out=parts[:, :, :, :3])
    out = np.empty((n, half, 2, half, 2, 4), np.uint8)
    for row in range(2):
        for column in range(2):
            for colour in range(4):
                out[:, :, row, :, column, colour] = parts[:, row, column, colour]
    return out.reshape(n, 2 * half, 2 * half, 4)


def save_pictures(path: str, pictures: dict[str, Bytes]) -> None:
    """Write the texels of each character (texels, 4) to a file that :func:`load_pictures` reads."""
    arrays: dict[str, Any] = {name: np.asarray(texels, np.uint8) for name, texels in pictures.items()}
    np.savez_compressed(path, **arrays)


def load_pictures(content: bytes, path: str) -> dict[str, Bytes]:
    """Read the texels of each character.

    Parameters
    ----------
    content : bytes
        of the file
    path : str
        its name, for the error

    Returns
    -------
    dict[str, Bytes]
        texels (texels, 4) by character

    Raises
    ------
    WeightsError
        If it is no such file.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as pack:
            return {name: pack[name] for name in pack.files}
    except Exception as error:  # numpy and zipfile have a dozen kinds for a damaged file
        raise WeightsError(f"{path} is damaged ({error}); copy the model folder again") from error
