"""Many minds as arrays: what they are, what can be read off them, and how they are kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.checks import check_number
from expressive.core.errors import ParameterError, ProfileError
from expressive.emotion.channels import CHANNELS, N_CHANNELS
from expressive.emotion.chart import compile_chart
from expressive.emotion.check import check_mind
from expressive.emotion.crowd import CrowdMachine
from expressive.emotion.crowdview import check_askable
from expressive.emotion.dynamics import Kernel, affect_point, categories, inhibit, squash_mood
from expressive.emotion.relations import Relation
from expressive.emotion.responses import compile_responses
from expressive.emotion.spec import MindSpec
from expressive.emotion.temperament import temperament

__all__ = ["CrowdState"]

_Array = npt.NDArray[np.float64]


class CrowdState:
    """The arrays behind :class:`expressive.emotion.population.Population`, which adds time and inputs.

    Parameters
    ----------
    spec : MindSpec
        the declaration
    n : int
        how many members
    names : Sequence[str] | None
        what the members are called
    """

    def __init__(self, spec: MindSpec, n: int, *, names: Sequence[str] | None = None) -> None:
        if problems := check_mind(spec):
            raise ProfileError("population", problems)
        n = int(check_number("n", n, 1, 10_000_000))
        self.names = tuple(str(i) for i in range(n)) if names is None else tuple(names)
        if len(self.names) != n:
            raise ParameterError(f"names has {len(self.names)} entries; it must have n={n}")
        chart = compile_chart(spec.machine)
        for leaf in chart.leaves.values():
            for move in (*leaf.moves, *leaf.event_moves):
                check_askable(move.condition)
        self._spec = spec
        self._nature = temperament(spec.personality, spec.emotion)
        self._impulses = compile_responses(spec.emotion)
        self._machine = CrowdMachine(chart, n)
        self._decaying = np.zeros((n, N_CHANNELS))
        self._held = np.zeros((n, N_CHANNELS))
        self._rising = np.zeros((n, N_CHANNELS))
        self._easing = np.zeros((n, N_CHANNELS))
        self._is_easing = False
        self._v = np.zeros((n, 3))
        self._until: dict[int, _Array] = {}
        self._base_mood = np.array(self._nature.base_mood)
        self._relations: dict[str, _Array] = {
            agent: np.tile([r.liking, r.trust, r.familiarity], (n, 1)) for agent, r in spec.relations.items()
        }
        self._known = {agent: np.ones(n, dtype=bool) for agent in spec.relations}
        self._believed: dict[str, _Array] = {}
        self._habits: dict[tuple[str, str | None], tuple[_Array, _Array]] = {}
        self._last_event_s: dict[str, _Array] = {}
        self._time_s = 0.0
        self._time_error_s = 0.0
        self._since_flush_s = 0.0
        self._kernels: dict[float, Kernel] = {}
        threshold = self._nature.threshold
        self._over_threshold = np.where(threshold < 1.0, 1.0 / np.where(threshold < 1.0, 1.0 - threshold, 1.0), 0.0)

    def __len__(self) -> int:
        return len(self.names)

    # --- outputs ------------------------------------------------------------------------------------------------

    @property
    def time_s(self) -> float:
        """Seconds since the start."""
        return self._time_s

    @property
    def channels(self) -> _Array:
        """Intensity of every channel [shape=(n, n_channels), range=[0, 1]]."""
        out: _Array = np.clip(self._decaying + self._held - self._rising + self._easing, 0.0, 1.0)
        return out

    @property
    def felt(self) -> _Array:
        """What each member feels [shape=(n, n_emotions), range=[0, 1]]."""
        return inhibit(categories(self.channels), self._nature.inhibition)

    @property
    def shown(self) -> _Array:
        """What is felt, but at least the state's tone [shape=(n, n_emotions), range=[0, 1]]."""
        out: _Array = np.maximum(self.felt, self._machine.tone(self._time_s))
        return out

    @property
    def mood(self) -> _Array:
        """Pleasure, arousal, dominance of each member's mood [shape=(n, 3), range=[-1, 1]]."""
        return squash_mood(self._v, self._base_mood)

    @property
    def affect(self) -> _Array:
        """Valence, arousal, dominance of what each member feels [shape=(n, 3), range=[-1, 1]]."""
        return affect_point(self.felt, self.mood - self._base_mood)

    @property
    def states(self) -> tuple[str, ...]:
        """State of each member."""
        return tuple(self._machine.names[i] for i in self._machine.leaf)

    def felt_by(self, member: int) -> Affect:
        """What one member feels, as a single mind says it."""
        row = slice(member, member + 1)
        x = np.clip(self._decaying[row] + self._held[row] - self._rising[row] + self._easing[row], 0.0, 1.0)
        felt = inhibit(categories(x), self._nature.inhibition)
        point = affect_point(felt, squash_mood(self._v[row], self._base_mood) - self._base_mood)[0]
        return Affect.from_array(felt[0], (float(point[0]), float(point[1]), float(point[2])))

    def relation(self, member: int, other: str) -> Relation:
        """What one member thinks of an agent."""
        return Relation(*self._relations[other][member].tolist()) if other in self._relations else Relation()

    # --- keeping ------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """All state as plain JSON types; a population of the same declaration and size continues bit by bit."""
        return {
            "version": 1,
            "time_s": self._time_s,
            "time_error_s": self._time_error_s,
            "since_flush_s": self._since_flush_s,
            "decaying": self._decaying.tolist(),
            "held": self._held.tolist(),
            "rising": self._rising.tolist(),
            "easing": self._easing.tolist(),
            "v": self._v.tolist(),
            "until": {CHANNELS[i]: [None if math.isinf(x) else x for x in u.tolist()] for i, u in self._until.items()},
            "relations": {agent: x.tolist() for agent, x in self._relations.items()},
            "known": {agent: x.tolist() for agent, x in self._known.items()},
            "believed": {goal: x.tolist() for goal, x in self._believed.items()},
            "habits": [[e, s, n.tolist(), t.tolist()] for (e, s), (n, t) in self._habits.items()],
            "last_event_s": {
                event: [None if math.isinf(x) else x for x in t.tolist()] for event, t in self._last_event_s.items()
            },
            "machine": self._machine.snapshot(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot.

        Raises
        ------
        ParameterError
            If it is of another version or size.
        """
        if state.get("version") != 1 or len(state["v"]) != len(self):
            raise ParameterError(
                f"snapshot must be of version 1 and {len(self)} members; make a population that fits it"
            )
        self._time_s, self._time_error_s = state["time_s"], state["time_error_s"]
        self._since_flush_s = state["since_flush_s"]
        self._decaying, self._held = np.array(state["decaying"]), np.array(state["held"])
        self._rising, self._easing = np.array(state["rising"]), np.array(state["easing"])
        self._is_easing, self._v = bool(self._easing.any()), np.array(state["v"])
        self._until = {CHANNELS.index(c): _times(u, math.inf) for c, u in state["until"].items()}
        self._relations = {agent: np.array(x) for agent, x in state["relations"].items()}
        self._known = {agent: np.array(x, dtype=bool) for agent, x in state["known"].items()}
        self._believed = {goal: np.array(x) for goal, x in state["believed"].items()}
        self._habits = {(e, s): (np.array(n), np.array(t)) for e, s, n, t in state["habits"]}
        self._last_event_s = {event: _times(t, -math.inf) for event, t in state["last_event_s"].items()}
        self._machine.restore(state["machine"])


def _times(values: Iterable[float | None], missing: float) -> _Array:
    return np.array([missing if x is None else x for x in values], dtype=np.float64)
