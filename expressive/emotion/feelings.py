"""The feelings of one mind: per emotion and per target, evaluated only when somebody looks.

Nothing is stepped. The state is kept as it was at the last event, and read at any later time through the closed form of
:mod:`expressive.emotion.dynamics`, so a quiet tick costs nothing and the size of a step cannot matter.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import CHANNELS, N_CATEGORIES, N_CHANNELS
from expressive.emotion.temperament import Temperament

__all__ = ["Feelings", "Moment", "Segment"]

_Array = npt.NDArray[np.float64]
_FORGOTTEN = 1e-12
_VANISHED = 1e-15
_MAX_SEGMENTS = 256
_FADING, _RISING, _EASING = (slice(i * N_CHANNELS, (i + 1) * N_CHANNELS) for i in range(3))


@dataclass(frozen=True, slots=True)
class Moment:
    """Feelings and mood at one time."""

    x: _Array
    """intensity of each channel over all targets [shape=(n_channels,), range=[0, 1]]"""
    v: _Array
    """deviation of mood from its default [shape=(3,)]"""
    modes: _Array
    """the fading, the rising and the easing exponentials now [shape=(3 * n_channels,)]"""


@dataclass(frozen=True, slots=True)
class Segment:
    """What is needed to read feelings and mood between two events, long afterwards."""

    start_s: float
    z: _Array
    """amplitudes of the exponentials: fading, rising (negative), easing [shape=(3 * n_channels,)]"""
    held: _Array
    """what is held [shape=(n_channels,)]"""
    v: _Array
    """mood's deviation at the start [shape=(3,)]"""
    mood_free: _Array
    """the part of mood that only returns to its default [shape=(3,)]"""
    mood_held: _Array
    """where what is held carries mood [shape=(3,)]"""


