"""Ground that can be walked on, the way from here to there, and legs."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable

__all__ = ["Ground", "Walker"]

CELL = 20
Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Ground:
    """A place with things in the way.

    Parameters
    ----------
    size : tuple[int, int] [unit=px]
        width and height
    boxes : Iterable[Box]
        left, top, right and bottom of what feet cannot pass
    """

    def __init__(self, size: tuple[int, int], boxes: Iterable[Box]) -> None:
        self.columns, self.rows = size[0] // CELL, size[1] // CELL
        self._blocked = [[False] * self.columns for _ in range(self.rows)]
        for box in boxes:
            self.fill(box)

    def fill(self, box: Box, *, blocked: bool = True) -> None:
        """Block a box, or clear it."""
        left, top, right, bottom = (round(edge / CELL) for edge in box)
        for row in range(max(0, top), min(self.rows, bottom)):
            for column in range(max(0, left), min(self.columns, right)):
                self._blocked[row][column] = blocked

    def free(self, x: float, y: float) -> bool:
        """Whether one can stand there."""
        column, row = int(x // CELL), int(y // CELL)
        return 0 <= column < self.columns and 0 <= row < self.rows and not self._blocked[row][column]

    def path(self, start: Point, goal: Point) -> list[Point]:
        """A short way as points to walk to in turn (A*); empty if there is none."""
        first, last = self._nearest(start), self._nearest(goal)
        if first is None or last is None:
            return []
        came: dict[tuple[int, int], tuple[int, int] | None] = {first: None}
        cost = {first: 0.0}
        queue = [(0.0, first)]
        while queue:
            _, here = heapq.heappop(queue)
            if here == last:
                break
            for step in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
                there = here[0] + step[0], here[1] + step[1]
                corners = ((there[0], there[1]), (there[0], here[1]), (here[0], there[1]))
                if not all(self._clear(corner) for corner in corners):
                    continue
                total = cost[here] + math.hypot(*step)
                if total < cost.get(there, math.inf):
                    cost[there], came[there] = total, here
                    heapq.heappush(queue, (total + math.dist(there, last), there))
        if last not in came:
            return []
        cells = [last]
        while (before := came[cells[-1]]) is not None:
            cells.append(before)
        points = [self._centre(cell) for cell in reversed(cells)]
        return self._straightened([start, *points[1:]])[1:]

    def line_is_free(self, start: Point, end: Point) -> bool:
        """Whether one can walk straight."""
        steps = max(1, int(math.dist(start, end) / (CELL / 3)))
        return all(
            self.free(start[0] + (end[0] - start[0]) * i / steps, start[1] + (end[1] - start[1]) * i / steps)
            for i in range(steps + 1)
        )

    def _straightened(self, points: list[Point]) -> list[Point]:
        kept = points[:1]
        while kept[-1] != points[-1]:
            at = points.index(kept[-1])
            ahead = range(len(points) - 1, at, -1)
            kept.append(points[next((i for i in ahead if self.line_is_free(kept[-1], points[i])), at + 1)])
        return kept

    def _nearest(self, point: Point) -> tuple[int, int] | None:
        here = int(point[0] // CELL), int(point[1] // CELL)
        around = [(here[0] + dx, here[1] + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
        free = [cell for cell in around if self._clear(cell)]
        return min(free, key=lambda cell: math.dist(self._centre(cell), point), default=None)

    def _clear(self, cell: tuple[int, int]) -> bool:
        return 0 <= cell[0] < self.columns and 0 <= cell[1] < self.rows and not self._blocked[cell[1]][cell[0]]

    @staticmethod
    def _centre(cell: tuple[int, int]) -> Point:
        return (cell[0] + 0.5) * CELL, (cell[1] + 0.5) * CELL


class Walker:
    """Somebody on legs.

    Parameters
    ----------
    place : Point
        where the feet are
    speed : float [unit=px/s]
        how fast they walk
    """

    def __init__(self, place: Point, *, speed: float) -> None:
        self.x, self.y = float(place[0]), float(place[1])
        self.speed = speed
        self.facing = "down"
        self.stride = 0.0
        """how far they have walked; 0 while standing [unit=px]"""
        self.way: list[Point] = []

    @property
    def place(self) -> Point:
        """Where the feet are."""
        return self.x, self.y

    def far(self, other: Walker) -> float:
        """Distance to somebody [unit=px]."""
        return math.dist(self.place, other.place)

    def turn(self, dx: float, dy: float) -> None:
        """Face a direction."""
        if abs(dx) > abs(dy):
            self.facing = "right" if dx > 0 else "left"
        elif dy:
            self.facing = "down" if dy > 0 else "up"

    def push(self, dx: float, dy: float, dt_s: float, ground: Ground) -> None:
        """Walk in a direction, and slide along what is in the way."""
        length = math.hypot(dx, dy)
        if length < 0.2:
            self.stride = 0.0
            return
        step = self.speed * dt_s * min(1.0, length) / length
        before = self.place
        if ground.free(self.x + dx * step, self.y):
            self.x += dx * step
        if ground.free(self.x, self.y + dy * step):
            self.y += dy * step
        self.turn(dx, dy)
        self.stride += math.dist(before, self.place)

    def follow(self, dt_s: float) -> bool:
        """Go on along the way; returns whether one has arrived."""
        left = self.speed * dt_s
        while self.way:
            (x, y), distance = self.way[0], math.dist(self.place, self.way[0])
            self.turn(x - self.x, y - self.y)
            if distance > left:
                self.x += (x - self.x) * left / distance
                self.y += (y - self.y) * left / distance
                self.stride += left
                return False
            self.x, self.y = self.way.pop(0)
            left -= distance
        self.stride = 0.0
        return True
