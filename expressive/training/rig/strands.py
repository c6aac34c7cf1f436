"""Hair as ribbons: roots on the mesh, curves grown over the skull, and hairs that ride on moving skin.

Every hair (head, brows, lashes, beard) is a polyline of a few points. The vertex shader widens it towards the camera.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray
from expressive.training.rig.head import neck_weight

__all__ = ["BoundStrands", "Collider", "Strands", "grow", "ribbon_indices", "ribbon_vertices", "sample_roots", "unit"]

FLOATS_PER_VERTEX = 14


def unit(v: FloatArray) -> FloatArray:
    """Vectors (..., 3) at length 1."""
    out: FloatArray = v / np.maximum(np.sqrt((v * v).sum(-1, keepdims=True)), 1e-9).astype(np.float32)
    return out


@dataclass
class Strands:
    """Curves at rest on the head."""

    points: FloatArray
    """(S, K, 3)"""
    normals: FloatArray
    """outward direction for shading (S, K, 3)"""
    width: FloatArray
    """half width at the root (S,)"""
    shade: FloatArray
    """brightness of each hair, 1 on average (S,)"""

    def __add__(self, other: Strands) -> Strands:
        k = max(self.points.shape[1], other.points.shape[1])
        a, b = _resample(self, k), _resample(other, k)
        return Strands(
            np.concatenate([a.points, b.points]),
            np.concatenate([a.normals, b.normals]),
            np.concatenate([a.width, b.width]),
            np.concatenate([a.shade, b.shade]),
        )


def _resample(s: Strands, k: int) -> Strands:
    old = s.points.shape[1]
    if old == k:
        return s
    t = np.linspace(0, old - 1, k)
    low = np.minimum(t.astype(int), old - 2)
    f = (t - low).astype(np.float32)[None, :, None]
    points, normals = (a[:, low] * (1 - f) + a[:, low + 1] * f for a in (s.points, s.normals))
    return Strands(points, unit(normals), s.width, s.shade)


def ribbon_vertices(points: FloatArray, normals: FloatArray, width: FloatArray, shade: FloatArray) -> FloatArray:
    """Interleaved vertices (S·K·2, 14): position, tangent, normal, (side, along, shade, half width), neck weight."""
    s, k, _ = points.shape
    out = np.empty((s, k, 2, FLOATS_PER_VERTEX), np.float32)
    tangent = np.gradient(points, axis=1)
    out[..., 0:3] = points[:, :, None]
    out[..., 3:6] = tangent[:, :, None]
    out[..., 6:9] = normals[:, :, None]
    out[:, :, 0, 9], out[:, :, 1, 9] = -1.0, 1.0
    out[..., 10] = np.linspace(0, 1, k, dtype=np.float32)[None, :, None]
    out[..., 11] = shade[:, None, None]
    out[..., 12] = width[:, None, None]
    out[..., 13] = neck_weight(points.reshape(-1, 3)).reshape(s, k, 1)
    return out.reshape(-1, FLOATS_PER_VERTEX)


def ribbon_indices(strands: int, points: int) -> IntArray:
    """Triangles of all ribbons (n, 3)."""
    quad = np.array([[0, 1, 2], [2, 1, 3]])
    one = (quad[None] + 2 * np.arange(points - 1)[:, None, None]).reshape(-1, 3)
    out: IntArray = (one[None] + (2 * points * np.arange(strands))[:, None, None]).reshape(-1, 3).astype(np.int32)
    return out


def sample_roots(
    vertices: FloatArray, triangles: IntArray, density: FloatArray, count: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Scatter roots over triangles by area times density.

    Parameters
    ----------
    vertices : FloatArray [shape=(V, 3)]
        positions
    triangles : IntArray [shape=(T, 3)]
        where roots may lie
    density : FloatArray [shape=(V,), range=[0, 1]]
        how thick hair grows at each vertex
    count : int
        number of roots
    rng : np.random.Generator
        source of the draws

    Returns
    -------
    tuple[IntArray, FloatArray]
        corner vertices (count, 3) and barycentric weights (count, 3)
    """
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * density[triangles].mean(1)
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    u = rng.random((count, 2))
    flip = u.sum(1) > 1
    u[flip] = 1 - u[flip]
    bary = np.stack([1 - u.sum(1), u[:, 0], u[:, 1]], 1).astype(np.float32)
    return triangles[chosen], bary


