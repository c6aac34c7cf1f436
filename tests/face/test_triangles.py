"""What is true of each triangle, whichever of them are seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expressive.face.triangles import BETWEEN, LOWERED, PARTS, Drawn, draw
from tests.face.test_raster import EDGE, figure, to_places


def some_triangles(seed: int, count: int = 12) -> np.ndarray:
    """Corners (T, 3, 3) against the clock."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-4, EDGE + 4, (count, 3, 3))
    a, b, c = corners[..., :2].transpose(1, 0, 2)
    clockwise = (b - a)[:, 0] * (c - a)[:, 1] > (b - a)[:, 1] * (c - a)[:, 0]
    corners[clockwise] = corners[clockwise, ::-1]
    return corners


def draw_corners(corners: np.ndarray, fine: int = 0) -> Drawn:
    count = len(corners)
    mesh = replace(figure(np.arange(3 * count).reshape(-1, 3), (count,)), fine=fine)
    return draw(mesh, to_places(corners.reshape(-1, 3)), EDGE)


def depths_of(keys: np.ndarray, drawn: Drawn) -> np.ndarray:
    return (keys & ~drawn.number) / 2**31


@pytest.mark.parametrize("seed", range(4))
def test_pixels_lie_in_their_triangle_at_its_depth(seed: int) -> None:
    corners = some_triangles(seed)
    drawn = draw_corners(corners)
    row, column = np.nonzero(drawn.keys[0])
    keys = drawn.keys[0, row, column]
    face = keys & drawn.number
    middles = np.stack([column + 0.5, row + 0.5, np.ones(len(row))])
    area = np.concatenate([corners[..., :2], np.ones((len(corners), 3, 1))], 2)
    shares = np.einsum("pij,jp->pi", np.linalg.inv(area.transpose(0, 2, 1))[face], middles)
    assert len(row) > 100
    assert shares.min() > -1e-3
    lowest, highest = min(corners[..., 2].min(), -1), corners[..., 2].max()
    wanted = (np.einsum("pi,pi->p", shares, corners[face, :, 2]) - lowest) / (highest - lowest)
    assert np.abs(depths_of(keys, drawn) - wanted).max() < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_between_rows_are_the_same_triangles_moved(seed: int) -> None:
    corners = some_triangles(seed)
    drawn = draw_corners(corners, fine=len(corners))
    for layer, lowered in enumerate(LOWERED, 4):
        moved = draw_corners(corners + np.array([0, lowered / PARTS, 0]))
        here, there = drawn.keys[layer], moved.keys[0]
        same = (here & drawn.number == there & moved.number) & ((here > 0) == (there > 0))
        assert same.mean() > 0.99  # but for rounding at edges
        assert np.abs(depths_of(here, drawn) - depths_of(there, moved))[same].max() < 1e-3


def test_triangles_of_a_layer_have_buffers_of_their_own() -> None:
    corners = some_triangles(7, 4)
    mesh = figure(np.arange(12).reshape(-1, 3), (1, 1, 1, 1))
    keys = draw(mesh, to_places(corners.reshape(-1, 3)), EDGE).keys
    for number in range(4):
        alone = draw_corners(corners[number : number + 1]).keys[0] > 0
        np.testing.assert_array_equal(keys[number] > 0, alone)
        assert (keys[number][alone] & (2**14 - 1) == number).all()
    assert not keys[4 : 4 + BETWEEN].any()  # of surfaces, none is fine
