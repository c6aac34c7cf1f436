"""What a generator has in place of characters when it knows none: layers told of traits, and pictures to sum.

Both are asked as a character's embedding and pictures are, by the number of whom a frame shows; :meth:`meet` says who
that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from expressive.face.genome import Genome
from expressive.face.mixing import LESSER, MIXED, mixture, traits
from expressive.face.people import Palette
from expressive.training.textures import Textures

__all__ = ["Mixtures", "Traits", "meet"]


_RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_LESSER = 20.0  # how much more a term that only refines others is held back


class Traits(nn.Module):
    """A linear function of a person's traits.

    Parameters
    ----------
    count : int
        how many of the traits are looked at: the first
    width : int
        numbers that come out
    """

    people: Tensor

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(count, width)
        self.register_buffer("people", torch.zeros(0, count), persistent=False)

    def meet(self, people: Sequence[Genome]) -> None:
        """Say who the numbers are."""
        count = self.linear.in_features
        known = np.stack([traits(genome)[:count] for genome in people])
        self.people = torch.from_numpy(known).to(self.linear.weight)

    def forward(self, who: Tensor) -> Tensor:
        """Numbers (N, width) of people by number (N,), or by their traits (N, all)."""
        known = who[:, : self.linear.in_features] if who.is_floating_point() else self.people[who]
        out: Tensor = self.linear(known)
        return out


class Mixtures(nn.Module):
    """Pictures whose sums are everybody's, as ``Textures`` are one character's each.

    Parameters
    ----------
    tiles : Sequence[tuple[int, int, int]]
        first texel, width and height of each kind of picture, in the order of ``MIXED``
    """

    def __init__(self, tiles: Sequence[tuple[int, int, int]]) -> None:
        super().__init__()
        self.tiles = tuple(tiles)
        self.kinds = nn.ParameterDict()
        for (kind, names), (_, width, height) in zip(MIXED.items(), self.tiles, strict=True):
            self.kinds[kind] = nn.Parameter(torch.zeros(4, len(names), width * height))
        self.look = Textures(0, tiles)
        self.weights: dict[str, Tensor] = {}

    def meet(self, people: Sequence[Genome]) -> None:
        """Say who the numbers are."""
        known = [mixture(genome) for genome in people]
        device = next(self.parameters()).device
        self.weights = {kind: torch.from_numpy(np.stack([m[kind] for m in known])).to(device) for kind in MIXED}

    def forward(self, texels: Tensor, who: Tensor) -> Tensor:
        """What the mesh shows (N, 4, H, W), of enlarged texels (N, 4 + ROWS, H, W) and people by number (N,)."""
        several, which = torch.unique(who, return_inverse=True)
        pictures = self.pictures(several)
        drawn = [self.look.show(pictures[int(k)], rows[None]) for k, rows in zip(which, texels, strict=True)]
        return torch.cat(drawn)

    def pictures(self, who: Tensor) -> Tensor:
        """Texels (n, texels, 4) of people (n,)."""
        parts = [torch.zeros(4, len(who), 1, device=who.device)]
        for kind, pictures in self.kinds.items():
            parts.append(torch.bmm(self.weights[kind][who].permute(2, 0, 1), pictures))
        return torch.cat(parts, 2).clamp(0, 1).permute(1, 2, 0).contiguous()

    def keep_in_range(self) -> None:
        """Nothing: a sum is clipped, its terms need no limit."""

    @torch.no_grad()
    def fit(self, pictures: Tensor) -> None:
        """Least squares: terms whose sums are nearest to pictures (n, texels, 4) of all the people that were met."""
        for (kind, terms), (first, width, height) in zip(self.kinds.items(), self.tiles, strict=True):
            own = pictures[:, first : first + width * height]
            held = torch.tensor([_LESSER if name in LESSER else 1.0 for name in MIXED[kind]])
            for colour in range(4):
                terms[colour] = _solve(self.weights[kind][..., colour], own[..., colour], held)

    def palette(self) -> Palette:
        """What a release keeps of them."""
        return Palette({kind: pictures.detach().cpu().float().numpy() for kind, pictures in self.kinds.items()})


def _solve(weights: Tensor, pictures: Tensor, held: Tensor) -> Tensor:
    """Terms (m, texels) whose sums by weights (n, m) are nearest to pictures (n, texels).

    How much large terms are held back, each by its share ``held`` (m,), is chosen as what would have guessed each
    person best from all the others.
    """
    few = pictures[:, :: max(1, pictures.shape[1] // 4096)]
    best, chosen = float("inf"), torch.zeros(0)
    for ridge in _RIDGES:
        solver = torch.linalg.solve(weights.T @ weights + ridge * torch.diag(held), weights.T)
        hat = weights @ solver
        error = (few - hat @ few) / (1 - hat.diagonal()).clamp(min=1e-3)[:, None]  # had this person been left out
        if (size := float(error.square().mean())) < best:
            best, chosen = size, solver
    return chosen @ pictures


def meet(generator: nn.Module, people: Mapping[str, Genome]) -> None:
    """Tell every part of a generator that has no cast who the numbers are."""
    for module in generator.modules():
        if isinstance(module, (Traits, Mixtures)):
            module.meet(list(people.values()))
