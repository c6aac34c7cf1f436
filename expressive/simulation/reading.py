"""Reading a scenario: every mistake at once, with its line, before anybody meets anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from expressive.character.document import Document, build, read_document, validate
from expressive.character.profile import CharacterProfile
from expressive.core.errors import ExpressiveError, Problem, ProfileError, UnknownNameError
from expressive.emotion.chart import walk_states
from expressive.emotion.responses import known_events
from expressive.face.head import GESTURES
from expressive.simulation.cast import plain_words
from expressive.simulation.conditions import check_condition
from expressive.simulation.graph import check_graph
from expressive.simulation.scenario import NOBODY, Happening, Lines, Scenario, Score, Stage, Ways, as_lines, as_ways
from expressive.simulation.understanding import read_phrase
from expressive.stage.rehearsal import load_member

__all__ = ["RESERVED", "is_scenario", "load_scenario", "read_scenario"]

RESERVED = ("best", "worst", "first", "wait")
"""Words that a scripted trainee understands, so that no option or tag may be called so."""

Place = tuple[str | int, ...]


def is_scenario(data: Any) -> bool:
    """Whether the values of a YAML file are meant as a scenario."""
    return isinstance(data, dict) and "stages" in data


def load_scenario(path: str | PathLike[str]) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path : str | PathLike[str]
        YAML file; the characters' own files are sought beside it

    Returns
    -------
    Scenario
        the scenario

    Raises
    ------
    ProfileError
        If anything is wrong with the file; every mistake is listed with its line.
    """
    return read_scenario(read_document(fspath(path)), Path(path).parent)


def read_scenario(document: Document, folder: Path) -> Scenario:
    """Read a scenario from a document; ``folder`` is where the characters' own files are sought.

    Raises
    ------
    ProfileError
        If anything is wrong with it; every mistake is listed with its line.
    """
    problems = validate(document, Scenario)
    if not problems:
        scenario = build(document, Scenario)
        problems = list(_Judge(scenario, folder).problems())
        problems = problems or check_graph(scenario)
        if not problems:
            return scenario
    located = [document.located(problem) for problem in problems]
    raise ProfileError(document.source, sorted(located, key=lambda problem: problem.line or 0))


