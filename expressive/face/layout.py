"""Places of the controls within the vector of 61: groups that move together, and how to name them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.core.controls import ARKIT_SHAPES, CONTROL_INDEX, CONTROL_NAMES
from expressive.core.errors import UnknownNameError

__all__ = [
    "EYES",
    "HEAD",
    "LEFT",
    "MIRROR",
    "MIRROR_SIGN",
    "MOUTH",
    "N_SHAPES",
    "RIGHT",
    "FloatArray",
    "expand",
    "indices",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

N_SHAPES = len(ARKIT_SHAPES)
"""Blendshapes come first, then nine angles."""

HEAD = slice(N_SHAPES, N_SHAPES + 3)
"""head yaw, pitch, roll"""


EYES = slice(N_SHAPES + 3, N_SHAPES + 9)
"""left eye's yaw, pitch, roll, then the right eye's"""


def expand(name: str, place: str = "") -> tuple[str, ...]:
    """Names of the controls that a name means: itself, or both sides of it.

    Examples
    --------
    >>> expand("browDown")
    ('browDownLeft', 'browDownRight')
    """
    if name in CONTROL_INDEX:
        return (name,)
    both = (f"{name}Left", f"{name}Right")
    if all(side in CONTROL_INDEX for side in both):
        return both
    sideless = {control.removesuffix("Left").removesuffix("Right") for control in CONTROL_NAMES}
    raise UnknownNameError(f"{place}control", name, (*CONTROL_NAMES, *sideless))


def indices(*names: str) -> IntArray:
    """Places of controls; a name without a side means both."""
    return np.array([CONTROL_INDEX[control] for name in names for control in expand(name)], dtype=np.intp)


LEFT = np.array([i for i, name in enumerate(ARKIT_SHAPES) if name.endswith("Left")], dtype=np.intp)
"""shapes of the character's left side, jawLeft and mouthLeft included"""
RIGHT = np.array([CONTROL_INDEX[ARKIT_SHAPES[i].removesuffix("Left") + "Right"] for i in LEFT], dtype=np.intp)
"""their partners on the right"""
MOUTH = np.array([i for i, n in enumerate(ARKIT_SHAPES) if n.startswith(("mouth", "jaw", "tongue"))], dtype=np.intp)
"""jaw, lips and tongue"""

MIRROR = np.arange(len(CONTROL_NAMES))
"""index of each control's mirror image (61,)"""
MIRROR[LEFT], MIRROR[RIGHT] = RIGHT, LEFT
for _axis in ("Yaw", "Pitch", "Roll"):
    _l, _r = CONTROL_INDEX[f"leftEye{_axis}"], CONTROL_INDEX[f"rightEye{_axis}"]
    MIRROR[_l], MIRROR[_r] = _r, _l
MIRROR_SIGN = np.array([-1.0 if name.endswith(("Yaw", "Roll")) else 1.0 for name in CONTROL_NAMES])
"""sign that a control takes in the mirror (61,): yaw and roll turn round"""
