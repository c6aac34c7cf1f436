"""Crops are of equal place and light, let gradients through, and are mirrored only where they may be."""

from __future__ import annotations

import numpy as np
import torch

from expressive.training.crops import augmented, face_crops, grey_of
from tests.training.judged import barred_faces, landmarks_of


def test_crops_are_centred_and_of_equal_light():
    frames = barred_faces(np.array([22, 30]))
    darker = frames * torch.tensor([0.5, 0.5, 0.5, 1.0]).view(1, 4, 1, 1)
    a, b = (face_crops(grey_of(x), landmarks_of(2)) for x in (frames, darker))
    assert a.shape == (2, 1, 64, 64)
    assert float((a - b).abs().mean()) < 0.05
    moved = face_crops(grey_of(frames.roll(5, 3)), landmarks_of(2) + torch.tensor([5.0, 0.0]))
    assert float((moved - a)[..., 4:-4].abs().mean()) < 0.2


def test_gradients_go_through_a_crop():
    frames = barred_faces(np.array([22])).requires_grad_(True)
    face_crops(grey_of(frames), landmarks_of(1)).pow(3).sum().backward()
    assert float(frames.grad.abs().sum()) > 0


def test_only_what_may_be_mirrored_is():
    ramp = torch.linspace(-1, 1, 64).expand(32, 1, 64, 64)
    for mirrored in (False, True):
        out = augmented(ramp, torch.Generator().manual_seed(1), mirrored=mirrored)
        slopes = (out[..., 40:].mean((1, 2, 3)) - out[..., :24].mean((1, 2, 3))) > 0
        assert bool(slopes.all()) is not mirrored
