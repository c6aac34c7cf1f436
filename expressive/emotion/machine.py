"""The state machine while it runs: where it is, since when, what it is blending from and which events wait.

``docs/processing_model.md`` is the contract; this file keeps it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import N_CATEGORIES
from expressive.emotion.chart import Chart, Leaf, Move
from expressive.emotion.conditions import View

__all__ = ["GRID_HZ", "Machine", "Passage"]

GRID_HZ = 120
"""How often a second unprompted transitions are looked for, at whole multiples of 1/120 s since the start."""

_SLACK_S = 1e-9
_MAX_PENDING = 16


@dataclass(frozen=True, slots=True)
class Passage:
    """A transition that was taken."""

    time_s: float
    from_state: str
    to_state: str
    reason: str
    """the event and condition that set it off"""
    exited: tuple[str, ...]
    """states and groups that were left, innermost first"""
    entered: tuple[str, ...]
    """states and groups that were entered, outermost first"""


class Machine:
    """One running machine.

    Parameters
    ----------
    chart : Chart
        the compiled declaration
    """

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.has_tone = any(leaf.tone.any() for leaf in chart.leaves.values())
        """whether any state puts something on the face by itself"""
        self._leaf = chart.leaves[chart.initial]
        self._entered = dict.fromkeys(self._leaf.path, 0.0)
        self._blend_from: dict[str, float] = {}
        self._blend_start_s = 0.0
        self._blend_s = 0.0
        self._pending: deque[str] = deque(maxlen=_MAX_PENDING)

    @property
    def leaf(self) -> Leaf:
        """The innermost state."""
        return self._leaf

    def time_in_state(self, time_s: float) -> float:
        """Seconds since the innermost state was entered."""
        return time_s - self._entered[self._leaf.name]

    def blend(self, time_s: float) -> dict[str, float]:
        """Weights of the states that the character is between; they add up to 1."""
        share = 1.0
        if self._blend_s > 0.0:
            u = min(1.0, max(0.0, (time_s - self._blend_start_s) / self._blend_s))
            share = u * u * (3.0 - 2.0 * u)
        weights = {name: (1.0 - share) * weight for name, weight in self._blend_from.items()} if share < 1.0 else {}
        weights[self._leaf.name] = weights.get(self._leaf.name, 0.0) + share
        return weights

    def tone(self, time_s: float) -> npt.NDArray[np.float64]:
        """What the states themselves put on the face and voice, blended [shape=(n_emotions,), range=[0, 1]]."""
        if time_s >= self._blend_start_s + self._blend_s:
            return self._leaf.tone
        weights = self.blend(time_s)
        out: npt.NDArray[np.float64] = sum(
            (weight * self._chart.leaves[name].tone for name, weight in weights.items()), np.zeros(N_CATEGORIES)
        )
        return out

    def poll(self, time_s: float, view: View) -> tuple[Move | None, float]:
        """Look for a transition that goes by itself, or that an event which had to wait sets off.

        Returns
        -------
        tuple[Move | None, float]
            what is to be taken, and otherwise for how many seconds at least nothing can be [unit=s]
        """
        left_s = self._leaf.min_dwell_s - self.time_in_state(time_s)
        staying = left_s > _SLACK_S
        wait_s = math.inf
        if self._pending:
            if staying:
                wait_s = left_s
            while self._pending and not staying:
                event = self._pending.popleft()
                for move in self._leaf.event_moves:
                    if event in move.events and self._is_open(move, time_s, view)[0]:
                        return move, 0.0
        for move in self._leaf.moves:
            if staying and not move.urgent:
                wait_s = min(wait_s, left_s)
                continue
            is_open, safe_s = self._is_open(move, time_s, view)
            if is_open:
                return move, 0.0
            wait_s = min(wait_s, safe_s)
        return None, wait_s

    def notify(self, event: str, time_s: float, view: View) -> Move | None:
        """Offer an event; what it may set off only after the shortest stay, it sets off then."""
        staying = self._leaf.min_dwell_s - self.time_in_state(time_s) > _SLACK_S
        waits = False
        for move in self._leaf.event_moves:
            if event not in move.events:
                continue
            if staying and not move.urgent:
                waits = True
            elif self._is_open(move, time_s, view)[0]:
                return move
        if waits:
            self._pending.append(event)
        return None

    def take(self, move: Move, time_s: float) -> Passage:
        """Go over to another state; the blend starts from what is blended now."""
        self._blend_from = self.blend(time_s)
        self._blend_start_s, self._blend_s = time_s, move.blend_s
        old, new = self._leaf, self._chart.leaves[move.to]
        shared = 0
        while old.name != new.name and old.path[shared] == new.path[shared]:
            shared += 1
        if old.name == new.name:
            shared = len(old.path) - 1
        exited, entered = tuple(reversed(old.path[shared:])), new.path[shared:]
        self._entered = {name: self._entered[name] for name in new.path[:shared]} | dict.fromkeys(entered, time_s)
        self._leaf = new
        return Passage(time_s, old.name, new.name, move.reason, exited, entered)

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return {
            "state": self._leaf.name,
            "entered": dict(self._entered),
            "blend_from": dict(self._blend_from),
            "blend_start_s": self._blend_start_s,
            "blend_s": self._blend_s,
            "pending": list(self._pending),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot."""
        self._leaf = self._chart.leaves[state["state"]]
        self._entered = {name: float(t) for name, t in state["entered"].items()}
        self._blend_from = {name: float(w) for name, w in state["blend_from"].items()}
        self._blend_start_s = float(state["blend_start_s"])
        self._blend_s = float(state["blend_s"])
        self._pending = deque(state["pending"], maxlen=_MAX_PENDING)

    def _is_open(self, move: Move, time_s: float, view: View) -> tuple[bool, float]:
        """Whether a transition may be taken, and for how long at least it may not."""
        wait_s = move.after_s - (time_s - self._entered[move.anchor])
        holds, safe_s = (True, 0.0) if move.condition is None else move.condition.check(view)
        if wait_s > _SLACK_S:
            return False, max(wait_s, safe_s)
        return holds, safe_s
