"""What a mind thinks of others, how that changes, and how it colours what it feels about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import CHANNEL_INDEX, N_CHANNELS
from expressive.emotion.spec import RelationSpec

__all__ = ["LIKING_BIAS", "STRANGER", "TRUST_BIAS", "Relation", "Relations"]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relation:
    """What a mind thinks of another agent."""

    liking: float = 0.0
    """hated to loved [range=[-1, 1]]"""
    trust: float = 0.0
    """distrusted to trusted [range=[-1, 1]]"""
    familiarity: float = 0.0
    """stranger to oldest friend [range=[0, 1]]"""


STRANGER = Relation()
"""What is thought of somebody who was never met."""


def _bias(rows: Mapping[str, float]) -> _Array:
    out = np.zeros(N_CHANNELS)
    for name, value in rows.items():
        out[CHANNEL_INDEX[name]] = value
    out.setflags(write=False)
    return out


LIKING_BIAS = _bias(
    {
        **dict.fromkeys(("happiness", "tenderness", "admiration", "gratitude", "liking", "pity", "relief"), 0.3),
        **dict.fromkeys(("sadness", "shame", "disappointment", "remorse"), 0.2),
        **dict.fromkeys(("anger", "contempt", "disgust", "reproach", "disliking", "hate"), -0.25),
    }
)
"""How much a liking of 1 heightens each channel felt toward somebody [shape=(n_channels,)]; ours."""

TRUST_BIAS = _bias({"fear": -0.3, "hope": 0.2, "relief": 0.2, "surprise": 0.1, "sadness": 0.1})
"""How much a trust of 1 heightens each channel felt toward somebody [shape=(n_channels,)]; ours."""


class Relations:
    """The relations of one mind, which only change by what happens.

    Parameters
    ----------
    specs : Mapping[str, RelationSpec]
        relations at the start
    """

    def __init__(self, specs: Mapping[str, RelationSpec]) -> None:
        self._of = {name: Relation(spec.liking, spec.trust, spec.familiarity) for name, spec in specs.items()}
        self._groups = {name: frozenset(spec.groups) for name, spec in specs.items()}

    def of(self, agent: str) -> Relation:
        """The relation to somebody; a stranger's is 0 throughout."""
        return self._of.get(agent, STRANGER)

    @property
    def agents(self) -> tuple[str, ...]:
        """Everybody who is known."""
        return tuple(self._of)

    def groups(self, agents: Iterable[str]) -> frozenset[str]:
        """The agents and all the groups to which they belong."""
        names = frozenset(agents)
        return names.union(*(self._groups.get(name, frozenset()) for name in names))

    def change(self, agent: str, *, liking: float = 0.0, trust: float = 0.0, familiarity: float = 0.0) -> None:
        """Move a relation; near an end it moves less, away from it in full."""
        now = self.of(agent)
        self._of[agent] = Relation(
            _moved(now.liking, liking, -1.0), _moved(now.trust, trust, -1.0), _moved(now.familiarity, familiarity, 0.0)
        )

    def put(self, agent: str, relation: Relation) -> None:
        """Set a relation."""
        self._of[agent] = relation

    def snapshot(self) -> dict[str, list[float]]:
        """Everything as plain JSON types."""
        return {name: [r.liking, r.trust, r.familiarity] for name, r in self._of.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot."""
        self._of = {name: Relation(*(float(x) for x in row)) for name, row in state.items()}


def _moved(x: float, change: float, low: float) -> float:
    room = 1.0 - x if change > 0.0 else x - low
    return min(1.0, max(low, x + change * min(1.0, room)))
