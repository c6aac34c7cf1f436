"""The pictures that a generator keeps of each character, texel by texel, and how they are first filled.

A frame is mostly these, put where the mesh is at a pose. The generator adds what is left: light, wrinkles, soft edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from scipy.sparse import csr_array
from torch import Tensor, nn

from expressive.face.raster import ROWS
from expressive.face.texels import FAR, NEAR, neighbours

__all__ = ["Textures", "fill_holes"]

_SURE = 3.0  # samples of a texel that need no neighbours
_LIGHT = 6  # power of a sample's brightness that is its weight, where pictures are to be in light


class Textures(nn.Module):
    """Premultiplied RGBA texels of every character, in [0, 1]; number 0 is nothing.

    Parameters
    ----------
    identities : int
        number of characters
    tiles : Sequence[tuple[int, int, int]]
        first texel, width and height of each picture of a character, see ``Geometry.tiles``
    """

    between: Tensor

    def __init__(self, identities: int, tiles: Sequence[tuple[int, int, int]]) -> None:
        super().__init__()
        self.tiles = tuple(tiles)
        texels = 1 + sum(width * height for _, width, height in self.tiles)
        self.register_buffer("between", torch.from_numpy(neighbours(self.tiles)), persistent=False)
        # a parameter for each character: a batch has few of them, and only theirs get gradients
        self.of = nn.ParameterList([torch.full((texels, 4), 0.5) for _ in range(identities)])
        self.keep_in_range()

    def forward(self, texels: Tensor, identity: Tensor) -> Tensor:
        """What the mesh shows (N, 4, H, W), of enlarged texels (N, 4 + ROWS, H, W), see ``face.raster``."""
        parts, order = [], []
        for who in torch.unique(identity).tolist():
            rows = torch.nonzero(identity == who).flatten()
            order.append(rows)
            parts.append(self.show(self.of[who], texels[rows]))
        back = torch.argsort(torch.cat(order))
        return torch.cat(parts)[back]

    def show(self, pictures: Tensor, texels: Tensor) -> Tensor:
        """What the mesh shows (N, 4, H, W) of pictures (texels, 4), of enlarged texels (N, 4 + ROWS, H, W)."""
        texels = texels.transpose(0, 1)
        out = pictures.new_zeros((*texels.shape, 4))
        there = torch.nonzero(texels.flatten()).flatten()  # most of the layers of hair is nothing
        at = F.embedding(texels.flatten()[there], self.between)
        colours: Tensor = _Between.apply(pictures, at)  # type: ignore[no-untyped-call]
        out = out.flatten(0, 3).index_copy(0, there, colours).view_as(out)
        (surface, on, *hair), between, on_between = out[:-ROWS], out[-ROWS : -ROWS // 2], out[-ROWS // 2 :]
        surface = _over(on, surface)
        rows = _over(on_between, between) - surface
        surface = surface + (texels[-ROWS, ..., None] > 0) * rows.sum(0) / (1 + len(rows))
        for layer in hair:
            surface = _over(layer, surface)
        shown: Tensor = surface.permute(0, 3, 1, 2)
        return shown

    @torch.no_grad()
    def keep_in_range(self) -> None:
        """Clip to [0, 1], as texels are stored in bytes, and keep nothing as nothing."""
        for texels in self.of:
            texels.clamp_(0, 1)
            texels[0] = 0.0

    @torch.no_grad()
    def collect(self, who: int, frames: Tensor, texels: Tensor) -> None:
        """Fill a character's pictures from frames: each texel with the mean of where it was seen.

        Parameters
        ----------
        who : int
            the character
        frames : Tensor [shape=(N, 4, H, W)]
            its frames
        texels : Tensor [shape=(N, 4 + ROWS, H, W)]
            what the mesh shows in them, as enlarged texels
        """
        own = self.of[who]
        colours = frames.permute(0, 2, 3, 1).flatten(0, 2)
        at = self.between[:, 0][texels[:, :-ROWS].transpose(0, 1).flatten(1)]
        # hair is there where its mean explains what is seen better than what lies behind it
        behind = _means(at[0], colours, len(own))[at[0]]
        clear = torch.zeros(len(own), dtype=torch.bool)
        top = at[0].clone()
        for layer in at[1:]:
            there = torch.nonzero(layer).flatten()
            hair = _means(layer[there], colours[there], len(own))[layer[there]]
            gain = torch.zeros(len(own))
            for guess, sign in ((behind[there], 1.0), (hair, -1.0)):
                gain.index_add_(0, layer[there], sign * (colours[there] - guess).square().sum(1))
            clear[layer[there]] = gain[layer[there]] <= 0
            hides = ~clear[layer[there]]
            behind[there[hides]] = hair[hides]
            top[there[hides]] = layer[there[hides]]
        total = _sums(top, colours, len(own))
        self._fill(who, total[:, :4], total[:, 4])
        own[clear] = 0.0
        self.keep_in_range()

    @torch.no_grad()
    def relight(self, who: int, frames: Tensor, texels: Tensor, tiles: Sequence[tuple[int, int, int]]) -> None:
        """Fill some pictures of a character again, each texel from where it was seen in most light.

        What is mostly in shade, as teeth are, would else be kept grey. Shade is a product, which the generator has;
        where there is light, it would have to add a colour.

        Parameters
        ----------
        who, frames, texels
            as in :meth:`collect`
        tiles : Sequence[tuple[int, int, int]]
            which pictures
        """
        own, colours = self.of[who], frames.permute(0, 2, 3, 1).flatten(0, 2)
        bare = (texels[:, 1:-ROWS] == 0).all(1).flatten()
        at = self.between[:, 0][texels[:, 0].flatten()] * bare
        light = colours[:, :3].mean(1) ** _LIGHT
        # weighted means, with the weight of as many samples as these amount to (Kish, 1965)
        sums = torch.zeros(len(own), 6).index_add_(0, at, torch.cat([
            light[:, None] * colours, light[:, None], light[:, None] ** 2
        ], 1))  # fmt: skip
        count = sums[:, 4] ** 2 / sums[:, 5].clamp(min=1e-12)
        mean = sums[:, :4] / sums[:, 4:5].clamp(min=1e-12)
        self._fill(who, mean * count[:, None], count, tiles)
        self.keep_in_range()

    @torch.no_grad()
    def settle(self, who: int, certainty: Tensor) -> None:
        """Mix neighbours into those texels of a character that are not certain.

        Parameters
        ----------
        who : int
            the character
        certainty : Tensor [shape=(enlarged texels,)]
            how often each enlarged texel was seen, as a share of often enough
        """
        own = self.of[who]
        weight = _SURE * self._kept(certainty)
        self._fill(who, own * weight[:, None], weight)
        self.keep_in_range()

    @torch.no_grad()
    def share(self, tiles: Sequence[tuple[int, int, int]], certainties: Sequence[Tensor]) -> None:
        """Let everybody's texels that are not certain be those of the others, in pictures that show everybody the same.

        Parameters
        ----------
        tiles : Sequence[tuple[int, int, int]]
            those pictures
        certainties : Sequence[Tensor]
            of each character, as in :meth:`settle`
        """
        for first, width, height in tiles:
            part = slice(first, first + width * height)
            known = torch.stack([self._kept(certainty)[part].clamp(max=1) for certainty in certainties])[..., None]
            pictures = torch.stack([own[part] for own in self.of])
            mean = (known * pictures).sum(0) / known.sum(0).clamp(min=1e-6)
            for own, one, weight in zip(self.of, pictures, known, strict=True):
                own[part] = torch.where(known.sum(0) > 0, weight * one + (1 - weight) * mean, one)

    def _kept(self, certainty: Tensor) -> Tensor:
        """Certainty of the texels that are kept (texels,), of that of enlarged ones."""
        return torch.zeros(len(self.of[0])).index_add_(0, self.between[:, 0], certainty.float())

    def _fill(
        self, who: int, total: Tensor, weight: Tensor, tiles: Sequence[tuple[int, int, int]] | None = None
    ) -> None:
        """Means of weighted sums (texels, 4), with neighbours mixed in where the weight (texels,) is low."""
        for first, width, height in self.tiles if tiles is None else tiles:
            part, shape = slice(first, first + width * height), (-1, height, width)
            self.of[who][part] = fill_holes(total[part].T.reshape(shape), weight[part].view(shape)).flatten(1).T


def _over(front: Tensor, behind: Tensor) -> Tensor:
    """Premultiplied colours (..., 4) over others."""
    return front + (1 - front[..., 3:]) * behind


class _Between(torch.autograd.Function):
    """Texels (T, 4) and four neighbours of each place (n, 4) to colours (n, 4).

    As an embedding would do it; but on a CPU torch takes several times as long for its gradients as scipy for a product
    with a sparse matrix.
    """

    WEIGHTS = torch.tensor([NEAR * NEAR, NEAR * FAR, FAR * NEAR, FAR * FAR]) / (NEAR + FAR) ** 2

    @staticmethod
    def forward(ctx: Any, texels: Tensor, at: Tensor) -> Tensor:
        ctx.save_for_backward(at)
        ctx.count = len(texels)
        weights = _Between.WEIGHTS.to(texels)
        return F.embedding_bag(at, texels, mode="sum", per_sample_weights=weights.expand(len(at), 4))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (at,), (gradient,) = ctx.saved_tensors, gradients
        weights = _Between.WEIGHTS.to(gradient).expand(at.shape)
        if gradient.device.type == "cpu":
            rows = np.arange(0, at.numel() + 1, 4, dtype=np.int32)
            mixes = csr_array((weights.flatten().numpy(), at.flatten().numpy(), rows), (len(at), ctx.count))
            return torch.from_numpy(mixes.T @ gradient.contiguous().numpy()), None
        each = (weights[..., None] * gradient[:, None]).flatten(0, 1)
        return gradient.new_zeros((ctx.count, 4)).index_add_(0, at.flatten().long(), each), None


def _sums(texels: Tensor, colours: Tensor, count: int) -> Tensor:
    """Sums of colours (n, 4), and how many there are, at each texel (count, 5)."""
    out = torch.zeros(count, 5)
    out.index_add_(0, texels, torch.cat([colours, torch.ones_like(colours[:, :1])], 1))
    return out


def _means(texels: Tensor, colours: Tensor, count: int) -> Tensor:
    sums = _sums(texels, colours, count)
    sums[0] = 0.0  # nothing is seen there
    return sums[:, :4] / sums[:, 4:].clamp(min=1)


def fill_holes(total: Tensor, weight: Tensor) -> Tensor:
    """Weighted means, and between them what the neighbourhood has (pull and push; Gortler et al., 1996).

    Parameters
    ----------
    total : Tensor [shape=(C, H, W)]
        weighted sums
    weight : Tensor [shape=(1, H, W)]
        sums of weights, 0 in holes

    Returns
    -------
    Tensor [shape=(C, H, W)]
        the picture without holes
    """
    enough = (weight / _SURE).clamp(max=1.0)  # one sample alone is noise
    mean = total / weight.clamp(min=1e-6)
    if max(total.shape[-2:]) <= 1:
        return mean
    coarse = fill_holes(
        F.avg_pool2d(mean * enough, 2, ceil_mode=True) * 12, F.avg_pool2d(enough, 2, ceil_mode=True) * 12
    )
    under = F.interpolate(coarse[None], size=total.shape[-2:], mode="bilinear", align_corners=False)[0]
    return mean * enough + under * (1 - enough)
