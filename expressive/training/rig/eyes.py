"""What a mesh needs around the eyes: strips of lashes, and the gleam of a mirrored window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.spatial import ConvexHull

from expressive.training.rig.assets import FloatArray, HeadAsset, IntArray, piece_of
from expressive.training.rig.head import HeadRig

__all__ = ["LASHES", "cornea", "gleam", "lash_strips"]

LASHES = "M_EyeLashes"
_FRONT = 0.6  # of the eyeball's reach: the hull beyond is what mirrors
_LEFT_TO_RIGHT, _LOW_TO_HIGH, _STEPS = (-0.38, 0.34), (-0.16, 0.42), 3
"""Sines of the directions of normals between which the eye shader's two catch lights lie, seen from the front."""
_LIFT = 1.01  # above the cornea, to be seen in front of it


def lash_strips(asset: HeadAsset) -> npt.NDArray[np.bool_]:
    """Triangles (T,) of one strip of lashes for each lid: the model has several, close together.

    Of those of a lid the middle one is taken, from front to back.
    """
    if LASHES not in asset.material_names:
        return np.zeros(len(asset.triangles), bool)
    of = np.flatnonzero(asset.triangles_of(LASHES))
    t = asset.triangles[of]
    label = piece_of(t)
    strips = [of[label[t[:, 0]] == k] for k in np.unique(label[t[:, 0]])]
    middle = np.array([asset.neutral[asset.triangles[strip]].mean((0, 1)) for strip in strips])
    lids = asset.neutral[asset.landmarks]
    chosen = np.zeros(len(asset.triangles), bool)
    for side, lid in ((middle[:, 0] < 0, lids[36:42]), (middle[:, 0] >= 0, lids[42:48])):
        upper = middle[:, 1] > lid[:, 1].mean()
        for group in (np.flatnonzero(side & upper), np.flatnonzero(side & ~upper)):
            if len(group):
                chosen[strips[group[np.argsort(middle[group, 2])][len(group) // 2]]] = True
    return chosen


def cornea(rig: HeadRig, eye: int) -> tuple[FloatArray, float]:
    """Sphere through the front of an eyeball, at rest.

    Parameters
    ----------
    rig : HeadRig
        whose
    eye : int
        0 for the left one, 1 for the right one

    Returns
    -------
    tuple
        its middle, from the middle of the eyeball (3,), and its radius, in centimetres
    """
    index, centre = rig.eyes[eye]
    points = rig.base[index] - centre
    points = points[ConvexHull(points).vertices]
    points = points[points[:, 2] > _FRONT * points[:, 2].max()]

    def off(sphere: FloatArray) -> FloatArray:
        out: FloatArray = np.linalg.norm(points - sphere[:3], axis=1) - sphere[3]
        return out

    found = least_squares(off, [0.0, 0.0, 0.3, 1.3]).x
    return found[:3].astype(np.float32), float(found[3])


def gleam(rig: HeadRig, eye: int) -> tuple[FloatArray, FloatArray, IntArray]:
    """Patch on an eye in which the lamps are mirrored.

    Where a sphere mirrors a lamp depends on where the lamp and the camera are, and not on how the sphere is turned.

    Parameters
    ----------
    rig, eye
        as in :func:`cornea`

    Returns
    -------
    tuple
        vertices at rest (V, 3), texture coordinates (V, 2) in [0, 1] and triangles (T, 3), turning against the clock
    """
    middle, radius = cornea(rig, eye)
    u, v = np.meshgrid(np.linspace(0, 1, _STEPS), np.linspace(0, 1, _STEPS))
    x = _LEFT_TO_RIGHT[0] + u * np.ptp(_LEFT_TO_RIGHT)
    y = _LOW_TO_HIGH[1] - v * np.ptp(_LOW_TO_HIGH)
    normals = np.stack([x, y, np.sqrt(1 - x**2 - y**2)], -1).reshape(-1, 3)
    a = (np.arange(_STEPS - 1)[:, None] * _STEPS + np.arange(_STEPS - 1)).ravel()
    below = a + _STEPS
    triangles = np.concatenate([np.stack([a, below, a + 1], 1), np.stack([a + 1, below, below + 1], 1)])
    vertices = rig.eyes[eye][1] + middle + _LIFT * radius * normals
    return (
        vertices.astype(np.float32),
        np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
        triangles.astype(np.int32),
    )
