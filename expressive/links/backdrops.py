"""Places to stand in front of: painted by rule, out of focus, made to sit behind a head-and-shoulders portrait.

The shipped faces are lit by a warm key from the viewer's upper left and a cool rim from the right; the places are lit
the same way, and the middle, where a head is, stays free of detail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.links.canvas import Canvas, Colour, hex_colour

__all__ = ["BACKDROPS", "backdrop"]

Outline = list[tuple[float, float]]

_SEED = 20  # the same wall every time
_MAX_PICTURE_PIXELS = 100_000_000


def _box(left: float, top: float, right: float, bottom: float) -> Outline:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _arch(centre: float, half_width: float, top: float, bottom: float = 1.1, rise: float = 1.0) -> Outline:
    """A doorway with a round or pointed head."""
    turn = [math.pi * i / 40 for i in range(41)]
    head = [(centre - half_width * math.cos(a), top + half_width * rise * (1 - math.sin(a))) for a in turn]
    return [(centre - half_width, bottom), *head, (centre + half_width, bottom)]


def _hills(canvas: Canvas, level: float, height: float, waves: float) -> Outline:
    phase = canvas.rng.random(3) * 2 * math.pi
    points: Outline = [(-0.1, 1.1)]
    for i in range(81):
        x = -0.1 + (canvas.aspect + 0.2) * i / 80
        swell = sum(math.sin(x * waves * k + phase[k - 1]) / k for k in (1, 2, 3))
        points.append((x, level - height * 0.5 * (1 + swell / 1.5)))
    return [*points, (canvas.aspect + 0.1, 1.1)]


def _masonry(canvas: Canvas, rows: int) -> None:
    """Courses of stone blocks, each a little lighter or darker than its neighbours."""
    height = 1.0 / rows
    for row in range(rows + 1):
        x = -canvas.rng.random() * height * 2
        while x < canvas.aspect:
            width = height * (1.3 + canvas.rng.random() * 1.3)
            gap = height * 0.05
            outline = _box(x + gap, row * height + gap, x + width - gap, (row + 1) * height - gap)
            tone = 0.80 + 0.42 * canvas.rng.random()
            canvas.shade([outline], 0.78 - tone, blur=0.004)
            x += width


def _gate(canvas: Canvas) -> None:
    """A town gate at dusk: evening sky through a stone arch, torches on both sides."""
    middle = canvas.aspect / 2
    wall: Colour = (0.235, 0.215, 0.205)
    canvas.sky(
        [(0.0, (0.33, 0.40, 0.53)), (0.35, (0.55, 0.54, 0.58)), (0.62, (0.86, 0.68, 0.52)), (0.8, (0.93, 0.76, 0.55))]
    )
    canvas.glow(middle - 0.25, 0.66, 0.30, (1.0, 0.80, 0.50), 0.55)
    canvas.shape([_hills(canvas, 0.78, 0.10, 3.0)], (0.46, 0.42, 0.45), blur=0.012)
    canvas.shape([_hills(canvas, 0.88, 0.12, 4.2)], (0.30, 0.28, 0.29), blur=0.010)
    opening = canvas.mask([_arch(middle, 0.50, 0.055)], blur=0.006)
    scene = canvas.pixels.copy()
    canvas.pixels[:] = wall
    stones = 1.0 - opening
    _masonry(canvas, 9)
    canvas.grain(0.22, (0.10, 0.08), stones)
    canvas.shade([_arch(middle, 0.575, -0.02)], -0.25, blur=0.004)  # the ring of the arch catches the light
    for i in range(13):
        angle = math.pi * (i + 0.5) / 13
        x0, y0 = middle - 0.50 * math.cos(angle), 0.555 - 0.50 * math.sin(angle)
        x1, y1 = middle - 0.60 * math.cos(angle), 0.555 - 0.60 * math.sin(angle)
        canvas.shade([[(x0, y0), (x1, y1), (x1 + 0.006, y1), (x0 + 0.006, y0)]], 0.35, blur=0.002)
    for x in (middle - 0.72, middle + 0.72):
        canvas.light(x, 0.34, 0.42, (2.9, 2.05, 1.30), (0.93, 0.95, 1.02))
    canvas.pixels = scene * opening[:, :, None] + canvas.pixels * stones[:, :, None]
    canvas.pixels *= 1.0 - 0.45 * (canvas.blurred(stones, 0.05) * opening)[:, :, None]  # the arch's own shadow
    canvas.soften(0.0045)
    for x in (middle - 0.72, middle + 0.72):
        canvas.shape([_box(x - 0.012, 0.38, x + 0.012, 0.56)], (0.10, 0.07, 0.05), blur=0.005)
        canvas.glow(x, 0.335, 0.20, (1.0, 0.55, 0.20), 0.40)
        canvas.glow(x, 0.335, 0.055, (1.0, 0.72, 0.35), 0.95)
        canvas.glow(x, 0.345, 0.024, (1.0, 0.95, 0.80), 1.0)
    canvas.vignette(0.42)


def _inn(canvas: Canvas) -> None:
    """A taproom in the evening: beams, a window with the last blue light, a hearth, candles out of focus."""
    middle = canvas.aspect / 2
    canvas.sky([(0.0, (0.20, 0.13, 0.085)), (0.5, (0.31, 0.20, 0.125)), (1.0, (0.17, 0.105, 0.07))])
    canvas.grain(0.18, (0.5, 0.012))
    for x in np.arange(-0.05, canvas.aspect + 0.2, 0.235):
        canvas.shade([_box(x, 0, x + 0.006, 1.1)], 0.45, blur=0.003)
    canvas.shape([_box(-0.1, -0.1, canvas.aspect + 0.1, 0.085)], (0.105, 0.066, 0.042), blur=0.006)
    for x in (middle - 0.95, middle - 0.33, middle + 0.33, middle + 0.95):
        canvas.shape([_box(x - 0.035, 0.03, x + 0.035, 0.15)], (0.085, 0.054, 0.035), blur=0.008)
    left = middle - 0.66
    canvas.shape([_box(left - 0.185, 0.185, left + 0.185, 0.625)], (0.115, 0.072, 0.045), blur=0.004)
    panes = [
        _box(left - 0.155 + 0.106 * i, 0.215 + 0.128 * k, left - 0.155 + 0.106 * i + 0.095, 0.215 + 0.128 * k + 0.117)
        for i in range(3)
        for k in range(3)
    ]
    canvas.shape(panes, (0.40, 0.50, 0.62), blur=0.003)
    canvas.glow(left, 0.52, 0.12, (0.85, 0.70, 0.55), 0.35)
    right = middle + 0.66
    for y in (0.30, 0.46):
        canvas.shape([_box(right - 0.24, y, right + 0.30, y + 0.016)], (0.10, 0.062, 0.04), blur=0.003)
        x = right - 0.22
        while x < right + 0.26:
            width, height = 0.022 + 0.02 * canvas.rng.random(), 0.055 + 0.05 * canvas.rng.random()
            hue = canvas.rng.random()
            colour = (0.20 + 0.25 * hue, 0.22 + 0.10 * (1 - hue), 0.12)
            canvas.shape([_box(x, y - height, x + width, y)], colour, blur=0.004)
            x += width + 0.012 + 0.02 * canvas.rng.random()
    canvas.light(middle - 0.1, 0.35, 0.95, (1.55, 1.38, 1.15), (0.62, 0.56, 0.50))
    canvas.soften(0.006)
    canvas.glow(right + 0.15, 0.86, 0.34, (1.0, 0.48, 0.14), 0.62)
    for x, y, radius in ((-0.30, 0.155, 0.030), (0.30, 0.150, 0.032), (-0.84, 0.71, 0.024), (0.52, 0.70, 0.020)):
        canvas.glow(middle + x, y, radius * 4.5, (1.0, 0.62, 0.25), 0.42)
        canvas.disc(middle + x, y, radius, (1.0, 0.84, 0.52), strength=0.88, soft=0.30)
    canvas.vignette(0.45)


def _night(canvas: Canvas) -> None:
    """A clear night over hills, with a moon and the lights of a village."""
    canvas.sky([(0.0, (0.035, 0.055, 0.12)), (0.45, (0.085, 0.125, 0.225)), (0.78, (0.20, 0.25, 0.36))])
    for _ in range(int(110 * canvas.aspect)):
        x, y, size = canvas.rng.random() * canvas.aspect, canvas.rng.random() ** 1.3 * 0.7, canvas.rng.random()
        canvas.glow(x, y, 0.0018 + 0.0022 * size**3, (0.85, 0.92, 1.0), (0.25 + 0.6 * size) * (1 - y))
    moon = canvas.aspect - 0.30
    canvas.glow(moon, 0.20, 0.42, (0.55, 0.66, 0.90), 0.34)
    canvas.glow(moon, 0.20, 0.13, (0.80, 0.88, 1.0), 0.40)
    canvas.disc(moon, 0.20, 0.058, (0.97, 0.97, 0.92), strength=0.95, soft=0.10)
    canvas.shape([_hills(canvas, 0.74, 0.13, 2.3)], (0.085, 0.115, 0.185), blur=0.010)
    canvas.shape([_hills(canvas, 0.86, 0.13, 3.1)], (0.050, 0.070, 0.115), blur=0.008)
    canvas.shape([_hills(canvas, 0.98, 0.12, 4.0)], (0.028, 0.040, 0.068), blur=0.006)
    for _ in range(int(9 * canvas.aspect)):
        x, y = canvas.rng.random() * canvas.aspect, 0.76 + 0.12 * canvas.rng.random()
        radius = 0.008 + 0.008 * canvas.rng.random()
        canvas.glow(x, y, radius * 4, (1.0, 0.60, 0.25), 0.22)
        canvas.disc(x, y, radius, (1.0, 0.80, 0.45), strength=0.75, soft=0.5)
    canvas.soften(0.0015)
    canvas.vignette(0.30)


def _studio(canvas: Canvas) -> None:
    """A plain cloth with a soft light on it, as for a portrait photograph."""
    canvas.pixels[:] = (0.36, 0.385, 0.42)
    canvas.grain(0.05, (0.5, 0.4))
    canvas.light(canvas.aspect / 2 - 0.10, 0.40, 0.62, (1.62, 1.58, 1.52), (0.50, 0.52, 0.56))
    canvas.vignette(0.25)


def _road(canvas: Canvas) -> None:
    """A country road at dusk where a car has been stopped: tail lights, a patrol car's red and blue far behind."""
    middle = canvas.aspect / 2
    canvas.sky(
        [(0.0, (0.16, 0.20, 0.33)), (0.28, (0.36, 0.36, 0.47)), (0.48, (0.78, 0.56, 0.46)), (0.60, (0.96, 0.73, 0.47))]
    )
    canvas.glow(middle + 0.34, 0.60, 0.34, (1.0, 0.72, 0.40), 0.60)
    for level, tone in ((0.30, 0.05), (0.38, 0.04)):
        canvas.shade([[*_hills(canvas, level, 0.05, 5.0)[1:-1], (canvas.aspect, 0.34), (0, 0.34)]], -tone, blur=0.03)
    canvas.shape([_hills(canvas, 0.60, 0.07, 2.4)], (0.30, 0.27, 0.33), blur=0.008)
    canvas.shape([_box(-0.1, 0.60, canvas.aspect + 0.1, 1.1)], (0.135, 0.125, 0.12), blur=0.006)
    trees = [
        [(x - w, 0.63), (x - w * 0.8, 0.60 - h), (x, 0.58 - h * 1.25), (x + w * 0.8, 0.60 - h), (x + w, 0.63)]
        for x, w, h in ((0.10, 0.12, 0.20), (0.30, 0.07, 0.10), (canvas.aspect - 0.14, 0.13, 0.24))
    ]
    canvas.shape(trees, (0.085, 0.080, 0.095), blur=0.014)
    vanish = (middle + 0.10, 0.605)
    canvas.shape([[(middle - 0.85, 1.1), vanish, (middle + 1.15, 1.1)]], (0.205, 0.195, 0.20), blur=0.006)
    for i in range(6):
        near, far = 0.50 * 0.62**i, 0.50 * 0.62**i * 0.80
        x0, x1 = vanish[0] + 0.10 * near, vanish[0] + 0.10 * far
        w0, w1 = 0.030 * near, 0.030 * far
        line = [(x0 - w0, vanish[1] + near), (x1 - w1, vanish[1] + far), (x1 + w1, vanish[1] + far)]
        canvas.shape([[*line, (x0 + w0, vanish[1] + near)]], (0.62, 0.55, 0.40), blur=0.004)
    canvas.light(middle, 0.55, 1.0, (1.1, 1.06, 1.0), (0.75, 0.78, 0.90))
    canvas.soften(0.006)
    for x, y, radius, colour in (
        (-0.70, 0.66, 0.048, (1.0, 0.16, 0.12)),
        (-0.58, 0.655, 0.044, (0.22, 0.36, 1.0)),
        (0.58, 0.70, 0.030, (1.0, 0.22, 0.12)),
        (0.74, 0.70, 0.032, (1.0, 0.22, 0.12)),
        (0.40, 0.635, 0.016, (1.0, 0.90, 0.68)),
        (0.46, 0.635, 0.016, (1.0, 0.90, 0.68)),
    ):
        canvas.glow(middle + x, y, radius * 3.6, colour, 0.40)
        canvas.disc(middle + x, y, radius, colour, strength=0.70, soft=0.25)
    canvas.vignette(0.40)


