"""Hair styles: from a line in the cast file to grown curves on a character's head, brows, lashes and beard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from expressive.core.errors import UnknownNameError
from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray
from expressive.training.rig.head import HeadRig, smoothstep
from expressive.training.rig.strands import Collider, Strands, grow, sample_roots, unit

__all__ = ["HANGING", "HairOptions", "head_hair", "scalp_mask"]

HANGING = ("loose", "tied", "crown")
"""styles whose hair lies in locks, rather than standing on its roots"""


@dataclass(frozen=True)
class HairOptions:
    """How a character's hair is cut."""

    style: str = "crop"
    """crop, coily, loose, tied or crown"""
    count: int = 12000
    """number of hairs"""
    length: tuple[float, float] = (1.2, 0.6)
    """length on top and at the sides"""
    comb: tuple[float, float, float] = (0.4, 0.1, 0.8)
    """direction on top; the sides hang"""
    lift: float = 0.5
    """how much hair stands up"""
    mess: float = 0.12
    """random change of direction"""
    volume: float = 0.6
    """height of the outermost layer"""
    part: float = 0.0
    """where the parting lies, in centimetres to the character's left"""
    hairline: float = 0.0
    """rise of the hairline"""
    width: float = 0.045
    """half width of a hair ribbon"""
    knot: tuple[float, float, float] = (0.0, 12.0, -9.0)
    """where tied hair gathers"""
    knot_radius: float = 0.0
    """size of a bun at the knot"""
    extra: dict[str, float] = field(default_factory=dict)
    """style settings, such as ``{"curl": 0.2}``"""


_HAIRLINE_DEG = [0, 25, 45, 58, 66, 74, 84, 92, 104, 118, 140, 180]
_HAIRLINE_Y = [10.5, 10.3, 9.5, 7.2, 4.6, 1.2, -0.6, 4.2, 1.0, -3.8, -6.6, -7.6]


def scalp_mask(asset: HeadAsset, hairline: float = 0.0) -> FloatArray:
    """Where head hair grows (V,) in [0, 1]: above a hairline that depends on the angle around the head."""
    p = asset.neutral
    angle = np.degrees(np.arctan2(np.abs(p[:, 0]), p[:, 2] + 0.5))
    rise = hairline * np.interp(angle, [0, 20, 40, 60, 75], [0.8, 1.0, 1.25, 0.8, 0.0])
    line = np.interp(angle, _HAIRLINE_DEG, _HAIRLINE_Y) + rise
    mask = np.clip((p[:, 1] - line) / 1.3, 0, 1)
    mask[asset.inner > 0] = 0
    uv = asset.vertex_uv()
    ear = ((uv[:, 0] < 0.105) | (uv[:, 0] > 0.895)) & (uv[:, 1] > 0.44) & (uv[:, 1] < 0.70)
    face = np.zeros(len(p), bool)
    face[asset.vertices_of("M_Face")] = True
    mask[ear & face] = 0
    skin = np.zeros(len(p), bool)
    for name in ("M_Face", "M_BackHead"):
        if name in asset.material_names:
            skin[asset.vertices_of(name)] = True
    mask[~skin] = 0
    out: FloatArray = mask.astype(np.float32)
    return out


def _skin_triangles(asset: HeadAsset) -> IntArray:
    keep = asset.triangles_of("M_Face", "M_BackHead")
    triangles = asset.triangles[keep]
    out: IntArray = triangles[asset.inner[triangles].max(1) == 0]
    return out


def _collider(rig: HeadRig) -> Collider:
    index = np.unique(_skin_triangles(rig.asset))
    return Collider(rig.base[index], rig.normals(rig.base)[index])


