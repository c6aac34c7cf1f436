"""Mistakes in declarations: each found, each with its place and a remedy."""

from __future__ import annotations

import pytest
from emotion_minds import GUARD
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.emotion.check import check_mind
from expressive.emotion.conditions import conjunctions, parse_condition
from expressive.emotion.spec import (
    DisplayRule,
    EmotionSpec,
    MachineSpec,
    MindSpec,
    Response,
    StateSpec,
    TransitionSpec,
)

AB = {"a": StateSpec(), "b": StateSpec()}
BACK = TransitionSpec(from_="b", to="a", event="soothed")


def machine(*transitions: TransitionSpec, states: dict | None = None, **more: object) -> MindSpec:
    fields = {"initial": "a", "states": AB if states is None else states, **more}
    return MindSpec(machine=MachineSpec(transitions=transitions, **fields))


def when(text: str, **more: object) -> MindSpec:
    return machine(TransitionSpec(from_="a", to="b", when=text, **more), BACK)


CASES = [
    (machine(initial="c"), ("machine", "initial"), "state 'c' is unknown"),
    (machine(states={}), ("machine", "states"), "at least one state"),
    (
        machine(TransitionSpec(from_="a", to="b", event="insulted")),
        ("machine", "states", "b"),
        "state 'b' is a trap: nothing leads out of it; add a transition or final: true",
    ),
    (
        machine(BACK, states={"a": StateSpec(final=True), "b": StateSpec()}),
        ("machine", "states", "b"),
        "state 'b' is unreachable from 'a'",
    ),
    (
        machine(TransitionSpec(from_="a", to="c", event="insulted"), BACK),
        ("machine", "transitions", 0, "to"),
        "state 'c' is unknown",
    ),
    (
        machine(TransitionSpec(from_=("a", "bb"), to="b", event="insulted"), BACK),
        ("machine", "transitions", 0, "from"),
        "state 'bb' is unknown",
    ),
    (
        machine(TransitionSpec(from_="a", to="b", event=("praised", "insultd")), BACK),
        ("machine", "transitions", 0, "event"),
        "event 'insultd' is unknown. Did you mean 'insulted'?",
    ),
    (machine(TransitionSpec(from_="a", to="b"), BACK), ("machine", "transitions", 0), "is always taken"),
    (when("angr > 0.5"), ("machine", "transitions", 0, "when"), "quantity 'angr' is unknown. Did you mean 'ang"),
    (when("anger > "), ("machine", "transitions", 0, "when"), "at its end"),
    (when("anger = 0.5"), ("machine", "transitions", 0, "when"), "'=' at column 7 has no meaning; write > or <"),
    (when("anger > 0.5 and"), ("machine", "transitions", 0, "when"), "expected an emotion"),
    (when("anger > 0.5)"), ("machine", "transitions", 0, "when"), "expected 'and', 'or' or the end"),
    (when("anger > 0.6 and anger < 0.4"), ("machine", "transitions", 0, "when"), "anger > 0.6 contradicts anger < 0.4"),
    (when("anger > 1.2"), ("machine", "transitions", 0, "when"), "can never hold"),
    (when("anger < 0.01"), ("machine", "transitions", 0, "when"), "can never hold: anger < 0.01 asks for less than 0"),
    (when("trust(bob) < -1"), ("machine", "transitions", 0, "when"), "can never hold"),
    (when("since(insultd) > 3"), ("machine", "transitions", 0, "when"), "event 'insultd' is unknown"),
    (
        machine(
            TransitionSpec(from_="a", to="b", when="anger > 0.3"),
            TransitionSpec(from_="b", to="a", when="anger < 0.5"),
        ),
        ("machine", "transitions", 1, "when"),
        "contradictory thresholds",
    ),
    (
        machine(
            TransitionSpec(from_="a", to="b", event="insulted"),
            BACK,
            states={"a": StateSpec(tone={"angr": 0.5}), "b": StateSpec()},
        ),
        ("machine", "states", "a", "tone", "angr"),
        "emotion 'angr' is unknown",
    ),
    (
        machine(states={"a": StateSpec(timeout_s=3.0, final=False)}),
        ("machine", "states", "a", "timeout_s"),
        "needs timeout_to",
    ),
    (
        machine(states={"a": StateSpec(timeout_to="b"), "b": StateSpec(final=True)}),
        ("machine", "states", "a", "timeout_to"),
        "needs timeout_s",
    ),
    (
        machine(states={"a": StateSpec(timeout_s=0.2, timeout_to="b"), "b": StateSpec(final=True)}),
        ("machine", "states", "a", "timeout_s"),
        "shorter than min_dwell_s=0.5",
    ),
    (
        machine(states={"a": StateSpec(timeout_s=9, timeout_to="bb"), "b": StateSpec(final=True)}),
        ("machine", "states", "a", "timeout_to"),
        "state 'bb' is unknown",
    ),
    (
        machine(BACK, states={"a": StateSpec(timeout_s=9, timeout_to="b"), "b": StateSpec(final=True)}),
        ("machine", "transitions", 0, "from"),
        "is final and is never left",
    ),
    (
        machine(states={"a": StateSpec(states={"a": StateSpec(final=True)})}),
        ("machine", "states", "a", "states", "a"),
        "declared twice",
    ),
    (
        machine(states={"a": StateSpec(initial="z", states={"q": StateSpec(final=True)})}),
        ("machine", "states", "a", "initial"),
        "inner state 'z' is unknown",
    ),
    (
        MindSpec(emotion=EmotionSpec(gain={"happines": 2.0})),
        ("emotion", "gain", "happines"),
        "Did you mean 'happiness'",
    ),
    (
        MindSpec(emotion=EmotionSpec(half_life_s={"anger": 0.2})),
        ("emotion", "half_life_s", "anger"),
        "anger would rise in 0.5 s but fade by half in 0.2 s",
    ),
    (
        MindSpec(emotion=EmotionSpec(onset_s={"fear": 20.0})),
        ("emotion", "onset_s", "fear"),
        "make onset_s at most half_life_s",
    ),
    (
        MindSpec(emotion=EmotionSpec(responses={"hit": Response(goals={"safety": -1})})),
        ("emotion", "responses", "hit", "goals", "safety"),
        "goal 'safety' is unknown.; declare it under emotion.goals",
    ),
    (
        MindSpec(emotion=EmotionSpec(display_profile="court")),
        ("emotion", "display_profile"),
        "display profile 'court' is unknown",
    ),
    (MindSpec(display_rules=(DisplayRule("angr", "mask"),)), ("display_rules", 0, "emotion"), "is unknown"),
    (MindSpec(display_rules=(DisplayRule("anger", "substitute"),)), ("display_rules", 0), "needs 'with'"),
    (
        MindSpec(display_rules=(DisplayRule("anger", "mask", with_="happiness"),)),
        ("display_rules", 0, "with"),
        "use action: substitute",
    ),
]


