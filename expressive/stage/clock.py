"""A clock of fixed ticks, so that any step size gives the same result."""

from __future__ import annotations

from expressive.core.checks import check_number

__all__ = ["MAX_STEP_S", "TICK_RATE_HZ", "TICK_S", "TickClock"]

TICK_RATE_HZ = 120
"""Ticks in a second: a multiple of 24, 30, 40 and 60 frames/s, fine enough for a blink and a saccade."""
TICK_S = 1.0 / TICK_RATE_HZ
MAX_STEP_S = 86_400.0
"""Longest step that is taken at once: a day."""

_ROUNDING_TICKS = 1e-4  # sums of dt_s fall short of a tick by rounding; a ten-thousandth of a tick is inaudible


class TickClock:
    """Turns steps of any length into whole ticks and carries the rest over."""

    def __init__(self) -> None:
        self.ticks = 0
        self._elapsed_s = 0.0

    @property
    def time_s(self) -> float:
        """Time of the last whole tick."""
        return self.ticks / TICK_RATE_HZ

    def due(self, dt_s: float) -> int:
        """Add a step and return how many ticks it completes; call :meth:`tick` for each.

        Parameters
        ----------
        dt_s : float [range=[0, 86400], unit=s]
            the step

        Returns
        -------
        int
            ticks that are due

        Raises
        ------
        ParameterError
            If the step is negative, not finite or longer than a day.
        """
        self._elapsed_s += check_number("dt_s", dt_s, 0.0, MAX_STEP_S)
        return int(self._elapsed_s * TICK_RATE_HZ + _ROUNDING_TICKS) - self.ticks

    def tick(self) -> None:
        """Count one tick."""
        self.ticks += 1

    def snapshot(self) -> dict[str, float]:
        """State as plain JSON types."""
        return {"ticks": self.ticks, "elapsed_s": self._elapsed_s}

    def restore(self, state: dict[str, float]) -> None:
        """Go back to a snapshot."""
        self.ticks = int(state["ticks"])
        self._elapsed_s = float(state["elapsed_s"])
