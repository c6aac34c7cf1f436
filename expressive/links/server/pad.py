"""From a point of the valence-arousal(-dominance) pad to intensities of emotions.

The circumplex read backwards (Russell 1980): the direction of a point says which emotions, its distance from the middle
how strong. The emotions stand around the middle in the directions of their points in :mod:`expressive.core.emotions`; a
point between two of them (three where dominance is given) is made of these. Their amounts are the point's coordinates
in them, so that what is felt has the valence and arousal that were asked for, as long as the amounts add up to 1 at
most. Farther out they are scaled to add up to 1.

Without dominance nine emotions stand around the pad. The other six differ from these in dominance above all, as pride
from happiness and shame from fear: they need the third axis.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import BIG_SIX, EMOTION_VAD, EMOTIONS

__all__ = ["RING", "emotions_at"]

_Array = npt.NDArray[np.float64]

RING = (*BIG_SIX, "boredom", "relief", "tenderness")
"""The emotions around the pad of valence and arousal."""

_NOTHING = 1e-3
_PARALLEL = 1e-3


def emotions_at(valence: float, arousal: float, dominance: float | None = None) -> dict[str, float]:
    """Say which emotions lie at a point.

    Parameters
    ----------
    valence, arousal : float [range=[-1, 1]]
        the point
    dominance : float | None [range=[-1, 1]]
        None leaves it open: only the emotions of :data:`RING` are found then

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
    point = np.array([valence, arousal] if dominance is None else [valence, arousal, dominance])
    names, groups, inverses, lengths = _frame(len(point))
    amounts = inverses @ point  # (n_groups, axes)
    # Of the groups that hold the point, the neighbours are those of the shortest way: all points lie on a circle then.
    way = np.where((amounts >= -1e-9).all(axis=1), (amounts * lengths[groups]).sum(axis=1), np.inf)
    best = int(way.argmin())
    chosen = amounts[best] / max(1.0, float(amounts[best].sum()))
    found = {names[i]: round(float(x), 4) for i, x in zip(groups[best], chosen, strict=True) if x >= _NOTHING}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


@lru_cache(maxsize=2)
def _frame(axes: int) -> tuple[tuple[str, ...], npt.NDArray[np.intp], _Array, _Array]:
    """Emotions, every choice of as many as there are axes (n, axes), what turns a point into their amounts, lengths."""
    names = RING if axes == 2 else EMOTIONS
    points = np.array([EMOTION_VAD[name][:axes] for name in names])
    groups = np.array(list(itertools.combinations(range(len(names)), axes)))
    bases = points[groups].transpose(0, 2, 1)  # (n, axes, axes): an emotion's point in each column
    spanning = np.abs(np.linalg.det(bases)) > _PARALLEL
    return names, groups[spanning], np.linalg.inv(bases[spanning]), np.linalg.norm(points, axis=1)
