"""A byte's range serves the many, not the lone extreme."""

from __future__ import annotations

import numpy as np
import pytest

from expressive.training.calibrate import byte_range


def error(values, low, high):
    """Mean square of what 256 levels lose."""
    levels = np.clip(np.round((values - low) / (high - low) * 255), 0, 255)
    return np.square(levels / 255 * (high - low) + low - values).mean()


def test_a_lone_extreme_is_clipped(rng):
    values = np.append(rng.normal(0, 1, 100_000), 16.0).astype(np.float32)
    low, high = byte_range(values, rng)
    assert 4 < high < 15
    assert error(values, low, high) < 0.9 * error(values, values.min(), values.max())


def test_evenly_spread_values_are_kept_whole(rng):
    values = rng.uniform(-0.5, 2, 10_000).astype(np.float32)
    assert byte_range(values, rng) == pytest.approx((-0.5, 2), abs=0.01)


@pytest.mark.parametrize(("values", "wanted"), [([0.0, 0.0], (0, 0)), ([1.0, 2.0], (0, 2)), ([-3.0, -1.0], (-3, 0))])
def test_zero_is_always_a_level(rng, values, wanted):
    assert byte_range(np.array(values, np.float32), rng) == pytest.approx(wanted)
