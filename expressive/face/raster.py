"""Which texel each pixel shows, and what colour that is.

Texels are looked up for what is seen alone. Eyes, lids, lips and teeth, and what lies on them, are drawn twice more, a
third of a row lower and higher: where they part, a pixel is a mean of three rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.face.compiled import compiled
from expressive.face.geometry import Figure, FloatArray, IntArray
from expressive.face.pattern import Indices
from expressive.face.triangles import Drawn, Whole, draw

__all__ = ["ROWS", "quarters", "texel_maps"]

Bytes = npt.NDArray[np.uint8]
Texels = npt.NDArray[np.uint32]

ROWS = 4
"""maps of what is seen between rows, the last ones of :func:`texel_maps`"""

_ABOVE, _BELOW, _ON_ABOVE, _ON_BELOW = 4, 5, 6, 7
"""these maps; before them are surfaces, what lies on them, hair, and its ends"""

_TWO, _HALF = 0x00FF00FF, 0x00800080
"""every other byte, and half of what it can hold"""


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
    maps = np.empty((4 + ROWS, edge, edge), np.int32)
    _look_up_all(maps, draw(figure, places, edge))
    return maps


def quarters(figure: Figure, places: FloatArray, edge: int, texels: Texels) -> Bytes:
    """Draw a picture: what each pixel shows, one over the other, from behind.

    Parameters
    ----------
    figure, places, edge
        as in :func:`texel_maps`
    texels : Texels
        premultiplied red, green, blue and alpha of each, from the lowest byte on; number 0 is nothing

    Returns
    -------
    NDArray [shape=(16, edge/2, edge/2)]
        premultiplied colours by quarters: of the pixels of even rows and columns red, green, blue and alpha, then of
        those of even rows and odd columns, and so on
    """
    out = np.empty((16, edge // 2, edge // 2), np.uint8)
    _compose(out, texels, draw(figure, places, edge))
    return out


@compiled
def _look_up_all(maps: IntArray, drawn: Drawn) -> None:
    """Write what all pixels show (8, edge, edge), in place."""
    for row in range(maps.shape[1]):
        _look_up(maps[:, row], row, drawn)


@compiled
def _look_up(maps: IntArray, row: int, drawn: Drawn) -> None:
    """Write what the pixels of a row show (8, edge), in place; see :func:`texel_maps`."""
    keys, planes, starts, bits, fine, number = drawn
    maps[:] = 0
    for column in range(maps.shape[1]):
        surface = keys[0, row, column]
        if surface:
            maps[0, column] = _texel(planes, starts, bits, surface & number, (row, column, 0))
        if max(keys[1, row, column], keys[2, row, column], keys[3, row, column]) > surface:
            for layer in range(1, _ABOVE):
                key = keys[layer, row, column]
                if key > surface:
                    maps[layer, column] = _texel(planes, starts, bits, key & number, (row, column, 0))
        if surface and surface & number >= fine:
            above, below = keys[_ABOVE, row, column], keys[_BELOW, row, column]
            if above and below:
                maps[_ABOVE, column] = _texel(planes, starts, bits, above & number, (row, column, 1))
                maps[_BELOW, column] = _texel(planes, starts, bits, below & number, (row, column, -1))
                key = keys[_ON_ABOVE, row, column]
                if key > above:
                    maps[_ON_ABOVE, column] = _texel(planes, starts, bits, key & number, (row, column, 1))
                key = keys[_ON_BELOW, row, column]
                if key > below:
                    maps[_ON_BELOW, column] = _texel(planes, starts, bits, key & number, (row, column, -1))


@compiled
def _texel(planes: Whole, starts: Indices, bits: int, t: int, at: tuple[int, int, int]) -> int:
    """Texel that triangle ``t``, lowered by some thirds of a row, shows at a pixel: row, column, and these thirds."""
    row, column, thirds = at
    across = planes[t, 0] + planes[t, 1] * column + planes[t, 2] * row - planes[t, 3] * thirds
    down = planes[t, 4] + planes[t, 5] * column + planes[t, 6] * row - planes[t, 7] * thirds
    texel: int = starts[down >> bits] + (across >> bits)
    return texel


@compiled
def _compose(out: Bytes, texels: Texels, drawn: Drawn) -> None:
    """Write quarters, in place: what each pixel shows of texels, one over the other."""
    edge = 2 * out.shape[1]
    maps, seen = np.empty((4 + ROWS, edge), np.int32), np.empty(edge, np.uint32)
    for row in range(edge):
        _look_up(maps, row, drawn)
        for column in range(edge):
            seen[column] = texels[maps[0, column]]
            if maps[1, column] | maps[2, column] | maps[3, column] | maps[4, column]:  # nothing lies on most
                colours = _over(texels, maps[1, column], seen[column])
                if maps[_ABOVE, column]:
                    above = _over(texels, maps[_ON_ABOVE, column], texels[maps[_ABOVE, column]])
                    below = _over(texels, maps[_ON_BELOW, column], texels[maps[_BELOW, column]])
                    colours = _mean(colours, above, below)
                seen[column] = _over(texels, maps[3, column], _over(texels, maps[2, column], colours))
        for odd in range(2):  # planes one after another: caches are slow with places this far apart
            for colour in range(4):
                for column in range(edge // 2):
                    part = row % 2 * 8 + odd * 4 + colour
                    out[part, row // 2, column] = seen[2 * column + odd] >> 8 * colour & 255


@compiled
def _over(texels: Texels, front: int, behind: int) -> int:
    """A premultiplied texel over a colour, of four bytes: two at once, with a byte free above each."""
    if not front:
        return behind
    texel = texels[front]
    clear, out = 255 - (texel >> 24), 0
    for shift in (0, 8):
        through = (behind >> shift & _TWO) * clear + _HALF
        total = (texel >> shift & _TWO) + (through + (through >> 8 & _TWO) >> 8 & _TWO)  # of 255, to the nearest
        beyond = total & ~_TWO  # more than 255
        out |= ((total | beyond - (beyond >> 8)) & _TWO) << shift
    return out


@compiled
def _mean(a: int, b: int, c: int) -> int:
    """Mean of three texels, of four bytes each."""
    out = 0
    for shift in range(0, 32, 8):
        out |= ((a >> shift & 255) + (b >> shift & 255) + (c >> shift & 255) + 1) // 3 << shift
    return out
