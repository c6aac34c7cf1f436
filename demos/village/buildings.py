"""What people have built around the square: the wall with its gate, the inn, the stalls and the healer's house."""

from __future__ import annotations

import math

from demos.village.brush import Brush, Points, blob, box, mix, oval

__all__ = ["GATE", "healers_house", "inn", "market", "wall"]

GATE = 752, 60, 848, 210
"""The gateway: left, top, right and bottom."""

Area = tuple[float, float, float, float]


def _shadow(brush: Brush, left: float, right: float, bottom: float, depth: float) -> None:
    """What something tall throws on the ground to its right and front."""
    brush.shade(
        [[
            (left + 6, bottom - 10), (right, bottom - 60), (right + depth, bottom - 30),
            (right + depth * 0.8, bottom + 14), (left + 14, bottom + 14),
        ]],
        0.34, 7,
    )  # fmt: skip


def _stones(brush: Brush, area: Area, *, height: float, spread: float) -> None:
    """Courses of stone, each a little lighter or darker."""
    left, top, right, bottom = area
    light: dict[int, list[Points]] = {}
    y = top
    while y < bottom:
        x = left - brush.rng.uniform(0, height * 1.5)
        while x < right:
            width = height * brush.rng.uniform(1.2, 2.3)
            stone = box(max(left, x + 0.8), y + 0.8, min(right, x + width - 0.8), min(bottom, y + height - 0.8))
            if stone[1][0] > stone[0][0]:
                light.setdefault(int(brush.rng.integers(5)), []).append(stone)
            x += width
        y += height
    for tone, boxes in light.items():
        brush.shade(boxes, spread * (tone - 1.4), 0.8)


def _roof(brush: Brush, area: Area, *, slope: float, colour: str) -> None:
    """A tiled roof seen from the front and a little above."""
    left, top, right, bottom = area
    ridge = [(left + slope, top), (right - slope, top), (right, bottom), (left, bottom)]
    brush.shape([ridge], colour, 0.8)
    rows = max(4, int((bottom - top) / 13))
    tones: dict[int, list[Points]] = {}
    for row in range(rows):
        y0, y1 = top + (bottom - top) * row / rows, top + (bottom - top) * (row + 1) / rows
        inset0 = slope * (1 - row / rows)
        x = left + inset0 - brush.rng.uniform(0, 10)
        while x < right - inset0:
            a, b = max(x + 0.7, left + inset0), min(x + 15.3, right - inset0)
            if b > a:
                tile = [(a, y0), (b, y0), (b, y1 - 4), ((a + b) / 2, y1 + 1), (a, y1 - 4)]
                tones.setdefault(int(brush.rng.integers(5)), []).append(tile)
            x += 16
    for tone, tiles in tones.items():
        brush.shade(tiles, -0.16 + 0.075 * tone, 0.6)
    brush.shade([box(left + slope, top, right - slope, top + 5)], -0.3, 1)
    brush.shade([[(left, bottom - 5), (right, bottom - 5), (right, bottom + 1), (left, bottom + 1)]], 0.4, 1)
    brush.shade([[(right - slope, top), (right, bottom), (right - 26, bottom), (right - slope - 20, top)]], 0.16, 5)


def _window(brush: Brush, x: float, y: float, w: float = 26, h: float = 32, *, lit: bool = True) -> None:
    brush.shape([box(x - w / 2 - 3, y - 3, x + w / 2 + 3, y + h + 3)], "#4a3728", 0.6)
    brush.shape([box(x - w / 2, y, x + w / 2, y + h)], "#f0c878" if lit else "#7d93a0", 0.6)
    if lit:
        brush.glow(x, y + h / 2, w * 0.9, "#ffb860", 0.35)
    brush.shape([box(x - 1, y, x + 1, y + h), box(x - w / 2, y + h / 2 - 1, x + w / 2, y + h / 2 + 1)], "#4a3728", 0.5)
    brush.shape([box(x - w / 2 - 6, y + h + 3, x + w / 2 + 6, y + h + 8)], "#6b5138", 0.6)


