"""A small painter for soft backgrounds: gradients, blurred shapes, glows, a grain of stone or wood, all in numpy.

Lengths are in heights of the picture, x from the left edge and y from the top, so that a scene keeps its proportions in
every size. Colours are RGB in [0, 1] as they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Canvas", "Colour", "hex_colour"]

Colour: TypeAlias = tuple[float, float, float]
Mask: TypeAlias = npt.NDArray[np.float32]

_SMALL = 4  # blurs wider than this many pixels are made on a smaller picture, which the eye cannot tell
_OVERSAMPLE = 2  # Pillow's polygons have hard edges


class Canvas:
    """A picture that is painted from back to front.

    Parameters
    ----------
    size : tuple[int, int] [unit=px]
        width and height
    colour : Colour
        what it is filled with
    rng : numpy.random.Generator
        for grain and scattered lights
    """

    def __init__(self, size: tuple[int, int], colour: Colour, rng: np.random.Generator) -> None:
        self.width, self.height = size
        self.aspect = self.width / self.height
        self.rng = rng
        self.pixels = np.empty((self.height, self.width, 3), np.float32)
        self.pixels[:] = colour
        self._x = ((np.arange(self.width, dtype=np.float32) + 0.5) / self.height)[None, :]
        self._y = ((np.arange(self.height, dtype=np.float32) + 0.5) / self.height)[:, None]

    def sky(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fill with colours that blend from height to height."""
        places = [place for place, _ in stops]
        for channel in range(3):
            column = np.interp(self._y[:, 0], places, [colour[channel] for _, colour in stops])
            self.pixels[:, :, channel] = column[:, None]

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light that falls off around a point; bright places take less of it, as film does."""
        rows, columns = self._window(x - 3 * radius, y - 3 * radius, x + 3 * radius, y + 3 * radius)
        falloff = np.exp(-((self._x[:, columns] - x) ** 2 + (self._y[rows] - y) ** 2) / (radius * radius))
        self._screen(rows, columns, strength * falloff, colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, strength: float, soft: float) -> None:
        """Add a disc of light out of focus: even inside, with a soft edge that is a share of the radius."""
        rows, columns = self._window(x - radius, y - radius, x + radius, y + radius)
        distance = np.sqrt((self._x[:, columns] - x) ** 2 + (self._y[rows] - y) ** 2) / radius
        self._screen(rows, columns, strength * np.clip((1.0 - distance) / soft, 0.0, 1.0), colour)

    def shape(self, outlines: Sequence[Sequence[tuple[float, float]]], colour: Colour, *, blur: float = 0.0) -> None:
        """Paint polygons over what is there, with edges blurred by a radius."""
        rows, columns, mask = self._patch(outlines, blur)
        part = self.pixels[rows, columns]
        part += mask[:, :, None] * (np.array(colour, np.float32) - part)

    def shade(self, outlines: Sequence[Sequence[tuple[float, float]]], amount: float, *, blur: float = 0.0) -> None:
        """Darken inside polygons by a share [range=[0, 1]]; a negative amount lightens."""
        rows, columns, mask = self._patch(outlines, blur)
        self.pixels[rows, columns] *= 1.0 - amount * mask[:, :, None]

    def paint(self, mask: Mask, colour: Colour) -> None:
        """Paint a colour where the mask [shape=(height, width), range=[0, 1]] says."""
        self.pixels += mask[:, :, None] * (np.array(colour, np.float32) - self.pixels)

    def mask(self, outlines: Sequence[Sequence[tuple[float, float]]], *, blur: float = 0.0) -> Mask:
        """Coverage of polygons [shape=(height, width), range=[0, 1]]."""
        rows, columns, part = self._patch(outlines, blur)
        mask = np.zeros((self.height, self.width), np.float32)
        mask[rows, columns] = part
        return mask

    def blurred(self, mask: Mask, radius: float) -> Mask:
        """Blur a mask by a Gaussian of a standard deviation in heights."""
        from PIL import Image, ImageFilter

        sigma = radius * self.height
        if sigma < 0.3:
            return mask
        image = Image.fromarray(np.asarray(mask * 255.0 + 0.5, np.uint8))
        small = max(1, int(sigma / _SMALL))
        if small > 1:
            image = image.resize((max(1, image.width // small), max(1, image.height // small)), Image.Resampling.BOX)
        image = image.filter(ImageFilter.GaussianBlur(sigma / small))
        image = image.resize((mask.shape[1], mask.shape[0]), Image.Resampling.BICUBIC)
        return np.asarray(image, np.float32) / 255.0

    def soften(self, radius: float) -> None:
        """Blur the whole picture so far, as a lens does that is focused on someone in front."""
        for channel in range(3):
            self.pixels[:, :, channel] = self.blurred(np.clip(self.pixels[:, :, channel], 0, 1), radius)

    def grain(self, amount: float, scale: tuple[float, float], mask: Mask | None = None) -> None:
        """Vary brightness by smooth noise.

        Parameters
        ----------
        amount : float [range=[0, 1]]
            largest change as a share of the brightness
        scale : tuple[float, float]
            width and height of the spots
        mask : np.ndarray [shape=(height, width)] | None
            where
        """
        from PIL import Image

        noise = np.zeros((self.height, self.width), np.float32)
        for octave, weight in ((1, 0.6), (2, 0.3), (4, 0.1)):
            cells = (
                max(2, round(self.aspect / scale[0] * octave)),
                max(2, round(1.0 / scale[1] * octave)),
            )
            values = (self.rng.random((cells[1], cells[0])) * 255).astype(np.uint8)
            layer = Image.fromarray(values).resize((self.width, self.height), Image.Resampling.BICUBIC)
            noise += weight * (np.asarray(layer, np.float32) / 127.5 - 1.0)
        self.pixels *= 1.0 + amount * (noise if mask is None else noise * mask)[:, :, None]

    def light(self, x: float, y: float, radius: float, centre: Colour, edge: Colour) -> None:
        """Multiply by a light that shines on the scene from a point and falls off to its edge colour."""
        falloff = np.exp(-((self._x - x) ** 2 + (self._y - y) ** 2) / (radius * radius))[:, :, None]
        self.pixels *= np.array(edge, np.float32) + falloff * (
            np.array(centre, np.float32) - np.array(edge, np.float32)
        )

    def vignette(self, amount: float = 0.35) -> None:
        """Darken towards the corners."""
        distance = ((self._x / self.aspect - 0.5) / 0.72) ** 2 + ((self._y - 0.48) / 0.80) ** 2
        self.pixels *= (1.0 - amount * np.clip(distance, 0, 1))[:, :, None]

    def finish(self) -> npt.NDArray[np.uint8]:
        """Round to 8 bits [shape=(height, width, 3)], dithered in order, because soft gradients would show bands."""
        rows, columns = (self.height + 7) // 8, (self.width + 7) // 8
        threshold = np.tile(_bayer(8), (rows, columns))[: self.height, : self.width, None]
        levels: npt.NDArray[np.uint8] = np.clip(np.floor(self.pixels * 255.0 + threshold), 0, 255).astype(np.uint8)
        return levels

    def _screen(self, rows: slice, columns: slice, amount: npt.NDArray[np.floating], colour: Colour) -> None:
        light = np.clip(amount[:, :, None] * np.array(colour, np.float32), 0, 1)
        part = self.pixels[rows, columns]
        part += light * (1.0 - np.clip(part, 0, 1))

    def _window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """Rows and columns that a rectangle touches."""

        def span(low: float, high: float, end: int) -> slice:
            first, last = math.floor(low * self.height) - 1, math.ceil(high * self.height) + 1
            return slice(min(max(first, 0), end), min(max(last, 0), end))

        return span(top, bottom, self.height), span(left, right, self.width)

    def _patch(self, outlines: Sequence[Sequence[tuple[float, float]]], blur: float) -> tuple[slice, slice, Mask]:
        """Coverage of polygons within the rows and columns that they touch; most shapes are small."""
        from PIL import Image, ImageDraw

        xs, ys = zip(*(point for outline in outlines for point in outline), strict=True)
        reach = 4 * blur
        rows, columns = self._window(min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach)
        width, height = columns.stop - columns.start, rows.stop - rows.start
        if width <= 0 or height <= 0:
            return rows, columns, np.zeros((height, width), np.float32)
        image = Image.new("L", (width * _OVERSAMPLE, height * _OVERSAMPLE))
        draw = ImageDraw.Draw(image)
        for outline in outlines:
            draw.polygon(
                [
                    ((x * self.height - columns.start) * _OVERSAMPLE, (y * self.height - rows.start) * _OVERSAMPLE)
                    for x, y in outline
                ],
                fill=255,
            )
        mask = np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float32) / 255.0
        return rows, columns, self.blurred(mask, blur)


def hex_colour(text: str) -> Colour | None:
    """Read ``#rrggbb`` or ``#rgb``; None if it is neither.

    Examples
    --------
    >>> hex_colour("#ff0080")
    (1.0, 0.0, 0.50196...)
    """
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) != 6 or not text.startswith("#") or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        return None
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _bayer(n: int) -> npt.NDArray[np.float32]:
    """Bayer's threshold matrix in (0, 1) [shape=(n, n)], n a power of two."""
    matrix = np.zeros((1, 1))
    while len(matrix) < n:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return ((matrix + 0.5) / n**2).astype(np.float32)
