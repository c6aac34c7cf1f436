"""Which texel each pixel shows: triangles to spans to pixels, in numpy, with a depth buffer.

All triangles are cut into the pixels of each row at once (``face.faces``, ``face.spans``), and of every pixel of every
triangle only the depth is worked out (``face.depths``): texels are looked up for what is seen alone. Eyes, lids, lips
and teeth, and what lies on them, are drawn twice more, a third of a row lower and higher: where they part, a pixel is a
mean of three rows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from expressive.face.depths import ABOVE, BELOW, ENDS, HAIR, ON, ON_ABOVE, ON_BELOW, SURFACES, Depths
from expressive.face.faces import facing
from expressive.face.geometry import Figure, FloatArray, IntArray
from expressive.face.pattern import Indices, Pattern
from expressive.face.spans import cut
from expressive.face.thirds import Planes

__all__ = ["ROWS", "Shown", "shown", "texel_maps"]

ROWS = 4
"""maps of what is seen between rows, the last ones of :func:`texel_maps`"""


class Shown(NamedTuple):
    """Where a layer is seen."""

    at: Indices
    """pixels (n,), numbered row by row"""
    texel: Indices
    """what each of them shows (n,)"""


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
    layers = shown(figure, places, edge)
    out = np.zeros((len(layers), edge * edge), np.int32)
    for texels, layer in zip(out, layers, strict=True):
        texels[layer.at] = layer.texel
    return out.reshape(-1, edge, edge)


def shown(figure: Figure, places: FloatArray, edge: int) -> list[Shown]:
    """The maps of :func:`texel_maps` without the pixels that show nothing."""
    faces = facing(figure, places, edge)
    depths = Depths(faces, cut(faces, edge), edge)

    def texels(at: Indices, face: Indices) -> Shown:
        return _texels(at, face, faces.texel, figure.pattern, edge)

    at, keys = depths.seen(SURFACES)
    face = depths.faces(keys)
    out = [texels(at, face)]
    for layer in (ON, HAIR, ENDS):
        there, keys = depths.seen(layer)
        out.append(texels(there, depths.faces(keys)))
    parted = at.compress(face >= faces.fine)
    above, below = (depths.keys(parted, layer) for layer in (ABOVE, BELOW))
    both = np.minimum(above, below) > 0
    parted, above, below = (values.compress(both) for values in (parted, above, below))
    out += [texels(parted, depths.faces(keys)) for keys in (above, below)]
    for layer, behind in ((ON_ABOVE, above), (ON_BELOW, below)):
        some = depths.among(parted, layer)
        keys = depths.keys(parted[some], layer)
        front = keys > behind[some]
        out.append(texels(parted[some].compress(front), depths.faces(keys.compress(front))))
    return out


def _texels(at: Indices, face: Indices, planes: Planes, pattern: Pattern, edge: int) -> Shown:
    """Look up what triangles show at pixels."""
    place = planes.along_at.take(face)
    place *= at
    further = planes.along_row.take(face)
    further *= _rows(edge).take(at)
    place += further
    place += planes.origin.take(face)
    row = np.bitwise_and(place, 2**32 - 1, out=further)
    row >>= pattern.bits
    place >>= 32 + pattern.bits
    place += pattern.starts.take(row)
    return Shown(at, place)


@lru_cache(maxsize=4)
def _rows(edge: int) -> Indices:
    """Row of each pixel of a picture."""
    return np.repeat(np.arange(edge), edge)
