from __future__ import annotations

import numpy as np
import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.face.raster import ROWS
from expressive.face.texels import enlarge
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.generator import Generator, GeneratorOptions, gather, shuffle
from expressive.training.losses import (
    change_loss,
    discriminator_loss,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    paired_loss,
    region_weights,
)
from expressive.training.muon import Muon, split_parameters
from tests.face.meshes import TEXELS

FINE_TEXELS = 4 * (TEXELS - 1) + 1


def draw(generator: Generator, controls: torch.Tensor, identity: torch.Tensor) -> torch.Tensor:
    """Frames; where pictures are kept, every pixel shows some texel of them, and half have hair in front."""
    if not generator.options.tiles:
        return generator(controls, identity)
    draws = torch.Generator().manual_seed(440)
    texels = torch.randint(1, FINE_TEXELS, (1, 4 + ROWS, 32, 32), generator=draws)
    texels[:, 2] *= torch.randint(0, 2, (1, 32, 32), generator=draws)
    texels[:, 4:] *= torch.randint(0, 2, (1, 1, 32, 32), generator=draws)
    return generator(controls, identity, texels.expand(len(controls), -1, -1, -1))


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_keeper"])
def test_generator_draws_frames_in_range(kind, request):
    controls, identity = torch.rand(3, N_CONTROLS), torch.tensor([0, 1, 0])
    with torch.no_grad():
        y = draw(request.getfixturevalue(kind), controls, identity)
    assert y.shape == (3, 4, 32, 32)
    assert y.min() >= 0
    assert y.max() <= 1


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_keeper"])
def test_generator_depends_on_controls_and_on_the_character(kind, request):
    generator = request.getfixturevalue(kind)
    controls = torch.rand(1, N_CONTROLS).repeat(3, 1)
    controls[1, 5] += 0.5
    with torch.no_grad():
        y = draw(generator, controls, torch.tensor([0, 0, 1]))
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


def test_a_new_generator_shows_its_pictures_where_the_mesh_is():
    torch.manual_seed(440)
    generator = Generator(
        GeneratorOptions(identities=2, channels=(8, 8, 8), convs=(1, 1, 1), tiles=((1, 2, 2),))
    ).eval()
    kept = np.random.default_rng(440).integers(0, 256, (5, 4)).astype(np.uint8)
    generator.textures.of[1].data.copy_(torch.from_numpy(kept) / 255)
    texels = torch.cat([torch.randint(0, 17, (1, 1, 32, 32)), torch.zeros(1, 3 + ROWS, 32, 32, dtype=torch.int64)], 1)
    with torch.no_grad():
        y = generator(torch.rand(1, N_CONTROLS), torch.tensor([1]), texels)
    wanted = enlarge(kept, generator.options.tiles)[texels[0, 0].numpy()]
    assert np.abs(y[0].permute(1, 2, 0).numpy() * 255 - wanted).max() < 0.51


def test_each_of_a_batch_is_drawn_as_it_is_alone(tiny_keeper):
    controls, identity = torch.rand(4, N_CONTROLS), torch.tensor([1, 0, 1, 0])
    texels = torch.randint(0, FINE_TEXELS, (4, 4 + ROWS, 32, 32))
    with torch.no_grad():
        together = tiny_keeper(controls, identity, texels)
        alone = [tiny_keeper(controls[[k]], identity[[k]], texels[[k]]) for k in range(4)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=0)


def test_quarters_are_put_back_where_they_were():
    x = torch.rand(2, 5, 6, 10)
    assert torch.equal(shuffle(gather(x), 5), x)
    assert torch.equal(gather(x)[:, 5:10], x[:, :, 0::2, 1::2])  # second come even rows and odd columns


@pytest.mark.parametrize("options", [{"channels": (8,)}, {"channels": (8, 8), "convs": (1,)}, {"identities": 0}])
def test_sizes_that_make_no_generator_are_one_clear_error(options):
    with pytest.raises(ParameterError, match="channels"):
        Generator(GeneratorOptions(**options))


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
    assert float(weights.max()) <= 27
    far, near = torch.full((2, 1, 4, 4), -5.0), torch.full((2, 1, 4, 4), 5.0)
    whole = torch.zeros(2, 1)
    assert generator_adversarial(near, whole, weights) < generator_adversarial(far, whole, weights)
    read = torch.zeros(2, N_CONTROLS)
    good = discriminator_loss((near, whole), (far, whole), weights, read, read)
    bad = discriminator_loss((far, whole), (near, whole), weights, read, read)
    assert good < bad
    assert float(feature_matching([x], [x], weights)) == 0


def test_a_soft_eye_costs_more_than_a_soft_cheek():
    landmarks = torch.full((1, 68, 2), 40.0)
    landmarks[:, 36:48] = 16.0
    weights = region_weights(landmarks, 64)
    seen = torch.zeros(1, 8, 64, 64)
    eye, cheek = seen.clone(), seen.clone()
    eye[..., 12:20, 12:20] = 1.0
    cheek[..., 52:60, 8:16] = 1.0
    assert feature_matching([eye], [seen], weights) > 1.5 * feature_matching([cheek], [seen], weights)


def test_a_pattern_of_the_pixel_grid_costs_more_than_noise_of_its_size():
    real, weights = torch.full((1, 4, 64, 64), 0.5), torch.ones(1, 1, 64, 64)
    signs = torch.ones(64, 64)
    signs[::2, ::2] = -1
    shuffled = signs.flatten()[torch.randperm(64 * 64, generator=torch.Generator().manual_seed(440))].view(64, 64)
    pattern, noise = (float(paired_loss(real + 0.01 * s, real, weights)) for s in (signs, shuffled))
    assert pattern > 1.1 * noise


def test_only_a_wrong_change_costs_and_too_large_a_one_more():
    before, after = torch.rand(2, 2, 4, 32, 32)
    weights = torch.ones(4, 1, 32, 32)

    def moment(share: float, shift: float = 0.0) -> torch.Tensor:
        return torch.stack([before, before + share * (after - before)], 1).flatten(0, 1) + shift

    assert float(change_loss(moment(0.1, 0.3), moment(0.1), weights)) < 1e-5
    small, large = (float(change_loss(moment(share), moment(0.1), weights)) for share in (0.05, 0.15))
    assert 0 < small < large


def test_gradient_penalty_is_positive_and_trains():
    d = small_discriminator()
    penalty = gradient_penalty(d, torch.rand(2, 4, 64, 64), torch.rand(2, N_CONTROLS), torch.tensor([0, 1]))
    penalty.backward()
    assert float(penalty.detach()) > 0
    assert d.first.weight.grad is not None


def test_muon_orthogonalises_and_splits_every_parameter_once(tiny_generator, tiny_keeper):
    for generator in (tiny_generator, tiny_keeper):
        groups = split_parameters(generator)
        assert sorted(map(id, (p for group in groups for p in group))) == sorted(map(id, generator.parameters()))
        assert all(p.dim() >= 2 for p in groups[0])
    assert [p.shape for p in split_parameters(tiny_keeper)[2]] == [(TEXELS, 4)] * 2  # of two characters
    weight = torch.nn.Parameter(torch.zeros(8, 4, 3, 3))
    weight.grad = torch.randn(8, 4, 3, 3)
    Muon([weight], lr=1.0).step()
    singular = torch.linalg.svdvals(weight.detach().reshape(8, -1))
    assert float(singular.max() / singular.min()) < 4  # five Newton-Schulz steps bring them near each other
