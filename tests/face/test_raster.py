"""Spans drawn all at once, against loops over triangles and pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from expressive.face.geometry import Figure
from expressive.face.raster import ROWS, texel_maps
from expressive.face.triangles import BETWEEN, LOWERED, PARTS

EDGE = 24


def figure(triangles: np.ndarray, layers: tuple[int, ...], texels: np.ndarray | None = None, width: int = 1) -> Figure:
    """A mesh whose triangles each have a picture of their own: one texel with their number, from 1 on."""
    count = len(triangles)
    return Figure(
        vertices=np.zeros((0, 3), np.float32),
        follow=np.zeros(0, np.float32),
        eyes=np.zeros((2, 3), np.float32),
        corneas=np.zeros((2, 3), np.float32),
        triangles=np.asarray(triangles, np.int32),
        texels=np.full((count, 3, 2), 0.5, np.float32) if texels is None else texels,
        first=np.arange(1, count + 1, dtype=np.int32) if texels is None else np.ones(count, np.int32),
        width=np.full(count, width, np.int32),
        layers=layers + (0,) * (4 - len(layers)),
    )


def to_places(pixels: np.ndarray, edge: int = EDGE) -> np.ndarray:
    """Places of columns, rows and depths (V, 3); the middle of the first pixel is at 0.5, 0.5."""
    return np.concatenate([pixels[:, :2] / edge * 2 - 1, pixels[:, 2:]], 1).astype(np.float32)


def draw_corners(corners: np.ndarray, layers: tuple[int, ...] | None = None, edge: int = EDGE) -> np.ndarray:
    """Numbers of the triangles (T, 3, 3), of columns, rows and depths, that are seen at each pixel (layers, H, W)."""
    triangles = np.arange(3 * len(corners)).reshape(-1, 3)
    return texel_maps(figure(triangles, layers or (len(corners),)), to_places(corners.reshape(-1, 3), edge), edge)


def turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Twice the area of a triangle, negative where it turns against the clock as seen, with rows downwards."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def brute_force(corners: np.ndarray, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the nearest triangle at each pixel (H, W), and whether it is certain: no edge, no tie within 1/500."""
    shown, certain = np.zeros((edge, edge), int), np.ones((edge, edge), bool)
    faces = [(k, t) for k, t in enumerate(corners.astype(float), 1) if turn(*t) < 0]
    for row in range(edge):
        for column in range(edge):
            p = np.array([column + 0.5, row + 0.5])
            depths = [-np.inf, -np.inf]
            for number, (a, b, c) in faces:
                sides = ((b, c), (c, a), (a, b))
                share = np.array([turn(u, v, p) for u, v in sides]) / turn(a, b, c)
                far = min(-turn(u, v, p) / np.linalg.norm(v[:2] - u[:2]) for u, v in sides)  # inside, in pixels
                certain[row, column] &= abs(far) > 2e-3
                if far <= 0:
                    continue
                depth = float(share @ [a[2], b[2], c[2]])
                if depth > depths[0]:
                    shown[row, column] = number
                depths = sorted([*depths, depth])[:0:-1]
            certain[row, column] &= not depths[0] - depths[1] <= 2e-3
    return shown, certain


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_triangle_is_seen_at_every_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle = rng.uniform(-2, EDGE + 2, (24, 1, 3))
    corners = (middle + rng.normal(0, 8, (24, 3, 3))).astype(np.float32)
    wanted, certain = brute_force(corners, EDGE)
    found = draw_corners(corners)[0]
    assert certain.mean() > 0.9
    assert (wanted > 0).mean() > 0.1
    np.testing.assert_array_equal(found[certain], wanted[certain])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 8, 1000]))
def test_neighbours_leave_no_gap_and_share_no_pixel(seed: int, grid: int) -> None:
    """Middles of pixels lie on many edges and corners here, where coordinates are whole or half."""
    rng = np.random.default_rng(seed)
    inner = np.unique(np.round(rng.uniform(0, EDGE, (25, 2)) * grid) / grid, axis=0)
    points = np.concatenate([inner, [(-4, -4), (-4, EDGE + 4), (EDGE + 4, EDGE + 4), (EDGE + 4, -4)]])
    triangles = Delaunay(points).simplices
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    triangles = np.where(area[:, None] > 0, triangles[:, ::-1], triangles)
    places = to_places(np.concatenate([points, np.zeros((len(points), 1))], 1))
    covered = sum((texel_maps(figure(t[None], (1,)), places, EDGE)[0] > 0).astype(int) for t in triangles)
    assert (covered == 1).all()