def head_hair(rig: HeadRig, options: HairOptions, *, seed: int) -> Strands:
    """Grow a character's head hair.

    Parameters
    ----------
    rig : HeadRig
        the head
    options : HairOptions
        the cut
    seed : int
        seed of every draw

    Returns
    -------
    Strands
        the hair at rest

    Raises
    ------
    UnknownNameError
        If the style is unknown.
    """
    styles = {"crop": _crop, "coily": _coily, "loose": _loose, "tied": _tied, "crown": _crown}
    if options.style not in styles:
        raise UnknownNameError("hair style", options.style, styles)
    rng = np.random.default_rng(seed)
    asset = rig.asset
    mask = scalp_mask(asset, options.hairline)
    if options.style in HANGING:  # no strands across the ears
        p = asset.neutral
        mask = mask * ~((p[:, 1] < 4.2) & (np.abs(p[:, 0]) > 6.0) & (p[:, 2] > -2.0))
    tri, bary = sample_roots(rig.base, _skin_triangles(asset), np.clip(mask * 1.6 - 0.3, 0, 1), options.count, rng)
    normals = rig.normals(rig.base)
    roots = (rig.base[tri] * bary[..., None]).sum(1)
    normal = unit((normals[tri] * bary[..., None]).sum(1))
    thin = (mask[tri] * bary).sum(1)
    return styles[options.style](_Scalp(rig, roots, normal, thin, rng), options)


@dataclass
class _Scalp:
    rig: HeadRig
    roots: FloatArray
    normal: FloatArray
    thin: FloatArray
    """closeness to the hairline: small at the edge (S,)"""
    rng: np.random.Generator

    def finish(
        self, points: FloatArray, normals: FloatArray, o: HairOptions, clump: FloatArray | None = None
    ) -> Strands:
        count = len(points)
        shade = np.clip(1.0 + 0.22 * self.rng.standard_normal(count), 0.4, 1.7).astype(np.float32)
        if clump is not None:
            shade *= clump
        return Strands(points, normals, np.full(count, o.width, np.float32), shade)


def _locks(s: _Scalp, count: int, strength: float) -> tuple[FloatArray, FloatArray]:
    """Group hairs into locks: a shared direction change and a shared brightness for each."""
    centres = s.roots[s.rng.choice(len(s.roots), count, replace=False)]
    _, lock = cKDTree(centres).query(s.roots)
    lean = s.rng.standard_normal((count, 3)).astype(np.float32)[lock] * strength
    shade = (1.0 + 0.14 * s.rng.standard_normal(count)).astype(np.float32)[lock]
    return lean, shade


def _crop(s: _Scalp, o: HairOptions) -> Strands:
    p, n = s.roots, s.normal
    top = smoothstep(4.5, 9.5, p[:, 1])[:, None]
    comb = unit(np.broadcast_to(np.array(o.comb, np.float32), p.shape))
    down = np.broadcast_to(np.array([0, -1.0, -0.35], np.float32), p.shape)
    lean, shade = _locks(s, int(o.extra.get("locks", 260)), o.mess * 2.2)
    length = (o.length[1] + (o.length[0] - o.length[1]) * top[:, 0]) * s.rng.uniform(0.7, 1.1, len(p))
    length *= np.clip(0.35 + s.thin * 1.2, 0, 1)
    fringe = o.extra.get("fringe", 0.0)

    def field(_: FloatArray, grown: float) -> FloatArray:
        flow = comb * top + down * (1 - top)
        flow = flow - n * (flow * n).sum(1, keepdims=True) * 0.8
        gravity = np.array([0, -1.0, 0.0], np.float32) * (0.25 + fringe) * grown
        return unit(flow) + n * o.lift * (1 - grown) + lean + gravity

    start = n * (0.35 + o.lift) + comb * top + down * (1 - top) * 0.8
    layer = (0.06 + o.volume * s.rng.random(len(p)) ** 1.5 * np.clip(s.thin * 1.5, 0.1, 1)).astype(np.float32)
    points, normals = grow(
        p,
        start,
        length.astype(np.float32),
        field,
        _collider(s.rig),
        layer=layer,
        steps=6,
        stiffness=0.45,
        noise=o.mess,
        rng=s.rng,
    )
    return s.finish(points, normals, o, shade * (0.65 + 0.45 * layer / (0.06 + o.volume)))


