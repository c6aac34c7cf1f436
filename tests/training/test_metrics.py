"""A model is measured through the runtime, and a perfect one is perfect."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from expressive.core.errors import ParameterError
from expressive.training.data import load_frames
from expressive.training.export import export
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.metrics import evaluate
from expressive.training.pairs import Draw, draw_pairs, runtime_draw


def knows_all(folder, *splits: str) -> Draw:
    """A model that has learned every render of some splits by heart."""
    known = {}
    for split in splits:
        frames = load_frames(folder, (split,))
        for k in range(len(frames)):
            shard, row = frames.where[k]
            key = frames.controls[k].numpy().tobytes() + bytes([int(frames.identity[k])])
            known[key] = frames.shards[shard][row]
    return lambda controls, identity: np.stack(
        [known[c.tobytes() + bytes([int(i)])] for c, i in zip(controls, identity, strict=True)]
    )


def test_a_perfect_model_is_perfect(tiny_frames, tmp_path):
    draw = knows_all(tiny_frames, "test", "held", "emotion")
    results = evaluate(frames=tiny_frames, draw=draw, out=tmp_path / "metrics.json")
    assert results["test"]["psnr_whole"] > 90
    assert results["test"]["sharpness_whole"] == pytest.approx(1)
    assert results["held_out_pairs"]["alpha_edge_error"] == 0
    assert results["by_identity"].keys() == {"guard", "driver"}
    assert results["by_skin_tone"].keys() == {"medium", "dark"}
    assert json.loads((tmp_path / "metrics.json").read_text()) == results


def test_a_release_is_drawn_as_the_runtime_draws_it(tiny_frames, tiny_generator, tmp_path):
    with torch.no_grad():  # colours far above alpha, which the runtime clamps
        tiny_generator.head.bias.copy_(torch.tensor([5.0, 5.0, 5.0, -1.0]).repeat(4))
    release = export(generator=tiny_generator, discriminator=None, out=tmp_path / "m", identities=["guard", "driver"])
    draw, names = runtime_draw(release)
    pairs = draw_pairs(draw, load_frames(tiny_frames, ("test",), names), [0, 3, 6])
    assert names == ("guard", "driver")
    assert pairs.fake.shape == pairs.real.shape == (3, 32, 32, 4)
    assert (pairs.fake[..., :3] <= pairs.fake[..., 3:]).all()
    assert pairs.who() == ["guard", "guard", "driver"]


def test_frames_of_another_size_are_one_clear_error(tiny_frames, tmp_path):
    small = Generator(GeneratorOptions(identities=2, channels=(8, 8), convs=(1, 1), hidden=16, width=16, embedding=4))
    release = export(generator=small, discriminator=None, out=tmp_path / "m", identities=["guard", "driver"])
    with pytest.raises(ParameterError, match="32 pixels, but the model draws 16"):
        evaluate(frames=tiny_frames, model=release)
    with pytest.raises(ParameterError, match="release folder"):
        evaluate(frames=tiny_frames)