def test_a_triangle_covers_the_pixels_whose_middles_it_holds() -> None:
    corners = np.array([[(2.0, 3.0, 0), (2.0, 9.0, 0), (8.0, 9.0, 0)]])
    wanted = np.zeros((EDGE, EDGE), int)
    for row in range(3, 9):
        wanted[row, 2:row] = 1  # the middles on the slanted edge itself are on its right, so not its own
    found = draw_corners(corners)[0]
    off = found != wanted
    rows, columns = np.nonzero(off)
    assert ((rows - columns) == 1).all()  # only on the slanted edge


@pytest.mark.parametrize("near_first", [True, False])
def test_the_nearer_of_two_is_seen_whatever_the_order(near_first: bool) -> None:
    near, far = (np.array([(2, 2, z), (2, 20, z), (20, 20, z)], float) for z in (1.0, -1.0))
    found = draw_corners(np.stack([near, far] if near_first else [far, near]))[0]
    assert set(np.unique(found)) == {0, 1 if near_first else 2}


def test_two_that_pass_through_each_other_are_parted_where_they_meet() -> None:
    left_near = [(0, 0, 1), (0, 24, 1), (24, 24, -1), (24, 0, -1)]
    right_near = [(x, y, -z) for x, y, z in left_near]
    quads = np.array([[q[0], q[1], q[2]] for q in (left_near, right_near)] + [[q[0], q[2], q[3]] for q in (
        left_near, right_near)], float)  # fmt: skip
    found = draw_corners(quads)[0]
    assert np.isin(found[:, :12], [1, 3]).all()
    assert np.isin(found[:, 12:], [2, 4]).all()


def test_backs_are_not_seen() -> None:
    front = np.array([[(2, 2, 0), (2, 20, 0), (20, 20, 0)]], float)
    assert draw_corners(front).any()
    assert not draw_corners(front[:, ::-1]).any()


@pytest.mark.parametrize(
    "corners",
    [
        [(-50, 3, 0), (-50, 9, 0), (-40, 9, 0)],
        [(3, -50, 0), (3, -40, 0), (9, -40, 0)],
        [(80, 3, 0), (80, 9, 0), (99, 9, 0)],
        [(3, 80, 0), (3, 99, 0), (9, 99, 0)],
        [(5, 5, 0), (5, 5, 0), (5, 5, 0)],
        [(5, 5, 0), (9, 9, 0), (13, 13, 0)],
    ],
)
def test_what_is_outside_of_the_picture_or_has_no_area_shows_nothing(corners: list) -> None:
    assert not draw_corners(np.array([corners], float)).any()


def test_what_reaches_far_beyond_the_picture_fills_it() -> None:
    corners = np.array([[(-9000, -9000, 0), (-9000, 30000, 0), (30000, -9000, 0)]], float)
    assert (draw_corners(corners)[0] == 1).all()
    assert draw_corners(np.zeros((0, 3, 3))).shape == (4 + ROWS, EDGE, EDGE)


def test_hair_is_seen_only_in_front() -> None:
    surface = [(0, 0, 0), (0, 24, 0), (24, 24, 0)]  # the lower left half
    tilted = [(0, 0, 1), (0, 24, -1), (24, 24, -1)]  # in front of it above, behind it below
    beside = [(0, 0, -5), (24, 24, -5), (24, 0, -5)]  # the upper right half, where there is nothing else
    maps = draw_corners(np.array([surface, tilted, beside], float), (1, 0, 1, 1))
    under, _, hair, ends, *_ = maps
    lower = np.tril(np.ones((EDGE, EDGE), bool), -1)
    np.testing.assert_array_equal(under[lower], 1)
    above = lower & (np.arange(EDGE) < 12)[:, None]
    below = lower & (np.arange(EDGE) >= 12)[:, None]
    assert (hair[above] == 2).all()
    assert not hair[below].any()
    upper = np.triu(np.ones((EDGE, EDGE), bool), 1)
    assert (ends[upper] == 3).all()
    assert not ends[lower].any()


