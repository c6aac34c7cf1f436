"""The conditional discriminator, which asks if a frame is a render of that character with those controls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.controls import N_CONTROLS
from expressive.training.anybody import Traits
from expressive.training.conditions import control_scale
from expressive.training.generator import GeneratorOptions

__all__ = ["Discriminator", "DiscriminatorOptions"]


@dataclass(frozen=True)
class DiscriminatorOptions:
    """Sizes of the discriminator."""

    identities: int = 8
    """number of characters"""
    traits: int = 0
    """numbers that say who is seen, in place of characters; 0 for a cast"""
    controls: int = N_CONTROLS
    """number of controls"""
    channels: tuple[int, ...] = (24, 48, 96, 160, 192, 192, 192)
    """channels after each halving"""
    hidden: int = 256
    """width of the last layer"""
    resolution: int = 256
    """edge of the pictures it judges"""

    @classmethod
    def fitting(cls, generator: GeneratorOptions) -> DiscriminatorOptions:
        """Options for the frames of such a generator, whose last layer sees 2² positions."""
        levels = min(len(cls.channels), max(2, generator.resolution.bit_length() - 2))
        return cls(
            identities=generator.identities,
            traits=generator.traits,
            channels=cls.channels[:levels],
            resolution=generator.resolution,
        )


class Discriminator(nn.Module):
    """Judges whether a frame is a render of that character, or of whoever has those genes, with those controls.

    It sees the frame and its fine detail. It answers for each patch of the 16² grid, for the frame as a whole given the
    condition (by projection), and it reads the controls back from the frame.
    """

    control_scale: Tensor

    def __init__(self, options: DiscriminatorOptions | None = None) -> None:
        super().__init__()
        o = self.options = options or DiscriminatorOptions()
        self.register_buffer("control_scale", control_scale(o.controls))
        c = o.channels
        self.first = nn.Conv2d(8, c[0], 4, stride=2, padding=1)
        self.body = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(c)])
        self.patch_level = min(2, len(self.body) - 1)
        self.patch = nn.Conv2d(c[self.patch_level + 1], 1, 3, padding=1)
        edge = o.resolution // 2 ** len(c)
        self.last = nn.Linear(c[-1] * edge * edge, o.hidden)
        self.whole = nn.Linear(o.hidden, 1)
        self.character = Traits(o.traits, 32) if o.traits else nn.Embedding(o.identities, 32)
        self.condition = nn.Sequential(nn.Linear(o.controls + 32, 128), nn.SiLU(), nn.Linear(128, o.hidden))
        self.read = nn.Linear(o.hidden, o.controls)
        for layer in (self.first, self.last, *self.body):
            nn.init.kaiming_normal_(layer.weight, a=0.2)
            nn.init.zeros_(layer.bias)
        for layer in (self.patch, self.whole, self.read):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, controls: Tensor, identity: Tensor) -> tuple[Tensor, Tensor, list[Tensor], Tensor]:
        """Patch logits (N, 1, 16, 16), whole logits (N, 1), features, and controls read back (N, 61), scaled."""
        detail = 6 * (x - F.avg_pool2d(x, 3, 1, 1))
        h = F.leaky_relu(self.first(torch.cat([x * 2 - 0.5, detail], 1)), 0.2)
        features, patch = [h], h
        for k, conv in enumerate(self.body):
            h = F.leaky_relu(conv(h), 0.2)
            features.append(h)
            if k == self.patch_level:
                patch = self.patch(h)
        v = F.leaky_relu(self.last(h.flatten(1)), 0.2)
        e = self.condition(torch.cat([controls * self.control_scale, self.character(identity)], 1))
        whole = self.whole(v) + (v * e).sum(1, keepdim=True) / math.sqrt(v.shape[1])
        return patch, whole, features, self.read(v)
