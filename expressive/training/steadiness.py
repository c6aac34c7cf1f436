"""Does a moving face move like the renderer's: no jump from frame to frame, and no flicker where nothing moves.

Changes are in grey levels. A jump is local, so the frame-to-frame change is the largest mean over a block of 8 pixels;
over whole frames it would drown in what stands still.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError
from expressive.face.frames import FrameArray
from expressive.training.pairs import Pairs, over_grey
from expressive.training.sequences import MOTION_FRAMES

__all__ = ["flicker", "largest_step", "steadiness"]

_BLOCK = 8
_STILL = 1.0  # grey levels that a pixel may change over a sequence of renders and still count as standing still
_MARGIN = 4  # pixels around what moves that do not count as standing still

FloatArray = npt.NDArray[np.float32]


def steps(frames: FrameArray) -> FloatArray:
    """Largest local change (n − 1,) between neighbours of a sequence (n, H, W, 4), in grey levels."""
    out = np.empty(len(frames) - 1, np.float32)
    last = over_grey(frames[0])
    for k, frame in enumerate(frames[1:]):
        now = over_grey(frame)
        change = np.abs(now - last).mean(-1)
        edge = change.shape[0] // _BLOCK
        out[k] = 255 * change.reshape(edge, _BLOCK, edge, _BLOCK).mean((1, 3)).max()
        last = now
    return out


def largest_step(frames: FrameArray) -> float:
    """The largest of :func:`steps`."""
    return float(steps(frames).max())


def standing_still(frames: FrameArray) -> npt.NDArray[np.bool_]:
    """Pixels (H, W) of a rendered sequence that show somebody, do not move, and are not near what does."""
    from scipy.ndimage import binary_dilation

    moves = (frames.max(0).astype(np.int16) - frames.min(0)).max(-1) > _STILL
    still: npt.NDArray[np.bool_] = ~binary_dilation(moves, iterations=_MARGIN) & (frames[0, ..., 3] > 0)
    return still


def flicker(frames: FrameArray, mask: npt.NDArray[np.bool_]) -> float:
    """Root mean square of the second difference in time of a sequence (n, H, W, 4) within a mask, in grey levels.

    A slow drift has no second difference; what trembles from frame to frame has a large one.
    """
    if not mask.any() or len(frames) < 3:
        return 0.0
    values = over_grey(frames[:, mask])
    second = values[2:] - 2 * values[1:-1] + values[:-2]
    return float(255 * np.sqrt(np.square(second, dtype=np.float64).mean()))


def steadiness(sequences: Iterable[Pairs]) -> dict[str, Any]:
    """Compare the generated sequences of the split ``motion`` with the rendered ones.

    Parameters
    ----------
    sequences : Iterable[Pairs]
        of ``MOTION_FRAMES`` each, from rest to one emotion; only one at a time is kept

    Returns
    -------
    dict[str, Any]
        ``by_identity``: largest frame-to-frame change of renders and of generated frames, the largest ratio of the two
        in one sequence, and the flicker of both; ``by_emotion``: the ratio; ``worst_ratio``, ``sequences``,
        ``no_larger`` (share of sequences whose change is no larger than the renderer's)

    Raises
    ------
    ParameterError
        If a sequence is not whole.
    """
    rows: list[dict[str, Any]] = []
    for pairs in sequences:
        who = pairs.who()
        if len(pairs) != MOTION_FRAMES or len(set(who)) > 1 or len(set(pairs.emotion)) > 1:
            raise ParameterError(
                f"the motion of {who[0]} is not in whole sequences of {MOTION_FRAMES} frames; let 'expressive train "
                "render' finish it"
            )
        still = standing_still(pairs.real)
        rows.append({
            "who": who[0], "emotion": pairs.emotion[0],
            "fake": largest_step(pairs.fake), "real": largest_step(pairs.real),
            "flicker": flicker(pairs.fake, still), "flicker_of_renders": flicker(pairs.real, still),
        })  # fmt: skip
    ratios = [row["fake"] / max(row["real"], 1e-6) for row in rows]

    def gather(key: str, name: str) -> list[int]:
        return [k for k, row in enumerate(rows) if row[key] == name]

    by_identity = {}
    for name in dict.fromkeys(row["who"] for row in rows):
        chosen = gather("who", name)
        by_identity[name] = {
            "largest_change": round(max(rows[k]["fake"] for k in chosen), 2),
            "largest_change_of_renders": round(max(rows[k]["real"] for k in chosen), 2),
            "ratio": round(max(ratios[k] for k in chosen), 3),
            "flicker": round(max(rows[k]["flicker"] for k in chosen), 3),
            "flicker_of_renders": round(max(rows[k]["flicker_of_renders"] for k in chosen), 3),
        }
    emotions = dict.fromkeys(row["emotion"] for row in rows)
    return {
        "sequences": len(rows),
        "worst_ratio": round(max(ratios), 3),
        "no_larger": round(float(np.mean([ratio <= 1.0 for ratio in ratios])), 3),
        "by_identity": by_identity,
        "by_emotion": {name: round(max(ratios[k] for k in gather("emotion", name)), 3) for name in emotions},
    }
