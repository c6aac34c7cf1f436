"""Conditions of a scenario: the state machine's language, with more to ask.

Bare ``anger``, ``trust`` or ``pleasure`` are what the subject feels, now, toward the trainee. Besides:

=====================  =================================================================
``agitation``          anger and fear together, [0, 1]
``shown(emotion)``     what the subject lets others see, [0, 1]
``state(name)``        whether the subject's machine is in a state, or in one inside it
``chosen(option)``     whether the trainee has taken an option: ``listen`` or ``stage.listen``
``said(intent)``       how often the trainee has said something in own words
``visited(stage)``     whether a stage has been entered
``score(dimension)``   points so far
``unclear``            how often in this stage the trainee was not understood
``time``               seconds since the beginning
``time_in_stage``      seconds since the stage was entered
=====================  =================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from expressive.core.affect import Affect
from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.core.errors import ExpressiveError, ParameterError, UnknownNameError
from expressive.emotion.conditions import AllOf, AnyOf, Atom, Condition, Quantity, Words, parse_condition

if TYPE_CHECKING:
    from expressive.simulation.scenario import Scenario

__all__ = ["agitation", "asked", "check_condition", "condition"]

_PLAIN = frozenset({"agitation", "unclear", "time", "time_in_stage"})
_YES_NO = frozenset({"state", "chosen", "said", "visited"})
_CALLED = _YES_NO | {"shown", "score"}


def agitation(affect: Affect) -> float:
    """Anger and fear together, as two reasons of which either is enough [range=[0, 1]].

    >>> round(agitation(Affect.of(anger=0.5, fear=0.5)), 2)
    0.75
    """
    return 1.0 - (1.0 - affect["anger"]) * (1.0 - affect["fear"])


@lru_cache(maxsize=4096)
def condition(text: str, trainee: str) -> Condition:
    """Read a condition; ``trainee`` is whom ``trust`` and ``liking`` are about.

    Raises
    ------
    ParameterError
        If it is not one.
    """
    return parse_condition(text, words=Words(_PLAIN, _CALLED, _YES_NO, trainee))


def asked(tree: Condition) -> Iterator[Quantity]:
    """Everything that a condition asks for."""
    if isinstance(tree, Atom):
        yield tree.left
        if tree.right is not None:
            yield tree.right
    elif isinstance(tree, AllOf | AnyOf):
        for part in tree.parts:
            yield from asked(part)


def check_condition(
    text: str,
    scenario: Scenario,
    *,
    states: Collection[str],
    events: Collection[str],
) -> None:
    """Say what is wrong with a condition.

    Parameters
    ----------
    text : str
        the condition
    scenario : Scenario
        where it stands
    states, events : Collection[str]
        what the subject knows

    Raises
    ------
    ParameterError
        If it is no condition, or names what is not there.
    """
    known: dict[str, tuple[str, Collection[str]]] = {
        "state": ("state", states),
        "chosen": ("option", _options(scenario)),
        "said": ("intent", scenario.intents),
        "visited": ("stage", scenario.stages),
        "score": ("dimension", scenario.rubric),
    }
    for quantity in asked(condition(text, scenario.trainee)):
        if quantity.kind == "toward" or (quantity.kind == "felt" and quantity.name not in EMOTIONS):
            raise ParameterError(f"{quantity} is not known to scenarios; ask for one of {', '.join(EMOTIONS)}")
        if quantity.kind == "relation" and quantity.agent not in (scenario.trainee, *scenario.cast):
            raise UnknownNameError("cast member", quantity.agent, (scenario.trainee, *scenario.cast))
        if quantity.kind == "since" and quantity.name not in events:
            raise UnknownNameError("event", quantity.name, events)
        if quantity.kind == "more" and quantity.name in known:
            kind, names = known[quantity.name]
            if quantity.agent not in names:
                raise UnknownNameError(kind, quantity.agent, names)
        if quantity.kind == "more" and quantity.name == "shown":
            _check_emotion(quantity.agent)


def _options(scenario: Scenario) -> set[str]:
    names = {f"{stage}.{option}" for stage, entry in scenario.stages.items() for option in entry.options}
    return names | {name.split(".", 1)[1] for name in names}


def _check_emotion(name: str) -> None:
    try:
        resolve_emotion(name)
    except ExpressiveError as error:
        raise ParameterError(str(error)) from None
