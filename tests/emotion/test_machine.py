"""The state machine: ladders, hysteresis, dwell, precedence, groups, blends, events in mid-transition, callbacks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from emotion_minds import GUARD, LADDER, make
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.emotion.machine import Passage
from expressive.emotion.mind import Mind
from expressive.emotion.spec import EmotionSpec, MachineSpec, MindSpec, StateSpec, TransitionSpec


def mind_of(machine: MachineSpec, **emotion: object) -> Mind:
    spec = MindSpec(emotion=EmotionSpec(**emotion), machine=machine)
    return Mind(spec, name="x", rng=np.random.default_rng(0))


def two(**more: object) -> MachineSpec:
    fields = {"min_dwell_s": 1.0, "hysteresis": 0.1, **more}
    return MachineSpec(
        initial="calm",
        states={"calm": StateSpec(), "angry": StateSpec()},
        transitions=(
            TransitionSpec(from_="calm", to="angry", when="anger > 0.5"),
            TransitionSpec(from_="angry", to="calm", when="anger < 0.5"),
        ),
        **fields,
    )


def passed(mind: Mind) -> list[tuple[str, float]]:
    return [(r.name, r.time_s) for r in mind.history(step_s=1.0).records if r.kind == "transition"]


def test_the_guard_climbs_the_ladder_and_comes_down() -> None:
    mind = make()
    for _ in range(5):
        mind.trigger("insulted", source="player")
        mind.advance(3.0)
    assert mind.state == "enraged"
    up = [name for name, _ in passed(mind)]
    assert up == ["irritated", "angry", "enraged"]
    for _ in range(4):
        mind.trigger("soothed", source="captain")
        mind.advance(4.0)
    assert [name for name, _ in passed(mind)] == ["irritated", "angry", "enraged", "cooling", "calm"]
    times = [t for _, t in passed(mind)]
    assert times[0] < 1.0, "he shows that he heard the first insult"
    assert 3.0 < times[2] < 15.0, "rage takes more than one insult"
    assert times[3] < 18.0, "soothing is felt within seconds"


def test_he_cools_by_himself_too_but_slowly() -> None:
    mind = make()
    for _ in range(5):
        mind.trigger("insulted", source="player")
        mind.advance(1.0)
    assert mind.state == "enraged"
    mind.advance(120.0)
    assert mind.state == "calm"
    times = dict(passed(mind))
    assert 5.0 < times["cooling"] - times["enraged"] < 30.0
    assert 10.0 < times["calm"] - times["cooling"] < 60.0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_hovering_at_the_threshold_changes_at_most_once_per_dwell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mind = mind_of(two(hysteresis=0.0), inhibition=0.0)
    mind.feel("anger", 0.5)
    mind.advance(2.0)
    for _ in range(600):
        mind.feel("anger", float(np.clip(0.5 + 0.1 * rng.standard_normal(), 0, 1)))
        mind.advance(0.1)
    times = [t for _, t in passed(mind)]
    assert len(times) > 5, "the noise does reach the machine"
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in itertools.pairwise(times))


def test_hysteresis_keeps_small_noise_out() -> None:
    rng = np.random.default_rng(5)
    mind = mind_of(two(min_dwell_s=0.0, hysteresis=0.1))
    for _ in range(600):
        mind.feel("anger", float(0.5 + rng.uniform(-0.045, 0.045)))
        mind.advance(0.1)
    assert passed(mind) == []
    mind.feel("anger", 0.7, hold_s=2)
    mind.advance(2)
    assert [name for name, _ in passed(mind)] == ["angry"]


def test_a_crossing_is_found_at_its_point_of_the_grid_in_one_long_step() -> None:
    mind = mind_of(two(min_dwell_s=0.0))
    mind.feel("anger", 0.9)
    mind.advance(600.0)
    (up, rose_s), (down, fell_s) = passed(mind)
    assert (up, down) == ("angry", "calm")
    probe = mind_of(MindSpec().machine)
    probe.feel("anger", 0.9)
    probe.advance(rose_s - 1 / 120)
    assert probe.felt["anger"] <= 0.55
    probe.advance(1 / 120)
    assert probe.felt["anger"] > 0.55
    probe.advance(fell_s - rose_s - 1 / 120)
    assert probe.felt["anger"] >= 0.45
    probe.advance(1 / 120)
    assert probe.felt["anger"] < 0.45
    assert rose_s * 120 == pytest.approx(round(rose_s * 120), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        (
            "anger > 0.4",
            "pleasure < -0.15",
            "anger > fear",
            "not (anger < 0.3)",
            "sadness > 0.2 and arousal > -0.5",
            "anger toward bob > 0.3",
            "gratitude > 0.1 or disgust > 0.3",
            "since(insulted) > 2.5",
            "dominance < -0.02",
        )
    ),
    st.lists(
        st.tuples(
            st.sampled_from(("insulted", "loss", "attacked", "soothed", "gross_out", "startled")),
            st.floats(0.1, 1.0),
            st.floats(0.0, 4.0),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_skipping_points_of_the_grid_misses_nothing(when: str, script: list) -> None:
    """The bound by which quiet points are skipped against a machine that is made to look at every one of them."""
    machine = MachineSpec(
        initial="a",
        min_dwell_s=0.0,
        states={"a": StateSpec(), "b": StateSpec(final=True)},
        transitions=(TransitionSpec(from_="a", to="b", when=when),),
    )
    skipping, plain = mind_of(machine), mind_of(machine)
    for event, intensity, dt_s in script:
        for mind in (skipping, plain):
            mind.trigger(event, intensity=intensity, source="bob")
        skipping.advance(dt_s)
        until = plain.time_s + dt_s
        while plain.time_s < until:
            plain._next_poll = min(plain._next_poll, int((plain.time_s + 1e-9) * 120) + 1)
            plain.advance(min(1 / 120, until - plain.time_s))
    assert passed(skipping) == passed(plain)


def test_min_dwell_and_urgent() -> None:
    machine = MachineSpec(
        initial="a",
        min_dwell_s=5.0,
        states={"a": StateSpec(), "b": StateSpec(), "c": StateSpec()},
        transitions=(
            TransitionSpec(from_="a", to="b", event="insulted"),
            TransitionSpec(to="c", event="attacked", urgent=True),
            TransitionSpec(from_=("b", "c"), to="a", event="soothed"),
        ),
    )
    mind = mind_of(machine)
    mind.advance(1.0)
    mind.trigger("insulted")
    assert mind.state == "a", "the event waits"
    mind.advance(3.9)
    assert mind.state == "a"
    mind.advance(0.2)
    assert mind.state == "b"
    assert passed(mind) == [("b", 5.0)]
    mind.trigger("attacked")
    assert mind.state == "c"
    mind.trigger("soothed")
    mind.trigger("insulted")
    mind.advance(4.9)
    assert mind.state == "c"
    mind.advance(0.3)
    assert mind.state == "a"
    mind.advance(5.0)
    assert mind.state == "a", "insulted meant nothing in c, so it did not wait"


def test_events_that_mean_nothing_here_are_not_remembered() -> None:
    machine = MachineSpec(
        initial="a",
        states={"a": StateSpec(), "b": StateSpec(), "c": StateSpec(final=True)},
        transitions=(
            TransitionSpec(from_="a", to="b", event="greeted"),
            TransitionSpec(from_="b", to="c", event="insulted"),
        ),
    )
    mind = mind_of(machine)
    mind.advance(1)
    mind.trigger("insulted")
    mind.trigger("greeted")
    mind.advance(10)
    assert mind.state == "b"


def test_precedence_priority_then_innermost_then_order() -> None:
    def end(*transitions: TransitionSpec) -> str:
        states = {
            "outer": StateSpec(states={"in1": StateSpec(), "in2": StateSpec(final=True)}),
            "x": StateSpec(final=True),
            "y": StateSpec(final=True),
        }
        # Ways to every state, so that the declaration is sound.
        others = tuple(TransitionSpec(from_="in1", to=to, event="bored") for to in ("x", "y", "in2"))
        mind = mind_of(MachineSpec(initial="outer", states=states, transitions=(*transitions, *others)))
        mind.advance(1)
        mind.trigger("startled")
        return mind.state

    inner = TransitionSpec(from_="in1", to="x", event="startled")
    outer = TransitionSpec(from_="outer", to="y", event="startled")
    anywhere = TransitionSpec(to="in2", event="startled")
    assert end(anywhere, outer, inner) == "x"
    assert end(anywhere, outer) == "y"
    assert end(inner, TransitionSpec(from_="outer", to="y", event="startled", priority=1)) == "y"
    assert end(TransitionSpec(from_="in1", to="y", event="startled"), inner) == "y"


def test_groups_are_entered_left_and_timed() -> None:
    machine = MachineSpec(
        initial="calm",
        min_dwell_s=0.0,
        states={
            "calm": StateSpec(),
            "hostile": StateSpec(
                initial="cross",
                timeout_s=10.0,
                timeout_to="calm",
                gestures=("glaring",),
                states={
                    "cross": StateSpec(gestures=("frowning",)),
                    "furious": StateSpec(timeout_s=3, timeout_to="cross"),
                },
            ),
        },
        transitions=(
            TransitionSpec(from_="calm", to="hostile", event="insulted"),
            TransitionSpec(from_="cross", to="furious", event="insulted"),
            TransitionSpec(from_="hostile", to="calm", event="soothed"),
        ),
    )
    mind = mind_of(machine)
    told: list[tuple[str, Passage]] = []
    for kind in ("enter", "exit", "transition"):
        mind.on(kind, lambda passage, kind=kind: told.append((kind, passage)))
    inside: list[float] = []
    mind.on("enter", lambda passage: inside.append(passage.time_s), state="hostile")
    mind.advance(1.0)
    mind.trigger("insulted")
    assert (mind.state, mind.state_path) == ("cross", ("hostile", "cross"))
    assert mind.body.gestures[:2] == ("glaring", "frowning")
    mind.advance(1.0)
    mind.trigger("insulted")
    assert mind.state == "furious"
    mind.advance(3.5)
    assert mind.state == "cross"
    mind.advance(4.0)
    assert mind.state == "cross"
    mind.advance(1.6)
    assert mind.state == "calm", "the group's time ran from its own entry"
    assert [t for _, t in passed(mind)] == pytest.approx([1.0, 2.0, 5.0, 11.0])
    assert inside == [1.0]
    assert [kind for kind, _ in told[:3]] == ["exit", "transition", "enter"]
    assert told[0][1].exited == ("calm",)
    assert told[0][1].entered == ("hostile", "cross")
    assert told[3][1].exited == ("cross",)
    assert told[-1][1].exited == ("cross", "hostile")


def test_blend_is_continuous_also_when_interrupted() -> None:
    machine = MachineSpec(
        initial="a",
        min_dwell_s=0.0,
        blend_s=1.0,
        states={
            "a": StateSpec(tone={"happiness": 0.8}),
            "b": StateSpec(tone={"anger": 0.8}),
            "c": StateSpec(tone={"sadness": 0.8}),
        },
        transitions=(
            TransitionSpec(from_="a", to="b", event="insulted"),
            TransitionSpec(from_="b", to="c", event="bored"),
            TransitionSpec(from_="c", to="a", event="greeted"),
        ),
    )
    mind = mind_of(machine, gain={"anger": 0, "sadness": 0, "happiness": 0, "boredom": 0, "contempt": 0})
    mind.advance(1.0)
    rows = []
    for i in range(200):
        if i == 20:
            mind.trigger("insulted")
        if i == 50:
            mind.trigger("bored")
            assert set(mind.state_blend) == {"a", "b", "c"}
        rows.append(mind.shown.intensities)
        assert sum(mind.state_blend.values()) == pytest.approx(1.0)
        mind.advance(1 / 60)
    assert np.abs(np.diff(rows, axis=0)).max() < 0.03
    assert mind.state_blend == {"c": 1.0}
    assert mind.shown["sadness"] == pytest.approx(0.8)
    assert mind.felt["sadness"] == 0.0, "the tone is shown, not felt"


def test_state_gain_scales_events() -> None:
    machine = MachineSpec(
        initial="raw",
        states={"raw": StateSpec(gain={"anger": 2.0}), "dull": StateSpec(gain={"anger": 0.0}, final=True)},
        transitions=(TransitionSpec(from_="raw", to="dull", event="bored"),),
    )
    mind = mind_of(machine)
    mind.trigger("insulted", intensity=0.3)
    mind.advance(1.0)
    assert mind.felt["anger"] > 0.3
    mind.feel("anger", 0.0)
    mind.trigger("bored")
    mind.advance(3.0)
    mind.trigger("insulted")
    mind.advance(1.0)
    assert mind.felt["anger"] < 0.001


def test_callbacks_act_at_the_time_of_the_move_and_replay() -> None:
    from expressive.emotion.log import replay

    mind = make()
    seen: list[tuple[float, str]] = []

    def on_angry(passage: Passage) -> None:
        seen.append((mind.time_s, mind.state))
        mind.feel("happiness", 0.5)

    remove = mind.on("enter", on_angry, state="angry")
    for _ in range(2):
        mind.trigger("insulted", source="player")
        mind.advance(5.0)
    assert seen == [(next(t for name, t in passed(mind) if name == "angry"), "angry")]
    again = replay(GUARD, mind.log)
    assert again.felt == mind.felt
    assert again.snapshot() == mind.snapshot()
    remove()
    remove()
    mind.advance(120)
    for _ in range(4):
        mind.trigger("insulted", source="player")
        mind.advance(5.0)
    assert len(seen) == 1


def test_callbacks_cannot_run_away_or_advance() -> None:
    machine = MachineSpec(
        initial="a",
        min_dwell_s=0.0,
        states={"a": StateSpec(), "b": StateSpec()},
        transitions=(
            TransitionSpec(from_="a", to="b", event="insulted"),
            TransitionSpec(from_="b", to="a", event="insulted"),
        ),
    )
    mind = mind_of(machine)
    mind.on("transition", lambda _: mind.trigger("insulted"))
    with pytest.raises(ParameterError, match="without end"):
        mind.trigger("insulted")
    other = mind_of(machine)
    other.on("enter", lambda _: other.advance(1.0))
    with pytest.raises(ParameterError, match="callback"):
        other.trigger("insulted")


def test_a_day_costs_no_more_than_its_moves() -> None:
    mind = make()
    for _ in range(5):
        mind.trigger("insulted", source="player")
    mind.advance(86_400.0)
    assert mind.state == "calm"
    assert len(passed(mind)) == 5


def test_self_transition_restarts_the_clock() -> None:
    machine = MachineSpec(
        initial="a",
        min_dwell_s=0.0,
        states={"a": StateSpec(timeout_s=5, timeout_to="b"), "b": StateSpec(final=True)},
        transitions=(TransitionSpec(from_="a", to="a", event="greeted"),),
    )
    mind = mind_of(machine)
    for _ in range(3):
        mind.advance(4.0)
        mind.trigger("greeted")
    assert mind.state == "a"
    mind.advance(5.1)
    assert mind.state == "b"


def test_ladder_is_sound() -> None:
    assert Mind(MindSpec(machine=LADDER), name="x", rng=np.random.default_rng(0)).state == "calm"
