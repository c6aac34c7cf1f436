from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from expressive.face.geometry import Geometry
from expressive.face.raster import texel_maps
from expressive.face.texels import FINE, enlarge, finer, neighbours
from tests.face.meshes import EDGE, square_cast

SIZES = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=1, max_size=3)


def lay_out(sizes: list[tuple[int, int]]) -> tuple[tuple[int, int, int], ...]:
    ends = np.cumsum([1, *(width * height for width, height in sizes)]).tolist()
    return tuple((first, width, height) for first, (width, height) in zip(ends, sizes, strict=False))


@given(SIZES, st.integers(0, 9))
def test_a_picture_is_enlarged_by_linear_interpolation(sizes: list[tuple[int, int]], seed: int) -> None:
    tiles = lay_out(sizes)
    texels = np.random.default_rng(seed).integers(0, 256, (1 + sum(w * h for _, w, h in tiles), 4)).astype(np.uint8)
    found, start = enlarge(texels, tiles), 1
    assert not found[0].any()
    for first, width, height in tiles:
        picture = texels[first : first + width * height].reshape(height, width, 4).astype(float)
        places = np.meshgrid(
            *(np.clip((np.arange(FINE * n) + 0.5) / FINE - 0.5, 0, n - 1) for n in (height, width)), indexing="ij"
        )
        wanted = np.stack([map_coordinates(picture[..., k], places, order=1) for k in range(4)], -1)
        part = found[start : start + FINE**2 * width * height].reshape(FINE * height, FINE * width, 4)
        assert np.abs(part - wanted).max() <= 0.5 + 1e-6
        start += part.shape[0] * part.shape[1]
    assert start == len(found)


@given(SIZES)
def test_neighbours_are_those_that_are_mixed(sizes: list[tuple[int, int]]) -> None:
    tiles = lay_out(sizes)
    texels = np.random.default_rng(0).integers(0, 256, (1 + sum(w * h for _, w, h in tiles), 4)).astype(np.uint8)
    texels[0] = 0
    mixed = (texels[neighbours(tiles)] * np.array([9, 3, 3, 1])[:, None]).sum(1) / 16
    assert np.abs(mixed - enlarge(texels, tiles)).max() <= 0.5


def test_finer_meshes_show_the_same_places(rng: np.random.Generator) -> None:
    cast: Geometry = square_cast()
    fine, nearest = finer(cast), neighbours(cast.tiles)[:, 0]
    assert fine.texels == len(nearest)
    places = cast.places(rng.uniform(0, 0.5, 61).astype(np.float32), "guard")
    coarse = texel_maps(cast.figures["guard"], places, EDGE)
    np.testing.assert_array_equal(nearest[texel_maps(fine.figures["guard"], places, EDGE)], coarse)
    assert (coarse > 0).sum() > 50
    assert replace(fine, figures={}, tiles=cast.tiles) == replace(cast, figures={})
