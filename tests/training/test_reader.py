"""Crops are of equal place and light, and the reader learns controls, is kept, and sees what differs."""

from __future__ import annotations

import numpy as np
import torch

from expressive.core.controls import CONTROL_INDEX
from expressive.training.crops import augmented, face_crops, grey_of
from expressive.training.data import load_frames
from expressive.training.options import TrainOptions
from expressive.training.reader import READER_FILE, Reader, train_reader, trained_reader
from expressive.training.trainer import Trainer
from tests.training.judged import EDGE, face_landmarks, solid
from tests.training.test_loop import OPTIONS

JAW = CONTROL_INDEX["jawOpen"]


def faces(bars: np.ndarray, light: float = 150.0) -> torch.Tensor:
    """Frames (n, 4, H, W) with a dark bar at some height."""
    out = np.full((len(bars), EDGE, EDGE), light)
    out += np.random.default_rng(1).normal(0, 8, out.shape)
    for frame, bar in zip(out, bars, strict=True):
        frame[bar : bar + 3, 18:46] *= 0.3
    return torch.from_numpy(solid(out)).permute(0, 3, 1, 2).float() / 255


def landmarks(count: int) -> torch.Tensor:
    return torch.from_numpy(face_landmarks()).expand(count, -1, -1)


def test_crops_are_centred_and_of_equal_light():
    frames = faces(np.array([22, 30]))
    darker = frames * torch.tensor([0.5, 0.5, 0.5, 1.0]).view(1, 4, 1, 1)
    a, b = (face_crops(grey_of(x), landmarks(2)) for x in (frames, darker))
    assert a.shape == (2, 1, 64, 64)
    assert float((a - b).abs().mean()) < 0.05
    moved = face_crops(grey_of(frames.roll(5, 3)), landmarks(2) + torch.tensor([5.0, 0.0]))
    assert float((moved - a)[..., 4:-4].abs().mean()) < 0.2


def test_gradients_go_through_a_crop():
    frames = faces(np.array([22])).requires_grad_(True)
    face_crops(grey_of(frames), landmarks(1)).pow(3).sum().backward()
    assert float(frames.grad.abs().sum()) > 0


def test_only_what_may_be_mirrored_is():
    ramp = torch.linspace(-1, 1, 64).expand(32, 1, 64, 64)
    for mirrored in (False, True):
        out = augmented(ramp, torch.Generator().manual_seed(1), mirrored=mirrored)
        slopes = (out[..., 40:].mean((1, 2, 3)) - out[..., :24].mean((1, 2, 3))) > 0
        assert bool(slopes.all()) is not mirrored


def test_it_learns_to_read_a_control(tiny_frames):
    frames = load_frames(tiny_frames)
    model = train_reader(frames, epochs=40)
    batch = frames.take(range(len(frames)))
    _, read = model(face_crops(grey_of(batch.frames), batch.landmarks))
    assert np.corrcoef(read[:, JAW], batch.controls[:, JAW])[0, 1] > 0.8


def test_its_seed_repeats_it(tiny_frames):
    one, two = (train_reader(load_frames(tiny_frames), epochs=1) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_it_sees_no_difference_in_the_same_and_more_in_another():
    torch.manual_seed(440)
    model = Reader().eval()
    frames = faces(np.array([22, 22, 22]))
    changed = torch.stack([frames[0], frames[1] + 0.05 * torch.randn_like(frames[1]), faces(np.array([34]))[0]])
    same, noisy, other = model.difference(changed, frames, landmarks(3)).tolist()
    assert same == 0
    assert 0 < noisy < other


def test_it_is_kept_and_trained_anew_for_other_frames(tiny_frames):
    frames = load_frames(tiny_frames)
    first = trained_reader(tiny_frames, frames, epochs=1)
    written = (tiny_frames / READER_FILE).stat().st_mtime_ns
    kept = trained_reader(tiny_frames, frames, epochs=1)
    assert (tiny_frames / READER_FILE).stat().st_mtime_ns == written
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), kept.parameters(), strict=True))
    assert not any(p.requires_grad for p in kept.parameters())
    (tiny_frames / "frames.json").write_text((tiny_frames / "frames.json").read_text() + " ")
    trained_reader(tiny_frames, frames, epochs=1)
    assert (tiny_frames / READER_FILE).stat().st_mtime_ns > written


def test_a_step_asks_for_the_expression(tiny_frames):
    data = load_frames(tiny_frames)
    reader = trained_reader(tiny_frames, data, epochs=5)
    trainer = Trainer(TrainOptions(steps=30, expression_weight=5.0, **OPTIONS), data, reader=reader)
    seen = [trainer.step()["expression"] for _ in range(30)]
    assert sum(seen[-8:]) < 0.7 * sum(seen[:8])
    assert "expression" not in Trainer(TrainOptions(steps=2, **OPTIONS), data).step()
