"""Change the sample rate of sound that arrives piece by piece, exactly as if it had come at once."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError

__all__ = ["StreamResampler"]

_ZERO_CROSSINGS = 10  # of the low-pass on either side, and its Kaiser window: those of scipy's resample_poly
_KAISER_BETA = 5.0
_MAX_TERM = 1000  # of the ratio; keeps the filter small, and the pitch within a hundred-thousandth


class StreamResampler:
    """Polyphase resampling with the filter of ``scipy.signal.resample_poly``, which takes a second to import.

    The last half millisecond is held back until its neighbours are known, or until :meth:`flush`.

    Parameters
    ----------
    source_rate, target_rate : int [unit=Hz]
        sample rates

    Raises
    ------
    ParameterError
        If a rate is out of range.

    Examples
    --------
    >>> resampler = StreamResampler(8000, 16000)
    >>> len(resampler.push(np.zeros(400, np.float32))) + len(resampler.flush())
    800
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        check_number("source_rate", source_rate, 1000, 384_000)
        check_number("target_rate", target_rate, 1000, 384_000)
        ratio = Fraction(int(target_rate), int(source_rate)).limit_denominator(_MAX_TERM)
        self._up, self._down = ratio.numerator, ratio.denominator
        longest = max(self._up, self._down)
        self._delay = _ZERO_CROSSINGS * longest if longest > 1 else 0  # of the filter, in steps of 1/up sample
        self._phases = _phases(self._up, longest, self._delay)  # (up, n_taps)
        # Silence goes before the first sample, as many samples as the filter reaches back.
        self._held = np.zeros(self._phases.shape[1] - 1, np.float32)
        self._start = -len(self._held)
        self._taken = 0
        self._made = 0
        self._flushed = False

    def push(self, samples: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Take samples [shape=(n_samples,)] and return what can be computed now [shape=(any,)]."""
        if self._flushed:
            raise ParameterError("the resampler was flushed; make a new one for the next sound")
        y = np.asarray(samples, dtype=np.float32)
        if y.ndim != 1:
            raise ParameterError(f"samples have shape {y.shape}; they must be mono, (n_samples,)")
        self._held = np.concatenate([self._held, y])
        self._taken += len(y)
        # Sample m of the output needs the input up to (m · down + delay) / up.
        return self._emit(-(-(self._taken * self._up - self._delay) // self._down))

    def flush(self) -> npt.NDArray[np.float32]:
        """Return the rest; silence follows."""
        self._flushed = True
        self._held = np.concatenate([self._held, np.zeros(self._delay // self._up + 1, np.float32)])
        return self._emit(math.ceil(self._taken * self._up / self._down))

    def _emit(self, until: int) -> npt.NDArray[np.float32]:
        if until <= self._made:
            return np.zeros(0, np.float32)
        newest, phase = np.divmod(np.arange(self._made, until) * self._down + self._delay, self._up)
        windows = np.lib.stride_tricks.sliding_window_view(self._held, self._phases.shape[1])
        first = newest - (self._phases.shape[1] - 1) - self._start
        out: npt.NDArray[np.float32] = np.einsum("mk,mk->m", windows[first], self._phases[phase]).astype(np.float32)
        self._made = until
        keep = (until * self._down + self._delay) // self._up - (self._phases.shape[1] - 1) - self._start
        self._held = self._held[keep:]
        self._start += keep
        return out


def _phases(up: int, longest: int, delay: int) -> npt.NDArray[np.float64]:
    """Taps of the low-pass for each place between two samples [shape=(up, n_taps)], oldest sample first."""
    if longest == 1:
        return np.ones((1, 1))
    t = np.arange(-delay, delay + 1)
    taps = np.sinc(t / longest) * np.kaiser(len(t), _KAISER_BETA)
    taps *= up / taps.sum()
    count = -(-len(taps) // up)
    padded = np.zeros(count * up)
    padded[: len(taps)] = taps
    return np.ascontiguousarray(padded.reshape(count, up).T[:, ::-1])