@pytest.mark.parametrize("seed", range(4))
def test_fine_surfaces_are_seen_from_row_to_row(seed: int) -> None:
    """Those that are hidden in the middle of a pixel, or leave it above or below, are not mixed into it."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, EDGE, (12, 3, 3))
    triangles, places = np.arange(36).reshape(-1, 3), to_places(corners.reshape(-1, 3))
    mesh = replace(figure(triangles, (12,)), fine=5)
    surface, _, _, _, *between = texel_maps(mesh, places, EDGE)[: 4 + BETWEEN]
    np.testing.assert_array_equal(surface, texel_maps(figure(triangles, (12,)), places, EDGE)[0])
    alone = replace(figure(triangles[7:], (5,)), first=mesh.first[7:])
    rows = []
    for lowered in LOWERED:
        moved = places + np.float32([0, lowered / PARTS / EDGE * 2, 0])
        rows.append(texel_maps(alone, moved, EDGE)[0])
    mixed = (surface > 7) & np.all(np.array(rows) > 0, 0)
    assert mixed.any()
    for found, wanted in zip(between, rows, strict=True):
        assert (found != np.where(mixed, wanted, 0)).mean() < 2e-3  # but for rounding at edges


def test_what_lies_on_fine_surfaces_is_cut_by_them_from_row_to_row() -> None:
    """As a closing lid cuts a gleam, by fifths of a row."""
    eye = [(-1, -1, 0), (-1, 60, 0), (60, -1, 0)]
    gleam = [(2, 2, 1), (2, 40, 1), (40, 2, 1)]
    for lid_ends in (8.4, 8.6, 9.0, 9.3):
        lid = [(-90, lid_ends, 2), (100, lid_ends, 2), (0, -200, 2)]
        mesh = replace(figure(np.arange(9).reshape(-1, 3), (2, 1)), fine=2)
        places = to_places(np.array([eye, lid, gleam], float).reshape(-1, 3))
        _, on, _, _, *rows_between = texel_maps(mesh, places, EDGE)[:, :, 5]
        rows = np.arange(EDGE) + 0.5
        np.testing.assert_array_equal(on[:15] > 0, rows[:15] > lid_ends)
        for k, lowered in enumerate(LOWERED):
            row, on_row, middle = rows_between[k], rows_between[k + BETWEEN], rows - lowered / PARTS
            np.testing.assert_array_equal(row[2:15] == 1, middle[2:15] > lid_ends)
            np.testing.assert_array_equal(on_row[2:15] > 0, middle[2:15] > lid_ends)


def test_texels_are_those_under_the_middle_of_each_pixel(rng: np.random.Generator) -> None:
    """A picture of 16 × 16 texels, enlarged and turned, against the inverse of the map."""
    size, edge = 16, 64
    square = np.array([(0, 0), (0, size), (size, size), (size, 0)], float)
    enlarge = 2.7 * np.array([[np.cos(0.4), np.sin(0.4)], [-np.sin(0.4), np.cos(0.4)]])
    middle = np.array([32.3, 31.6])
    pixels = (square - size / 2) @ enlarge + middle
    cut = np.array([(0, 1, 2), (0, 2, 3)])
    texels = np.clip(square, 1e-3, size - 1e-3)[cut].astype(np.float32)
    places = to_places(np.concatenate([pixels, rng.random((4, 1))], 1), edge)
    found = texel_maps(figure(cut, (2,), texels, size), places, edge)[0]
    row, column = np.mgrid[0:edge, 0:edge] + 0.5
    at = (np.stack([column, row], -1) - middle) @ np.linalg.inv(enlarge) + size / 2
    certain = (np.abs(at - np.round(at)) > 2e-3).all(-1)
    inside = ((at > 0) & (at < size)).all(-1)
    whole = np.floor(at).astype(int)
    wanted = np.where(inside, 1 + whole[..., 1] * size + whole[..., 0], 0)
    assert inside.mean() > 0.3
    np.testing.assert_array_equal(found[certain], wanted[certain])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_triangle_reaches_beyond_its_picture(seed: int) -> None:
    """Thin as they may be: a texel of another picture would be a speck of another colour."""
    rng = np.random.default_rng(seed)
    size, edge, count = 20, 128, 60
    a = rng.uniform(0, edge, (count, 2))
    along = rng.normal(0, 1, (count, 2))
    along *= rng.uniform(2, 30, (count, 1)) / np.linalg.norm(along, axis=1, keepdims=True)
    across = along[:, ::-1] * [-1, 1] * 10.0 ** rng.uniform(-3, 0, (count, 1))
    corners = np.stack([a, a + along, a + rng.random((count, 1)) * along - across], 1)
    corners = np.concatenate([corners, rng.random((count, 3, 1))], 2)
    texels = np.clip(rng.uniform(-size, 2 * size, (count, 3, 2)), 1 / 64, size - 1 / 64).astype(np.float32)
    mesh = figure(np.arange(3 * count).reshape(-1, 3), (count,), texels, size)
    found = texel_maps(mesh, to_places(corners.reshape(-1, 3), edge), edge)
    assert found.min() >= 0
    assert found.max() <= size * size
