"""The state machines of many characters at once: the rules of :mod:`expressive.emotion.machine` on arrays."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from expressive.emotion.chart import Chart, Move
from expressive.emotion.conditions import AllOf, AnyOf, Condition, Quantity
from expressive.emotion.machine import GRID_HZ

__all__ = ["CrowdMachine", "CrowdView", "check_many"]

_Array = npt.NDArray[np.float64]
_Rows = npt.NDArray[np.intp]
_Mask = npt.NDArray[np.bool_]

_SLACK_S = 1e-9
_FOREVER_S = 1e9
_MAX_PENDING = 16


class CrowdView(Protocol):
    """What a condition can ask of some members at one time."""

    rows: _Rows
    """the members"""
    time_s: float
    """the time"""

    def read(self, quantity: Quantity) -> tuple[_Array, _Array]:
        """Value of a quantity and a bound on its speed, each [shape=(n_rows,)]."""

    def only(self, keep: _Mask) -> CrowdView:
        """The same for a part of the members."""


def check_many(condition: Condition, view: CrowdView) -> tuple[_Mask, _Array]:
    """Whether a condition holds for each member, and for how many seconds at least it cannot begin to.

    It says for each member what ``condition.check`` says for one.
    """
    if isinstance(condition, AllOf):
        checked = [check_many(part, view) for part in condition.parts]
        every: _Mask = np.logical_and.reduce([holds for holds, _ in checked])
        waits: _Array = np.maximum.reduce([wait for _, wait in checked])
        return every, np.where(every, 0.0, waits)
    if isinstance(condition, AnyOf):
        checked = [check_many(part, view) for part in condition.parts]
        some: _Mask = np.logical_or.reduce([holds for holds, _ in checked])
        return some, np.where(some, 0.0, np.minimum.reduce([wait for _, wait in checked]))
    value, speed = view.read(condition.left)
    if condition.right is not None:
        other, its_speed = view.read(condition.right)
        value, speed = value - other, speed + its_speed
    margin = condition.direction * (condition.threshold - value)
    if condition.left.is_time and condition.right is None:
        holds = margin <= _SLACK_S
        return holds, np.where(holds, 0.0, margin if condition.direction > 0 else math.inf)
    holds = margin < 0.0 if condition.strict else margin <= 0.0
    moving = speed > 0.0
    with np.errstate(over="ignore"):
        wait = np.where(moving, margin / np.where(moving, speed, 1.0), math.inf)
    return holds, np.where(holds, 0.0, wait)


class CrowdMachine:
    """One machine for each of many members.

    Parameters
    ----------
    chart : Chart
        the declaration that all share
    n : int
        how many members
    """

    def __init__(self, chart: Chart, n: int) -> None:
        self._chart = chart
        self.names = tuple(chart.leaves)
        """the states; members refer to them by index"""
        self._leaves = tuple(chart.leaves.values())
        self._index = {name: i for i, name in enumerate(self.names)}
        nodes = dict.fromkeys(part for leaf in self._leaves for part in leaf.path)
        self._node = {name: i for i, name in enumerate(nodes)}
        self._own_node = np.array([self._node[name] for name in self.names], dtype=np.intp)
        self.leaf = np.full(n, self._index[chart.initial])
        """index of each member's state [shape=(n,)]"""
        self._entered = np.zeros((n, len(nodes)))
        self.next_poll = np.ones(n)
        """point of the grid at which each member is to be looked at next [shape=(n,)]"""
        self._pending: dict[int, deque[str]] = {}
        self._gain = np.array([leaf.gain for leaf in self._leaves])
        self._tone = np.array([leaf.tone for leaf in self._leaves])
        self._blend_from = np.zeros((n, len(self._leaves)))
        self._blend_start_s = np.zeros(n)
        self._blend_s = np.zeros(n)

    @property
    def gain(self) -> _Array:
        """Factor on the intensity of events in each member's state [shape=(n, n_channels)]."""
        out: _Array = self._gain[self.leaf]
        return out

    def blend(self, time_s: float) -> _Array:
        """Weights of the states that each member is between [shape=(n, n_states)]; rows add up to 1."""
        return self._weights(slice(None), time_s)

    def tone(self, time_s: float) -> _Array:
        """What the states put on the face [shape=(n, n_emotions), range=[0, 1]]."""
        out: _Array = self.blend(time_s) @ self._tone
        return out

    def time_in_state(self, rows: _Rows, time_s: float) -> _Array:
        """Seconds since each member entered its state."""
        out: _Array = time_s - self._entered[rows, self._own_node[self.leaf[rows]]]
        return out

    def look_again(self, rows: _Rows, time_s: float) -> None:
        """After any change: look at members at the next point of the grid."""
        soon = math.floor((time_s + _SLACK_S) * GRID_HZ) + 1
        self.next_poll[rows] = np.minimum(self.next_poll[rows], soon)

    def poll(self, until_s: float, view_at: Callable[[_Rows, float], CrowdView]) -> None:
        """Take every unprompted transition up to a time.

        Parameters
        ----------
        until_s : float
            the end
        view_at : Callable[[np.ndarray, float], CrowdView]
            reads some members at a time
        """
        while True:
            point = float(self.next_poll.min()) if self.next_poll.size else math.inf
            if point / GRID_HZ > until_s + _SLACK_S:
                return
            rows = np.flatnonzero(self.next_poll <= point)
            time_s = point / GRID_HZ
            view = view_at(rows, time_s)
            for state in np.unique(self.leaf[rows]):
                here = self.leaf[view.rows] == state
                self._poll_state(int(state), view.only(here), int(point))

    def notify(self, event: str, view: CrowdView) -> None:
        """Offer an event to some members."""
        for state in np.unique(self.leaf[view.rows]):
            leaf = self._leaves[int(state)]
            moves = [move for move in leaf.event_moves if event in move.events]
            if not moves:
                continue
            part = view.only(self.leaf[view.rows] == state)
            staying = leaf.min_dwell_s - self.time_in_state(part.rows, part.time_s) > _SLACK_S
            waits, free = np.zeros(len(staying), dtype=bool), np.ones(len(staying), dtype=bool)
            for move in moves:
                allowed = free & (move.urgent | ~staying)
                waits |= free & ~allowed
                open_now = np.zeros(len(staying), dtype=bool)
                if allowed.any():
                    open_now[allowed] = self._open(move, part.only(allowed))[0]
                self._take(move, part.rows[open_now], part.time_s)
                free &= ~open_now
            for row in part.rows[waits & free]:
                self._pending.setdefault(int(row), deque(maxlen=_MAX_PENDING)).append(event)

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return {
            "leaf": [self.names[i] for i in self.leaf],
            "entered": self._entered.tolist(),
            "next_poll": [None if math.isinf(x) else x for x in self.next_poll.tolist()],
            "pending": [[row, list(events)] for row, events in sorted(self._pending.items()) if events],
            "blend_from": self._blend_from.tolist(),
            "blend_start_s": self._blend_start_s.tolist(),
            "blend_s": self._blend_s.tolist(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot."""
        self.leaf = np.array([self._index[name] for name in state["leaf"]], dtype=np.intp)
        self._entered = np.array(state["entered"], dtype=np.float64)
        self.next_poll = np.array([math.inf if x is None else x for x in state["next_poll"]], dtype=np.float64)
        self._pending = {int(row): deque(events, maxlen=_MAX_PENDING) for row, events in state["pending"]}
        self._blend_from = np.array(state["blend_from"], dtype=np.float64)
        self._blend_start_s = np.array(state["blend_start_s"], dtype=np.float64)
        self._blend_s = np.array(state["blend_s"], dtype=np.float64)

    def _poll_state(self, state: int, view: CrowdView, point: int) -> None:
        """Look at the members in one state, and say when to look at each again."""
        leaf, rows = self._leaves[state], view.rows
        left_s = leaf.min_dwell_s - self.time_in_state(rows, view.time_s)
        staying = left_s > _SLACK_S
        wait_s = np.full(len(rows), math.inf)
        free = np.ones(len(rows), dtype=bool)
        if self._pending:
            free &= ~self._take_pending(leaf.event_moves, view, staying, left_s, wait_s)
        for move in leaf.moves:
            blocked = staying & (not move.urgent)
            wait_s = np.where(blocked, np.minimum(wait_s, left_s), wait_s)
            asked = np.flatnonzero(free & ~blocked)
            if not len(asked):
                continue
            mask = np.zeros(len(rows), dtype=bool)
            mask[asked] = True
            is_open, safe_s = self._open(move, view.only(mask))
            self._take(move, rows[asked[is_open]], view.time_s)
            free[asked[is_open]] = False
            wait_s[asked] = np.minimum(wait_s[asked], safe_s)
        due = np.floor((view.time_s + np.minimum(wait_s, _FOREVER_S)) * GRID_HZ - 1e-6)
        due = np.where(wait_s > _FOREVER_S, math.inf, np.maximum(due, point + 1))
        self.next_poll[rows] = np.where(free, due, point + 1)

    def _take_pending(
        self, moves: tuple[Move, ...], view: CrowdView, staying: _Mask, left_s: _Array, wait_s: _Array
    ) -> _Mask:
        """Let events that had to wait set off what they can; says which members moved."""
        moved = np.zeros(len(view.rows), dtype=bool)
        for i, row in enumerate(view.rows.tolist()):
            events = self._pending.get(row)
            if not events:
                continue
            if staying[i]:
                wait_s[i] = min(wait_s[i], left_s[i])
                continue
            mask = np.zeros(len(view.rows), dtype=bool)
            mask[i] = True
            one = view.only(mask)
            while events and not moved[i]:
                event = events.popleft()
                for move in moves:
                    if event in move.events and bool(self._open(move, one)[0][0]):
                        self._take(move, one.rows, one.time_s)
                        moved[i] = True
                        break
        return moved

    def _open(self, move: Move, view: CrowdView) -> tuple[_Mask, _Array]:
        wait_s = move.after_s - (view.time_s - self._entered[view.rows, self._node[move.anchor]])
        if move.condition is None:
            holds, safe_s = np.ones(len(view.rows), dtype=bool), np.zeros(len(view.rows))
        else:
            holds, safe_s = check_many(move.condition, view)
        early = wait_s > _SLACK_S
        return holds & ~early, np.where(early, np.maximum(wait_s, safe_s), safe_s)

    def _take(self, move: Move, rows: _Rows, time_s: float) -> None:
        if not len(rows):
            return
        self._blend_from[rows] = self._weights(rows, time_s)
        self._blend_start_s[rows], self._blend_s[rows] = time_s, move.blend_s
        target = self._index[move.to]
        new = self._leaves[target].path
        for state in np.unique(self.leaf[rows]):
            old = self._leaves[int(state)].path
            shared = sum(1 for a, b in zip(old, new, strict=False) if a == b)
            # A transition of a state to itself enters it anew.
            nodes = [self._node[name] for name in new[min(shared, len(new) - 1) :]]
            self._entered[np.ix_(rows[self.leaf[rows] == state], nodes)] = time_s
        self.leaf[rows] = target
        self.look_again(rows, time_s)

    def _weights(self, rows: _Rows | slice, time_s: float) -> _Array:
        length = self._blend_s[rows]
        u = np.clip((time_s - self._blend_start_s[rows]) / np.where(length > 0.0, length, 1.0), 0.0, 1.0)
        share = np.where(length > 0.0, u * u * (3.0 - 2.0 * u), 1.0)
        weights: _Array = (1.0 - share)[:, None] * self._blend_from[rows]
        weights[np.arange(len(share)), self.leaf[rows]] += share
        return weights
