"""Weights in few bits, rounded so that what a convolution gives changes least, not the weights themselves.

Rounded one after another, each weight's error is made up for by those that are still to come, as far as their inputs
go together (Frantar et al., *GPTQ*, 2023). What is left of the error has a mean, which the bias takes: else the four
quarters of a picture would be brighter or darker than each other, which is a pattern of the pixel grid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Rounded", "patches", "round_weights"]

FloatArray = npt.NDArray[np.float64]

_DAMPING = 0.01  # of the mean variance, so that inputs that never vary alone decide nothing
_SAMPLE = 16_000  # places


class Rounded(NamedTuple):
    """Weights of a convolution in whole steps."""

    levels: npt.NDArray[np.int8]
    """whole numbers (c_out, k)"""
    steps: FloatArray
    """of each channel (c_out,)"""
    bias: FloatArray
    """to be added to each channel's bias (c_out,)"""


def patches(
    x: npt.NDArray[np.float32], *, kernel: int, stride: int, pad: int, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """What a square convolution sees at some places, one row each.

    Parameters
    ----------
    x : np.ndarray [shape=(n, c_in, H, W)]
        its input
    kernel, stride, pad : int [unit=pixels]
        of the convolution
    rng : np.random.Generator
        which places

    Returns
    -------
    np.ndarray [shape=(places, c_in · kernel · kernel)]
        in the order of its weights
    """
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]
    n, _, rows, columns = windows.shape[:4]
    at = np.unravel_index(rng.integers(0, n * rows * columns, _SAMPLE), (n, rows, columns))
    return windows[at[0], :, at[1], at[2]].reshape(_SAMPLE, -1)


def round_weights(weights: npt.NDArray[np.float32], seen: npt.NDArray[np.float32], *, largest: int) -> Rounded:
    """Round the weights of a convolution.

    Parameters
    ----------
    weights : np.ndarray [shape=(c_out, k)]
        in floats
    seen : np.ndarray [shape=(places, k)]
        what they are multiplied with, see :func:`patches`
    largest : int
        the largest whole number: 63 for seven bits

    Returns
    -------
    Rounded
        levels, steps and the change of the bias
    """
    mean = seen.mean(0, dtype=np.float64)
    apart = seen - mean
    hessian = apart.T @ apart / len(seen)
    variance = np.diag(hessian).copy()
    hessian[np.diag_indices_from(hessian)] += _DAMPING * variance.mean() + 1e-12
    order = np.argsort(-variance, kind="stable")  # what varies most first, while many are left to make up for it
    spread = np.linalg.cholesky(np.linalg.inv(hessian[np.ix_(order, order)])).T
    left = weights[:, order].astype(np.float64)
    steps = np.maximum(np.abs(left).max(1), 1e-12) / largest
    levels = np.empty(weights.shape, np.int8)
    for k, column in enumerate(order):
        levels[:, column] = np.clip(np.round(left[:, k] / steps), -largest, largest)
        error = (left[:, k] - levels[:, column] * steps) / spread[k, k]
        left[:, k:] -= np.outer(error, spread[k, k:])
    return Rounded(levels, steps, (weights - levels * steps[:, None]) @ mean)
