"""Every row of the OCC table, every compound, and the monotonicity of every intensity."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from emotion_minds import make
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.emotions import OCC_EMOTIONS
from expressive.core.errors import ParameterError
from expressive.emotion.appraisal import Event, Outlook, appraise
from expressive.emotion.mind import Mind
from expressive.emotion.spec import EmotionSpec, Goal, MindSpec, RelationSpec, Standard


def outlook(
    *, utility: float = 1.0, weight: float = 1.0, liking: float = 0.0, attitude: float = 0.0, believed: float = 0.0
) -> Outlook:
    return Outlook(
        "anna",
        {"goal": utility},
        {"standard": weight},
        {"thing": attitude},
        lambda agent: liking if agent == "bob" else 0.0,
        {"goal": believed} if believed else {},
    )


def felt(event: Event, eyes: Outlook) -> dict[str, float]:
    return {p.emotion: p.intensity for p in appraise(event, eyes)}


SIGNS = [(u, c) for u in (-0.5, 0.5) for c in (-0.8, 0.8)]


@pytest.mark.parametrize(("utility", "congruence"), SIGNS)
@pytest.mark.parametrize(
    ("likelihood", "prior", "good", "bad"),
    [
        (0.5, 0.0, {"hope"}, {"fear"}),
        (0.5, 0.6, {"hope"}, {"fear"}),
        (1.0, 0.0, {"joy"}, {"distress"}),
        (1.0, 0.6, {"joy", "satisfaction"}, {"distress", "fears-confirmed"}),
        (0.0, 0.6, {"distress", "disappointment"}, {"joy", "relief"}),
        (0.0, 0.0, set(), set()),
    ],
)
@pytest.mark.parametrize("by_memory", [False, True])
def test_well_being_and_prospects(utility, congruence, likelihood, prior, good, bad, by_memory) -> None:
    event = Event("e", goals={"goal": congruence}, likelihood=likelihood, prior=None if by_memory else prior)
    found = felt(event, outlook(utility=utility, believed=prior if by_memory else 0.0))
    assert set(found) == (good if utility * congruence > 0 else bad)
    assert all(0 < x <= 1 for x in found.values())


@pytest.mark.parametrize(("liking", "d"), list(itertools.product((-0.6, 0.6), (-0.8, 0.8))))
@pytest.mark.parametrize("likelihood", [0.0, 0.5, 1.0])
def test_fortunes_of_others(liking: float, d: float, likelihood: float) -> None:
    expected = {
        (True, True): "happy-for",
        (False, True): "resentment",
        (True, False): "pity",
        (False, False): "gloating",
    }[(liking > 0, d > 0)]
    found = felt(Event("e", others={"bob": d}, likelihood=likelihood), outlook(liking=liking))
    assert found == ({expected: pytest.approx(0.48)} if likelihood == 1.0 else {})


@pytest.mark.parametrize(
    ("source", "adherence", "emotion"),
    [
        ("self", 0.7, "pride"),
        ("anna", 0.7, "pride"),
        ("self", -0.7, "shame"),
        ("anna", -0.7, "shame"),
        ("bob", 0.7, "admiration"),
        ("bob", -0.7, "reproach"),
    ],
)
@pytest.mark.parametrize("way", ["standards", "praiseworthiness"])
def test_conduct(source: str, adherence: float, emotion: str, way: str) -> None:
    meaning = {"standards": {"standard": adherence}} if way == "standards" else {"praiseworthiness": adherence}
    assert felt(Event("e", source, **meaning), outlook()) == {emotion: pytest.approx(0.7)}


def test_conduct_needs_somebody() -> None:
    assert felt(Event("e", praiseworthiness=-1.0), outlook()) == {}


@pytest.mark.parametrize(
    ("attitude", "appeal", "emotions"),
    [
        (0.7, 0.0, {"love"}),
        (-0.7, 0.0, {"hate"}),
        (0.0, 0.7, {"liking"}),
        (0.0, -0.7, {"disliking"}),
        (0.7, -0.7, {"love", "disliking"}),
        (0.0, 0.0, set()),
    ],
)
def test_objects(attitude: float, appeal: float, emotions: set[str]) -> None:
    assert set(felt(Event("e", object="thing", appeal=appeal), outlook(attitude=attitude))) == emotions


@pytest.mark.parametrize("likelihood", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("prior", [0.0, 0.5])
@pytest.mark.parametrize("d", [-0.8, 0.8])
@pytest.mark.parametrize("adherence", [-0.6, 0.6])
@pytest.mark.parametrize("source", ["self", "bob"])
def test_compounds_replace_their_parts(likelihood, prior, d, adherence, source) -> None:
    event = Event("e", source, goals={"goal": d}, likelihood=likelihood, prior=prior, praiseworthiness=adherence)
    found = felt(event, outlook())
    alone = felt(Event("e", goals={"goal": d}, likelihood=likelihood, prior=prior), outlook())
    conduct = felt(Event("e", source, praiseworthiness=adherence), outlook())
    expected = dict(alone) | dict(conduct)
    for one, other, both in (
        ("joy", "pride", "gratification"),
        ("distress", "shame", "remorse"),
        ("joy", "admiration", "gratitude"),
        ("distress", "reproach", "anger"),
    ):
        if one in expected and other in expected:
            first, second = expected.pop(one), expected.pop(other)
            expected[both] = ((first**2 + second**2) / 2) ** 0.5
    assert found == pytest.approx(expected)


def test_all_24_emotions_can_arise() -> None:
    found: set[str] = set()
    for likelihood, prior, d, adherence, source, liking in itertools.product(
        (0.0, 0.5, 1.0), (0.0, 0.5), (-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0), ("self", "bob"), (-1.0, 1.0)
    ):
        for others, appeal in (({}, 0.0), ({"bob": 1.0}, 1.0), ({"bob": -1.0}, -1.0)):
            event = Event(
                "e",
                source,
                goals={"goal": d},
                likelihood=likelihood,
                prior=prior,
                praiseworthiness=adherence,
                others=others,
                object="thing" if appeal else None,
                appeal=appeal,
            )
            found |= set(felt(event, outlook(liking=liking, attitude=appeal)))
    assert found == set(OCC_EMOTIONS)


@pytest.mark.parametrize(
    "event",
    [
        Event("e", "bob", goals={"goal": 0.0}),
        Event("e", "bob", others={"bob": 0.0}),
        Event("e", "bob", others={"carl": 1.0}),
        Event("e", "bob", standards={"standard": 0.0}),
        Event("e", object="unknown"),
        Event("e"),
    ],
)
def test_zero_yields_nothing(event: Event) -> None:
    assert felt(event, outlook(liking=0.9)) == {}


def test_zero_utility_yields_nothing() -> None:
    assert felt(Event("e", goals={"goal": 1.0}), outlook(utility=0.0)) == {}


unit = st.floats(0.01, 1.0)
sign = st.sampled_from((-1.0, 1.0))


def total(event: Event, eyes: Outlook) -> float:
    return sum(p.intensity for p in appraise(event, eyes))


def rises(low: float, high: float) -> None:
    assert low <= high + 1e-12


@given(unit, unit, unit, sign, st.sampled_from((0.0, 0.4, 1.0)), st.sampled_from((0.0, 0.5)))
def test_1_rises_with_utility(a, b, c, s, likelihood, prior) -> None:
    event = Event("e", goals={"goal": s * c}, likelihood=likelihood, prior=prior)
    rises(total(event, outlook(utility=min(a, b))), total(event, outlook(utility=max(a, b))))


@given(unit, unit, unit, sign, st.sampled_from((0.0, 0.4, 1.0)), st.sampled_from((0.0, 0.5)))
def test_2_rises_with_congruence(a, b, u, s, likelihood, prior) -> None:
    low, high = (Event("e", goals={"goal": s * c}, likelihood=likelihood, prior=prior) for c in (min(a, b), max(a, b)))
    rises(total(low, outlook(utility=u)), total(high, outlook(utility=u)))


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), unit, sign)
def test_3_hope_and_fear_rise_with_likelihood(a, b, u, s) -> None:
    low, high = (Event("e", goals={"goal": s}, likelihood=x) for x in (min(a, b), max(a, b)))
    rises(total(low, outlook(utility=u)), total(high, outlook(utility=u)))


@given(unit, unit, unit, sign, st.sampled_from((0.0, 1.0)))
def test_4_what_is_confirmed_or_not_rises_with_the_belief_before(a, b, u, s, likelihood) -> None:
    def confirmed(prior: float) -> float:
        found = felt(Event("e", goals={"goal": s}, likelihood=likelihood, prior=prior), outlook(utility=u))
        return max(found.get(x, 0.0) for x in ("satisfaction", "fears-confirmed", "disappointment", "relief"))

    rises(confirmed(min(a, b)), confirmed(max(a, b)))


@given(unit, unit, unit, sign, sign)
def test_5_fortunes_rise_with_liking(a, b, d, s, like_sign) -> None:
    event = Event("e", others={"bob": s * d})
    rises(total(event, outlook(liking=like_sign * min(a, b))), total(event, outlook(liking=like_sign * max(a, b))))


@given(unit, unit, unit, sign, sign)
def test_6_fortunes_rise_with_desirability(a, b, like, s, like_sign) -> None:
    low, high = (Event("e", others={"bob": s * d}) for d in (min(a, b), max(a, b)))
    rises(total(low, outlook(liking=like_sign * like)), total(high, outlook(liking=like_sign * like)))


@given(unit, unit, unit, sign, st.sampled_from(("self", "bob")))
def test_7_conduct_rises_with_adherence(a, b, weight, s, source) -> None:
    low, high = (Event("e", source, standards={"standard": s * x}) for x in (min(a, b), max(a, b)))
    rises(total(low, outlook(weight=weight)), total(high, outlook(weight=weight)))


@given(unit, unit, unit, sign, st.sampled_from(("self", "bob")))
def test_8_conduct_rises_with_the_standards_weight(a, b, adherence, s, source) -> None:
    event = Event("e", source, standards={"standard": s * adherence})
    rises(total(event, outlook(weight=min(a, b))), total(event, outlook(weight=max(a, b))))


@given(unit, unit, sign)
def test_9_love_and_liking_rise_with_attractiveness(a, b, s) -> None:
    event = Event("e", object="thing")
    rises(total(event, outlook(attitude=s * min(a, b))), total(event, outlook(attitude=s * max(a, b))))
    low, high = (Event("e", object="thing", appeal=s * x) for x in (min(a, b), max(a, b)))
    rises(total(low, outlook()), total(high, outlook()))


@given(unit, unit, sign, st.sampled_from((0.4, 1.0)), sign, st.sampled_from(("self", "bob")))
def test_10_rises_with_unexpectedness(a, b, s, likelihood, like_sign, source) -> None:
    for meaning in (
        {"goals": {"goal": s}},
        {"others": {"bob": s}},
        {"praiseworthiness": s},
        {"object": "o", "appeal": s},
    ):
        low, high = (
            Event("e", source, likelihood=likelihood, unexpectedness=x, **meaning) for x in (min(a, b), max(a, b))
        )
        rises(total(low, outlook(liking=like_sign)), total(high, outlook(liking=like_sign)))


@given(unit, unit, unit, sign, sign, st.sampled_from(("self", "bob")))
def test_11_compounds_rise_with_either_part(a, b, other, s, praise_sign, source) -> None:
    for first in (True, False):
        low, high = (
            Event(
                "e",
                source,
                goals={"goal": s * (x if first else other)},
                praiseworthiness=praise_sign * (other if first else x),
            )
            for x in (min(a, b), max(a, b))
        )
        rises(total(low, outlook()), total(high, outlook()))


def test_expectations_are_remembered_until_resolved() -> None:
    spec = MindSpec(emotion=EmotionSpec(goals={"win": Goal(0.9)}))
    mind = Mind(spec, name="anna", rng=np.random.default_rng(0))
    assert [p.emotion for p in mind.appraise(Event("lead", goals={"win": 1.0}, likelihood=0.7))] == ["hope"]
    mind.advance(1)
    assert {p.emotion for p in mind.appraise(Event("lost", goals={"win": 1.0}, likelihood=0.0))} == {
        "distress",
        "disappointment",
    }
    assert mind.appraise(Event("lost", goals={"win": 1.0}, likelihood=0.0)) == ()
    mind.advance(1.5)
    assert mind.felt["sadness"] > 0.3
    assert {cause.event for cause in mind.why("disappointment")} == {"lost"}


def test_felt_intensity_rises_with_the_appraised() -> None:
    last = 0.0
    for congruence in np.linspace(0.1, 1.0, 10):
        mind = make()
        mind.appraise(Event("hit", "player", goals={"safety": -0.5 * float(congruence)}, praiseworthiness=-0.3))
        mind.advance(1.0)
        assert mind.felt["anger"] > last
        last = mind.felt["anger"]


def test_appraisal_changes_relations() -> None:
    spec = MindSpec(
        emotion=EmotionSpec(goals={"safety": Goal(1.0)}, standards={"honesty": Standard(1.0)}),
        relations={"bob": RelationSpec(liking=0.2)},
    )
    mind = Mind(spec, name="anna", rng=np.random.default_rng(0))
    mind.appraise(Event("saved", "bob", goals={"safety": 0.8}, praiseworthiness=0.8))
    assert mind.relation("bob").liking > 0.3
    mind.appraise(Event("cheated", "bob", goals={"safety": -0.8}, standards={"honesty": -1.0}))
    assert mind.relation("bob").liking < 0.3
    assert mind.relation("bob").trust < 0.05


def test_the_liking_of_a_person_is_the_attitude_to_meeting_them() -> None:
    mind = make()
    assert [p.emotion for p in mind.appraise(Event("meet", object="captain"))] == ["love"]
    assert [p.emotion for p in mind.appraise(Event("meet", object="thief"))] == ["hate"]
    assert [p.emotion for p in mind.appraise(Event("see", object="rats"))] == ["hate"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"likelihood": 1.5}, r"likelihood=1.5 must be in \[0, 1\]"),
        ({"goals": {"goal": 3}}, r"goals\['goal'\]=3 must be in \[-1, 1\]"),
        ({"others": {"bob": float("nan")}}, "finite"),
        ({"prior": -0.1}, "prior"),
        ({"unexpectedness": 2}, "unexpectedness"),
        ({"praiseworthiness": "high"}, "must be a number"),
    ],
)
def test_impossible_events_are_refused(fields: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Event("e", **fields)


def test_a_named_event_that_may_come_is_expected_too() -> None:
    mind = make()
    mind.trigger("warned", source="captain")
    found = {p.emotion for p in mind.appraise(Event("raid", "thief", goals={"safety": -1.0}))}
    assert "fears-confirmed" in found
