"""Tiny generators, and tiny frames that need no renderer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS
from expressive.face.models import GEOMETRY_FILE
from expressive.training.generator import Generator, GeneratorOptions
from tests.face.meshes import EDGE, TILES, draw_square, square_cast, square_pictures

TINY = {"identities": 2, "channels": (8, 8, 8), "convs": (1, 1, 2), "hidden": 16, "width": 16, "embedding": 4}
LIGHT = CONTROL_INDEX["browInnerUp"]  # darkens the frame, which no picture of the character can know


@pytest.fixture
def tiny_generator() -> Generator:
    """Draws every pixel anew."""
    torch.manual_seed(440)
    return Generator(GeneratorOptions(**TINY)).eval()


@pytest.fixture
def tiny_keeper() -> Generator:
    """Keeps pictures of the characters of ``square_cast``."""
    torch.manual_seed(440)
    generator = Generator(GeneratorOptions(tiles=TILES, **TINY)).eval()
    for kept, texels in zip(generator.textures.of, square_pictures().values(), strict=True):
        kept.data.copy_(torch.from_numpy(texels) / 255)
    torch.nn.init.normal_(generator.head.weight, 0, 0.05)
    return generator


@pytest.fixture
def tiny_meshes(tmp_path: Path) -> Path:
    """File of the meshes of ``square_cast``."""
    square_cast().save(tmp_path / GEOMETRY_FILE)
    return tmp_path / GEOMETRY_FILE


@pytest.fixture
def tiny_frames(tmp_path: Path) -> Path:
    """Two characters, one square each, whose place follows two controls, and their meshes."""
    rng = np.random.default_rng(440)
    folder = tmp_path / "frames"
    pictures = square_pictures()
    for name, texels in pictures.items():
        (folder / name).mkdir(parents=True)
        for split, count in (("train", 24), ("test", 4), ("held", 2), ("emotion", 4), ("moves", 4)):
            controls = np.zeros((count, N_CONTROLS), np.float32)
            controls[:, [CONTROL_INDEX["jawLeft"], CONTROL_INDEX["jawOpen"], LIGHT]] = rng.random((count, 3))
            if split == "moves":
                controls[1::2] = controls[0::2] + 0.01
            frames = np.stack([draw_square(pose, name, texels) for pose in controls])
            frames[..., :3] = frames[..., :3] * (1 - 0.5 * controls[:, LIGHT, None, None, None])
            landmarks = rng.uniform(8, 24, (count, 70, 2)).astype(np.float32)
            stem = folder / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), frames)
            labels = {key: np.array(["anger"] * count) for key in ("emotion", "viseme")}
            labels["kind"] = np.array(["move" if split == "moves" else "emotion"] * count)
            np.savez(stem.with_suffix(".npz"), controls=controls, landmarks=landmarks, **labels)
    square_cast().save(folder / GEOMETRY_FILE)
    (folder / "frames.json").write_text(json.dumps({"identities": list(pictures), "size": EDGE}))
    return folder