def _coily(s: _Scalp, o: HairOptions) -> Strands:
    """Short tight coils: each hair curls around its own growth direction."""
    count, steps = len(s.roots), 7
    length = (o.length[1] + (o.length[0] - o.length[1]) * smoothstep(4.0, 9.0, s.roots[:, 1])) * s.rng.uniform(
        0.6, 1.1, count
    )
    length *= np.clip(0.3 + s.thin, 0, 1)
    side = unit(np.cross(s.normal, s.rng.standard_normal((count, 3)).astype(np.float32)))
    other = np.cross(s.normal, side)
    t = np.linspace(0, 1, steps, dtype=np.float32)
    phase = s.rng.uniform(0, 2 * np.pi, count)[:, None] + t * o.extra.get("turns", 1.6) * 2 * np.pi
    radius = o.extra.get("curl", 0.16) * np.sqrt(t)[None]
    points = s.roots[:, None] + s.normal[:, None] * (length[:, None] * t)[..., None]
    points = (
        points
        + side[:, None] * (np.cos(phase) * radius)[..., None]
        + other[:, None] * (np.sin(phase) * radius)[..., None]
    )
    normals = np.broadcast_to(s.normal[:, None], points.shape)
    return s.finish(points.astype(np.float32), np.ascontiguousarray(normals), o)


def _loose(s: _Scalp, o: HairOptions) -> Strands:
    """Long or chin-length hair that falls from a parting and is swept off the face."""
    p, n = s.roots, s.normal
    side = np.where(p[:, 0] - o.part > 0, 1.0, -1.0)[:, None].astype(np.float32)
    side[p[:, 2] < -1.0] = np.sign(p[p[:, 2] < -1.0, 0:1] + 1e-3)
    lean, shade = _locks(s, int(o.extra.get("locks", 170)), o.mess)
    curl = o.extra.get("curl", 0.0)
    back = o.extra.get("back", 0.55)
    phase = s.rng.uniform(0, 6.28, len(p)).astype(np.float32) * 0.35 + lean[:, 0] * 40
    # how far hair must go down depends on where it starts: the ends line up
    end_y = o.extra.get("end_y", -7.0)
    hang = o.extra.get("hang", 8.6) + s.rng.uniform(-0.5, 0.7, len(p)).astype(np.float32)
    length = (p[:, 1] - end_y) * 0.95 + np.abs(9.0 - np.abs(p[:, 0])) * 0.80
    length = np.clip(length, 2.0, None) * s.rng.uniform(0.93, 1.05, len(p))

    collider = _collider(s.rig)

    def field(q: FloatArray, grown: float) -> FloatArray:
        reach = hang - o.extra.get("tuck", 1.2) * smoothstep(0.0, end_y, q[:, 1])
        fallen = smoothstep(6.0, 0.0, q[:, 1])
        inward = np.clip((reach - np.abs(q[:, 0])) * 0.30, -0.6, 0.3) * np.sign(q[:, 0]) * fallen
        # hair that would fall over the face is led round the temples
        front = smoothstep(0.5, 4.0, q[:, 2]) * smoothstep(12.5, 7.0, q[:, 1])
        lead = side[:, 0] * (0.9 * (1 - fallen) * (1 - grown) + 0.55 * front)
        out = np.stack([inward + lead, -np.ones(len(q)), -back * (1 - grown) - 0.9 * front], 1).astype(np.float32)
        out[:, 0] += curl * np.sin(phase + grown * 11.0) * grown * side[:, 0]
        out += lean * (0.3 + grown)
        height, normal = collider.nearest(q)
        near = smoothstep(1.2, 0.2, height - layer)[:, None]
        into = np.minimum((out * normal).sum(1, keepdims=True), 0.0)
        out -= normal * into * near
        # the skull's curve must not fling hair off: it is drawn back to its layer
        hold = np.clip((height - layer) * 0.9, 0, 1.1) * smoothstep(-0.5, 0.1, normal[:, 1])
        held: FloatArray = (out - normal * hold[:, None]).astype(np.float32)
        return held

    layer = (0.10 + o.volume * s.rng.random(len(p)) * np.clip(s.thin * 1.3, 0.25, 1)).astype(np.float32)
    start = n * 0.25 + np.concatenate([side, np.zeros_like(side), -0.35 * np.ones_like(side)], 1)
    points, normals = grow(
        p,
        start,
        length.astype(np.float32),
        field,
        collider,
        layer=layer,
        steps=int(o.extra.get("steps", 11)),
        stiffness=0.55,
        noise=0.05,
        rng=s.rng,
    )
    ropes = int(o.extra.get("ropes", 0))
    if ropes:
        return _twisted(s, o, points, normals, ropes)
    return s.finish(points, normals, o, shade * (0.60 + 0.5 * (layer - 0.1) / max(o.volume, 1e-3)))


