"""Frames as arrays: straight and premultiplied alpha, and other sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["FrameArray", "resize_premultiplied", "straight_alpha"]

FrameArray = npt.NDArray[np.uint8]


def straight_alpha(premultiplied: FrameArray) -> FrameArray:
    """Divide the colours of a premultiplied frame by its alpha.

    Only soft pixels, a few per cent of a portrait, are divided: opaque ones are as they should be, and transparent ones
    stay black.

    Parameters
    ----------
    premultiplied : FrameArray [shape=(..., 4)]
        colours times alpha

    Returns
    -------
    FrameArray [shape=(..., 4)]
        a new array; the nearest grey level, ``round(255 · colour / alpha)``
    """
    out = np.ascontiguousarray(premultiplied).copy()
    # alpha is a pixel's highest byte: one comparison of whole pixels leaves out 255 and, which wraps round, 0
    whole = out.reshape(-1, 4).view("<u4")[:, 0]
    soft = np.flatnonzero((whole - np.uint32(0x01000000)) < np.uint32(0xFE000000))
    picked = whole.take(soft)
    alpha = ((picked >> 24) * np.uint32(0x01010101)).view(np.uint8)  # of each colour
    # floats divide faster than integers do, and as exactly: of numbers this small, no quotient is rounded up to a level
    colours = picked.view(np.uint8) * np.float32(255)
    colours += alpha >> 1
    colours /= alpha
    np.minimum(colours, 255, out=colours)
    whole[soft] = (colours.astype(np.uint8).view("<u4") & 0x00FFFFFF) | (picked & 0xFF000000)
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
