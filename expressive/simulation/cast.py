"""Bringing up those whom the trainee meets."""

from __future__ import annotations

import dataclasses
import hashlib
from functools import lru_cache
from pathlib import Path

from expressive.character.profile import CharacterProfile
from expressive.simulation.scenario import Scenario
from expressive.stage.actor import Actor
from expressive.stage.rehearsal import load_member
from expressive.stage.world import World
from expressive.voice.markup.inline import parse_inline

__all__ = ["bring_up", "fingerprint", "plain_words", "profiles"]


def profiles(scenario: Scenario, folder: Path) -> dict[str, CharacterProfile]:
    """Who of the cast has a mind, as this scenario knows them.

    Parameters
    ----------
    scenario : Scenario
        the scenario
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    dict[str, CharacterProfile]
        cast name → profile, with the scenario's relations and responses

    Raises
    ------
    ProfileError
        If a character has mistakes.
    UnknownNameError
        If there is no such character.
    """
    found = {}
    script = scenario.script
    for name in scenario.cast:
        profile = load_member(script, name, folder)
        if profile is not None:
            emotion = profile.emotion
            if scenario.responses:
                responses = {**emotion.responses, **scenario.responses}
                emotion = dataclasses.replace(emotion, responses=responses)
            relations = {**profile.relations, **script.member(name).relations}
            found[name] = dataclasses.replace(profile, name=name, relations=relations, emotion=emotion)
    return found


def bring_up(
    scenario: Scenario, people: dict[str, CharacterProfile], *, seed: int, embodied: bool, live: bool
) -> World:
    """A world of those who have a mind, and the others as names: the trainee and voices without a face."""
    actors = {name: Actor(each, seed=seed, live=live, embodied=embodied) for name, each in people.items()}
    others = [name for name in scenario.cast if name not in actors]
    return World(actors, people=list(dict.fromkeys((scenario.trainee, *others))))


def fingerprint(scenario: Scenario, people: dict[str, CharacterProfile]) -> str:
    """What tells two versions of a scenario and its cast apart: a short hash of all that they say.

    >>> from expressive.simulation.scenario import Outcome, Stage
    >>> end = {"end": Outcome("success", "End", "Over.")}
    >>> one = Scenario("T", {"a": "guard"}, "a", "you", "s", {"s": Stage(next="end")}, end)
    >>> fingerprint(one, {}) == fingerprint(dataclasses.replace(one, seed=2), {})
    False
    """
    return hashlib.sha256(repr((scenario, people)).encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """A line without its inline tags.

    >>> plain_words("Get away from [anger]my[/] gate!")
    'Get away from my gate!'
    """
    return " ".join(parse_inline(text).text.split())
