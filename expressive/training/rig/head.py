"""Controls to geometry: one character's mesh posed by the 61 face controls.

The ARKit names are mapped to the model's own shapes here, with the corrections that make them read: relaxed lids at
rest, brows that come straight down in anger, a skull that stays still under the hair, true eyeball rotation and a
tongue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.spatial import cKDTree

from expressive.core.controls import CONTROL_NAMES, N_CONTROLS
from expressive.face.geometry import INWARD_RAD, PIVOT, head_rotation, turn_head
from expressive.face.shapes import eye_sizes, shape_weights
from expressive.training.rig.assets import FloatArray, HeadAsset

__all__ = ["PIVOT", "HeadRig", "Posed", "covered_triangles", "head_rotation", "neck_weight", "smoothstep", "turn_head"]

_INDEX = {name: index for index, name in enumerate(CONTROL_NAMES)}


def smoothstep(low: float, high: float, x: FloatArray) -> FloatArray:
    """Cubic step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    out: FloatArray = (t * t * (3.0 - 2.0 * t)).astype(np.float32)
    return out


def covered_triangles(asset: HeadAsset, *, closed: bool = False) -> npt.NDArray[np.bool_]:
    """Which triangles (T,) a garment hides, closed or open in front: not drawn, so that no skin pokes through it."""
    p = asset.neutral
    outside = (p[:, 0] / 6.4) ** 2 + ((p[:, 2] + 0.7) / 6.5) ** 2 > 1.0
    hidden = ((p[:, 1] < -12.6) & (p[:, 2] < 0.5)) | (closed & (p[:, 1] < -13.6)) | ((p[:, 1] < -9.5) & outside)
    return np.asarray(hidden[asset.triangles].all(1), np.bool_)


def neck_weight(points: FloatArray) -> FloatArray:
    """Share (n,) of the head's rotation that points (n, 3) follow: 1 on the head, 0 on the shoulders."""
    return smoothstep(-14.5, -7.0, points[:, 1])


@dataclass(frozen=True)
class Posed:
    """A posed head, before the head rotation, which the graphics card applies."""

    vertices: FloatArray
    """positions (V, 3)"""
    normals: FloatArray
    """unit normals (V, 3)"""
    rotation: FloatArray
    """head rotation (3, 3)"""
    pupils: FloatArray
    """centres of the right and the left pupil (2, 3)"""
    wrinkles: FloatArray
    """strength of the eight wrinkle layers (8,), see ``skin.WRINKLE_LAYERS``"""


def _sculpt(asset: HeadAsset, vertices: FloatArray, options: dict[str, float]) -> FloatArray:
    """Push features about so that a cast looks like a cast: local scalings around landmarks."""
    v = vertices.copy()
    lm = v[asset.landmarks]

    def scale(centre: FloatArray, radius: float, factor: tuple[float, float, float], core: float = 0.0) -> None:
        distance = np.linalg.norm(vertices - centre, axis=1)
        weight = 1.0 - smoothstep(core, radius, distance)
        v[:] += ((vertices - centre) * (np.array(factor, np.float32) - 1.0) * weight[:, None]).astype(np.float32)

    if k := options.get("eye_size", 0.0):
        for lid in (lm[36:42], lm[42:48]):
            centre = lid.mean(0) - np.array([0, 0, 1.4], np.float32)
            scale(centre, 3.4, (1 + k, 1 + k, 1 + k), core=1.9)
    if k := options.get("eye_narrow", 0.0):
        for lid in (lm[36:42], lm[42:48]):
            scale(lid.mean(0), 2.2, (1.0, 1 - k, 1.0))
    if k := options.get("nose_width", 0.0):
        scale(lm[33], 3.0, (1 + k, 1.0, 1.0))
    if k := options.get("nose_size", 0.0):
        scale(lm[30] - np.array([0, 0, 1.5], np.float32), 3.4, (1 + k, 1 + k, 1 + k))
    if k := options.get("lips", 0.0):
        scale(lm[48:60].mean(0), 2.6, (1.0, 1 + k, 1 + 0.5 * k))
    if k := options.get("mouth_width", 0.0):
        scale(lm[48:60].mean(0), 4.0, (1 + k, 1.0, 1.0))
    if k := options.get("jaw_width", 0.0):
        weight = smoothstep(3.5, -2.5, vertices[:, 1]) * smoothstep(-9.5, -5.0, vertices[:, 1])
        weight *= smoothstep(2.0, 5.5, np.abs(vertices[:, 0]))
        v[:, 0] += k * vertices[:, 0] * weight
    if k := options.get("chin", 0.0):
        weight = 1.0 - smoothstep(0.5, 4.5, np.linalg.norm(vertices - lm[8], axis=1))
        v[:, 1] -= k * weight
        v[:, 2] += 0.4 * k * weight
    if k := options.get("brow_ridge", 0.0):
        for brow in (lm[17:22], lm[22:27]):
            weight = 1.0 - smoothstep(0.3, 2.8, np.linalg.norm(vertices - brow.mean(0), axis=1))
            v[:, 2] += k * weight
            v[:, 1] -= 0.5 * k * weight
    return v


