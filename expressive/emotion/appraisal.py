"""Appraisal after Ortony, Clore & Collins (OCC): from what an event means to what it makes one feel.

The rules, with d = congruence × utility of the goal, L = likelihood, p = likelihood believed before (0: not expected):

===================================== ====================== =============================================
who or what                           case                   emotions
===================================== ====================== =============================================
another, liked / disliked, L = 1      d > 0                  happy-for / resentment
another, liked / disliked, L = 1      d < 0                  pity / gloating
self, 0 < L < 1                       d > 0 / d < 0          hope / fear
self, L = 1, not expected             d > 0 / d < 0          joy / distress
self, L = 1, expected                 d > 0 / d < 0          joy + satisfaction / distress + fears-confirmed
self, L = 0, expected                 d > 0 / d < 0          distress + disappointment / joy + relief
a standard upheld / violated          by self                pride / shame
a standard upheld / violated          by another             admiration / reproach
an object, by a lasting attitude      loved / hated          love / hate
an object, by its momentary appeal    appealing / repellent  liking / disliking
===================================== ====================== =============================================

joy + pride = gratification, distress + shame = remorse, joy + admiration = gratitude, distress + reproach = anger: the
compound takes the place of its parts, at their root mean square. Every intensity rises with each variable in its row.

Sources
-------
Ortony, Clore & Collins 1988; the order of the rules after Steunebrink, Dastani & Meyer 2009. Intensities: |d| as in
GAMYGDALA and FAtiMA, times what is stated at each rule, times ½ + ½ unexpectedness (ours).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from expressive.core.checks import check_number, check_text

__all__ = ["Event", "Outlook", "Potential", "appraise"]

SELF = "self"
"""As a source: the appraising character did it."""

_COMPOUNDS = (
    ("joy", "pride", "gratification"),
    ("distress", "shame", "remorse"),
    ("joy", "admiration", "gratitude"),
    ("distress", "reproach", "anger"),
)


@dataclass(frozen=True)
class Event:
    """Something that happened or may happen, by what it means."""

    name: str
    """what to call it in the why-trace"""
    source: str | None = None
    """the agent responsible; ``self`` or the character's own name for itself"""
    goals: Mapping[str, float] = field(default_factory=dict)
    """own goal → congruence: how far it helps (> 0) or harms (< 0) [range=[-1, 1]]"""
    likelihood: float = 1.0
    """1 it happened, 0 it turned out not to, between: it may [range=[0, 1]]"""
    prior: float | None = None
    """likelihood that was believed before [range=[0, 1]]; None takes what earlier events made believed"""
    others: Mapping[str, float] = field(default_factory=dict)
    """other agent → how good (> 0) or bad it is for them [range=[-1, 1]]"""
    praiseworthiness: float = 0.0
    """how far the source's deed is right (> 0) or wrong (< 0) in itself [range=[-1, 1]]"""
    standards: Mapping[str, float] = field(default_factory=dict)
    """own standard → how far the deed upholds (> 0) or violates (< 0) it [range=[-1, 1]]"""
    object: str | None = None
    """the thing or person that is met with; its attitude is the character's"""
    appeal: float = 0.0
    """momentary appeal of that object [range=[-1, 1]]"""
    unexpectedness: float | None = None
    """how little it was foreseen [range=[0, 1]]; None follows from the belief before"""

    def __post_init__(self) -> None:
        check_text("name", self.name, max_length=200)
        check_number("likelihood", self.likelihood, 0, 1)
        check_number("praiseworthiness", self.praiseworthiness, -1, 1)
        check_number("appeal", self.appeal, -1, 1)
        for name in ("prior", "unexpectedness"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0, 1)
        for kind in ("goals", "others", "standards"):
            for name, value in getattr(self, kind).items():
                check_number(f"{kind}[{name!r}]", value, -1, 1)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON types."""
        return {f.name: dict(x) if isinstance(x := getattr(self, f.name), Mapping) else x for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Outlook:
    """With which eyes an event is seen."""

    name: str
    """the appraising character"""
    goals: Mapping[str, float]
    """goal → utility [range=[-1, 1]]"""
    standards: Mapping[str, float]
    """standard → weight [range=[0, 1]]"""
    attitudes: Mapping[str, float]
    """object → attitude [range=[-1, 1]]"""
    liking: Callable[[str], float]
    """agent → liking [range=[-1, 1]]"""
    believed: Mapping[str, float]
    """goal → likelihood of its pending event [range=(0, 1)]; goals without one are not expected"""


@dataclass(frozen=True, slots=True)
class Potential:
    """An emotion that an event calls for, before the character's own nature scales it."""

    emotion: str
    """a name of :data:`expressive.core.emotions.OCC_EMOTIONS`"""
    intensity: float
    """[range=(0, 1]]"""
    toward: str | None = None
    """whom or what it is about"""
    goal: str | None = None
    """the goal, standard or object by which it came"""


