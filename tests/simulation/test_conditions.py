"""Everything that a condition of a scenario can ask for, asked of a run."""

from __future__ import annotations

import pytest

from expressive.core.errors import ParameterError
from expressive.simulation.conditions import condition
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario
from expressive.simulation.view import holds


@pytest.fixture
def run(small: Scenario) -> Run:
    """After an insult, words that nobody understood, and an order; at the second stage."""
    made = Run(small)
    for words in ("You idiot", "Purple elephants", "2"):
        made.until_choice()
        made.say(words)
    made.until_choice()
    assert made.stage == "upset"
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anger > 0.2", True),
        ("anger > 0.2 and fear > 0.2", True),
        ("agitation > anger", True),
        ("agitation < 0.2", False),
        ("happiness > 0.2", False),
        ("shown(anger) > 0.2", True),
        ("shown(angry) > 0.9", False),
        ("trust < -0.3", True),
        ("trust(officer) < -0.3", True),
        ("trust(driver) < -0.3", False),
        ("liking > 0", False),
        ("pleasure < 0", True),
        ("state(defensive) or state(angry)", True),
        ("state(guarded)", True),
        ("not state(relieved)", True),
        ("chosen(order)", True),
        ("chosen(window.order)", True),
        ("chosen(upset.again)", False),
        ("chosen(order) > 1", False),
        ("not chosen(explain)", True),
        ("said(insult)", True),
        ("said(insult) >= 2", False),
        ("visited(window) and visited(upset)", True),
        ("score(clarity) < -2.5", True),
        ("unclear < 1", True),  # counted anew at each stage
        ("time > 10", True),
        ("time_in_stage < time", True),
        ("time_in_state > 0", True),
        ("since(barked_at) < 10", True),
        ("since(let_go) > 1000", True),
        ("not (anger > 0.2 or time > 10)", False),
    ],
)
def test_a_condition_tells_what_is(run: Run, text: str, expected: bool) -> None:
    assert holds(run, text) is expected


def test_no_condition_always_holds(run: Run) -> None:
    assert holds(run, None)


@pytest.mark.parametrize(
    "text",
    ["", "anger", "anger >", "shown anger > 1", "chosen", "__import__('os')", "time = 3", "x > 1", "anger > 0.5)"],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        condition(text, "officer")