def _twisted(s: _Scalp, o: HairOptions, points: FloatArray, normals: FloatArray, ropes: int) -> Strands:
    """Gather hairs into thin braids: each winds around one of ``ropes`` guides."""
    guides = s.rng.choice(len(points), ropes, replace=False)
    steps = points.shape[1] * 2
    fine = Strands(points[guides], normals[guides], np.zeros(ropes, np.float32), np.zeros(ropes, np.float32))
    fine = (
        Strands(
            np.zeros((1, steps, 3), np.float32),
            np.ones((1, steps, 3), np.float32),
            np.zeros(1, np.float32),
            np.zeros(1, np.float32),
        )
        + fine
    )
    core, out = fine.points[1:], fine.normals[1:]
    each = o.count // ropes
    lock = np.repeat(np.arange(ropes), each)
    t = np.linspace(0, 1, steps, dtype=np.float32)
    angle = s.rng.uniform(0, 2 * np.pi, len(lock)).astype(np.float32)[:, None] + t * o.extra.get("twist", 34.0)
    thick = o.extra.get("rope", 0.30) * np.minimum(1.0, 0.45 + 3 * t) * (1 - 0.5 * t**4)
    pulse = 0.75 + 0.25 * np.abs(np.sin(t * o.extra.get("twist", 34.0) * 0.75 + lock[:, None]))
    along = unit(np.gradient(core, axis=1).astype(np.float32))
    a = unit(np.cross(along, out).astype(np.float32))
    b = np.cross(a, along)
    around = a[lock] * np.cos(angle)[..., None] + b[lock] * np.sin(angle)[..., None]
    radius = thick * pulse * np.sqrt(s.rng.uniform(0.35, 1.0, len(lock)).astype(np.float32))[:, None]
    points = (core[lock] + around * radius[..., None]).astype(np.float32)
    shade = np.clip(1 + 0.12 * s.rng.standard_normal(ropes), 0.6, 1.4).astype(np.float32)[lock]
    normal = unit((around * 0.8 + out[lock] * 0.5).astype(np.float32))
    return s.finish(points, normal, o, shade)


def _tied(s: _Scalp, o: HairOptions) -> Strands:
    """Hair combed back to a knot, with an optional bun."""
    knot = np.array(o.knot, np.float32)
    lean, shade = _locks(s, 150, o.mess)
    collider = _collider(s.rig)
    length = np.linalg.norm(knot - s.roots, axis=1) * s.rng.uniform(0.95, 1.12, len(s.roots))

    def field(q: FloatArray, grown: float) -> FloatArray:
        _, n = collider.nearest(q)
        to = unit(knot - q)
        to = to - n * (to * n).sum(1, keepdims=True) * (1 - grown) * 0.9
        return unit(to) + lean * 0.4 * (1 - grown)

    layer = (0.08 + o.volume * s.rng.random(len(s.roots)) * np.clip(s.thin * 1.2, 0.15, 1)).astype(np.float32)
    start = s.normal * 0.5 + unit(knot - s.roots)
    points, normals = grow(
        s.roots,
        start,
        length.astype(np.float32),
        field,
        collider,
        layer=layer,
        steps=9,
        stiffness=0.3,
        noise=0.04,
        rng=s.rng,
    )
    out = s.finish(points, normals, o, shade * (0.65 + 0.45 * (layer - 0.08) / max(o.volume, 1e-3)))
    if o.knot_radius > 0:
        out = out + _bun(knot, o, s.rng)
    return out


