"""What is known before the first step: each character's pictures, from where its mesh was seen."""

from __future__ import annotations

import torch

from expressive.training.data import FrameSet
from expressive.training.generator import Generator

__all__ = ["collect_pictures"]


@torch.no_grad()
def collect_pictures(generator: Generator, frames: FrameSet, *, count: int = 120) -> None:
    """Fill each character's pictures from ``count`` of its frames.

    Without this they would have to be found by chance: the loss of a pixel only knows its neighbours.
    """
    assert frames.geometry is not None
    for who in range(len(frames.identities)):
        own = torch.nonzero(frames.identity == who).flatten()
        chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
        batch = frames.take(chosen.numpy())
        assert batch.texels is not None
        generator.textures.collect(who, batch.frames, batch.texels)
