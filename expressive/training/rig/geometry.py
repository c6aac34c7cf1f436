"""Builds the meshes that a generator keeps of a cast: few triangles, each with its place in the character's pictures.

The parts that the controls move are the same for everybody, so their triangles are chosen once, over several poses of
the mean head; hair, clothes and what is worn are each character's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS
from expressive.face.geometry import Figure, Geometry
from expressive.face.raster import texel_maps
from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray
from expressive.training.rig.cast import Member
from expressive.training.rig.cloth import Solid, frame_of_glasses, garment, hoops, rims
from expressive.training.rig.decimate import decimate
from expressive.training.rig.eyes import LASHES, cornea, gleam, lash_strips
from expressive.training.rig.hair import HANGING, head_hair
from expressive.training.rig.head import HeadRig, covered_triangles, neck_weight
from expressive.training.rig.people import Carried
from expressive.training.rig.shell import hair_hull
from expressive.training.rig.teeth import teeth_sheets

__all__ = [
    "TILES",
    "SharedMesh",
    "Tile",
    "build_figure",
    "build_geometry",
    "hem_of",
    "lay_out",
    "shared_mesh",
    "shown_triangles",
]


@dataclass(frozen=True)
class Tile:
    """One of a character's pictures."""

    first: int
    """number of its first texel; 0 is nothing"""
    width: int
    height: int


def lay_out(sizes: Mapping[str, tuple[int, int]]) -> dict[str, Tile]:
    """Pictures of these widths and heights, one after another."""
    out, first = {}, 1
    for name, (width, height) in sizes.items():
        out[name] = Tile(first, width, height)
        first += width * height
    return out


TILES = lay_out({
    "face": (384, 384), "back": (160, 160), "gums": (96, 96), "teeth": (160, 96), "left eye": (96, 96),
    "right eye": (96, 96), "cloth": (512, 128), "worn": (128, 64), "hair": (256, 192), "hair inside": (160, 128),
    "ends": (256, 192), "lashes": (96, 64), "left gleam": (20, 16), "right gleam": (20, 16), "rims": (128, 24),
})  # fmt: skip
"""the pictures of a character, in texels; a frame of 256 pixels shows a front of the face about 150 pixels wide"""

_PARTS = (  # materials, tile of each, triangles to keep
    ({"M_Face": "face", "M_BackHead": "back"}, 2800),
    ({"M_GumsTongue": "gums"}, 280),
    ({"M_ScleraLeft": "left eye"}, 200),
    ({"M_ScleraRight": "right eye"}, 200),
)
_LOCKS, _STUBBLE = 0.99, 0.9  # share of hair within its hull: locks are smooth, but tips stand out of short hair
_MARGIN = 0.15  # centimetres from the outermost tips to the hull of loose ends
_FINE = 1.2  # centimetres around the landmarks of eyes and mouth, where surfaces are looked at closely
_LASHES = 120  # triangles to keep of all lashes
_RIM, _HOOP, _STEPS_ROUND = 0.28, 0.2, 24  # half the width of the bands that show rims of glasses and earrings, corners
_WORN = 360  # triangles to keep of what holds glasses
_AROUND, _STEPS = 40, 1  # vertices of a garment, see ``garment``
_SURFACE, _ON, _HAIR, _ENDS = range(4)  # layers
_LOOKS = 256  # pixels of the picture in which a triangle must be seen to be kept
_LOWEST = -17.5  # centimetres; what lies below is never in the picture
_POSES: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.8, "browInnerUp": 1.0, "mouthStretchLeft": 0.6, "mouthStretchRight": 0.6},
    {
        "mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0,
        "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5, "mouthLowerDownLeft": 0.5, "mouthLowerDownRight": 0.5,
    },
    {"mouthPucker": 1.0, "browDownLeft": 1.0, "browDownRight": 1.0, "jawOpen": 0.3},
)  # fmt: skip


def build_geometry(asset: HeadAsset, cast: Mapping[str, Member], poses: FloatArray) -> Geometry:
    """Build the meshes of a cast.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    cast : Mapping[str, Member]
        who
    poses : FloatArray [shape=(n, 61)]
        poses like those to be drawn: triangles that none of them shows, nor their neighbours, are left out

    Returns
    -------
    Geometry
        meshes of everybody
    """
    mesh = shared_mesh(asset)
    figures = {name: build_figure(asset, member, mesh) for name, member in cast.items()}
    tiles = tuple((tile.first, tile.width, tile.height) for tile in TILES.values())
    whole = Geometry(mesh.names, mesh.shapes, mesh.eye_spans, mesh.gleam_spans, tiles, figures)
    shown = {name: _hemmed(_part(figures[name], shown_triangles(whole, name, poses))) for name in figures}
    return replace(whole, figures=shown)


