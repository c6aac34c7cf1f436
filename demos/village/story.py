"""The village as data: reads village.yaml, and finds what is wrong with it before the game begins."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.emotion.channels import CHANNELS
from expressive.emotion.conditions import Condition, parse_condition
from expressive.stage.actor import Actor

__all__ = ["PLAYER", "Action", "Looks", "Person", "Reply", "Story", "check_story", "holds", "load_story"]

STORY_FILE = Path(__file__).with_name("village.yaml")
PLAYER = "player"
"""What the traveller is called in the villagers' minds."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Looks(_Data):
    """How somebody is drawn: colours as ``#rrggbb``, and what is worn."""

    skin: str
    hair: str
    coat: str
    trim: str
    legs: str
    style: str
    beard: bool = False
    apron: bool = False
    spear: bool = False


class Action(_Data):
    """Something that the traveller can do to somebody."""

    title: str
    says: list[str] = Field(min_length=1)
    event: str | None = None
    """what it is for the other: an event of the emotion engine"""
    again: str | None = None
    """the event that it is when it is done twice in a row"""
    intensity: float = Field(1.0, ge=0, le=1)
    costs: int = 0
    gains: int = 0
    once: bool = False
    deed: str | None = None
    """how the villagers tell it; None is not worth telling"""
    grants: str | None = None
    when: str | None = None
    """the condition on the other for ``grants``"""


class Reply(_Data):
    """What somebody may say to an action."""

    say: list[str] = Field(min_length=1)
    state: str | None = None
    when: str | None = None
    granted: bool | None = None


class Person(_Data):
    """A villager."""

    name: str
    home: tuple[int, int]
    walks: list[tuple[int, int]]
    backdrop: str
    looks: Looks
    own: dict[str, Action] = {}
    """what can be done to this one alone"""
    replies: dict[str, list[Reply]]


class Traveller(_Data):
    """The player's figure."""

    name: str
    start: tuple[int, int]
    coins: int
    looks: Looks


class News(_Data):
    """Sentences about deeds, with ``{deed}`` and ``{who}``."""

    good: list[str]
    bad: list[str]
    own_good: list[str] = []
    own_bad: list[str] = []


class Chatter(_Data):
    """What the villagers say to each other, and of the traveller's deeds to the traveller."""

    news: News
    small: list[str]
    to_traveller: News


class Story(_Data):
    """Everything that is written about the village."""

    title: str
    goal: str
    ending: str
    traveller: Traveller
    actions: dict[str, Action]
    people: dict[str, Person]
    talk: Chatter

    def actions_for(self, who: str) -> dict[str, Action]:
        """What can be done to somebody, their own last but for leaving."""
        common = dict(self.actions)
        leave = common.pop("leave")
        return {**common, **self.people[who].own, "leave": leave}

    def deed_of(self, event: str, who: str) -> str | None:
        """How an event that was done to somebody is told."""
        for action in self.actions_for(who).values():
            if event in (action.event, action.again):
                return action.deed
        return None


class _Glance:
    """What a condition may ask about somebody, from outside."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def felt(self, channel: int) -> tuple[float, float]:
        return self._actor.felt[CHANNELS[channel]], 0.0

    def relation(self, agent: str, which: str) -> tuple[float, float]:
        return float(getattr(self._actor.relation(agent), which)), 0.0


def holds(condition: str | None, actor: Actor) -> bool:
    """Whether a condition on felt emotions and relations, in the language of character files, holds now."""
    return condition is None or _read(condition).check(_Glance(actor))[0]  # type: ignore[arg-type]


@lru_cache
def _read(condition: str) -> Condition:
    return parse_condition(condition)


def load_story(path: Path = STORY_FILE) -> Story:
    """Read and check a village.

    Raises
    ------
    ParameterError
        If the file cannot be read or something in it is wrong; the message says where.
    """
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Story.model_validate(raw)
    except OSError as error:
        raise ParameterError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ParameterError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in error.errors()]
        raise ParameterError(f"{path.name}: {'; '.join(found)}") from error


def check_story(story: Story, actors: dict[str, Actor]) -> None:
    """Check a village against the people who play in it.

    Raises
    ------
    ParameterError
        If an event, a condition, a state or an answer is missing; the message says where.
    """
    for who, person in story.people.items():
        actions = story.actions_for(who)
        for name, action in actions.items():
            for event in (action.event, action.again):
                if event is not None and event not in actors[who].events:
                    raise UnknownNameError(f"{who}: event of {name}", event, actors[who].events)
            if name not in person.replies:
                raise ParameterError(f"people.{who}.replies: there is no answer to {name!r}")
        for name, replies in person.replies.items():
            if name not in actions:
                raise UnknownNameError(f"people.{who}.replies", name, actions)
            if (last := replies[-1]).when or last.state or last.granted:
                raise ParameterError(f"people.{who}.replies.{name}: the last answer must fit always")
            for reply in replies:
                holds(reply.when, actors[who])
                if reply.state is not None:
                    actors[who].is_in(reply.state)
