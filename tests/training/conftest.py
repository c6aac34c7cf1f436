"""A tiny generator, and tiny frames that need no renderer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.rig.motion import MOTION_FILE, MOTION_POINTS, pack_places

EDGE = 32
POINTS = np.random.default_rng(7).random((MOTION_POINTS, 2)).astype(np.float32)  # on the square, [0, 1]


TINY = {"identities": 2, "channels": (8, 8, 8), "hidden": 16, "width": 16, "embedding": 4}


@pytest.fixture
def tiny_generator() -> Generator:
    """Draws every pixel anew."""
    torch.manual_seed(440)
    return Generator(GeneratorOptions(skin=0, **TINY)).eval()


@pytest.fixture
def tiny_mover() -> Generator:
    """Moves pictures that it keeps of the characters."""
    torch.manual_seed(440)
    generator = Generator(GeneratorOptions(skin=64, inner=16, body=24, anchors=MOTION_POINTS, **TINY))
    for picture in generator.textures.parameters():
        torch.nn.init.uniform_(picture, 0, 1)
    for layer in (generator.head, generator.motion.local):
        torch.nn.init.normal_(layer.weight, 0, 0.05)
    return generator.eval()


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
            corner = (controls[:, None, :2] * 12 + 4).astype(int)
            places = (corner + POINTS * 12) / EDGE * 2 - 1
            stem = folder / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), frames)
            labels = {key: np.array(["anger"] * count) for key in ("emotion", "viseme", "kind")}
            labels |= {"places": pack_places(places), "seen": np.ones(places.shape[:2], bool)}
            np.savez(stem.with_suffix(".npz"), controls=controls, landmarks=landmarks, **labels)
        np.save(folder / name / MOTION_FILE, (POINTS * 1.2 - 0.6).astype(np.float32))
    (folder / "frames.json").write_text(json.dumps({"identities": ["guard", "driver"], "size": EDGE}))
    return folder
