"""What every part of the screen is made of: letters, plates, bars and colours."""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable
from functools import lru_cache

import pygame
from PIL import Image, ImageDraw, ImageFont

__all__ = [
    "DIM",
    "EMOTION_COLOURS",
    "GOLD",
    "INK",
    "PALE",
    "Kept",
    "bar",
    "circle_mask",
    "font",
    "golden_frame",
    "plate",
    "shadow",
    "words",
    "write",
]

INK, PALE, GOLD, DIM = (34, 28, 26), (246, 240, 226), (226, 188, 108), (160, 150, 136)
EMOTION_COLOURS = {
    "happiness": (244, 200, 84), "sadness": (104, 142, 196), "anger": (222, 74, 56), "fear": (150, 108, 190),
    "disgust": (128, 158, 74), "surprise": (240, 156, 66), "contempt": (166, 124, 98), "boredom": (140, 140, 140),
    "tenderness": (240, 142, 156), "pride": (214, 160, 52), "shame": (196, 110, 120), "relief": (122, 190, 168),
    "hope": (150, 204, 122), "pity": (146, 160, 206), "admiration": (232, 170, 126), "neutral": (150, 146, 138),
}  # fmt: skip


@lru_cache
def font(size: int) -> pygame.font.Font:
    """The font that Pillow brings, so that letters look alike on every machine."""
    return pygame.font.Font(io.BytesIO(_font_bytes()), size)


@lru_cache(maxsize=1)
def _font_bytes() -> bytes:
    return ImageFont.load_default(20).font_bytes  # type: ignore[union-attr]


@lru_cache(maxsize=2048)
def words(text: str, size: int, colour: tuple[int, int, int]) -> pygame.Surface:
    """A line of text; kept, because it stays for many frames."""
    return font(size).render(text, True, colour)


@lru_cache(maxsize=256)
def _edged(text: str, size: int, colour: tuple[int, int, int]) -> pygame.Surface:
    """The same with a dark edge of one pixel."""
    picture, dark = words(text, size, colour), words(text, size, (20, 16, 14))
    surface = pygame.Surface((picture.get_width() + 2, picture.get_height() + 2), pygame.SRCALPHA)
    for x, y in ((0, 1), (2, 1), (1, 0), (1, 2), (2, 2)):
        surface.blit(dark, (x, y))
    surface.blit(picture, (1, 1))
    return surface


class Kept:
    """A picture that is painted anew only when what it shows has changed: most of a screen stays for many frames."""

    def __init__(self) -> None:
        self._shows: Hashable = None
        self._surface = pygame.Surface((0, 0))

    def blit(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        shows: Hashable,
        paint: Callable[[pygame.Surface], None],
    ) -> None:
        """Put it into a rectangle of a surface; ``paint`` is called with a clear one if ``shows`` is not as before."""
        if self._surface.get_size() != rect.size:
            self._surface, self._shows = pygame.Surface(rect.size, pygame.SRCALPHA), None
        if shows != self._shows:
            self._shows = shows
            self._surface.fill((0, 0, 0, 0))
            paint(self._surface)
        surface.blit(self._surface, rect)


def write(
    surface: pygame.Surface,
    text: str,
    place: tuple[float, float],
    *,
    size: int = 18,
    colour: tuple[int, int, int] = PALE,
    align: str = "left",
    edge: bool = False,
) -> int:
    """Write a line; returns its width [unit=px]. ``edge`` darkens its surroundings, for letters on a picture."""
    picture = words(text, size, colour)
    x = place[0] - {"left": 0, "centre": picture.get_width() / 2, "right": picture.get_width()}[align]
    if edge:
        surface.blit(_edged(text, size, colour), (x - 1, place[1] - 1))
    else:
        surface.blit(picture, (x, place[1]))
    return picture.get_width()


