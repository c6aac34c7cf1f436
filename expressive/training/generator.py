"""The generator: controls, a character and what its mesh shows of its pictures, to a frame.

Shapes are (N, C, H, W). Frames inside torch are premultiplied RGBA in [0, 1], because a render's alpha edge is linear
there and nothing needs to be divided by a small alpha.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.face.mixing import CLASSES
from expressive.training.anybody import Mixtures, Traits
from expressive.training.blocks import Level, icnr_
from expressive.training.conditions import control_scale
from expressive.training.textures import Textures

__all__ = ["Generator", "GeneratorOptions", "gather", "shuffle"]


@dataclass(frozen=True)
class GeneratorOptions:
    """Sizes of the generator."""

    identities: int = 8
    """number of characters"""
    controls: int = N_CONTROLS
    """number of controls"""
    channels: tuple[int, ...] = (96, 96, 64, 48, 32, 16)
    """channels at 4², 8², 16², … ; the picture is twice as large as the last"""
    convs: tuple[int, ...] = (1, 1, 1, 1, 2, 2)
    """convolutions at each of these"""
    width: int = 192
    """width of the style vector"""
    hidden: int = 256
    """width of the layers that make it"""
    embedding: int = 48
    """numbers that describe a character"""
    traits: int = 0
    """in place of characters: numbers that describe whoever is drawn, see ``face.mixing``"""
    tiles: tuple[tuple[int, int, int], ...] = ()
    """pictures kept of each character, see ``Geometry.tiles``; none draws everything anew in each frame"""

    @property
    def resolution(self) -> int:
        """Edge of the picture in pixels."""
        return int(8 * 2 ** (len(self.channels) - 1))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> GeneratorOptions:
        """What :meth:`to_dict` gave."""
        lists = {"channels": tuple(values["channels"]), "convs": tuple(values["convs"])}
        return cls(**{**values, **lists, "tiles": tuple((a, b, c) for a, b, c in values["tiles"])})


class Generator(nn.Module):
    """Controls and a character to a frame.

    Where a character's pictures are kept, the mesh says which texel each pixel shows. The convolutions see this first
    draft, and say how much of it stays and what is added: light, shadows, wrinkles, soft edges, single hairs.

    Parameters
    ----------
    options : GeneratorOptions
        sizes
    """

    control_scale: Tensor

    def __init__(self, options: GeneratorOptions | None = None) -> None:
        super().__init__()
        o = self.options = options or GeneratorOptions()
        if len(o.channels) < 2 or o.identities < 1 or len(o.convs) != len(o.channels):
            raise ParameterError(
                f"channels={o.channels}, convs={o.convs}, identities={o.identities} must be at least two levels, as "
                "many numbers of convolutions, and one character"
            )
        self.register_buffer("control_scale", control_scale(o.controls))
        self.character = self._of_whom(o.embedding, 0.5, o.traits)
        self.mapping = nn.Sequential(
            nn.Linear(o.controls + o.embedding, o.hidden), nn.SiLU(),
            nn.Linear(o.hidden, o.hidden), nn.SiLU(),
            nn.Linear(o.hidden, o.width),
        )  # fmt: skip
        self.start = self._of_whom(o.channels[0] * 16, 1.0, CLASSES)
        self.map_level = min(2, len(o.channels) - 1)
        edge = 4 * 2**self.map_level
        self.map = self._of_whom(o.channels[self.map_level] * edge * edge, 0.05, CLASSES)
        levels, c_in, last = [], o.channels[0], len(o.channels) - 1
        for k, (c, convs) in enumerate(zip(o.channels, o.convs, strict=True)):
            levels.append(Level(c_in, c, o.width, enlarge=k > 0, convs=convs))
            c_in = c
        self.levels = nn.ModuleList(levels)
        self.parts = 4  # of each pixel: the change; and before it, how much of the draft stays
        if o.tiles:
            self.parts = 5
            self.textures = Mixtures(o.tiles) if o.traits else Textures(o.identities, o.tiles)
            # the last three levels see the draft: a block of 2², 4², 8² pixels at each place
            self.see = nn.ModuleDict({
                str(k): nn.Conv2d(16, o.channels[k], 2 ** (last - k), stride=2 ** (last - k))
                for k in range(max(0, last - 2), last + 1)
            })  # fmt: skip
        self.head = nn.Conv2d(o.channels[-1], 4 * self.parts, 1)
        icnr_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        if o.tiles:
            nn.init.zeros_(self.head.weight)  # begin with the draft as it is
            with torch.no_grad():
                self.head.bias.view(4, 5)[:, 0] = 1.0  # type: ignore[union-attr]

    def _of_whom(self, width: int, spread: float, count: int) -> nn.Module:
        """Numbers for whoever is drawn: each character's own, or from the first ``count`` traits."""
        if self.options.traits:
            return Traits(count, width)
        made = nn.Embedding(self.options.identities, width)
        nn.init.normal_(made.weight, 0.0, spread)
        return made

    def style(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Style vector (N, width) of controls (N, 61) in their own units and characters (N,)."""
        w: Tensor = self.mapping(torch.cat([controls * self.control_scale, self.character(identity)], 1))
        return w

    def forward(self, controls: Tensor, identity: Tensor, texels: Tensor | None = None) -> Tensor:
        """Draw frames.

        Parameters
        ----------
        controls : Tensor [shape=(N, 61)]
            poses
        identity : Tensor [shape=(N,)]
            characters
        texels : Tensor | None [shape=(N, 4 + ROWS, H, W)]
            of ``face.raster.texel_maps`` and the meshes of ``face.texels.finer``, where pictures are kept

        Returns
        -------
        Tensor [shape=(N, 4, H, W)]
            premultiplied RGBA; in training not clipped to [0, 1]
        """
        if texels is None:
            return torch.sigmoid(2.0 * shuffle(self.plan(controls, identity), self.parts))
        draft = self.textures(texels, identity)
        plan = shuffle(self.plan(controls, identity, gather(draft)), self.parts)
        y = plan[:, :1] * draft + plan[:, 1:]
        out: Tensor = y if self.training else y.clamp(0, 1)
        return out

    def plan(self, controls: Tensor, identity: Tensor, draft: Tensor | None = None) -> Tensor:
        """What is said of each pixel (N, 4 · parts, H/2, W/2), of a draft (N, 16, H/2, W/2); see :func:`gather`."""
        w = self.style(controls, identity)
        o = self.options
        x = self.start(identity).view(-1, o.channels[0], 4, 4)
        for k, level in enumerate(self.levels):
            x = level(x, w, self.see[str(k)](draft) if draft is not None and str(k) in self.see else None)
            if k == self.map_level:
                edge = 4 * 2**k
                x = x + self.map(identity).view(-1, o.channels[k], edge, edge)
        with torch.autocast(x.device.type, enabled=False):  # bfloat16 has no more levels than a byte, and no half ones
            out: Tensor = self.head(x.float())
        return out


def shuffle(quarters: Tensor, parts: int) -> Tensor:
    """Frames (N, parts, H, W) from row, column and part of each block of 2×2 pixels (N, 2 · 2 · parts, H/2, W/2)."""
    n, _, h, w = quarters.shape
    return quarters.view(n, 2, 2, parts, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, parts, 2 * h, 2 * w)


def gather(x: Tensor) -> Tensor:
    """Row, column and part of each block of 2×2 pixels (N, 2 · 2 · parts, H/2, W/2): what :func:`shuffle` undoes."""
    parts, h, w = x.shape[1], x.shape[2] // 2, x.shape[3] // 2
    return x.reshape(-1, parts, h, 2, w, 2).permute(0, 3, 5, 1, 2, 4).reshape(-1, 4 * parts, h, w)
