"""Put characters in front of a background, with subtitles where wanted: the pictures of a film.

Portraits stand on the lower edge, take on a little of the place's light, and sink into a shade at the edge, so that
head and shoulders do not look cut off. Where several are in view, those who do not speak step back a little in light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError
from expressive.links.backdrops import backdrop
from expressive.links.caption import Captioner

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MAX_CAST", "Composer"]

Gains: TypeAlias = tuple[float, float, float]

MAX_CAST = 4
"""Characters in view at most."""

_HEIGHTS = (0.88, 0.84, 0.68, 0.56)  # of the portraits, in heights of the picture, for one to four of them
_STEP = 0.70  # least distance of neighbours in their own widths; shoulders may overlap, heads do not
_BODY = 0.92  # share of a portrait's width that the shoulders take
_SPREAD = 0.94  # share of the picture's width over which places are spread
_LISTENER_LIGHT = 0.80  # how bright someone is who is not being watched
_ATTENTION_S = 0.16  # time constant with which the light follows the speaker
_TINT = 0.22  # how much of the place's colour a face takes on
_SHADE_HEIGHT = 0.16
_SHADE = 0.55  # darkness at the very edge
_SHADOW = 0.34  # darkness of the background right behind someone


class Composer:
    """Draws the pictures of one scene.

    Parameters
    ----------
    size : tuple[int, int] [unit=px]
        width and height of the pictures
    background : str | Path
        a place out of :data:`expressive.links.backdrops.BACKDROPS`, ``plain:#rrggbb``, or the path of a picture
    places : Sequence[float] [range=[-1, 1]]
        where each character in view stands, from the left edge to the right; at most four, or none at all
    fps : float [unit=Hz]
        pictures a second; the light follows the speaker at this pace
    font : str | Path | None
        a font file for subtitles; by default the one that Pillow brings

    Raises
    ------
    ParameterError
        If the size, the places or the font are not usable, or the background is unknown.

    Examples
    --------
    >>> composer = Composer((320, 180), background="plain:#000000")
    >>> portrait = np.full((256, 256, 4), 255, np.uint8)
    >>> picture = composer.frame([portrait], subtitle=("Guard", "Halt!"))
    >>> picture.shape, picture[60, 160].tolist(), picture[60, 10].tolist()
    ((180, 320, 3), [255, 255, 255], [0, 0, 0])
    """

    def __init__(
        self,
        size: tuple[int, int] = (854, 480),
        *,
        background: str | Path = "studio",
        places: Sequence[float] = (0.0,),
        fps: float = 30.0,
        font: str | Path | None = None,
    ) -> None:
        width, height = size
        check_number("width", width, 16, 8192)
        check_number("height", height, 16, 8192)
        if len(places) > MAX_CAST:
            raise ParameterError(
                f"{len(places)} characters are in view; at most {MAX_CAST} fit, so keep others offscreen"
            )
        self.size = (int(width), int(height))
        self._follow = -math.expm1(-1.0 / (check_number("fps", fps, 1, 1000) * _ATTENTION_S))
        self._light = [1.0] * len(places)
        self._boxes = _boxes(self.size, [check_number("place", place, -1, 1) for place in places])
        self._captions = Captioner(self.size, font=font)
        self._painted: dict[str, tuple[Image.Image, Gains, Image.Image | None]] = {}
        self.scene(background)

    def scene(self, background: str | Path) -> None:
        """Change the background from the next picture on; a place that was shown before comes back at once.

        Raises
        ------
        ParameterError
            If there is no such background.
        """
        from PIL import Image

        name = str(background)
        if name not in self._painted:
            place = backdrop(name, self.size)
            if name.startswith("plain:"):  # for those who cut the figures out again: no light, shadow or shade
                self._painted[name] = (Image.fromarray(place), (1.0, 1.0, 1.0), None)
            else:
                lit = Image.fromarray(_with_shadows(place, self._boxes))
                self._painted[name] = (lit, _gains(place), _shade(self.size))
        self._background, self._gains, self._shade = self._painted[name]

    def frame(
        self,
        portraits: Sequence[npt.NDArray[np.uint8]],
        *,
        speaking: Sequence[bool] | None = None,
        subtitle: tuple[str, str] | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Draw the next picture.

        Parameters
        ----------
        portraits : Sequence[np.ndarray] [shape=(n, n, 4), dtype=uint8]
            one square RGBA picture for each character, straight alpha, in the order of the places
        speaking : Sequence[bool] | None
            who speaks at the moment; None when nobody is to be brought out
        subtitle : tuple[str, str] | None
            who says what; the name may be empty

        Returns
        -------
        np.ndarray [shape=(height, width, 3), dtype=uint8]
            RGB

        Raises
        ------
        ParameterError
            If there are not as many portraits as places, or one is no picture.
        """
        if len(portraits) != len(self._boxes) or (speaking is not None and len(speaking) != len(self._boxes)):
            given = len(portraits) if len(portraits) != len(self._boxes) else len(speaking or ())
            raise ParameterError(f"{given} characters were given; the scene was laid out for {len(self._boxes)}")
        image = self._background.copy()
        for i, (portrait, (left, top, side)) in enumerate(zip(portraits, self._boxes, strict=True)):
            watched = speaking is None or not any(speaking) or speaking[i]
            self._light[i] += self._follow * ((1.0 if watched else _LISTENER_LIGHT) - self._light[i])
            figure = _figure(portrait, side, _table(self._gains, round(self._light[i] * 255)))
            image.paste(figure, (left, top), figure)
        if self._shade is not None:
            image.paste(0, (0, image.height - self._shade.height), self._shade)
        if subtitle is not None and subtitle[1].strip():
            plate, at = self._captions.plate(*subtitle)
            image.paste(plate, at, plate)
        return np.asarray(image)