def _library(canvas: Canvas) -> None:
    """Bookshelves by lamplight."""
    middle = canvas.aspect / 2
    canvas.pixels[:] = (0.115, 0.075, 0.050)
    inks: tuple[Colour, ...] = (
        (0.42, 0.16, 0.11), (0.20, 0.27, 0.20), (0.18, 0.22, 0.34), (0.46, 0.34, 0.18), (0.30, 0.19, 0.12),
        (0.52, 0.44, 0.30), (0.26, 0.13, 0.16),
    )  # fmt: skip
    rows, step = 5, 0.215
    for row in range(rows):
        floor = 0.035 + step * (row + 1)
        x = -0.02
        while x < canvas.aspect + 0.05:
            width, height = 0.018 + 0.026 * canvas.rng.random(), step * (0.62 + 0.22 * canvas.rng.random())
            if canvas.rng.random() < 0.06:
                x += 0.05  # a gap where a book is out
                continue
            colour = np.array(inks[int(canvas.rng.integers(len(inks)))]) * (0.75 + 0.5 * canvas.rng.random())
            red, green, blue = (float(c) for c in colour)
            canvas.shape([_box(x, floor - height, x + width - 0.003, floor)], (red, green, blue))
            x += width
        canvas.shape([_box(-0.1, floor, canvas.aspect + 0.1, floor + 0.022)], (0.165, 0.105, 0.066))
    for x in (middle - 0.80, middle + 0.80):
        canvas.shape([_box(x - 0.022, -0.1, x + 0.022, 1.1)], (0.145, 0.092, 0.058))
    canvas.light(middle - 0.45, 0.30, 0.80, (1.75, 1.50, 1.15), (0.42, 0.40, 0.44))
    canvas.soften(0.0105)
    canvas.glow(middle - 0.62, 0.34, 0.32, (1.0, 0.66, 0.30), 0.50)
    canvas.disc(middle - 0.62, 0.34, 0.050, (1.0, 0.86, 0.58), strength=0.92, soft=0.45)
    canvas.vignette(0.42)


