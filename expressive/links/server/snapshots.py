"""What a snapshot from outside must be before an actor is built on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from expressive.core.checks import check_number, check_text
from expressive.core.errors import ParameterError
from expressive.emotion.machine import GRID_HZ
from expressive.stage.clock import TICK_RATE_HZ

if TYPE_CHECKING:
    from expressive.links.server.limits import Limits

__all__ = ["check_snapshot"]

_LONGEST_LIFE_S = 10 * 365 * 86_400.0
_APART_S = 1.0


def check_snapshot(data: dict[str, Any], character: str, *, version: int, limits: Limits) -> None:
    """Look at what decides how long a restored actor would compute, so that no snapshot keeps the server busy.

    Parameters
    ----------
    data : dict[str, Any]
        what a client sends back
    character : str
        whom it must be of
    version : int
        of the form
    limits : Limits
        how many lines of which length may wait

    Raises
    ------
    ParameterError
        If it is of another version or character, its clocks contradict each other, or its lines are too long.
    KeyError, TypeError, ValueError
        If parts are missing or of another type.
    """
    if data.get("version") != version:
        raise ParameterError(f"restore.data.version={data.get('version')!r} must be {version}; take a new snapshot")
    if data["character"] != character:
        raise ParameterError(f"restore.data is of {data['character']!r}, and the actor is {character!r}")
    actor = data["actor"]
    check_text("restore.data.language", data["language"], max_length=200)
    lines, numbers = actor["lines"], data["lines"]
    if len(lines) != len(numbers) or len(lines) > limits.lines_waiting or len(set(numbers)) != len(numbers):
        raise ParameterError(f"restore.data has {len(lines)} lines and {len(numbers)} numbers; take a whole snapshot")
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 2**32:
            raise ParameterError(f"restore.data.lines has {number!r}; every number must be in [1, 4294967295]")
    for sound, _ in lines:
        check_text("a line of restore.data", sound["stream"]["source"], max_length=limits.line_characters)
    clock, mind = actor["clock"], actor["mind"]
    time_s = check_number("restore.data clock", clock["ticks"], 0, _LONGEST_LIFE_S * TICK_RATE_HZ) / TICK_RATE_HZ
    next_poll = math.inf if mind["next_poll"] is None else check_number("next_poll", mind["next_poll"]) / GRID_HZ
    for other_s in (clock["elapsed_s"], mind["time_s"], min(next_poll, time_s)):
        if abs(check_number("restore.data clock", other_s) - time_s) > _APART_S:
            raise ParameterError("restore.data has clocks that contradict each other; take a whole snapshot")
