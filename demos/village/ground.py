"""The village square, painted by rule: gate, inn, market, healer's house, a fountain in the middle, and green around.

Lengths are in pixels of the map; the canvas counts in its own height.
"""

from __future__ import annotations

import math

import numpy as np
import pygame
from PIL import Image, ImageDraw

from demos.village.brush import Brush, Points, blob, colour_of, mix, oval
from demos.village.buildings import GATE, healers_house, inn, market, wall
from demos.village.greenery import flowers, fountain, garden, lamp, pond, tree
from expressive.links.canvas import Canvas

__all__ = ["OBSTACLES", "SIZE", "paint_ground", "paint_open_gate"]

SIZE = 1600, 1000
OBSTACLES = [
    (0, 0, 1600, 200),  # the wall
    (0, 0, 40, 1000),
    (1560, 0, 1600, 1000),
    (0, 960, 1600, 1000),
    (90, 200, 450, 450),  # the inn
    (84, 450, 132, 486),  # barrels
    (1130, 300, 1420, 436),  # the market
    (1440, 380, 1500, 460),
    (100, 600, 390, 790),  # the healer's house
    (100, 800, 330, 930),  # the herb garden
    (716, 478, 884, 600),  # the fountain
    (1180, 690, 1480, 880),  # the pond
    (470, 200, 560, 320),  # trees
    (1010, 200, 1110, 320),
    (1440, 200, 1560, 330),
    (1010, 800, 1100, 900),
    (40, 500, 84, 600),
    (560, 880, 660, 960),
    (1490, 560, 1560, 660),
]
"""What feet cannot pass: left, top, right, bottom."""


def paint_ground(seed: int = 12) -> pygame.Surface:
    """Paint the map; takes about a second."""
    canvas = Canvas(SIZE, colour_of("#7f9a54"), np.random.default_rng(seed))
    brush = Brush(canvas)
    _meadow(brush)
    _paths(brush)
    _square(brush)
    wall(brush)
    inn(brush)
    market(brush)
    healers_house(brush)
    garden(brush)
    pond(brush)
    fountain(brush)
    for x, y, size in (
        (515, 300, 52), (1060, 302, 56), (1500, 308, 60), (1055, 880, 54),
        (62, 585, 40), (610, 950, 50), (1525, 640, 46),
    ):  # fmt: skip
        tree(brush, x, y, size)
    for x, y in ((640, 420), (960, 420), (620, 720), (980, 720)):
        lamp(brush, x, y)
    for x, y in ((520, 420), (1090, 690), (480, 620), (1120, 640), (900, 900), (700, 905), (1500, 900), (460, 940)):
        flowers(brush, x, y)
    canvas.light(0.55, 0.40, 1.35, (1.08, 1.05, 0.98), (0.80, 0.80, 0.88))  # a low warm sun
    return _surface(canvas)


