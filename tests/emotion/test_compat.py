"""The peers' published numbers, to the digits."""

from __future__ import annotations

import pytest

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.emotion.compat.fatima import (
    FatimaState,
    compound_potential,
    fortune_of_others_potential,
    goal_potential,
    like_potential,
    well_being_potential,
)
from expressive.emotion.compat.gamygdala import Gamygdala


def village() -> Gamygdala:
    engine = Gamygdala()
    engine.add_goal("village", "destroyed", -1.0)
    engine.add_goal("village", "live", 0.7)
    engine.add_goal("blacksmith", "live", 0.7)
    for agent, other, like in (
        ("blacksmith", "village", 0.3),
        ("knight", "village", 0.8),
        ("orc", "village", -0.6),
        ("village", "knight", 0.5),
    ):
        engine.add_relation(agent, other, like)
    return engine


def felt(engine: Gamygdala, agent: str) -> dict[str, float]:
    return pytest.approx(engine.emotions(agent), abs=1e-12)


def test_the_village_run() -> None:
    engine = village()
    engine.believe(0.6, "orc", {"destroyed": 1.0})
    assert felt(engine, "village") == {"fear": 0.30, "anger": 0.30}
    assert felt(engine, "blacksmith") == {"pity": 0.09}
    assert felt(engine, "knight") == {"pity": 0.24}
    assert felt(engine, "orc") == {"gloating": 0.18}
    assert engine.pad("village") == pytest.approx((-0.345, 0.357, -0.054))

    engine.believe(1.0, "orc", {"destroyed": 1.0})
    assert felt(engine, "village") == {"fear": 0.30, "anger": 0.50, "fear-confirmed": 0.20, "distress": 0.20}
    assert felt(engine, "knight") == {"pity": 0.40}
    assert felt(engine, "orc") == {"gloating": 0.30}

    engine.believe(1.0, "knight", {"live": 1.0})
    assert engine.emotions("village")["joy"] == pytest.approx(0.35)
    assert engine.emotions("village")["gratitude"] == pytest.approx(0.35)
    assert felt(engine, "knight") == {"pity": 0.40, "happy-for": 0.28, "gratification": 0.28}
    assert felt(engine, "blacksmith") == {"pity": 0.15, "joy": 0.35, "gratitude": 0.35, "happy-for": 0.105}
    assert felt(engine, "orc") == {"gloating": 0.30, "resentment": 0.21}

    before = {agent: engine.emotions(agent) for agent in ("village", "blacksmith", "knight", "orc")}
    engine.decay(3.0)
    for agent, emotions in before.items():
        assert felt(engine, agent) == {name: 0.512 * x for name, x in emotions.items()}


def test_the_separate_run() -> None:
    engine = Gamygdala()
    engine.add_goal("hero", "win", 1.0)
    engine.believe(0.5, None, {"win": 1.0})
    assert felt(engine, "hero") == {"hope": 0.25}
    engine.decay(2.0)
    assert felt(engine, "hero") == {"hope": 0.16}
    engine.believe(0.9, None, {"win": -1.0})
    assert engine.emotions("hero")["fear"] == pytest.approx(0.70)
    engine.decay(2.0)
    assert felt(engine, "hero") == {"hope": 0.1024, "fear": 0.448}
    assert engine.pad("hero") == pytest.approx((-0.234496, 0.292352, -0.178304), abs=1e-12)


def test_incremental_belief_gain_linear_decay_and_frozen_goals() -> None:
    engine = Gamygdala()
    engine.add_goal("hero", "win", 0.8)
    engine.believe(0.25, None, {"win": 1.0}, is_incremental=True)
    assert engine.emotions("hero")["hope"] == pytest.approx(0.8 * 0.25)
    assert engine.emotions("hero", gain=5.0)["hope"] == pytest.approx(1.0 / 2.0)
    engine.decay(1.0, factor=0.05, kind="linear")
    assert engine.emotions("hero")["hope"] == pytest.approx(0.15)
    engine.believe(1.0, None, {"win": 1.0})
    reached = engine.emotions("hero")
    engine.believe(1.0, None, {"win": -1.0})
    assert engine.emotions("hero") == reached


def test_its_defect_is_kept_no_relief_and_no_disappointment() -> None:
    engine = Gamygdala()
    engine.add_goal("hero", "win", 1.0)
    engine.add_goal("hero", "die", -1.0)
    engine.believe(1.0, None, {"win": -1.0, "die": -1.0})
    assert set(engine.emotions("hero")) == {"distress", "joy"}


def test_gamygdala_mistakes() -> None:
    engine = village()
    with pytest.raises(UnknownNameError, match="Did you mean 'destroyed'"):
        engine.believe(0.5, None, {"destroed": 1.0})
    with pytest.raises(ParameterError, match=r"likelihood=2 must be in \[0, 1\]"):
        engine.believe(2, None, {"live": 1.0})


@pytest.mark.parametrize(
    ("potential", "expected"),
    [
        (well_being_potential(-6.0), 6.0),
        (compound_potential(-6.0, -4.0), 5.0),
        (compound_potential(6.0, -4.0), 1.0),
        (fortune_of_others_potential(-2.0, 6.0), 4.0),
        (like_potential(-10.0), 7.0),
        (goal_potential(8.0, 0.25), 2.0),
        (goal_potential(8.0, 0.25, is_for_success=False), 6.0),
    ],
)
def test_fatima_potentials(potential: float, expected: float) -> None:
    assert potential == pytest.approx(expected)


def test_fatima_mood_threshold_and_decay() -> None:
    state = FatimaState(mood=4.0)
    state.feel("joy", 3.0, valence=1, threshold=1.0)
    assert state.emotions["joy"] == pytest.approx(3.0 + 0.3 * 4.0 - 1.0)
    assert state.mood == pytest.approx(4.0 + 0.3 * 3.2)
    state.pass_time(60)
    assert state.mood == pytest.approx(4.96 / 2)
    assert state.emotions["joy"] == pytest.approx(3.2 * 0.5**4)
    fast = FatimaState()
    fast.feel("distress", 4.0, valence=-1, decay=5.0)
    fast.pass_time(3)
    assert fast.emotions["distress"] == pytest.approx(2.0)
    fast.pass_time(120)
    assert fast.emotions == {}
    assert fast.mood == 0.0
