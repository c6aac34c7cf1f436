"""What frames say of pictures apart from training: how they begin, and which texels were hardly ever seen."""

from __future__ import annotations

import numpy as np
import torch

from expressive.training.data import Batch, FrameSet
from expressive.training.generator import Generator

__all__ = ["collect_pictures", "settle_pictures"]


@torch.no_grad()
def collect_pictures(generator: Generator, frames: FrameSet, *, count: int = 120) -> None:
    """Fill each character's pictures from ``count`` of its frames.

    Without this they would have to be found by chance: the loss of a pixel only knows its neighbours.
    """
    for who in range(len(frames.identities)):
        batch = _some_of(frames, who, count)
        assert batch.texels is not None
        generator.textures.collect(who, batch.frames, batch.texels)


@torch.no_grad()
def settle_pictures(generator: Generator, frames: FrameSet, *, count: int = 135, enough: int = 8) -> None:
    """Let texels that fewer than ``enough`` pixels of ``count`` frames show take after their neighbours.

    Each step of Adam moves a texel about as far, however seldom it is seen: what few frames show is a speck of chance
    colour, which a new pose brings to light.
    """
    for who in range(len(frames.identities)):
        batch = _some_of(frames, who, count)
        assert batch.texels is not None
        seen = np.bincount(batch.texels[:, :-2].flatten().numpy(), minlength=len(generator.textures.between))
        generator.textures.settle(who, torch.from_numpy(seen) / enough)


def _some_of(frames: FrameSet, who: int, count: int) -> Batch:
    """As many frames of a character, evenly chosen."""
    own = torch.nonzero(frames.identity == who).flatten()
    chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
    return frames.take(chosen.numpy())