def _cloister(canvas: Canvas) -> None:
    """A garden in morning light, seen between the columns of a cloister."""
    middle = canvas.aspect / 2
    canvas.sky([(0.0, (0.80, 0.86, 0.88)), (0.40, (0.90, 0.92, 0.86)), (0.62, (0.74, 0.80, 0.64))])
    canvas.shape([_hills(canvas, 0.52, 0.16, 4.0)], (0.56, 0.66, 0.52), blur=0.03)
    canvas.shape([_hills(canvas, 0.66, 0.14, 6.0)], (0.42, 0.53, 0.36), blur=0.022)
    canvas.shape([_box(-0.1, 0.74, canvas.aspect + 0.1, 1.1)], (0.52, 0.58, 0.38), blur=0.02)
    for _ in range(int(60 * canvas.aspect)):
        x, y = canvas.rng.random() * canvas.aspect, 0.45 + 0.30 * canvas.rng.random()
        canvas.disc(x, y, 0.012 + 0.02 * canvas.rng.random(), (0.95, 1.0, 0.75), strength=0.10, soft=0.4)
    canvas.glow(middle - 0.55, 0.12, 0.60, (1.0, 0.95, 0.80), 0.55)
    stone: Colour = (0.60, 0.575, 0.53)
    solid = canvas.mask([_box(-0.1, -0.1, canvas.aspect + 0.1, 1.1)])
    for x in np.arange(middle - 1.56, middle + 1.6, 0.78):
        solid = np.minimum(solid, 1.0 - canvas.mask([_arch(float(x), 0.335, 0.06, rise=1.0)], blur=0.004))
    canvas.paint(solid, stone)
    canvas.grain(0.10, (0.09, 0.12), solid)
    shadow = canvas.blurred(solid, 0.02) * solid
    canvas.pixels *= (1.0 - 0.30 * solid * shadow)[:, :, None]
    for x in np.arange(middle - 1.17, middle + 1.2, 0.78):
        canvas.shade([_box(float(x) + 0.005, 0.40, float(x) + 0.06, 1.1)], 0.30, blur=0.018)
        canvas.shade([_box(float(x) - 0.06, 0.395, float(x) + 0.06, 0.412)], 0.30, blur=0.003)
    canvas.shape([_box(-0.1, 0.86, canvas.aspect + 0.1, 1.1)], (0.46, 0.44, 0.405), blur=0.005)
    canvas.soften(0.006)
    canvas.vignette(0.30)


