"""Little people, drawn from their looks: four directions, and a step that goes with the stride."""

from __future__ import annotations

import math

import pygame
from PIL import Image, ImageDraw

from demos.village.story import Looks

__all__ = ["FOOT", "Figure", "emote_icon"]

FRAME = 64, 84
FOOT = 32, 78
"""Where the feet are in a picture."""
STEPS = 6
STRIDE_PX = 44.0
"""How far two steps go."""
_FINE = 4  # Pillow's shapes have hard edges, so they are drawn this much larger

Colour = tuple[int, int, int, int]


class Figure:
    """The pictures of one person.

    Parameters
    ----------
    looks : Looks
        colours and clothes
    """

    def __init__(self, looks: Looks) -> None:
        self._pictures = {}
        for facing in ("down", "up", "right"):
            for step in range(-1, STEPS):
                picture = _surface(_draw(looks, facing, step))
                self._pictures[facing, step] = picture
                if facing == "right":
                    self._pictures["left", step] = pygame.transform.flip(picture, True, False)

    def picture(self, facing: str, stride: float) -> pygame.Surface:
        """The picture for a direction and a stride; 0 stands."""
        step = -1 if stride <= 0 else int(stride / STRIDE_PX * STEPS) % STEPS
        return self._pictures[facing, step]


