from __future__ import annotations

import numpy as np
import pytest

from expressive.core.affect import Affect
from expressive.core.controls import CONTROL_INDEX, CONTROL_NAMES
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.face.expression import ExpressionBlend, still_expression
from expressive.face.layout import MOUTH, N_SHAPES, indices
from expressive.face.prototypes import load_expressions
from expressive.face.spec import FaceSpec

TICK = 1 / 120


def settle(affect: Affect, *, seed: int = 0, seconds: float = 0.5, speaking: float = 0.0, **spec: object) -> np.ndarray:
    blend = ExpressionBlend(FaceSpec(**spec), rng=np.random.default_rng(seed))  # type: ignore[arg-type]
    for _ in range(round(seconds / TICK)):
        target = blend.target(affect, TICK, speaking)
    return target


def value(target: np.ndarray, name: str) -> float:
    return float(target[CONTROL_INDEX[name]])


def test_no_emotion_no_expression() -> None:
    assert np.allclose(settle(Affect.neutral()), 0.0)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_each_emotion_is_one_of_its_variants(emotion: str) -> None:
    table = load_expressions()
    vad = Affect.of({emotion: 1.0}).vad
    target = settle(Affect.of({emotion: 1.0}, vad=vad))[:N_SHAPES]
    nearest = min(np.abs(table.values[row, :N_SHAPES] - target).max() for row in table.rows_of(emotion))
    # pressed lips give way to an open jaw, nothing else may differ
    free = np.setdiff1d(
        np.arange(N_SHAPES), indices("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower")
    )
    assert min(np.abs(table.values[row, free] - target[free]).max() for row in table.rows_of(emotion)) < 1e-9
    assert nearest < 0.3


def test_intensity_grows_monotonically() -> None:
    blend = ExpressionBlend(FaceSpec(), rng=np.random.default_rng(0))
    steps = [value(blend.target(Affect.of(sadness=x), 1.0), "browInnerUp") for x in np.linspace(0, 0.65, 12)]
    assert np.all(np.diff(steps) > 0)


def test_happiness_with_anger_is_not_the_sum() -> None:
    both = settle(Affect.of(happiness=0.8, anger=0.8), seed=3)
    happy, angry = settle(Affect.of(happiness=0.8), seed=3), settle(Affect.of(anger=0.8), seed=3)
    assert value(both, "mouthSmileLeft") < 0.8 * value(happy, "mouthSmileLeft")
    assert value(both, "browDownLeft") < 0.8 * value(angry, "browDownLeft")
    assert np.abs(both[:N_SHAPES]).sum() < 0.8 * (np.abs(happy) + np.abs(angry))[:N_SHAPES].sum()


def test_the_stronger_of_two_wins_and_kindred_ones_stand_together() -> None:
    anger = settle(Affect.of(anger=0.9))
    mixed = settle(Affect.of(anger=0.9, happiness=0.2))
    assert value(mixed, "browDownLeft") > 0.9 * value(anger, "browDownLeft")
    assert value(mixed, "mouthSmileLeft") < 0.1
    kin = settle(Affect.of(anger=0.6, disgust=0.6))
    assert value(kin, "noseSneerLeft") > value(settle(Affect.of(anger=0.6)), "noseSneerLeft")


def test_expressivity_scales_one_emotion() -> None:
    plain = settle(Affect.of(anger=0.4))
    vivid = settle(Affect.of(anger=0.4), expressivity={"anger": 2.0})
    stony = settle(Affect.of(anger=0.4), expressivity={"default": 0.0})
    assert value(vivid, "browDownLeft") > 1.5 * value(plain, "browDownLeft")
    assert np.abs(stony[:N_SHAPES]).max() < 0.02
    assert np.allclose(settle(Affect.of(fear=0.4), expressivity={"anger": 2.0}), settle(Affect.of(fear=0.4)))


def test_asymmetry_weakens_one_side() -> None:
    left = settle(Affect.of(happiness=0.8), asymmetry=0.3)
    right = settle(Affect.of(happiness=0.8), asymmetry=-0.3)
    even = settle(Affect.of(happiness=0.8))
    assert value(left, "mouthSmileRight") == pytest.approx(0.7 * value(even, "mouthSmileRight"))
    assert value(left, "mouthSmileLeft") == pytest.approx(value(even, "mouthSmileLeft"))
    assert value(right, "mouthSmileLeft") == pytest.approx(value(left, "mouthSmileRight"))