def shown_triangles(geometry: Geometry, who: str, poses: FloatArray) -> npt.NDArray[np.bool_]:
    """Which triangles (T,) some pose shows, or touch one that does."""
    figure = geometry.figures[who]
    count = len(figure.triangles)
    numbered = replace(  # each triangle's picture is its number
        figure, texels=np.zeros_like(figure.texels), first=np.arange(1, count + 1, dtype=np.int32)
    )
    seen = np.zeros(count + 1, bool)
    for controls in poses:
        seen[texel_maps(numbered, geometry.places(controls, who), _LOOKS)] = True
    near = np.zeros(len(figure.vertices), bool)
    near[figure.triangles[seen[1:]]] = True
    out: npt.NDArray[np.bool_] = seen[1:] | near[figure.triangles].all(1)
    return out


def _hemmed(figure: Figure) -> Figure:
    """The figure with those surfaces that touch the fine ones right before them."""
    order, hem = hem_of(figure.triangles, figure.layers[0] - figure.fine, figure.fine, len(figure.vertices))
    return replace(
        figure, triangles=figure.triangles[order], texels=figure.texels[order], first=figure.first[order],
        width=figure.width[order], hem=hem,
    )  # fmt: skip


def hem_of(triangles: IntArray, coarse: int, fine: int, vertices: int) -> tuple[npt.NDArray[np.intp], int]:
    """Order of triangles (T, 3) in which coarse ones that touch the fine ones, which follow, are the last; how many."""
    near = np.zeros(vertices, bool)
    near[triangles[coarse : coarse + fine]] = True
    touches = near[triangles[:coarse]].any(1)
    order = np.concatenate([np.flatnonzero(~touches), np.flatnonzero(touches), np.arange(coarse, len(triangles))])
    return order, int(touches.sum())


@dataclass(frozen=True)
class _Triangles:
    vertices: IntArray
    """(T, 3)"""
    uv: FloatArray
    """(T, 3, 2), [0, 1], v downwards"""
    tile: str
    fine: bool = False
    """looked at closely, see ``Figure``"""


@dataclass(frozen=True)
class SharedMesh:
    """What the controls move: the same triangles for everybody."""

    triangles: tuple[_Triangles, ...]
    """by picture; vertices of the whole head"""
    used: npt.NDArray[np.int64]
    """vertices in use"""
    number: IntArray
    """number of each vertex among those"""
    names: tuple[str, ...]
    """as in ``Geometry``"""
    shapes: FloatArray
    """as in ``Geometry``"""
    eye_spans: tuple[tuple[int, int], tuple[int, int]]
    """as in ``Geometry``"""
    gleam_spans: tuple[tuple[int, int], tuple[int, int]]
    """as in ``Geometry``"""
    glasses: npt.NDArray[np.int64]
    """triangles chosen of what holds them: vertices (T, 3)"""


def shared_mesh(asset: HeadAsset, *, closed: bool = False) -> SharedMesh:
    """Choose the triangles of what the controls move, under garments that are closed or open in front."""
    mean = HeadRig(asset, np.zeros(1, np.float32))
    shared = _shared_triangles(mean, closed)
    used, spans = _vertices(shared)
    number = np.zeros(len(asset.neutral), np.int32)
    number[used] = np.arange(len(used))
    names, shapes = mean.offsets()
    count = len(gleam(mean, 0)[0])
    gleams = ((len(used), len(used) + count), (len(used) + count, len(used) + 2 * count))
    glasses = _chosen(frame_of_glasses(mean), _WORN)
    return SharedMesh(tuple(shared), used, number, names, shapes[:, used], spans, gleams, glasses)


def _part(figure: Figure, kept: npt.NDArray[np.bool_]) -> Figure:
    """Some of a figure's triangles."""
    ends = np.cumsum(figure.layers)
    fine = ends[0] - figure.fine
    return replace(
        figure, triangles=figure.triangles[kept], texels=figure.texels[kept], first=figure.first[kept],
        width=figure.width[kept], layers=tuple(int(part.sum()) for part in np.split(kept, ends[:-1])),
        fine=int(kept[fine : ends[0]].sum()), hem=int(kept[fine - figure.hem : fine].sum()),
    )  # fmt: skip


