"""What the conditions of many machines read off their members, the array form of :mod:`.reading`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError
from expressive.emotion.channels import MIX, N_CATEGORIES, OPPOSITE
from expressive.emotion.conditions import Condition, Quantity, conjunctions
from expressive.emotion.crowd import CrowdMachine
from expressive.emotion.dynamics import categories, inhibit, squash_mood
from expressive.emotion.reading import NEVER_S
from expressive.emotion.temperament import Temperament

__all__ = ["MembersView", "check_askable", "member_rows"]

_Array = npt.NDArray[np.float64]
_Rows = npt.NDArray[np.intp]
_AXES = {"liking": 0, "trust": 1, "familiarity": 2}


def check_askable(condition: Condition | None) -> None:
    """Refuse a condition on feelings toward somebody, of which a population keeps no account."""
    for way in conjunctions(condition) if condition is not None else ():
        for atom in way:
            if "toward" in (atom.left.kind, atom.right.kind if atom.right is not None else ""):
                raise ParameterError(
                    f"{atom.text!r} cannot be asked of a population, which keeps no feelings by target; "
                    "ask for the emotion alone, or use a Mind for each"
                )


def member_rows(members: Iterable[int] | None, n: int) -> _Rows:
    """The members that are meant, each once and in order; None is all ``n``."""
    if members is None:
        return np.arange(n)
    rows = np.unique(np.asarray(list(members), dtype=np.intp))
    if len(rows) and not (rows[0] >= 0 and rows[-1] < n):
        raise ParameterError(f"members must be in [0, {n - 1}], not {rows[0]} to {rows[-1]}")
    return rows


class MembersView:
    """Some members at one time.

    Parameters
    ----------
    rows : np.ndarray [shape=(n_rows,)]
        the members
    time_s : float
        the time
    decaying, held, rising, easing, v : np.ndarray
        their state then, one row each
    nature, machine, relations, last_event_s
        the population's parts
    """

    def __init__(  # noqa: PLR0917 - one slice of a population's arrays, made in one place
        self,
        rows: _Rows,
        time_s: float,
        decaying: _Array,
        held: _Array,
        rising: _Array,
        easing: _Array,
        v: _Array,
        nature: Temperament,
        machine: CrowdMachine,
        relations: Mapping[str, _Array],
        last_event_s: Mapping[str, _Array],
    ) -> None:
        self.rows = rows
        self.time_s = time_s
        self._d, self._h, self._f, self._e, self._v = decaying, held, rising, easing, v
        self._nature = nature
        self._machine = machine
        self._relations = relations
        self._last = last_event_s
        self._felt: tuple[_Array, _Array, _Array, _Array] | None = None

    def only(self, keep: npt.NDArray[np.bool_]) -> MembersView:
        """The same for a part of the members."""
        if keep.all():
            return self
        part = MembersView(
            self.rows[keep],
            self.time_s,
            self._d[keep],
            self._h[keep],
            self._f[keep],
            self._e[keep],
            self._v[keep],
            self._nature,
            self._machine,
            self._relations,
            self._last,
        )
        if self._felt is not None:
            x, speed, felt, felt_speed = self._felt
            part._felt = x[keep], speed[keep], felt[keep], felt_speed[keep]
        return part

    def read(self, quantity: Quantity) -> tuple[_Array, _Array]:
        """Value of a quantity and a bound on its speed, each [shape=(n_rows,)]."""
        still = np.zeros(len(self.rows))
        if quantity.kind == "felt":
            x, speed, felt, felt_speed = self._intensities()
            i = quantity.index
            return (felt[:, i], felt_speed[:, i]) if i < N_CATEGORIES else (x[:, i], speed[:, i])
        if quantity.kind == "mood":
            nature, axis = self._nature, quantity.index
            base = np.array(nature.base_mood)
            ceiling = self._d + self._h + self._e + np.maximum(-self._f, 0.0)
            pushed = ceiling @ nature.pull[axis]
            return squash_mood(self._v, base)[:, axis], nature.mood_rate * np.abs(self._v[:, axis]) + 2.0 * pushed
        if quantity.kind == "relation":
            rows = self._relations.get(quantity.agent)
            return (still if rows is None else rows[self.rows, _AXES[quantity.name]]), still
        if quantity.kind == "time":
            return self._machine.time_in_state(self.rows, self.time_s), still + 1.0
        if quantity.kind == "since":
            last = self._last.get(quantity.name)
            if last is None:
                return still + NEVER_S, still + 1.0
            return np.minimum(self.time_s - last[self.rows], NEVER_S), still + 1.0
        raise AssertionError(quantity.kind)

    def _intensities(self) -> tuple[_Array, _Array, _Array, _Array]:
        """Channels and categories, each with a bound on its speed."""
        if self._felt is None:
            nature = self._nature
            x = np.clip(self._d + self._h - self._f + self._e, 0.0, 1.0)
            speed = nature.decay * np.abs(self._d) + nature.onset * np.abs(self._f) + nature.ease * np.abs(self._e)
            mixed = speed @ MIX
            felt = inhibit(categories(x), nature.inhibition)
            self._felt = (x, speed, felt, mixed + nature.inhibition * mixed[:, OPPOSITE])
        return self._felt
