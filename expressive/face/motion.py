"""Muscles take their time: each control follows its target like a critically damped spring of its own speed.

``x(t) = g + (e + (v + ω·e)·t) · exp(−ω·t)`` with ``e = x₀ − g`` is exact for a target ``g`` that holds through the
step, so the result does not depend on an integrator. 90% of a step takes ``3.9 / ω``. Onsets are faster than offsets,
and brows and lids faster than cheeks and smiles: onsets of spontaneous smiles last about 0.5 s, brow flashes a third of
that, and offsets up to twice their onset (Hess & Kleck 1990; Schmidt, Cohn & Tian 2003).

Last comes a limit to the speed of everything, which motion never meets unless its input jumps: an utterance broken off,
a pose replaced from outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW, CONTROL_NAMES
from expressive.face.layout import HEAD, N_SHAPES, FloatArray, indices

__all__ = ["EYE_SPEED_RAD_S", "HEAD_SPEED_RAD_S", "SHAPE_SPEED_S", "FewSprings", "Springs", "limit_speed", "muscles"]

SHAPE_SPEED_S = 24.0
"""largest speed of a blendshape [unit=1/s]: full travel in 42 ms, faster than lids and lips move"""
HEAD_SPEED_RAD_S = 4.0
"""largest speed of the head"""
EYE_SPEED_RAD_S = 12.0
"""largest speed of the eyes; saccades peak at 500-700°/s (Bahill et al. 1975)"""

_SPEED = np.full(len(CONTROL_NAMES), SHAPE_SPEED_S)
_SPEED[N_SHAPES:] = EYE_SPEED_RAD_S
_SPEED[HEAD] = HEAD_SPEED_RAD_S
_LOW, _HIGH = CONTROL_LOW.astype(np.float64), CONTROL_HIGH.astype(np.float64)

_ONSET_OFFSET = {
    # (ω of the onset, ω of the offset) [unit=rad/s]
    (24.0, 11.0): ("browDown", "browInnerUp", "browOuterUp"),
    (28.0, 13.0): ("eyeWide", "eyeSquint", "eyeBlink"),
    (20.0, 10.0): ("noseSneer", "mouthUpperUp", "mouthPress", "mouthRollLower", "mouthRollUpper"),
    (14.0, 8.0): ("mouthFrown", "mouthShrugLower", "mouthShrugUpper", "mouthStretch", "mouthLowerDown", "jawOpen"),
    (10.5, 6.0): ("mouthSmile", "mouthDimple", "cheekSquint", "cheekPuff"),
    (5.5, 3.5): ("headYaw", "headPitch", "headRoll"),
}


def muscles(start: FloatArray, *, quickness: float = 1.0) -> Springs:
    """Springs of the 61 controls, at rest at ``start``; ``quickness`` [unit=ratio] scales every speed."""
    onset, offset = np.full(len(CONTROL_NAMES), 12.0), np.full(len(CONTROL_NAMES), 8.0)
    for (away, back), names in _ONSET_OFFSET.items():
        onset[indices(*names)] = away
        offset[indices(*names)] = back
    return Springs(start, onset=onset * quickness, offset=offset * quickness)


class Springs:
    """Critically damped springs that follow targets.

    Parameters
    ----------
    start : FloatArray [shape=(n,)]
        where they rest at first
    onset, offset : FloatArray [shape=(n,), unit=rad/s]
        speed ω away from 0 and back towards it
    """

    def __init__(self, start: FloatArray, *, onset: FloatArray, offset: FloatArray) -> None:
        self._onset, self._offset = onset, offset
        self.values = start.astype(np.float64)
        """where they are (n,)"""
        self._velocity = np.zeros(len(start))

    def follow(self, target: FloatArray, dt_s: float, *, speed: float = 1.0) -> FloatArray:
        """Move towards a target (n,) for a time; ``speed`` scales every spring's."""
        error = self.values - target
        # away from rest is an onset, back to rest an offset
        omega = np.where(np.abs(target) > np.abs(self.values), self._onset, self._offset) * speed
        decay = np.exp(-omega * dt_s)
        push = self._velocity + omega * error
        self.values = target + (error + push * dt_s) * decay
        self._velocity = (self._velocity - omega * push * dt_s) * decay
        return self.values

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {"values": self.values.tolist(), "velocity": self._velocity.tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        self.values = np.array(state["values"], dtype=np.float64)
        self._velocity = np.array(state["velocity"], dtype=np.float64)


class FewSprings:
    """The same of one speed for a handful of numbers, for which arrays would take longer than the sums do.

    Parameters
    ----------
    count : int
        how many; they rest at 0
    speed : float [unit=rad/s]
        ω, away from 0 and back
    """

    def __init__(self, count: int, *, speed: float) -> None:
        self._omega = speed
        self.values = [0.0] * count
        """where they are"""
        self._velocity = [0.0] * count

    def follow(self, targets: Iterable[float], dt_s: float) -> list[float]:
        """Move towards a target each for a time."""
        omega = self._omega
        decay = math.exp(-omega * dt_s)
        for i, target in enumerate(targets):
            error = self.values[i] - target
            push = self._velocity[i] + omega * error
            self.values[i] = target + (error + push * dt_s) * decay
            self._velocity[i] = (self._velocity[i] - omega * push * dt_s) * decay
        return self.values

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {"values": list(self.values), "velocity": list(self._velocity)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        self.values, self._velocity = list(state["values"]), list(state["velocity"])


def limit_speed(values: FloatArray, previous: FloatArray, dt_s: float) -> FloatArray:
    """Clip a pose (61,) into its ranges, and into what the previous pose can reach in a time step."""
    reach = _SPEED * dt_s
    near: FloatArray = np.minimum(np.maximum(values, previous - reach), previous + reach)
    return np.minimum(np.maximum(near, _LOW), _HIGH)