class _Judge:
    """Looks at every name, condition and phrase of a scenario of the right shape."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.folder = folder
        self.people: dict[str, CharacterProfile] = {}
        self.events: dict[str, tuple[str, ...]] = {}

    def problems(self) -> Iterator[Problem]:
        """Every mistake."""
        scenario = self.scenario
        yield from self._cast()
        yield from _unless(("start",), "stage", scenario.start, scenario.stages)
        for name in scenario.stages.keys() & scenario.outcomes.keys():
            yield Problem(("outcomes", name), f"{name!r} is a stage as well; give the outcome another name")
        for name, stage in scenario.stages.items():
            yield from self._stage(("stages", name), stage)
        for name, outcome in scenario.outcomes.items():
            yield from self._happenings(("outcomes", name, "events"), outcome.events)
            yield from self._lines(("outcomes", name, "says"), outcome.says)
        for name, intent in scenario.intents.items():
            place: Place = ("intents", name)
            yield from self._phrases((*place, "phrases"), intent.phrases)
            yield from self._deed(place, intent.events, intent.scores, intent.reply)
        yield from self._ways(("always",), scenario.always)
        for i, way in enumerate(scenario.always):
            if way.when is None:
                yield Problem(
                    ("always", i), f"the way to {way.to!r} needs a 'when'; without, it would be taken at once"
                )
        yield from self._lines(("unclear",), scenario.unclear)

    def _cast(self) -> Iterator[Problem]:
        scenario, script = self.scenario, self.scenario.script
        for name in scenario.cast:
            try:
                profile = load_member(script, name, self.folder)
            except ProfileError as error:
                yield Problem(("cast", name), f"this character has mistakes: {error.lines()[0]}")
            except ExpressiveError as error:
                yield Problem(("cast", name), str(error))
            else:
                if profile is not None:
                    self.people[name] = profile
                    self.events[name] = tuple(dict.fromkeys((*scenario.responses, *known_events(profile.emotion))))
        if scenario.subject not in scenario.cast:
            yield from _unless(("subject",), "cast member", scenario.subject, scenario.cast)
        elif scenario.subject not in self.people and script.member(scenario.subject).character is None:
            yield Problem(("subject",), f"{scenario.subject!r} has no character, so nothing is felt; give it one")
        for name in {scenario.trainee, *scenario.cast} & {NOBODY}:
            yield Problem(("cast", name), f"{name!r} cannot be the name of somebody; choose another")
        if scenario.trainee in self.people:
            yield Problem(("trainee",), f"{scenario.trainee!r} has a character; the trainee is played by a person")

    def _stage(self, place: Place, stage: Stage) -> Iterator[Problem]:
        yield from self._happenings((*place, "events"), stage.events)
        yield from self._lines((*place, "says"), stage.says)
        yield from self._lines((*place, "unclear"), stage.unclear)
        if (stage.time_limit_s is None) != (stage.timeout is None):
            given, other = ("timeout", "time_limit_s") if stage.timeout else ("time_limit_s", "timeout")
            text = f"{given} needs {other!r} too: a limit, and the option that happens when the time is over"
            yield Problem((*place, given), text)
        if stage.timeout is not None:
            yield from _unless((*place, "timeout"), "option", stage.timeout, stage.options)
        if not stage.options and stage.next is None:
            yield Problem(place, f"stage {place[-1]!r} has neither 'options' nor 'next', so nothing leads on")
        yield from self._ways((*place, "next"), stage.next)
        for name, option in stage.options.items():
            here: Place = (*place, "options", name)
            yield from self._option_names(here, (name, *option.tags))
            yield from self._phrases((*here, "phrases"), option.phrases)
            yield from self._condition((*here, "when"), option.when)
            yield from self._deed(here, option.events, option.scores, option.reply)
            yield from self._ways((*here, "next"), option.next)
            if option.next is None and stage.next is None:
                yield Problem(here, f"option {name!r} has no 'next', and neither has its stage")

    def _option_names(self, place: Place, names: Iterable[str]) -> Iterator[Problem]:
        for name in names:
            if name in RESERVED or name.isdecimal() or "," in name:
                yield Problem(place, f"{name!r} cannot be a name here: scripts use {', '.join(RESERVED)} and numbers")

    def _deed(
        self, place: Place, events: tuple[Happening, ...], scores: Mapping[str, Score], reply: Lines
    ) -> Iterator[Problem]:
        yield from self._happenings((*place, "events"), events)
        yield from self._lines((*place, "reply"), reply)
        for name in scores:
            yield from _unless((*place, "scores", name), "dimension", name, self.scenario.rubric)

    def _happenings(self, place: Place, events: tuple[Happening, ...]) -> Iterator[Problem]:
        scenario = self.scenario
        for i, happening in enumerate(events):
            here = (*place, i)
            to = happening.to or scenario.subject
            yield from _unless((*here, "to"), "cast member", to, scenario.cast)
            if happening.by is not None:
                known = (*scenario.cast, scenario.trainee, NOBODY)
                yield from _unless((*here, "by"), "cast member", happening.by, known)
            if to in self.events:
                yield from _unless((*here, "event"), "event", happening.event, self.events[to])
            elif to in scenario.cast and scenario.script.member(to).character is None:
                yield Problem((*here, "to"), f"{to!r} has no character, so nothing is felt; name one who has")
            yield from self._condition((*here, "when"), happening.when)

    def _lines(self, place: Place, lines: Lines) -> Iterator[Problem]:
        for i, line in enumerate(as_lines(lines)):
            here = place if isinstance(lines, str) else (*place, i)
            try:
                plain_words(line.say)
            except ExpressiveError as error:
                yield Problem(here, str(error))
            if line.who is not None:
                yield from _unless((*here, "who"), "cast member", line.who, (*self.scenario.cast, NOBODY))
            if line.do is not None:
                yield from _unless((*here, "do"), "gesture", line.do, GESTURES)
            yield from self._condition((*here, "when"), line.when)

    def _ways(self, place: Place, ways: Ways | None) -> Iterator[Problem]:
        known = (*self.scenario.stages, *self.scenario.outcomes)
        all_ways = as_ways(ways)
        for i, way in enumerate(all_ways):
            here = place if isinstance(ways, str) else (*place, i)
            yield from _unless(here if isinstance(ways, str) else (*here, "to"), "stage or outcome", way.to, known)
            yield from self._condition((*here, "when"), way.when)
            if way.when is None and i < len(all_ways) - 1:
                yield Problem(here, f"the way to {way.to!r} has no 'when', so those after it are never taken")
        if place != ("always",) and all_ways and all_ways[-1].when is not None:
            yield Problem(place, "the last way needs no 'when', so that something always leads on")
        if place != ("always",) and ways == ():
            yield Problem(place, "next is empty; name a stage or an outcome")

    def _phrases(self, place: Place, phrases: tuple[str, ...]) -> Iterator[Problem]:
        for i, phrase in enumerate(phrases):
            try:
                read_phrase(phrase)
            except ExpressiveError as error:
                yield Problem((*place, i), str(error))

    def _condition(self, place: Place, text: str | None) -> Iterator[Problem]:
        subject = self.people.get(self.scenario.subject)
        if text is None or subject is None:
            return
        states = [node.name for node in walk_states(subject.machine.states)]
        try:
            check_condition(text, self.scenario, states=states, events=self.events[self.scenario.subject])
        except ExpressiveError as error:
            yield Problem(place, str(error))


def _unless(place: Place, kind: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield Problem(place, f"{UnknownNameError(kind, name, known)}")