@pytest.mark.parametrize(("spec", "path", "message"), CASES)
def test_every_mistake_is_found_at_its_place(spec: MindSpec, path: tuple, message: str) -> None:
    problems = check_mind(spec)
    assert any(problem.path == path and message in problem.message for problem in problems), problems
    assert all("\n" not in problem.message for problem in problems)


def test_a_sound_declaration_has_none() -> None:
    assert check_mind(GUARD) == []
    assert check_mind(MindSpec()) == []


def test_deliberate_cycles_are_allowed() -> None:
    swing = machine(
        TransitionSpec(from_="a", to="b", when="anger > 0.3 and time_in_state > 2"),
        TransitionSpec(from_="b", to="a", when="anger < 0.5 and time_in_state > 2"),
    )
    assert check_mind(swing) == []


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("anger > 0.5", [["anger > 0.5"]]),
        ("anger>.5 and fear<0.2", [["anger > 0.5", "fear < 0.2"]]),
        ("not (anger > 0.5 and fear < 0.2)", [["anger <= 0.5"], ["fear >= 0.2"]]),
        ("not (anger > 0.5 or fear < 0.2)", [["anger <= 0.5", "fear >= 0.2"]]),
        ("not not joy >= 0.5", [["happiness >= 0.5"]]),
        (
            "(anger > fear or pleasure < -0.5) and trust(bob) > 0",
            [["anger > fear", "trust(bob) > 0"], ["pleasure < -0.5", "trust(bob) > 0"]],
        ),
        ("anger toward 'old man' > 0.3", [["anger toward old man > 0.3"]]),
        ("mood.arousal > 1e-1 and happy-for > 0.2", [["arousal > 0.1", "happy-for > 0.2"]]),
        ("since(insulted) > 3 and time_in_state > 1", [["since(insulted) > 3", "time_in_state > 1"]]),
    ],
)
def test_conditions_are_read(text: str, ways: list[list[str]]) -> None:
    assert [[atom.text for atom in way] for way in conjunctions(parse_condition(text))] == ways


WORDS = ["anger", ">", "<", "0.5", "(", ")", "and", "or", "not", "trust", "toward", "bob", "fear"]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        tree = parse_condition(text)
    except ParameterError:
        return
    assert list(conjunctions(tree))


def test_deep_nesting_is_refused_clearly() -> None:
    with pytest.raises(ParameterError, match="nested deeper"):
        parse_condition("(" * 5000 + "anger > 0.5" + ")" * 5000)
