"""What is known before the first step: each character's pictures, from where its mesh was seen."""

from __future__ import annotations

import torch
from torch import Tensor

from expressive.training.anybody import Mixtures
from expressive.training.data import FrameSet
from expressive.training.generator import Generator
from expressive.training.textures import Textures

__all__ = ["collect_pictures"]


@torch.no_grad()
def collect_pictures(generator: Generator, frames: FrameSet, *, count: int = 120) -> None:
    """Fill each character's pictures from ``count`` of its frames.

    Without this they would have to be found by chance: the loss of a pixel only knows its neighbours.
    """
    assert frames.geometry is not None
    textures = generator.textures
    if isinstance(textures, Mixtures):
        textures.fit(torch.stack([_own_pictures(frames, who) for who in range(len(frames.identities))]))
        return
    for who in range(len(frames.identities)):
        own = torch.nonzero(frames.identity == who).flatten()
        chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
        batch = frames.take(chosen.numpy())
        assert batch.texels is not None
        assert isinstance(textures, Textures)
        textures.collect(who, batch.frames, batch.texels)


def _own_pictures(frames: FrameSet, who: int) -> Tensor:
    """Texels (texels, 4) of one person, from all that person's frames."""
    assert frames.geometry is not None
    own = Textures(1, frames.geometry.tiles)
    batch = frames.take(torch.nonzero(frames.identity == who).flatten().numpy())
    assert batch.texels is not None
    own.collect(0, batch.frames, batch.texels)
    pictures: Tensor = own.of[0].detach()
    return pictures
