"""What villagers do with their day: walk their rounds, visit each other, and pass on what they know."""

from __future__ import annotations

from dataclasses import dataclass

from demos.village.society import Society
from demos.village.walking import Ground, Walker
from expressive.stage.utterance import Utterance

__all__ = ["Chat", "Villager", "Villagers"]

EARSHOT_PX = 78.0
"""How near one comes to talk."""
_TRIES_S = 20.0
_SILENT_CHAT_S = 2.6


class Villager:
    """One of them, on legs."""

    def __init__(self, name: str, walker: Walker) -> None:
        self.name = name
        self.walker = walker
        self.rest_s = 0.0
        """how long they stay where they are"""
        self.visiting: str | None = None
        self.trying_s = 0.0


@dataclass
class Chat:
    """Two of them talking to each other."""

    teller: str
    listener: str
    deed: int | None
    """what is told; None is small talk"""
    text: str
    line: Utterance | None
    """None where the traveller is out of hearing"""
    left_s: float = _SILENT_CHAT_S


class Villagers:
    """All of them.

    Parameters
    ----------
    society : Society
        their minds
    ground : Ground
        where they walk
    """

    def __init__(self, society: Society, ground: Ground) -> None:
        self._society = society
        self._ground = ground
        self.all = {
            name: Villager(name, Walker(person.home, speed=74.0)) for name, person in society.story.people.items()
        }
        self.chats: list[Chat] = []
        for villager in self.all.values():
            villager.rest_s = float(society.rng.uniform(2.0, 9.0))

    def busy(self, name: str) -> bool:
        """Whether somebody is talking to another villager."""
        return any(name in (chat.teller, chat.listener) for chat in self.chats)

    def chat_of(self, name: str) -> Chat | None:
        """What somebody is telling at the moment."""
        return next((chat for chat in self.chats if chat.teller == name), None)

    def step(self, dt_s: float, *, occupied: str | None, aloud: bool) -> None:
        """Let time pass.

        Parameters
        ----------
        dt_s : float [unit=s]
            the step
        occupied : str | None
            who is talking to the traveller
        aloud : bool
            whether what they say to each other is to be spoken, rather than shown
        """
        for chat in list(self.chats):
            self._chat(chat, dt_s)
        for villager in self.all.values():
            if villager.name == occupied or self.busy(villager.name):
                villager.walker.stride = 0.0
            elif villager.visiting is not None:
                self._visit(villager, dt_s, occupied, aloud=aloud)
            elif villager.walker.follow(dt_s):
                villager.rest_s -= dt_s
                if villager.rest_s <= 0:
                    self._set_out(villager, occupied)

    def _set_out(self, villager: Villager, occupied: str | None) -> None:
        rng, me = self._society.rng, villager.name
        villager.rest_s = float(rng.uniform(5.0, 12.0))
        others = [name for name in self.all if name not in (me, occupied) and not self.busy(name)]
        with_news = [name for name in others if self._society.news(me, name) is not None]
        if with_news or (others and rng.random() < 0.2):
            relation = self._society.world[me].relation
            villager.visiting = max(with_news or others, key=lambda name: relation(name).liking)
            villager.trying_s = 0.0
        else:
            walks = self._society.story.people[me].walks
            villager.walker.way = self._ground.path(villager.walker.place, walks[int(rng.integers(len(walks)))])

    def _visit(self, villager: Villager, dt_s: float, occupied: str | None, *, aloud: bool) -> None:
        assert villager.visiting is not None
        other = self.all[villager.visiting]
        if villager.walker.far(other.walker) < EARSHOT_PX:
            villager.walker.way, villager.walker.stride = [], 0.0
            if other.name != occupied and not self.busy(other.name):
                self._begin(villager, other, aloud=aloud)
                return
        elif villager.walker.follow(dt_s):
            villager.walker.way = self._ground.path(villager.walker.place, other.walker.place)
        villager.trying_s += dt_s
        if villager.trying_s > _TRIES_S:
            villager.visiting = None

    def _begin(self, villager: Villager, other: Villager, *, aloud: bool) -> None:
        villager.visiting = None
        deed = self._society.news(villager.name, other.name)
        me = villager.name
        text = self._society.small_talk(me) if deed is None else self._society.telling(me, deed)
        line = self._society.world.say(me, text, to=other.name) if aloud else None
        self.chats.append(Chat(me, other.name, deed, text, line))
        for one, another in ((villager.walker, other.walker), (other.walker, villager.walker)):
            one.turn(another.x - one.x, another.y - one.y)
            one.way = []

    def _chat(self, chat: Chat, dt_s: float) -> None:
        if chat.line is not None:
            going_on = chat.line.speaking
        else:
            chat.left_s -= dt_s
            going_on = chat.left_s > 0
        if going_on:
            return
        self.chats.remove(chat)
        if chat.deed is None:
            self._society.heed(chat.teller, chat.listener)
        else:
            self._society.tell(chat.teller, chat.listener, chat.deed)
        self.all[chat.listener].rest_s = max(self.all[chat.listener].rest_s, 3.0)
