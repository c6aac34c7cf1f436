"""Coarse meshes: few triangles, but where the renderer has its own, and hair within its hull."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_fill_holes
from scipy.spatial import cKDTree

from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW, N_CONTROLS
from expressive.face.geometry import PIVOT, Geometry, load_geometry
from expressive.face.raster import ROWS, texel_maps
from expressive.training.rig.camera import project
from expressive.training.rig.cast import load_cast
from expressive.training.rig.decimate import decimate
from expressive.training.rig.eyes import cornea, lash_strips
from expressive.training.rig.geometry import TILES, _part, build_geometry, shown_triangles
from expressive.training.rig.head import HeadRig, neck_weight
from expressive.training.rig.shell import hair_hull
from expressive.training.rig.teeth import TEETH, teeth_sheets
from expressive.training.rig.toy import toy_head
from expressive.training.sampler import sample_controls

CAST = {name: load_cast()[name] for name in ("scholar", "healer")}


def random_controls(rng: np.random.Generator) -> np.ndarray:
    """A third of all controls, anywhere in their range."""
    pose = rng.uniform(CONTROL_LOW, CONTROL_HIGH) * (rng.random(N_CONTROLS) < 0.3)
    return pose.astype(np.float32)


def sphere(halvings: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) at distance 1 and triangles (T, 3) of an octahedron whose edges are halved again and again."""
    v = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0, -1, 0), (0, 0, -1)], float)
    t = np.array([(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)])
    for _ in range(halvings):
        a, b, c = (v[t[:, k]] for k in range(3))
        every = np.concatenate([a, b, c, a + b, b + c, c + a])
        every /= np.linalg.norm(every, axis=1, keepdims=True)
        _, first, new = np.unique(np.round(every, 6), axis=0, return_index=True, return_inverse=True)
        v = every[first]
        i, j, k, ij, jk, ki = new.reshape(6, -1)
        t = np.concatenate([np.stack(corner, 1) for corner in ((i, ij, ki), (ij, j, jk), (ki, jk, k), (ij, jk, ki))])
    return v.astype(np.float32), t.astype(np.int32)


def edges_of(t: np.ndarray) -> Counter[tuple[int, int]]:
    """How many triangles go along each edge in that direction."""
    return Counter((int(corner[k]), int(corner[(k + 1) % 3])) for corner in t for k in range(3))