def _market(canvas: Canvas) -> None:
    """Striped awnings and heaped stalls in the sun."""
    middle = canvas.aspect / 2
    canvas.sky([(0.0, (0.56, 0.71, 0.86)), (0.45, (0.84, 0.86, 0.84)), (0.7, (0.80, 0.72, 0.58))])
    for x, width, top, colour in (
        (-0.92, 0.50, 0.16, (0.80, 0.69, 0.54)),
        (-0.40, 0.42, 0.22, (0.72, 0.55, 0.42)),
        (0.34, 0.46, 0.14, (0.83, 0.75, 0.62)),
        (0.82, 0.50, 0.20, (0.70, 0.56, 0.46)),
    ):
        canvas.shape([_box(middle + x - width / 2, top, middle + x + width / 2, 1.1)], colour, blur=0.004)
        for k in range(3):
            x0, y0 = middle + x - width / 2 + 0.07 + k * 0.13, top + 0.07
            canvas.shape([_arch(x0 + 0.025, 0.026, y0, y0 + 0.10)], (0.36, 0.30, 0.28), blur=0.003)
    canvas.shape([_box(-0.1, 0.80, canvas.aspect + 0.1, 1.1)], (0.60, 0.50, 0.38), blur=0.01)
    for x, stripe in ((-0.64, (0.76, 0.20, 0.17)), (0.66, (0.13, 0.43, 0.50))):
        left = middle + x - 0.36
        for k in range(9):
            colour = stripe if k % 2 == 0 else (0.93, 0.89, 0.80)
            x0 = left + 0.08 * k
            slope = [(x0 + 0.04, 0.33), (x0 + 0.10, 0.33), (x0 + 0.08, 0.50), (x0, 0.50)]
            canvas.shape([slope, _arch(x0 + 0.04, 0.04, 0.50, 0.50, rise=-0.6)], colour, blur=0.002)
        canvas.shade([_box(left, 0.52, left + 0.72, 0.80)], 0.55, blur=0.02)
        for _ in range(60):
            fruit = (0.85, 0.30 + 0.45 * canvas.rng.random(), 0.14)
            cx, cy = left + 0.72 * canvas.rng.random(), 0.72 + 0.07 * canvas.rng.random()
            canvas.disc(cx, cy, 0.020, fruit, strength=0.75, soft=0.4)
        canvas.shape([_box(left, 0.785, left + 0.72, 0.86)], (0.34, 0.22, 0.14), blur=0.004)
    canvas.light(middle - 0.5, 0.0, 1.35, (1.12, 1.08, 0.98), (0.80, 0.82, 0.88))
    canvas.soften(0.010)
    canvas.vignette(0.32)


