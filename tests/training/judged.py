"""Pairs of frames written by hand, so that every measure is asked what it must know."""

from __future__ import annotations

import numpy as np
import torch

from expressive.core.controls import N_CONTROLS
from expressive.training.pairs import Pairs

EDGE = 64


def solid(picture: np.ndarray) -> np.ndarray:
    """Opaque frames (n, H, W, 4) of grey or colour pictures in [0, 255]."""
    colour = picture if picture.ndim == 4 else np.repeat(picture[..., None], 3, -1)
    alpha = np.full((*colour.shape[:3], 1), 255)
    return np.concatenate([np.clip(colour, 0, 255), alpha], -1).astype(np.uint8)


def face_landmarks(edge: int = EDGE) -> np.ndarray:
    """The 70 points of a face in the middle of a picture of that edge."""
    out = np.full((70, 2), 0.5)
    out[0:17] = np.stack([np.linspace(0.25, 0.75, 17), 0.4 + 0.42 * np.sin(np.linspace(0, np.pi, 17))], 1)
    out[17:27] = np.stack([np.linspace(0.3, 0.7, 10), np.full(10, 0.34)], 1)
    for start, x in ((36, 0.38), (42, 0.62)):
        angle = np.arange(6) * np.pi / 3
        out[start : start + 6] = np.stack([x + 0.05 * np.cos(angle), 0.42 + 0.02 * np.sin(angle)], 1)
    angle = np.arange(20) * np.pi / 10
    out[48:68] = np.stack([0.5 + 0.1 * np.cos(angle), 0.68 + 0.04 * np.sin(angle)], 1)
    return (out * edge).astype(np.float32)


def make_pairs(fake: np.ndarray, real: np.ndarray, *, identity=None, emotion=None, kind=None, controls=None) -> Pairs:
    """Pairs of frames (n, H, W, 4) with the landmarks of ``face_landmarks``."""
    n = len(real)
    identity = np.zeros(n, np.int64) if identity is None else np.asarray(identity, np.int64)
    return Pairs(
        fake=fake,
        real=real,
        controls=np.zeros((n, N_CONTROLS), np.float32) if controls is None else controls,
        landmarks=np.repeat(face_landmarks(real.shape[1])[None], n, 0),
        identity=identity,
        emotion=["anger"] * n if emotion is None else emotion,
        kind=["emotion"] * n if kind is None else kind,
        identities=("guard", "driver", "monk"),
    )


def barred_faces(bars: np.ndarray, light: float = 150.0) -> torch.Tensor:
    """Frames (n, 4, H, W) with a dark bar at some height."""
    out = np.full((len(bars), EDGE, EDGE), light)
    out += np.random.default_rng(1).normal(0, 8, out.shape)
    for frame, bar in zip(out, bars, strict=True):
        frame[bar : bar + 3, 18:46] *= 0.3
    return torch.from_numpy(solid(out)).permute(0, 3, 1, 2).float() / 255


def landmarks_of(count: int) -> torch.Tensor:
    """Those of ``face_landmarks`` for so many frames."""
    return torch.from_numpy(face_landmarks()).expand(count, -1, -1)
