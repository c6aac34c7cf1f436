"""What the state machine's conditions read off a mind at one time, with bounds on how fast each can change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import MIX, N_CATEGORIES, OPPOSITE
from expressive.emotion.dynamics import categories, mood_at
from expressive.emotion.feelings import Feelings
from expressive.emotion.relations import Relations
from expressive.emotion.temperament import Temperament

__all__ = ["NEVER_S", "Reading", "felt_now"]

_Array = npt.NDArray[np.float64]

NEVER_S = 1e18
"""``since`` an event that never came."""


def felt_now(feelings: Feelings, inhibition: _Array, time_s: float) -> _Array:
    """Felt categories of one mind [shape=(n_emotions,)]; a new array."""
    x = feelings.at(time_s).x
    felt = categories(x) if feelings.has_mixtures else x[:N_CATEGORIES]
    out: _Array = felt * (1.0 - inhibition * felt.take(OPPOSITE))
    return out


class Reading:
    """A mind at one time, as :class:`expressive.emotion.conditions.View` asks for it; made anew for each look.

    Parameters
    ----------
    feelings, nature, relations
        the mind's parts
    last_event_s : dict[str, float]
        event → when it last came
    time_s : float
        now
    entered_s : float
        when the state was entered
    """

    __slots__ = ("_entered_s", "_feelings", "_felt", "_felt_speed", "_last", "_nature", "_relations", "_speed", "_t")

    def __init__(
        self,
        feelings: Feelings,
        nature: Temperament,
        relations: Relations,
        *,
        last_event_s: dict[str, float],
        time_s: float,
        entered_s: float,
    ) -> None:
        self._feelings = feelings
        self._nature = nature
        self._relations = relations
        self._last = last_event_s
        self._t = time_s
        self._entered_s = entered_s
        self._felt: _Array | None = None
        self._felt_speed: _Array | None = None
        self._speed: _Array | None = None

    def felt(self, channel: int) -> tuple[float, float]:
        """Intensity of an emotion; opposites push it down, as in what is felt."""
        if self._felt is None or self._felt_speed is None or self._speed is None:
            feelings, inhibition = self._feelings, self._nature.inhibition
            self._felt = felt_now(feelings, inhibition, self._t)
            self._speed = feelings.speed(self._t)
            # Mixing and inhibiting have slopes of at most the weights and κ, as all intensities lie in [0, 1].
            shown = np.dot(self._speed, MIX) if feelings.has_mixtures else self._speed[:N_CATEGORIES]
            self._felt_speed = shown + inhibition * shown.take(OPPOSITE)
        if channel < N_CATEGORIES:
            return float(self._felt[channel]), float(self._felt_speed[channel])
        return float(self._feelings.at(self._t).x[channel]), float(self._speed[channel])

    def felt_toward(self, channel: int, agent: str) -> tuple[float, float]:
        """Intensity of a channel toward somebody."""
        return self._feelings.one_toward(self._t, agent, channel)

    def mood(self, axis: int) -> tuple[float, float]:
        """Pleasure, arousal or dominance."""
        nature = self._nature
        v = self._feelings.at(self._t).v
        mood = mood_at((float(v[0]), float(v[1]), float(v[2])), nature.base_mood)
        pushed = float(np.dot(self._feelings.ceiling(self._t), nature.pull[axis]))
        return mood[axis], nature.mood_rate * abs(float(v[axis])) + 2.0 * pushed

    def relation(self, agent: str, which: str) -> tuple[float, float]:
        """Liking, trust or familiarity; they change by events alone."""
        return float(getattr(self._relations.of(agent), which)), 0.0

    def time_in_state(self) -> tuple[float, float]:
        """Seconds since the state was entered."""
        return self._t - self._entered_s, 1.0

    def since(self, event: str) -> tuple[float, float]:
        """Seconds since an event last came."""
        return (self._t - self._last[event], 1.0) if event in self._last else (NEVER_S, 1.0)

    def more(self, name: str, argument: str) -> tuple[float, float]:
        """No word beyond its own: the state machine's conditions are read without any."""
        raise AssertionError(name)
