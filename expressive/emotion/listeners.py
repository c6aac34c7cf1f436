"""Callbacks of scripts on the moves of a state machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from expressive.core.checks import check_choice
from expressive.core.errors import ParameterError
from expressive.emotion.machine import Passage

__all__ = ["Listeners"]

_KINDS = ("enter", "exit", "transition")
_MAX_DEPTH = 32


class Listeners:
    """Who wants to be told of moves.

    Parameters
    ----------
    states : Iterable[str]
        names of all states and groups
    """

    def __init__(self, states: Iterable[str]) -> None:
        self._states = tuple(states)
        self._callbacks: dict[str, list[tuple[str | None, Callable[[Passage], None]]]] = {kind: [] for kind in _KINDS}
        self._depth = 0

    def add(self, kind: str, callback: Callable[[Passage], None], state: str | None) -> Callable[[], None]:
        """Register a callback; what is returned takes it off again."""
        kind = check_choice("callback", kind, _KINDS)
        if state is not None:
            check_choice("state", state, self._states)
        entry = (state, callback)
        self._callbacks[kind].append(entry)

        def remove() -> None:
            if entry in self._callbacks[kind]:
                self._callbacks[kind].remove(entry)

        return remove

    def tell(self, passage: Passage) -> None:
        """Call the callbacks of a move: exit, transition, enter.

        Raises
        ------
        ParameterError
            If callbacks set off further moves without end.
        """
        if self._depth >= _MAX_DEPTH:
            raise ParameterError(
                f"callbacks set off moves within moves without end, last into {passage.to_state!r}; "
                "give the states a min_dwell_s or drop 'urgent'"
            )
        self._depth += 1
        try:
            for kind, names in (
                ("exit", passage.exited),
                ("transition", (passage.to_state,)),
                ("enter", passage.entered),
            ):
                for state, callback in tuple(self._callbacks[kind]):
                    if state is None or state in names:
                        callback(passage)
        finally:
            self._depth -= 1