def appraise(event: Event, outlook: Outlook) -> tuple[Potential, ...]:
    """Apply the OCC rules.

    Parameters
    ----------
    event : Event
        what happened
    outlook : Outlook
        goals, standards, attitudes, relations and expectations of the character

    Returns
    -------
    tuple[Potential, ...]
        the emotions called for, compounds in place of their parts

    Examples
    --------
    >>> eyes = Outlook("anna", {"win": 0.8}, {}, {}, lambda agent: 0.0, {})
    >>> [(p.emotion, p.intensity) for p in appraise(Event("race", goals={"win": 1.0}, likelihood=0.5), eyes)]
    [('hope', 0.4)]
    """
    by_self = event.source is not None and event.source in (SELF, outlook.name)
    found = [
        *(p for goal, c in event.goals.items() for p in _well_being(event, outlook, goal, c)),
        *(p for agent, d in event.others.items() for p in _fortune(event, outlook, agent, d)),
        *_conduct(event, outlook, by_self=by_self),
        *_object(event, outlook),
    ]
    return _compounded(found, None if by_self else event.source)


def _well_being(event: Event, outlook: Outlook, goal: str, congruence: float) -> list[Potential]:
    d = congruence * outlook.goals[goal]
    if d == 0.0:
        return []
    likelihood = event.likelihood
    prior = outlook.believed.get(goal, 0.0) if event.prior is None else event.prior
    good = d > 0.0
    if 0.0 < likelihood < 1.0:
        strength = abs(d) * likelihood * _surprise(event, 1.0)
        return _made("hope" if good else "fear", strength, goal=goal)
    if likelihood == 1.0:
        strength = abs(d) * _surprise(event, 1.0 - prior)
        out = _made("joy" if good else "distress", strength, goal=goal)
        # The more it was hoped for or feared, the more there is to be confirmed.
        return out + _made("satisfaction" if good else "fears-confirmed", abs(d) * prior, goal=goal)
    if prior == 0.0:
        return []
    strength = abs(d) * _surprise(event, prior)
    out = _made("distress" if good else "joy", strength, goal=goal)
    return out + _made("disappointment" if good else "relief", abs(d) * prior, goal=goal)


def _fortune(event: Event, outlook: Outlook, agent: str, d: float) -> list[Potential]:
    liking = outlook.liking(agent)
    if event.likelihood < 1.0 or agent in (SELF, outlook.name):
        return []
    strength = abs(d) * abs(liking) * _surprise(event, 1.0)
    if d > 0.0:
        return _made("happy-for" if liking > 0.0 else "resentment", strength, toward=agent)
    return _made("pity" if liking > 0.0 else "gloating", strength, toward=agent)


def _conduct(event: Event, outlook: Outlook, *, by_self: bool) -> list[Potential]:
    if event.source is None:
        return []
    parts = {name: adherence * outlook.standards[name] for name, adherence in event.standards.items()}
    total = min(1.0, max(-1.0, event.praiseworthiness + sum(parts.values())))
    goal = max(parts, key=lambda name: abs(parts[name])) if parts else None
    strength = abs(total) * _surprise(event, 1.0)
    if by_self:
        return _made("pride" if total > 0.0 else "shame", strength, goal=goal)
    return _made("admiration" if total > 0.0 else "reproach", strength, toward=event.source, goal=goal)


def _object(event: Event, outlook: Outlook) -> list[Potential]:
    if event.object is None:
        return []
    attitude, thing = outlook.attitudes.get(event.object, 0.0), event.object
    out = _made("love" if attitude > 0.0 else "hate", abs(attitude), toward=thing, goal=thing)
    strength = abs(event.appeal) * _surprise(event, 1.0)
    return out + _made("liking" if event.appeal > 0.0 else "disliking", strength, toward=thing, goal=thing)


def _compounded(found: list[Potential], source: str | None) -> tuple[Potential, ...]:
    for first, second, compound in _COMPOUNDS:
        ones = [p for p in found if p.emotion == first]
        others = [p for p in found if p.emotion == second]
        if not ones or not others:
            continue
        # Several goals may each bring the first part; they join as probabilities do.
        one = 1.0 - math.prod(1.0 - p.intensity for p in ones)
        strength = math.hypot(one, others[0].intensity) / math.sqrt(2.0)
        goal = max(ones, key=lambda p: p.intensity).goal
        found = [p for p in found if p.emotion not in (first, second)]
        found.append(Potential(compound, min(1.0, strength), source, goal))
    return tuple(found)


def _surprise(event: Event, derived: float) -> float:
    """Factor of unexpectedness, from ½ for the foreseen to 1."""
    return 0.5 + 0.5 * (derived if event.unexpectedness is None else event.unexpectedness)


def _made(emotion: str, strength: float, *, toward: str | None = None, goal: str | None = None) -> list[Potential]:
    return [Potential(emotion, min(1.0, strength), toward, goal)] if strength > 0.0 else []