def test_a_sneer_comes_on_the_stronger_side() -> None:
    sides = [still_expression(FaceSpec(asymmetry=a), "contempt", variant="sneer") for a in (0.1, -0.1)]
    assert sides[0]["mouthDimpleLeft"] > sides[0]["mouthDimpleRight"]
    assert sides[1]["mouthDimpleRight"] > sides[1]["mouthDimpleLeft"]
    assert sides[0]["headYaw"] == pytest.approx(-sides[1]["headYaw"])


def test_variants_follow_intensity_and_arousal() -> None:
    def names(intensity: float, arousal: float) -> set[str]:
        out = set()
        for seed in range(40):
            blend = ExpressionBlend(FaceSpec(), rng=np.random.default_rng(seed))
            blend.target(Affect.of(anger=intensity, vad=(-0.5, arousal, 0.2)), TICK)
            out.add(blend.variants["anger"])
        return out

    assert names(0.5, 0.5) == {"tight", "glare"}
    assert "bared" in names(0.9, 0.9)


def test_growing_rage_may_bare_its_teeth() -> None:
    seen = set()
    for seed in range(20):
        blend = ExpressionBlend(FaceSpec(), rng=np.random.default_rng(seed))
        blend.target(Affect.of(anger=0.4), TICK)
        first = blend.variants["anger"]
        for i in range(60):
            blend.target(Affect.of(anger=0.4 + 0.01 * i), TICK)
        seen.add((first != "bared", blend.variants["anger"]))
    assert (True, "bared") in seen


def test_an_episode_keeps_its_variant() -> None:
    blend = ExpressionBlend(FaceSpec(), rng=np.random.default_rng(1))
    seen = []
    for i in range(240):
        blend.target(Affect.of(fear=0.5 + 0.02 * np.sin(i)), TICK)
        seen.append(blend.variants["fear"])
    assert len(set(seen)) == 1


def test_speech_takes_the_mouth_but_leaves_corners_and_brows() -> None:
    silent, speaking = (settle(Affect.of(anger=0.9), seed=2, speaking=x) for x in (0.0, 1.0))
    mouth = [i for i in MOUTH if silent[i] > 0.05]
    assert (speaking[mouth] < silent[mouth]).all()
    assert value(speaking, "browDownLeft") == pytest.approx(value(silent, "browDownLeft"))
    smile, talking = (settle(Affect.of(happiness=0.8), speaking=x) for x in (0.0, 1.0))
    assert value(talking, "mouthSmileLeft") > 0.6 * value(smile, "mouthSmileLeft")
    assert value(talking, "jawOpen") < 0.3 * value(smile, "jawOpen") + 1e-9


def test_override_rules_block_and_none() -> None:
    mouth = {"impatient": 0.0, "fondness": 1.0}
    for emotion, variant in (("boredom", "impatient"), ("tenderness", "fondness")):
        for seed in range(30):
            blend = ExpressionBlend(FaceSpec(), rng=np.random.default_rng(seed))
            silent = blend.target(Affect.of({emotion: 0.6}), TICK)
            if blend.variants[emotion] == variant:
                speaking = blend.target(Affect.of({emotion: 0.6}), TICK, 1.0)
                assert np.allclose(speaking[MOUTH], mouth[variant] * silent[MOUTH])
                break
        else:
            pytest.fail(f"{variant} was never drawn")


def test_mood_colours_the_neutral_face() -> None:
    sunny, gloomy, drowsy = (settle(Affect.of(vad=vad)) for vad in ((0.8, 0, 0), (-0.8, 0, 0), (0, -0.9, 0)))
    assert value(sunny, "mouthSmileLeft") > 0.05
    assert value(gloomy, "mouthFrownLeft") > 0.05
    assert value(drowsy, "eyeBlinkLeft") > 0.1


def test_still_expression_refuses() -> None:
    with pytest.raises(UnknownNameError, match="emotion 'angr' is unknown"):
        still_expression(FaceSpec(), "angr")
    with pytest.raises(UnknownNameError, match=r"variant of anger 'barred' is unknown\. Did you mean 'bared'"):
        still_expression(FaceSpec(), "anger", variant="barred")
    with pytest.raises(ParameterError, match=r"intensity=1\.2"):
        still_expression(FaceSpec(), "anger", intensity=1.2)


def test_still_neutral_is_the_resting_face() -> None:
    assert still_expression(FaceSpec(resting={"jawOpen": 0.1}), "neutral")["jawOpen"] == pytest.approx(0.1)
    assert still_expression(FaceSpec(), "joy", intensity=0.0) == still_expression(FaceSpec(), "calm")
    assert len(CONTROL_NAMES) == 61