def _sickroom(canvas: Canvas) -> None:
    """A healer's whitewashed room: daylight from a window, herbs hung to dry, jars on a board."""
    middle = canvas.aspect / 2
    canvas.pixels[:] = (0.70, 0.66, 0.59)
    canvas.grain(0.07, (0.22, 0.20))
    left = middle - 0.68
    canvas.shape([_arch(left, 0.19, 0.13, 0.66)], (0.56, 0.52, 0.46), blur=0.006)
    canvas.shape([_arch(left, 0.155, 0.165, 0.63)], (0.93, 0.95, 0.92), blur=0.004)
    canvas.shape([_box(left - 0.006, 0.15, left + 0.006, 0.64)], (0.50, 0.45, 0.38), blur=0.003)
    canvas.shape([_box(left - 0.16, 0.385, left + 0.16, 0.397)], (0.50, 0.45, 0.38), blur=0.003)
    canvas.shape([_box(-0.1, 0.045, canvas.aspect + 0.1, 0.075)], (0.36, 0.26, 0.18), blur=0.004)
    for x in np.arange(middle + 0.30, canvas.aspect + 0.1, 0.115):
        length, lean = 0.15 + 0.09 * canvas.rng.random(), 0.02 * (canvas.rng.random() - 0.5)
        tone = canvas.rng.random()
        colour = (0.36 + 0.18 * tone, 0.42 + 0.02 * tone, 0.26 + 0.10 * tone)
        bunch = [
            (x, 0.07),
            (x + 0.042 + lean, 0.07 + length),
            (x + lean, 0.085 + length),
            (x - 0.042 + lean, 0.07 + length),
        ]
        canvas.shape([bunch], colour, blur=0.010)
    right = middle + 0.70
    canvas.shape([_box(right - 0.27, 0.56, right + 0.40, 0.578)], (0.38, 0.27, 0.18), blur=0.003)
    x = right - 0.25
    while x < right + 0.30:
        width, height = 0.045 + 0.02 * canvas.rng.random(), 0.07 + 0.05 * canvas.rng.random()
        tone = canvas.rng.random()
        colour = (0.50 + 0.16 * tone, 0.36 + 0.12 * tone, 0.26 + 0.16 * (1 - tone))
        canvas.shape([_box(x, 0.56 - height, x + width, 0.56)], colour, blur=0.005)
        x += width + 0.02
    canvas.light(left + 0.1, 0.30, 0.95, (1.14, 1.12, 1.05), (0.66, 0.64, 0.64))
    canvas.soften(0.0085)
    canvas.glow(left, 0.36, 0.40, (1.0, 0.97, 0.88), 0.40)
    canvas.vignette(0.34)


