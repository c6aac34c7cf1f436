"""What happened to a mind, and its feelings over time, recomputed from the closed form at any resolution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError
from expressive.emotion.dynamics import affect_point, categories, inhibit, squash_mood
from expressive.emotion.feelings import Feelings
from expressive.emotion.temperament import Temperament

__all__ = ["History", "Record", "build_history"]

_Array = npt.NDArray[np.float64]
_MAX_SAMPLES = 200_000


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened."""

    time_s: float
    kind: str
    """``event``, ``appraise``, ``feel``, ``mask``, ``unmask`` or ``transition``"""
    name: str
    """the event or emotion; the state that was entered"""
    source: str | None = None
    """who did it; the state that was left"""
    intensity: float = 1.0
    """[range=[0, 1]]"""
    note: str = ""
    """what set a transition off"""


@dataclass(frozen=True, slots=True)
class History:
    """The past of a mind, as far as it is kept."""

    times_s: _Array
    """[shape=(n_samples,)]"""
    felt: _Array
    """intensities of the categories [shape=(n_samples, n_emotions), range=[0, 1]]"""
    mood: _Array
    """pleasure, arousal, dominance [shape=(n_samples, 3), range=[-1, 1]]"""
    affect: _Array
    """valence, arousal, dominance of what was felt [shape=(n_samples, 3), range=[-1, 1]]"""
    states: tuple[tuple[float, float, str], ...]
    """(from, to, name) of every state that was in force [unit=s]"""
    records: tuple[Record, ...]
    """what happened, oldest first"""


def build_history(
    feelings: Feelings,
    nature: Temperament,
    records: Iterable[Record],
    *,
    initial_state: str,
    now_s: float,
    step_s: float,
) -> History:
    """Sample the past.

    Parameters
    ----------
    feelings : Feelings
        the segments between past events
    nature : Temperament
        the mind's constants
    records : Iterable[Record]
        what happened
    initial_state : str
        state before the first recorded transition
    now_s : float
        the end
    step_s : float [range=[0.001, 3600], unit=s]
        time between samples

    Returns
    -------
    History
        samples from the oldest segment kept until now

    Raises
    ------
    ParameterError
        If that makes more than 200,000 samples.
    """
    step_s = check_number("step_s", step_s, 0.001, 3600.0)
    segments = tuple(feelings.segments)
    start_s = segments[0].start_s
    n = int((now_s - start_s) / step_s) + 1
    if n > _MAX_SAMPLES:
        raise ParameterError(
            f"step_s={step_s:g} makes {n} samples; take step_s>={(now_s - start_s) / _MAX_SAMPLES:.3g} or more"
        )
    times: _Array = start_s + step_s * np.arange(n, dtype=np.float64)
    starts = np.array([s.start_s for s in segments])
    ends = np.append(np.searchsorted(times, starts[1:] - 1e-12), n)
    begins = np.concatenate([[0], ends[:-1]])
    parts = [feelings.sample(seg, times[i:j]) for seg, i, j in zip(segments, begins, ends, strict=True) if j > i]
    felt = inhibit(categories(np.concatenate([x for x, _ in parts])), nature.inhibition)
    base = np.array(nature.base_mood)
    mood = squash_mood(np.concatenate([v for _, v in parts]), base)
    kept = tuple(records)
    return History(times, felt, mood, affect_point(felt, mood - base), _states(kept, initial_state, now_s), kept)


def _states(records: Sequence[Record], initial: str, now_s: float) -> tuple[tuple[float, float, str], ...]:
    moves = [record for record in records if record.kind == "transition"]
    names = [moves[0].source or initial if moves else initial, *(move.name for move in moves)]
    times = [0.0, *(move.time_s for move in moves), now_s]
    return tuple((a, b, name) for a, b, name in zip(times, times[1:], names, strict=False))
