"""Several characters on one clock: who did what to whom, who saw it, and who hears whom."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from expressive.character.loading import load_character
from expressive.core.checks import check_choice, check_number
from expressive.core.errors import ParameterError
from expressive.emotion.population import Population
from expressive.emotion.responses import known_events
from expressive.stage.actor import Actor
from expressive.stage.clock import TickClock
from expressive.stage.reading import load_script
from expressive.stage.rehearsal import load_member
from expressive.stage.script import Script
from expressive.stage.utterance import Utterance

__all__ = ["World"]

LOOK_YAW_RAD = 0.30
"""How far an actor turns the eyes toward one at the other end of the picture."""


@dataclass
class _Consequence:
    """An event that a line brings about when it reaches a moment."""

    speaker: str
    line: Utterance
    event: str
    to: str
    intensity: float
    at: str


class World:
    """Actors who share time, see what happens to each other and hear each other.

    Parameters
    ----------
    actors : Mapping[str, Actor]
        name in this world → actor
    people : Iterable[str]
        others who act and have neither face nor voice here, such as the player
    places : Mapping[str, float] | None
        name → place from the left (-1) to the right (1) of the picture
    """

    def __init__(
        self,
        actors: Mapping[str, Actor],
        *,
        people: Iterable[str] = (),
        places: Mapping[str, float] | None = None,
    ) -> None:
        self.actors = dict(actors)
        self.people = tuple(people)
        self.places = {name: check_number(f"place of {name}", x, -1, 1) for name, x in (places or {}).items()}
        self._clock = TickClock()
        self._crowds: dict[str, tuple[Population, frozenset[str]]] = {}
        self._consequences: list[_Consequence] = []
        self._addressed: dict[str, str | None] = {}
        for name, actor in self.actors.items():
            actor.set_audience([other for other in (*self.actors, *self.people) if other != name])
            actor.on("line_started", lambda _, name=name: self._line_started(name))
            actor.on("line_ended", lambda _: self._line_ended())

    @classmethod
    def load(cls, script: str | PathLike[str], *, seed: int | None = None, live: bool = True) -> World:
        """Bring up the cast of a script.

        Parameters
        ----------
        script : str | PathLike[str]
            YAML file
        seed : int | None
            seed of all chance; None takes the script's
        live : bool
            as for :class:`~expressive.stage.actor.Actor`
        """
        return cls.of(load_script(script), folder=Path(script).parent, seed=seed, live=live)

    @classmethod
    def of(cls, script: Script, *, folder: Path, seed: int | None = None, live: bool = True) -> World:
        """Bring up the cast of a script that has been read; ``folder`` is where its characters' files are sought."""
        members = {name: script.member(name) for name in script.cast}
        actors = {}
        for name, member in members.items():
            if (profile := load_member(script, name, folder)) is not None:
                # The cast's name is who the others know, and tells two actors of one character apart.
                relations = {**profile.relations, **member.relations}
                profile = dataclasses.replace(profile, name=name, relations=relations)
                actors[name] = Actor(profile, seed=script.seed if seed is None else seed, live=live)
        seen = [name for name, member in members.items() if name in actors and not member.offscreen]
        places = {name: _spread(i, len(seen)) for i, name in enumerate(seen)}
        places |= {name: member.at for name, member in members.items() if member.at is not None}
        return cls(actors, people=[name for name in members if name not in actors], places=places)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[check_choice("actor", name, self.actors)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.actors)

    @property
    def time_s(self) -> float:
        """The world's time [unit=s]."""
        return self._clock.time_s

    def add_crowd(self, name: str, character: str | PathLike[str], n: int) -> Population:
        """Let many more be there, who have minds like a character's and neither face nor voice.

        Parameters
        ----------
        name : str
            what the crowd is called in this world
        character : str | PathLike[str]
            whose temperament they share: a shipped character or the path of a YAML file
        n : int [range=[1, 1000000]]
            how many

        Returns
        -------
        Population
            their minds as arrays; get it through :meth:`crowd` later, which brings it up to the present

        Raises
        ------
        ParameterError
            If the name is taken or the number is out of range.
        """
        if name in (*self.actors, *self.people, *self._crowds):
            raise ParameterError(f"name={name!r} is taken in this world; choose another")
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 1_000_000:
            raise ParameterError(f"n={n!r} must be a whole number in [1, 1000000]")
        spec = load_character(character).mind_spec
        population = Population(spec, n)
        population.advance(self.time_s)  # they were there from the beginning
        self._crowds[name] = population, frozenset(known_events(spec.emotion))
        return population

    def crowd(self, name: str) -> Population:
        """A crowd as it is now; between events it needs no work, because its feelings have a closed form."""
        population, _ = self._crowds[check_choice("crowd", name, self._crowds)]
        population.advance(max(0.0, self.time_s - population.time_s))
        return population

    def event(
        self,
        event: str,
        *,
        to: str,
        by: str | None = None,
        intensity: float = 1.0,
        seen_by: Iterable[str] | None = None,
    ) -> None:
        """Let something happen to somebody, in sight of others.

        Parameters
        ----------
        event : str
            name in the character's YAML or the standard vocabulary
        to : str
            whom it happens to, an actor or a crowd; nothing is felt by one who has no mind here
        by : str | None
            who did it
        intensity : float [range=[0, 1]]
            how strong it is
        seen_by : Iterable[str] | None
            who else saw it, actors or crowds; None is everybody else
        """
        self._known(to)
        if by is not None:
            self._known(by)
        check_number("intensity", intensity, 0, 1)
        if to in self.actors:
            self.actors[to].trigger(event, intensity=intensity, source=by)
        elif to in self._crowds:
            self.crowd(to).trigger(event, intensity=intensity, source=by)
        for name in (*self.actors, *self._crowds) if seen_by is None else seen_by:
            self._known(name)
            if name in (to, by):
                continue
            if name in self.actors and event in self.actors[name].events:
                self.actors[name].witness(event, target=to, intensity=intensity, source=by)
            elif name in self._crowds and event in self._crowds[name][1]:
                self.crowd(name).trigger(event, intensity=intensity, source=by, witnessed=True, target=to)

    def say(
        self,
        who: str,
        text: str,
        *,
        to: str | None = None,
        causes: str | None = None,
        intensity: float = 1.0,
        at: str = "end",
    ) -> Utterance:
        """Let somebody speak; the others turn to the speaker and listen.

        Parameters
        ----------
        who : str
            an actor
        text : str
            words, with inline tags
        to : str | None
            who is spoken to
        causes : str | None
            event that the line is for the one spoken to; the others witness it
        intensity : float [range=[0, 1]]
            how strong that event is
        at : str
            when it happens: ``start``, ``end``, or the name of a mark in the text

        Returns
        -------
        Utterance
            the line
        """
        if to is not None:
            self._known(to)
        check_number("intensity", intensity, 0, 1)
        if causes is not None:
            if to is None:
                raise ParameterError(f"causes={causes!r} needs to=…: whom does it happen to?")
            if to in self.actors:
                check_choice("event", causes, self.actors[to].events)
        line = self[who].say(text)
        self._addressed[who] = to
        if causes is not None and to is not None:
            self._consequences.append(_Consequence(who, line, causes, to, intensity, at))
        return line

    def look(self, who: str, target: str) -> None:
        """Let an actor look at somebody in the world, in a direction, or freely (``free``)."""
        actor = self[who]
        if target == "free":
            actor.look_at(None)
        elif target in self.actors or target in self.people:
            actor.look_at((self._yaw(who, target), 0.0))
        else:
            actor.look_at(target)

    def update(self, dt_s: float) -> None:
        """Let time pass for all; any step size gives the same result."""
        for _ in range(self._clock.due(dt_s)):
            self.tick()

    def tick(self) -> None:
        """Advance all by exactly one tick, in the order of the cast."""
        self._clock.tick()
        for actor in self.actors.values():
            actor.tick()
        self._let_words_work()

    def snapshot(self) -> dict[str, Any]:
        """Everything that a continuation needs, as plain JSON types; callbacks are not part of it."""
        return {
            "format": "expressive-world",
            "version": 1,
            "clock": self._clock.snapshot(),
            "addressed": dict(self._addressed),
            "crowds": {name: population.snapshot() for name, (population, _) in self._crowds.items()},
            "consequences": [
                [word.speaker, self[word.speaker].lines.index(word.line), word.event, word.to, word.intensity, word.at]
                for word in self._consequences
                if word.line.speaking
            ],
            "actors": {name: actor.snapshot() for name, actor in self.actors.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a snapshot of the same cast; what follows is bit-identical."""
        if not isinstance(state, dict) or state.get("format") != "expressive-world" or state.get("version") != 1:
            raise ParameterError("this is no snapshot of a world; use what World.snapshot() returned")
        if set(state["actors"]) != set(self.actors):
            raise ParameterError(f"the snapshot has the cast {sorted(state['actors'])}, this is {sorted(self.actors)}")
        if set(state["crowds"]) != set(self._crowds):
            raise ParameterError(f"the snapshot has the crowds {sorted(state['crowds'])}; add the same ones first")
        self._clock.restore(state["clock"])
        self._addressed = dict(state["addressed"])
        for name, actor in self.actors.items():
            actor.restore(state["actors"][name])
        for name, (population, _) in self._crowds.items():
            population.restore(state["crowds"][name])
        self._consequences = [
            _Consequence(speaker, self[speaker].lines[index], *rest) for speaker, index, *rest in state["consequences"]
        ]

    def close(self) -> None:
        """Close every actor; may be called again."""
        for actor in self.actors.values():
            actor.hush()  # before any is closed, because the others are told of the end of a line
        for actor in self.actors.values():
            actor.close()

    def _known(self, name: str) -> None:
        check_choice("cast member", name, (*self.actors, *self.people, *self._crowds))

    def _yaw(self, who: str, target: str) -> float:
        """Gaze toward another: half the picture apart is half the turn; people without a place are the camera."""
        if target not in self.places or who not in self.places:
            return 0.0
        # Faces look out of the picture, so the character's own left is the picture's right: yaw > 0.
        return LOOK_YAW_RAD * (self.places[target] - self.places[who]) / 2.0

    def _line_started(self, speaker: str) -> None:
        to = self._addressed.get(speaker)
        if to is not None:
            self.look(speaker, to)
        for name, actor in self.actors.items():
            if name != speaker:
                actor.listen(True)
                self.look(name, speaker)

    def _line_ended(self) -> None:
        if any(actor.line is not None for actor in self.actors.values()):
            return
        for actor in self.actors.values():
            actor.listen(False)

    def _let_words_work(self) -> None:
        waiting = []
        for word in self._consequences:
            if self._is_reached(word):
                self.event(word.event, to=word.to, by=word.speaker, intensity=word.intensity)
            elif word.line.speaking:
                waiting.append(word)
        self._consequences = waiting

    def _is_reached(self, word: _Consequence) -> bool:
        line = word.line
        if word.at == "end":
            return not line.speaking and not line.broken_off
        if word.at == "start":
            return line.started
        times = [mark.time_s for mark in line.track.marks if mark.name == word.at] if line.started else []
        if line.started and not times:
            names = [mark.name for mark in line.track.marks]
            raise ParameterError(f"the line {line.text!r} has no mark {word.at!r}; its marks: {names}")
        return bool(times) and line.spoken_s >= times[0]


def _spread(index: int, count: int) -> float:
    """Even places from left to right; one alone stands in the middle, two at a third from the edges."""
    return 0.0 if count == 1 else -0.5 + index / (count - 1) if count == 2 else -0.75 + 1.5 * index / (count - 1)