class _Pen:
    """Draws in pixels of the small picture."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (FRAME[0] * _FINE, FRAME[1] * _FINE))
        self._draw = ImageDraw.Draw(self.image)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self._draw.ellipse([(x - rx) * _FINE, (y - ry) * _FINE, (x + rx) * _FINE, (y + ry) * _FINE], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, round_: float = 2.0) -> None:  # noqa: PLR0917
        self._draw.rounded_rectangle(
            [left * _FINE, top * _FINE, right * _FINE, bottom * _FINE], round_ * _FINE, fill=colour
        )

    def line(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        self._draw.line(
            [(x * _FINE, y * _FINE) for x, y in points], fill=colour, width=round(width * _FINE), joint="curve"
        )


def _rgb(text: str, light: float = 1.0) -> Colour:
    values = [int(text[i : i + 2], 16) for i in (1, 3, 5)]
    red, green, blue = (min(255, round(value * light)) for value in values)
    return red, green, blue, 255


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one[:3], other[:3], strict=True))
    return red, green, blue, 255


def _draw(looks: Looks, facing: str, step: int) -> Image.Image:
    pen = _Pen()
    x, foot = FOOT
    swing = 0.0 if step < 0 else math.sin(2 * math.pi * step / STEPS)
    lift = 0.0 if step < 0 else abs(math.cos(2 * math.pi * step / STEPS)) * 1.5
    side = facing == "right"
    coat, dark, trim = _rgb(looks.coat), _rgb(looks.coat, 0.74), _rgb(looks.trim)
    skin, shade = _rgb(looks.skin), _rgb(looks.skin, 0.86)
    legs, boots = _rgb(looks.legs), _rgb(looks.legs, 0.6)
    waist, shoulder, head = foot - 17 - lift, foot - 38 - lift, foot - 51 - lift
    long_coat = looks.style in ("long", "bun")
    # legs
    for place, lifted in ((-1, swing), (1, -swing)):
        lx = x + (lifted * 6.5 if side else place * 4.5)
        ly = foot - max(0.0, lifted) * (1.5 if side else 4.0)
        pen.line([(x + (0 if side else place * 4), waist), (lx, ly - 2)], legs, 6)
        pen.box(lx - 4, ly - 5, lx + (6 if side else 4), ly + 1, boots, 2)
    if looks.spear and facing != "up":
        _spear(pen, x + (10 if side else 19), foot, lift)
    # the far arm, the coat, the near arm
    arm = swing * 6
    if side:
        pen.line([(x - 1, shoulder + 5), (x - 1 - arm, waist + 1)], dark, 6)
        pen.oval(x - 1 - arm, waist + 2, 3, 3, shade)
    hem = foot - (7 if long_coat else 12) - lift * 0.5
    wide, narrow = (10, 9) if side else (14, 11)
    flare = 3 if long_coat else 0
    body = [
        (x - narrow, shoulder + 3),
        (x - narrow + 4, shoulder - 1),
        (x + narrow - 4, shoulder - 1),
        (x + narrow, shoulder + 3),
    ]
    pen.shape([*body, (x + wide + flare, hem), (x - wide - flare, hem)], coat)
    pen.shape([(x + 3, shoulder), (x + narrow, shoulder + 3), (x + wide + flare, hem), (x + wide - 6, hem)], dark)
    if looks.apron and facing != "up":
        left = x + (1 if side else -7)
        pen.shape(
            [(left, shoulder + 10), (x + 7, shoulder + 10), (x + 9, hem - 1), (left - 2, hem - 1)], _rgb("#f0ead8")
        )
    pen.shape(
        [(x - wide - 0.5, waist - 3), (x + wide + 0.5, waist - 3), (x + wide + 1, waist), (x - wide - 1, waist)], trim
    )
    pen.line([(x - wide - flare, hem - 1), (x + wide + flare, hem - 1)], trim, 1.6)
    if side:
        pen.line([(x, shoulder + 4), (x + 1 + arm, waist + 1)], _rgb(looks.coat, 0.88), 6.4)
        pen.oval(x + 1 + arm, waist + 3, 3.2, 3.2, skin)
    else:
        for place, swung in ((-1, swing), (1, -swing)):
            hand = waist + 1 - max(0.0, swung) * 4
            pen.line(
                [(x + place * (narrow - 1), shoulder + 5), (x + place * (wide + 1), hand)],
                dark if place > 0 else _rgb(looks.coat, 0.9),
                6,
            )
            pen.oval(x + place * (wide + 1.5), hand + 2, 3, 3, skin)
    pen.line([(x - 6, shoulder), (x + 6, shoulder)], trim, 3.4)
    if looks.spear and facing == "up":
        _spear(pen, x - 19, foot, lift)
    _head(pen, looks, facing, x, head)
    return pen.image


def _spear(pen: _Pen, x: float, foot: float, lift: float) -> None:
    pen.line([(x, foot - 2 - lift), (x, foot - 66 - lift)], _rgb("#7a5a38"), 2.4)
    pen.shape(
        [(x, foot - 77 - lift), (x + 3.6, foot - 66 - lift), (x, foot - 62 - lift), (x - 3.6, foot - 66 - lift)],
        _rgb("#d4d8dc"),
    )


def _head(pen: _Pen, looks: Looks, facing: str, x: float, y: float) -> None:
    skin, shade = _rgb(looks.skin), _rgb(looks.skin, 0.86)
    hair, hair_light = _rgb(looks.hair), _rgb(looks.hair, 1.25)
    side, back = facing == "right", facing == "up"
    if looks.style == "long" and not back:
        pen.box(x - 13, y - 8, x + (2 if side else -5), y + 18, hair, 5)
        if not side:
            pen.box(x + 5, y - 8, x + 13, y + 18, hair, 5)
        pen.box(x - 3, y + 8, x + 3, y + 15, shade, 1)
    elif looks.style == "bun":
        pen.oval(x - (13 if side else 0), y - (4 if side else 15), 6, 5.5, hair)
    pen.oval(x, y, 12, 13, skin)
    if not back:
        pen.oval(x + (4 if side else 0), y + 5, 8, 7, skin)
    if side:
        pen.oval(x - 8, y - 3, 5, 6, hair)
    if back:
        pen.oval(x, y - 1, 12.6, 13.4, hair)
        if looks.style == "long":
            pen.box(x - 12, y, x + 12, y + 18, hair, 7)
    else:
        # hair: a cap with a parting
        pen.shape(
            [
                *_arc(x, y - 1, 12.8, 14, (180, 360)),
                (x + 12, y - 1),
                (x + (7 if side else 9), y - 6),
                (x, y - 8),
                (x - 9, y - 6),
                (x - 12, y),
            ],
            hair,
        )
        pen.shape([*_arc(x - 2, y - 2, 9, 11, (210, 270)), (x - 3, y - 9)], hair_light)
        eye = [x + 4, x + 9] if side else [x - 4.6, x + 4.6]
        for ex in eye[: 1 if side else 2]:
            pen.oval(ex + (3 if side else 0), y + 1, 1.7, 2.5, _rgb("#2a2022"))
            pen.oval(ex + (3.4 if side else 0.5), y + 0.2, 0.6, 0.8, _rgb("#ffffff"))
            pen.line([(ex - 2.4 + (3 if side else 0), y - 3.4), (ex + 2.2 + (3 if side else 0), y - 3.7)], hair, 1.3)
        if not looks.beard:
            blush = _between(skin, _rgb("#e06a58"), 0.35)
            pen.oval(x + (6 if side else -7), y + 5, 2.4, 1.6, blush)
            if not side:
                pen.oval(x + 7, y + 5, 2.4, 1.6, blush)
            pen.line([(x + (6 if side else -2), y + 8), (x + (10 if side else 2), y + 8)], _rgb("#8a4038"), 1.2)
        else:
            beard = _arc(x + (2 if side else 0), y + 3, 10.5, 11, (0, 180))
            pen.shape(
                [*beard, (x - 8, y + 4), (x - 3 + (3 if side else 0), y + 6), (x + 4, y + 6), (x + 9, y + 4)], hair
            )
            pen.line([(x + (4 if side else -2.4), y + 9), (x + (9 if side else 2.4), y + 9)], shade, 1.3)
    if looks.style == "helmet":
        steel, bright = _rgb("#9aa2aa"), _rgb("#c8d0d6")
        pen.shape([*_arc(x, y - 3, 13.6, 14, (180, 360)), (x + 13.6, y - 2), (x - 13.6, y - 2)], steel)
        pen.shape([*_arc(x - 3, y - 4, 9, 11, (190, 265)), (x - 4, y - 6)], bright)
        pen.box(x - 15, y - 5, x + 15, y - 1.6, _rgb("#7c848c"), 1.5)
        pen.oval(x, y - 17, 2.6, 3.2, _rgb(looks.trim))
    elif looks.style == "hat":
        felt, band = _rgb("#5a4634"), _rgb(looks.trim)
        pen.oval(x, y - 5, 19, 5.4, _rgb("#463628"))
        pen.shape([*_arc(x, y - 6, 11.5, 13, (180, 360)), (x + 11.5, y - 5), (x - 11.5, y - 5)], felt)
        pen.box(x - 11.6, y - 9, x + 11.6, y - 5.5, band, 1)
        pen.line([(x + 9, y - 8), (x + 15, y - 18), (x + 14, y - 22)], _rgb("#c84a3a"), 2.2)


def _arc(x: float, y: float, rx: float, ry: float, degrees: tuple[float, float]) -> list[tuple[float, float]]:
    start, end = degrees
    angles = [math.radians(start + (end - start) * i / 24) for i in range(25)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def _surface(image: Image.Image) -> pygame.Surface:
    # Premultiplied while it shrinks, so that no dark fringe appears.
    small = (
        image.convert("RGBa")
        .resize((image.width // _FINE, image.height // _FINE), Image.Resampling.BOX)
        .convert("RGBA")
    )
    return pygame.image.frombuffer(small.tobytes(), small.size, "RGBA").convert_alpha()


def emote_icon(emotion: str) -> pygame.Surface | None:
    """A small balloon that shows a feeling from afar, or None for one that has no sign."""
    kind = {
        "anger": "anger", "happiness": "heart", "tenderness": "heart", "admiration": "heart", "fear": "sweat",
        "sadness": "tear", "surprise": "surprise", "contempt": "dots", "disgust": "dots", "pity": "tear",
        "pride": "star", "relief": "star", "talk": "talk",
    }.get(emotion)  # fmt: skip
    if kind is None:
        return None
    pen = _Pen()
    x, y = 32.0, 30.0
    pen.oval(x, y, 15, 13, (40, 34, 30, 120))
    pen.shape([(x - 4, y + 10), (x + 4, y + 10), (x, y + 20)], (252, 248, 238, 245))
    pen.oval(x, y - 1, 14.4, 12.4, (252, 248, 238, 245))
    if kind == "anger":
        for turn in range(4):
            a = math.radians(45 + 90 * turn)
            c, s = math.cos(a), math.sin(a)
            points = [
                (x + 2.5 * c - 4 * s, y - 1 + 2.5 * s + 4 * c),
                (x + 3 * c, y - 1 + 3 * s),
                (x + 7 * c, y - 1 + 7 * s),
            ]
            pen.line(
                [(x + 8 * c - 3 * s, y - 1 + 8 * s + 3 * c), *points[1:2], (x + 8 * c + 3 * s, y - 1 + 8 * s - 3 * c)],
                _rgb("#d03428"),
                2.2,
            )
    elif kind == "heart":
        pen.oval(x - 3.6, y - 4, 4.2, 4.2, _rgb("#e0506a"))
        pen.oval(x + 3.6, y - 4, 4.2, 4.2, _rgb("#e0506a"))
        pen.shape([(x - 7.6, y - 2.6), (x + 7.6, y - 2.6), (x, y + 7)], _rgb("#e0506a"))
    elif kind in ("sweat", "tear"):
        blue = _rgb("#4f9ac8")
        for dx in (-4.5, 4.5) if kind == "sweat" else (0,):
            pen.oval(x + dx, y + 2, 3.4, 3.8, blue)
            pen.shape([(x + dx - 3.2, y + 1), (x + dx + 3.2, y + 1), (x + dx, y - 8)], blue)
    elif kind == "surprise":
        pen.shape([(x - 2.4, y - 9), (x + 2.4, y - 9), (x + 1.2, y + 2), (x - 1.2, y + 2)], _rgb("#e08a28"))
        pen.oval(x, y + 5.4, 2, 2, _rgb("#e08a28"))
    elif kind == "star":
        star = [
            (x + r * math.sin(a), y - 1 - r * math.cos(a))
            for i in range(10)
            for r in [8 if i % 2 == 0 else 3.6]
            for a in [math.pi * i / 5]
        ]
        pen.shape(star, _rgb("#e8b030"))
    else:
        for dx in (-6, 0, 6):
            pen.oval(x + dx, y - 1, 2.1, 2.1, _rgb("#6a625a"))
    return _surface(pen.image)
