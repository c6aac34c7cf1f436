"""Personality, tables and the standard vocabulary."""

from __future__ import annotations

import math

import numpy as np
import pytest

from expressive.core.emotions import OCC_EMOTIONS
from expressive.emotion.channels import CHANNEL_INDEX, CHANNELS, HALF_LIFE_S, OCC_CHANNEL, ONSET_S, resolve_channel
from expressive.emotion.mind import Mind
from expressive.emotion.mood import Mood
from expressive.emotion.responses import known_events, standard_responses
from expressive.emotion.spec import EmotionSpec, MindSpec, Personality, Response
from expressive.emotion.temperament import default_mood, temperament

STANDARD = {
    *("insulted", "praised", "threatened", "comforted", "apologised_to", "thanked", "greeted", "ignored", "betrayed"),
    *("helped", "gift_received", "robbed", "attacked", "startled", "bad_news", "good_news", "lied_to", "mocked"),
    *("obeyed", "disobeyed", "soothed", "loss", "victory", "defeat", "joke_heard", "flattered", "accused"),
    *("praised_other", "saw_injustice", "saw_kindness", "gross_out", "bored", "secret_revealed"),
}


@pytest.mark.parametrize(
    ("personality", "mood"),
    [
        (Personality(), (0.0, 0.0, 0.0)),
        (Personality(extraversion=1), (0.21, 0.0, 0.60)),
        (Personality(agreeableness=1), (0.59, 0.30, -0.32)),
        (Personality(openness=1), (0.0, 0.15, 0.25)),
        (Personality(conscientiousness=1), (0.0, 0.0, 0.17)),
        (Personality(neuroticism=1), (-0.19, 0.57, 0.0)),
        (Personality(neuroticism=-1), (0.19, -0.57, 0.0)),
    ],
)
def test_default_mood_follows_mehrabian_with_the_sign_of_neuroticism(personality, mood) -> None:
    assert default_mood(personality) == pytest.approx(mood)


def test_half_lives_keep_the_order_of_verduyn() -> None:
    order = [
        "sadness",
        "hate",
        "happiness",
        "hope",
        "relief",
        "gratitude",
        "remorse",
        "pride",
        "anger",
        "fear",
        "shame",
    ]
    values = [HALF_LIFE_S[CHANNEL_INDEX[name]] for name in order]
    assert values == sorted(values, reverse=True)
    assert HALF_LIFE_S[CHANNEL_INDEX["sadness"]] == pytest.approx(120, rel=0.01)
    assert HALF_LIFE_S[CHANNEL_INDEX["disgust"]] == pytest.approx(5)
    assert HALF_LIFE_S.min() >= 2.5
    assert (ONSET_S < HALF_LIFE_S).all()


def test_every_occ_emotion_has_a_channel() -> None:
    assert set(OCC_CHANNEL) == set(OCC_EMOTIONS)
    assert CHANNELS[OCC_CHANNEL["joy"]] == "happiness"
    assert CHANNELS[OCC_CHANNEL["gratitude"]] == "gratitude"
    assert resolve_channel("distress") == CHANNEL_INDEX["sadness"]
    assert resolve_channel("Remorse") == CHANNEL_INDEX["remorse"]


def test_personality_sets_gain_threshold_and_decay() -> None:
    calm, nervous = (temperament(Personality(neuroticism=x), EmotionSpec()) for x in (-0.8, 0.8))
    fear = CHANNEL_INDEX["fear"]
    assert nervous.gain[fear] > 1.5 * calm.gain[fear]
    assert nervous.threshold[fear] < calm.threshold[fear]
    assert nervous.decay[fear] < calm.decay[fear]
    kind, rough = (temperament(Personality(agreeableness=x), EmotionSpec()) for x in (0.8, -0.8))
    anger = CHANNEL_INDEX["anger"]
    assert rough.gain[anger] > 1.4 * kind.gain[anger]


def test_a_writers_numbers_replace_the_defaults() -> None:
    spec = EmotionSpec(
        half_life_s={"rage": 30.0}, onset_s={"anger": 2.0}, threshold={"anger": 0.4}, gain={"anger": 0.5}
    )
    nature = temperament(Personality(neuroticism=0.9), spec)
    anger = CHANNEL_INDEX["anger"]
    assert math.log(2) / nature.decay[anger] == pytest.approx(30.0)
    assert math.log(10) / nature.onset[anger] == pytest.approx(2.0)
    assert nature.threshold[anger] == 0.4
    mind = Mind(MindSpec(emotion=spec), name="x", rng=np.random.default_rng(0))
    mind.trigger("insulted")
    mind.advance(2.0)
    assert mind.felt["anger"] == 0.0


def test_time_constants_that_meet_stay_finite() -> None:
    spec = EmotionSpec(half_life_s={"anger": 180.0, "sadness": 180.0}, mood_half_life_s=180.0)
    mind = Mind(MindSpec(emotion=spec), name="x", rng=np.random.default_rng(0))
    near = Mind(
        MindSpec(emotion=EmotionSpec(half_life_s={"anger": 180.3, "sadness": 180.3}, mood_half_life_s=180.0)),
        name="x",
        rng=np.random.default_rng(0),
    )
    for m in (mind, near):
        m.trigger("insulted")
        m.advance(100)
    assert mind.mood.pleasure == pytest.approx(near.mood.pleasure, abs=1e-3)


def test_a_threshold_of_one_feels_nothing_and_a_gain_of_zero_neither() -> None:
    spec = MindSpec(emotion=EmotionSpec(threshold={"anger": 1.0}, gain={"sadness": 0.0}))
    mind = Mind(spec, name="x", rng=np.random.default_rng(0))
    mind.trigger("betrayed", source="bob")
    mind.advance(1)
    assert mind.felt["anger"] == mind.felt["sadness"] == 0.0
    assert mind.felt["surprise"] > 0.1


def test_the_standard_vocabulary_is_complete_and_sensible() -> None:
    responses = standard_responses()
    assert set(responses) == STANDARD
    for name, response in responses.items():
        emotions = {f: getattr(response, f) for f in CHANNELS[:15]}
        assert any(x > 0 for x in emotions.values()), name
        assert all(-1 <= x <= 1 for x in emotions.values())
    assert known_events(EmotionSpec(responses={"hugged": Response(tenderness=0.5)}))[0] == "hugged"
    assert set(known_events(EmotionSpec())) >= STANDARD


@pytest.mark.parametrize(
    ("pad", "octant"),
    [
        ((0.3, 0.3, 0.3), "exuberant"),
        ((-0.3, -0.3, -0.3), "bored"),
        ((0.3, 0.3, -0.3), "dependent"),
        ((-0.3, -0.3, 0.3), "disdainful"),
        ((0.3, -0.3, 0.3), "relaxed"),
        ((-0.3, 0.3, -0.3), "anxious"),
        ((0.3, -0.3, -0.3), "docile"),
        ((-0.3, 0.3, 0.3), "hostile"),
        ((0.01, 0.0, -0.02), "even"),
    ],
)
def test_octants(pad: tuple[float, float, float], octant: str) -> None:
    assert Mood(*pad).octant == octant
