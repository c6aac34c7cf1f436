"""When the lids close by themselves, and how.

Times: closing about 80 ms, opening about 150 ms (Evinger, Manning & Sibony 1991; Trutoiu et al. 2011). Rates: about
16 a minute at rest, 26 in conversation, 5 when absorbed (Bentivoglio et al. 1997); more when aroused. Blinks gather at
pauses of one's own speech and at large shifts of gaze (Evinger et al. 1994; Nakano & Kitazawa 2010).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from expressive.face.lips import smoothstep
from expressive.face.state import restore_generator, snapshot_generator

__all__ = ["Blinks"]

CLOSING_S, CLOSED_S, OPENING_S = 0.08, 0.025, 0.15
_PARTIAL, _DOUBLE = 0.12, 0.08  # how many blinks do not close wholly, and how many come twice
_PAUSE_PUSH, _SHIFT_PUSH = 0.45, 1.2  # readiness that a pause, and a radian of gaze shift, adds


class Blinks:
    """Draws blinks from a renewal process: readiness grows with the rate until a drawn threshold.

    Parameters
    ----------
    rate_per_min : float
        blinks a minute while calm and silent
    rng : np.random.Generator
        draws thresholds and depths
    """

    def __init__(self, rate_per_min: float, *, rng: np.random.Generator) -> None:
        self._rate_hz = rate_per_min / 60.0 / (1.0 + _DOUBLE)
        self._rng = rng
        self._threshold = self._draw()
        # somewhere within an interval, so that two characters made at once do not blink together
        self._ready = self._threshold * float(rng.random())
        self._since_s = 10.0
        self._depth = 1.0
        self._again = False

    def _draw(self) -> float:
        """An interval in units of the mean interval: gamma of shape 3, rarely very short or long."""
        return 0.15 + 0.85 * float(self._rng.gamma(3.0, 1.0 / 3.0))

    def push(self, *, pause: bool = False, gaze_shift_rad: float = 0.0) -> None:
        """Bring the next blink nearer, at a pause of speech or a shift of gaze."""
        if self._rate_hz > 0.0:
            self._ready += _PAUSE_PUSH * pause + _SHIFT_PUSH * max(0.0, gaze_shift_rad - 0.1)

    def advance(self, dt_s: float, *, arousal: float, speaking: float, factor: float = 1.0) -> float:
        """Move on in time.

        Parameters
        ----------
        dt_s : float [unit=s]
            time step
        arousal : float [range=[-1, 1]]
            more of it, more blinks
        speaking : float [range=[0, 1]]
            speech raises the rate
        factor : float [range=[0, 1]]
            what an expression leaves of the rate; staring anger and fright hold the lids

        Returns
        -------
        float [range=[0, 1]]
            closing of the lids
        """
        rate_hz = self._rate_hz * max(0.3, 1.0 + 0.6 * arousal) * (1.0 + 0.5 * speaking) * factor
        self._ready += rate_hz * dt_s
        self._since_s += dt_s
        whole = CLOSING_S + CLOSED_S + OPENING_S
        if self._since_s > whole and (self._ready >= self._threshold or self._again):
            self._again = not self._again and float(self._rng.random()) < _DOUBLE
            partial = float(self._rng.random()) < _PARTIAL
            self._depth = 0.55 + 0.35 * float(self._rng.random()) if partial else 1.0
            self._ready, self._threshold = 0.0, self._draw()
            self._since_s = 0.0
        t = self._since_s
        if t < CLOSING_S:
            return self._depth * smoothstep(t / CLOSING_S)
        # lids open fast at first and settle slowly
        opening = min(1.0, max(0.0, (t - CLOSING_S - CLOSED_S) / OPENING_S))
        return self._depth * (1.0 - smoothstep(1.0 - (1.0 - opening) ** 1.4))

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {
            "rng": snapshot_generator(self._rng),
            "threshold": self._threshold,
            "ready": self._ready,
            "since_s": self._since_s,
            "depth": self._depth,
            "again": self._again,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        restore_generator(self._rng, state["rng"])
        self._threshold, self._ready = float(state["threshold"]), float(state["ready"])
        self._since_s, self._depth = float(state["since_s"]), float(state["depth"])
        self._again = bool(state["again"])
