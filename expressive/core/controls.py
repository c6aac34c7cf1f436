"""The 61 numbers that pose a face: the Live Link Face layout.

Sources
-------
Names and order of the 52 blendshapes: Apple, ``ARFaceAnchor.BlendShapeLocation``. Order of the nine angles after them:
Epic Games, Live Link Face CSV. Limits of the angles: the range in which the shipped faces were trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_finite
from expressive.core.errors import ParameterError, UnknownNameError

__all__ = [
    "ARKIT_SHAPES",
    "CONTROL_HIGH",
    "CONTROL_INDEX",
    "CONTROL_LOW",
    "CONTROL_NAMES",
    "EYE_PITCH_LIMIT_RAD",
    "EYE_YAW_LIMIT_RAD",
    "N_CONTROLS",
    "FaceControls",
]

ARKIT_SHAPES = (
    *(f"eye{part}Left" for part in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")),
    *(f"eye{part}Right" for part in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")),
    *("jawForward", "jawLeft", "jawRight", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"),
    *(f"mouth{part}{side}" for part in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *(f"mouth{part}{side}" for part in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")),
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut"),
)
"""The 52 ARKit blendshapes in Apple's order; Left and Right are the character's own."""

HEAD_AND_EYES = (
    *("headYaw", "headPitch", "headRoll"),
    *("leftEyeYaw", "leftEyePitch", "leftEyeRoll"),
    *("rightEyeYaw", "rightEyePitch", "rightEyeRoll"),
)

CONTROL_NAMES = (*ARKIT_SHAPES, *HEAD_AND_EYES)
"""All 61 names in order."""

N_CONTROLS = len(CONTROL_NAMES)
CONTROL_INDEX = {name: i for i, name in enumerate(CONTROL_NAMES)}

EYE_YAW_LIMIT_RAD = 0.50
EYE_PITCH_LIMIT_RAD = 0.40
_HEAD_LIMITS_RAD = (0.40, 0.30, 0.25)
_EYE_LIMITS_RAD = (EYE_YAW_LIMIT_RAD, EYE_PITCH_LIMIT_RAD, 0.0)
_ANGLE_LIMITS_RAD = (*_HEAD_LIMITS_RAD, *_EYE_LIMITS_RAD, *_EYE_LIMITS_RAD)

CONTROL_LOW = np.array([0.0] * len(ARKIT_SHAPES) + [-x for x in _ANGLE_LIMITS_RAD], dtype=np.float32)
"""Smallest value of each control [shape=(61,)]: 0 for a blendshape, radians for an angle."""
CONTROL_HIGH = np.array([1.0] * len(ARKIT_SHAPES) + list(_ANGLE_LIMITS_RAD), dtype=np.float32)
"""Largest value of each control [shape=(61,)]."""
CONTROL_LOW.setflags(write=False)
CONTROL_HIGH.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class FaceControls:
    """A pose of the face.

    Blendshapes lie in [0, 1]. Angles are in radians: yaw > 0 turns or looks to the character's own left (the viewer's
    right), pitch > 0 looks up, roll > 0 tilts the head to the character's own left shoulder.
    """

    values: npt.NDArray[np.float32]
    """float32 [shape=(61,)], in the order of :data:`CONTROL_NAMES`, read-only"""

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float32)
        if values.shape != (N_CONTROLS,):
            raise ParameterError(f"controls have shape {values.shape}; they must be {N_CONTROLS} numbers")
        if not np.isfinite(values).all():
            bad = CONTROL_NAMES[int(np.flatnonzero(~np.isfinite(values))[0])]
            raise ParameterError(f"{bad} is not a finite number")
        np.maximum(values, CONTROL_LOW, out=values)  # a third of what np.clip takes
        np.minimum(values, CONTROL_HIGH, out=values)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    @classmethod
    def of(cls, controls: Mapping[str, float] | None = None, /, **more: float) -> FaceControls:
        """Build from names; what is not named is 0, what is out of range is clipped.

        Examples
        --------
        >>> FaceControls.of(jawOpen=0.25)["jawOpen"]
        0.25
        """
        values = np.zeros(N_CONTROLS, dtype=np.float32)
        for name, value in {**(controls or {}), **more}.items():
            if name not in CONTROL_INDEX:
                raise UnknownNameError("control", name, CONTROL_NAMES)
            values[CONTROL_INDEX[name]] = check_finite(name, value)
        return cls(values)

    @classmethod
    def neutral(cls) -> FaceControls:
        """Every control at 0: a relaxed face that looks ahead."""
        return cls(np.zeros(N_CONTROLS, dtype=np.float32))

    def __getitem__(self, name: str) -> float:
        if name not in CONTROL_INDEX:
            raise UnknownNameError("control", name, CONTROL_NAMES)
        return float(self.values[CONTROL_INDEX[name]])

    def __eq__(self, other: object) -> bool:
        return bool(np.array_equal(self.values, other.values)) if isinstance(other, FaceControls) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    def to_dict(self) -> dict[str, float]:
        """All 61 controls by name."""
        return {name: float(x) for name, x in zip(CONTROL_NAMES, self.values, strict=True)}
