"""Clothes and glasses: a lofted garment around neck and shoulders, and wire rims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from expressive.training.rig.assets import FloatArray, IntArray
from expressive.training.rig.head import HeadRig
from expressive.training.rig.skin import fractal_noise

__all__ = [
    "HOOP_WIRE",
    "GarmentOptions",
    "Solid",
    "earrings",
    "frame_of_glasses",
    "garment",
    "glasses",
    "hoops",
    "rims",
]


@dataclass(frozen=True)
class GarmentOptions:
    """What a character wears; colours are sRGB in [0, 1]."""

    colour: tuple[float, float, float] = (0.25, 0.28, 0.40)
    """main colour"""
    trim: tuple[float, float, float] = (0.55, 0.45, 0.25)
    """colour of the collar"""
    collar: float = 1.6
    """height of the collar"""
    opening: float = 0.0
    """depth of the neckline in front"""
    flare: float = 0.0
    """how far the collar stands off the neck"""
    thickness: float = 0.5
    """thickness of the cloth"""
    folds: float = 0.3
    """depth of folds"""
    shoulders: float = 1.0
    """width of the shoulders"""


@dataclass(frozen=True)
class Solid:
    """A static mesh with the look of one material."""

    vertices: FloatArray
    """(V, 3)"""
    normals: FloatArray
    """(V, 3)"""
    uv: FloatArray
    """(V, 2); for cloth: angle around the neck and 0 at the hem to 1 inside the collar"""
    trim: FloatArray
    """1 where the second colour shows (V,)"""
    triangles: IntArray
    """(T, 3)"""


def _grid_triangles(rows: int, columns: int, closed: bool) -> IntArray:
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a = r * columns + c
    b = r * columns + (c + 1) % columns
    out: IntArray = np.stack([np.stack([a, b, a + columns], -1), np.stack([b, b + columns, a + columns], -1)], -2)
    return out.reshape(-1, 3).astype(np.int32)


def _normals(v: FloatArray, t: IntArray) -> FloatArray:
    n = np.zeros_like(v)
    face = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
    for k in range(3):
        np.add.at(n, t[:, k], face)
    out: FloatArray = (n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return out


def garment(
    options: GarmentOptions,
    *,
    seed: int,
    neck: tuple[float, float] = (1.0, 1.0),
    columns: int = 120,
    steps: int = 5,
) -> Solid:
    """Loft a garment from the hem over the shoulders to the inside of the collar.

    Parameters
    ----------
    options : GarmentOptions
        cut and colours
    seed : int
        seed of the folds
    neck : tuple[float, float]
        width and depth of the neck against the mean head's
    columns, steps : int
        vertices around, and from each ring of the cut to the next

    Returns
    -------
    Solid
        the garment
    """
    o = options
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)  # 0 is the front
    base_y = -11.4
    # y, half width, half depth, centre z, and whether it belongs to the collar
    rings = [
        (-24.0, 17.5 * o.shoulders, 9.5, -1.8, 0.0),
        (-19.5, 16.8 * o.shoulders, 9.2, -1.9, 0.0),
        (-16.8, 15.4 * o.shoulders, 8.8, -2.2, 0.0),
        (-15.0, 13.6 * o.shoulders, 8.2, -2.3, 0.0),
        (-13.7, 11.6, 7.7, -2.1, 0.0),
        (-12.7, 9.6, 7.2, -1.6, 0.0),
        (-12.0, 8.2, 6.9, -1.2, 0.3),
        (base_y, 7.3 + 0.3 * o.flare, 6.75, -0.9, 1.0),
        (base_y + 0.5 * o.collar, 6.75 + 0.8 * o.flare, 6.65 + 0.6 * o.flare, -0.75, 1.0),
        (base_y + 0.92 * o.collar, 6.65 + 1.4 * o.flare, 6.6 + 1.1 * o.flare, -0.65, 1.0),
        (
            base_y + o.collar,
            6.55 + 1.3 * o.flare - 0.3 * o.thickness,
            6.5 + 1.0 * o.flare - 0.3 * o.thickness,
            -0.65,
            1.0,
        ),
        (
            base_y + 0.85 * o.collar,
            6.4 + 1.0 * o.flare - 0.6 * o.thickness,
            6.3 + 0.8 * o.flare - 0.6 * o.thickness,
            -0.65,
            0.8,
        ),
        (base_y - 0.4, 6.2 - 0.4 * o.thickness, 6.0 - 0.4 * o.thickness, -0.8, 0.4),
    ]
    table = np.array(rings)
    s = np.linspace(0, len(table) - 1, steps * (len(table) - 1) + 1)
    from scipy.interpolate import PchipInterpolator

    at_neck = np.clip(table[:, 4] * 1.5, 0, 1)
    table[:, 1] *= 1 + (neck[0] - 1) * at_neck
    table[:, 2] *= 1 + (neck[1] - 1) * at_neck
    y, rx, rz, cz, trim = (PchipInterpolator(np.arange(len(table)), table[:, k])(s) for k in range(5))
    noise = fractal_noise(128, 4, seed=seed, base=4, persistence=0.6) - 0.5
    rows = len(s)
    fold = noise[np.linspace(0, 127, rows).astype(int)][:, (np.linspace(0, 127, columns)).astype(int)]
    seam = np.abs(np.linspace(-1, 1, columns)) ** 8  # hide the seam of the noise at the front... and blend it away
    fold = fold * (1 - seam) + fold[:, ::-1] * seam
    drape = np.sin(angle * 9 + seed)[None] * 0.10 * (1 - trim[:, None])
    radial = 1 + (fold * 0.22 + drape * 0.35) * o.folds * np.clip(1.2 - trim[:, None], 0.25, 1)
    front = np.exp(-((np.minimum(angle, 2 * np.pi - angle) / 0.62) ** 2))
    dip = o.opening * front[None] * np.clip((y[:, None] + 17.0) / 5.5, 0, 1.2)
    power = 0.86
    sx = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    sz = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    x = rx[:, None] * sx[None] * radial
    z = cz[:, None] + rz[:, None] * sz[None] * radial
    yy = np.broadcast_to(y[:, None], x.shape) - dip
    z = z + 0.22 * dip * front[None]  # the chest is further forward than the throat
    v = np.stack([x, yy, z], -1).reshape(-1, 3).astype(np.float32)
    t = _grid_triangles(rows, columns, closed=True)
    uv = np.stack(np.broadcast_arrays(angle[None] / (2 * np.pi), np.linspace(0, 1, rows)[:, None]), -1)
    n = _normals(v, t)
    centre = np.stack([np.zeros(len(v)), v[:, 1], np.full(len(v), -1.0)], 1)
    if ((v - centre) * n)[: columns * 4 * steps].sum() < 0:
        t, n = t[:, ::-1].copy(), -n
    trim_mask = np.broadcast_to(np.clip(trim[:, None] * 1.6 - 0.5, 0, 1), x.shape).reshape(-1)
    return Solid(v, n, uv.reshape(-1, 2).astype(np.float32), trim_mask.astype(np.float32), t)


def _tube(path: FloatArray, radius: float, closed: bool, sides: int = 8) -> tuple[FloatArray, FloatArray, IntArray]:
    along = np.gradient(path, axis=0)
    if closed:
        along = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    helper = np.array([0.0, 0.0, 1.0]) if abs(along[:, 2]).mean() < 0.7 else np.array([0.0, 1.0, 0.0])
    a = np.cross(along, helper)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b = np.cross(along, a)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    n = a[:, None] * np.cos(angle)[None, :, None] + b[:, None] * np.sin(angle)[None, :, None]
    v = path[:, None] + radius * n
    rows = len(path)
    t = _grid_triangles(rows + 1 if closed else rows, sides, closed=True) % (rows * sides)
    return v.reshape(-1, 3), n.reshape(-1, 3), t


def _join(parts: list[tuple[FloatArray, FloatArray, IntArray]]) -> Solid:
    offsets = np.cumsum([0] + [len(v) for v, _, _ in parts])
    v = np.concatenate([v for v, _, _ in parts]).astype(np.float32)
    n = np.concatenate([n for _, n, _ in parts]).astype(np.float32)
    t = np.concatenate([t + k for (_, _, t), k in zip(parts, offsets, strict=False)]).astype(np.int32)
    return Solid(v, n, np.zeros((len(v), 2), np.float32), np.zeros(len(v), np.float32), t)


HOOP_WIRE = 0.11
"""Half the thickness of an earring in centimetres."""


def hoops(rig: HeadRig, *, radius: float = 0.75) -> FloatArray:
    """Where earrings hang, under the lobes: circles (n, 32, 3), none where the model has no ears."""
    p = rig.asset.neutral
    out = []
    for sign in (1.0, -1.0):
        ear = np.flatnonzero((p[:, 0] * sign > 7.3) & (p[:, 1] > -3) & (p[:, 1] < 5))
        if len(ear) == 0:
            continue
        lobe = rig.base[ear[np.argmin(p[ear, 1])]]
        angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        path = lobe + np.stack(
            [0.15 * sign * np.cos(angle), radius * (np.cos(angle) - 0.85), radius * np.sin(angle) * 0.8], 1
        )
        path[:, 0] += 0.3 * sign * np.sin(angle)
        out.append(path)
    return np.array(out).reshape(-1, 32, 3)


def earrings(rig: HeadRig) -> Solid:
    """Gold hoops under the ear lobes."""
    return _join([_tube(hoop, HOOP_WIRE, True) for hoop in hoops(rig)])


_RIM_RADIUS, _WIRE = 1.95, 0.10  # centimetres


def rims(rig: HeadRig, *, radius: float = _RIM_RADIUS) -> FloatArray:
    """Where glasses are round (2, 48, 3): the circles in front of the left and the right eye."""
    lm = rig.base[rig.asset.landmarks]
    front = max(lm[36:48, 2].max(), lm[27, 2] - 0.3) + 0.75
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    out = []
    for (_, centre), sign in zip(rig.eyes, (1.0, -1.0), strict=True):
        x, y = radius * np.cos(angle), radius * 0.92 * np.sin(angle)
        bend = 0.10 * x * sign  # round the face
        out.append(np.stack([centre[0] + 0.1 * sign + x, centre[1] - 0.25 + y, front - bend], 1))
    return np.stack(out)


def frame_of_glasses(rig: HeadRig) -> Solid:
    """What holds the rims of glasses: a bridge and temples."""
    lm, circles = rig.base[rig.asset.landmarks], rims(rig)
    (left, right), front = circles.mean(1), circles[..., 2].mean()
    parts = []
    for middle, sign in ((left, 1.0), (right, -1.0)):
        hinge = np.array([middle[0] + sign * _RIM_RADIUS, middle[1] + 0.5, front - 0.2])
        ear = np.array([sign * (np.abs(lm[[0, 16], 0]).mean() + 0.35), middle[1] + 0.2, -0.5])
        parts.append(_tube(np.linspace(hinge, ear, 8), _WIRE * 0.9, False))
    x = left[0] - _RIM_RADIUS
    t = np.linspace(-1, 1, 12)
    bridge = np.stack([t * x, left[1] + 0.5 + 0.35 * (1 - t**2), np.full(12, front + 0.1)], 1)
    return _join([*parts, _tube(bridge, _WIRE, False)])


def glasses(rig: HeadRig) -> Solid:
    """Round wire rims in front of the eyes, and what holds them."""
    frame = frame_of_glasses(rig)
    circles = _join([_tube(circle, _WIRE, True) for circle in rims(rig)])
    return _join([(solid.vertices, solid.normals, solid.triangles) for solid in (circles, frame)])
