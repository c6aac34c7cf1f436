"""Why something is felt: every contribution, with what is left of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import CHANNELS

__all__ = ["Cause", "Causes"]

_MAX_PER_CHANNEL = 32


@dataclass(frozen=True, slots=True)
class Cause:
    """One contribution to an emotion."""

    emotion: str
    """the category or OCC emotion that was aroused"""
    event: str
    """name of the event, or ``feel`` for a direct steer"""
    source: str | None
    """who did it"""
    goal: str | None
    """the goal, standard or object that it touched, where it was appraised by one"""
    time_s: float
    """when"""
    amount: float
    """how much it added then [range=[0, 1]]"""
    remaining: float
    """how much of that is felt now [range=[0, 1]]; those of one emotion add up to what is felt"""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """the factors of which the amount is made"""


@dataclass(slots=True)
class _Entry:
    channel: int
    emotion: str
    event: str
    source: str | None
    goal: str | None
    time_s: float
    amount: float
    numbers: dict[str, float]
    left: float
    """share of the channel's level at ``since_s``"""
    since_s: float
    held_until_s: float = -math.inf


class Causes:
    """The contributions to each channel that still matter.

    Parameters
    ----------
    decay : np.ndarray [shape=(n_channels,), unit=1/s]
        rates at which the channels fade
    """

    def __init__(self, decay: npt.NDArray[np.float64]) -> None:
        self._decay = [float(rate) for rate in decay]
        self._entries: dict[int, list[_Entry]] = {}

    def add(
        self,
        channel: int,
        amount: float,
        time_s: float,
        *,
        emotion: str,
        event: str,
        source: str | None,
        goal: str | None,
        numbers: dict[str, float],
    ) -> None:
        """Note a contribution; beyond thirty-two to a channel the half with the least left is forgotten."""
        entries = self._entries.setdefault(channel, [])
        if len(entries) >= _MAX_PER_CHANNEL:
            left = sorted(((self._left(entry, time_s), i) for i, entry in enumerate(entries)), reverse=True)
            entries[:] = [entries[i] for i in sorted(i for _, i in left[: _MAX_PER_CHANNEL // 2])]
        entries.append(_Entry(channel, emotion, event, source, goal, time_s, amount, numbers, amount, time_s))

    def scale(self, channel: int, factor: float, time_s: float) -> None:
        """Diminish all that is left in a channel."""
        kept = self._entries.get(channel, [])
        for entry in kept:
            entry.left, entry.since_s = factor * self._left(entry, time_s), time_s
        self._entries[channel] = [entry for entry in kept if entry.left > 0.0]

    def hold(self, channel: int, time_s: float, until_s: float) -> None:
        """Stop what is in a channel from fading until a time; a time in the past lets it go."""
        for entry in self._entries.get(channel, []):
            entry.left, entry.since_s, entry.held_until_s = self._left(entry, time_s), time_s, until_s

    def why(self, channels: Iterable[int], time_s: float, felt: npt.NDArray[np.float64]) -> tuple[Cause, ...]:
        """The causes of some channels, what remains most first.

        Parameters
        ----------
        channels : Iterable[int]
            which channels
        time_s : float
            now
        felt : np.ndarray [shape=(n_channels,), range=[0, 1]]
            intensities now; a feeling that has not risen yet is shared out like one that has

        Returns
        -------
        tuple[Cause, ...]
            what is left of each adds up to ``felt``
        """
        out: list[Cause] = []
        for channel in channels:
            entries = self._entries.get(channel, [])
            left = [self._left(entry, time_s) for entry in entries]
            now, total = float(felt[channel]), sum(left) or 1.0
            out.extend(
                # The share first: what is left may be so little that dividing by it alone would overflow.
                Cause(e.emotion, e.event, e.source, e.goal, e.time_s, e.amount, now * (x / total), dict(e.numbers))
                for e, x in zip(entries, left, strict=True)
            )
        return tuple(sorted(out, key=lambda cause: (-cause.remaining, -cause.time_s)))

    def snapshot(self) -> list[list[Any]]:
        """Everything as plain JSON types."""
        return [
            [
                *(CHANNELS[e.channel], e.emotion, e.event, e.source, e.goal, e.time_s, e.amount, dict(e.numbers)),
                *(e.left, e.since_s, None if math.isinf(e.held_until_s) else e.held_until_s),
            ]
            for _, entries in sorted(self._entries.items())
            for e in entries
        ]

    def restore(self, state: Iterable[list[Any]]) -> None:
        """Continue from a snapshot."""
        self._entries = {}
        for name, *rest, held in state:
            channel = CHANNELS.index(name)
            entry = _Entry(channel, *[*rest, -math.inf if held is None else held])
            self._entries.setdefault(channel, []).append(entry)

    def _left(self, entry: _Entry, time_s: float) -> float:
        begin_s = entry.since_s if entry.held_until_s < entry.since_s else entry.held_until_s
        if begin_s >= time_s:
            return entry.left
        return entry.left * math.exp(self._decay[entry.channel] * (begin_s - time_s))
