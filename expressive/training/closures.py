"""Do lips meet on P, B and M: each generated contact is compared with the render of it and with lips just parted.

The difference of the two renders says which pixels change when the lips part, and how: teeth or the dark of the mouth
appear, the lips move. A generated frame is placed on the line between them: 0 is as closed as the render, 1 as parted.
Below a half its lips are closed. The generated frame of the parted face is placed too, so that a model that never opens
its mouth is found out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.training.pairs import Pairs, over_grey

__all__ = ["lip_closures", "openness"]

_LIPS = slice(48, 68)
_MARGIN = 4 / 256  # around the lips, as a share of the picture's edge

FloatArray = npt.NDArray[np.float32]


def openness(frame: FloatArray, closed: FloatArray, parted: FloatArray) -> float:
    """Where a frame (..., 3) lies between two renders: 0 as closed, 1 as parted, whatever else differs."""
    axis = parted - closed
    return float(((frame - closed) * axis).sum() / max(float((axis * axis).sum()), 1e-9))


def _box(landmarks: FloatArray, edge: int) -> tuple[slice, slice]:
    points = landmarks[:, _LIPS].reshape(-1, 2)
    low = np.clip(np.floor(points.min(0) - _MARGIN * edge), 0, edge - 2).astype(int)
    high = np.clip(np.ceil(points.max(0) + _MARGIN * edge), low + 1, edge).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def lip_closures(pairs: Pairs) -> dict[str, Any]:
    """Judge the split ``lips``.

    Parameters
    ----------
    pairs : Pairs
        in turns a contact and the same face with its lips just parted

    Returns
    -------
    dict[str, Any]
        ``contacts``; ``closed``: share of contacts drawn with closed lips; ``parted``: share of parted lips drawn as
        such; ``openness``: mean place of the contacts between closed (0) and parted (1); ``by_identity``: share closed
    """
    at_contact, when_parted, who = [], [], []
    for k in range(0, len(pairs) - 1, 2):
        rows, columns = _box(pairs.landmarks[k : k + 2], pairs.resolution)
        real, fake = (over_grey(x[k : k + 2, rows, columns]) for x in (pairs.real, pairs.fake))
        at_contact.append(openness(fake[0], real[0], real[1]))
        when_parted.append(openness(fake[1], real[0], real[1]))
        who.append(pairs.identities[int(pairs.identity[k])])
    closed = np.array(at_contact) < 0.5
    return {
        "contacts": len(closed),
        "closed": round(float(closed.mean()), 4),
        "parted": round(float((np.array(when_parted) > 0.5).mean()), 4),
        "openness": round(float(np.mean(at_contact)), 4),
        "by_identity": {
            name: round(float(np.mean([c for c, w in zip(closed, who, strict=True) if w == name])), 4)
            for name in dict.fromkeys(who)
        },
    }
