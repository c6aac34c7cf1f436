"""What each control does to the head model's own shapes.

The ARKit names are mapped here, with the corrections that make them read: relaxed lids at rest, lids that give way to a
blink, brows that come down with some strength.
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import numpy.typing as npt

from expressive.core.controls import CONTROL_INDEX, CONTROL_NAMES

__all__ = ["RELAXED_BLINK", "eye_sizes", "shape_weights"]

RELAXED_BLINK = 0.13
"""closing of the lids at rest, in the model's own blink shape"""

_SUNK = 0.08  # share by which an eyeball shrinks behind closed lids: enough for the cornea, wherever it looks
_SINKS = (0.3, 0.7)  # blink at which it begins, and at which it is done

_SHAPES = CONTROL_NAMES[:52]
_BOTH = ("browInnerUp", "cheekPuff")  # one ARKit shape, two in the model


def shape_weights(controls: npt.NDArray[np.float32], known: Container[str]) -> dict[str, float]:
    """Weights of the head model's shapes.

    Parameters
    ----------
    controls : NDArray [shape=(61,)]
        face controls in their own units
    known : Container[str]
        names of the shapes that the model has, with ``_L`` and ``_R``

    Returns
    -------
    dict[str, float]
        weight by name of shape
    """
    out: dict[str, float] = {}
    for name, weight in zip(_SHAPES, controls.tolist(), strict=False):
        if name.endswith("Left") and f"{name[:-4]}_L" in known:
            out[f"{name[:-4]}_L"] = weight
        elif name.endswith("Right") and f"{name[:-5]}_R" in known:
            out[f"{name[:-5]}_R"] = weight
        elif name in _BOTH:
            out[f"{name}_L"] = out[f"{name}_R"] = weight
        elif name in known:
            out[name] = weight
    for side in "LR":
        blink, wide = out.get(f"eyeBlink_{side}", 0.0), out.get(f"eyeWide_{side}", 0.0)
        down = out.get(f"eyeLookDown_{side}", 0.0)
        relaxed = RELAXED_BLINK * (1.0 - wide) * (1.0 - 0.6 * out.get(f"eyeLookUp_{side}", 0.0))
        out[f"eyeBlink_{side}"] = relaxed + (1.0 - relaxed) * blink
        out[f"eyeLookDown_{side}"] = down * (1.0 - blink)
        out[f"eyeWide_{side}"] = wide * (1.0 - blink)
        out[f"eyeSquint_{side}"] = out.get(f"eyeSquint_{side}", 0.0) * (1.0 - 0.5 * blink)
        out[f"browDown_{side}"] = 1.25 * out.get(f"browDown_{side}", 0.0)
        out[f"cheekRaiser_{side}"] = 0.55 * out.get(f"cheekSquint_{side}", 0.0)
    return out


def eye_sizes(controls: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Size of the left and the right eyeball [unit=1, range=[0.92, 1]].

    The model's lids close over an eye that looks straight ahead; the cornea of one that looks elsewhere would stand out
    of them. A real lid is lifted by it; here the eyeball, of which nothing is seen then, gives way.

    Parameters
    ----------
    controls : NDArray [shape=(61,)]
        face controls in their own units
    """
    begin, end = _SINKS
    blinks = (float(controls[CONTROL_INDEX[f"eyeBlink{side}"]]) for side in ("Left", "Right"))
    left, right = (1.0 - _SUNK * min(max((blink - begin) / (end - begin), 0.0), 1.0) for blink in blinks)
    return left, right
