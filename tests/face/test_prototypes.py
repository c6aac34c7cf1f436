from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.core.visemes import VISEMES
from expressive.face import prototypes
from expressive.face.layout import MIRROR, MIRROR_SIGN, expand
from expressive.face.mouth import LIPS_CLOSED, OPENING
from expressive.face.prototypes import couple_gaze, load_expressions, load_visemes

MAPPED = {
    # action unit → shapes of which at least one must be there
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUpLeft", "browOuterUpRight"),
    "AU04": ("browDownLeft", "browDownRight"),
    "AU05": ("eyeWideLeft",),
    "AU06": ("cheekSquintLeft",),
    "AU07": ("eyeSquintLeft",),
    "AU09": ("noseSneerLeft",),
    "AU10": ("mouthUpperUpLeft",),
    "AU12": ("mouthSmileLeft",),
    "AU15": ("mouthFrownLeft",),
    "AU17": ("mouthShrugLower",),
    "AU20": ("mouthStretchLeft",),
    "AU23": ("mouthRollLower",),
    "AU26": ("jawOpen",),
    "AU29": ("jawForward",),
    "AU43": ("eyeBlinkLeft",),
}


def test_tables_are_whole_and_in_range() -> None:
    table = load_expressions()
    assert set(table.emotions) == set(EMOTIONS)
    assert all(len(table.rows_of(e)) >= 2 for e in EMOTIONS)
    assert all(len(table.rows_of(e)) >= 3 for e in ("anger", "disgust", "fear", "happiness", "sadness"))
    for values in (table.values, load_visemes().values):
        assert ((values >= CONTROL_LOW) & (values <= CONTROL_HIGH)).all()
    assert load_visemes().names == VISEMES
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 1.0


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_has_a_variant_for_every_intensity(emotion: str) -> None:
    table = load_expressions()
    assert min(table.from_intensity[table.rows_of(emotion)]) == 0.0


def test_action_units_are_in_the_weights() -> None:
    table = load_expressions()
    for row, units in enumerate(table.action_units):
        for unit, intensity in units.items():
            assert 0.0 < intensity <= 1.0
            if unit in MAPPED:
                shown = max(table.values[row, CONTROL_INDEX[name]] for name in MAPPED[unit])
                assert shown > 0.05, (table.emotions[row], table.names[row], unit)


def test_emfacs_signatures() -> None:
    table = load_expressions()

    def least(emotion: str, name: str) -> float:
        return float(table.values[table.rows_of(emotion), CONTROL_INDEX[name]].min())

    assert least("happiness", "mouthSmileLeft") > 0.6
    assert least("happiness", "cheekSquintLeft") > 0.4
    assert least("sadness", "browInnerUp") > 0.6
    assert least("sadness", "mouthFrownLeft") > 0.5
    assert least("anger", "browDownLeft") > 0.9
    assert least("fear", "browInnerUp") > 0.8
    assert least("disgust", "noseSneerLeft") > 0.6
    assert least("surprise", "browOuterUpLeft") > 0.8


def test_no_two_expressions_are_alike() -> None:
    values = load_expressions().values
    for i in range(len(values)):
        for j in range(i):
            assert np.abs(values[i] - values[j]).max() > 0.1


def test_visemes_open_as_they_should() -> None:
    opening = dict(zip(VISEMES, load_visemes().values @ OPENING, strict=True))
    assert opening["PP"] < 0.0
    assert opening["FF"] < 0.1
    assert max(opening, key=opening.__getitem__) == "aa"
    assert abs(opening["sil"]) < LIPS_CLOSED
    jaw = dict(zip(VISEMES, load_visemes().values[:, CONTROL_INDEX["jawOpen"]], strict=True))
    assert max(jaw, key=jaw.__getitem__) == "aa"


def test_mirror_is_its_own_inverse_and_gaze_survives_it() -> None:
    assert np.array_equal(MIRROR[MIRROR], np.arange(61))
    values = load_expressions().values
    mirrored = values[:, MIRROR] * MIRROR_SIGN
    assert np.allclose(couple_gaze(mirrored.copy()), mirrored)


def test_expand_knows_sides() -> None:
    assert expand("jawOpen") == ("jawOpen",)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'browDown'"):
        expand("browdwn")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("happines: {}", UnknownNameError, "Did you mean 'happiness'"),
        ("happiness: {}", ParameterError, "lacks sadness"),
    ],
)
def test_broken_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, error: type, message: str) -> None:
    (tmp_path / "expressions.yaml").write_text(text)
    monkeypatch.setattr(prototypes, "_DATA", tmp_path)
    with pytest.raises(error, match=message):
        prototypes.load_expressions.__wrapped__()


def test_broken_weights() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'jawOpen'"):
        prototypes._controls("x", {"weights": {"jawopn": 0.1}})
    with pytest.raises(ParameterError, match=r"jawOpen=1.5 must be in \[0, 1\]"):
        prototypes._controls("x", {"weights": {"jawOpen": 1.5}})