class Collider:
    """Keeps points outside a surface given by its vertices and normals."""

    def __init__(self, vertices: FloatArray, normals: FloatArray) -> None:
        self._tree = cKDTree(vertices)
        self._vertices, self._normals = vertices, normals

    def nearest(self, p: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Signed height (n,) of points over the surface, and its smoothed normal there (n, 3)."""
        _, index = self._tree.query(p, k=4)
        normal = unit(self._normals[index].mean(1))
        height = ((p[:, None] - self._vertices[index]) * self._normals[index]).sum(-1).mean(1)
        return height.astype(np.float32), normal

    def push(self, p: FloatArray, layer: FloatArray, within: float = 4.0) -> tuple[FloatArray, FloatArray]:
        """Move points (n, 3) to at least ``layer`` (n,) above the surface; returns them and the normals."""
        height, normal = self.nearest(p)
        lift = np.clip(layer - height, 0, within)
        return (p + normal * lift[:, None]).astype(np.float32), normal


def grow(
    roots: FloatArray,
    start: FloatArray,
    length: FloatArray,
    field: Callable[[FloatArray, float], FloatArray],
    collider: Collider,
    *,
    layer: FloatArray,
    steps: int,
    stiffness: float,
    noise: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Grow curves step by step through a direction field, sliding over the collider.

    Parameters
    ----------
    roots, start : FloatArray [shape=(S, 3)]
        first points and first directions
    length : FloatArray [shape=(S,)]
        length of each curve
    field : Callable[[FloatArray, float], FloatArray]
        direction (S, 3) wanted at points (S, 3), and share of the length already grown
    collider : Collider
        surface to stay above
    layer : FloatArray [shape=(S,)]
        height over the surface that each curve settles at
    steps : int
        points after the root
    stiffness : float [range=[0, 1]]
        how much of the old direction is kept each step
    noise : float
        random change of direction each step
    rng : np.random.Generator
        source of the noise

    Returns
    -------
    tuple[FloatArray, FloatArray]
        points and outward normals (S, steps + 1, 3)
    """
    p, d = roots.astype(np.float32), unit(start)
    points, normals = [p], [collider.nearest(p)[1]]
    step = (length / steps)[:, None].astype(np.float32)
    for k in range(1, steps + 1):
        want = unit(field(p, (k - 1) / steps))
        wobble = rng.standard_normal(p.shape).astype(np.float32) * noise
        d = unit(d * stiffness + want * (1 - stiffness) + wobble)
        ramp = layer * min(1.0, 0.35 + k / steps * 1.3)
        q, n = collider.push(p + d * step, ramp)
        d = unit(q - p)
        p = (p + d * step).astype(np.float32)
        points.append(p)
        normals.append(n)
    curve = np.stack(points, 1)
    for _ in range(2):  # steps leave kinks
        curve[:, 1:-1] = 0.25 * curve[:, :-2] + 0.5 * curve[:, 1:-1] + 0.25 * curve[:, 2:]
    return curve, np.stack(normals, 1)


class BoundStrands:
    """Hairs that ride on the moving mesh: brows, beards, lashes.

    Parameters
    ----------
    triangles : IntArray [shape=(S, K, 3)]
        corners that carry each point
    bary : FloatArray [shape=(S, K, 3)]
        barycentric weights of each point
    offset : FloatArray [shape=(S, K, 3)]
        offset along the skin's u direction, v direction and normal
    width, shade : FloatArray [shape=(S,)]
        half width and brightness
    asset : HeadAsset
        for the texture directions
    """

    def __init__(  # noqa: PLR0917 - the arrays that it binds
        self,
        triangles: IntArray,
        bary: FloatArray,
        offset: FloatArray,
        width: FloatArray,
        shade: FloatArray,
        asset: HeadAsset,
    ) -> None:
        self._triangles, self._bary, self._offset = triangles, bary, offset
        self.width, self.shade = width, shade
        uv = asset.vertex_uv()
        corner = uv[triangles[:, 0]]  # (S, 3, 2)
        e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        det = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        det = np.where(np.abs(det) < 1e-12, 1e-12, det)
        self._du = (np.stack([e2[:, 1], -e1[:, 1]], 1) / det[:, None]).astype(np.float32)

    def __len__(self) -> int:
        return len(self.width)

    @property
    def steps(self) -> int:
        """Points of each hair."""
        return int(self._bary.shape[1])

    def vertices(self, v: FloatArray, n: FloatArray) -> FloatArray:
        """Ribbon vertices for mesh positions and normals (V, 3)."""
        anchor = (v[self._triangles] * self._bary[..., None]).sum(2)
        root = self._triangles[:, 0]
        normal = unit((n[root] * self._bary[:, 0, :, None]).sum(1))
        e1, e2 = v[root[:, 1]] - v[root[:, 0]], v[root[:, 2]] - v[root[:, 0]]
        u = unit(e1 * self._du[:, :1] + e2 * self._du[:, 1:])
        u = unit(u - normal * (u * normal).sum(1, keepdims=True))
        w = np.cross(normal, u)
        o = self._offset
        points = anchor + u[:, None] * o[..., 0:1] + w[:, None] * o[..., 1:2] + normal[:, None] * o[..., 2:3]
        normals = np.broadcast_to(normal[:, None], points.shape)
        return ribbon_vertices(points.astype(np.float32), normals, self.width, self.shade)


FloatOrNone = npt.NDArray[np.float32] | None
