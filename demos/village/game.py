"""The game: a traveller walks about the village, talks, and is remembered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demos.village.buildings import GATE
from demos.village.ground import OBSTACLES, SIZE
from demos.village.society import Society, read_save
from demos.village.story import PLAYER, Story, load_story
from demos.village.talk import Talk
from demos.village.villager import Villagers
from demos.village.walking import Ground, Walker
from expressive.core.errors import ParameterError
from expressive.links.pygame import CharacterSprite, MixerVoice, advance

__all__ = ["Village", "Wishes"]

PORTRAIT_PX = 288
REACH_PX = 92.0
"""How near one must be to talk to somebody."""
SIGHT_PX = 430.0
"""How far villagers see what the traveller does."""
HEARING_PX = 620.0
_TOAST_S = 4.0


@dataclass
class Wishes:
    """What the player wants in this frame."""

    dx: float = 0.0
    dy: float = 0.0
    act: bool = False
    back: bool = False
    move: int = 0
    """up (-1) or down (1) in a list"""
    pick: int | None = None
    """an entry of the list by its number"""
    save: bool = False
    load: bool = False


class Village:
    """The whole game but for its pictures and its keys.

    Parameters
    ----------
    seed : int
        of all chance
    live : bool
        whether it is played in real time, with sound; False is repeatable and silent
    save_file : Path
        where the game is saved
    story : Story | None
        the village as data; None is the one that comes with it
    """

    def __init__(self, *, seed: int, live: bool, save_file: Path, story: Story | None = None) -> None:
        self.story = story or load_story()
        self.society = Society(self.story, seed=seed, live=live)
        self.save_file = save_file
        self.ground = Ground(SIZE, OBSTACLES)
        self.player = Walker(self.story.traveller.start, speed=210.0)
        self.player.facing = "up"
        self.villagers = Villagers(self.society, self.ground)
        self.talk: Talk | None = None
        self.ended = False
        self.time_s = 0.0
        self.toast, self._toast_s = "", 0.0
        self.sprites = {
            name: CharacterSprite(
                actor,
                size=PORTRAIT_PX,
                threaded=live,
                fps=30.0 if live else 1.0,
                voice=MixerVoice(actor, silent=not live),
                drives=False,
            )
            for name, actor in self.society.world.actors.items()
        }

    @property
    def near(self) -> str | None:
        """Who could be talked to."""
        walkers = {name: villager.walker for name, villager in self.villagers.all.items()}
        name = min(walkers, key=lambda name: walkers[name].far(self.player))
        return name if walkers[name].far(self.player) < REACH_PX else None

    def step(self, dt_s: float, wishes: Wishes) -> None:
        """Let time pass."""
        self.time_s += dt_s
        self._toast_s -= dt_s
        if self._toast_s <= 0:
            self.toast = ""
        if wishes.save or wishes.load:
            self._save_or_load(wishes)
        if not self.ended:
            self._play(dt_s, wishes)
        voices = [sprite.voice for sprite in self.sprites.values()]
        advance(self.society.world.update, voices, dt_s)
        self._place_voices()
        for name, sprite in self.sprites.items():
            sprite.attended = name == (self.talk.who if self.talk else self.near)
            sprite.update(dt_s)

    def open_talk(self, name: str) -> None:
        """Turn to somebody and begin to talk."""
        walker = self.villagers.all[name].walker
        self.player.turn(walker.x - self.player.x, walker.y - self.player.y)
        walker.turn(self.player.x - walker.x, self.player.y - walker.y)
        walker.way, self.player.stride = [], 0.0
        self.villagers.all[name].visiting = None
        self.talk = Talk(self.society, name)

    def witnesses(self) -> list[str]:
        """Who sees what the traveller does, beside the one it is done to."""
        return [
            name
            for name, villager in self.villagers.all.items()
            if villager.walker.far(self.player) < SIGHT_PX and (self.talk is None or name != self.talk.who)
        ]

    def choose(self, name: str) -> None:
        """Do something in the conversation."""
        if self.talk is not None and self.talk.choosing:
            self.talk.choose(name, seen_by=self.witnesses())
            self._open_gate()

    def say_so(self, text: str) -> None:
        """Tell the player something in a corner of the screen."""
        self.toast, self._toast_s = text, _TOAST_S

    def snapshot(self) -> dict[str, Any]:
        """The whole game as plain JSON types."""
        places = {name: villager.walker for name, villager in self.villagers.all.items()} | {PLAYER: self.player}
        return {
            "format": "expressive-village",
            "version": 1,
            "time_s": self.time_s,
            "society": self.society.snapshot(),
            "places": {name: [walker.x, walker.y, walker.facing] for name, walker in places.items()},
            "rest_s": {name: villager.rest_s for name, villager in self.villagers.all.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a snapshot: nobody is talking then. One that is damaged changes nothing."""
        before = self.snapshot()
        try:
            self._take_up(state)
        except (ParameterError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            self._take_up(before)
            raise ParameterError(f"the saved game is damaged ({type(error).__name__}: {error}); save again") from error

    def close(self) -> None:
        """Let go of everything."""
        self.society.world.close()

    # ---- inside --------------------------------------------------------------------------------------------------

    def _take_up(self, state: dict[str, Any]) -> None:
        self.society.restore(state["society"])
        for name, villager in self.villagers.all.items():
            villager.rest_s, villager.visiting = float(state["rest_s"][name]), None
            _put(villager.walker, state["places"][name])
        _put(self.player, state["places"][PLAYER])
        self.time_s = float(state["time_s"])
        self.talk, self.ended = None, False
        self.villagers.chats.clear()
        self._open_gate()

    def _play(self, dt_s: float, wishes: Wishes) -> None:
        talk = self.talk
        if talk is None:
            if self.player.way:
                self.player.follow(dt_s)
            else:
                self.player.push(wishes.dx, wishes.dy, dt_s, self.ground)
            near = self.near
            if wishes.act and near is not None:
                if self.villagers.busy(near):
                    self.say_so(f"{self.story.people[near].name} is talking.")
                else:
                    self.open_talk(near)
            self.ended = self.society.gate_open and self.player.y < GATE[3] - 30 and GATE[0] < self.player.x < GATE[2]
        else:
            self._converse(talk, wishes)
            talk.step(dt_s)
            if talk.over:
                self.talk = None
        occupied = self.talk.who if self.talk else None
        self.villagers.step(dt_s, occupied=occupied, aloud=self.talk is None)

    def _converse(self, talk: Talk, wishes: Wishes) -> None:
        names = list(talk.choices)
        if not talk.choosing:
            if wishes.act:
                talk.hurry()
        elif wishes.back:
            self.choose("leave")
        elif wishes.pick is not None and wishes.pick < len(names):
            talk.cursor = wishes.pick
            self.choose(names[wishes.pick])
        elif wishes.move:
            talk.move(wishes.move)
        elif wishes.act:
            self.choose(names[talk.cursor])

    def _open_gate(self) -> None:
        self.ground.fill((GATE[0], 0, GATE[2], GATE[3]), blocked=not self.society.gate_open)

    def _save_or_load(self, wishes: Wishes) -> None:
        try:
            if wishes.save:
                self.save_file.write_text(json.dumps(self.snapshot()), encoding="utf-8")
                self.say_so(f"Saved to {self.save_file.name}.")
            else:
                self.restore(read_save(self.save_file))
                self.say_so("Loaded. They remember.")
        except ParameterError as error:
            self.say_so(str(error))
        except OSError as error:
            self.say_so(f"{self.save_file.name} cannot be written: {error.strerror}")

    def _place_voices(self) -> None:
        """Let voices come from where people stand; whoever is talked to is near."""
        for name, sprite in self.sprites.items():
            walker = self.villagers.all[name].walker
            far = 0.0 if self.talk and self.talk.who == name else walker.far(self.player) / HEARING_PX
            sprite.voice.volume = max(0.0, 1.0 - far) ** 1.5
            sprite.voice.pan = 0.0 if far == 0.0 else max(-0.8, min(0.8, (walker.x - self.player.x) / HEARING_PX))


def _put(walker: Walker, place: list[Any]) -> None:
    walker.x, walker.y, walker.facing = float(place[0]), float(place[1]), str(place[2])
    walker.way, walker.stride = [], 0.0
