"""The village as a scene for ``expressive bench live``: one talks without a pause, three listen."""

from __future__ import annotations

from pathlib import Path

import pygame

from demos.village.game import Village, Wishes
from demos.village.screen import Screen

__all__ = ["VillageScene"]

_ROUND = ("greet", "insult", "papers", "gossip", "apologise", "compliment", "threaten", "apologise")


class VillageScene:
    """A conversation with the guard that goes on and on, with the whole village around it.

    Parameters
    ----------
    seed : int
        of all chance
    """

    def __init__(self, *, seed: int = 7) -> None:
        self._village = Village(seed=seed, live=True, save_file=Path("village-save.json"))
        self._screen = Screen(self._village)
        self.sprites = self._village.sprites
        walker = self._village.villagers.all["guard"].walker
        self._village.player.x, self._village.player.y = walker.x, walker.y + 50
        self._village.open_talk("guard")
        self._done = 0

    def step(self, dt_s: float) -> None:
        """Let time pass; whenever it is the traveller's turn, do the next thing of a round."""
        talk = self._village.talk
        assert talk is not None
        if talk.choosing:
            self._village.choose(_ROUND[self._done % len(_ROUND)])
            self._done += 1
        self._village.step(dt_s, Wishes())

    def draw(self, surface: pygame.Surface) -> None:
        """Draw everything."""
        self._screen.draw(surface)

    def close(self) -> None:
        """Let go of everything."""
        self._village.close()
