"""How close generated frames are to renders, pixel by pixel: error, structure, sharpness, alpha edge, comb."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from expressive.training.pairs import Pairs, over_grey

__all__ = [
    "REGIONS",
    "alpha_edge_error",
    "comb_energy",
    "gradient_energy",
    "measure",
    "psnr",
    "region_masks",
    "ssim_map",
    "within",
]

REGIONS = ("whole", "face", "eyes", "mouth")


def psnr(a: Tensor, b: Tensor, mask: Tensor) -> Tensor:
    """Peak signal-to-noise ratio (N,) in dB of colours (N, 3, H, W) in [0, 1] within a mask (N, 1, H, W)."""
    mse = within((a - b).pow(2).mean(1, keepdim=True), mask)
    return -10 * torch.log10(mse.clamp(min=1e-10))


def _gaussian() -> Tensor:
    k = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    return (k / k.sum()).view(1, 1, 1, 11)


def ssim_map(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (N, 1, H, W) of luminance, Gaussian window of 11 pixels."""
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    a, b = (a * luma).sum(1, keepdim=True), (b * luma).sum(1, keepdim=True)
    window = _gaussian()  # of one row; the two-dimensional one is its product with itself

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, window, padding=(0, 5)), window.mT, padding=(5, 0))

    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
    out: Tensor = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    return out


def within(values: Tensor, mask: Tensor) -> Tensor:
    """Mean (N,) of a map (N, 1, H, W) over a mask of that shape."""
    return (values * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)


def gradient_energy(a: Tensor, mask: Tensor) -> Tensor:
    """Sum (N,) of squared differences of neighbours within a mask: sharpness, where 1 is a render's over itself."""
    dx = (a[..., :, 1:] - a[..., :, :-1]).pow(2)[..., :-1, :]
    dy = (a[..., 1:, :] - a[..., :-1, :]).pow(2)[..., :, :-1]
    return ((dx + dy).mean(1, keepdim=True) * mask[..., :-1, :-1]).sum((1, 2, 3))


def alpha_edge_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute error (N,) of alphas ``a`` (N, H, W) where the render's ``b`` is neither clear nor solid."""
    edge = ((b > 0.02) & (b < 0.98)).float()
    return ((a - b).abs() * edge).sum((1, 2)) / edge.sum((1, 2)).clamp(min=1)


def comb_energy(a: Tensor, mask: Tensor) -> Tensor:
    """Energy (N,) at the pixel grid's own period of two pixels, within a mask, share of all gradient energy.

    A pixel shuffle whose sub-pixels disagree leaves a pattern that alternates from pixel to pixel over whole areas; a
    render has next to none. The alternating part is measured as the mean of the second difference's sign-flipped copy
    over blocks of 8 pixels, so that single edges average out.
    """
    luma = a.mean(1, keepdim=True)
    energy = torch.zeros(len(a))
    h, w = luma.shape[2:]
    flip_x = torch.ones(w)
    flip_x[1::2] = -1
    flip_y = torch.ones(h)
    flip_y[1::2] = -1
    m = F.avg_pool2d(mask, 8)
    for flip in (flip_x.view(1, 1, 1, w), flip_y.view(1, 1, h, 1), flip_x.view(1, 1, 1, w) * flip_y.view(1, 1, h, 1)):
        block = F.avg_pool2d(luma * flip, 8)
        energy += (block.pow(2) * m).sum((1, 2, 3)) * 64
    return energy / gradient_energy(a, mask).clamp(min=1e-6)


def region_masks(landmarks: Tensor, resolution: int) -> dict[str, Tensor]:
    """Box masks (N, 1, H, W) of the regions, from landmarks (N, 68, 2) in pixels."""
    t = torch.arange(resolution, dtype=torch.float32) + 0.5
    k = resolution / 256

    def box(points: slice, margin: float) -> Tensor:
        p = landmarks[:, points]
        low, high = p.amin(1) - margin * k, p.amax(1) + margin * k
        x = (t[None] > low[:, :1]) & (t[None] < high[:, :1])
        y = (t[None] > low[:, 1:]) & (t[None] < high[:, 1:])
        return (x[:, None, :] & y[:, :, None]).float()[:, None]

    eyes = (box(slice(36, 42), 6) + box(slice(42, 48), 6)).clamp(max=1)
    whole = torch.ones(len(landmarks), 1, resolution, resolution)
    return {"whole": whole, "face": box(slice(0, 68), 6), "eyes": eyes, "mouth": box(slice(48, 68), 7)}


def measure(pairs: Pairs, *, batch: int = 8) -> dict[str, Tensor]:
    """All measures of some frames, one value for each.

    Parameters
    ----------
    pairs : Pairs
        generated and rendered frames
    batch : int
        how many at once

    Returns
    -------
    dict[str, Tensor]
        name to values (n,); sharpness is gradient energy as a share of the render's
    """
    out: dict[str, list[Tensor]] = {}

    def put(name: str, values: Tensor) -> None:
        out.setdefault(name, []).append(values)

    for start in range(0, len(pairs), batch):
        part = slice(start, start + batch)
        a, r = (torch.from_numpy(over_grey(x[part])).permute(0, 3, 1, 2) for x in (pairs.fake, pairs.real))
        masks = region_masks(torch.from_numpy(pairs.landmarks[part]), a.shape[-1])
        structure = ssim_map(a, r)
        for name, mask in masks.items():
            put(f"psnr_{name}", psnr(a, r, mask))
            put(f"ssim_{name}", within(structure, mask))
            put(f"sharpness_{name}", gradient_energy(a, mask) / gradient_energy(r, mask).clamp(min=1e-6))
        put("comb", comb_energy(a, masks["face"]))
        put("comb_of_renders", comb_energy(r, masks["face"]))
        alpha = (torch.from_numpy(x[part, ..., 3]).float() / 255 for x in (pairs.fake, pairs.real))
        put("alpha_edge_error", alpha_edge_error(*alpha))
    return {name: torch.cat(values) for name, values in out.items()}
