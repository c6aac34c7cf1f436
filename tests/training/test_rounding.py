"""Rounded weights give what the weights gave."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from expressive.training.rounding import patches, round_weights

LARGEST = 7


@pytest.fixture
def related():
    """Weights, and inputs that go together and are rarely negative, as features are."""
    rng = np.random.default_rng(440)
    few = rng.normal(0.3, 1, (4000, 6))
    seen = np.maximum(few @ rng.normal(0, 1, (6, 36)) + rng.normal(0, 0.2, (4000, 36)), 0).astype(np.float32)
    return rng.normal(0, 1, (5, 36)).astype(np.float32), seen


def test_what_is_given_changes_less_than_by_rounding_to_the_nearest(related):
    weights, seen = related
    rounded = round_weights(weights, seen, largest=LARGEST)
    assert np.abs(rounded.levels).max() <= LARGEST
    nearest = np.round(weights / rounded.steps[:, None]) * rounded.steps[:, None]
    wanted = seen @ weights.T
    error = seen @ (rounded.levels * rounded.steps[:, None]).T + rounded.bias - wanted
    assert error.std() < 0.5 * (seen @ nearest.T - wanted).std()


def test_the_bias_takes_the_mean_error(related):
    weights, seen = related
    rounded = round_weights(weights, seen, largest=LARGEST)
    error = seen @ (weights - rounded.levels * rounded.steps[:, None]).T - rounded.bias
    np.testing.assert_allclose(error.mean(0), 0, atol=1e-5)


def test_inputs_that_never_vary_leave_the_weights_near():
    weights = np.random.default_rng(440).normal(0, 1, (3, 8)).astype(np.float32)
    rounded = round_weights(weights, np.ones((50, 8), np.float32), largest=63)
    np.testing.assert_allclose(rounded.levels * rounded.steps[:, None], weights, atol=rounded.steps.max() / 2 * 1.001)


@pytest.mark.parametrize(("kernel", "stride", "pad"), [(3, 1, 1), (2, 2, 0), (1, 1, 0)])
def test_patches_are_what_a_convolution_multiplies(kernel, stride, pad):
    rng = np.random.default_rng(440)
    x = rng.normal(size=(2, 3, 8, 8)).astype(np.float32)
    weights = rng.normal(size=(4, 3, kernel, kernel)).astype(np.float32)
    full = torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(weights), stride=stride, padding=pad)
    places = full.numpy().transpose(0, 2, 3, 1).reshape(-1, 4)
    drawn = patches(x, kernel=kernel, stride=stride, pad=pad, rng=rng)[:200] @ weights.reshape(4, -1).T
    assert np.abs(drawn[:, None] - places).max(-1).min(1).max() < 1e-4
