"""A look-ahead limiter: it turns down before the peak comes, so nothing is ever clipped and nothing clicks."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from expressive.core.units import db_to_ratio

__all__ = ["LOOK_AHEAD", "Limiter"]

CEILING_DB = -1.0
SUB_BLOCK = 21
"""Samples in a step of the gain; 21 steps are a block of 441."""
LOOK_AHEAD_STEPS = 6
LOOK_AHEAD = SUB_BLOCK * LOOK_AHEAD_STEPS
"""Samples beyond a block that the limiter must see [126 = 5.7 ms]."""
RELEASE_S = 0.08


class Limiter:
    """Keeps sound below -1 dBFS.

    The gain is the running minimum of what each step needs, over the steps ahead, smoothed by a running mean of the
    same length: every value that the mean takes in already covers the step, so the mean is low enough too.

    Parameters
    ----------
    sample_rate : int [unit=Hz]
        of the sound
    """

    def __init__(self, sample_rate: int) -> None:
        self._ceiling = db_to_ratio(CEILING_DB) * 0.9999
        self._keep = math.exp(-SUB_BLOCK / (RELEASE_S * sample_rate))
        self._history = [1.0] * LOOK_AHEAD_STEPS
        self._gain = 1.0

    def apply(self, y: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float32]:
        """Limit the first samples of a stretch.

        Parameters
        ----------
        y : np.ndarray [shape=(>= count + LOOK_AHEAD,)]
            what follows the last call
        count : int
            how many samples are given out; a multiple of :data:`SUB_BLOCK`

        Returns
        -------
        np.ndarray [shape=(count,), range=[-1, 1]]
            float32
        """
        steps = count // SUB_BLOCK
        ahead = steps + LOOK_AHEAD_STEPS
        peaks = np.abs(y[: ahead * SUB_BLOCK]).reshape(ahead, SUB_BLOCK).max(axis=1)
        if peaks.max() <= self._ceiling and self._gain == 1.0 and min(self._history) == 1.0:
            return y[:count].astype(np.float32)
        needed = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        lowest = np.lib.stride_tricks.sliding_window_view(needed, LOOK_AHEAD_STEPS + 1).min(axis=1)
        knots = np.empty(steps + 1)
        knots[0] = self._gain
        for k in range(steps):
            held = self._history[-1]
            released = 1.0 - (1.0 - held) * self._keep
            self._history = [*self._history[1:], min(float(lowest[k]), released if released < 0.9999 else 1.0)]
            knots[k + 1] = sum(self._history) / LOOK_AHEAD_STEPS
        self._gain = float(knots[-1])
        ramp = np.arange(1, SUB_BLOCK + 1) / SUB_BLOCK
        gain = (knots[:-1, None] + (knots[1:] - knots[:-1])[:, None] * ramp).ravel()
        return (y[:count] * gain).astype(np.float32)

    def snapshot(self) -> dict[str, object]:
        """The state as plain JSON types."""
        return {"history": list(self._history), "gain": self._gain}

    def restore(self, state: dict[str, object]) -> None:
        """Take up a state that :meth:`snapshot` gave."""
        self._history = [float(x) for x in state["history"]]  # type: ignore[attr-defined]
        self._gain = float(state["gain"])  # type: ignore[arg-type]