def _shared_triangles(mean: HeadRig, closed: bool) -> list[_Triangles]:
    a = mean.asset
    poses = []
    for values in _POSES:
        controls = np.zeros(N_CONTROLS, np.float32)
        for name, value in values.items():
            controls[CONTROL_INDEX[name]] = value
        poses.append(mean.pose(controls).vertices)
    near, _ = cKDTree(a.neutral[a.landmarks[36:]]).query(a.neutral)  # eyes and mouth are looked at
    importance = 1.0 + 6.0 * np.exp(-((near / 1.2) ** 2))
    importance = np.where(a.neutral[:, 2] < -2.0, 0.2, importance).astype(np.float32)
    hidden = covered_triangles(a, closed=closed)
    out = []
    lashes = lash_strips(a)
    for tiles, target in (*_PARTS, ({LASHES: "lashes"}, _LASHES)):
        chosen = lashes if LASHES in tiles else a.triangles_of(*tiles) & ~hidden
        if not chosen.any():
            continue
        kept = decimate(np.stack(poses), a.triangles[chosen], a.uv_triangles[chosen], importance, target)
        uv = a.uv[kept[..., 1]]
        material = dict(
            zip(a.uv_triangles[chosen].ravel().tolist(), np.repeat(a.material[chosen], 3).tolist(), strict=True)
        )
        of = np.array([material[int(corner)] for corner in kept[:, 0, 1]])
        for name, tile in tiles.items():
            if name not in a.material_names:
                continue
            part = of == a.material_names.index(name)
            within = uv[part] - np.floor(uv[part].mean((0, 1)))  # materials lie on squares of their own
            vertices, within = kept[part, :, 0].astype(np.int32), within * [1, -1] + [0, 1]
            close = near[vertices].min(1) < _FINE
            if tile in {"gums", "left eye", "right eye"}:
                close[:] = True
            for fine, some in ((False, ~close), (True, close)):
                out.append(_Triangles(vertices[some], within[some], tile, fine))
    return [*out, _Triangles(*teeth_sheets(a), "teeth", fine=True)]


def _vertices(
    triangles: list[_Triangles],
) -> tuple[npt.NDArray[np.int64], tuple[tuple[int, int], tuple[int, int]]]:
    """Vertices in use, those of each eyeball together, and where these are."""
    eyes = [
        np.unique(np.concatenate([t.vertices.ravel() for t in triangles if t.tile == tile] or [np.zeros(0, int)]))
        for tile in ("left eye", "right eye")
    ]
    others = np.unique(np.concatenate([t.vertices.ravel() for t in triangles if not t.tile.endswith("eye")]))
    at = np.cumsum([len(others), len(eyes[0]), len(eyes[1])]).tolist()
    return np.concatenate([others, *eyes]).astype(np.int64), ((at[0], at[1]), (at[1], at[2]))


def build_figure(
    asset: HeadAsset, member: Member, mesh: SharedMesh, tiles_of: Mapping[str, Tile] | None = None
) -> Figure:
    """Mesh of a character, with texels in its pictures, by default :data:`TILES`."""
    rig = HeadRig(asset, member.identity, member.sculpt)
    grown, used, number = rig.mean if member.transplanted else rig, mesh.used, mesh.number
    tiles_of = tiles_of or TILES
    vertices, follow = [rig.base[used]], [neck_weight(rig.base[used])]
    layers: tuple[list[_Triangles], ...] = ([], [], [], [])  # as in ``Figure``

    def add(v: FloatArray, share: FloatArray, *parts: tuple[int, _Triangles]) -> None:
        start = sum(map(len, vertices))
        for layer, t in parts:
            layers[layer].append(replace(t, vertices=t.vertices + start))
        vertices.append(v)
        follow.append(share)

    for part in mesh.triangles:
        corners = number[part.vertices]
        if part.tile == "lashes":
            layers[_ON].extend(_both_sides(corners, part.uv, part.tile))
        else:
            layers[_SURFACE].append(replace(part, vertices=corners))
    for eye, tile in enumerate(("left gleam", "right gleam")):
        v, uv, t = gleam(rig, eye)
        add(v, np.ones(len(v), np.float32), (_ON, _Triangles(t, uv[t], tile)))
    cloth = garment(member.garment, seed=member.seed, neck=rig.neck_size(), columns=_AROUND, steps=_STEPS)
    t = cloth.triangles[cloth.vertices[cloth.triangles, 1].max(1) > _LOWEST]
    sides = _both_sides(t, _unwrapped(cloth.uv[t]), "cloth")
    add(cloth.vertices, neck_weight(cloth.vertices), *((_SURFACE, side) for side in sides))
    if member.glasses:
        v, t = _fewer(frame_of_glasses(rig), mesh.glasses)
        low, high = v[:, :2].min(0), v[:, :2].max(0)
        uv = (v[:, :2] - low) / (high - low) * [1, -1] + [0, 1]
        add(v, np.ones(len(v), np.float32), (_SURFACE, _Triangles(t, uv[t], "worn")))
        v, uv, t = _bands(rims(rig), _RIM)
        add(v, np.ones(len(v), np.float32), (_ENDS, _Triangles(t, uv[t], "rims")))
    if member.earrings:
        v, uv, t = _bands(hoops(rig), _HOOP)
        add(v, np.ones(len(v), np.float32), *((_ENDS, side) for side in _both_sides(t, uv[t], "worn")))
    if member.hair.count:
        points = head_hair(grown, member.hair, seed=member.seed).points.reshape(-1, 3)
        if member.transplanted:
            points = Carried(points, grown).on(rig)
        hull, uv, t = hair_hull(points, share=_LOCKS if member.hair.style in HANGING else _STUBBLE)
        inside = _Triangles(t[:, ::-1], uv[t[:, ::-1]], "hair inside")
        add(hull, neck_weight(hull), (_SURFACE, inside), (_HAIR, _Triangles(t, uv[t], "hair")))
        hull, uv, t = hair_hull(points, share=1.0, margin=_MARGIN)
        add(hull, neck_weight(hull), (_ENDS, _Triangles(t, uv[t], "ends")))
    layers[_SURFACE].sort(key=lambda part: part.fine)
    parts = [part for layer in layers for part in layer]
    tiles = [tiles_of[part.tile] for part in parts for _ in range(len(part.vertices))]
    width, height = (np.array([getattr(tile, side) for tile in tiles], np.int32) for side in ("width", "height"))
    uv, size = np.concatenate([part.uv for part in parts]), np.stack([width, height], 1)[:, None]
    return Figure(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(follow).astype(np.float32),
        np.stack([centre for _, centre in rig.eyes]),
        np.stack([cornea(rig, eye)[0] for eye in range(2)]),
        np.concatenate([part.vertices for part in parts]).astype(np.int32),
        np.clip(uv * size, 0.02, size - 0.02).astype(np.float32),  # so that no rounding leaves the picture
        np.array([tile.first for tile in tiles], np.int32),
        width,
        tuple(sum(len(part.vertices) for part in layer) for layer in layers),
        sum(len(part.vertices) for part in parts if part.fine),
    )


