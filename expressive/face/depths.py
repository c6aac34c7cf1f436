"""What is nearest at each pixel: depth buffers of all layers.

A key is one number for a depth and a triangle, so that the greatest tells what is in front. Beside the number of the
triangle, 32 bits leave a head's depth two ten-thousandths of a centimetre.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from expressive.face.faces import Faces
from expressive.face.pattern import Indices
from expressive.face.spans import Spans

__all__ = ["ABOVE", "BELOW", "ENDS", "HAIR", "ON", "ON_ABOVE", "ON_BELOW", "SURFACES", "Depths"]

Keys = npt.NDArray[np.int32]

SURFACES, ON, HAIR, ENDS, ABOVE, ON_ABOVE, BELOW, ON_BELOW = range(8)
"""layers of :class:`Faces`"""

_NUMBER_BITS = 14
"""bits of a key that number the triangle, or more: as many for most meshes, so that depths are equally exact in all"""


class Depths:
    """Depth buffers, one after another: of each layer the rows that it reaches.

    Parameters
    ----------
    faces : Faces
        triangles of all layers
    spans : Spans
        the same, cut into rows
    edge : int [unit=pixels]
        of the picture
    """

    def __init__(self, faces: Faces, spans: Spans, edge: int) -> None:
        rows = _rows(faces, edge)
        self._first = [first * edge for first, _ in rows]
        self._starts = [0, *accumulate((end - first) * edge for first, end in rows)]
        self._number = (1 << max(_NUMBER_BITS, faces.parts[-1].bit_length())) - 1
        self._keys = np.zeros(self._starts[-1], np.int32)
        origins = np.array([self._origin(layer) for layer in range(len(rows))], np.int32)
        at = spans.at + np.repeat(origins, np.diff(faces.parts)).take(spans.face)
        self._draw(at.astype(np.intp), spans)

    def seen(self, layer: int) -> tuple[Indices, Keys]:
        """Pixels at which a layer is seen in front of all surfaces, and their keys; of surfaces, all that are seen."""
        keys = self._keys[self._starts[layer] : self._starts[layer + 1]]
        first = self._first[layer]
        behind = 0 if layer == SURFACES else self._keys[first : first + len(keys)]
        at = np.flatnonzero(keys > behind)
        keys = keys.take(at)
        at += first
        return at, keys

    def among(self, at: Indices, layer: int) -> slice:
        """Which of some pixels, in ascending order, are in the rows that a layer reaches."""
        count = self._starts[layer + 1] - self._starts[layer]
        return slice(*at.searchsorted((self._first[layer], self._first[layer] + count)).tolist())

    def keys(self, at: Indices, layer: int) -> Keys:
        """Keys at pixels in the rows that a layer reaches, 0 where it shows nothing."""
        return self._keys.take(at + self._origin(layer))

    def faces(self, keys: Keys) -> Indices:
        """Triangles of keys."""
        return (keys & self._number).astype(np.intp)

    def _origin(self, layer: int) -> int:
        """From the number of a pixel to its place among all keys."""
        return self._starts[layer] - self._first[layer]

    def _draw(self, at: Indices, spans: Spans) -> None:
        """Keep the greatest key of each pixel, for the first pixel of each span, then the second, and so on."""
        face, depth = spans.face.astype(np.int32), spans.depth.copy()
        keys = np.empty_like(depth)
        for start in spans.starts:
            key = np.bitwise_and(depth[start:], ~self._number, out=keys[start:])
            key |= face[start:]
            np.maximum.at(self._keys, at[start:], key)
            at[start:] += 1
            depth[start:] += spans.step[start:]


def _rows(faces: Faces, edge: int) -> list[tuple[int, int]]:
    """First row of each layer, and the one after its last."""
    out = []
    for start, end in pairwise(faces.parts):
        first, last = faces.rows[0, start:end].min(initial=edge), faces.rows[2, start:end].max(initial=0)
        out.append((min(int(first), int(last)), int(last)))
    out[SURFACES] = 0, edge  # all others are compared with them
    between = out[ABOVE], out[BELOW]
    first, last = min(rows[0] for rows in between), max(rows[1] for rows in between)
    out[ABOVE] = out[BELOW] = max(first - 1, 0), min(last + 1, edge)  # whichever of their pixels are seen in the middle
    return out
