"""A made-up head for tests: an egg with the model's materials, landmarks, eyes and teeth, and no third-party data."""

from __future__ import annotations

import numpy as np

from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray

__all__ = ["toy_head"]

_SHAPES = (
    *(f"{name}_{side}" for name in (
        "browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekRaiser", "cheekSquint", "eyeBlink", "eyeLookDown",
        "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown",
        "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer",
    ) for side in "LR"),
    "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
)  # fmt: skip


def _sphere(
    centre: tuple[float, float, float], radii: tuple[float, float, float], n: int
) -> tuple[FloatArray, IntArray, FloatArray]:
    u, v = np.meshgrid(np.linspace(-np.pi, np.pi, n), np.linspace(0.02, np.pi - 0.02, n))
    p = np.stack([np.sin(u) * np.sin(v), np.cos(v), np.cos(u) * np.sin(v)], -1).reshape(-1, 3)
    p = p * np.array(radii) + np.array(centre)
    r, c = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
    a = (r * n + c).ravel()
    t = np.concatenate([np.stack([a, a + n, a + 1], 1), np.stack([a + 1, a + n, a + n + 1], 1)])
    uv = np.stack([(u / (2 * np.pi) + 0.5), 1 - v / np.pi], -1).reshape(-1, 2)
    return p.astype(np.float32), t.astype(np.int32), uv.astype(np.float32)


def _strip(centre: tuple[float, float, float], length: float, n: int = 9) -> tuple[FloatArray, IntArray, FloatArray]:
    """A strip of lashes around the front of an eye: the roots in the first row, the tips in the second."""
    across = np.linspace(-1, 1, n)
    rows = [
        np.stack([1.4 * across, lift + 0.3 * np.sign(length) * (1 - across**2), 1.3 - 0.5 * across**2 + out], 1)
        for lift, out in ((0.15 * np.sign(length), 0.0), (0.15 * np.sign(length) + length, 0.3))
    ]
    a = np.arange(n - 1)
    t = np.concatenate([np.stack([a, a + 1, a + n], 1), np.stack([a + 1, a + n + 1, a + n], 1)])
    uv = np.stack([np.tile((across + 1) / 2, 2), np.repeat([0.02, 0.98], n)], 1)
    return (np.concatenate(rows) + centre).astype(np.float32), t.astype(np.int32), uv.astype(np.float32)


def _landmark_positions() -> FloatArray:
    """Rough places of the 68 landmarks on the egg, as x and y."""
    jaw = [(np.sin(a) * 7.0, 3.0 - 8.5 * np.cos(a / 1.6)) for a in np.linspace(-1.5, 1.5, 17)]
    brows = [
        (s * x, 5.6 + 0.4 * np.cos(x - 3.2))
        for s, xs in ((-1, (5.2, 4.3, 3.4, 2.5, 1.5)), (1, (1.5, 2.5, 3.4, 4.3, 5.2)))
        for x in xs
    ]
    nose = [(0, y) for y in (4.0, 3.0, 2.0, 1.0)] + [(x, 0.2) for x in (-1.2, -0.6, 0, 0.6, 1.2)]
    eyes = [
        (s * 3.1 + dx, 3.6 + dy)
        for s in (-1, 1)
        for dx, dy in ((-1.4, 0), (-0.6, 0.5), (0.6, 0.5), (1.4, 0), (0.6, -0.45), (-0.6, -0.45))
    ]
    outer = [(2.4 * np.cos(a), -2.4 + 0.9 * np.sin(a)) for a in np.pi - np.arange(12) * np.pi / 6]
    inner = [(1.8 * np.cos(a), -2.4 + 0.25 * np.sin(a)) for a in np.pi - np.arange(8) * np.pi / 4]
    return np.array(jaw + brows + nose + eyes + outer + inner, np.float32)


def toy_head() -> HeadAsset:
    """Build the made-up head.

    Returns
    -------
    HeadAsset
        about 4,000 vertices; every shape moves the part of the egg that it is named after
    """
    pieces = [
        ("M_Face", _sphere((0, 3, 2), (8.2, 11.0, 9.5), 48)),
        ("M_BackHead", _sphere((0, -10, -1), (5.4, 7.0, 5.2), 16)),
        ("M_ScleraLeft", _sphere((3.1, 3.6, 9.4), (1.5, 1.5, 1.5), 14)),
        ("M_ScleraRight", _sphere((-3.1, 3.6, 9.4), (1.5, 1.5, 1.5), 14)),
        *(
            ("M_Teeth", _sphere((1.6 * np.sin(a), y, 8.8 + 1.6 * np.cos(a)), (0.26, 0.4, 0.26), 6))
            for y in (-2.0, -2.8)
            for a in np.linspace(-1.2, 1.2, 8)
        ),
        ("M_GumsTongue", _sphere((0, -3.0, 7.0), (1.5, 0.5, 3.0), 8)),
        *(("M_EyeLashes", _strip((x, 3.6, 9.4), length)) for x in (3.1, -3.1) for length in (0.7, -0.4)),
    ]
    names = tuple(dict.fromkeys(name for name, _ in pieces))
    vertices, triangles, uvs, material, offset = [], [], [], [], 0
    for name, (p, t, uv) in pieces:
        vertices.append(p)
        triangles.append(t + offset)
        uvs.append(uv)
        material.append(np.full(len(t), names.index(name)))
        offset += len(p)
    neutral = np.concatenate(vertices).astype(np.float32)
    index = np.concatenate(triangles).astype(np.int32)
    places = _landmark_positions()
    face = np.arange(len(pieces[0][1][0]))
    front = face[neutral[face, 2] > 2]
    landmarks = np.array([front[np.argmin(np.abs(neutral[front, :2] - q).sum(1))] for q in places], np.int32)
    rng = np.random.default_rng(440)
    shapes = np.zeros((len(_SHAPES), len(neutral), 3), np.float32)
    centres = {"brow": 5.6, "eye": 3.6, "cheek": 0.5, "nose": 1.0, "mouth": -2.4, "jaw": -5.0}
    for k, name in enumerate(_SHAPES):
        part = next(p for p in centres if name.startswith(p))
        sign = 1.0 if name.endswith("_L") else -1.0 if name.endswith("_R") else 0.0
        centre = np.array([3.0 * sign, centres[part], 9.0])
        weight = np.exp(-(((neutral - centre) / np.array([2.2, 1.6, 4.0])) ** 2).sum(1))
        shapes[k] = weight[:, None] * rng.uniform(-0.8, 0.8, 3)
    down = np.exp(-(((neutral - [0, -5, 9]) / [4, 3, 5]) ** 2).sum(1))
    shapes[_SHAPES.index("jawOpen")] = down[:, None] * np.array([0, -3.0, -0.5])
    modes = (rng.standard_normal((4, 1, 3)) * neutral[None] * 0.02).astype(np.float16)
    return HeadAsset(
        neutral=neutral,
        identity_modes=modes,
        shapes=shapes,
        shape_names=_SHAPES,
        uv=np.concatenate(uvs).astype(np.float32),
        triangles=index,
        uv_triangles=index,
        material=np.concatenate(material).astype(np.int32),
        material_names=names,
        landmarks=landmarks,
        inner=np.zeros(len(neutral), np.float32),
    )
