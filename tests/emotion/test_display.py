"""Felt and shown: rules, masks, leakage, and the body."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from emotion_minds import GUARD, make
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.affect import Affect
from expressive.emotion.body import body_signs
from expressive.emotion.display import LONGEST_MICRO_S, SHORTEST_MICRO_S
from expressive.emotion.mind import Mind
from expressive.emotion.spec import DisplayRule, EmotionSpec, MindSpec, RelationSpec


def mind_with(*rules: DisplayRule, seed: int = 3, **emotion: object) -> Mind:
    spec = MindSpec(
        emotion=EmotionSpec(inhibition=0.0, **{"leakage": 0.0, **emotion}),
        display_rules=rules,
        relations={"boss": RelationSpec(groups=("superiors",)), "eve": RelationSpec(groups=("friends",))},
    )
    return Mind(spec, name="x", rng=np.random.default_rng(seed))


def shown_with(rule: DisplayRule, **felt: float) -> dict[str, float]:
    mind = mind_with(rule)
    for emotion, intensity in felt.items():
        mind.feel(emotion, intensity, hold_s=100)
    mind.advance(20)
    return {name: pytest.approx(mind.shown[name], abs=1e-6) for name in ("anger", "fear", "happiness", "sadness")}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (DisplayRule("anger", "mask", strength=0.75), {"anger": 0.2, "fear": 0.4, "happiness": 0.0}),
        (DisplayRule("anger", "attenuate", strength=0.5), {"anger": 0.4, "fear": 0.4}),
        (DisplayRule("anger", "amplify", strength=1.0), {"anger": 1 - 0.2**2, "fear": 0.4}),
        (DisplayRule("*", "neutralise"), {"anger": 0.0, "fear": 0.0, "sadness": 0.0}),
        (DisplayRule("anger", "substitute", with_="happiness"), {"anger": 0.0, "happiness": 0.8, "fear": 0.4}),
        (DisplayRule("*", "substitute", strength=0.5, with_="happiness"), {"anger": 0.4, "happiness": 0.4}),
        (DisplayRule("anger", "mask", above=0.9), {"anger": 0.8}),
        (DisplayRule("anger", "mask", above=0.5), {"anger": 0.0}),
        (DisplayRule("anger", "mask", audience=("boss",)), {"anger": 0.8}),
        (DisplayRule("anger", "mask", audience=("alone",)), {"anger": 0.0}),
        (DisplayRule("anger", "mask", profile="court"), {"anger": 0.8}),
    ],
)
def test_what_a_rule_lets_through(rule: DisplayRule, expected: dict[str, float]) -> None:
    shown = shown_with(rule, anger=0.8, fear=0.4)
    assert {name: shown[name] for name in expected} == expected


def test_rules_depend_on_the_audience_its_groups_and_the_profile() -> None:
    mind = mind_with(
        DisplayRule("anger", "mask", audience=("superiors",)),
        DisplayRule("fear", "mask", audience=("alone",)),
        DisplayRule("sadness", "mask", profile="stoic"),
        DisplayRule("happiness", "mask", profile="lively"),
    )
    for emotion in ("anger", "fear", "sadness", "happiness"):
        mind.feel(emotion, 0.5, hold_s=1000)
    mind.advance(20)

    def hidden() -> set[str]:
        mind.advance(0.1)
        return {e for e in ("anger", "fear", "sadness", "happiness") if mind.shown[e] < 0.1}

    assert hidden() == {"fear"}
    mind.set_audience(["boss"])
    assert hidden() == {"anger"}
    mind.set_audience(["eve"], profile="stoic")
    assert hidden() == {"sadness"}
    mind.set_audience(["eve", "boss"], profile="lively")
    assert hidden() == {"anger", "happiness"}
    saved = mind.snapshot()
    mind.set_audience([])
    mind.restore(saved)
    assert hidden() == {"anger", "happiness"}


def test_a_rule_above_a_threshold_does_not_jump() -> None:
    mind = mind_with(DisplayRule("anger", "mask", above=0.5))
    shown = []
    mind.feel("anger", 1.0)
    for _ in range(3000):
        mind.advance(1 / 60)
        shown.append(mind.shown["anger"])
    assert min(shown[60:]) < 0.01
    assert max(shown) > 0.49
    assert np.abs(np.diff(shown)).max() < 0.2


def test_mask_and_unmask_go_over_in_a_quarter_of_a_second() -> None:
    mind = mind_with()
    mind.feel("anger", 0.8, hold_s=100)
    mind.advance(10)
    mind.mask("anger", 0.5)
    assert mind.shown["anger"] == pytest.approx(0.8)
    mind.advance(0.125)
    assert mind.shown["anger"] == pytest.approx(0.6, abs=1e-6)
    mind.advance(0.2)
    assert mind.shown["anger"] == pytest.approx(0.4)
    assert mind.felt["anger"] == pytest.approx(0.8)
    mind.mask("anger", 1.0, substitute="joy")
    mind.advance(1)
    assert mind.shown["anger"] == pytest.approx(0.0)
    assert mind.shown["happiness"] == pytest.approx(0.8)
    mind.unmask("anger")
    mind.advance(0.5)
    assert mind.shown["anger"] == pytest.approx(0.8)
    mind.mask("*")
    mind.advance(2)
    assert mind.shown["anger"] == pytest.approx(0.0)
    mind.unmask()
    mind.advance(2)
    assert mind.shown == mind.felt


def micro_expressions(intensity: float, *, leakage: float = 0.7, seconds: int = 60) -> list[list[float]]:
    """Stretches of frames in which masked anger shows, at 240 frames a second."""
    mind = mind_with(leakage=leakage)
    mind.feel("anger", intensity, hold_s=1000)
    mind.mask("anger")
    mind.advance(10)
    stretches: list[list[float]] = [[]]
    for _ in range(240 * seconds):
        mind.advance(1 / 240)
        x = mind.shown["anger"]
        if x > 1e-6:
            stretches[-1].append(x)
        elif stretches[-1]:
            stretches.append([])
    return [s for s in stretches if s]


def test_a_masked_strong_emotion_leaks_in_micro_expressions() -> None:
    stretches = micro_expressions(0.9)
    assert 20 < len(stretches) < 60
    lengths = [len(s) / 240 for s in stretches]
    assert min(lengths) > SHORTEST_MICRO_S - 2 / 240
    assert max(lengths) < LONGEST_MICRO_S + 2 / 240
    assert max(lengths) > 2 * min(lengths)
    assert all(0.3 < max(s) <= 0.9 for s in stretches)


def test_a_weak_one_or_a_perfect_mask_does_not_leak_and_a_middling_one_less() -> None:
    assert micro_expressions(0.15, seconds=30) == []
    assert micro_expressions(0.9, leakage=0.0, seconds=30) == []
    assert 0 < len(micro_expressions(0.4, seconds=60)) < len(micro_expressions(0.9, seconds=60))


def test_leaks_do_not_depend_on_how_often_one_looks() -> None:
    def peaks(rate: int, *, skip: int) -> list[float]:
        mind = mind_with(leakage=1.0)
        mind.feel("fear", 0.9, hold_s=1000)
        mind.mask("fear")
        out = []
        for i in range(30 * rate):
            mind.advance(1 / rate)
            if i % skip == 0:
                assert mind.shown is not None
            if (i + 1) % (rate // 10) == 0:
                out.append(mind.shown["fear"])
        return out

    assert peaks(120, skip=1) == pytest.approx(peaks(10, skip=300), abs=1e-9)


def test_the_voice_betrays_more_than_the_face() -> None:
    mind = mind_with(leakage=0.8)
    mind.feel("fear", 0.8, hold_s=100)
    mind.mask("fear")
    mind.advance(9.99)
    assert mind.micro is None
    assert mind.shown["fear"] < 0.01
    assert 0.2 < mind.voice_affect["fear"] < 0.6
    assert mind.voice_affect.arousal > mind.shown.arousal


def test_micro_is_reported_while_it_lasts() -> None:
    mind = mind_with(leakage=1.0)
    mind.feel("anger", 1.0, hold_s=100)
    mind.mask("anger")
    seen = 0
    for _ in range(1200):
        mind.advance(1 / 120)
        if (micro := mind.micro) is not None:
            seen += 1
            assert micro.start_s < mind.time_s < micro.end_s
    assert seen > 30


def test_nothing_hidden_means_shown_equals_felt() -> None:
    mind = make(dataclasses.replace(GUARD, display_rules=(), machine=MindSpec().machine))
    mind.trigger("insulted", source="player")
    mind.advance(1)
    assert mind.shown == mind.felt == mind.voice_affect


def test_a_character_at_rest_is_neutral_whatever_its_personality() -> None:
    affect = make().shown
    assert affect.vad == (0.0, 0.0, 0.0)
    assert affect.dominant == "neutral"


# --- the body ---------------------------------------------------------------------------------------------------

categories = st.dictionaries(
    st.sampled_from(("anger", "fear", "sadness", "happiness", "shame", "pride", "surprise", "boredom")), st.floats(0, 1)
)


@given(categories, categories)
def test_body_signs_stay_in_range(felt: dict[str, float], shown: dict[str, float]) -> None:
    body = body_signs(Affect.of(felt), Affect.of(shown), ("waving",))
    assert 0.1 < body.breathing_hz < 0.8
    assert 0.2 < body.breathing_depth < 2
    assert 0 <= body.tremor <= 1
    assert 0 <= body.tension <= 1
    assert -1 <= body.lean <= 1
    assert 0 <= body.slump <= 1
    assert body.gestures[0] == "waving"
    assert len(set(body.gestures)) == len(body.gestures)


def test_body_signs_mean_what_they_say() -> None:
    calm = body_signs(Affect.neutral(), Affect.neutral())
    rage = body_signs(Affect.of(anger=0.9), Affect.of(anger=0.9))
    terror = body_signs(Affect.of(fear=0.9), Affect.of(fear=0.9))
    grief = body_signs(Affect.of(sadness=0.9), Affect.of(sadness=0.9))
    hidden = body_signs(Affect.of(fear=0.9), Affect.neutral())
    assert rage.breathing_hz > 1.4 * calm.breathing_hz
    assert terror.tremor > 0.5 > rage.tremor > calm.tremor == 0
    assert rage.lean > 0.5 > 0 > terror.lean
    assert grief.slump > 0.5
    assert grief.breathing_hz < calm.breathing_hz
    assert "clenched_fists" in rage.gestures
    assert "flinch" in terror.gestures
    assert hidden.gestures == ()
    assert hidden.tremor == terror.tremor, "the hands betray what the face hides"
