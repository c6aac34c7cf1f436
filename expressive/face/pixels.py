"""What is done to every pixel of a frame that the network has drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.face.compiled import compiled

__all__ = ["divide", "put_together"]

_Bytes = npt.NDArray[np.uint8]


@compiled
def put_together(frames: _Bytes, quarters: _Bytes) -> None:
    """Write frames (n, edge, edge, 4), in place, from quarters (n, 16, edge/2, edge/2), with no colour above its alpha.

    A network does not know that a premultiplied colour is never more than its alpha; more would glow at the edge.
    """
    count, edge = frames.shape[:2]
    for n in range(count):
        for row in range(edge):
            for column in range(edge):
                part = row % 2 * 8 + column % 2 * 4
                alpha = quarters[n, part + 3, row // 2, column // 2]
                for colour in range(3):
                    frames[n, row, column, colour] = min(quarters[n, part + colour, row // 2, column // 2], alpha)
                frames[n, row, column, 3] = alpha


@compiled
def divide(pixels: _Bytes) -> None:
    """Divide the colours of premultiplied pixels (n, 4) by their alpha, in place, to the nearest level.

    Opaque pixels are as they should be, and transparent ones stay black.
    """
    for n in range(len(pixels)):
        alpha = int(pixels[n, 3])
        if 0 < alpha < 255:
            for colour in range(3):
                pixels[n, colour] = min((int(pixels[n, colour]) * 255 + alpha // 2) // alpha, 255)
