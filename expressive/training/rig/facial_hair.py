"""Hairs on moving skin: brows, beards, and lashes along the model's own strips."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from expressive.training.rig.assets import FloatArray
from expressive.training.rig.head import HeadRig
from expressive.training.rig.skin import SIZE, beard_mask
from expressive.training.rig.strands import BoundStrands, sample_roots, unit

__all__ = ["beard", "brows", "lashes"]


def _bound(  # noqa: PLR0917 - a field and its five properties
    rig: HeadRig,
    density: FloatArray,
    count: int,
    direction: FloatArray,
    length: FloatArray,
    curl: float,
    rng: np.random.Generator,
    *,
    width: float,
    steps: int = 4,
    lift: float = 0.25,
    spread: float = 0.25,
) -> BoundStrands:
    """Hairs on the face with a direction field per vertex, given in world space (V, 3)."""
    asset = rig.asset
    triangles = asset.triangles[asset.triangles_of("M_Face")]
    tri, bary = sample_roots(rig.base, triangles, density, count, rng)
    normals = rig.normals(rig.base)
    root = BoundStrands(
        tri[:, None].repeat(steps, 1),
        bary[:, None].repeat(steps, 1),
        np.zeros((count, steps, 3), np.float32),
        np.full(count, width, np.float32),
        np.ones(count, np.float32),
        asset,
    )
    # express the wanted direction in each root's own frame (u, v, normal)
    normal = unit((normals[tri] * bary[..., None]).sum(1))
    e1, e2 = rig.base[tri[:, 1]] - rig.base[tri[:, 0]], rig.base[tri[:, 2]] - rig.base[tri[:, 0]]
    u = unit(e1 * root._du[:, :1] + e2 * root._du[:, 1:])
    u = unit(u - normal * (u * normal).sum(1, keepdims=True))
    w = np.cross(normal, u)
    want = (direction[tri] * bary[..., None]).sum(1) + rng.standard_normal((count, 3)) * spread
    local = np.stack([(want * u).sum(1), (want * w).sum(1)], 1)
    local /= np.maximum(np.linalg.norm(local, axis=1, keepdims=True), 1e-6)
    size = (length[tri] * bary).sum(1) * rng.uniform(0.7, 1.2, count)
    t = np.linspace(0, 1, steps)
    offset = np.zeros((count, steps, 3), np.float32)
    offset[..., :2] = local[:, None] * (size[:, None] * t)[..., None]
    offset[..., 2] = size[:, None] * lift * np.sin(np.pi * np.minimum(t * 0.75 + 0.05, 1.0))[None] + 0.015
    if curl:
        offset += rng.standard_normal(offset.shape).astype(np.float32) * curl * t[None, :, None].astype(np.float32)
    shade = np.clip(1 + 0.25 * rng.standard_normal(count), 0.4, 1.7).astype(np.float32)
    return BoundStrands(root._triangles, root._bary, offset, root.width, shade, asset)


def brows(rig: HeadRig, *, thickness: float, count: int, seed: int) -> BoundStrands:
    """Brow hairs between the brow landmarks, swept outwards."""
    asset, rng = rig.asset, np.random.default_rng(seed)
    uv = asset.vertex_uv()
    lm = rig.base[asset.landmarks]
    density = np.zeros(len(uv), np.float32)
    direction = np.zeros((len(uv), 3), np.float32)
    length = np.full(len(uv), 0.50, np.float32)
    for points, sign in ((lm[17:22][::-1], -1.0), (lm[22:27], 1.0)):  # from the inner to the outer end
        t = np.linspace(0, 1, 40)
        curve = np.stack([np.interp(t, np.linspace(0, 1, 5), points[:, k]) for k in range(3)], 1)
        half = np.interp(t, [0, 0.12, 0.35, 0.8, 1.0], [0.20, 0.33, 0.34, 0.22, 0.06]) * thickness
        distance, nearest = cKDTree(curve).query(rig.base)
        d = np.exp(-((distance / half[nearest]) ** 4))
        better = d > density
        density = np.maximum(density, d.astype(np.float32))
        up = np.interp(t, [0, 0.3, 0.6, 1.0], [0.9, 0.35, 0.0, -0.45])[nearest]
        direction[better] = np.stack([np.full(len(uv), sign), up, np.zeros(len(uv))], 1)[better]
    return _bound(rig, density, count, unit(direction), length, 0.015, rng, width=0.020, lift=0.10, spread=0.14)


def beard(rig: HeadRig, *, style: str, length: float, count: int, curl: float, seed: int) -> BoundStrands:
    """Facial hair where ``skin.beard_mask`` allows it, growing down."""
    asset, rng = rig.asset, np.random.default_rng(seed)
    uv = asset.vertex_uv()
    mask = beard_mask(uv[asset.landmarks], style=style)
    x = np.clip((uv[:, 0] * SIZE).astype(int), 0, SIZE - 1)
    y = np.clip(((1 - uv[:, 1]) * SIZE).astype(int), 0, SIZE - 1)
    density = np.clip(mask[y, x] * 1.5 - 0.45, 0, 1) ** 1.5
    density[asset.inner > 0] = 0
    lm = rig.base[asset.landmarks]
    direction = np.zeros((len(uv), 3), np.float32)
    direction[:, 1] = -1.0
    direction[:, 0] = np.clip((rig.base[:, 0] - lm[51, 0]) * 0.28, -0.8, 0.8)
    size = np.full(len(uv), length, np.float32) * (0.45 + 0.55 * density)
    return _bound(rig, density, count, unit(direction), size, curl, rng, width=0.034, lift=0.30, spread=0.30)


def lashes(rig: HeadRig, *, per_strip: int, length: float, seed: int) -> BoundStrands | None:
    """Lashes along the model's own lash strips: each hair follows the strip from root to tip."""
    asset, rng = rig.asset, np.random.default_rng(seed)
    if "M_EyeLashes" not in asset.material_names:
        return None
    tri = asset.triangles[asset.triangles_of("M_EyeLashes")]
    uv = asset.vertex_uv()
    base = int(tri.min())
    count = int(tri.max()) - base + 1
    edges = np.concatenate([tri[:, [0, 1]], tri[:, [1, 2]]]) - base
    _, label = connected_components(coo_matrix((np.ones(len(edges)), edges.T), (count, count)), directed=False)
    face = cKDTree(rig.base[asset.vertices_of("M_Face")])
    steps = 5
    all_tri, all_bary, width = [], [], []
    for strip in range(int(label.max()) + 1):
        ids = np.flatnonzero(label == strip) + base
        coordinate = uv[ids].astype(np.float64)
        low, span = coordinate.min(0), np.ptp(coordinate, axis=0) + 1e-9
        local = (coordinate - low) / span
        distance, _ = face.query(rig.base[ids])
        if distance[local[:, 1] > 0.8].mean() < distance[local[:, 1] < 0.2].mean():
            local[:, 1] = 1 - local[:, 1]
        mine = tri[np.isin(tri[:, 0], ids)]
        where = np.zeros((count + base, 2))
        where[ids] = local
        corners = where[mine].astype(np.float32)
        lids = rig.base[asset.landmarks[36:42] if rig.base[ids, 0].mean() < 0 else asset.landmarks[42:48]]
        upper = rig.base[ids, 1].mean() > lids[:, 1].mean()
        n = per_strip if upper else per_strip // 2
        u0 = np.clip((np.arange(n) + rng.uniform(0.1, 0.9, n)) / n, 0.02, 0.98)
        reach = (0.85 if upper else 0.5) * length * rng.uniform(0.75, 1.0, n)
        sweep = rng.normal(0, 0.012, n)
        for k in range(n):
            row_t, row_b = [], []
            for step in range(steps):
                f = step / (steps - 1)
                q = np.array([np.clip(u0[k] + sweep[k] * f, 0.005, 0.995), np.clip(f * reach[k], 0.004, 0.996)])
                t_index, b = _locate(corners, q)
                row_t.append(mine[t_index])
                row_b.append(b)
            all_tri.append(row_t)
            all_bary.append(row_b)
            width.append(0.030 if upper else 0.020)
    triangles, bary = np.array(all_tri, np.int32), np.array(all_bary, np.float32)
    n = len(width)
    return BoundStrands(
        triangles, bary, np.zeros((n, steps, 3), np.float32), np.array(width, np.float32), np.ones(n, np.float32), asset
    )


def _locate(corners: FloatArray, q: FloatArray) -> tuple[int, FloatArray]:
    """Triangle of ``corners`` (T, 3, 2) that holds the point (2,), or the nearest, and its barycentric weights."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    v0, v1, v2 = b - a, c - a, q - a
    det = v0[:, 0] * v1[:, 1] - v0[:, 1] * v1[:, 0]
    det = np.where(np.abs(det) < 1e-12, 1e-12, det)
    s = (v2[:, 0] * v1[:, 1] - v2[:, 1] * v1[:, 0]) / det
    t = (v0[:, 0] * v2[:, 1] - v0[:, 1] * v2[:, 0]) / det
    weights = np.stack([1 - s - t, s, t], 1)
    best = int(np.argmax(weights.min(1)))
    w = np.clip(weights[best], 0, 1)
    out: FloatArray = (w / w.sum()).astype(np.float32)
    return best, out