def _door(brush: Brush, x: float, bottom: float, *, w: float, h: float, colour: str) -> None:
    def arch(grow: float) -> Points:
        r = w / 2 + grow
        return [
            (x - r, bottom), (x - r, bottom - h + r),
            *((x - r * math.cos(math.pi * i / 12), bottom - h + r - r * math.sin(math.pi * i / 12)) for i in range(13)),
            (x + r, bottom),
        ]  # fmt: skip

    brush.shape([arch(5)], "#6f6558", 0.7)
    brush.shape([arch(0)], colour, 0.6)
    brush.shade(
        [box(x - w / 2 + w * i / 4, bottom - h + w / 2, x - w / 2 + w * i / 4 + 1.5, bottom) for i in (1, 2, 3)],
        0.35,
        0.5,
    )
    brush.shape([oval(x + w * 0.3, bottom - h * 0.4, 2.4, 2.4, 10)], "#d8b860", 0.4)
    brush.shape([box(x - w / 2 - 10, bottom, x + w / 2 + 10, bottom + 7)], "#a39a8a", 1)


def wall(brush: Brush) -> None:
    """The town wall, with two towers and the gate between them."""
    brush.shade([box(0, 190, 1600, 226)], 0.30, 8)
    brush.shape([box(0, -5, 1600, 196)], "#988f84", 0.8)
    _stones(brush, (0, 58, 1600, 196), height=17, spread=0.055)
    brush.shape([box(0, -5, 1600, 52)], "#b5ac9e", 0.8)
    _stones(brush, (0, 8, 1600, 52), height=22, spread=0.03)
    brush.shade([box(0, 50, 1600, 62)], 0.34, 2)
    merlons = [box(x, -5, x + 26, 24) for x in range(8, 1600, 48)]
    brush.shade(merlons, 0.42, 1.2)
    brush.shape([box(x, -5, x + 26, 16) for x in range(8, 1600, 48)], "#c3baab", 0.8)
    for left in (640, 860):
        brush.shade([box(left + 10, 180, left + 128, 240)], 0.30, 9)
        brush.shape([box(left, -5, left + 100, 214)], "#a69c8f", 0.8)
        _stones(brush, (left, 52, left + 100, 214), height=18, spread=0.06)
        brush.shade([box(left + 70, -5, left + 100, 214)], 0.16, 8)
        brush.shape([box(left - 6, -5, left + 106, 46)], "#bdb4a5", 0.8)
        brush.shade([box(left - 6, 44, left + 106, 54)], 0.36, 2)
        brush.shape([box(left + 44, 84, left + 56, 122)], "#3a332c", 0.8)
        banner = [(left + 30, 130), (left + 70, 130), (left + 70, 186), (left + 50, 172), (left + 30, 186)]
        brush.shape([banner], "#96282a", 0.7)
        brush.shade([[(x + 3, y) for x, y in banner[1:4]] + [(left + 56, 150)]], 0.2, 2)
        brush.shape([[(left + 50, 140), (left + 58, 150), (left + 50, 162), (left + 42, 150)]], "#d8bc50", 0.5)
    left, top, right, bottom = GATE
    arch = [(left, bottom), (left, top + 48)]
    arch += [(800 - 48 * math.cos(math.pi * i / 16), top + 48 - 48 * math.sin(math.pi * i / 16)) for i in range(17)]
    arch += [(right, bottom)]
    ring = [(800 + (x - 800) * 1.22, bottom + (y - bottom) * 1.09) for x, y in arch]
    brush.shape([ring], "#c0b6a6", 0.8)
    for i in range(17):
        a = math.pi * (i + 0.5) / 17
        c, s = math.cos(a), math.sin(a)
        brush.shade(
            [
                [
                    (800 - 48 * c, top + 48 - 48 * s),
                    (800 - 60 * c, top + 46 - 62 * s),
                    (800 - 60 * c + 1.6, top + 46 - 62 * s),
                ]
            ],
            0.4,
            0.6,
        )
    brush.shape([arch], "#4c3826", 0.7)
    brush.shade([box(left + 96 * i / 8, top, left + 96 * i / 8 + 2, bottom) for i in range(1, 8)], 0.45, 0.5)
    brush.shade([box(799, top, 802, bottom)], 0.7, 0.6)
    for y in (96, 140, 184):
        brush.shape([box(left + 4, y, right - 4, y + 7)], "#2f2a28", 0.6)
    brush.shape([oval(788, 150, 4, 5, 12), oval(812, 150, 4, 5, 12)], "#b9a050", 0.5)
    for x in (732, 868):
        brush.shape([box(x - 2, 118, x + 2, 142)], "#2c2119", 0.6)
        brush.glow(x, 112, 30, "#ff9a40", 0.5)
        brush.glow(x, 112, 9, "#ffd890", 0.95)


