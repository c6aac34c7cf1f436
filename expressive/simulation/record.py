"""What is kept of a run: what happened, what was chosen, how the subject felt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from expressive.core.affect import Affect
from expressive.emotion.causes import Cause

__all__ = ["Award", "Decision", "Entry", "Peak", "Push", "Record", "Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The subject at one moment."""

    time_s: float
    felt: Affect
    shown: Affect
    agitation: float
    """anger and fear together [range=[0, 1]]"""
    trust: float
    """in the trainee [range=[-1, 1]]"""
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, for the transcript."""

    time_s: float
    kind: str
    """``stage``, ``scene``, ``line``, ``trainee``, ``deed``, ``event``, ``unclear``, ``timeout``, ``state``,
    ``override`` or ``outcome``"""
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Award:
    """Points for something."""

    time_s: float
    dimension: str
    points: float
    why: str
    what: str
    """the option or intent, in a few words"""
    decision: int | None
    """number of the decision, None for own words beside one"""


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice of the trainee."""

    opened_s: float
    time_s: float
    stage: str
    option: str
    how: str
    """``picked``, ``words`` or ``timeout``"""
    said: str
    """own words of the trainee; empty where the option's were taken"""
    phrases: tuple[str, ...]
    """by which own words were understood"""
    offered: tuple[str, ...]
    limit_s: float | None
    before: Sample
    """the subject as the choice was made"""


@dataclass(frozen=True, slots=True)
class Push:
    """An event and the decision that brought it, so that a feeling can be traced back to a choice."""

    time_s: float
    event: str
    what: str
    """the choice, in a few words"""


@dataclass(frozen=True, slots=True)
class Peak:
    """The moment of greatest agitation."""

    sample: Sample
    causes: tuple[Cause, ...]
    """of anger and fear, the strongest first"""


@dataclass
class Record:
    """All that is kept of a run."""

    samples: list[Sample] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    """what came from outside, in order: enough to play the run again"""
    peak: Peak | None = None

    @property
    def afterwards(self) -> list[Sample]:
        """For each decision, the subject as the next was made, or at the end."""
        return [*(each.before for each in self.decisions[1:]), self.samples[-1]] if self.decisions else []

    def copy(self) -> Record:
        """The same, to go on with elsewhere; the entries themselves never change."""
        return Record(
            list(self.samples),
            list(self.entries),
            list(self.decisions),
            list(self.awards),
            list(self.pushes),
            list(self.inputs),
            self.peak,
        )
