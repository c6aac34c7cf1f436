"""A canvas that counts in pixels of the map, and the outlines that everything there is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from expressive.links.canvas import Canvas, Colour, hex_colour

__all__ = ["Brush", "Points", "blob", "box", "colour_of", "mix", "oval"]

Points = Sequence[tuple[float, float]]


class Brush:
    """A canvas that counts in pixels."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.rng = canvas.rng
        self._unit = 1.0 / canvas.height

    def shape(self, outlines: Sequence[Points], colour: str | Colour, blur: float = 0.7) -> None:
        """Paint polygons."""
        self.canvas.shape(self._scaled(outlines), colour_of(colour), blur=blur * self._unit)

    def shade(self, outlines: Sequence[Points], amount: float, blur: float = 0.7) -> None:
        """Darken inside polygons by a share; a negative amount lightens."""
        self.canvas.shade(self._scaled(outlines), amount, blur=blur * self._unit)

    def glow(self, x: float, y: float, radius: float, colour: str | Colour, strength: float) -> None:
        """Add light around a point."""
        self.canvas.glow(x * self._unit, y * self._unit, radius * self._unit, colour_of(colour), strength)

    def _scaled(self, outlines: Sequence[Points]) -> list[list[tuple[float, float]]]:
        return [[(x * self._unit, y * self._unit) for x, y in outline] for outline in outlines]


def colour_of(colour: str | Colour) -> Colour:
    """A colour as the canvas counts it."""
    if isinstance(colour, str):
        found = hex_colour(colour)
        assert found is not None
        return found
    return colour


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """A rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def oval(x: float, y: float, rx: float, ry: float, n: int = 40) -> Points:
    """An ellipse."""
    return [(x + rx * math.cos(2 * math.pi * i / n), y + ry * math.sin(2 * math.pi * i / n)) for i in range(n)]


def blob(brush: Brush, x: float, y: float, rx: float, ry: float, *, rough: float = 0.12, n: int = 22) -> Points:
    """An ellipse with an uneven edge."""
    reach = 1 + rough * brush.rng.standard_normal(n)
    return [
        (x + rx * r * math.cos(2 * math.pi * i / n), y + ry * r * math.sin(2 * math.pi * i / n))
        for i, r in enumerate(reach)
    ]


def mix(one: str | Colour, other: str | Colour, share: float) -> Colour:
    """A colour between two."""
    a, b = colour_of(one), colour_of(other)
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))  # type: ignore[return-value]
