"""A training scenario: who is met, what the trainee can do, what that does to whom, and how it is judged.

A scenario is a YAML file; ``docs/scenarios.md`` explains it for writers. The trainee goes from *stage* to *stage*. At
each, the characters say something, and the trainee takes one of the *options* or uses own words. What is chosen causes
*events*, the characters feel them, and what they feel decides what they say, what is offered and where it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from annotated_types import Interval, MinLen

from expressive.core.ranges import Unit
from expressive.emotion.spec import Response
from expressive.stage.script import CastMember, Script

__all__ = [
    "NOBODY",
    "Dimension",
    "Happening",
    "Intent",
    "Line",
    "Option",
    "Outcome",
    "Scenario",
    "Score",
    "Stage",
    "Way",
    "as_lines",
    "as_ways",
]

NOBODY = "nobody"
"""Who does what nobody does, and says what nobody says."""

_STRICT: dict[str, Any] = {"extra": "forbid"}
Seconds = Annotated[float, Interval(ge=0.0, le=60.0)]
Limit = Annotated[float, Interval(ge=2.0, le=300.0)]
Points = Annotated[float, Interval(ge=-20.0, le=20.0)]
Text = Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that somebody says."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    say: Text
    """words, with inline tags such as ``[anger]my[/]``"""
    who: str | None = None
    """who speaks; None is the subject, ``nobody`` for words that tell what happens"""
    when: str | None = None
    """condition under which it is said"""
    do: str | None = None
    """gesture that goes with it: ``nod``, ``shake``, …"""
    pause: Seconds = 0.4
    """silence after it [unit=s]"""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event: something that somebody feels."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    event: str
    """name in the scenario's ``responses``, the character's YAML or the standard vocabulary"""
    intensity: Unit = 1.0
    """how strong it is"""
    to: str | None = None
    """whom it happens to; None is the subject"""
    by: str | None = None
    """who did it; None is the trainee, ``nobody`` is nobody"""
    when: str | None = None
    """condition under which it happens"""


@dataclass(frozen=True, slots=True)
class Score:
    """What a choice is worth, and why a trainer thinks so."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    points: Points
    """better (> 0) or worse"""
    why: Text
    """the reason, in a trainer's words"""