class HeadRig:
    """The mesh of one character.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    identity : FloatArray [shape=(n_modes,), unit=standard deviations]
        weights of the identity modes
    sculpt : dict[str, float] | None
        local changes, such as ``{"eye_size": 0.08}``
    """

    def __init__(self, asset: HeadAsset, identity: FloatArray, sculpt: dict[str, float] | None = None) -> None:
        self.asset = asset
        identity = np.asarray(identity, np.float32)[: len(asset.identity_modes)]
        modes = asset.identity_modes[: len(identity)].astype(np.float32)
        base = asset.neutral + np.tensordot(identity, modes, 1)
        self.base: FloatArray = _sculpt(asset, base.astype(np.float32), sculpt or {})
        self._shape_index = {name: index for index, name in enumerate(asset.shape_names)}
        count = len(asset.triangles)
        self._scatter = coo_matrix(
            (np.ones(3 * count, np.float32), (asset.triangles.T.ravel(), np.tile(np.arange(count), 3))),
            (len(self.base), count),
        ).tocsr()
        # the skull under the hair does not follow brows and cheeks
        self._free = (1.0 - smoothstep(8.0, 10.2, asset.neutral[:, 1]))[:, None]
        self._eyes = [self._eyeball("Left"), self._eyeball("Right")]
        self._tongue = self._tongue_weight()
        self._moves = self._moving()

    @cached_property
    def mean(self) -> HeadRig:
        """The mean head: this one without an identity."""
        return HeadRig(self.asset, np.zeros(1, np.float32))

    # ---- parts -------------------------------------------------------------------------------------------------

    def _eyeball(self, side: str) -> tuple[npt.NDArray[np.int32], FloatArray]:
        sclera = self.asset.vertices_of(f"M_Sclera{side}")
        index = np.union1d(sclera, self.asset.vertices_of(f"M_Iris{side}")).astype(np.int32)
        low, high = self.base[sclera].min(0), self.base[sclera].max(0)
        centre = (low + high) / 2
        centre[2] = low[2] + (high[0] - low[0]) / 2  # the cornea bulges forward: measure from the back
        return index, centre.astype(np.float32)

    def neck_size(self) -> tuple[float, float]:
        """Width and depth of the neck against the mean head's."""
        near = (np.abs(self.asset.neutral[:, 1] + 10.2) < 0.8) & (self.asset.inner == 0)
        if not near.any():
            return 1.0, 1.0
        ratio = np.ptp(self.base[near], axis=0) / np.maximum(np.ptp(self.asset.neutral[near], axis=0), 1e-6)
        return float(max(ratio[0], 0.95)), float(max(ratio[2], 0.95))

    @property
    def eyes(self) -> list[tuple[npt.NDArray[np.int32], FloatArray]]:
        """Vertices and rotation centre of the left and the right eyeball."""
        return self._eyes

    def _brow_corrective(self) -> dict[str, FloatArray]:
        """Extra offset of browDown: the inner end comes down and in, the outer end a little up: a straight brow."""
        out = {}
        lm = self.asset.neutral[self.asset.landmarks]
        for side, inner, outer, sign in (("L", lm[22], lm[25], -1.0), ("R", lm[21], lm[18], 1.0)):
            delta = np.zeros_like(self.base)
            for anchor, move, radius in ((inner, (0.08 * sign, -0.30, 0.10), 2.3), (outer, (0.0, 0.12, 0.0), 2.2)):
                distance = np.linalg.norm(self.asset.neutral - anchor, axis=1)
                weight = 1.0 - smoothstep(0.0, radius, distance)
                delta += weight[:, None] * np.array(move, np.float32)
            lid = lm[42:48] if side == "L" else lm[36:42]
            keep = smoothstep(lid[:, 1].max() + 0.2, lid[:, 1].max() + 1.1, self.asset.neutral[:, 1])
            out[side] = (delta * keep[:, None]).astype(np.float32)
        return out

    def _tongue_weight(self) -> FloatArray:
        """How far each vertex follows the tongue (V,): the tip wholly, the root not."""
        weight = np.zeros(len(self.base), np.float32)
        index = self.asset.vertices_of("M_GumsTongue") if "M_GumsTongue" in self.asset.material_names else None
        if index is None or "jawOpen" not in self._shape_index:
            return weight
        p = self.asset.neutral[index]
        moves = np.linalg.norm(self.asset.shapes[self._shape_index["jawOpen"]][index], axis=1) > 1.0
        w = smoothstep(3.5, 8.8, p[:, 2]) * (1 - smoothstep(1.5, 1.95, np.abs(p[:, 0])))
        w *= 1 - smoothstep(9.45, 9.75, p[:, 2])
        weight[index] = w * moves
        return weight

    def _pupil_depth(self, index: npt.NDArray[np.int32], centre: FloatArray) -> float:
        """Distance of the cornea's pole from the eyeball's centre."""
        offset = self.base[index] - centre
        near = offset[np.hypot(offset[:, 0], offset[:, 1]) < 0.35]
        return float(near[:, 2].max()) if len(near) else 1.5

    # ---- posing ------------------------------------------------------------------------------------------------

    def offsets(self) -> tuple[tuple[str, ...], FloatArray]:
        """What the controls move.

        Returns
        -------
        tuple
            names (K,) of what :func:`expressive.face.shapes.shape_weights` weighs, with ``tongueOut``, and the offsets
            of the vertices (K, V, 3) at weight 1
        """
        return tuple(self._moves), np.stack(list(self._moves.values()))

    def _moving(self) -> dict[str, FloatArray]:
        weighed = shape_weights(np.zeros(N_CONTROLS, np.float32), self._shape_index)
        out: dict[str, FloatArray] = {}
        flat = self._brow_corrective()
        for name in weighed:
            if name in self._shape_index:
                offset = self.asset.shapes[self._shape_index[name]].copy()
                if name.startswith("browDown_"):
                    offset += flat[name[-1]]
                out[name] = (offset * self._free).astype(np.float32)
        tongue = self._tongue[:, None] * np.array([0.0, 0.95, 2.5], np.float32)
        tongue[:, 1] += self._tongue**2 * 0.45
        return out | {"tongueOut": tongue.astype(np.float32)}

    def pose(self, controls: FloatArray) -> Posed:
        """Pose the mesh.

        Parameters
        ----------
        controls : FloatArray [shape=(61,)]
            face controls in their own units

        Returns
        -------
        Posed
            vertices and normals before the head rotation
        """
        weights = shape_weights(controls, self._shape_index) | {"tongueOut": float(controls[_INDEX["tongueOut"]])}
        v = self.base.copy()
        for name, offset in self._moves.items():
            if weights[name]:
                v += offset * np.float32(weights[name])
        pupils = []
        eyes = zip(self._eyes, ("left", "right"), (-INWARD_RAD, INWARD_RAD), eye_sizes(controls), strict=True)
        for (index, centre), side, inward, size in eyes:
            yaw, pitch = (float(controls[_INDEX[f"{side}Eye{axis}"]]) for axis in ("Yaw", "Pitch"))
            turn = size * head_rotation(yaw + inward, pitch, 0.0)
            v[index] = (self.base[index] - centre) @ turn.T + centre
            pupils.append(centre + turn[:, 2] * self._pupil_depth(index, centre))
        angles = [float(controls[_INDEX[name]]) for name in ("headYaw", "headPitch", "headRoll")]
        return Posed(
            v,
            self.normals(v),
            head_rotation(*angles),
            np.stack(pupils[::-1]).astype(np.float32),
            self._wrinkles(controls),
        )

    def _wrinkles(self, controls: FloatArray) -> FloatArray:
        c = {name: float(controls[i]) for name, i in _INDEX.items()}

        def pair(name: str, side: str) -> float:
            return c[f"{name}{side}"]

        out = np.zeros(8, np.float32)
        out[0] = 0.65 * c["browInnerUp"] + 0.3 * (c["browOuterUpLeft"] + c["browOuterUpRight"])
        out[1] = 0.5 * (c["browDownLeft"] + c["browDownRight"]) * 1.1 + 0.25 * c["browInnerUp"]
        for k, side in enumerate(("Left", "Right")):
            out[2 + k] = (
                0.5 * pair("cheekSquint", side) + 0.4 * pair("eyeSquint", side) + 0.3 * pair("mouthSmile", side)
            )
            out[4 + k] = (
                0.7 * pair("mouthSmile", side) + 0.5 * pair("noseSneer", side) + 0.4 * pair("mouthUpperUp", side)
            )
        out[6] = 0.5 * (c["noseSneerLeft"] + c["noseSneerRight"])
        out[7] = 0.7 * c["mouthShrugLower"] + 0.3 * (c["mouthFrownLeft"] + c["mouthFrownRight"]) * 0.8
        return np.clip(out, 0.0, 1.0)

    def normals(self, v: FloatArray) -> FloatArray:
        """Area-weighted vertex normals (V, 3) of positions (V, 3)."""
        a, b, c = (v[self.asset.triangles[:, k]] for k in range(3))
        n = self._scatter @ np.cross(b - a, c - a)
        out: FloatArray = (n / np.maximum(np.sqrt((n * n).sum(1, keepdims=True)), 1e-9)).astype(np.float32)
        return out

    def border_blend(self) -> FloatArray:
        """1 on the back of the head, falling to 0 inside the textured face (V,), so that no seam shows."""
        out = np.zeros(len(self.base), np.float32)
        back = self.asset.vertices_of("M_BackHead") if "M_BackHead" in self.asset.material_names else None
        if back is None:
            return out
        outer = back[self.asset.inner[back] == 0]
        face = self.asset.vertices_of("M_Face")
        border = np.intersect1d(outer, face)
        out[outer] = 1.0
        if len(border):
            distance, _ = cKDTree(self.asset.neutral[border]).query(self.asset.neutral[face])
            # the mouth's edge touches the inner part only, so the border is hairline, ears and neck
            out[face] = 1.0 - smoothstep(0.0, 1.6, distance.astype(np.float32))
        return out
