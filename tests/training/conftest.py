"""A tiny generator, and tiny frames that need no renderer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.training.networks import Generator, GeneratorOptions

EDGE = 32


@pytest.fixture
def tiny_generator() -> Generator:
    torch.manual_seed(440)
    return Generator(GeneratorOptions(identities=2, channels=(8, 8, 8), hidden=16, width=16, embedding=4)).eval()


@pytest.fixture
def tiny_frames(tmp_path: Path) -> Path:
    """Two characters, one square each, whose place follows two controls."""
    rng = np.random.default_rng(440)
    folder = tmp_path / "frames"
    for number, name in enumerate(("guard", "driver")):
        (folder / name).mkdir(parents=True)
        for split, count in (("train", 24), ("test", 4), ("held", 2), ("emotion", 4)):
            controls = np.zeros((count, N_CONTROLS), np.float32)
            controls[:, :4] = rng.random((count, 4))
            frames = np.zeros((count, EDGE, EDGE, 4), np.uint8)
            for k in range(count):
                x, y = (controls[k, :2] * 12 + 4).astype(int)
                frames[k, y : y + 12, x : x + 12] = (200, 90 + 100 * number, 40, 255)
            landmarks = rng.uniform(8, 24, (count, 70, 2)).astype(np.float32)
            stem = folder / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), frames)
            labels = {key: np.array(["anger"] * count) for key in ("emotion", "viseme", "kind")}
            np.savez(stem.with_suffix(".npz"), controls=controls, landmarks=landmarks, **labels)
    (folder / "frames.json").write_text(json.dumps({"identities": ["guard", "driver"], "size": EDGE}))
    return folder
