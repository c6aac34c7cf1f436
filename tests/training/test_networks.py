from __future__ import annotations

import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.training.losses import (
    discriminator_loss,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    paired_loss,
    region_weights,
)
from expressive.training.muon import Muon, split_parameters
from expressive.training.networks import Discriminator, DiscriminatorOptions, Generator, GeneratorOptions


def test_generator_draws_frames_in_range(tiny_generator):
    controls, identity = torch.rand(3, N_CONTROLS), torch.tensor([0, 1, 0])
    with torch.no_grad():
        y = tiny_generator(controls, identity)
    assert y.shape == (3, 4, 32, 32)
    assert y.min() >= 0
    assert y.max() <= 1


def test_generator_depends_on_controls_and_on_the_character(tiny_generator):
    controls = torch.rand(1, N_CONTROLS).repeat(3, 1)
    controls[1, 5] += 0.5
    with torch.no_grad():
        y = tiny_generator(controls, torch.tensor([0, 0, 1]))
    assert not torch.equal(y[0], y[1])
    assert not torch.equal(y[0], y[2])


def test_the_sub_pixels_of_a_new_generator_agree(tiny_generator):
    q = tiny_generator.quarters(torch.rand(1, N_CONTROLS), torch.tensor([0])).view(4, 4, 16, 16)
    for k in range(1, 4):
        torch.testing.assert_close(q[k], q[0], atol=2e-6, rtol=0)


def test_eye_roll_changes_nothing(tiny_generator):
    controls = torch.zeros(2, N_CONTROLS)
    controls[1, 57] = 0.3
    with torch.no_grad():
        y = tiny_generator(controls, torch.tensor([0, 0]))
    torch.testing.assert_close(y[0], y[1], atol=1e-6, rtol=0)


def test_a_generator_needs_two_levels():
    with pytest.raises(ParameterError, match="channels"):
        Generator(GeneratorOptions(channels=(8,)))


def small_discriminator() -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(DiscriminatorOptions(identities=2, channels=(8, 8, 8, 8, 8), hidden=16, resolution=64))


def test_discriminator_judges_patches_and_the_whole():
    x, c, i = torch.rand(2, 4, 64, 64), torch.rand(2, N_CONTROLS), torch.tensor([0, 1])
    patch, whole, features, read = small_discriminator()(x, c, i)
    assert patch.shape == (2, 1, 4, 4)
    assert whole.shape == (2, 1)
    assert len(features) == 5
    assert read.shape == (2, N_CONTROLS)


def test_losses_are_zero_or_least_where_they_should_be():
    x = torch.rand(2, 4, 64, 64)
    weights = region_weights(torch.rand(2, 68, 2) * 64, 64)
    assert float(paired_loss(x, x, weights)) == 0
    assert float(paired_loss(x * 0.9, x, weights)) > 0
    assert float(weights.min()) >= 1
    assert float(weights.max()) <= 23
    far, near = torch.full((2, 1, 4, 4), -5.0), torch.full((2, 1, 4, 4), 5.0)
    whole = torch.zeros(2, 1)
    assert generator_adversarial(near, whole, weights) < generator_adversarial(far, whole, weights)
    read = torch.zeros(2, N_CONTROLS)
    good = discriminator_loss((near, whole), (far, whole), weights, read, read)
    bad = discriminator_loss((far, whole), (near, whole), weights, read, read)
    assert good < bad
    assert float(feature_matching([x], [x])) == 0


def test_gradient_penalty_is_positive_and_trains():
    d = small_discriminator()
    penalty = gradient_penalty(d, torch.rand(2, 4, 64, 64), torch.rand(2, N_CONTROLS), torch.tensor([0, 1]))
    penalty.backward()
    assert float(penalty.detach()) > 0
    assert d.first.weight.grad is not None


def test_muon_orthogonalises_and_splits_every_parameter_once(tiny_generator):
    muon, adam = split_parameters(tiny_generator)
    assert len(muon) + len(adam) == len(list(tiny_generator.parameters()))
    assert all(p.dim() >= 2 for p in muon)
    weight = torch.nn.Parameter(torch.zeros(8, 4, 3, 3))
    weight.grad = torch.randn(8, 4, 3, 3)
    Muon([weight], lr=1.0).step()
    singular = torch.linalg.svdvals(weight.detach().reshape(8, -1))
    assert float(singular.max() / singular.min()) < 4  # five Newton-Schulz steps bring them near each other
