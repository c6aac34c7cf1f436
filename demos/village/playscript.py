"""Plays the game by script, for those who want to see the same thing twice.

``walk guard; insult; insult; leave; walk healer; herbs; shot healer.png; wait gossip; save; load``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from demos.village.game import REACH_PX, Village, Wishes
from expressive.core.errors import ParameterError, UnknownNameError

__all__ = ["play"]

_PATIENCE_S = 90.0


def play(village: Village, script: str, *, shot: Callable[[str], None]) -> Iterator[Wishes]:
    """Play a script; yields the player's wishes for each frame until it is over.

    Parameters
    ----------
    village : Village
        the game; whoever iterates calls its ``step``
    script : str
        commands with ``;`` between them: ``walk NAME``, ``go X Y``, an action's name,
        ``answer`` (waits until one has begun), ``wait SECONDS``, ``wait gossip``, ``save``, ``load``, ``shot FILE``
    shot : Callable[[str], None]
        saves a picture of the screen

    Raises
    ------
    ParameterError
        If a command is not known or cannot be done.
    """
    for command in filter(None, (part.strip() for part in script.split(";"))):
        word, _, rest = command.partition(" ")
        steps = _steps(village, word, rest.strip(), shot)
        begin = village.time_s
        for wishes in steps:
            if village.time_s - begin > _PATIENCE_S:
                raise ParameterError(f"{command!r} has not come about within {_PATIENCE_S:g} s")
            yield wishes
            if wishes.load:
                begin = village.time_s


def _steps(village: Village, word: str, rest: str, shot: Callable[[str], None]) -> Iterator[Wishes]:
    if word == "walk":
        if rest not in village.villagers.all:
            raise UnknownNameError("villager", rest, village.villagers.all)
        yield from _walk(village, rest)
    elif word == "go":
        try:
            x, y = (float(number) for number in rest.split())
        except ValueError:
            raise ParameterError(f"go {rest}: must be two numbers, a place on the map in pixels") from None
        village.talk = None
        village.player.way = village.ground.path(village.player.place, (x, y))
        while village.player.way and not village.ended:
            yield Wishes()
    elif word == "wait" and rest == "gossip":
        while not any(chat.deed is not None for chat in village.villagers.chats):
            yield Wishes()
    elif word == "wait":
        try:
            until = village.time_s + float(rest)
        except ValueError:
            raise ParameterError(f"wait {rest}: must be seconds, or 'gossip'") from None
        while village.time_s < until - 1e-9:
            yield Wishes()
    elif word == "answer":
        talk = village.talk
        while talk is not None and not (talk.answer and talk.answer.spoken_s > 0.8):
            yield Wishes()
    elif word in ("save", "load"):
        yield Wishes(save=word == "save", load=word == "load")
    elif word == "shot":
        shot(rest)
    else:
        yield from _act(village, word)


def _walk(village: Village, name: str) -> Iterator[Wishes]:
    walker = village.villagers.all[name].walker
    if village.talk is not None:
        village.talk = None
    while walker.far(village.player) > REACH_PX * 0.7 or village.villagers.busy(name):
        if walker.far(village.player) <= REACH_PX * 0.7:
            village.player.way, village.player.stride = [], 0.0
        elif not village.player.way:
            village.player.way = village.ground.path(village.player.place, walker.place)[:2]
        yield Wishes()
    village.player.way = []
    village.open_talk(name)
    yield Wishes()


def _act(village: Village, name: str) -> Iterator[Wishes]:
    talk = village.talk
    if talk is None:
        raise ParameterError(f"{name!r}: there is nobody to do it to; walk to somebody first")
    if name not in village.story.actions_for(talk.who):
        raise UnknownNameError("action", name, village.story.actions_for(talk.who))
    while not talk.choosing:
        yield Wishes()
    if (reason := talk.choices.get(name, "it has been done")) is not None:
        raise ParameterError(f"{name!r} cannot be done now: {reason}")
    village.choose(name)
    yield Wishes()
    if name == "leave":
        while village.talk is not None:
            yield Wishes()
