"""Frames as arrays: straight and premultiplied alpha, and other sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["FrameArray", "resize_premultiplied", "straight_alpha", "to_frames"]

FrameArray = npt.NDArray[np.uint8]


def straight_alpha(premultiplied: FrameArray) -> FrameArray:
    """Divide the colours of a premultiplied frame by its alpha.

    Parameters
    ----------
    premultiplied : FrameArray [shape=(..., 4)]
        colours times alpha

    Returns
    -------
    FrameArray [shape=(..., 4)]
        a new array; the nearest grey level, ``round(255 · colour / alpha)``
    """
    from expressive.face.pixels import divide

    out = np.ascontiguousarray(premultiplied).copy()
    divide(out.reshape(-1, 4))
    return out


def to_frames(quarters: FrameArray) -> FrameArray:
    """Put quarters in their place, with no colour above its alpha.

    Parameters
    ----------
    quarters : FrameArray [shape=(n, 16, edge/2, edge/2)]
        as in ``raster.quarters``

    Returns
    -------
    FrameArray [shape=(n, edge, edge, 4)]
        premultiplied RGBA
    """
    from expressive.face.pixels import put_together

    n, _, half, _ = quarters.shape
    out = np.empty((n, 2 * half, 2 * half, 4), np.uint8)
    put_together(out, np.ascontiguousarray(quarters))
    return out


def resize_premultiplied(frame: FrameArray, size: int) -> FrameArray:
    """Scale a premultiplied square frame.

    Whole fractions are averaged, which is exact; other reductions go through a Lanczos filter and enlargements through
    a bicubic one. All act on premultiplied colours, so that no dark or bright fringe appears around the hair.

    Parameters
    ----------
    frame : FrameArray [shape=(n, n, 4)]
        the frame
    size : int
        edge of the result in pixels

    Returns
    -------
    FrameArray [shape=(size, size, 4)]
        the frame itself where the size is its own
    """
    edge = frame.shape[0]
    if size == edge:
        return frame
    from PIL import Image

    image = Image.frombuffer("RGBa", (edge, edge), np.ascontiguousarray(frame), "raw", "RGBa", 0, 1)
    if edge % size == 0:
        return np.array(image.reduce(edge // size))
    kernel = Image.Resampling.LANCZOS if size < edge else Image.Resampling.BICUBIC
    scaled = np.array(image.resize((size, size), kernel))
    # the filter overshoots; no colour may exceed its alpha
    np.minimum(scaled[..., :3], scaled[..., 3:], out=scaled[..., :3])
    return scaled
