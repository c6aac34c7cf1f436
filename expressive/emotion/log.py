"""Every input of a run, and the run again from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from expressive.core.errors import ParameterError
from expressive.emotion.appraisal import Event
from expressive.emotion.spec import MindSpec

if TYPE_CHECKING:
    from expressive.emotion.mind import Mind

__all__ = ["LOG_VERSION", "InputLog", "replay"]

LOG_VERSION = 1


class InputLog:
    """Inputs with their times. Steps of time need no entry, as their sizes do not matter.

    Parameters
    ----------
    start : Mapping[str, Any]
        how the run began: the name and seed, or the snapshot
    """

    def __init__(self, start: Mapping[str, Any]) -> None:
        self._start = dict(start)
        self._inputs: list[list[Any]] = []

    def add(self, time_s: float, name: str, arguments: Mapping[str, Any]) -> None:
        """Note an input."""
        self._inputs.append([time_s, name, dict(arguments)])

    def to_dict(self, now_s: float, error_s: float) -> dict[str, Any]:
        """The log as plain JSON types."""
        return {
            "version": LOG_VERSION,
            "start": dict(self._start),
            "inputs": [[t, name, dict(arguments)] for t, name, arguments in self._inputs],
            "end_s": now_s,
            "end_error_s": error_s,
        }


def replay(spec: MindSpec, log: Mapping[str, Any]) -> Mind:
    """Run again what a log tells; the mind that comes out equals the one that wrote it, bit by bit.

    Parameters
    ----------
    spec : MindSpec
        the same declaration
    log : Mapping[str, Any]
        what :attr:`Mind.log` gave, also by way of JSON

    Returns
    -------
    Mind
        at the end of the log, without callbacks (what they did is in the log)

    Raises
    ------
    ParameterError
        If the log is of another version or names an input that does not exist.
    """
    from expressive.emotion.mind import Mind

    if not isinstance(log, Mapping) or log.get("version") != LOG_VERSION:
        found = log.get("version") if isinstance(log, Mapping) else log
        raise ParameterError(f"log version={found!r} must be {LOG_VERSION}")
    try:
        return _replayed(spec, log, Mind)
    except (KeyError, TypeError, IndexError) as error:
        raise ParameterError(
            f"log is damaged ({type(error).__name__}: {error}); take one that Mind.log wrote"
        ) from error


def _replayed(spec: MindSpec, log: Mapping[str, Any], make: type[Mind]) -> Mind:
    start = log["start"]
    mind = make(spec, name=start.get("name", "replay"), rng=np.random.default_rng(0))
    mind.begin(start)
    inputs: dict[str, Callable[..., object]] = {
        "trigger": mind.trigger,
        "appraise": lambda **fields: mind.appraise(Event(**fields)),
        "feel": mind.feel,
        "mask": mind.mask,
        "unmask": mind.unmask,
        "set_relation": mind.set_relation,
        "set_audience": mind.set_audience,
    }
    for time_s, name, arguments in log["inputs"]:
        if name not in inputs:
            raise ParameterError(f"log names input {name!r}, which is none of {', '.join(inputs)}")
        mind.run_to(time_s)
        inputs[name](**arguments)
    mind.run_to(log["end_s"], error_s=log["end_error_s"])
    return mind
