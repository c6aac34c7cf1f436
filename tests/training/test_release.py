"""Mixing the weights of two runs."""

from __future__ import annotations

import copy

import pytest
import torch

from expressive.core.errors import ParameterError
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.release import blend_generators

TINY = GeneratorOptions(identities=2, channels=(8, 8), convs=(1, 1), texels=5)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_blend_lies_between_the_two(share: float) -> None:
    torch.manual_seed(0)
    own, other = Generator(TINY), Generator(TINY)
    mixed = copy.deepcopy(own)
    blend_generators(mixed, other, share)
    for a, b, c in zip(own.parameters(), other.parameters(), mixed.parameters(), strict=True):
        torch.testing.assert_close(c, share * a + (1 - share) * b)


def test_runs_of_another_shape_are_refused() -> None:
    with pytest.raises(ParameterError, match="differ in shape"):
        blend_generators(Generator(TINY), Generator(GeneratorOptions(identities=3, channels=(8, 8), convs=(1, 1))), 0.5)
