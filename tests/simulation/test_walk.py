"""Walking every branch finds what can never happen, and says how far it went."""

from __future__ import annotations

import pytest

from expressive.simulation.reading import load_scenario
from expressive.simulation.scenario import Scenario
from expressive.simulation.walk import walk
from tests.simulation.conftest import SMALL


def test_a_good_scenario_is_walked_whole(small: Scenario) -> None:
    found = walk(small)
    assert found.good
    assert found.complete
    assert set(found.endings) == {"calm", "angry"}
    assert found.paths["angry"] == ("order", "again")
    assert ("window", "wait") in found.taken


def test_an_option_that_can_never_be_offered_is_found(write) -> None:
    text = SMALL.replace("        tags: [hostile]\n        phrases", "        when: anger > 0.99\n        phrases")
    found = walk(load_scenario(write(text)))
    assert ("window", "order") in found.never_offered
    assert "upset" in found.never_entered
    assert "angry" in found.never_reached
    assert any("stages.window.options.order: is never offered" in line for line in found.lines())


def test_a_circle_that_is_only_felt_is_found(write) -> None:
    text = SMALL.replace("next: calm}", "next: [{to: calm, when: anger > 0.99}, {to: upset}]}")
    text = text.replace("next: angry}", "next: upset}").replace("      - {to: calm}", "      - {to: upset}")
    text = text.replace("  angry: {kind: failure, title: He is angry, text: It went badly.}\n", "")
    found = walk(load_scenario(write(text)), most_turns=200)
    assert "calm" in found.never_reached
    assert not found.good


def test_a_bound_is_said(small: Scenario) -> None:
    found = walk(small, most_turns=1)
    assert not found.complete
    assert found.turns == 1
    assert any("in 1 turns; that may not be all" in line for line in found.lines())


@pytest.mark.slow
def test_the_traffic_stop_reaches_all_its_ends(traffic_stop: Scenario) -> None:
    found = walk(traffic_stop, most_turns=400)
    assert list(found.lines()) == []
    assert set(found.endings) == set(traffic_stop.outcomes)
