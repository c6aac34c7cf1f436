"""Is everybody drawn as themselves: nearest renders, what bleeds in from others, and colours of each part.

All of it needs no network to judge: frames are compared at 32², where a person's shape and colours are all there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.face.frames import FrameArray
from expressive.training.pairs import Pairs, over_grey

__all__ = ["PARTS", "bleeding", "colour_difference", "nearest_is_right", "resemblance"]

_EDGE = 32

PARTS = {"skin": [30, 36, 48], "lips": [56, 57, 58, 65, 66, 67], "brows": [18, 19, 20], "hair": [], "clothes": []}
"""parts whose colours are compared, and the landmarks whose middle is theirs; see :func:`_place` for the others"""

FloatArray = npt.NDArray[np.float32]


def _small(frames: FrameArray) -> FloatArray:
    """Frames (n, H, W, 4) as vectors of their means over a grid of 32 (n, 32 · 32 · 3)."""
    n, edge = frames.shape[:2]
    k = edge // _EDGE
    if k <= 1:
        return over_grey(frames).reshape(n, -1)
    blocks = frames[:, : k * _EDGE, : k * _EDGE].reshape(n, _EDGE, k, _EDGE, k, 4)
    means = blocks.mean((2, 4), dtype=np.float32) / 255
    out: FloatArray = (means[..., :3] + (1 - means[..., 3:]) * 0.5).reshape(n, -1)
    return out


def nearest_is_right(frames: FloatArray, renders: FloatArray, identity: npt.NDArray[np.int64]) -> float:
    """Share of frames whose nearest render, other than the one of the same controls, is of the same character."""
    distance = (frames**2).sum(1)[:, None] - 2 * frames @ renders.T + (renders**2).sum(1)[None]
    np.fill_diagonal(distance, np.inf)
    return float((identity[distance.argmin(1)] == identity).mean())


def bleeding(fake: FloatArray, real: FloatArray, identity: npt.NDArray[np.int64]) -> FloatArray:
    """How much of somebody else is in each frame (n,), as a share of the difference between the two people.

    The error of a frame is projected onto the way from its own character's mean render to each other's: 0 is nothing of
    anybody else, 1 another person altogether.
    """
    known = np.unique(identity)
    means = {int(i): real[identity == i].mean(0) for i in known}
    out = np.zeros(len(fake), np.float32)
    for i in known:
        rows = identity == i
        error = fake[rows] - real[rows]
        shares = [
            error @ way / max(float(way @ way), 1e-9)
            for way in (means[int(j)] - means[int(i)] for j in known if j != i)
        ]
        if shares:
            out[rows] = np.max(shares, axis=0)
    return out


def _lab(rgb: FloatArray) -> FloatArray:
    """CIE L*a*b* of sRGB in [0, 1] (..., 3), D65."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    out = np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
    return out.astype(np.float32)


def _place(part: str, landmarks: FloatArray, alpha: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Where a part is (x, y): cheek, lower lip and right brow by landmarks, hair at the crown, clothes at the hem."""
    edge = len(alpha)
    if part == "clothes":
        return edge / 2, edge * 0.95
    if part == "hair":
        x = float(landmarks[17:27, 0].mean())
        solid = alpha[:, int(np.clip(x, 0, edge - 1))] > 250
        return x, float(solid.argmax()) + edge * 0.025
    x, y = landmarks[PARTS[part]].mean(0)
    return float(x), float(y)


def colour_difference(pairs: Pairs) -> dict[str, FloatArray]:
    """Difference of each part's mean colour from the render's (n,), CIE 1976 ΔE; 2.3 is just noticeable."""
    edge = pairs.resolution
    half = max(1, round(edge * 3 / 256))
    out: dict[str, list[float]] = {part: [] for part in PARTS}
    for k, points in enumerate(pairs.landmarks):
        for part, values in out.items():
            x, y = _place(part, points, pairs.real[k, ..., 3])
            row, column = (int(np.clip(v, half, edge - half - 1)) for v in (y, x))
            window = (k, slice(row - half, row + half + 1), slice(column - half, column + half + 1))
            a, b = (_lab(over_grey(frames[window]).mean((0, 1))) for frames in (pairs.fake, pairs.real))
            values.append(float(np.linalg.norm(a - b)))
    return {part: np.array(values, np.float32) for part, values in out.items()}


def resemblance(pairs: Pairs) -> dict[str, Any]:
    """Judge whether frames look like their own character.

    Parameters
    ----------
    pairs : Pairs
        frames of several characters

    Returns
    -------
    dict[str, Any]
        ``nearest_right`` and ``nearest_right_of_renders``: share of frames whose nearest other render is of the same
        character; ``bleed`` and ``bleed_p99``: mean and 99th percentile of :func:`bleeding`; ``colour``: mean ΔE of
        each part; ``by_identity``: the same for each character
    """
    fake, real = _small(pairs.fake), _small(pairs.real)
    share, colours = bleeding(fake, real, pairs.identity), colour_difference(pairs)

    def row(index: list[int]) -> dict[str, float]:
        out = {"bleed": round(float(share[index].mean()), 4)}
        return out | {f"colour_{part}": round(float(values[index].mean()), 2) for part, values in colours.items()}

    return {
        "nearest_right": round(nearest_is_right(fake, real, pairs.identity), 4),
        "nearest_right_of_renders": round(nearest_is_right(real, real, pairs.identity), 4),
        "bleed_p99": round(float(np.percentile(share, 99)), 4),
        **row(list(range(len(pairs)))),
        "by_identity": {name: row(index) for name, index in pairs.rows(pairs.who()).items()},
    }
