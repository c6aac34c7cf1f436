"""Which texel each pixel shows, and what colour that is.

Texels are looked up for what is seen alone. Eyes, lids, lips and teeth, and what lies on them, are drawn between the
rows of pixels too: where they part, a pixel is a mean of five rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.face.compiled import compiled
from expressive.face.geometry import Figure, FloatArray, IntArray
from expressive.face.pattern import Indices
from expressive.face.triangles import BETWEEN, LOWERED, PARTS, Drawn, Whole, draw

__all__ = ["ROWS", "quarters", "texel_maps"]

Bytes = npt.NDArray[np.uint8]
Texels = npt.NDArray[np.uint32]

ROWS = 2 * BETWEEN
"""maps of what is seen between rows, the last ones of :func:`texel_maps`"""

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
    NDArray [shape=(4 + ROWS, edge, edge)]
        texel of the nearest surface, and of each layer the nearest in front of it; then, where surfaces are fine, of
        those between the rows, each with the weight of the middle, and of what lies on them there; 0 where there is
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
    """Write what all pixels show (4 + ROWS, edge, edge), in place."""
    for row in range(maps.shape[1]):
        _look_up(maps[:, row], row, drawn)


@compiled
def _look_up(maps: IntArray, row: int, drawn: Drawn) -> None:
    """Write what the pixels of a row show (4 + ROWS, edge), in place; see :func:`texel_maps`."""
    keys, planes, starts, bits, fine, number = drawn
    maps[:] = 0
    for column in range(maps.shape[1]):
        surface = keys[0, row, column]
        if surface:
            maps[0, column] = _texel(planes, starts, bits, surface & number, (row, column, 0))
        if max(keys[1, row, column], keys[2, row, column], keys[3, row, column]) > surface:
            for layer in range(1, 4):
                key = keys[layer, row, column]
                if key > surface:
                    maps[layer, column] = _texel(planes, starts, bits, key & number, (row, column, 0))
        if not surface or surface & number < fine:
            continue
        hidden = False
        for k in range(4, 4 + BETWEEN):
            hidden |= keys[k, row, column] == 0
        for k in range(4, 4 + BETWEEN if not hidden else 4):
            at, behind, key = (row, column, LOWERED[k - 4]), keys[k, row, column], keys[k + BETWEEN, row, column]
            maps[k, column] = _texel(planes, starts, bits, behind & number, at)
            if key > behind:
                maps[k + BETWEEN, column] = _texel(planes, starts, bits, key & number, at)


@compiled
def _texel(planes: Whole, starts: Indices, bits: int, t: int, at: tuple[int, int, int]) -> int:
    """Texel that triangle ``t``, lowered by some parts of a row, shows at a pixel: row, column, and these parts."""
    row, column, lowered = at
    across = planes[t, 0] + planes[t, 1] * column + planes[t, 2] * row - planes[t, 3] * lowered
    down = planes[t, 4] + planes[t, 5] * column + planes[t, 6] * row - planes[t, 7] * lowered
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
                if maps[4, column]:
                    total = _spread(colours)
                    for k in range(4, 4 + BETWEEN):
                        total += _spread(_over(texels, maps[k + BETWEEN, column], texels[maps[k, column]]))
                    colours = _mean(total)
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
def _spread(colour: int) -> int:
    """Four bytes, with a byte free above each."""
    return colour & _TWO | (colour & ~_TWO) << 24


@compiled
def _mean(total: int) -> int:
    """Mean of as many colours as there are parts of a row, to the nearest, of the sum of what is spread of them."""
    out = 0
    for place, shift in ((0, 0), (32, 8), (16, 16), (48, 24)):
        out |= ((total >> place & 0xFFFF) + PARTS // 2) // PARTS << shift
    return out
