"""Whether a cast can play its script: every character exists, and knows the events, states and gestures it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from expressive.character.loading import load_character
from expressive.character.profile import CharacterProfile
from expressive.core.errors import ExpressiveError, Problem, ProfileError, did_you_mean
from expressive.emotion.chart import walk_states
from expressive.emotion.responses import known_events
from expressive.face.head import GESTURES
from expressive.stage.script import DoBeat, EventBeat, FeelBeat, LookBeat, MaskBeat, SayBeat, Script, WaitForBeat

__all__ = ["load_member", "rehearse"]


def load_member(script: Script, name: str, folder: Path) -> CharacterProfile | None:
    """Profile of a member of the cast; None for one without face and voice. Files are sought beside the script."""
    character = script.member(name).character
    if character is None:
        return None
    return load_character(folder / character if character.endswith((".yaml", ".yml")) else character)


def rehearse(script: Script, folder: Path) -> list[Problem]:
    """Everything that would stop the scene.

    Parameters
    ----------
    script : Script
        a scene of the right shape
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    list[Problem]
        mistakes with their place in the script; empty when it can be played
    """
    problems: list[Problem] = []
    profiles: dict[str, CharacterProfile] = {}
    for name in script.cast:
        try:
            profile = load_member(script, name, folder)
        except ProfileError as error:
            problems.append(Problem(("cast", name), f"this character has mistakes: {error.lines()[0]}"))
        except ExpressiveError as error:
            problems.append(Problem(("cast", name), str(error)))
        else:
            if profile is not None:
                profiles[name] = profile
    if not problems:
        problems += _impossible(script, profiles)
    return problems


def _impossible(script: Script, profiles: dict[str, CharacterProfile]) -> Iterator[Problem]:
    for i, beat in enumerate(script.script):
        event, to = None, None
        if isinstance(beat, SayBeat):
            event, to = ("causes", beat.causes), beat.to
        elif isinstance(beat, EventBeat):
            event, to = ("event", beat.event), beat.to
        elif isinstance(beat, FeelBeat | MaskBeat | LookBeat | DoBeat | WaitForBeat) and beat.who not in profiles:
            yield Problem(("script", i, "who"), f"{beat.who!r} has no character; name one in the cast")
        elif isinstance(beat, WaitForBeat):
            yield from _unless_known(("script", i, "wait_for"), "state", beat.wait_for, _states(profiles[beat.who]))
        elif isinstance(beat, DoBeat):
            yield from _unless_known(("script", i, "do"), "gesture", beat.do, GESTURES)
        if event is not None and event[1] is not None and to in profiles:
            known = known_events(profiles[to].emotion)
            yield from _unless_known(("script", i, event[0]), "event", event[1], known)


def _states(profile: CharacterProfile) -> tuple[str, ...]:
    return tuple(node.name for node in walk_states(profile.machine.states))


def _unless_known(path: tuple[str | int, ...], kind: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield Problem(path, f"{kind} {name!r} is unknown. {did_you_mean(name, known)}")