def inn(brush: Brush) -> None:
    """A timbered house with a heron on its sign."""
    _shadow(brush, 90, 450, 450, 44)
    brush.shape([box(100, 320, 440, 450)], "#e2d3b4", 0.8)
    beams = [box(x, 320, x + 9, 450) for x in (100, 184, 268, 352, 431)] + [
        box(100, 378, 440, 386),
        box(100, 441, 440, 450),
    ]
    beams += [[(109, 378), (118, 378), (184, 322), (175, 322)], [(431, 378), (422, 378), (361, 322), (370, 322)]]
    brush.shape(beams, "#5d4230", 0.7)
    brush.shade([box(100, 320, 440, 340)], 0.28, 5)
    _roof(brush, (78, 196, 462, 330), slope=44, colour="#a4523a")
    brush.shape([box(372, 176, 404, 236)], "#8d7868", 0.8)
    _stones(brush, (372, 176, 404, 236), height=10, spread=0.08)
    brush.shade([box(368, 174, 408, 182)], 0.4, 1)
    _window(brush, 146, 394)
    _window(brush, 226, 394)
    _window(brush, 226, 340, 22, 26)
    _window(brush, 310, 340, 22, 26)
    _window(brush, 394, 394)
    _door(brush, 310, 450, w=42, h=62, colour="#6e4526")
    brush.shape([box(444, 336, 500, 340), box(452, 340, 454, 350), box(488, 340, 490, 350)], "#3c2f24", 0.6)
    brush.shape([box(446, 350, 498, 386)], "#6a4a2c", 0.8)
    brush.shape([box(449, 353, 495, 383)], "#2f5a4a", 0.6)
    heron = [
        (462, 378),
        (466, 366),
        (474, 362),
        (472, 356),
        (477, 355),
        (486, 358),
        (477, 359),
        (478, 366),
        (472, 372),
        (468, 378),
    ]
    brush.shape([heron], "#e8e2d0", 0.5)
    for x, y in ((108, 474), (98, 458), (122, 462)):
        brush.shade([oval(x + 5, y + 10, 17, 8)], 0.35, 3)
        brush.shape([box(x - 13, y - 16, x + 13, y + 8), oval(x, y + 8, 13, 5)], "#8a5f38", 0.7)
        brush.shape([oval(x, y - 16, 13, 5)], "#a87c4c", 0.6)
        brush.shape([box(x - 13, y - 10, x + 13, y - 7), box(x - 13, y + 1, x + 13, y + 4)], "#4a4440", 0.5)


