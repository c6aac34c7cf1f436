"""How far the lips are apart, and closing them whatever else the face does.

The opening is an estimate from the controls alone: a weighted sum whose coefficients are the vertical movement of the
inner lips' midpoints (iBUG landmarks 62 and 66) that each shape at full weight makes on the ICT-FaceKit head, in units
of the movement by jawOpen (32.8 mm there). 0 is lips that just touch; negative is lips pressed together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS, FaceControls
from expressive.face.layout import FloatArray, indices
from expressive.face.prototypes import load_visemes

__all__ = ["LIPS_CLOSED", "OPENING", "close_lips", "mouth_opening", "tuck_lip"]

LIPS_CLOSED = 0.02
"""An opening below this (0.7 mm on the ICT head) is closed."""

_COEFFICIENTS = {
    "jawOpen": 1.0,
    "mouthClose": -1.189,
    "mouthFunnel": 0.419,
    "mouthLowerDown": 0.103,
    "mouthUpperUp": 0.108,
    "noseSneer": 0.095,
    "mouthPress": -0.039,
    "mouthRollLower": -0.114,
    "mouthRollUpper": 0.056,
    "mouthShrugLower": -0.210,
    "mouthShrugUpper": 0.161,
    "jawForward": 0.039,
    "mouthPucker": -0.016,
    "mouthLeft": -0.020,
    "mouthRight": -0.020,
    "mouthDimple": -0.011,
}

OPENING = np.zeros(N_CONTROLS)
"""Share of each control in the opening of the lips (61,); a coefficient without a side holds for each side."""
for _name, _share in _COEFFICIENTS.items():
    OPENING[indices(_name)] = _share
OPENING.setflags(write=False)

_CLOSE = CONTROL_INDEX["mouthClose"]
_OPENERS = indices("jawOpen", "mouthFunnel", "mouthLowerDown", "mouthUpperUp", "mouthShrugUpper", "tongueOut")
_PRESSERS = indices("mouthPress", "mouthRollLower", "mouthRollUpper")
_CORNERS = indices("mouthSmile", "mouthStretch")
_PRESSED = -0.03  # lips that press, not just touch

_JAW = CONTROL_INDEX["jawOpen"]
_ROLL = CONTROL_INDEX["mouthRollLower"]
_UPPER_UP = indices("mouthUpperUp")
_DROPPED = indices("mouthLowerDown", "mouthFunnel", "mouthPucker", "mouthShrugLower", "tongueOut")


def mouth_opening(controls: FaceControls | npt.ArrayLike) -> float:
    """Estimate the distance between the lips.

    Parameters
    ----------
    controls : FaceControls | ArrayLike [shape=(61,)]
        a pose

    Returns
    -------
    float [unit=fraction of the widest jaw]
        0 when the lips touch, 1 when the jaw alone is wide open; below :data:`LIPS_CLOSED` they are closed

    Examples
    --------
    >>> round(mouth_opening(FaceControls.of(jawOpen=0.5)), 6)
    0.5
    >>> mouth_opening(FaceControls.of(jawOpen=0.2, mouthClose=0.2))
    0.0
    """
    values = controls.values if isinstance(controls, FaceControls) else np.asarray(controls)
    return max(0.0, float(OPENING @ values))


def close_lips(values: FloatArray, amount: float) -> None:
    """Press the lips together, in place, keeping what the corners and the rest of the face do.

    Parameters
    ----------
    values : FloatArray [shape=(61,)]
        the pose
    amount : float [range=[0, 1]]
        0 leaves the pose, 1 closes the lips wholly
    """
    closed = _shape("PP")
    values[_OPENERS] += amount * (closed[_OPENERS] - values[_OPENERS])
    values[_PRESSERS] += amount * np.maximum(closed[_PRESSERS] - values[_PRESSERS], 0.0)
    values[_CORNERS] *= 1.0 - 0.2 * amount
    # mouthClose takes back exactly what the rest still opens
    needed = values[_CLOSE] + (float(OPENING @ values) - _PRESSED) / -OPENING[_CLOSE]
    values[_CLOSE] += amount * (min(1.0, max(needed, float(closed[_CLOSE]))) - values[_CLOSE])


def tuck_lip(values: FloatArray, amount: float) -> None:
    """Bring the lower lip to the upper teeth, in place; ``amount`` [range=[0, 1]]."""
    touching = _shape("FF")
    values[_JAW] += amount * min(0.0, touching[_JAW] - values[_JAW])
    values[_ROLL] += amount * max(0.0, touching[_ROLL] - values[_ROLL])
    values[_UPPER_UP] += amount * (np.clip(values[_UPPER_UP], touching[_UPPER_UP], 0.45) - values[_UPPER_UP])
    values[_DROPPED] *= 1.0 - 0.85 * amount
    values[_CLOSE] *= 1.0 - amount


def _shape(viseme: str) -> FloatArray:
    table = load_visemes()
    row: FloatArray = table.values[table.names.index(viseme)]
    return row
