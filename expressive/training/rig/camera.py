"""The fixed camera: projections, and where points land in the picture."""

from __future__ import annotations

import numpy as np

from expressive.face.geometry import CAMERA
from expressive.training.rig.assets import FloatArray

__all__ = ["CAMERA_POSITION", "camera_matrix", "look_at", "orthographic", "perspective", "project"]

CAMERA_POSITION = np.array([0, CAMERA.centre_y, CAMERA.distance], np.float32)
"""where the camera stands; it looks along -z"""


def perspective(height: float, distance: float, near: float = 20.0, far: float = 200.0) -> FloatArray:
    """Projection (4, 4) that shows ``height`` at ``distance``."""
    t = 2 * distance / height
    m = np.zeros((4, 4), np.float32)
    m[0, 0] = m[1, 1] = t
    m[2, 2], m[2, 3], m[3, 2] = (far + near) / (near - far), 2 * far * near / (near - far), -1
    return m


def look_at(position: FloatArray, target: FloatArray) -> FloatArray:
    """View matrix (4, 4) of an eye at ``position``."""
    f = (target - position) / np.linalg.norm(target - position)
    s = np.cross(f, [0, 1, 0])
    s /= np.linalg.norm(s)
    m = np.eye(4, dtype=np.float32)
    m[:3, :3] = np.stack([s, np.cross(s, f), -f])
    m[:3, 3] = -m[:3, :3] @ position
    return m


def orthographic(radius: float, near: float, far: float) -> FloatArray:
    """Parallel projection (4, 4) of a square of that half edge."""
    m = np.eye(4, dtype=np.float32)
    m[0, 0] = m[1, 1] = 1 / radius
    m[2, 2], m[2, 3] = -2 / (far - near), -(far + near) / (far - near)
    return m


def camera_matrix() -> FloatArray:
    """View and projection (4, 4) of every frame."""
    target = np.array([0, CAMERA.centre_y, 0], np.float32)
    return perspective(CAMERA.height, CAMERA.distance) @ look_at(CAMERA_POSITION, target)


def project(points: FloatArray) -> FloatArray:
    """Places (n, 2) of points (n, 3) in the picture: x to the right and y down, [-1, 1] within it."""
    clip = np.concatenate([points, np.ones((len(points), 1), np.float32)], 1) @ camera_matrix().T
    return (clip[:, :2] / clip[:, 3:] * np.array([1.0, -1.0], np.float32)).astype(np.float32)