@dataclass(frozen=True, slots=True)
class Way:
    """Where it goes on, if a condition holds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    to: str
    """a stage or an outcome"""
    when: str | None = None
    """condition; the last way needs none"""


Lines: TypeAlias = str | tuple[Line, ...]
Ways: TypeAlias = str | tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the trainee can do at a stage."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    text: Text
    """what is said, word by word, or done"""
    label: str = ""
    """a few words for a button and the report; empty takes the text"""
    spoken: bool = True
    """whether the text is said; False for what is done"""
    phrases: tuple[str, ...] = ()
    """own words of the trainee that mean this option; see :mod:`expressive.simulation.understanding`"""
    tags: tuple[str, ...] = ()
    """names by which scripts pick options of one kind, such as ``calm``"""
    when: str | None = None
    """condition under which it is offered"""
    events: tuple[Happening, ...] = ()
    """what it does to others"""
    scores: Mapping[str, Score] = field(default_factory=dict)
    """dimension of the rubric → what it is worth"""
    reply: Lines = ()
    """the answer: of several lines the first whose condition holds"""
    next: Ways | None = None
    """where it goes on; None takes the stage's ``next``"""

    @property
    def title(self) -> str:
        """A few words for it."""
        return self.label or self.text

    @property
    def points(self) -> float:
        """Sum over the rubric."""
        return sum(score.points for score in self.scores.values())


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that the trainee may say in own words at any stage, such as an insult or an apology."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    label: Text
    """a few words for the report"""
    phrases: Annotated[tuple[str, ...], MinLen(1)]
    """own words that mean it"""
    events: tuple[Happening, ...] = ()
    """what it does to others"""
    scores: Mapping[str, Score] = field(default_factory=dict)
    """dimension of the rubric → what it is worth"""
    reply: Lines = ()
    """the answer, if nothing else was said: of several lines the first whose condition holds"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A situation in which the trainee decides."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    title: str = ""
    """a few words for it"""
    scene: str = ""
    """what the trainee notices, in words that nobody speaks"""
    events: tuple[Happening, ...] = ()
    """what happens as it begins"""
    says: Lines = ()
    """what is said as it begins: every line whose condition holds, in order"""
    prompt: str = ""
    """question to the trainee"""
    time_limit_s: Limit | None = None
    """how long the trainee may think [unit=s]; None is without limit"""
    timeout: str | None = None
    """option that happens when the time is over; needed with a limit"""
    options: Mapping[str, Option] = field(default_factory=dict)
    """name → what can be done; a stage without goes on by itself"""
    unclear: Lines = ()
    """answer to words that were not understood; empty takes the scenario's"""
    next: Ways | None = None
    """where it goes on after options that do not say"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An end."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    kind: Literal["success", "partial", "failure"]
    """how good it is"""
    title: Text
    """a few words for it"""
    text: Text
    """what it means, in a trainer's words"""
    events: tuple[Happening, ...] = ()
    """what happens at the end"""
    says: Lines = ()
    """last words: every line whose condition holds"""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is judged."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    title: Text
    """name for people"""
    description: str = ""
    """what is meant by it"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A training scenario."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    title: Text
    """name of the scenario"""
    cast: Mapping[str, str | CastMember]
    """name in this scenario → character's name, or more about it"""
    subject: str
    """member of the cast whose feelings are measured"""
    trainee: str
    """name under which the cast knows the trainee; may not be one of the cast that has a character"""
    start: str
    """first stage"""
    stages: Annotated[Mapping[str, Stage], MinLen(1)]
    """name → stage"""
    outcomes: Annotated[Mapping[str, Outcome], MinLen(1)]
    """name → end"""
    rubric: Mapping[str, Dimension] = field(default_factory=dict)
    """name → what is judged"""
    description: str = ""
    """what it is about"""
    briefing: str = ""
    """what the trainee is told before"""
    lessons: tuple[str, ...] = ()
    """what the trainee should take home"""
    credit: str = ""
    """who wrote it"""
    licence: str = ""
    """under which terms it may be used"""
    seed: Annotated[int, Interval(ge=0, le=2**32)] = 0
    """seed of all chance"""
    shuffle: bool = False
    """whether options are offered in an order that chance decides, so that no place in the list is the best"""
    background: str = "studio"
    """name of a background, ``plain:#rrggbb``, or an image file"""
    responses: Mapping[str, Response] = field(default_factory=dict)
    """event → what it does to those of the cast who have a mind, in place of their own"""
    intents: Mapping[str, Intent] = field(default_factory=dict)
    """name → what the trainee may say in own words at any stage"""
    always: tuple[Way, ...] = ()
    """ways that are open after every turn, tried before those of the stage"""
    unclear: Lines = "Sorry, what do you mean?"
    """answer to words that were not understood"""

    @property
    def script(self) -> Script:
        """The cast as a script without beats."""
        return Script(title=self.title, cast=self.cast, script=(), seed=self.seed, background=self.background)

    def ways(self, stage: str, option: str | None) -> tuple[Way, ...]:
        """Where it can go on after an option, None for a stage without; first those that are always open."""
        here = self.stages[stage]
        own = here.options[option].next if option is not None else None
        return (*self.always, *as_ways(own if own is not None else here.next))

    def best(self, stage: str, offered: tuple[str, ...]) -> str:
        """The option that the rubric values most, the first of equals."""
        options = self.stages[stage].options
        return max(offered, key=lambda name: options[name].points)

    def worst(self, stage: str, offered: tuple[str, ...]) -> str:
        """The option that the rubric values least, the first of equals."""
        options = self.stages[stage].options
        return min(offered, key=lambda name: options[name].points)


def as_lines(lines: Lines) -> tuple[Line, ...]:
    """Lines, with the short form written out.

    >>> as_lines("Why?")[0].say
    'Why?'
    """
    if isinstance(lines, str):
        return (Line(lines),) if lines else ()
    return lines


def as_ways(ways: Ways | None) -> tuple[Way, ...]:
    """Ways, with the short form written out.

    >>> as_ways("end")
    (Way(to='end', when=None),)
    """
    if ways is None:
        return ()
    return (Way(ways),) if isinstance(ways, str) else ways
