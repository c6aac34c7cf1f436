"""What the generator is built of: modulated convolutions and levels."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

__all__ = ["Level", "Modulated", "icnr_"]


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

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Features (N, c_out, H, W) of features (N, c_in, H, W) and style (N, width)."""
        scale, shift = self.style(w)[:, :, None, None].split(self.conv.out_channels, 1)
        return F.leaky_relu(self.conv(x) * (1 + scale) + shift, 0.2)


class Level(nn.Module):
    """Thin the channels at the lower resolution, where it is cheap, enlarge, then one or two modulated convolutions."""

    def __init__(self, c_in: int, c_out: int, width: int, *, enlarge: bool, convs: int) -> None:
        super().__init__()
        self.thin = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else None
        self.enlarge = enlarge
        self.convs = nn.ModuleList([Modulated(c_out, c_out, width) for _ in range(convs)])

    def forward(self, x: Tensor, w: Tensor, extra: Tensor | None = None) -> Tensor:
        """Features of the next level, with ``extra`` added before its convolutions."""
        if self.thin is not None:
            x = self.thin(x)
        if self.enlarge:
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        if extra is not None:
            x = x + extra
        for conv in self.convs:
            x = conv(x, w)
        return x
