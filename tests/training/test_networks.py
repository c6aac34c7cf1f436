from __future__ import annotations

import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.losses import (
    discriminator_loss,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    motion_error,
    paired_loss,
    region_weights,
)
from expressive.training.motion import Motion
from expressive.training.muon import Muon, split_parameters
from expressive.training.rig.motion import MOTION_POINTS
from expressive.training.textures import fill_holes


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_mover"])
def test_generator_draws_frames_in_range(kind, request):
    controls, identity = torch.rand(3, N_CONTROLS), torch.tensor([0, 1, 0])
    with torch.no_grad():
        y = request.getfixturevalue(kind)(controls, identity)
    assert y.shape == (3, 4, 32, 32)
    assert y.min() >= 0
    assert y.max() <= 1


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_mover"])
def test_generator_depends_on_controls_and_on_the_character(kind, request):
    generator = request.getfixturevalue(kind)
    controls = torch.rand(1, N_CONTROLS).repeat(3, 1)
    controls[1, 5] += 0.5
    with torch.no_grad():
        y = generator(controls, torch.tensor([0, 0, 1]))
    assert not torch.equal(y[0], y[1])
    assert not torch.equal(y[0], y[2])


def test_the_sub_pixels_of_a_new_generator_agree(tiny_generator):
    q = tiny_generator.plan(torch.rand(1, N_CONTROLS), torch.tensor([0]))[0].view(4, 4, 16, 16)
    for k in range(1, 4):
        torch.testing.assert_close(q[k], q[0], atol=2e-6, rtol=0)


def test_eye_roll_changes_nothing(tiny_generator):
    controls = torch.zeros(2, N_CONTROLS)
    controls[1, 57] = 0.3
    with torch.no_grad():
        y = tiny_generator(controls, torch.tensor([0, 0]))
    torch.testing.assert_close(y[0], y[1], atol=1e-6, rtol=0)


def test_a_new_mover_shows_its_pictures_in_place():
    torch.manual_seed(440)
    generator = Generator(GeneratorOptions(identities=2, channels=(8, 8, 8), skin=64, inner=16, body=24)).eval()
    with torch.no_grad():
        generator.textures.skin[1].fill_(0.8)
        generator.textures.body[1].fill_(0.2)
        y = generator(torch.rand(1, N_CONTROLS), torch.tensor([1]))
    torch.testing.assert_close(y, torch.full_like(y, 0.5))


def test_pictures_are_looked_up_alike_in_training_and_at_runtime(tiny_mover):
    """But for what lies between two texels of a picture that is finer than the frame."""
    for picture in tiny_mover.textures.skin:
        smooth = torch.linspace(0, 1, 64)
        picture.data.copy_((smooth[:, None] + smooth[None]).expand(4, 64, 64) / 2)
    field = torch.rand(2, 6, 32, 32) * 1.6 - 0.8
    identity = torch.tensor([1, 0])
    with torch.no_grad():
        near = tiny_mover.textures(field, identity)[0]
        linear = tiny_mover.textures.train()(field, identity)[0]
    assert float((near - linear).abs().max()) <= 1 / 63 + 1e-6


def test_holes_are_filled_from_around_them():
    weight = (torch.rand(1, 17, 17, generator=torch.Generator().manual_seed(440)) > 0.8).float()
    filled = fill_holes(torch.full((3, 17, 17), 0.7) * weight, weight)
    torch.testing.assert_close(filled, torch.full_like(filled, 0.7))


def test_motion_error_is_zero_where_every_point_looks_at_its_place():
    t = (torch.arange(16) + 0.5) / 8 - 1
    y, x = torch.meshgrid(t, t, indexing="ij")
    field = torch.stack([x, y, x, y, x, y])[None]
    places = torch.rand(1, MOTION_POINTS, 2) * 1.6 - 0.8
    seen = torch.ones(places.shape[:2], dtype=torch.bool)
    assert float(motion_error(field, places, seen, places)) < 1e-3
    assert float(motion_error(field, places, seen, places + 0.1)) > 5


def test_motion_is_the_polynomial_and_what_it_misses_at_the_points():
    """The polynomial says nothing here, so only the points do."""
    torch.manual_seed(440)
    motion = Motion(inputs=3, channels=2, identities=1, edge=16, points=MOTION_POINTS)
    for layer in (motion.pose[4], motion.place[4]):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    places = torch.rand(MOTION_POINTS, 2) * 1.8 - 0.9
    with torch.no_grad():
        motion.place[4].bias.view(-1, 3)[:, :2] = places
        motion.place[4].bias.view(-1, 3)[:, 2] = 10.0
        motion.home[0] = 0.5 * places + 0.1
        field = motion.known(torch.zeros(1, 3), torch.tensor([0]))[:, :6]
    seen = torch.ones(1, len(places), dtype=torch.bool)
    assert float(motion_error(field, places[None], seen, motion.home)) < 1.5
    assert not field.requires_grad


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


def test_muon_orthogonalises_and_splits_every_parameter_once(tiny_generator, tiny_mover):
    for generator in (tiny_generator, tiny_mover):
        groups = split_parameters(generator)
        assert sorted(map(id, (p for group in groups for p in group))) == sorted(map(id, generator.parameters()))
        assert all(p.dim() >= 2 for p in groups[0])
    assert len(split_parameters(tiny_mover)[2]) == 6  # three pictures of two characters
    weight = torch.nn.Parameter(torch.zeros(8, 4, 3, 3))
    weight.grad = torch.randn(8, 4, 3, 3)
    Muon([weight], lr=1.0).step()
    singular = torch.linalg.svdvals(weight.detach().reshape(8, -1))
    assert float(singular.max() / singular.min()) < 4  # five Newton-Schulz steps bring them near each other