@pytest.mark.parametrize("target", [150, 100])
def test_a_sphere_of_few_triangles_is_still_a_closed_sphere(target: int) -> None:
    v, t = sphere(3)
    few = decimate(v[None], t, t, np.ones(len(v), np.float32), target)[..., 0]
    assert target - 2 <= len(few) <= target
    spread = np.linalg.norm(v[few].mean(1), axis=1)  # of the middle of each triangle, which lies deepest
    assert spread.min() > 1 - 16 / target
    edges = edges_of(few)
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)  # every edge has a triangle on either side, and they turn alike
    assert len(np.unique(few)) - len(edges) // 2 + len(few) == 2
    a, b, c = (v[few[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * (a + b + c)).sum(1) > 0).all()


def test_corners_keep_the_side_of_a_seam() -> None:
    v, t = sphere(3)
    east = v[t].mean(1)[:, 0] > 0
    uv = 2 * t + east[:, None]  # each vertex has a texture coordinate in the west and one in the east
    few = decimate(v[None], t, uv, np.ones(len(v), np.float32), 200)
    np.testing.assert_array_equal(few[..., 1] // 2, few[..., 0])
    side = few[..., 1] % 2
    assert (side == side[:, :1]).all()
    x = v[few[..., 0], 0]
    assert (x[side == 1] > -1e-6).all()
    assert (x[side == 0] < 1e-6).all()
    seam = [(a, b) for a, b in edges_of(few[..., 0]) if abs(v[a, 0]) + abs(v[b, 0]) < 1e-6]
    assert len(seam) >= 16  # both ways around


def test_important_parts_keep_more() -> None:
    v, t = sphere(3)
    shares = []
    for factor in (1.0, 30.0):
        importance = np.where(v[:, 2] > 0.5, factor, 1.0).astype(np.float32)
        few = decimate(v[None], t, t, importance, 200)[..., 0]
        shares.append(float((v[few].mean(1)[:, 2] > 0.5).mean()))
    assert shares[0] == pytest.approx(0.25, abs=0.06)  # a quarter of the surface
    assert shares[1] > 1.6 * shares[0]


def test_a_crease_that_only_another_pose_shows_is_kept() -> None:
    x, y = np.meshgrid(np.arange(11.0) - 5, np.arange(11.0) - 5)
    flat = np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32)
    folded = flat.copy()
    folded[:, 2] = np.abs(flat[:, 0])
    r, c = np.meshgrid(np.arange(10), np.arange(10), indexing="ij")
    a = (r * 11 + c).ravel()
    t = np.concatenate([np.stack([a, a + 1, a + 11], 1), np.stack([a + 1, a + 12, a + 11], 1)]).astype(np.int32)

    def across(poses: np.ndarray) -> int:
        few = decimate(poses, t, t, np.ones(len(flat), np.float32), 60)[..., 0]
        side = flat[few, 0]
        return int(((side.min(1) < 0) & (side.max(1) > 0)).sum())

    assert across(flat[None]) > 0
    assert across(np.stack([flat, folded])) == 0


def reach(points: np.ndarray, centre: np.ndarray, v: np.ndarray, t: np.ndarray) -> np.ndarray:
    """How many times as far as each point (n, 3) the hull lies in its direction (n,); 0 where there is no hull."""
    out = np.zeros(len(points))
    a, b, c = (v[t[:, k]] - centre for k in range(3))
    for number, d in enumerate(points - centre):
        across = np.cross(d, c - a)
        share = (across * (b - a)).sum(1)
        u = -(across * a).sum(1) / share
        other = np.cross(-a, b - a)
        w = (other @ d) / share
        far = (other * (c - a)).sum(1) / share
        hit = (np.abs(share) > 1e-12) & (u >= -1e-6) & (w >= -1e-6) & (u + w <= 1 + 1e-6) & (far > 0)
        out[number] = far[hit].max(initial=0.0)
    return out


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_hull_of_hair_holds_as_many_points_as_asked_and_faces_outwards() -> None:
    rng = np.random.default_rng(440)
    centre = np.array([0.0, 2.0, -1.5])
    d = rng.normal(size=(40_000, 3))
    d[:, 1] = np.abs(d[:, 1])  # hair on the upper half
    points = centre + d / np.linalg.norm(d, axis=1, keepdims=True) * rng.uniform(8, 11, (len(d), 1))
    looked = points[:400]
    held = []
    for share, margin in ((0.5, 0.0), (0.9, 0.0), (1.0, 0.15)):
        v, uv, t = hair_hull(points.astype(np.float32), share=share, margin=margin)
        held.append(float((reach(looked, centre, v, t) >= 1).mean()))
        a, b, c = (v[t[:, k]] for k in range(3))
        assert ((np.cross(b - a, c - a) * (a + b + c - 3 * centre)).sum(1) > 0).all()
        assert uv.min() >= 0
        assert uv.max() <= 1
        assert np.ptp(uv[t, 0], axis=1).max() < 0.1  # no triangle across the seam
        assert v[:, 1].min() > centre[1] - 3  # it ends soon below the lowest hair
    assert held[0] == pytest.approx(0.5, abs=0.1)
    assert held[1] == pytest.approx(0.9, abs=0.06)
    assert held[2] > 0.99


@pytest.fixture(scope="module")
def built() -> Geometry:
    rng = np.random.default_rng(440)
    return build_geometry(toy_head(), CAST, np.stack([sample_controls(rng).controls for _ in range(40)]))


def test_every_texel_lies_in_a_picture_of_its_layer(built: Geometry, rng: np.random.Generator) -> None:
    on, ends = ("lashes", "left gleam", "right gleam"), ("ends", "rims")
    of = (tuple(name for name in TILES if name not in {"hair", *on, *ends}), on, ("hair",), (*ends, "worn"))
    for who in CAST:
        for _ in range(12):
            maps = texel_maps(built.figures[who], built.places(random_controls(rng), who), 256)
            assert (maps[0] > 0).mean() > 0.15
            for layer, texels in enumerate(maps[:4]):
                inside = texels == 0
                for name in of[layer]:
                    tile = TILES[name]
                    inside |= (texels >= tile.first) & (texels < tile.first + tile.width * tile.height)
                assert inside.all()
    assert built.texels == 1 + sum(tile.width * tile.height for tile in TILES.values())


@pytest.mark.parametrize("who", CAST)
def test_points_are_where_the_renderer_has_them(built: Geometry, who: str, rng: np.random.Generator) -> None:
    rig = HeadRig(toy_head(), CAST[who].identity, CAST[who].sculpt)
    moving = built.shapes.shape[1]
    far, at = cKDTree(rig.base).query(built.figures[who].vertices[:moving])
    assert far.max() == 0  # every vertex is one of the renderer's own
    for _ in range(10):
        controls = random_controls(rng)
        posed = rig.pose(controls)
        turned = PIVOT + (posed.vertices - PIVOT) @ posed.rotation.T
        share = neck_weight(rig.base)[:, None]
        wanted = (project(posed.vertices + share * (turned - posed.vertices))[at] + 1) * 128
        found = (built.places(controls, who)[:moving, :2] + 1) * 128
        assert np.abs(found - wanted).max() < 0.01


def test_a_file_keeps_points_to_a_fraction_of_a_pixel(built: Geometry, rng: np.random.Generator, tmp_path) -> None:
    built.save(tmp_path / "geometry.npz")
    loaded = load_geometry((tmp_path / "geometry.npz").read_bytes(), "geometry.npz")
    assert (loaded.tiles, loaded.eye_spans, loaded.names) == (built.tiles, built.eye_spans, built.names)
    for who in CAST:
        controls = random_controls(rng)
        off = (loaded.places(controls, who) - built.places(controls, who))[:, :2] * 128
        assert np.abs(off).max() < 0.02
        first, second = (texel_maps(g.figures[who], g.places(controls, who), 256) for g in (built, loaded))
        assert ((first > 0) != (second > 0)).mean() < 1e-3


def test_what_no_pose_shows_is_left_out_and_nothing_that_one_does(built: Geometry, rng: np.random.Generator) -> None:
    who = "healer"
    controls = random_controls(rng)
    shown = _part(built.figures[who], shown_triangles(built, who, controls[None]))
    assert sum(shown.layers) == len(shown.triangles) < 0.8 * len(built.figures[who].triangles)
    places = built.places(controls, who)
    np.testing.assert_array_equal(texel_maps(shown, places, 256), texel_maps(built.figures[who], places, 256))


def test_hair_lies_in_front_of_the_scalp_and_loose_ends_around_it(built: Geometry) -> None:
    maps = texel_maps(built.figures["healer"], built.places(np.zeros(N_CONTROLS, np.float32), "healer"), 256)
    _, _, hair, ends, *_ = maps
    assert (hair > 0).mean() > 0.05
    assert ((ends > 0) & (hair > 0)).sum() > 0.9 * (hair > 0).sum()


def pixels_of(texels: np.ndarray, *names: str) -> np.ndarray:
    """Where a layer (H, W) shows some pictures."""
    tiles = [TILES[name] for name in names]
    return np.any([(texels >= t.first) & (texels < t.first + t.width * t.height) for t in tiles], 0)


def test_lashes_gleams_and_rims_lie_before_the_eyes(built: Geometry) -> None:
    pose = np.zeros(N_CONTROLS, np.float32)
    for who, has_rims in (("scholar", True), ("healer", False)):
        maps = texel_maps(built.figures[who], built.places(pose, who), 256)
        eyes = pixels_of(maps[0], "left eye", "right eye")
        gleams = pixels_of(maps[1], "left gleam", "right gleam")
        assert (gleams & eyes).sum() > 0.9 * gleams.sum() > 10
        assert built.gleam_tiles == tuple(
            (tile.first, tile.width, tile.height) for tile in (TILES["left gleam"], TILES["right gleam"])
        )
        lashes = pixels_of(maps[1], "lashes")
        assert lashes.sum() > 20
        assert (lashes & binary_dilation(eyes, iterations=8)).sum() > 0.95 * lashes.sum()
        rims = pixels_of(maps[3], "rims")
        assert rims.any() == has_rims
        if has_rims:  # they go round each eye
            assert (binary_fill_holes(rims) & eyes).sum() > 0.9 * eyes.sum()
            assert not (rims & eyes).any()


def test_earrings_hang_left_and_right_of_the_face(built: Geometry) -> None:
    places = built.places(np.zeros(N_CONTROLS, np.float32), "healer")
    rings = pixels_of(texel_maps(built.figures["healer"], places, 256)[3], "worn")
    left, right = rings[:, :128].any(0).nonzero()[0], rings[:, 128:].any(0).nonzero()[0]
    assert rings.sum() > 20
    assert np.ptp(left) < 16 > np.ptp(right)
    assert left.mean() < 80
    assert right.mean() > 48


def test_eyes_and_mouth_are_looked_at_closely(built: Geometry) -> None:
    for who in CAST:
        maps = texel_maps(built.figures[who], built.places(np.zeros(N_CONTROLS, np.float32), who), 256)
        above, *others = maps[-ROWS : -ROWS // 2]
        eyes = pixels_of(maps[0], "left eye", "right eye")
        assert (above[eyes] > 0).mean() > 0.9
        for other in others:
            np.testing.assert_array_equal(above > 0, other > 0)
        assert 0.01 < (above > 0).mean() < 0.2  # and nothing else is
        figure = built.figures[who]
        fine = figure.layers[0] - figure.fine
        corners = np.unique(figure.triangles[fine : figure.layers[0]])
        touching = np.flatnonzero(np.isin(figure.triangles[:fine], corners).any(1))
        np.testing.assert_array_equal(touching, np.arange(fine - figure.hem, fine))  # so that no edge is open behind


def test_a_sheet_lies_over_each_row_of_teeth() -> None:
    head = toy_head()
    t, uv = teeth_sheets(head)
    own = np.unique(head.triangles[head.triangles_of(TEETH)])
    assert np.isin(t, own).all()
    v = head.neutral
    split = v[own, 1].mean()
    upper = v[t, 1].mean(1) > split
    one, two = (uv[:, k] - uv[:, 0] for k in (1, 2))
    area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    for row in (upper, ~upper):
        edges = edges_of(t[row])
        assert set(edges.values()) == {1}  # all turn alike
        inner = sum((b, a) in edges for a, b in edges) // 2
        count = len(edges) - inner
        assert len(np.unique(t[row])) - count + row.sum() == 1  # one piece without a hole
        assert 0.42 < area[row].sum() < 0.4701  # of its half of the picture: nothing is painted twice
    # whoever looks from the front sees each tooth behind the sheet that lies over it
    normal = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
    front = t[normal[:, 2] > 0]
    (ax, ay), (bx, by), (cx, cy) = (v[front[:, k], :2].T for k in range(3))
    for x, y, z in v[own]:
        if z > 10.2:
            ab, bc, ca = (
                (qx - px) * (y - py) - (qy - py) * (x - px)
                for px, py, qx, qy in ((ax, ay, bx, by), (bx, by, cx, cy), (cx, cy, ax, ay))
            )
            assert (np.minimum(np.minimum(ab, bc), ca) > -0.02).any()


def test_a_head_without_teeth_has_no_sheets() -> None:
    head = toy_head()
    names = tuple("M_None" if name == TEETH else name for name in head.material_names)
    t, uv = teeth_sheets(replace(head, material_names=names))
    assert (t.shape, uv.shape) == ((0, 3), (0, 3, 2))


def test_the_cornea_is_the_sphere_of_a_round_eye() -> None:
    rig = HeadRig(toy_head(), np.zeros(1, np.float32))
    for eye, (index, centre) in enumerate(rig.eyes):
        middle, radius = cornea(rig, eye)
        far = np.linalg.norm(rig.base[index] - centre - middle, axis=1)
        assert np.abs(far - radius).max() < 0.02 * radius


def test_one_strip_of_lashes_for_each_lid() -> None:
    head = toy_head()
    chosen = lash_strips(head)
    assert chosen.sum() == (head.triangles_of("M_EyeLashes")).sum()  # the made-up head has no more
    steps = [np.float32([0, 0, z]) for z in (0.0, -0.2, 0.2)]
    three = replace(
        head,
        neutral=np.concatenate([head.neutral + step for step in steps]),
        triangles=np.concatenate([head.triangles + k * len(head.neutral) for k in range(3)]),
        material=np.tile(head.material, 3),
    )
    np.testing.assert_array_equal(np.flatnonzero(lash_strips(three)), np.flatnonzero(chosen))  # the middle one
