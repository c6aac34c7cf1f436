"""Channels of equal range, so that a byte for each activation serves them all.

Activations have one step for each tensor. A channel whose values are a tenth of another's would get a tenth of the 256
levels. But a leaky ReLU passes a positive factor on, a style's scale takes up any, and so do additions and enlarging:
what makes a channel can be multiplied, and what takes it divided, and the picture stays the same (cross-layer
equalisation; Nagel et al., *Data-Free Quantization*, 2019).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from expressive.training.anybody import Traits
from expressive.training.blocks import Level, Modulated
from expressive.training.generator import Generator

__all__ = ["equalise"]

_BATCH = 4  # frames at once


def equalise(generator: Generator, controls: Tensor, who: Tensor, draft: Tensor | None = None) -> Generator:
    """Give all channels of each tensor the same range, without changing what is drawn.

    Parameters
    ----------
    generator : Generator
        trained weights
    controls : Tensor [shape=(n, 61)]
        poses to measure the ranges on
    who : Tensor [shape=(n,)]
        their characters, or their traits (n, all)
    draft : Tensor | None [shape=(n, 16, H/2, W/2), range=[0, 1]]
        of the frames, by quarters

    Returns
    -------
    Generator
        a copy that draws the same up to rounding
    """
    out = copy.deepcopy(generator).eval()
    modulated = [module for module in out.modules() if isinstance(module, Modulated)]
    taken = {taker: torch.zeros(taker.in_channels) for _, taker in _joints(out)}
    made = {module.conv: torch.zeros(module.conv.out_channels) for module in modulated}

    def see(module: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
        for seen, values in ((taken, given[0]), (made, result)):
            if module in seen:
                seen[module] += values.abs().amax((2, 3)).sum(0)  # the mean over frames: no lone extreme decides

    hooks = [conv.register_forward_hook(see) for conv in {*taken, *made}]
    with torch.no_grad():
        for start in range(0, len(controls), _BATCH):
            at = slice(start, start + _BATCH)
            out.plan(controls[at], who[at], None if draft is None else draft[at])
        for hook in hooks:
            hook.remove()
        for makers, taker in _joints(out):
            factor = _equal(taken[taker])
            for maker in makers:
                _multiply(maker, factor)
            taker.weight.div_(factor[:, None, None])
        for module in modulated:
            factor = _equal(made[module.conv])
            _multiply(module.conv, factor)
            _scale_style(module, 1 / factor, torch.ones_like(factor))
    return out


def _equal(ranges: Tensor) -> Tensor:
    """Factors (C,) that make ranges (C,) equal, and are 1 in the geometric mean; a dead channel keeps its own."""
    alive = ranges > 1e-6 * ranges.max()
    mean = ranges[alive].log().mean().exp() if alive.any() else ranges.new_ones(())
    return torch.where(alive, mean / ranges, 1.0)


def _joints(generator: Generator) -> Iterator[tuple[list[nn.Module], nn.Conv2d]]:
    """Each tensor of features: the modules whose sum it is, and the convolution that takes it."""
    makers: list[nn.Module] = [generator.start]
    for k, level in enumerate(generator.levels):
        assert isinstance(level, Level)
        if level.thin is not None:
            yield makers, level.thin
            makers = [level.thin]
        if generator.options.tiles and str(k) in generator.see:
            makers.append(generator.see[str(k)])
        for module in level.convs:
            assert isinstance(module, Modulated)
            yield makers, module.conv
            makers = [module]
        if k == generator.map_level:
            makers.append(generator.map)
    yield makers, generator.head


def _multiply(module: nn.Module, factor: Tensor) -> None:
    """Multiply the channels that a module makes, in place."""
    if isinstance(module, Modulated):
        _scale_style(module, factor, factor)
    elif isinstance(module, nn.Conv2d):
        module.weight.mul_(factor[:, None, None, None])
        module.bias.mul_(factor)  # type: ignore[union-attr]
    elif isinstance(module, nn.Embedding):
        module.weight.view(-1, len(factor), module.embedding_dim // len(factor)).mul_(factor[:, None])
    else:
        assert isinstance(module, Traits)
        each = factor.repeat_interleave(module.linear.out_features // len(factor))
        module.linear.weight.mul_(each[:, None])
        module.linear.bias.mul_(each)


def _scale_style(module: Modulated, scale: Tensor, shift: Tensor) -> None:
    """Multiply the scale ``1 + s`` and the shift of each channel, in place."""
    both = torch.cat([scale, shift])
    module.style.weight.mul_(both[:, None])
    module.style.bias.mul_(both)
    module.style.bias[: len(scale)].add_(scale - 1)