def _bands(circles: FloatArray, half: float) -> tuple[FloatArray, FloatArray, IntArray]:
    """Bands along circles (n, m, 3), for what is thin: vertices, texture coordinates and triangles.

    Each is ``half`` as wide on either side, as seen from the front.
    """
    vertices, uvs, triangles = [], [], []
    for number, circle in enumerate(circles):
        at = np.linspace(0, len(circle), _STEPS_ROUND + 1).astype(int) % len(circle)
        along = (np.roll(circle, -1, 0) - np.roll(circle, 1, 0))[at]
        outwards = along[:, [1, 0, 2]] * [1, -1, 0]
        outwards *= half / np.linalg.norm(outwards, axis=1, keepdims=True)
        a, start = np.arange(_STEPS_ROUND), number * 2 * (_STEPS_ROUND + 1)
        outer = a + _STEPS_ROUND + 1
        vertices.append(np.concatenate([circle[at] - outwards, circle[at] + outwards]))
        u = np.tile(np.linspace(0, 1, _STEPS_ROUND + 1), 2)
        v = np.repeat([number + 0.05, number + 0.95], _STEPS_ROUND + 1) / len(circles)  # a gap between the two
        uvs.append(np.stack([u, v], 1))
        quads = [np.stack([a, outer, a + 1], 1), np.stack([a + 1, outer, outer + 1], 1)]
        triangles.append(np.concatenate(quads) + start)
    return np.concatenate(vertices).astype(np.float32), np.concatenate(uvs), np.concatenate(triangles).astype(np.int32)


def _chosen(solid: Solid, target: int) -> npt.NDArray[np.int64]:
    """A few triangles that keep a solid's shape: its vertices (T, 3)."""
    importance = np.ones(len(solid.vertices), np.float32)
    return decimate(solid.vertices[None], solid.triangles, solid.triangles, importance, target)[..., 0]


def _fewer(solid: Solid, chosen: npt.NDArray[np.int64]) -> tuple[FloatArray, IntArray]:
    """Vertices and triangles of the chosen ones of a solid."""
    used, t = np.unique(chosen, return_inverse=True)
    return solid.vertices[used], t.reshape(-1, 3).astype(np.int32)


def _unwrapped(uv: FloatArray) -> FloatArray:
    """Texture coordinates (T, 3, 2) around a neck, no triangle across the seam."""
    out = uv.copy()
    across = np.ptp(uv[..., 0], axis=1) > 0.5
    out[across, :, 0] = np.where(uv[across, :, 0] < 0.5, 1.0, uv[across, :, 0])
    return out


def _both_sides(t: IntArray, uv: FloatArray, tile: str) -> tuple[_Triangles, _Triangles]:
    return _Triangles(t, uv, tile), _Triangles(t[:, ::-1], uv[:, ::-1], tile)
