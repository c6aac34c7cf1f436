"""Minds to test with."""

from __future__ import annotations

import numpy as np

from expressive.emotion.mind import Mind
from expressive.emotion.spec import (
    DisplayRule,
    EmotionSpec,
    Goal,
    MachineSpec,
    MindSpec,
    Personality,
    RelationSpec,
    Response,
    Standard,
    StateSpec,
    TransitionSpec,
)

LADDER = MachineSpec(
    initial="calm",
    min_dwell_s=0.5,
    states={
        "calm": StateSpec(),
        "irritated": StateSpec(tone={"anger": 0.15}),
        "angry": StateSpec(tone={"anger": 0.35}),
        "enraged": StateSpec(tone={"anger": 0.6}, gestures=("shouting",)),
        "cooling": StateSpec(tone={"anger": 0.15}),
    },
    transitions=(
        TransitionSpec(from_="calm", to="irritated", when="anger > 0.25"),
        TransitionSpec(from_="irritated", to="angry", when="anger > 0.55"),
        TransitionSpec(from_="angry", to="enraged", when="anger > 0.8"),
        TransitionSpec(from_=("angry", "enraged"), to="cooling", when="anger < 0.5"),
        TransitionSpec(from_="cooling", to="angry", when="anger > 0.6"),
        TransitionSpec(from_=("irritated", "cooling"), to="calm", when="anger < 0.15"),
    ),
)

GUARD = MindSpec(
    personality=Personality(
        openness=-0.3, conscientiousness=0.5, extraversion=0.2, agreeableness=-0.4, neuroticism=0.4
    ),
    emotion=EmotionSpec(
        half_life_s={"anger": 14.0},
        habituation=-0.1,
        responses={
            "insulted": Response(anger=0.5, contempt=0.1, liking=-0.2, trust=-0.1, goals={"honour": -0.3}),
            "warned": Response(surprise=0.2, goals={"safety": -0.6}, likelihood=0.5),
            "sworn_at": Response(anger=0.7, standards={"courtesy": -0.9}),
        },
        goals={"honour": Goal(0.8), "safety": Goal(0.9), "war": Goal(-1.0)},
        standards={"courtesy": Standard(0.7), "duty": Standard(1.0)},
        attitudes={"sword": 0.8, "rats": -0.7},
    ),
    machine=LADDER,
    display_rules=(
        DisplayRule("fear", "mask", strength=0.7),
        DisplayRule("anger", "attenuate", strength=0.5, audience=("superiors",)),
        DisplayRule("*", "neutralise", profile="court"),
    ),
    relations={
        "player": RelationSpec(liking=0.1),
        "captain": RelationSpec(liking=0.6, trust=0.8, familiarity=0.7, groups=("superiors",)),
        "thief": RelationSpec(liking=-0.8, trust=-0.9),
    },
)


def make(spec: MindSpec = GUARD, *, name: str = "guard", seed: int = 7) -> Mind:
    return Mind(spec, name=name, rng=np.random.default_rng(seed))
