"""The generator and the conditional discriminator, each on a page.

Shapes are (N, C, H, W). Frames inside torch are premultiplied RGBA in [0, 1], because a render's alpha edge is linear
there and nothing needs to be divided by a small alpha.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.controls import CONTROL_HIGH, N_CONTROLS
from expressive.core.errors import ParameterError

__all__ = ["Discriminator", "DiscriminatorOptions", "Generator", "GeneratorOptions", "icnr_"]


@dataclass(frozen=True)
class GeneratorOptions:
    """Sizes of the generator."""

    identities: int = 8
    """number of characters"""
    controls: int = N_CONTROLS
    """number of controls"""
    channels: tuple[int, ...] = (192, 192, 128, 80, 48, 16)
    """channels at 4², 8², 16², … ; the picture is twice as large as the last"""
    width: int = 256
    """width of the style vector"""
    hidden: int = 320
    """width of the layers that make it"""
    embedding: int = 48
    """numbers that describe a character"""
    points: int = 70
    """facial landmarks, with the pupils, that a small network places for the convolutions; 0 for none"""

    @property
    def resolution(self) -> int:
        """Edge of the picture in pixels."""
        return int(8 * 2 ** (len(self.channels) - 1))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def icnr_(weight: Tensor, factor: int = 2) -> None:
    """Start a convolution before a pixel shuffle so that all its sub-pixels agree: no comb in the picture."""
    out, *rest = weight.shape
    kernel = torch.empty(out // factor**2, *rest)
    nn.init.normal_(kernel, 0.0, 0.02)
    with torch.no_grad():
        weight.copy_(kernel.repeat(factor**2, 1, 1, 1))


class Modulated(nn.Module):
    """3×3 convolution whose channels the style scales and shifts."""

    def __init__(self, c_in: int, c_out: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.style = nn.Linear(width, 2 * c_out)
        nn.init.kaiming_normal_(self.conv.weight, a=0.2)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.style.weight, 0.0, 0.5 / math.sqrt(width))
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # (N, C, H, W), (N, width)
        scale, shift = self.style(w)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(self.conv(x) * (1 + scale) + shift, 0.2)


class PointMaps(nn.Module):
    """Landmarks as one soft dot each: where the eyes, lips and brows are, to a fraction of a pixel."""

    grid: Tensor

    def __init__(self, points: int, channels: int, edge: int, first: int = 0) -> None:
        super().__init__()
        self.first, self.width = first, 1.2 / edge
        self.register_buffer("grid", (torch.arange(edge) + 0.5) / edge, persistent=False)
        self.mix = nn.Conv2d(points - first, channels, 1)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]

    def forward(self, points: Tensor) -> Tensor:  # (N, P, 2) in [0, 1], x and y
        d = (self.grid - points[:, self.first :, :, None]) / self.width  # (N, P, 2, edge)
        dots = torch.exp(-d * d)
        out: Tensor = self.mix(dots[:, :, 1, :, None] * dots[:, :, 0, None, :])
        return out


class Level(nn.Module):
    """Thin the channels at the lower resolution, where it is cheap, enlarge, then one or two modulated convolutions."""

    def __init__(self, c_in: int, c_out: int, width: int, *, enlarge: bool, convs: int) -> None:
        super().__init__()
        self.thin = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else None
        self.enlarge = enlarge
        self.convs = nn.ModuleList([Modulated(c_out, c_out, width) for _ in range(convs)])

    def forward(self, x: Tensor, w: Tensor, extra: Tensor | None = None) -> Tensor:
        if self.thin is not None:
            x = self.thin(x)
        if self.enlarge:
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        if extra is not None:
            x = x + extra
        for conv in self.convs:
            x = conv(x, w)
        return x


class Generator(nn.Module):
    """Controls and a character to a frame.

    Parameters
    ----------
    options : GeneratorOptions
        sizes
    """

    control_scale: Tensor

    def __init__(self, options: GeneratorOptions | None = None) -> None:
        super().__init__()
        o = self.options = options or GeneratorOptions()
        if len(o.channels) < 2 or o.identities < 1:
            raise ParameterError(
                f"channels={o.channels}, identities={o.identities} must be at least two levels and one"
            )
        scale = torch.ones(o.controls)
        if o.controls == N_CONTROLS:
            scale = 1.0 / torch.tensor(CONTROL_HIGH).clamp(min=1e-3)
            scale[torch.tensor(CONTROL_HIGH) == 0] = 0.0  # eye roll is always 0
        self.register_buffer("control_scale", scale)
        self.character = nn.Embedding(o.identities, o.embedding)
        nn.init.normal_(self.character.weight, 0.0, 0.5)
        self.mapping = nn.Sequential(
            nn.Linear(o.controls + o.embedding, o.hidden), nn.SiLU(),
            nn.Linear(o.hidden, o.hidden), nn.SiLU(),
            nn.Linear(o.hidden, o.width),
        )  # fmt: skip
        self.start = nn.Embedding(o.identities, o.channels[0] * 16)
        self.map_level = min(2, len(o.channels) - 1)
        edge = 4 * 2**self.map_level
        self.map = nn.Embedding(o.identities, o.channels[self.map_level] * edge * edge)
        nn.init.normal_(self.map.weight, 0.0, 0.05)
        levels, c_in, last = [], o.channels[0], len(o.channels) - 1
        for k, c in enumerate(o.channels):
            levels.append(Level(c_in, c, o.width, enlarge=k > 0, convs=1 if k == last else 2))
            c_in = c
        self.levels = nn.ModuleList(levels)
        if o.points:
            self.point_character = nn.Embedding(o.identities, 32)
            self.locate = nn.Sequential(
                nn.Linear(o.controls + 32, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 2 * o.points)
            )  # fmt: skip
            # the last three levels see the dots; the last, of eyes, mouth and pupils only (from iBUG 36)
            chosen = range(max(0, last - 2), last + 1)
            self.dots = nn.ModuleDict({
                str(k): PointMaps(o.points, o.channels[k], 4 * 2**k, 36 if k == last and o.points >= 68 else 0)
                for k in chosen
            })  # fmt: skip
        self.head = nn.Conv2d(o.channels[-1], 16, 3, padding=1)
        icnr_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def style(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Style vector (N, width) of controls (N, 61) in their own units and characters (N,)."""
        w: Tensor = self.mapping(torch.cat([controls * self.control_scale, self.character(identity)], 1))
        return w

    def points(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Landmarks (N, 70, 2) as shares of the picture's edge, x and y."""
        h: Tensor = self.locate(torch.cat([controls * self.control_scale, self.point_character(identity)], 1))
        return 0.5 + 0.5 * h.float().view(-1, self.options.points, 2)

    def forward(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Frames (N, 4, H, W), premultiplied RGBA in [0, 1]."""
        q = self.quarters(controls, identity)
        n, _, h, w = q.shape
        return q.view(n, 2, 2, 4, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, 4, 2 * h, 2 * w)

    def quarters(self, controls: Tensor, identity: Tensor) -> Tensor:
        """The same before the pixel shuffle (N, 2·2·4, H/2, W/2): row, column and channel of each 2×2 block."""
        w = self.style(controls, identity)
        o = self.options
        x = self.start(identity).view(-1, o.channels[0], 4, 4)
        points = self.points(controls, identity).detach() if o.points else None  # learned from labels, not from pixels
        for k, level in enumerate(self.levels):
            dots = self.dots[str(k)](points) if points is not None and str(k) in self.dots else None
            x = level(x, w, dots)
            if k == self.map_level:
                edge = 4 * 2**k
                x = x + self.map(identity).view(-1, o.channels[k], edge, edge)
        return torch.sigmoid(self.head(x).float() * 2.0)


@dataclass(frozen=True)
class DiscriminatorOptions:
    """Sizes of the discriminator."""

    identities: int = 8
    """number of characters"""
    controls: int = N_CONTROLS
    """number of controls"""
    channels: tuple[int, ...] = (24, 48, 96, 160, 192, 192, 192)
    """channels after each halving"""
    hidden: int = 256
    """width of the last layer"""
    resolution: int = 256
    """edge of the pictures it judges"""

    @classmethod
    def fitting(cls, identities: int, resolution: int) -> DiscriminatorOptions:
        """Options whose last layer sees 2² positions."""
        levels = min(len(cls.channels), max(2, resolution.bit_length() - 2))
        return cls(identities=identities, channels=cls.channels[:levels], resolution=resolution)


class Discriminator(nn.Module):
    """Judges whether a frame is a render of that character with those controls.

    It sees the frame and its fine detail. It answers for each patch of the 16² grid, for the frame as a whole given the
    condition (by projection), and it reads the controls back from the frame.
    """

    control_scale: Tensor

    def __init__(self, options: DiscriminatorOptions | None = None) -> None:
        super().__init__()
        o = self.options = options or DiscriminatorOptions()
        scale = torch.ones(o.controls)
        if o.controls == N_CONTROLS:
            scale = 1.0 / torch.tensor(CONTROL_HIGH).clamp(min=1e-3)
            scale[torch.tensor(CONTROL_HIGH) == 0] = 0.0
        self.register_buffer("control_scale", scale)
        c = o.channels
        self.first = nn.Conv2d(8, c[0], 4, stride=2, padding=1)
        self.body = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(c)])
        self.patch_level = min(2, len(self.body) - 1)
        self.patch = nn.Conv2d(c[self.patch_level + 1], 1, 3, padding=1)
        edge = o.resolution // 2 ** len(c)
        self.last = nn.Linear(c[-1] * edge * edge, o.hidden)
        self.whole = nn.Linear(o.hidden, 1)
        self.character = nn.Embedding(o.identities, 32)
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
