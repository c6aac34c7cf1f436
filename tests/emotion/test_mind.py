"""The mind as a whole: time, exactness, snapshots, errors."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from emotion_minds import GUARD, make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expressive.core.errors import ParameterError, ProfileError, UnknownNameError
from expressive.emotion.appraisal import Event
from expressive.emotion.log import replay
from expressive.emotion.mind import Mind
from expressive.emotion.spec import EmotionSpec, MachineSpec, MindSpec, Response, StateSpec

EVENTS = ("insulted", "warned", "soothed", "attacked", "gift_received", "loss", "startled", "sworn_at", "betrayed")
PEOPLE = (None, "player", "thief", "captain")
UNIT = st.floats(0.0, 1.0)

inputs = st.one_of(
    st.tuples(st.just("trigger"), st.sampled_from(EVENTS), UNIT, st.sampled_from(PEOPLE)),
    st.tuples(st.just("witness"), st.sampled_from(EVENTS), UNIT, st.sampled_from(PEOPLE)),
    st.tuples(st.just("feel"), st.sampled_from(("anger", "joy", "gratitude", "fear")), UNIT, st.floats(0, 5)),
    st.tuples(st.just("mask"), st.sampled_from(("anger", "fear", "*")), UNIT, st.none()),
    st.tuples(st.just("unmask"), st.none(), st.none(), st.none()),
    st.tuples(st.just("appraise"), st.floats(-1, 1), UNIT, st.floats(-1, 1)),
    st.tuples(st.just("audience"), st.sampled_from(((), ("captain",))), st.sampled_from((None, "court")), st.none()),
)
steps = st.one_of(st.floats(0.0, 3.0), st.sampled_from((0.0, 1 / 120, 1 / 60, 0.5, 3600.0, 86400.0)))


def apply(mind: Mind, op: tuple) -> None:
    kind, a, b, c = op
    if kind == "trigger":
        mind.trigger(a, intensity=b, source=c)
    elif kind == "witness":
        mind.trigger(a, intensity=b, source=c, witnessed=True, target="captain")
    elif kind == "feel":
        mind.feel(a, b, hold_s=c, toward="player")
    elif kind == "mask":
        mind.mask(a, b)
    elif kind == "unmask":
        mind.unmask(a)
    elif kind == "appraise":
        mind.appraise(Event("news", "thief", goals={"safety": a, "war": c}, likelihood=b, standards={"duty": c}))
    else:
        mind.set_audience(a, profile=b)


def numbers(mind: Mind) -> np.ndarray:
    return np.concatenate(
        [mind.felt.intensities, mind.felt.vad, mind.shown.intensities, mind.voice_affect.intensities, mind.shown.vad]
    )


def assert_sound(mind: Mind) -> None:
    for affect in (mind.felt, mind.shown, mind.voice_affect):
        assert np.isfinite(affect.intensities).all()
        assert (affect.intensities >= 0).all()
        assert (affect.intensities <= 1).all()
        assert all(-1 <= x <= 1 for x in affect.vad)
    assert all(-1 <= x <= 1 for x in (mind.mood.pleasure, mind.mood.arousal, mind.mood.dominance))
    assert sum(mind.state_blend.values()) == pytest.approx(1.0)
    for person in PEOPLE[1:]:
        relation = mind.relation(person)
        assert -1 <= relation.liking <= 1
        assert -1 <= relation.trust <= 1
        assert 0 <= relation.familiarity <= 1
    for emotion in ("anger", "happiness", "fear", "gratitude"):
        assert all(0 <= cause.remaining <= 1 for cause in mind.why(emotion))
    body = mind.body
    assert 0.1 < body.breathing_hz < 1
    assert 0 <= body.tremor <= 1
    assert -1 <= body.lean <= 1


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(inputs, steps), max_size=14))
def test_no_sequence_breaks_it(script: list) -> None:
    mind = make()
    for op, dt_s in script:
        apply(mind, op)
        mind.advance(dt_s)
        assert_sound(mind)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(inputs, st.integers(0, 90)), max_size=8), st.integers(1, 5))
def test_steps_of_any_size_give_the_same_mind(script: list, parts: int) -> None:
    whole, split = make(), make()
    for op, sixtieths in script:
        for mind in (whole, split):
            apply(mind, op)
        whole.advance(sixtieths / 60)
        for _ in range(sixtieths * parts):
            split.advance(1 / 60 / parts)
            if parts == 1:
                assert split.shown is not None  # looking changes nothing
        assert whole.state == split.state
        assert numbers(whole) == pytest.approx(numbers(split), abs=1e-9)
        assert whole.state_blend == pytest.approx(split.state_blend, abs=1e-9)
    moves = [[r for r in mind.history().records if r.kind == "transition"] for mind in (whole, split)]
    assert [(m.name, m.source, m.time_s) for m in moves[0]] == [(m.name, m.source, m.time_s) for m in moves[1]]


def test_one_second_equals_sixty_sixtieths() -> None:
    one, sixty = make(), make()
    for event in ("insulted", "insulted", "startled"):
        one.trigger(event, source="player")
        sixty.trigger(event, source="player")
        one.advance(1.0)
        for _ in range(60):
            sixty.advance(1 / 60)
        assert np.abs(numbers(one) - numbers(sixty)).max() < 1e-12
        assert one.state == sixty.state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(inputs, steps), max_size=8), st.lists(st.tuples(inputs, steps), max_size=6))
def test_snapshot_continues_bit_by_bit(before: list, after: list) -> None:
    first = make()
    for op, dt_s in before:
        apply(first, op)
        first.advance(dt_s)
    saved = json.loads(json.dumps(first.snapshot()))
    second = make(seed=99, name="someone")
    second.restore(saved)
    assert second.snapshot() == first.snapshot()
    for op, dt_s in after:
        for mind in (first, second):
            apply(mind, op)
            mind.advance(dt_s)
        assert np.array_equal(numbers(first), numbers(second))
    assert second.snapshot() == first.snapshot()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(inputs, steps), max_size=8), st.integers(0, 8))
def test_the_log_replays_a_run(script: list, save_at: int) -> None:
    mind = make(name="hugo")
    for i, (op, dt_s) in enumerate(script):
        if i == save_at:
            mind.restore(mind.snapshot())
        apply(mind, op)
        mind.advance(dt_s)
    mind.advance(0.0)
    again = replay(GUARD, json.loads(json.dumps(mind.log)))
    # Looking settles leakage early in the one run and late in the other, so both look before they are compared.
    assert np.array_equal(numbers(mind), numbers(again))
    assert again.snapshot() == mind.snapshot()
    assert again.log["inputs"] == mind.log["inputs"]


def test_same_seed_same_mind_and_only_leakage_is_random() -> None:
    minds = [make(seed=seed) for seed in (1, 1, 2)]
    for mind in minds:
        mind.mask("anger")
        mind.feel("anger", 0.9, hold_s=60)
    shown = []
    for mind in minds:
        row = []
        for _ in range(60 * 30):
            mind.advance(1 / 30)
            row.append(mind.shown["anger"])
        shown.append(row)
    assert shown[0] == shown[1]
    assert shown[0] != shown[2]
    assert minds[0].felt == minds[2].felt


def test_an_insult_rises_in_half_a_second_and_halves_in_ten() -> None:
    mind = Mind(MindSpec(), name="anna", rng=np.random.default_rng(0))
    mind.trigger("insulted", source="bob")
    assert mind.felt["anger"] == 0.0
    curve = []
    for _ in range(120 * 30):
        mind.advance(1 / 120)
        curve.append(mind.felt["anger"])
    peak = max(curve)
    rise_s = next(i for i, x in enumerate(curve) if x > 0.9 * peak) / 120
    half_s = next(i for i, x in enumerate(curve) if i / 120 > 3 and x < peak / 2) / 120
    assert 0.3 < rise_s < 0.8
    assert 8 < half_s < 20
    assert 0.5 < peak < 0.7
    assert max(abs(b - a) for a, b in itertools.pairwise(curve)) < 0.03


def test_feel_holds_and_then_fades() -> None:
    mind = make()
    mind.feel("anger", 0.6, hold_s=2.0)
    mind.advance(1.9)
    assert mind.felt["anger"] == pytest.approx(0.6, abs=1e-3)
    mind.advance(0.1 + 14.0)
    assert mind.felt["anger"] == pytest.approx(0.3, abs=0.01)
    mind.feel("anger", 0.0)
    mind.advance(3.0)
    assert mind.felt["anger"] < 1e-5


def test_feel_steers_down_what_others_aroused() -> None:
    mind = make()
    mind.feel("anger", 0.9, toward="player")
    mind.feel("anger", 0.95, toward="thief")
    mind.advance(2.0)
    mind.feel("anger", 0.3)
    mind.advance(1.0)
    assert 0.25 < mind.felt["anger"] < 0.31
    assert mind.toward("player")["anger"] > mind.toward("thief")["anger"] > 0


def test_targets_add_up_to_the_whole() -> None:
    mind = make()
    for person in PEOPLE[1:] + tuple(f"stranger {i}" for i in range(20)):
        mind.trigger("insulted", source=person, intensity=0.4)
        mind.advance(0.3)
    total = sum(mind.toward(person).get("anger", 0.0) for person in (*PEOPLE, *(f"stranger {i}" for i in range(20))))
    assert total == pytest.approx(mind.feelings["anger"], abs=1e-9)


def test_opposites_inhibit() -> None:
    alone, torn = make(), make()
    for mind in (alone, torn):
        mind.feel("fear", 0.6, hold_s=5)
    torn.feel("anger", 0.6, hold_s=5)
    alone.advance(3)
    torn.advance(3)
    assert torn.felt["fear"] == pytest.approx(alone.felt["fear"] * (1 - 0.5 * 0.6), abs=1e-4)


def test_repeats_habituate_or_sensitise() -> None:
    def second_startle(habituation: float) -> float:
        spec = MindSpec(emotion=EmotionSpec(habituation=habituation, habituation_half_life_s=1e5))
        mind = Mind(spec, name="x", rng=np.random.default_rng(0))
        for _ in range(3):
            mind.trigger("startled", intensity=0.5)
            mind.advance(200)
        mind.trigger("startled", intensity=0.5)
        mind.advance(0.4)
        return mind.felt["surprise"]

    assert second_startle(0.3) < 0.6 * second_startle(0.0)
    assert second_startle(-0.3) > 1.3 * second_startle(0.0)


def test_mood_follows_events_for_minutes_and_biases_them() -> None:
    glad, sour = make(), make()
    for _ in range(4):
        glad.trigger("gift_received", source="player")
        sour.trigger("lied_to", source="player")
        glad.advance(20)
        sour.advance(20)
    assert glad.mood.pleasure > sour.mood.pleasure + 0.2
    apart = []
    for _ in range(4):
        apart.append(abs(glad.mood.pleasure - sour.mood.pleasure))
        glad.advance(300)
        sour.advance(300)
    assert apart[1] > 0.2
    assert apart[1] > 1.5 * apart[2] > 2.5 * apart[3]
    fresh, sour = make(), make()
    sour.feel("disgust", 0.8, hold_s=60)
    for mind in (fresh, sour):
        mind.advance(200)
        mind.trigger("bad_news")
        mind.advance(3)
    assert sour.mood.pleasure < fresh.mood.pleasure
    assert sour.felt["sadness"] > 1.01 * fresh.felt["sadness"]


def test_relations_change_and_are_felt_later() -> None:
    friend, foe = make(), make()
    for _ in range(5):
        friend.trigger("helped", source="player")
        foe.trigger("mocked", source="player")
        friend.advance(3600)
        foe.advance(3600)
    assert friend.relation("player").liking > 0.5
    assert foe.relation("player").liking < -0.3
    assert friend.relation("player").familiarity > 0.2
    for mind in (friend, foe):
        mind.trigger("gift_received", source="player")
        mind.advance(2)
    assert friend.felt["tenderness"] > 1.2 * foe.felt["tenderness"]


def test_witnessing_depends_on_who_is_liked() -> None:
    def seen(target: str) -> dict[str, float]:
        mind = make()
        mind.trigger("attacked", source="player", witnessed=True, target=target)
        mind.advance(1.0)
        return mind.feelings

    assert seen("captain")["pity"] > 0.3
    assert seen("thief")["gloating"] > 0.3
    assert "pity" not in seen("nobody")
    assert seen("nobody")["reproach"] > 0.1


def test_why_accounts_for_what_is_felt() -> None:
    mind = make()
    mind.trigger("insulted", source="player", intensity=0.5)
    mind.advance(5)
    mind.trigger("sworn_at", source="thief", intensity=0.5)
    mind.advance(5)
    causes = mind.why("anger")
    anger_channel = mind.feelings["anger"]
    direct = [cause for cause in causes if cause.emotion == "anger"]
    assert {cause.event for cause in causes} == {"insulted", "sworn_at"}
    assert sum(cause.remaining for cause in direct) == pytest.approx(anger_channel)
    older = next(cause for cause in direct if cause.event == "insulted")
    assert older.source == "player"
    assert older.time_s == 0.0
    assert older.amount > older.remaining > 0
    assert {"intensity", "factor", "felt"} <= set(older.numbers)
    by_goal = [c for c in mind.why("distress") if c.goal == "honour"]
    assert by_goal, "the response's goal is named"


def test_a_cause_of_which_nearly_nothing_is_left_is_no_infinite_one() -> None:
    mind = make()
    mind.trigger("warned", source="player")
    mind.advance(1.0)
    mind.feel("fear", 5e-324, hold_s=2.7)  # the smallest number there is
    mind.advance(0.4)
    causes = mind.why("fear")
    assert causes
    assert all(0 <= cause.remaining <= 1 for cause in causes)


def test_soothing_and_holds_stay_in_the_account() -> None:
    mind = make()
    mind.trigger("insulted", source="player")
    mind.feel("anger", 0.9, hold_s=10)
    mind.advance(8)
    mind.trigger("insulted", source="thief")
    mind.advance(1)
    mind.trigger("soothed", source="captain")
    mind.advance(30)
    assert sum(c.remaining for c in mind.why("anger") if c.emotion == "anger") == pytest.approx(mind.feelings["anger"])


def test_history_follows_the_felt_curve() -> None:
    mind = make()
    seen = {}
    for i in range(100):
        if i in (10, 40):
            mind.trigger("insulted", source="player")
        if i == 60:
            mind.feel("happiness", 0.7, hold_s=1.05)
        mind.advance(0.1)
        seen[round(mind.time_s, 6)] = (mind.felt.intensities.copy(), mind.felt.vad, mind.mood.pleasure)
    history = mind.history(step_s=0.1)
    assert len(history.times_s) == 101
    for t, felt, affect, mood in zip(
        history.times_s[1:], history.felt[1:], history.affect[1:], history.mood[1:], strict=True
    ):
        intensities, vad, pleasure = seen[round(float(t), 6)]
        assert felt == pytest.approx(intensities, abs=1e-9)
        assert tuple(affect) == pytest.approx(vad, abs=1e-9)
        assert mood[0] == pytest.approx(pleasure, abs=1e-9)
    assert [r.name for r in history.records if r.kind == "event"] == ["insulted", "insulted"]
    assert history.states[0][:2] == (0.0, next(r.time_s for r in history.records if r.kind == "transition"))
    assert history.states[-1][1] == mind.time_s


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.trigger("insultd"), "event 'insultd' is unknown. Did you mean 'insulted'?"),
        (lambda m: m.trigger("insulted", intensity=-0.1), r"intensity=-0.1 must be in \[0, 1\]"),
        (lambda m: m.trigger("insulted", intensity=math.nan), "intensity=nan must be a finite number"),
        (lambda m: m.trigger("insulted", intensity=1e9), r"must be in \[0, 1\]"),
        (lambda m: m.trigger("insulted", intensity="much"), "must be a number"),
        (lambda m: m.trigger("insulted", source=3), "source=3 must be text"),
        (lambda m: m.trigger("insulted", target="thief"), "needs witnessed=True"),
        (lambda m: m.feel("angr", 0.5), "emotion 'angr' is unknown. Did you mean 'ang(er|ry)'?"),
        (lambda m: m.feel("anger", 0.5, hold_s=-1), r"hold_s=-1 must be in \[0, 86400\]"),
        (lambda m: m.mask("angre"), "Did you mean 'ang(er|ry)'"),
        (lambda m: m.mask("anger", substitute="smile"), "emotion 'smile' is unknown"),
        (lambda m: m.mask("anger", 2.0), r"strength=2.0 must be in \[0, 1\]"),
        (lambda m: m.unmask("wrath"), "emotion 'wrath' is unknown"),
        (lambda m: m.advance(-1.0), r"dt_s=-1.0 must be in \[0, 86400\]"),
        (lambda m: m.advance(math.inf), "finite"),
        (lambda m: m.appraise("insulted"), "must be an Event"),
        (lambda m: m.appraise(Event("x", goals={"honor": 0.5})), "goal 'honor' is unknown. Did you mean 'honour'?"),
        (lambda m: m.appraise(Event("x", "y", standards={"dut": 1})), "standard 'dut' is unknown"),
        (lambda m: m.set_relation("player", liking=2), r"liking=2 must be in \[-1, 1\]"),
        (lambda m: m.set_audience(["captain"], profile="cort"), "Did you mean 'court'"),
        (lambda m: m.on("entr", print), "callback 'entr' is unknown. Did you mean 'enter'?"),
        (lambda m: m.on("enter", print, state="angr"), "state 'angr' is unknown"),
        (lambda m: m.why("angr"), "Did you mean 'ang(er|ry)'"),
        (lambda m: m.restore({"version": 0}), "snapshot version=0 must be 1"),
        (lambda m: m.restore({"version": 1}), "snapshot does not fit 'guard'"),
    ],
)
def test_mistakes_get_one_clear_line_and_change_nothing(call, message: str) -> None:
    mind = make()
    mind.trigger("insulted", source="player")
    mind.advance(1.0)
    before = mind.snapshot()
    with pytest.raises(ParameterError, match=message) as error:
        call(mind)
    assert "\n" not in str(error.value)
    assert mind.snapshot() == before


def test_events_are_the_own_and_the_standard_ones() -> None:
    mind = make()
    assert {"insulted", "sworn_at", "saw_kindness"} <= set(mind.events)
    with pytest.raises(UnknownNameError):
        Mind(MindSpec(), name="x", rng=np.random.default_rng(0)).trigger("sworn_at")


def test_a_broken_declaration_is_refused_with_everything_that_is_wrong() -> None:
    spec = MindSpec(
        emotion=EmotionSpec(responses={"hit": Response(anger=0.5, goals={"helth": -1.0})}, gain={"angr": 1.0}),
        machine=MachineSpec(initial="a", states={"a": StateSpec(), "b": StateSpec()}),
    )
    with pytest.raises(ProfileError) as error:
        Mind(spec, name="x", rng=np.random.default_rng(0))
    assert len(error.value.problems) >= 4


def test_a_week_of_ticks_keeps_time() -> None:
    mind = make()
    for _ in range(7):
        mind.advance(86400.0)
    for _ in range(120_000):
        mind.advance(1 / 120)
    assert mind.time_s == pytest.approx(7 * 86400 + 1000, abs=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 9}, "log version=9 must be 1"),
        ({"start": {}}, "log is damaged"),
        ({"inputs": [[0.0, "shout", {}]]}, "log names input 'shout', which is none of trigger"),
        ({"inputs": [[0.0, "trigger", {"evnt": "insulted"}]]}, "log is damaged"),
        ({"inputs": [[5.0, "feel", {"emotion": "anger", "intensity": 1}], [1.0, "unmask", {}]]}, "time only passes"),
    ],
)
def test_a_damaged_log_is_refused(change: dict, message: str) -> None:
    log = make().log
    with pytest.raises(ParameterError, match=message):
        replay(GUARD, {**log, **change})


def test_telling_the_same_audience_again_is_no_input() -> None:
    mind = make()
    for _ in range(100):
        mind.set_audience(["captain"])
        mind.advance(0.01)
    assert len(mind.log["inputs"]) == 1
