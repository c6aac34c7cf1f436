"""Exact motion: where points of skin, eyes and teeth are in a frame, and the place that each keeps in a texture.

A generator that knows this can move a character's own texture about instead of inventing it anew in every frame. The
skin is unrolled from a cylinder around the head, with the eyes half shut so that the lids are spread out; eyes and
teeth keep their place in a front view with the mouth open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS
from expressive.training.rig.assets import FloatArray, HeadAsset
from expressive.training.rig.camera import project
from expressive.training.rig.cast import Member
from expressive.training.rig.head import HeadRig, Posed, neck_weight, turn_head

__all__ = ["MOTION_FILE", "MOTION_POINTS", "SKIN_POINTS", "Motion", "MotionPoints", "pack_places", "unpack_places"]

MOTION_FILE = "motion.npy"
"""the place in its texture of each point (P, 2), one file for each character beside its frames"""

SKIN_POINTS, _EYE_POINTS, _TEETH_POINTS = 720, 48, 64
MOTION_POINTS = SKIN_POINTS + 2 * _EYE_POINTS + _TEETH_POINTS
_WIDEST_RAD = 2.2  # the camera never sees further round the head
_CELLS, _DEPTH = 64, 0.9  # of the coarse depth buffer, and how far behind its surface still counts as seen


_PLACE_STEPS = 16384.0  # of an int16: [-2, 2)


def pack_places(places: FloatArray) -> npt.NDArray[np.int16]:
    """Places in the picture as they are stored, to a hundredth of a pixel; :func:`unpack_places` undoes it."""
    return np.clip(np.round(places * _PLACE_STEPS), -32768, 32767).astype(np.int16)


def unpack_places(packed: Any) -> Any:
    """Places in the picture, [-1, 1], of an int16 array or tensor."""
    return packed / _PLACE_STEPS


@dataclass(frozen=True)
class Motion:
    """Points of one frame."""

    places: FloatArray
    """where they are in the picture (P, 2): x to the right, y down, [-1, 1]"""
    seen: npt.NDArray[np.bool_]
    """whether the camera sees them (P,)"""


def _spread(candidates: npt.NDArray[np.int32], count: int, seed: int) -> npt.NDArray[np.int32]:
    chosen = np.random.default_rng(seed).permutation(candidates)
    return np.resize(chosen, count)  # a small mesh repeats some, so that every character has as many


class MotionPoints:
    """Follows points of one character's head.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    member : Member
        whose head
    """

    def __init__(self, asset: HeadAsset, member: Member) -> None:
        self._rig = HeadRig(asset, member.identity, member.sculpt)
        surface = np.union1d(asset.vertices_of("M_Face"), asset.vertices_of("M_BackHead"))
        surface = surface[(asset.inner[surface] == 0) & (asset.neutral[surface, 1] > -12.0)].astype(np.int32)
        self._surface = surface
        skin = np.concatenate([asset.landmarks, _spread(surface, SKIN_POINTS - len(asset.landmarks), 1)])
        eyes = [_spread(index, _EYE_POINTS, 2) for index, _ in self._rig.eyes]
        self._index = np.concatenate([skin, *eyes, _spread(asset.vertices_of("M_Teeth"), _TEETH_POINTS, 3)])
        self._follow = neck_weight(self._rig.base)
        self.canonical: FloatArray = np.concatenate([self._unrolled(skin), self._front(self._index[SKIN_POINTS:])])
        """place of each point in its texture (P, 2), [-1, 1]; the first ``SKIN_POINTS`` are skin"""

    def _pose(self, **values: float) -> Posed:
        controls = np.zeros(N_CONTROLS, np.float32)
        for name, value in values.items():
            controls[CONTROL_INDEX[name]] = value
        return self._rig.pose(controls)

    def _unrolled(self, index: npt.NDArray[np.int32]) -> FloatArray:
        v = self._pose(eyeBlinkLeft=0.7, eyeBlinkRight=0.7, jawOpen=0.15).vertices
        head = v[self._surface]
        axis = (head[:, 2].min() + head[:, 2].max()) / 2 - 1.0
        low, high = head[:, 1].min(), head[:, 1].max() + 2.5  # room for hair above the scalp
        p = v[index]
        u = np.arctan2(p[:, 0], p[:, 2] - axis) / _WIDEST_RAD
        y = 1.0 - 2.0 * (p[:, 1] - low) / (high - low)
        out: FloatArray = np.clip(np.stack([u, y], 1), -1, 1).astype(np.float32)
        return out

    def _front(self, index: npt.NDArray[np.int32]) -> FloatArray:
        p = project(self._pose(jawOpen=0.5).vertices[index])
        low, high = p.min(0), p.max(0)
        out: FloatArray = ((p - low) / (high - low) * 1.8 - 0.9).astype(np.float32)
        return out

    def follow(self, controls: FloatArray) -> Motion:
        """Find the points in a frame.

        Parameters
        ----------
        controls : FloatArray [shape=(61,)]
            face controls

        Returns
        -------
        Motion
            their places, and which are seen
        """
        posed = self._rig.pose(np.asarray(controls, np.float32))
        v = turn_head(posed.vertices, posed.rotation, self._follow)
        facing = posed.normals + self._follow[:, None] * (posed.normals @ posed.rotation.T - posed.normals)
        cell = np.clip(((project(v) * 0.5 + 0.5) * _CELLS).astype(int), 0, _CELLS - 1) @ np.array([1, _CELLS])
        nearest = np.full(_CELLS * _CELLS, -np.inf, np.float32)
        np.maximum.at(nearest, cell[self._surface], v[self._surface, 2])
        index = self._index
        seen = facing[index, 2] > 0.12
        skin = index[:SKIN_POINTS]
        seen[:SKIN_POINTS] &= v[skin, 2] > nearest[cell[skin]] - _DEPTH
        return Motion(project(v[index]), seen)
