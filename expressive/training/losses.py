"""All the GAN maths: paired losses, adversarial losses, feature matching, gradient penalty, region weights."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from expressive.training.discriminator import Discriminator
from expressive.training.generator import gather

__all__ = [
    "change_loss",
    "discriminator_loss",
    "feature_matching",
    "generator_adversarial",
    "gradient_penalty",
    "paired_loss",
    "region_weights",
]

# landmarks, weight added, margin in pixels at 256²
_REGIONS = (
    (slice(36, 42), 5.0, 7.0),
    (slice(42, 48), 5.0, 7.0),
    (slice(48, 68), 3.0, 8.0),
    (slice(60, 68), 12.0, 1.0),  # between the lips: few pixels of few frames, and teeth that everybody looks at
    (slice(17, 27), 1.0, 8.0),
)

_NEIGHBOURHOOD = 32
"""pixels, as the windows of ``spectrum``"""


def region_weights(landmarks: Tensor, resolution: int) -> Tensor:
    """Weight of each pixel: 1, and more over eyes, mouth and brows.

    Parameters
    ----------
    landmarks : Tensor [shape=(N, 68, 2), unit=pixels]
        positions x, y in the picture
    resolution : int
        edge of the picture

    Returns
    -------
    Tensor [shape=(N, 1, H, W), range=[1, 27]]
        weights
    """
    t = torch.arange(resolution, dtype=torch.float32, device=landmarks.device) + 0.5
    weights = torch.ones(len(landmarks), 1, resolution, resolution, device=landmarks.device)
    for points, strength, margin in _REGIONS:
        p = landmarks[:, points]
        low, high = p.amin(1), p.amax(1)
        centre, half = (low + high) / 2, (high - low) / 2 + margin * resolution / 256
        x = torch.exp(-(((t[None] - centre[:, :1]) / half[:, :1]) ** 4))
        y = torch.exp(-(((t[None] - centre[:, 1:]) / half[:, 1:]) ** 4))
        weights = weights + strength * x[:, None, None, :] * y[:, None, :, None]
    return weights


def paired_loss(fake: Tensor, real: Tensor, weights: Tensor) -> Tensor:
    """Weighted errors of pixels, absolute and squared, of their gradients, of three coarser scales, and of the grid.

    Squares are there for outlines, of which large errors are left while the rest is nearly right; outlines, soft in a
    render, weigh more as well, their alpha most: a wrong one shows before every backdrop but the one trained on. The
    four pixels of a block are different channels of the network: where one of them is too bright all over a
    neighbourhood, there is a pattern of the pixel grid, which no other term would mind.

    Parameters
    ----------
    fake, real : Tensor [shape=(N, 4, H, W), range=[0, 1]]
        premultiplied frames
    weights : Tensor [shape=(N, 1, H, W)]
        of ``region_weights``

    Returns
    -------
    Tensor [shape=()]
        loss
    """
    e = fake - real
    alpha = real[:, 3:]
    outline = F.max_pool2d(((alpha > 0.02) & (alpha < 0.98)).to(e.dtype), 3, 1, 1)
    weights = weights + 3.0 * outline
    pixels = ((e.abs() + 4.0 * e * e) * weights).mean() + 1.5 * (e[:, 3:].abs() * outline).mean()
    dx = ((e[..., 1:] - e[..., :-1]).abs() * weights[..., 1:]).mean()
    dy = ((e[..., 1:, :] - e[..., :-1, :]).abs() * weights[..., 1:, :]).mean()
    coarse = torch.zeros((), device=e.device)
    w = weights
    for _ in range(3):
        e, w = F.avg_pool2d(e, 2), F.avg_pool2d(w, 2)
        coarse = coarse + (e.abs() * w).mean()
    pattern = F.avg_pool2d(gather(fake - real), min(_NEIGHBOURHOOD, real.shape[-1]) // 2).abs().mean()
    return 20 * pixels + 5 * (dx + dy) + 5 * coarse + 20 * pattern


def change_loss(fake: Tensor, real: Tensor, weights: Tensor) -> Tensor:
    """Error of what changes from one moment to the next, and of whatever changes more than it does in the renders.

    An edge that is nearly right in each frame may still jump between two. The largest change of a block of 8 pixels is
    what ``steadiness`` measures.

    Parameters
    ----------
    fake, real : Tensor [shape=(2 K, 4, H, W), range=[0, 1]]
        premultiplied frames, each followed by the one a moment later
    weights : Tensor [shape=(2 K, 1, H, W)]
        of ``region_weights``

    Returns
    -------
    Tensor [shape=()]
        loss
    """
    change, wanted = (x[1::2] - x[0::2] for x in (fake, real))
    weights = (weights[0::2] + weights[1::2]) / 2
    error = ((change - wanted).abs() * weights).mean()
    block = min(8, fake.shape[-1])
    largest, allowed = (F.avg_pool2d(x.abs().mean(1, keepdim=True), block).amax((1, 2, 3)) for x in (change, wanted))
    return 20 * error + 5 * F.relu(largest - allowed).mean()


def _patch_weights(weights: Tensor, patch: Tensor) -> Tensor:
    w = F.adaptive_avg_pool2d(weights, (patch.shape[2], patch.shape[3]))
    return w / w.mean((2, 3), keepdim=True)


def generator_adversarial(patch: Tensor, whole: Tensor, weights: Tensor) -> Tensor:
    """Non-saturating loss of the generator (), patches weighted by region."""
    w = _patch_weights(weights, patch)
    return (w * F.softplus(-patch.float())).mean() + F.softplus(-whole.float()).mean()


def discriminator_loss(
    real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor], weights: Tensor, read: Tensor, controls: Tensor
) -> Tensor:
    """Non-saturating loss of the discriminator (), with the regression of the controls from renders."""
    (patch_real, whole_real), (patch_fake, whole_fake) = real, fake
    w = _patch_weights(weights, patch_real)
    patches = (w * (F.softplus(-patch_real.float()) + F.softplus(patch_fake.float()))).mean()
    whole = F.softplus(-whole_real.float()).mean() + F.softplus(whole_fake.float()).mean()
    return patches + whole + (read.float() - controls).abs().mean()


def feature_matching(fake: list[Tensor], real: list[Tensor], weights: Tensor, levels: int = 5) -> Tensor:
    """Mean absolute difference () of the discriminator's features, half of it alike all over, half by region.

    Eyes are a thirtieth of a picture. Alike all over, their softness would hardly count.
    """
    terms = []
    for a, b in list(zip(fake, real, strict=True))[:levels]:
        w = (1 + _patch_weights(weights, a)) / 2
        terms.append((w * (a.float() - b.float()).abs()).mean())
    return torch.stack(terms).mean()


def gradient_penalty(discriminator: Discriminator, real: Tensor, controls: Tensor, identity: Tensor) -> Tensor:
    """R1: squared norm () of the discriminator's gradient on renders."""
    x = real.detach().requires_grad_(True)
    patch, whole, _, _ = discriminator(x, controls, identity)
    (gradient,) = torch.autograd.grad(patch.mean((1, 2, 3)).sum() + whole.sum(), x, create_graph=True)
    return gradient.pow(2).sum((1, 2, 3)).mean()
