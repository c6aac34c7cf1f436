"""What grows and flows: garden, pond, fountain, trees, flowers; and the lamps between them."""

from __future__ import annotations

import math

import numpy as np

from demos.village.brush import Brush, blob, box, mix, oval

__all__ = ["flowers", "fountain", "garden", "lamp", "pond", "tree"]


def garden(brush: Brush) -> None:
    """Rows of herbs behind a fence."""
    brush.shape([box(110, 812, 320, 922)], "#7a5c40", 3)
    for row, colour in enumerate(("#6a9a54", "#86a85e", "#5c8a6a", "#9aa860")):
        y = 826 + row * 26
        brush.shade([box(116, y + 4, 314, y + 12)], 0.25, 3)
        for i in range(15):
            x = 122 + i * 13.2
            brush.shape([blob(brush, x, y, 7, 6, rough=0.2)], mix(colour, "#c8d890", brush.rng.uniform(0, 0.35)), 0.8)
            if (i + row) % 3 == 0:
                brush.shape([oval(x, y - 3, 2.3, 2.3, 8)], ("#b890d8", "#f0e8a0", "#f0a0b0", "#ffffff")[row], 0.4)
    posts = [box(x, 796, x + 5, 818) for x in range(102, 330, 22)] + [
        box(x, 912, x + 5, 934) for x in range(102, 330, 22)
    ]
    rails = [box(102, 802, 330, 806), box(102, 918, 330, 922), box(102, 802, 107, 934), box(326, 802, 331, 934)]
    brush.shape([*rails, *posts], "#9a7c58", 0.6)


def pond(brush: Brush) -> None:
    """A pond with reeds and lilies."""
    bank = [
        (1330 + 156 * r * math.cos(a), 785 + 98 * r * math.sin(a))
        for a in np.linspace(0, 2 * math.pi, 90)
        for r in [1 + 0.05 * math.sin(2 * a + 1) + 0.035 * math.sin(5 * a)]
    ]
    brush.shape([[(1330 + (x - 1330) * 1.06, 786 + (y - 786) * 1.08) for x, y in bank]], "#a8a070", 4)
    brush.shape([bank], "#4f8496", 2)
    brush.shape([[(1330 + (x - 1330) * 0.8, 780 + (y - 780) * 0.72) for x, y in bank]], "#5f9aa8", 12)
    brush.glow(1290, 745, 60, "#cfe8ea", 0.25)
    for _ in range(14):
        x, y = brush.rng.uniform(1220, 1440), brush.rng.uniform(730, 840)
        brush.shade([oval(x, y, brush.rng.uniform(10, 26), 1.4, 14)], -0.18, 0.8)
    for x, y in ((1240, 830), (1262, 842), (1420, 752), (1404, 838)):
        brush.shape([oval(x, y, 12, 7, 18)], "#5f8f4c", 0.7)
        brush.shape([oval(x + 2, y - 2, 3.4, 3, 10)], "#f0c8d8", 0.5)
    for _ in range(40):
        side = brush.rng.choice([-1.0, 1.0])
        x, y = 1330 + side * brush.rng.uniform(120, 158), brush.rng.uniform(740, 830)
        h = brush.rng.uniform(16, 34)
        brush.shape([[(x - 1.4, y), (x + brush.rng.uniform(-4, 4), y - h), (x + 1.4, y)]], "#5c7c3c", 0.5)


def fountain(brush: Brush) -> None:
    """A round basin with a bowl on a pillar."""
    brush.shade([oval(812, 566, 92, 52)], 0.35, 9)
    brush.shape([oval(800, 558, 84, 46), oval(800, 540, 84, 46)], "#8f867a", 0.8)
    brush.shape([oval(800, 536, 84, 46)], "#c9c0b0", 0.8)
    brush.shape([oval(800, 538, 70, 37)], "#3f7486", 0.8)
    brush.shape([oval(796, 534, 56, 27)], "#5f9cae", 6)
    for i in range(20):
        a = 2 * math.pi * i / 20
        brush.shade(
            [
                [
                    (800 + 70 * math.cos(a), 537 + 37 * math.sin(a)),
                    (800 + 84 * math.cos(a), 536 + 46 * math.sin(a)),
                    (800 + 84 * math.cos(a) + 1.6, 536 + 46 * math.sin(a)),
                ]
            ],
            0.3,
            0.6,
        )
    brush.shape([[(790, 540), (793, 494), (807, 494), (810, 540)]], "#b5ac9e", 0.8)
    brush.shade([[(802, 540), (802, 494), (807, 494), (810, 540)]], 0.2, 1.5)
    brush.shape([oval(800, 494, 30, 12)], "#c9c0b0", 0.8)
    brush.shape([oval(800, 492, 24, 8)], "#6fa8b8", 0.8)
    brush.shape([[(796, 492), (798, 470), (802, 470), (804, 492)], oval(800, 468, 6, 6, 14)], "#b5ac9e", 0.7)


def tree(brush: Brush, x: float, y: float, size: float) -> None:
    """A crown of leaves, lit from the upper left; the foot of the trunk is at (x, y)."""
    brush.shade([oval(x + size * 0.55, y - 2, size * 1.15, size * 0.42)], 0.36, size * 0.16)
    brush.shape(
        [[(x - size * 0.12, y), (x - size * 0.08, y - size), (x + size * 0.08, y - size), (x + size * 0.14, y)]],
        "#5f4630",
        0.8,
    )
    cy = y - size * 1.15
    brush.shape([blob(brush, x, cy + size * 0.1, size * 0.95, size * 0.82, rough=0.05)], "#3f5f34", 2)
    for step, (colour, count) in enumerate((("#4a6c3a", 40), ("#5f8546", 40), ("#7da055", 30), ("#a0bc6c", 16))):
        leaves = []
        for _ in range(count):
            a, r = brush.rng.uniform(0, 2 * math.pi), math.sqrt(brush.rng.uniform(0, 1)) * (0.92 - 0.16 * step)
            lx = x + size * r * math.cos(a) - size * 0.09 * step
            ly = cy + size * 0.8 * r * math.sin(a) - size * 0.08 * step
            leaves.append(blob(brush, lx, ly, size * 0.17, size * 0.14, rough=0.2, n=10))
        brush.shape(leaves, colour, 0.9)


def lamp(brush: Brush, x: float, y: float) -> None:
    """A street lamp; its foot is at (x, y)."""
    brush.shade([oval(x + 6, y, 12, 4)], 0.35, 2)
    brush.shape([box(x - 2, y - 52, x + 2, y), box(x - 5, y - 4, x + 5, y + 1)], "#2f2c2a", 0.6)
    brush.shape([[(x - 7, y - 70), (x + 7, y - 70), (x + 5, y - 52), (x - 5, y - 52)]], "#f0d490", 0.6)
    brush.shape([[(x - 9, y - 70), (x, y - 78), (x + 9, y - 70)]], "#2f2c2a", 0.6)
    brush.glow(x, y - 60, 20, "#ffc870", 0.45)


def flowers(brush: Brush, x: float, y: float) -> None:
    """A handful of flowers."""
    for _ in range(16):
        fx, fy = x + brush.rng.normal(0, 16), y + brush.rng.normal(0, 8)
        brush.shape([[(fx - 1, fy + 6), (fx, fy), (fx + 1, fy + 6)]], "#56783c", 0.4)
        brush.shape(
            [oval(fx, fy, 2.6, 2.4, 8)], ("#e8607a", "#f4d860", "#ffffff", "#a078d0")[int(brush.rng.integers(4))], 0.4
        )
