"""From a point of the valence-arousal(-dominance) pad to intensities of emotions.

The direction of the point says which emotions, its distance from the middle how strong: the reading of the circumplex
(Russell 1980) and of Plutchik's cone (1980). Of all pairs of categories (triples where dominance is given) whose points
span the direction, the one that lies nearest to it is taken; the intensities are the point's coordinates in them, so that
the intensities' own valence and arousal are those of the point as long as they add up to 1 at most. Where a drag goes
farther out than that, they are scaled to add up to 1. The points of the categories themselves are those of
:mod:`expressive.core.emotions`.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import EMOTION_VAD, EMOTIONS

__all__ = ["emotions_at"]

_Array = npt.NDArray[np.float64]

_POINTS: _Array = np.array([EMOTION_VAD[name] for name in EMOTIONS])  # (n_emotions, 3)
_DIRECTIONS: _Array = _POINTS / np.linalg.norm(_POINTS, axis=1, keepdims=True)
_WEIGHT_OF_AMOUNT = 0.1  # between emotions of the same direction, the one that needs less of itself
_NOTHING = 1e-3
_PARALLEL = 1e-3


def emotions_at(valence: float, arousal: float, dominance: float | None = None) -> dict[str, float]:
    """Say which emotions lie at a point.

    Parameters
    ----------
    valence, arousal : float [range=[-1, 1]]
        the point
    dominance : float | None [range=[-1, 1]]
        None leaves it open; emotions near the middle of that axis are preferred then

    Returns
    -------
    dict[str, float]
        at most two categories (three with dominance) and their intensities in [0, 1], the strongest first

    Examples
    --------
    >>> emotions_at(-0.51, 0.59)
    {'anger': 1.0}
    >>> emotions_at(0.0, 0.0)
    {}
    """
    point = np.array([valence, arousal, 0.0 if dominance is None else dominance])
    distance = float(np.linalg.norm(point))
    if distance < _NOTHING:
        return {}
    axes = 2 if dominance is None else 3
    groups, inverses = _groups(axes)
    amounts = inverses @ point[:axes]  # (n_groups, axes)
    away = 1.0 - _DIRECTIONS @ (point / distance)
    cost = (amounts * (away[groups] + _WEIGHT_OF_AMOUNT)).sum(axis=1)
    best = int(np.where((amounts >= -1e-9).all(axis=1), cost, np.inf).argmin())
    chosen = amounts[best] / max(1.0, float(amounts[best].sum()))
    found = {EMOTIONS[i]: round(float(x), 4) for i, x in zip(groups[best], chosen, strict=True) if x >= _NOTHING}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


@lru_cache(maxsize=2)
def _groups(axes: int) -> tuple[npt.NDArray[np.intp], _Array]:
    """Every choice of as many categories as there are axes (n, axes), and what turns a point into their amounts."""
    groups = np.array(list(itertools.combinations(range(len(EMOTIONS)), axes)))
    bases = _POINTS[groups][:, :, :axes].transpose(0, 2, 1)  # (n, axes, axes): a category's point in each column
    spanning = np.abs(np.linalg.det(bases)) > _PARALLEL
    return groups[spanning], np.linalg.inv(bases[spanning])