def paint_open_gate() -> pygame.Surface:
    """What stands in the gateway once it is open: a road into the hills."""
    left, top, right, bottom = GATE
    canvas = Canvas((right - left, bottom - top), (0.0, 0.0, 0.0), np.random.default_rng(3))
    canvas.sky(
        [(0.0, (0.60, 0.76, 0.90)), (0.55, (0.92, 0.90, 0.78)), (0.56, (0.50, 0.62, 0.40)), (1.0, (0.62, 0.70, 0.42))]
    )
    canvas.shape([[(0.30, 0.56), (0.34, 0.56), (0.52, 1.1), (0.12, 1.1)]], (0.80, 0.70, 0.52), blur=0.01)
    canvas.glow(0.32, 0.50, 0.20, (1.0, 0.9, 0.6), 0.7)
    image = Image.fromarray(canvas.finish())
    fine = Image.new("L", (image.width * 4, image.height * 4))
    round_, pen = image.width * 4, ImageDraw.Draw(fine)
    pen.ellipse([0, 0, round_ - 1, round_ - 1], 255)
    pen.rectangle([0, round_ // 2, round_, fine.height], 255)
    image.putalpha(fine.resize(image.size, Image.Resampling.BOX))
    return pygame.image.frombuffer(image.tobytes(), image.size, "RGBA").convert_alpha()


def _surface(canvas: Canvas) -> pygame.Surface:
    pixels = canvas.finish()
    return pygame.image.frombuffer(pixels.tobytes(), (canvas.width, canvas.height), "RGB").convert()


def _meadow(brush: Brush) -> None:
    rng = brush.rng
    brush.canvas.grain(0.10, (0.5, 0.5))
    for colour, blur, count, size in (("#6d8a48", 14, 60, 60), ("#93ad62", 12, 50, 48)):
        spots = [
            blob(brush, rng.uniform(0, SIZE[0]), rng.uniform(180, SIZE[1]), size * rng.uniform(0.5, 1.6), size * 0.5)
            for _ in range(count)
        ]
        brush.shape(spots, colour, blur)
    for colour in ("#5f7d3e", "#a3ba6c", "#6f8f49"):
        tufts = []
        for _ in range(700):
            x, y, h = rng.uniform(0, SIZE[0]), rng.uniform(190, SIZE[1]), rng.uniform(4, 9)
            tufts.append([(x - 1.6, y), (x + rng.uniform(-2, 2), y - h), (x + 1.6, y)])
        brush.shape(tufts, colour, 0.4)


def _paths(brush: Brush) -> None:
    paths = [
        ((800, 205), (800, 420), 62), ((600, 560), (280, 500), 46), ((985, 540), (1280, 475), 50),
        ((650, 670), (420, 810), 42), ((800, 700), (800, 1010), 56),
    ]  # fmt: skip
    for grow, colour, blur in ((10, "#8f8a58", 6), (0, "#c2a878", 3)):
        outlines = []
        for (x0, y0), (x1, y1), width in paths:
            w = width / 2 + grow
            length = math.dist((x0, y0), (x1, y1))
            nx, ny = (y1 - y0) / length * w, -(x1 - x0) / length * w
            outlines.append([(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)])
            outlines += [blob(brush, x0, y0, w, w * 0.8), blob(brush, x1, y1, w, w * 0.8)]
        brush.shape(outlines, colour, blur)
    pebbles = []
    for (x0, y0), (x1, y1), width in paths:
        for _ in range(90):
            t, side = brush.rng.uniform(0, 1), brush.rng.uniform(-0.45, 0.45) * width
            length = math.dist((x0, y0), (x1, y1))
            x = x0 + (x1 - x0) * t + (y1 - y0) / length * side
            y = y0 + (y1 - y0) * t - (x1 - x0) / length * side
            pebbles.append(oval(x, y, brush.rng.uniform(1.5, 4), brush.rng.uniform(1.2, 2.6), 8))
    brush.shade(pebbles[::2], 0.09, 0.6)
    brush.shade(pebbles[1::2], -0.10, 0.6)


def _square(brush: Brush) -> None:
    """A round of cobbles, laid in rings about the fountain."""
    x0, y0, rx, ry = 800, 555, 268, 196
    brush.shade([oval(x0, y0 + 5, rx + 14, ry + 14)], 0.22, 5)
    brush.shape([oval(x0, y0, rx + 6, ry + 6)], "#8d8478", 1.5)
    tones: dict[int, list[Points]] = {}
    rings = 15
    for ring in range(1, rings + 1):
        outer, inner = ring / rings, (ring - 0.90) / rings
        count = max(6, int(ring * 6.6))
        turn = brush.rng.uniform(0, 1)
        for i in range(count):
            a, b = (i + turn) / count * 2 * math.pi, (i + turn + 0.91) / count * 2 * math.pi
            middle = (a + b) / 2
            outline = [
                (x0 + rx * r * math.cos(t), y0 + ry * r * math.sin(t))
                for r, t in ((inner, a), (inner, b), (outer - 0.006, b), (outer, middle), (outer - 0.006, a))
            ]
            tones.setdefault(int(brush.rng.integers(6)), []).append(outline)
    for tone, outlines in tones.items():
        colour = mix("#a99e8e", "#cfc5b2", tone / 5)
        brush.shape(outlines, colour, 0.8)
        brush.shade(
            [[(x, y + 1.6) for x, y in outline[:2]] + [outline[1], outline[0]] for outline in outlines], -0.10, 0.5
        )
    brush.canvas.grain(0.035, (0.012, 0.012))