def _bun(centre: FloatArray, o: HairOptions, rng: np.random.Generator) -> Strands:
    """A ball of wound hair."""
    count, steps = 1800, 10
    axis = unit(np.array([0.25, 0.3, 1.0], np.float32) + 0.45 * rng.standard_normal((count, 3)).astype(np.float32))
    u = unit(np.cross(axis, rng.standard_normal((count, 3)).astype(np.float32)))
    w = np.cross(axis, u)
    tilt = rng.uniform(-0.85, 0.85, count).astype(np.float32)
    t = rng.uniform(0, 6.28, count)[:, None] + np.linspace(0, 2.2, steps)[None]
    ring = np.sqrt(1 - tilt**2)[:, None, None]
    direction = (u[:, None] * np.cos(t)[..., None] + w[:, None] * np.sin(t)[..., None]) * ring + axis[:, None] * tilt[
        :, None, None
    ]
    direction = unit(direction.astype(np.float32))
    depth = rng.random(count).astype(np.float32)
    points = (
        centre
        + direction * np.array([1.0, 0.86, 0.9], np.float32) * (o.knot_radius * (0.82 + 0.22 * depth))[:, None, None]
    )
    shade = (0.55 + 0.55 * depth) * np.clip(1 + 0.2 * rng.standard_normal(count), 0.4, 1.6)
    return Strands(
        points.astype(np.float32), direction, np.full(count, o.width * 1.2, np.float32), shade.astype(np.float32)
    )


def _crown(s: _Scalp, o: HairOptions) -> Strands:
    """Hair combed up into a plait that runs over the head from ear to ear."""
    out = _tied(s, o)
    path_t = np.linspace(-1.0, 1.0, 160)
    angle = path_t * np.radians(o.extra.get("span_deg", 92.0))
    rx, ry, tilt = o.extra.get("rx", 8.0), o.extra.get("ry", 9.4), o.extra.get("lean", -0.12)
    path = np.stack([np.sin(angle) * rx, 4.4 + np.cos(angle) * ry, 1.6 + tilt * np.cos(angle) * ry], 1).astype(
        np.float32
    )
    collider = _collider(s.rig)
    path, normal = collider.push(path, np.full(len(path), 0.75, np.float32))
    along = unit(np.gradient(path, axis=0).astype(np.float32))
    across = np.cross(along, normal)
    thick = o.extra.get("plait", 1.15) * (0.75 + 0.25 * np.cos(path_t * np.pi / 2))
    pieces: list[Strands] = []
    steps = np.linspace(0, 2 * np.pi * o.extra.get("turns", 9.0), len(path))
    for k in range(3):
        a = steps + k * 2 * np.pi / 3
        core = path + across * (np.sin(a) * thick * 0.62)[:, None] + normal * (np.sin(2 * a) * thick * 0.30)[:, None]
        count, seg = 900, 14
        where = s.rng.integers(0, len(path) - seg, count)
        around = s.rng.uniform(0, 2 * np.pi, count)
        r = thick.mean() * 0.36 * np.sqrt(s.rng.random(count))
        index = where[:, None] + np.arange(seg)[None]
        offset = (
            across[index] * (np.cos(around) * r)[:, None, None] + normal[index] * (np.sin(around) * r)[:, None, None]
        )
        points = (core[index] + offset).astype(np.float32)
        outward = unit((offset + normal[index] * 0.25).astype(np.float32))
        shade = np.clip(0.62 + 0.75 * r / (thick.mean() * 0.36) * (np.sin(around) * 0.5 + 0.5), 0.3, 1.5).astype(
            np.float32
        )
        pieces.append(Strands(points, outward, np.full(count, o.width * 1.1, np.float32), shade))
    for piece in pieces:
        out = out + piece
    return out