class Feelings:
    """Intensities per channel and target, and mood, in closed form.

    Parameters
    ----------
    nature : Temperament
        rates of the mind
    """

    def __init__(self, nature: Temperament) -> None:
        self._nature = nature
        self._rates = np.concatenate([nature.decay, nature.onset, nature.ease])
        self._rate = -self._rates
        k = nature.mood_rate
        self._pull = np.concatenate([nature.push, nature.push, nature.push]) / (k - self._rates)[:, None]
        self._held_pull = nature.push / k
        self._k = -k
        self._targets: list[str | None] = [None]
        self._z = np.zeros((1, 3 * N_CHANNELS))
        self._h = np.zeros((1, N_CHANNELS))
        self._until: dict[int, float] = {}
        self._has_mixtures = False
        self._v = np.zeros(3)
        self._start_s = 0.0
        self._moment: Moment | None = None
        self._moment_s = 0.0
        self.segments: deque[Segment] = deque(maxlen=_MAX_SEGMENTS)
        """the spans between past events, oldest first, the running one last"""
        self._commit()

    @property
    def start_s(self) -> float:
        """Time of the last change."""
        return self._start_s

    @property
    def has_mixtures(self) -> bool:
        """Whether any channel but the categories was ever aroused; it decides how they are mixed."""
        return self._has_mixtures

    @property
    def next_release_s(self) -> float:
        """When the next hold ends; infinite when nothing is held."""
        return min(self._until.values()) if self._until else math.inf

    def at(self, time_s: float) -> Moment:
        """Read everything at a time that is not before the last change."""
        if self._moment is not None and self._moment_s == time_s:
            return self._moment
        moment = self._read(self._segment, time_s)
        self._moment, self._moment_s = moment, time_s
        return moment

    def sample(self, segment: Segment, times_s: _Array) -> tuple[_Array, _Array]:
        """Read a past segment at many times.

        Returns
        -------
        tuple[np.ndarray, np.ndarray]
            intensities [shape=(n, n_channels), range=[0, 1]] and mood's deviation [shape=(n, 3)]
        """
        tau = np.maximum(0.0, times_s - segment.start_s)[:, None]
        modes = segment.z * np.exp(self._rate * tau)
        x = modes[:, _FADING] + modes[:, _RISING] + modes[:, _EASING] + segment.held
        return np.clip(x, 0.0, 1.0), np.exp(self._k * tau) * segment.mood_free + modes @ self._pull + segment.mood_held

    def level(self, time_s: float) -> _Array:
        """What each channel would be if all had risen now [shape=(n_channels,), range=[0, 1]]."""
        modes = self.at(time_s).modes
        out: _Array = modes[_FADING] + modes[_EASING] + self._held
        return out

    def speed(self, time_s: float) -> _Array:
        """Bound on how fast each channel can change from now on, as long as nothing happens [unit=1/s]."""
        slopes = self._rates * np.abs(self.at(time_s).modes)
        out: _Array = slopes[_FADING] + slopes[_RISING] + slopes[_EASING]
        return out

    def ceiling(self, time_s: float) -> _Array:
        """Bound on each channel from now on, as long as nothing happens."""
        modes = self.at(time_s).modes
        out: _Array = modes[_FADING] + modes[_EASING] + self._held + np.maximum(modes[_RISING], 0.0)
        return out

    def toward(self, time_s: float) -> Iterator[tuple[str | None, _Array]]:
        """Each target that is felt about, None being nobody, with its intensities [shape=(n_channels,)]."""
        modes = self._z * np.exp(self._rate * (time_s - self._start_s))
        x = modes[:, _FADING] + modes[:, _RISING] + modes[:, _EASING] + self._h
        return zip(self._targets, np.clip(x, 0.0, 1.0), strict=True)

    def one_toward(self, time_s: float, target: str, channel: int) -> tuple[float, float]:
        """Intensity of a channel toward one target, and a bound on how fast it can change [unit=1/s]."""
        if target not in self._targets:
            return 0.0, 0.0
        row = self._targets.index(target)
        tau = time_s - self._start_s
        x, speed = float(self._h[row, channel]), 0.0
        for i in (channel, N_CHANNELS + channel, 2 * N_CHANNELS + channel):
            rate = float(self._rates[i])
            mode = float(self._z[row, i]) * math.exp(-rate * tau)
            x, speed = x + mode, speed + rate * abs(mode)
        return min(1.0, max(0.0, x)), speed

    def arouse(self, time_s: float, rises: Iterable[tuple[str | None, int, float]]) -> None:
        """Set off feelings: each of ``rises`` is whom it is about, the channel, and how much it will rise by."""
        self._rebase(time_s)
        for toward, channel, delta in rises:
            row = self._row(toward)
            self._z[row, channel] += delta
            self._z[row, N_CHANNELS + channel] -= delta
            self._has_mixtures = self._has_mixtures or channel >= N_CATEGORIES
        self._commit()

    def soothe(self, time_s: float, share: _Array) -> None:
        """Take a share [shape=(n_channels,), range=[0, 1]] away from each channel, smoothly, within a breath or two."""
        self._rebase(time_s)
        self._z[:, _EASING] += share * (self._z[:, _FADING] + self._h)
        self._z[:, _FADING] *= 1.0 - share
        self._h *= 1.0 - share
        self._commit()

    def steer(self, time_s: float, channel: int, intensity: float, *, hold_s: float, toward: str | None) -> float:
        """Bring a channel to an intensity, up or down, and hold it for a while.

        Returns
        -------
        float
            the level that it was bound for before
        """
        self._rebase(time_s)
        self._until.pop(channel, None)
        self._z[:, channel] += self._h[:, channel]
        self._h[:, channel] = 0.0
        # Whatever was being soothed now goes as fast as the rest.
        self._z[:, N_CHANNELS + channel] += self._z[:, 2 * N_CHANNELS + channel]
        self._z[:, 2 * N_CHANNELS + channel] = 0.0
        self._has_mixtures = self._has_mixtures or channel >= N_CATEGORIES
        level = float(self._z[:, channel].sum())
        if intensity >= level:
            row = self._row(toward)
            self._z[row, channel] += intensity - level
            self._z[row, N_CHANNELS + channel] -= intensity - level
        else:
            share = 1.0 - intensity / level
            self._z[:, N_CHANNELS + channel] += share * self._z[:, channel]
            self._z[:, channel] *= 1.0 - share
        if hold_s > 0.0:
            self._h[:, channel] = self._z[:, channel]
            self._z[:, channel] = 0.0
            self._until[channel] = time_s + hold_s
        self._commit()
        return level

    def release(self, time_s: float) -> None:
        """End the holds whose time has come, so that they begin to fade."""
        ended = [channel for channel, until in self._until.items() if until <= time_s]
        if not ended:
            return
        self._rebase(time_s)
        for channel in ended:
            del self._until[channel]
            self._z[:, channel] += self._h[:, channel]
            self._h[:, channel] = 0.0
        self._commit()

    def held_until(self, channel: int) -> float:
        """When the hold of a channel ends, or minus infinity."""
        return self._until.get(channel, -math.inf)

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return {
            "start_s": self._start_s,
            "targets": list(self._targets),
            "z": [_sparse(row) for row in self._z],
            "h": [_sparse(row) for row in self._h],
            "has_mixtures": self._has_mixtures,
            "until": {CHANNELS[channel]: until for channel, until in self._until.items()},
            "v": self._v.tolist(),
            "segments": [[s.start_s, _sparse(s.z), _sparse(s.held), s.v.tolist()] for s in self.segments],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot, bit by bit."""
        self._start_s = float(state["start_s"])
        self._targets = list(state["targets"])
        self._z = np.array([_dense(row, 3 * N_CHANNELS) for row in state["z"]])
        self._h = np.array([_dense(row, N_CHANNELS) for row in state["h"]])
        self._has_mixtures = bool(state["has_mixtures"])
        self._until = {CHANNELS.index(name): float(until) for name, until in state["until"].items()}
        self._v = np.array(state["v"], dtype=np.float64)
        self._commit()
        self.segments.clear()
        self.segments.extend(
            self._made(float(t), _dense(z, 3 * N_CHANNELS), _dense(h, N_CHANNELS), np.array(v, dtype=np.float64))
            for t, z, h, v in state["segments"]
        )

    def _read(self, segment: Segment, time_s: float) -> Moment:
        tau = max(0.0, time_s - segment.start_s)
        modes = segment.z * np.exp(self._rate * tau)
        x = modes[_FADING] + modes[_RISING] + modes[_EASING] + segment.held
        # In exact arithmetic x never leaves [0, 1]; rounding can put it 1e-17 outside.
        np.maximum(x, 0.0, out=x)
        np.minimum(x, 1.0, out=x)
        v = math.exp(self._k * tau) * segment.mood_free + np.dot(modes, self._pull) + segment.mood_held
        return Moment(x, v, modes)

    def _made(self, start_s: float, z: _Array, held: _Array, v: _Array) -> Segment:
        """A segment with what is constant in it worked out."""
        mood_held = np.dot(held, self._held_pull)
        return Segment(start_s, z, held, v, v - np.dot(z, self._pull) - mood_held, mood_held)

    def _rebase(self, time_s: float) -> None:
        """Move the origin of time to now."""
        if time_s == self._start_s:
            return
        self._v = self.at(time_s).v
        self._z = self._z * np.exp(self._rate * (time_s - self._start_s))
        # What nobody can tell from nothing would only fill snapshots.
        self._z[np.abs(self._z) < _VANISHED] = 0.0
        self._start_s = time_s

    def _row(self, target: str | None) -> int:
        """Row of a target; a new one may take the place of those that are no longer felt about."""
        if target in self._targets:
            return self._targets.index(target)
        if len(self._targets) > 8:
            alive = (np.abs(self._z).max(axis=1) > _FORGOTTEN) | (self._h.max(axis=1) > _FORGOTTEN)
            alive[0] = True
            self._targets = [name for name, keep in zip(self._targets, alive, strict=True) if keep]
            self._z, self._h = self._z[alive], self._h[alive]
        self._targets.append(target)
        self._z = np.vstack([self._z, np.zeros(3 * N_CHANNELS)])
        self._h = np.vstack([self._h, np.zeros(N_CHANNELS)])
        return len(self._targets) - 1

    def _commit(self) -> None:
        """Begin a new segment at the present origin."""
        self._segment = self._made(self._start_s, self._z.sum(axis=0), self._h.sum(axis=0), self._v)
        self._held: _Array = self._segment.held
        if self.segments and self.segments[-1].start_s == self._start_s:
            self.segments.pop()
        self.segments.append(self._segment)
        self._moment = None


def _sparse(values: _Array) -> list[list[float]]:
    """Pairs of index and value of what is not zero."""
    return [[int(i), float(values[i])] for i in np.flatnonzero(values)]


def _dense(pairs: list[list[float]], size: int) -> _Array:
    out = np.zeros(size)
    for i, value in pairs:
        out[int(i)] = value
    return out
