"""First drafts of frames: a character's pictures, put where its mesh is at a pose."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import WeightsError
from expressive.face.geometry import FloatArray, Geometry
from expressive.face.raster import quarters
from expressive.face.texels import enlarge, finer

__all__ = ["Drafts", "load_pictures", "save_pictures"]

Bytes = npt.NDArray[np.uint8]


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
        self._warm_up()

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
        geometry = self._geometry
        places = geometry.places(controls, who)
        return quarters(geometry.figures[who], places, self._edge, self._texels(who))

    def _warm_up(self) -> None:
        """Draw once without colours, so that loops are compiled now and no game waits for it at its first frame."""
        figure, nothing = next(iter(self._geometry.figures.values())), np.zeros(self._geometry.texels, np.uint32)
        quarters(figure, figure.vertices, self._edge, nothing)

    def _texels(self, who: str) -> npt.NDArray[np.uint32]:
        """Enlarged pictures of a character, made when it is first drawn: a game rarely shows the whole cast.

        A whole texel is one number: looking it up is one visit to memory, and not four.
        """
        if who not in self._enlarged:
            self._enlarged[who] = enlarge(self._kept[who], self._tiles).view(np.uint32).ravel()
        return self._enlarged[who]


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
