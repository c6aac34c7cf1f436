from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.stage.clock import TICK_RATE_HZ, TickClock


def run(clock: TickClock, steps: list[float]) -> None:
    for step in steps:
        for _ in range(clock.due(step)):
            clock.tick()


@pytest.mark.parametrize("rate", [7, 24, 25, 30, 60, 144, 1000])
def test_any_step_size_makes_the_same_ticks_in_an_hour(rate: int) -> None:
    clock = TickClock()
    run(clock, [1 / rate] * (rate * 60))
    assert clock.ticks == 60 * TICK_RATE_HZ


@given(st.lists(st.floats(0, 2), max_size=50))
def test_no_time_is_lost_or_made_up(steps: list[float]) -> None:
    clock = TickClock()
    run(clock, steps)
    assert abs(clock.ticks - sum(steps) * TICK_RATE_HZ) < 1.001


@pytest.mark.parametrize("dt_s", [-0.1, float("nan"), float("inf"), 86_401, "1", None, True])
def test_an_impossible_step_is_refused_and_changes_nothing(dt_s: object) -> None:
    clock = TickClock()
    with pytest.raises(ParameterError, match="dt_s="):
        clock.due(dt_s)  # type: ignore[arg-type]
    assert clock.snapshot() == TickClock().snapshot()