def _boxes(size: tuple[int, int], places: list[float]) -> list[tuple[int, int, int]]:
    """Left, top and side in pixels of each portrait."""
    width, height = size
    neighbours = max(0, len(places) - 1)
    # In a tall picture the width is what there is too little of.
    side = round(min(_HEIGHTS[neighbours] * height, width / (1 + _STEP * neighbours)))
    reach = max(0.0, (width - _BODY * side) / 2)
    centres = [width / 2 + min(reach, max(-reach, place * width * _SPREAD / 2)) for place in places]
    return [(round(centre - side / 2), height - side, side) for centre in centres]


def _figure(portrait: npt.NDArray[np.uint8], side: int, table: list[int]) -> Image.Image:
    from PIL import Image

    if portrait.dtype != np.uint8 or portrait.ndim != 3 or portrait.shape[2] != 4 or 0 in portrait.shape:
        raise ParameterError(
            f"a portrait has shape {portrait.shape} and type {portrait.dtype}; it must be uint8 (n, n, 4)"
        )
    image = Image.fromarray(portrait).point(table)
    if image.size == (side, side):
        return image
    # Premultiplied, so that the colour of what is transparent does not bleed into the edge.
    return image.convert("RGBa").resize((side, side), Image.Resampling.BICUBIC).convert("RGBA")


def _gains(place: npt.NDArray[np.uint8]) -> Gains:
    """How the light of a place colours and dims who stands in it."""
    mean = place[: place.shape[0] * 3 // 4].reshape(-1, 3).mean(axis=0) / 255.0
    brightness = float(mean @ (0.2126, 0.7152, 0.0722))  # ITU-R BT.709 luma
    tint = 1.0 + _TINT * (np.clip((mean + 0.05) / (brightness + 0.05), 0.6, 1.5) - 1.0)
    exposure = 0.88 + 0.12 * min(1.0, brightness / 0.4)
    red, green, blue = (min(1.12, float(gain)) for gain in tint * exposure)
    return red, green, blue


@lru_cache(maxsize=1024)
def _table(gains: Gains, light: int) -> list[int]:
    """Look-up table for RGBA; opacity stays as it is."""
    table = [min(255, round(level * gain * light / 255)) for gain in gains for level in range(256)]
    return [*table, *range(256)]


def _with_shadows(place: npt.NDArray[np.uint8], boxes: list[tuple[int, int, int]]) -> npt.NDArray[np.uint8]:
    """Darken the background a little behind each figure, which lifts it off."""
    height, width, _ = place.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    keep = np.ones((height, width), np.float32)
    for left, top, side in boxes:
        distance = ((x - left - side / 2) / (0.50 * side)) ** 2 + ((y - top - 0.78 * side) / (0.62 * side)) ** 2
        keep *= 1.0 - _SHADOW * np.exp(-distance * 1.6)
    # The pictures are dithered already; rounding by a threshold that alternates keeps them so.
    threshold = ((x + 2 * y) % 4 + 0.5) / 4
    darker: npt.NDArray[np.uint8] = np.floor(place * keep[:, :, None] + threshold[:, :, None]).astype(np.uint8)
    return np.where(keep[:, :, None] < 0.999, darker, place)


def _shade(size: tuple[int, int]) -> Image.Image:
    """Opacity of the darkness along the lower edge."""
    from PIL import Image

    width, height = size
    rows = max(1, round(_SHADE_HEIGHT * height))
    ramp = 255 * _SHADE * (np.arange(1, rows + 1) / rows) ** 1.8
    return Image.fromarray(np.repeat(np.rint(ramp).astype(np.uint8)[:, None], width, axis=1))