BACKDROPS: Mapping[str, Callable[[Canvas], None]] = MappingProxyType(
    {
        "cloister": _cloister,
        "gate": _gate,
        "inn": _inn,
        "library": _library,
        "market": _market,
        "night": _night,
        "road": _road,
        "sickroom": _sickroom,
        "studio": _studio,
    }
)
"""Painted places by name."""


def backdrop(name: str | Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Paint or load a background.

    Parameters
    ----------
    name : str | Path
        one of :data:`BACKDROPS`, ``plain:#rrggbb``, or the path of a picture, which is cut to fill the size
    size : tuple[int, int] [unit=px]
        width and height

    Returns
    -------
    np.ndarray [shape=(height, width, 3), dtype=uint8]
        RGB; the same for the same arguments

    Raises
    ------
    UnknownNameError
        If there is neither such a place nor such a file.
    ParameterError
        If the colour or the picture cannot be read.

    Examples
    --------
    >>> backdrop("plain:#204060", (4, 2))[0, 0].tolist()
    [32, 64, 96]
    """
    text = str(name)
    if text in BACKDROPS:
        canvas = Canvas(size, (0.0, 0.0, 0.0), np.random.default_rng(_SEED))
        BACKDROPS[text](canvas)
        return canvas.finish()
    if text.startswith("plain:"):
        colour = hex_colour(text.removeprefix("plain:"))
        if colour is None:
            raise ParameterError(f"background {text!r} must name a colour as plain:#rrggbb")
        return np.full((size[1], size[0], 3), [round(255 * c) for c in colour], np.uint8)
    if Path(text).is_file():
        return _load(text, size)
    raise UnknownNameError("background", text, [*BACKDROPS, "plain:#rrggbb", "a picture's path"])


def _load(path: str, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PICTURE_PIXELS:
                raise ParameterError(f"{path} has {image.width}x{image.height} pixels; scale it down to 100 million")
            image.draft("RGB", size)
            upright = ImageOps.exif_transpose(image).convert("RGB")
            return np.asarray(ImageOps.fit(upright, size, Image.Resampling.LANCZOS))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(f"{path} cannot be read as a picture; use PNG, JPEG or WebP") from error
