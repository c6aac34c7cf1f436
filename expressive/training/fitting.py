"""What is known before the first step: each character's pictures, from where its mesh was seen."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from expressive.face.raster import ROWS
from expressive.training.anybody import Mixtures
from expressive.training.data import Batch, FrameSet
from expressive.training.generator import Generator
from expressive.training.rig.geometry import TILES
from expressive.training.textures import Textures

__all__ = ["collect_pictures", "relight_teeth", "settle_pictures"]


@torch.no_grad()
def collect_pictures(generator: Generator, frames: FrameSet, *, count: int = 120) -> None:
    """Fill each character's pictures from ``count`` of its frames.

    Without this they would have to be found by chance: the loss of a pixel only knows its neighbours.
    """
    textures = generator.textures
    if isinstance(textures, Mixtures):
        textures.fit(torch.stack([_own_pictures(frames, who, count) for who in range(len(frames.identities))]))
        return
    assert isinstance(textures, Textures)
    for who in range(len(frames.identities)):
        batch = _some_of(frames, who, count)
        assert batch.texels is not None
        textures.collect(who, batch.frames, batch.texels)
    relight_teeth(generator, frames)


@torch.no_grad()
def relight_teeth(generator: Generator, frames: FrameSet, *, count: int = 200) -> None:
    """Fill each character's picture of the teeth from where they are seen in most light.

    Pictures that are summed are mean ones, and stay as they are.
    """
    textures = generator.textures
    if isinstance(textures, Mixtures):
        return
    assert isinstance(textures, Textures)
    teeth = TILES["teeth"]
    tiles = [tile for tile in textures.tiles if tile == (teeth.first, teeth.width, teeth.height)]
    for who in range(len(frames.identities)):
        batch = _some_of(frames, who, count)
        assert batch.texels is not None
        textures.relight(who, batch.frames, batch.texels, tiles)


def _own_pictures(frames: FrameSet, who: int, count: int) -> Tensor:
    """Texels (texels, 4) of one person, from some of that person's frames."""
    assert frames.geometry is not None
    own = Textures(1, frames.geometry.tiles)
    batch = _some_of(frames, who, count)
    assert batch.texels is not None
    own.collect(0, batch.frames, batch.texels)
    pictures: Tensor = own.of[0].detach()
    return pictures


@torch.no_grad()
def settle_pictures(generator: Generator, frames: FrameSet, *, count: int = 135, enough: int = 3) -> None:
    """Let texels that fewer than ``enough`` pixels of ``count`` frames show take after their neighbours.

    A step of Adam moves a texel about as far, however seldom it is seen: what few frames show is a speck of chance
    colour, which a new pose brings to light. The gleams of eyes that rarely open wide take after those of others, in
    which the same lamps are mirrored. Pictures that are summed are everybody's, and need none of it.
    """
    textures = generator.textures
    if isinstance(textures, Mixtures):
        return
    assert isinstance(textures, Textures)
    assert frames.geometry is not None
    certainties = []
    for who in range(len(frames.identities)):
        batch = _some_of(frames, who, count)
        assert batch.texels is not None
        seen = np.bincount(batch.texels[:, :-ROWS].flatten().numpy(), minlength=len(textures.between))
        certainties.append(torch.from_numpy(seen) / enough)
        textures.settle(who, certainties[-1])
    textures.share(frames.geometry.gleam_tiles, certainties)


def _some_of(frames: FrameSet, who: int, count: int) -> Batch:
    """As many frames of a character, evenly chosen."""
    own = torch.nonzero(frames.identity == who).flatten()
    chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
    return frames.take(chosen.numpy())
