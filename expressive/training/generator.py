"""The generator: controls and a character to a frame.

Shapes are (N, C, H, W). Frames inside torch are premultiplied RGBA in [0, 1], because a render's alpha edge is linear
there and nothing needs to be divided by a small alpha.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.training.blocks import Level, PointMaps, icnr_
from expressive.training.conditions import control_scale
from expressive.training.motion import Motion
from expressive.training.rig.motion import MOTION_POINTS
from expressive.training.textures import Textures

__all__ = ["Generator", "GeneratorOptions", "compose", "enlarge", "shuffle"]


@dataclass(frozen=True)
class GeneratorOptions:
    """Sizes of the generator."""

    identities: int = 8
    """number of characters"""
    controls: int = N_CONTROLS
    """number of controls"""
    channels: tuple[int, ...] = (128, 128, 80, 48, 32, 16)
    """channels at 4², 8², 16², … ; the picture is twice as large as the last"""
    width: int = 256
    """width of the style vector"""
    hidden: int = 320
    """width of the layers that make it"""
    embedding: int = 48
    """numbers that describe a character"""
    points: int = 70
    """facial landmarks, with the pupils, that a small network places for the convolutions; 0 for none"""
    skin: int = 512
    """edge in pixels of the picture of skin and hair kept of each character; 0 draws everything anew in each frame"""
    inner: int = 256
    """edge in pixels of the picture of eyes and teeth"""
    body: int = 384
    """edge in pixels of the picture of clothes"""
    anchors: int = MOTION_POINTS
    """points whose motion moves the pictures"""

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
        return cls(**{**values, "channels": tuple(values["channels"])})


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
        self.register_buffer("control_scale", control_scale(o.controls))
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
            levels.append(Level(c_in, c, o.width, enlarge=k > 0, convs=2))
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
        self.parts = 4  # of each pixel: the change; and before it, how much of skin, inner and body
        if o.skin:
            self.parts = 7
            self.motion_level = max(0, last - 1)
            self.motion_character = nn.Embedding(o.identities, 24)
            edge = 4 * 2**self.motion_level
            self.motion = Motion(o.controls + 24, o.channels[self.motion_level], o.identities, edge, o.anchors)
            guided = range(max(0, self.motion_level - 1), self.motion_level + 1)
            self.guide = nn.ModuleDict({str(k): nn.Conv2d(9, o.channels[k], 1) for k in guided})
            for p in self.guide.parameters():
                nn.init.zeros_(p)
            self.textures = Textures(o.identities, skin=o.skin, inner=o.inner, body=o.body)
        self.head = nn.Conv2d(o.channels[-1], 4 * self.parts, 1)
        icnr_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        if o.skin:
            nn.init.zeros_(self.head.weight)  # begin with the pictures as they are, half skin and half shoulders
            with torch.no_grad():
                self.head.bias.view(4, 7)[:] = torch.tensor([0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0])  # type: ignore[union-attr]

    def style(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Style vector (N, width) of controls (N, 61) in their own units and characters (N,)."""
        w: Tensor = self.mapping(torch.cat([controls * self.control_scale, self.character(identity)], 1))
        return w

    def points(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Landmarks (N, 70, 2) as shares of the picture's edge, x and y."""
        h: Tensor = self.locate(torch.cat([controls * self.control_scale, self.point_character(identity)], 1))
        return 0.5 + 0.5 * h.float().view(-1, self.options.points, 2)

    def forward(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Frames (N, 4, H, W), premultiplied RGBA; in training not clipped to [0, 1]."""
        return self.draw(controls, identity)[0]

    def draw(self, controls: Tensor, identity: Tensor) -> tuple[Tensor, Tensor | None]:
        """Frames, and the motion (N, 6, edge, edge) that made them, see :class:`Motion`."""
        quarters, field = self.plan(controls, identity)
        head = shuffle(quarters, self.parts)
        if field is None:
            return torch.sigmoid(2.0 * head), None
        layers = self.textures(enlarge(field, head.shape[-1]), identity)
        y = compose(head, layers, self.motion)
        return (y if self.training else y.clamp(0, 1)), field

    def motion_condition(self, controls: Tensor, identity: Tensor) -> Tensor:
        """What the motion depends on (N, inputs)."""
        return torch.cat([controls * self.control_scale, self.motion_character(identity)], 1)

    def plan(self, controls: Tensor, identity: Tensor) -> tuple[Tensor, Tensor | None]:
        """What is said of each pixel (N, 4 · parts, H/2, W/2), see :func:`shuffle`, and the motion."""
        w = self.style(controls, identity)
        o = self.options
        x = self.start(identity).view(-1, o.channels[0], 4, 4)
        points = self.points(controls, identity).detach() if o.points else None  # learned from labels, not from pixels
        field: Tensor | None = None
        known: Tensor | None = None
        if o.skin:
            known = self.motion.known(self.motion_condition(controls, identity), identity)
        for k, level in enumerate(self.levels):
            extra = self.dots[str(k)](points) if points is not None and str(k) in self.dots else None
            if known is not None and str(k) in self.guide:
                guide = self.guide[str(k)](known if k == self.motion_level else F.avg_pool2d(known, 2))
                extra = guide if extra is None else extra + guide
            x = level(x, w, extra)
            if k == self.map_level:
                edge = 4 * 2**k
                x = x + self.map(identity).view(-1, o.channels[k], edge, edge)
            if known is not None and k == self.motion_level:
                field = self.motion(known, x)
        return self.head(x).float(), field


def shuffle(quarters: Tensor, parts: int) -> Tensor:
    """Frames (N, parts, H, W) from row, column and part of each block of 2×2 pixels (N, 2 · 2 · parts, H/2, W/2)."""
    n, _, h, w = quarters.shape
    return quarters.view(n, 2, 2, parts, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, parts, 2 * h, 2 * w)


def enlarge(field: Tensor, edge: int) -> Tensor:
    """The motion at every pixel of the frame (N, 6, edge, edge)."""
    return F.interpolate(field, size=(edge, edge), mode="bilinear", align_corners=False)


def compose(head: Tensor, layers: tuple[Tensor, Tensor, Tensor], motion: Motion) -> Tensor:
    """Frame (N, 4, H, W) from what is said of each pixel (N, 7, H, W) and the three layers (N, 4, H, W).

    Eyes and teeth, and the clothes, count within their windows only, so that the runtime need not look elsewhere.
    """
    y = head[:, 0:1] * layers[0] + head[:, 3:]
    for group in (1, 2):
        rows, columns = motion.window(group, head.shape[-1])
        within = torch.zeros_like(head[:1, :1])
        within[:, :, rows, columns] = 1.0
        y = y + head[:, group : group + 1] * layers[group] * within
    return y
