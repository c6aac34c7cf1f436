"""A population feels what single minds feel, to 1e-9."""

from __future__ import annotations

import json

import numpy as np
import pytest
from emotion_minds import GUARD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expressive.core.errors import ParameterError, ProfileError, UnknownNameError
from expressive.emotion.appraisal import Event
from expressive.emotion.dynamics import kernel, mood_deviation
from expressive.emotion.feelings import Feelings
from expressive.emotion.mind import Mind
from expressive.emotion.population import Population
from expressive.emotion.relations import Relation
from expressive.emotion.spec import EmotionSpec, MachineSpec, MindSpec, Personality, StateSpec, TransitionSpec
from expressive.emotion.temperament import temperament

N = 5
NAMES = tuple("abcde")
EVENTS = ("insulted", "warned", "sworn_at", "soothed", "attacked", "gift_received", "loss", "startled")

NESTED = MachineSpec(
    initial="calm",
    min_dwell_s=0.4,
    states={
        "calm": StateSpec(gain={"fear": 1.2}),
        "hostile": StateSpec(
            timeout_s=20,
            timeout_to="calm",
            states={
                "cross": StateSpec(tone={"anger": 0.2}),
                "furious": StateSpec(tone={"anger": 0.6}, gain={"anger": 1.5}, timeout_s=5, timeout_to="cross"),
            },
        ),
        "low": StateSpec(min_dwell_s=2.0, tone={"sadness": 0.3}),
    },
    transitions=(
        TransitionSpec(from_="calm", to="hostile", when="anger > 0.25 or trust(player) < -0.6"),
        TransitionSpec(from_="cross", to="furious", when="anger > 0.5 and not (fear > anger)"),
        TransitionSpec(from_="hostile", to="calm", event="soothed", when="anger < 0.9"),
        TransitionSpec(from_=("calm", "cross"), to="low", when="sadness > 0.3 and pleasure < 0.1", priority=1),
        TransitionSpec(to="low", event="loss", urgent=True),
        TransitionSpec(from_="low", to="calm", when="since(loss) > 6", after_s=1.0),
        TransitionSpec(from_="low", to="low", event="loss", after_s=0.5),
    ),
)
SPECS = (GUARD, MindSpec(Personality(neuroticism=0.7, extraversion=-0.3), GUARD.emotion, NESTED, (), GUARD.relations))

members = st.sets(st.integers(0, N - 1), min_size=1, max_size=N)
inputs = st.one_of(
    st.tuples(st.just("trigger"), st.sampled_from(EVENTS), st.floats(0, 1), st.sampled_from((None, "player", "b"))),
    st.tuples(st.just("witness"), st.sampled_from(EVENTS), st.floats(0, 1), st.sampled_from(("player", "captain"))),
    st.tuples(st.just("feel"), st.sampled_from(("anger", "joy", "pity", "hate")), st.floats(0, 1), st.floats(0, 4)),
    st.tuples(st.just("appraise"), st.floats(-1, 1), st.sampled_from((0.0, 0.4, 1.0)), st.floats(-1, 1)),
    st.tuples(st.just("relate"), st.sampled_from(("player", "captain")), st.floats(-1, 1), st.floats(0, 1)),
)
steps = st.one_of(st.floats(0.0, 3.0), st.sampled_from((0.0, 1 / 60, 0.5, 30.0, 3600.0)))


def crowd_and_minds(spec: MindSpec) -> tuple[Population, list[Mind]]:
    return Population(spec, N, names=NAMES), [Mind(spec, name=name, rng=np.random.default_rng(0)) for name in NAMES]


def apply(crowd: Population, minds: list[Mind], op: tuple, who: set[int]) -> None:
    kind, a, b, c = op
    if kind == "trigger":
        crowd.trigger(a, members=who, intensity=b, source=c)
    elif kind == "witness":
        crowd.trigger(a, members=who, intensity=b, source="player", witnessed=True, target=c)
    elif kind == "feel":
        crowd.feel(a, b, hold_s=c, members=who)
    elif kind == "appraise":
        event = Event("news", "b", goals={"safety": a, "war": c}, likelihood=b, standards={"duty": c}, object="captain")
        crowd.appraise(event, members=who)
    else:
        crowd.set_relation(a, Relation(b, -b, c), members=who)
    for i in who:
        if kind == "trigger":
            minds[i].trigger(a, intensity=b, source=c)
        elif kind == "witness":
            minds[i].trigger(a, intensity=b, source="player", witnessed=True, target=c)
        elif kind == "feel":
            minds[i].feel(a, b, hold_s=c)
        elif kind == "appraise":
            minds[i].appraise(event)
        else:
            minds[i].set_relation(a, liking=b, trust=-b, familiarity=c)


def assert_same(crowd: Population, minds: list[Mind]) -> None:
    assert crowd.states == tuple(mind.state for mind in minds)
    for i, mind in enumerate(minds):
        assert crowd.felt[i] == pytest.approx(mind.felt.intensities, abs=1e-9)
        assert crowd.affect[i] == pytest.approx(mind.felt.vad, abs=1e-9)
        assert crowd.felt_by(i).vad == pytest.approx(mind.felt.vad, abs=1e-9)
        mood = mind.mood
        assert crowd.mood[i] == pytest.approx((mood.pleasure, mood.arousal, mood.dominance), abs=1e-9)
        for agent in ("player", "captain", "b"):
            one, other = crowd.relation(i, agent), mind.relation(agent)
            assert (one.liking, one.trust, one.familiarity) == pytest.approx(
                (other.liking, other.trust, other.familiarity), abs=1e-9
            )


