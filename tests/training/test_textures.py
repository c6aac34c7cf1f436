"""Pictures of a character: collected from frames, kept in range, put where the mesh is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from expressive.core.controls import FaceControls
from expressive.face.raster import ROWS, texel_maps
from expressive.face.texels import finer
from expressive.training.textures import Textures, _Between, fill_holes
from tests.face.meshes import EDGE, SHIFT, SIDE, STRIP, TILES, draw_square, square_cast, square_pictures

PICTURES = square_pictures(levels=(118, 139))  # so faint that what lies between texels is near either


@pytest.fixture(scope="module")
def seen() -> tuple[torch.Tensor, torch.Tensor]:
    """Frames (N, 4, H, W) of the guard's square here and there, and what its mesh shows in them (N, 4 + ROWS, H, W)."""
    rng, cast, texels = np.random.default_rng(440), finer(square_cast()), PICTURES["guard"]
    frames, maps = [], []
    for x, y in (rng.integers(0, 11, (60, 2)) + 0.2) / SHIFT:  # whole pixels apart, and far from the edge of any texel
        controls = FaceControls.of(jawLeft=x, jawOpen=y).values
        frames.append(draw_square(controls, "guard", texels, between=False))
        maps.append(texel_maps(cast.figures["guard"], cast.places(controls, "guard"), EDGE))
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2) / 255, torch.from_numpy(np.stack(maps))


def tile_of(texels: torch.Tensor, number: int) -> np.ndarray:
    """One of a character's pictures (H, W, 4) in levels."""
    first, width, height = TILES[number]
    return texels.detach()[first : first + width * height].reshape(height, width, 4).numpy() * 255


def test_the_picture_of_a_moved_square_is_found_again(seen):
    textures = Textures(2, TILES)
    textures.collect(0, *seen)
    wanted = torch.from_numpy(PICTURES["guard"]) / 255
    off = np.abs(tile_of(textures.of[0], 0) - tile_of(wanted, 0))
    assert off[STRIP:].max() < 0.5  # no hair ever hides these rows
    assert np.median(off[:STRIP]) <= 2
    assert textures.of[1].detach()[1:].unique().tolist() == [0.5]  # the other's are as they were