@lru_cache(maxsize=128)
def plate(
    size: tuple[int, int],
    fill: tuple[int, int, int, int] = (30, 25, 24, 236),
    border: tuple[int, int, int, int] = (226, 188, 108, 255),
    *,
    radius: int = 14,
    width: int = 2,
) -> pygame.Surface:
    """A rounded rectangle with a border, with soft edges."""
    # Only a small one is drawn, and its middle stretched: a new speech bubble must not cost a frame.
    corner = _corner(radius, fill, border, width)
    edge = corner.get_width() // 2
    surface = pygame.Surface(size, pygame.SRCALPHA)
    columns = [(0, edge, 0, edge), (edge - 1, 1, edge, size[0] - 2 * edge), (edge, edge, size[0] - edge, edge)]
    rows = [(0, edge, 0, edge), (edge - 1, 1, edge, size[1] - 2 * edge), (edge, edge, size[1] - edge, edge)]
    for x0, w0, x1, w1 in columns:
        for y0, h0, y1, h1 in rows:
            if w1 > 0 and h1 > 0:
                part = pygame.transform.scale(corner.subsurface((x0, y0, w0, h0)), (w1, h1))
                surface.blit(part, (x1, y1), special_flags=pygame.BLEND_RGBA_ADD)
    return surface


def golden_frame(surface: pygame.Surface, rect: pygame.Rect, *, radius: int = 10, width: int = 5) -> None:
    """A golden frame around a rectangle of a surface."""
    outer = rect.inflate(8, 8)
    whole = plate(outer.size, (0, 0, 0, 0), (*GOLD, 255), radius=radius, width=width)
    w, h = outer.size
    edge = radius + width + 1
    side = h - 2 * edge
    for strip in ((0, 0, w, edge), (0, edge, edge, side), (w - edge, edge, edge, side), (0, h - edge, w, edge)):
        surface.blit(whole, (outer.x + strip[0], outer.y + strip[1]), strip)  # its middle is empty


@lru_cache
def _corner(
    radius: int, fill: tuple[int, int, int, int], border: tuple[int, int, int, int], width: int
) -> pygame.Surface:
    size, fine = 2 * (radius + width + 1), 4
    image = Image.new("RGBA", (size * fine, size * fine))
    edge = size * fine - 1
    ImageDraw.Draw(image).rounded_rectangle([0, 0, edge, edge], radius * fine, fill, border, width * fine)
    small = image.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA")
    return pygame.image.frombuffer(small.tobytes(), (size, size), "RGBA").convert_alpha()


@lru_cache(maxsize=8)
def shadow(width: int, height: int) -> pygame.Surface:
    """What somebody throws on the ground."""
    image = Image.new("RGBA", (width * 4, height * 4))
    for i in range(6):
        inset = i * 4
        ImageDraw.Draw(image).ellipse(
            [inset, inset / 2, width * 4 - inset, height * 4 - inset / 2], (20, 22, 12, 14 + 15 * i)
        )
    return pygame.image.frombuffer(image.resize((width, height)).tobytes(), (width, height), "RGBA").convert_alpha()


@lru_cache(maxsize=8)
def circle_mask(size: int) -> pygame.Surface:
    """White and opaque in a circle, nothing outside."""
    image = Image.new("RGBA", (size * 4, size * 4), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse([4, 4, size * 4 - 5, size * 4 - 5], (255, 255, 255, 255))
    return pygame.image.frombuffer(image.resize((size, size)).tobytes(), (size, size), "RGBA").convert_alpha()


def bar(
    surface: pygame.Surface,
    rect: tuple[int, int, int, int],
    value: float,
    colour: tuple[int, int, int],
    *,
    both_ways: bool = False,
) -> None:
    """A bar from 0 to 1, or from the middle to -1 or 1."""
    x, y, width, height = rect
    pygame.draw.rect(surface, (66, 58, 54), rect, border_radius=height // 2)
    if both_ways:
        middle, length = x + width // 2, round(abs(value) * width / 2)
        left = middle if value >= 0 else middle - length
        if length:
            pygame.draw.rect(surface, colour, (left, y, length, height), border_radius=height // 2)
        pygame.draw.rect(surface, PALE, (middle - 1, y - 2, 2, height + 4))
    elif value > 0.01:
        pygame.draw.rect(surface, colour, (x, y, max(height, round(value * width)), height), border_radius=height // 2)