@pytest.mark.parametrize("spec", SPECS)
def test_agrees_with_single_minds(spec: MindSpec) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(inputs, members, steps), max_size=10))
    def run(script: list) -> None:
        crowd, minds = crowd_and_minds(spec)
        for op, who, dt_s in script:
            apply(crowd, minds, op, who)
            crowd.advance(dt_s)
            for mind in minds:
                mind.advance(dt_s)
            assert_same(crowd, minds)
            if "tone" in str(spec.machine):
                blend = crowd.shown
                assert np.isfinite(blend).all()

    run()


def test_agrees_at_sixty_hertz_and_shows_the_same() -> None:
    spec = MindSpec(machine=NESTED)
    crowd, minds = crowd_and_minds(spec)
    rng = np.random.default_rng(3)
    for _ in range(600):
        if rng.random() < 0.05:
            event, who = str(rng.choice(EVENTS[:1] + EVENTS[3:])), {int(rng.integers(N))}
            apply(crowd, minds, ("trigger", event, float(rng.random()), "player"), who)
        crowd.advance(1 / 60)
        for i, mind in enumerate(minds):
            mind.advance(1 / 60)
            assert crowd.shown[i] == pytest.approx(mind.shown.intensities, abs=1e-9)
    assert len(set(crowd.states)) > 1
    assert_same(crowd, minds)


def test_step_size_does_not_matter() -> None:
    one, many = Population(SPECS[1], N), Population(SPECS[1], N)
    for crowd in (one, many):
        crowd.trigger("insulted", members=[0, 1], source="player")
        crowd.feel("fear", 0.7, hold_s=0.77, members=[1, 2])
        crowd.trigger("loss", members=[3])
    one.advance(12.0)
    for _ in range(720):
        many.advance(1 / 60)
    assert np.abs(one.felt - many.felt).max() < 1e-11
    assert np.abs(one.mood - many.mood).max() < 1e-11
    assert one.states == many.states


def test_snapshot_continues_bit_by_bit() -> None:
    first = Population(SPECS[1], N)
    first.trigger("insulted", members=[0, 1], source="player")
    first.feel("fear", 0.7, hold_s=0.77, members=[1, 2])
    first.appraise(Event("news", goals={"safety": -0.5}, likelihood=0.5), members=[4])
    first.advance(0.3)
    saved = json.loads(json.dumps(first.snapshot()))
    second = Population(SPECS[1], N)
    second.restore(saved)
    for crowd in (first, second):
        crowd.trigger("insulted", members=[0, 3], source="player")
        crowd.advance(7.3)
    assert np.array_equal(first.felt, second.felt)
    assert second.snapshot() == first.snapshot()
    with pytest.raises(ParameterError, match="3 members"):
        Population(SPECS[1], 3).restore(saved)


def test_both_forms_of_the_mood_integral_agree() -> None:
    nature = temperament(Personality(neuroticism=0.3), EmotionSpec(mood_half_life_s=11.0))
    rng = np.random.default_rng(1)
    feelings = Feelings(nature)
    delta = rng.random(len(nature.decay)) * 0.5
    feelings.arouse(0.0, [(None, i, float(x)) for i, x in enumerate(delta)])
    feelings.steer(0.0, 3, 0.9, hold_s=1e6, toward=None)
    feelings.soothe(0.0, np.full(len(delta), 0.3))
    now, n = feelings.segments[-1], len(delta)
    d, f, e, h = now.z[:n], -now.z[n : 2 * n], now.z[2 * n :], now.held
    for dt_s in (0.0, 1e-6, 0.01, 1.0, 60.0, 3600.0, 1e5):
        expected = mood_deviation(kernel(nature, dt_s), np.zeros(3), decaying=d, rising=f, held=h, easing=e)
        assert feelings.at(dt_s).v == pytest.approx(expected, abs=1e-10)


def test_the_mood_integral_against_small_steps() -> None:
    nature = temperament(Personality(), EmotionSpec())
    feelings = Feelings(nature)
    feelings.arouse(0.0, [(None, i, 0.3) for i in range(len(nature.decay))])
    v, dt_s = np.zeros(3), 1e-3
    for i in range(20_000):
        x = feelings.at((i + 0.5) * dt_s).x
        v += dt_s * (x @ nature.push - nature.mood_rate * v)
    assert feelings.at(20.0).v == pytest.approx(v, abs=1e-4)


def test_mistakes() -> None:
    crowd = Population(GUARD, 3)
    with pytest.raises(UnknownNameError, match="Did you mean 'insulted'"):
        crowd.trigger("insultd")
    with pytest.raises(ParameterError, match=r"members must be in \[0, 2\]"):
        crowd.trigger("insulted", members=[5])
    with pytest.raises(UnknownNameError, match="goal"):
        crowd.appraise(Event("x", goals={"safet": 1.0}))
    with pytest.raises(ParameterError, match="names has 1"):
        Population(GUARD, 2, names=["a"])
    with pytest.raises(ProfileError):
        Population(MindSpec(machine=MachineSpec(initial="x")), 2)
    toward = MachineSpec(
        initial="a",
        states={"a": StateSpec(), "b": StateSpec(final=True)},
        transitions=(TransitionSpec(from_="a", to="b", when="anger toward bob > 0.5"),),
    )
    with pytest.raises(ParameterError, match="use a Mind for each"):
        Population(MindSpec(machine=toward), 2)
