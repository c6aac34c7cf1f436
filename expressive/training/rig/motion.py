"""Exact motion: where points of a character are in a frame, and the place that each keeps in a texture.

A generator that knows this can move a character's own pictures about instead of inventing it anew in every frame. There
are three: skin, hair and what is worn on the head, unrolled from a cylinder around the head, with the eyes half shut so
that the lids are spread out; eyes and teeth, in a front view with the mouth open; and the clothes, in a front view.
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
from expressive.training.rig.cloth import earrings, garment, glasses
from expressive.training.rig.hair import head_hair, scalp_mask
from expressive.training.rig.head import HeadRig, neck_weight, turn_head

__all__ = ["GROUPS", "MOTION_FILE", "MOTION_POINTS", "Motion", "MotionPoints", "pack_places", "unpack_places"]

MOTION_FILE = "motion.npy"
"""the place in its texture of each point (P, 2), one file for each character beside its frames"""

_SKIN, _HAIR, _WORN, _EYE, _TEETH, _BODY = 960, 200, 40, 48, 64, 120  # points of each; hair and worn are among skin's
_INNER = 2 * _EYE + _TEETH
GROUPS = (slice(0, _SKIN), slice(_SKIN, _SKIN + _INNER), slice(_SKIN + _INNER, _SKIN + _INNER + _BODY))
"""points of each picture: skin, inner, body"""

MOTION_POINTS = _SKIN + _INNER + _BODY
"""how many there are"""

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


class MotionPoints:
    """Follows points of one character's head and shoulders.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    member : Member
        who
    """

    def __init__(self, asset: HeadAsset, member: Member) -> None:
        rig = self._rig = HeadRig(asset, member.identity, member.sculpt)
        self._mesh = len(rig.base)
        surface = np.union1d(asset.vertices_of("M_Face"), asset.vertices_of("M_BackHead"))
        surface = surface[(asset.inner[surface] == 0) & (asset.neutral[surface, 1] > -12.0)]
        self._frame_cylinder(rig.base[surface])
        hair = head_hair(rig, member.hair, seed=member.seed).points.reshape(-1, 3) if member.hair.count else _NOTHING
        if len(hair):  # nobody sees the scalp under it
            surface = surface[scalp_mask(asset, member.hair.hairline)[surface] < 0.5]
            hair = _spread(hair[np.abs(self._unroll(hair)).max(1) < 0.97], 3000, 4)
        worn = [part.vertices for part in (member.glasses and glasses(rig), member.earrings and earrings(rig)) if part]
        things = _spread(np.concatenate(worn), _WORN, 5) if worn else _NOTHING
        cloth = garment(member.garment, seed=member.seed, neck=rig.neck_size()).vertices
        self._rigid: FloatArray = np.concatenate([hair, things, cloth]).astype(np.float32)
        self._rigid_follow = neck_weight(self._rigid)
        self._rigid_follow[len(hair) : len(hair) + len(things)] = 1.0
        at = self._mesh + np.cumsum([0, len(hair), len(things), len(cloth)])  # where each begins among all points
        skin = [asset.landmarks, _spread(np.arange(at[0], at[1]), min(_HAIR, len(hair)), 6), np.arange(at[1], at[2])]
        skin.append(_spread(surface, _SKIN - sum(map(len, skin)), 1))
        eyes = [_spread(index, _EYE, 2) for index, _ in rig.eyes]
        body = _spread(np.arange(at[2], at[3]), _BODY, 7)
        self._chosen = np.concatenate([*skin, *eyes, _spread(asset.vertices_of("M_Teeth"), _TEETH, 3), body])
        self._in_front = np.concatenate([surface, np.arange(at[0], at[1]), np.arange(at[2], at[3])])
        self._always = np.zeros(MOTION_POINTS, bool)  # thin things in front of the face, and what lids and lips cover
        self._always[GROUPS[0]] = (self._chosen[GROUPS[0]] >= at[1]) & (self._chosen[GROUPS[0]] < at[2])
        self._always[GROUPS[1]] = True
        self._follow = neck_weight(rig.base)
        self.canonical: FloatArray = self._canonical()
        """place of each point in its texture (P, 2), [-1, 1], in the order of ``GROUPS``"""

    def _canonical(self) -> FloatArray:
        skin, inner, body = (self._chosen[group] for group in GROUPS)
        spread = self._points(eyeBlinkLeft=0.7, eyeBlinkRight=0.7, jawOpen=0.15)[skin]
        return np.concatenate([
            np.clip(self._unroll(spread), -1, 1), _fit(project(self._points(jawOpen=0.5)[inner])),
            _fit(project(self._points()[body])),
        ]).astype(np.float32)  # fmt: skip

    def _points(self, **values: float) -> FloatArray:
        controls = np.zeros(N_CONTROLS, np.float32)
        for name, value in values.items():
            controls[CONTROL_INDEX[name]] = value
        return np.concatenate([self._rig.pose(controls).vertices, self._rigid])

    def _frame_cylinder(self, head: FloatArray) -> None:
        self._axis = (head[:, 2].min() + head[:, 2].max()) / 2 - 1.0
        self._low, self._high = head[:, 1].min(), head[:, 1].max() + 2.5  # room for hair above the scalp

    def _unroll(self, p: FloatArray) -> FloatArray:
        u = np.arctan2(p[:, 0], p[:, 2] - self._axis) / _WIDEST_RAD
        y = 1.0 - 2.0 * (p[:, 1] - self._low) / (self._high - self._low)
        return np.stack([u, y], 1)

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
        v = np.concatenate([
            turn_head(posed.vertices, posed.rotation, self._follow),
            turn_head(self._rigid, posed.rotation, self._rigid_follow),
        ])  # fmt: skip
        places = project(v)
        cell = np.clip(((places * 0.5 + 0.5) * _CELLS).astype(int), 0, _CELLS - 1) @ np.array([1, _CELLS])
        nearest = np.full(_CELLS * _CELLS, -np.inf, np.float32)
        np.maximum.at(nearest, cell[self._in_front], v[self._in_front, 2])
        chosen = self._chosen
        seen = self._always | (v[chosen, 2] > nearest[cell[chosen]] - _DEPTH)
        mesh = chosen < self._mesh
        normal = posed.normals[chosen[mesh]]
        turned = normal + self._follow[chosen[mesh], None] * (normal @ posed.rotation.T - normal)
        seen[mesh] &= turned[:, 2] > 0.12
        return Motion(places[chosen], seen)


_NOTHING = np.zeros((0, 3), np.float32)


def _spread(candidates: npt.NDArray[Any], count: int, seed: int) -> npt.NDArray[Any]:
    """So many of the candidates, drawn at random; a small mesh repeats some."""
    order = np.random.default_rng(seed).permutation(len(candidates))
    return candidates[np.resize(order, count)]


def _fit(places: FloatArray) -> FloatArray:
    low, high = places.min(0), places.max(0)
    out: FloatArray = (places - low) / (high - low) * 1.8 - 0.9
    return out
