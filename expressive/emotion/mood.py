"""Mood: slow affect, with the name of its octant."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mood"]

_OCTANTS = {
    (True, True, True): "exuberant",
    (False, False, False): "bored",
    (True, True, False): "dependent",
    (False, False, True): "disdainful",
    (True, False, True): "relaxed",
    (False, True, False): "anxious",
    (True, False, False): "docile",
    (False, True, True): "hostile",
}
_EVEN = 0.05


@dataclass(frozen=True, slots=True)
class Mood:
    """A point in pleasure-arousal-dominance space, each in [-1, 1]."""

    pleasure: float
    arousal: float
    dominance: float

    @property
    def octant(self) -> str:
        """Name of the octant (Mehrabian 1996); ``even`` where no axis reaches 0.05.

        Examples
        --------
        >>> Mood(-0.4, 0.3, 0.2).octant
        'hostile'
        """
        if max(abs(self.pleasure), abs(self.arousal), abs(self.dominance)) < _EVEN:
            return "even"
        return _OCTANTS[(self.pleasure >= 0, self.arousal >= 0, self.dominance >= 0)]