def market(brush: Brush) -> None:
    """Two stalls under striped awnings."""
    for left, right, one, other, goods in (
        (1130, 1270, "#c8433a", "#f2e6cf", ("#e0962a", "#b8452a", "#d9c03c", "#8a4a80")),
        (1286, 1420, "#2e7f8c", "#f2e6cf", ("#7d2a80", "#c8a23c", "#3f7d55", "#b03a5a")),
    ):
        _shadow(brush, left, right, 436, 26)
        brush.shape([box(left + 4, 320, left + 10, 436), box(right - 10, 320, right - 4, 436)], "#6b4c30", 0.6)
        brush.shape([box(left + 10, 360, right - 10, 392)], "#3d3024", 1.5)
        brush.shape([box(left, 392, right, 436)], "#8a6440", 0.7)
        brush.shade([box(left + i * 14, 396, left + i * 14 + 1.5, 436) for i in range(1, 10)], 0.3, 0.5)
        brush.shape([box(left - 3, 388, right + 3, 398)], "#a87c50", 0.7)
        n = len(goods)
        for i, colour in enumerate(goods):
            x = left + 20 + (right - left - 40) * (i + 0.5) / n
            brush.shape([[(x - 14, 388), (x - 11, 376), (x + 11, 376), (x + 14, 388)]], "#c9a878", 0.6)
            brush.shape([[(x - 11, 378), (x - 5, 370), (x + 1, 367), (x + 6, 371), (x + 11, 378)]], colour, 0.8)
            brush.shade([[(x - 7, 374), (x, 367), (x + 3, 370), (x - 3, 375)]], -0.3, 1.2)
        stripes = 8
        for i in range(stripes):
            x0, x1 = left - 12 + (right - left + 24) * i / stripes, left - 12 + (right - left + 24) * (i + 1) / stripes
            t0, t1 = left + (right - left) * i / stripes, left + (right - left) * (i + 1) / stripes
            cloth = [(t0, 296), (t1, 296), (x1, 342), ((x0 + x1) / 2, 353), (x0, 342)]
            brush.shape([cloth], one if i % 2 == 0 else other, 0.7)
        brush.shade([box(left - 12, 328, right + 12, 352)], 0.16, 7)
        brush.shade([box(left, 296, right, 303)], -0.2, 2)
    for x, y, colour in ((1452, 430, "#d9a03c"), (1482, 442, "#b8452a"), (1464, 456, "#6f8f49")):
        brush.shade([oval(x + 5, y + 8, 18, 7)], 0.35, 3)
        brush.shape([[(x - 15, y - 12), (x + 15, y - 12), (x + 12, y + 9), (x - 12, y + 9)]], "#9a7448", 0.7)
        brush.shape([oval(x, y - 12, 15, 6)], colour, 0.7)
        brush.shade([box(x - 14, y - 4, x + 14, y - 2)], 0.3, 0.6)


def healers_house(brush: Brush) -> None:
    """A whitewashed house with flowers at its windows."""
    _shadow(brush, 104, 388, 790, 40)
    brush.shape([box(112, 690, 380, 790)], "#efe9dc", 0.8)
    brush.shade([box(112, 690, 380, 708)], 0.25, 5)
    brush.shade([box(112, 766, 380, 790)], 0.10, 3)
    _stones(brush, (112, 770, 380, 790), height=10, spread=0.05)
    _roof(brush, (92, 590, 400, 702), slope=36, colour="#5f7a80")
    _window(brush, 164, 728, 28, 30)
    _window(brush, 330, 728, 28, 30)
    _door(brush, 246, 790, w=40, h=64, colour="#1f7c82")
    for x in (164, 330):
        for i in range(6):
            brush.shape([blob(brush, x - 17 + i * 7, 764 - brush.rng.uniform(0, 4), 5, 4)], "#6a8f4a", 0.7)
            brush.shape([oval(x - 17 + i * 7, 761, 2.2, 2.2, 8)], ("#d8607a", "#e8c060", "#f0f0f0")[i % 3], 0.4)
    for _ in range(26):  # ivy
        x, y = 372 - brush.rng.exponential(9), brush.rng.uniform(690, 788)
        brush.shape([blob(brush, x, y, 6, 5)], mix("#4f7a44", "#7fa05a", brush.rng.uniform()), 0.7)
