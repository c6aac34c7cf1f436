"""Crops of faces that networks read: grey, of one size, and none brighter or of more contrast than another."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from expressive.training.pairs import GROUND, LUMA

__all__ = ["EDGE", "augmented", "face_crops", "grey_of"]

EDGE = 64
"""pixels"""


def grey_of(frames: Tensor) -> Tensor:
    """Luminance (N, 1, H, W) of premultiplied frames (N, 4, H, W) over middle grey."""
    colours = frames[:, :3] + (1.0 - frames[:, 3:]) * GROUND
    return (colours * torch.from_numpy(LUMA).to(frames).view(1, 3, 1, 1)).sum(1, keepdim=True)


def face_crops(grey: Tensor, landmarks: Tensor) -> Tensor:
    """Cut out faces from brows to chin, each of mean 0 and deviation 1; gradients go through.

    Parameters
    ----------
    grey : Tensor [shape=(N, 1, H, H)]
        luminance
    landmarks : Tensor [shape=(N, 68 or more, 2), unit=pixels]
        of the frames

    Returns
    -------
    Tensor [shape=(N, 1, 64, 64)]
        crops
    """
    edge, out = grey.shape[-1], []
    for picture, points in zip(grey, landmarks[:, :68], strict=True):
        low, high = points.amin(0), points.amax(0)
        half = float((high - low).max()) * 0.56
        x_middle, y_middle = ((low + high) / 2).tolist()
        # corners of the crop in the coordinates of grid_sample
        span = torch.linspace(-half, half, EDGE, device=grey.device)
        x, y = ((span + middle) / edge * 2 - 1 for middle in (x_middle, y_middle - 0.06 * half))
        grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)
        whole = picture[None]
        if 2 * half > EDGE:  # do not skip pixels
            whole = F.interpolate(whole, scale_factor=EDGE / (2 * half), mode="area")
        out.append(F.grid_sample(whole, grid[None], align_corners=False, padding_mode="border"))
    crops = torch.cat(out)
    return (crops - crops.mean((2, 3), keepdim=True)) / crops.std((2, 3), keepdim=True).clamp(min=1e-3)


def augmented(x: Tensor, draws: torch.Generator, *, mirrored: bool) -> Tensor:
    """Crops (N, 1, H, W) shifted, scaled, lit from a side, blurred a little or noisy; every other one ``mirrored``."""
    n = len(x)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=draws) * (high - low) + low

    flip = torch.where(uniform(0, 1) < 0.5 * mirrored, -1.0, 1.0)
    scale, turn = uniform(0.9, 1.12), uniform(-0.12, 0.12)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = flip * scale, -turn, uniform(-0.1, 0.1)
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = flip * turn, scale, uniform(-0.1, 0.1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False, padding_mode="border")
    light = uniform(-0.5, 0.5)[:, None, None, None] * torch.linspace(-1, 1, x.shape[-1])
    soft = (uniform(0, 1) * (uniform(0, 1) < 0.5))[:, None, None, None]  # sharpness must not matter
    x = x + soft * (F.avg_pool2d(x, 3, 1, 1) - x)
    return x * uniform(0.8, 1.25)[:, None, None, None] + light + 0.05 * torch.randn(x.shape, generator=draws)
