"""The reader learns controls, is kept, and sees what differs."""

from __future__ import annotations

import numpy as np
import torch

from expressive.core.controls import CONTROL_INDEX
from expressive.training.crops import face_crops, grey_of
from expressive.training.data import load_frames
from expressive.training.options import TrainOptions
from expressive.training.reader import READER_FILE, Reader, train_reader, trained_reader
from expressive.training.trainer import Trainer
from tests.training.judged import barred_faces, landmarks_of
from tests.training.test_loop import OPTIONS

JAW = CONTROL_INDEX["jawOpen"]


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
    frames = barred_faces(np.array([22, 22, 22]))
    changed = torch.stack([frames[0], frames[1] + 0.05 * torch.randn_like(frames[1]), barred_faces(np.array([34]))[0]])
    same, noisy, other = model.difference(changed, frames, landmarks_of(3)).tolist()
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
