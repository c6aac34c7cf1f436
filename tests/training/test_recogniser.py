"""The judge learns, is kept, reads renders and generated frames alike, and refuses the cast."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.training.data import load_frames
from expressive.training.recogniser import (
    CLASSES,
    WEIGHTS_FILE,
    recognition,
    train_recogniser,
    trained_recogniser,
)
from tests.training.judged import EDGE, face_landmarks, make_pairs, solid

SHOWN = ("anger", "happiness", "neutral")


def expressions(rng: np.random.Generator, which: list[str]) -> np.ndarray:
    """Faces that tell an emotion by where a bar lies: low brows, a wide mouth, or neither."""
    out = np.full((len(which), EDGE, EDGE), 150.0) + rng.normal(0, 8, (len(which), 1, 1))
    out += rng.normal(0, 6, out.shape)
    for frame, name in zip(out, which, strict=True):
        if name == "anger":
            frame[22:25, 18:46] = 40
        elif name == "happiness":
            frame[42:46, 20:44] = 40
    return solid(out)


def write_strangers(folder, rng, names=("stranger-000", "stranger-001")):
    for name in names:
        (folder / name).mkdir(parents=True)
        for split, shown in (("emotion", SHOWN[:2]), ("reading", SHOWN[2:])):
            which = [e for e in shown for _ in range(12)]
            stem = folder / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), expressions(rng, which))
            np.savez(
                stem.with_suffix(".npz"),
                controls=np.zeros((len(which), N_CONTROLS), np.float32),
                landmarks=np.repeat(face_landmarks()[None], len(which), 0),
                emotion=np.array(["" if e == "neutral" else e for e in which]),
                viseme=np.array([""] * len(which)),
                kind=np.array(["rest" if e == "neutral" else "emotion" for e in which]),
            )
    (folder / "frames.json").write_text(json.dumps({"identities": list(names)}))
    return folder


def judged(rng, fake_shows):
    real = [e for e in SHOWN for _ in range(4)]
    return make_pairs(
        expressions(rng, fake_shows), expressions(rng, real),
        emotion=["" if e == "neutral" else e for e in real],
        kind=["rest" if e == "neutral" else "emotion" for e in real],
    )  # fmt: skip


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    return write_strangers(tmp_path_factory.mktemp("strangers"), np.random.default_rng(440))


@pytest.fixture(scope="module")
def judge(strangers):
    return trained_recogniser(strangers, epochs=6)


def test_it_reads_renders_and_finds_what_a_model_lost(judge):
    rng = np.random.default_rng(7)
    good = recognition(judge, [judged(rng, [e for e in SHOWN for _ in range(4)])])
    assert good["frames"] == good["frames_plain"] == 12
    assert good["renders"] > 0.9
    assert good["generated"] > 0.9
    assert good["closed_anger"] == {"frames": 4, "renders": 1.0, "generated": 1.0}
    lost = recognition(judge, [judged(rng, ["neutral"] * 12)])
    assert lost["renders"] > 0.9
    assert lost["generated"] == pytest.approx(1 / 3, abs=1e-3)
    assert lost["agreement"] < 0.5
    assert lost["closed_anger"]["generated"] == 0
    assert lost["by_emotion"]["neutral"]["generated"] == 1


def test_the_judge_is_kept_until_the_frames_change(strangers, judge):
    kept = strangers / WEIGHTS_FILE
    before = kept.stat().st_mtime_ns
    again = trained_recogniser(strangers, epochs=6)
    assert kept.stat().st_mtime_ns == before
    for a, b in zip(judge.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    (strangers / "frames.json").write_text((strangers / "frames.json").read_text() + " ")
    trained_recogniser(strangers, epochs=6)
    assert kept.stat().st_mtime_ns != before


def test_training_repeats_by_its_seed(strangers):
    frames = load_frames(strangers, ("emotion",))
    one, two = (train_recogniser(frames, epochs=1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert len(CLASSES) == 16


def test_the_cast_is_no_teacher(tmp_path):
    folder = write_strangers(tmp_path / "f", np.random.default_rng(1), names=("guard",))
    with pytest.raises(ParameterError, match="'guard'; a judge must learn from others"):
        trained_recogniser(folder)
