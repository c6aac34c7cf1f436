"""How close generated frames are to renders: error, structure and sharpness by region, alpha edge, comb, by group."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from expressive.training.data import FrameSet, load_frames
from expressive.training.export import load_generator
from expressive.training.rig.cast import load_cast

__all__ = [
    "REGIONS",
    "alpha_edge_error",
    "comb_energy",
    "evaluate",
    "gradient_energy",
    "measure",
    "psnr",
    "region_masks",
    "ssim",
]

log = logging.getLogger(__name__)

REGIONS = ("whole", "face", "eyes", "mouth")
_GROUND = 0.5
Draw = Callable[[Tensor, Tensor], Tensor]


def _over_grey(rgba: Tensor) -> Tensor:
    return rgba[:, :3] + (1 - rgba[:, 3:]) * _GROUND


def psnr(a: Tensor, b: Tensor, mask: Tensor) -> Tensor:
    """Peak signal-to-noise ratio (N,) in dB of colours (N, 3, H, W) in [0, 1] within a mask (N, 1, H, W)."""
    e = (a - b).pow(2).mean(1, keepdim=True)
    mse = (e * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)
    return -10 * torch.log10(mse.clamp(min=1e-10))


def _gaussian() -> Tensor:
    k = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    k = k / k.sum()
    return (k[:, None] * k[None])[None, None]


def ssim(a: Tensor, b: Tensor, mask: Tensor) -> Tensor:
    """Structural similarity (N,) of luminance, Gaussian window of 11 pixels, averaged over a mask."""
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    a, b = (a * luma).sum(1, keepdim=True), (b * luma).sum(1, keepdim=True)
    window = _gaussian()

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(x, window, padding=5)

    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
    s = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    return (s * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)


def gradient_energy(a: Tensor, mask: Tensor) -> Tensor:
    """Sum (N,) of squared differences of neighbours within a mask: sharpness, where 1 is a render's over itself."""
    dx = (a[..., :, 1:] - a[..., :, :-1]).pow(2)[..., :-1, :]
    dy = (a[..., 1:, :] - a[..., :-1, :]).pow(2)[..., :, :-1]
    return ((dx + dy).mean(1, keepdim=True) * mask[..., :-1, :-1]).sum((1, 2, 3))


def alpha_edge_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute alpha error (N,) of frames ``a`` where the render ``b`` is neither clear nor solid."""
    edge = ((b[:, 3] > 0.02) & (b[:, 3] < 0.98)).float()
    return ((a[:, 3] - b[:, 3]).abs() * edge).sum((1, 2)) / edge.sum((1, 2)).clamp(min=1)


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


def measure(draw: Draw, frames: FrameSet, index: Sequence[int], *, batch: int = 8) -> dict[str, Tensor]:
    """All measures of some frames, one value for each.

    Parameters
    ----------
    draw : Draw
        frames (N, 4, H, W) in [0, 1] of controls and identities
    frames : FrameSet
        renders
    index : Sequence[int]
        which
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

    for start in range(0, len(index), batch):
        b = frames.take(list(index[start : start + batch]))
        with torch.no_grad():
            fake = draw(b.controls, b.identity).float().clamp(0, 1)
        fake = torch.round(fake * 255) / 255
        a, r = _over_grey(fake), _over_grey(b.frames)
        masks = region_masks(b.landmarks, a.shape[-1])
        for name, mask in masks.items():
            put(f"psnr_{name}", psnr(a, r, mask))
            put(f"ssim_{name}", ssim(a, r, mask))
            put(f"sharpness_{name}", gradient_energy(a, mask) / gradient_energy(r, mask).clamp(min=1e-6))
        put("comb", comb_energy(a, masks["face"]))
        put("comb_of_renders", comb_energy(r, masks["face"]))
        put("alpha_edge_error", alpha_edge_error(fake, b.frames))
    return {name: torch.cat(values) for name, values in out.items()}


def _means(values: dict[str, Tensor], index: Sequence[int] | None = None) -> dict[str, float]:
    pick = slice(None) if index is None else torch.as_tensor(list(index))
    return {name: round(float(v[pick].mean()), 4) for name, v in values.items()}


def evaluate(
    *, frames: Path, model: Path | None = None, draw: Draw | None = None, out: Path | None = None, limit: int = 0
) -> dict[str, Any]:
    """Measure a model on frames that training never saw.

    Parameters
    ----------
    frames : Path
        folder written by ``render_frames``
    model : Path | None
        release folder
    draw : Draw | None
        the model as a function, where there is no folder
    out : Path | None
        file for the results as JSON
    limit : int
        frames of each split; 0 for all

    Returns
    -------
    dict[str, Any]
        ``test`` (unseen controls), ``held_out_pairs`` (pairs of emotion and viseme never trained), ``by_emotion``,
        ``by_identity`` and ``by_skin_tone``
    """
    names: Sequence[str] | None = None
    if draw is None:
        if model is None:
            raise ValueError("give model or draw")
        generator, config = load_generator(model)
        names, draw = config["identities"], generator
    results: dict[str, Any] = {}
    cast = load_cast()
    for split, title in (("test", "test"), ("held", "held_out_pairs"), ("emotion", "by_emotion")):
        data = load_frames(frames, (split,), names)
        index = np.arange(len(data)) if not limit else np.linspace(0, len(data) - 1, min(limit, len(data))).astype(int)
        values = measure(draw, data, [int(i) for i in index])
        if title == "by_emotion":
            emotions = [data.emotion[int(i)] for i in index]
            groups = {e: [k for k, x in enumerate(emotions) if x == e] for e in dict.fromkeys(emotions)}
            results[title] = {e: _means(values, rows) for e, rows in groups.items()}
            continue
        results[title] = {"frames": len(index)} | _means(values)
        if title == "test":
            who = [data.identities[int(data.identity[int(i)])] for i in index]
            results["by_identity"] = {
                name: _means(values, [k for k, x in enumerate(who) if x == name]) for name in dict.fromkeys(who)
            }
            tone = {name: cast[name].tone_group if name in cast else "unknown" for name in data.identities}
            groups = {t: [k for k, x in enumerate(who) if tone[x] == t] for t in dict.fromkeys(tone.values())}
            results["by_skin_tone"] = {t: _means(values, rows) for t, rows in groups.items() if rows}
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return results