def test_hair_is_kept_only_where_it_explains_better_what_is_seen(seen):
    textures = Textures(1, TILES)
    textures.collect(0, *seen)
    hair, wanted = tile_of(textures.of[0], 1), tile_of(torch.from_numpy(PICTURES["guard"]) / 255, 1)
    assert not hair[:, SIDE // 2 :].any()  # the clear half
    np.testing.assert_allclose(hair[:, : SIDE // 2], wanted[:, : SIDE // 2], atol=2)


def test_where_nothing_but_hair_is_seen_it_is_all_hair():
    frames = torch.full((2, 4, 8, 8), 0.6)
    texels = torch.zeros(2, 4 + ROWS, 8, 8, dtype=torch.int32)
    texels[:, 2] = 1
    textures = Textures(1, ((1, 2, 2),))
    textures.collect(0, frames, texels)
    torch.testing.assert_close(textures.of[0].detach()[1], torch.full((4,), 0.6))
    assert not textures.of[0].detach()[0].any()


def test_what_was_collected_draws_the_frames_again(seen):
    textures = Textures(1, TILES)
    frames, texels = seen
    textures.collect(0, frames, texels)
    with torch.no_grad():
        drawn = textures(texels, torch.zeros(len(texels), dtype=torch.int64))
    assert float((drawn - frames).abs().mean()) < 2.0 / 255


def test_pictures_stay_in_range_and_nothing_stays_nothing():
    textures = Textures(2, ((1, 3, 2),))
    for texels in textures.of:
        texels.data.uniform_(-2, 3)
    textures.keep_in_range()
    for texels in textures.of:
        kept = texels.detach()
        assert not kept[0].any()
        assert float(kept.min()) == 0
        assert float(kept.max()) == 1


def test_only_those_in_the_batch_learn_and_only_what_is_seen():
    textures = Textures(3, ((1, 2, 2),))
    texels = torch.zeros(2, 4 + ROWS, 2, 2, dtype=torch.int32)
    texels[:, 0] = 3
    textures(texels, torch.tensor([2, 2])).sum().backward()
    assert textures.of[0].grad is None
    assert textures.of[1].grad is None
    gradient = textures.of[2].grad
    assert gradient is not None
    assert gradient[:, 0].tolist() == [0, 2, 6, 0, 0]  # a quarter from its left neighbour


def test_what_is_looked_at_closely_is_a_mean_of_five_rows():
    textures = Textures(1, ((1, 4, 4),))
    textures.of[0].data[1:] = torch.rand(16, 4, generator=torch.Generator().manual_seed(440))
    texels = torch.randint(1, 65, (1, 4 + ROWS, 6, 6), generator=torch.Generator().manual_seed(440))
    texels[:, 2:4] = 0  # no hair
    texels[:, 4:, 3:] = 0

    def alone(surface: int, on: int) -> torch.Tensor:
        row = torch.zeros_like(texels)
        row[:, :2] = texels[:, [surface, on]]
        return textures(row, torch.tensor([0]))

    rows = [alone(*layers) for layers in ((0, 1), (4, 8), (5, 9), (6, 10), (7, 11))]
    mixed = textures(texels, torch.tensor([0]))
    torch.testing.assert_close(mixed[:, :, :3], sum(rows)[:, :, :3] / 5)
    torch.testing.assert_close(mixed[:, :, 3:], rows[0][:, :, 3:])


def test_relit_pictures_are_those_of_the_brightest_frames(seen):
    textures, (frames, texels) = Textures(1, TILES), seen
    textures.collect(0, frames, texels)
    before = textures.of[0].detach().clone()
    shaded = frames.clone()
    shaded[::2, :3] *= 0.3  # every other frame lies in shade
    textures.collect(0, shaded, texels)
    grey = np.median(tile_of(textures.of[0], 0)[..., :3] / tile_of(before, 0)[..., :3])
    textures.relight(0, shaded, texels, TILES[:1])
    lit = tile_of(textures.of[0], 0)[STRIP:, :, :3] / tile_of(before, 0)[STRIP:, :, :3]
    assert grey < 0.8
    assert np.median(lit) == pytest.approx(1.0, abs=0.02)
    np.testing.assert_array_equal(  # other pictures are as they were
        tile_of(textures.of[0], 1) > 0, tile_of(before, 1) > 0
    )


def test_gradients_are_those_of_the_interpolation():
    textures = Textures(1, ((1, 5, 7), (36, 3, 4)))
    at = textures.between[torch.randint(1, 189, (40,), generator=torch.Generator().manual_seed(440))]
    assert torch.autograd.gradcheck(
        lambda texels: _Between.apply(texels, at), (torch.rand(48, 4, dtype=torch.double, requires_grad=True),)
    )


def test_what_was_hardly_ever_seen_takes_after_its_neighbours():
    textures = Textures(1, ((1, 16, 16),))
    kept = textures.of[0].data
    kept[1:] = 0.5
    kept[100] = torch.tensor([1.0, 0.0, 1.0, 1.0])  # a magenta speck
    kept[200] = torch.tensor([0.0, 1.0, 0.0, 1.0])  # as odd, but often seen
    certainty = torch.full((len(textures.between),), 1.0)
    certainty[textures.between[:, 0] == 100] = 0.01
    before = kept.clone()
    textures.settle(0, certainty)
    assert float((kept[100] - 0.5).abs().max()) < 0.05
    kept[100] = before[100]
    torch.testing.assert_close(kept, before)


def test_what_is_not_certain_of_a_shared_picture_is_the_others():
    textures = Textures(3, TILES)
    for own, value in zip(textures.of, (0.2, 0.4, 0.9), strict=True):
        own.data[1:] = value
    (first, width, height), *_ = TILES
    part = slice(first, first + width * height)
    before = [own.detach().clone() for own in textures.of]
    sure = torch.full((len(textures.between),), 1.0)
    textures.share(TILES[:1], [sure, sure, torch.zeros_like(sure)])
    torch.testing.assert_close(textures.of[0].data, before[0])
    torch.testing.assert_close(textures.of[1].data, before[1])
    torch.testing.assert_close(textures.of[2].data[part], torch.full((width * height, 4), 0.3))
    before[2][part] = 0.3
    torch.testing.assert_close(textures.of[2].data, before[2])  # the other pictures are left
    textures.share(TILES[:1], [torch.zeros_like(sure)] * 3)
    torch.testing.assert_close(textures.of[2].data, before[2])  # nobody knows better


def test_holes_are_filled_from_around_them():
    weight = (torch.rand(1, 17, 17, generator=torch.Generator().manual_seed(440)) > 0.8).float()
    filled = fill_holes(torch.full((3, 17, 17), 0.7) * weight, weight)
    torch.testing.assert_close(filled, torch.full_like(filled, 0.7))
