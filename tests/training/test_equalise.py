"""Channels of equal range, and the same picture."""

from __future__ import annotations

import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.face.genome import Genome
from expressive.face.mixing import TRAITS, traits
from expressive.training.equalise import equalise
from expressive.training.generator import Generator, GeneratorOptions
from tests.training.conftest import TINY


def given(generator: Generator) -> tuple[torch.Tensor, ...]:
    """Controls, characters or traits, and drafts of six frames."""
    draws = torch.Generator().manual_seed(1)
    who = torch.randint(0, 2, (6,), generator=draws)
    if generator.options.traits:
        who = torch.stack([torch.from_numpy(traits(Genome.random(seed))).float() for seed in range(6)])
    edge = generator.options.resolution // 2
    return torch.rand(6, N_CONTROLS, generator=draws), who, torch.rand(6, 16, edge, edge, generator=draws)


@pytest.fixture
def tiny_of_genes() -> Generator:
    torch.manual_seed(440)
    return Generator(GeneratorOptions(traits=TRAITS, **TINY)).eval()


def uneven(generator: Generator) -> Generator:
    """The same, with some channels a hundred times as loud as others."""
    with torch.no_grad():
        for level in generator.levels:
            for module in level.convs:
                module.style.bias.normal_(0, 0.3)
                loud = torch.logspace(-1, 1, module.conv.out_channels)
                module.conv.weight.mul_(loud[:, None, None, None])
        torch.nn.init.normal_(generator.head.weight, 0, 0.05)
    return generator


def ranges(generator: Generator, *frames: torch.Tensor) -> dict[str, torch.Tensor]:
    """Mean over frames of the largest value of each channel that each 3×3 convolution takes and gives."""
    seen: dict[str, torch.Tensor] = {}
    convolutions = [(name, m) for name, m in generator.named_modules() if name.endswith(".conv")]
    for name, module in convolutions:

        def see(_, taken, made, name=name):
            seen[name + " takes"] = taken[0].abs().amax((2, 3)).mean(0)
            seen[name + " gives"] = made.abs().amax((2, 3)).mean(0)

        module.register_forward_hook(see)
    with torch.no_grad():
        generator.plan(*frames)
    return seen


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_keeper", "tiny_of_genes"])
def test_the_picture_stays(kind, request):
    generator = uneven(request.getfixturevalue(kind))
    frames = given(generator)[: 3 if generator.options.tiles else 2]
    equal = equalise(generator, *frames)
    with torch.no_grad():
        before, after = generator.plan(*frames), equal.plan(*frames)
    assert before.std() > 0.01
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4 * float(before.abs().max()))


def test_channels_become_alike(tiny_keeper):
    generator = uneven(tiny_keeper)
    frames = given(generator)
    before, after = (ranges(g, *frames) for g in (generator, equalise(generator, *frames)))
    assert max(float(r.max() / r.min()) for r in before.values()) > 20
    for values in after.values():
        torch.testing.assert_close(values, values.mean().expand_as(values), rtol=1e-3, atol=0)


def test_a_channel_that_is_never_used_does_no_harm(tiny_generator):
    with torch.no_grad():
        module = tiny_generator.levels[1].convs[0]
        for values in (module.conv.weight, module.conv.bias, module.style.weight, module.style.bias):
            values[0] = 0
        module.style.weight[8] = 0  # its shift
    frames = given(tiny_generator)[:2]
    equal = equalise(tiny_generator, *frames)
    with torch.no_grad():
        torch.testing.assert_close(equal.plan(*frames), tiny_generator.plan(*frames), rtol=1e-4, atol=1e-5)
