"""What is true of the rows of triangles, whichever of them are seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expressive.face.depths import ABOVE, BELOW, Depths
from expressive.face.faces import Faces, facing
from expressive.face.spans import Spans, cut
from tests.face.test_raster import EDGE, figure, to_places


def pixels_of(spans: Spans) -> np.ndarray:
    """Face, pixel and depth (P, 3) of every pixel of every span, in whole numbers."""
    steps = [
        (spans.face[start:], spans.at[start:] + k, spans.depth[start:] + k * spans.step[start:])
        for k, start in enumerate(spans.starts)
    ]
    return np.concatenate([np.stack(step, 1) for step in steps])


def some_triangles(seed: int, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Corners (T, 3, 3) against the clock, and their places."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-4, EDGE + 4, (count, 3, 3))
    a, b, c = corners[..., :2].transpose(1, 0, 2)
    clockwise = (b - a)[:, 0] * (c - a)[:, 1] > (b - a)[:, 1] * (c - a)[:, 0]
    corners[clockwise] = corners[clockwise, ::-1]
    return corners, to_places(corners.reshape(-1, 3))


def cut_triangles(places: np.ndarray, fine: int = 0) -> tuple[Faces, Spans]:
    count = len(places) // 3
    mesh = replace(figure(np.arange(3 * count).reshape(-1, 3), (count,)), fine=fine)
    faces = facing(mesh, places, EDGE)
    return faces, cut(faces, EDGE)


@pytest.mark.parametrize("seed", range(4))
def test_pixels_lie_in_their_triangle_at_its_depth(seed: int) -> None:
    corners, places = some_triangles(seed)
    face, at, depth = pixels_of(cut_triangles(places)[1]).T
    middles = np.stack([at % EDGE + 0.5, at // EDGE + 0.5, np.ones(len(at))])
    area = np.concatenate([corners[..., :2], np.ones((len(corners), 3, 1))], 2)
    shares = np.einsum("pij,jp->pi", np.linalg.inv(area.transpose(0, 2, 1))[face], middles)
    assert len(at) == len(np.unique(np.stack([face, at]), axis=1).T) > 200
    assert shares.min() > -1e-3
    lowest, highest = corners[..., 2].min(), corners[..., 2].max()
    wanted = (np.einsum("pi,pi->p", shares, corners[face, :, 2]) - min(lowest, -1)) / (highest - min(lowest, -1))
    assert np.abs(depth / 2**31 - wanted).max() < 0.02


def test_a_third_of_a_row_higher_and_lower_is_the_same_moved() -> None:
    _, places = some_triangles(7)
    faces, spans = cut_triangles(places, fine=12)
    found = pixels_of(spans)
    for layer, down in ((ABOVE, 1 / 3), (BELOW, -1 / 3)):
        moved = cut_triangles(places + np.float32([0, down / EDGE * 2, 0]))[1]
        first, end = faces.parts[layer : layer + 2]
        here = found[(found[:, 0] >= first) & (found[:, 0] < end)] - [first, 0, 0]
        there = pixels_of(moved)
        here, there = ({(f, at): depth for f, at, depth in pixels} for pixels in (here.tolist(), there.tolist()))
        assert len(here.keys() ^ there.keys()) < 0.01 * len(here)  # but for rounding at edges
        both = here.keys() & there.keys()
        assert max(abs(here[key] - there[key]) for key in both) < 2**31 * 1e-4


def test_the_nearest_triangle_has_the_greatest_key() -> None:
    _, places = some_triangles(3)
    faces, spans = cut_triangles(places)
    nearest: dict[int, tuple[int, int]] = {}
    for face, at, depth in pixels_of(spans).tolist():
        nearest[at] = max(nearest.get(at, (0, 0)), (depth, face))
    depths = Depths(faces, spans, EDGE)
    at, keys = depths.seen(0)
    assert at.tolist() == sorted(nearest)
    wrong = depths.faces(keys) != [nearest[pixel][1] for pixel in at.tolist()]
    assert wrong.mean() < 0.01  # but for those that are as near
    np.testing.assert_array_equal(depths.keys(at, 0), keys)
