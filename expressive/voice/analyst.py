"""WORLD's analysis in the process beside the program, the same to the bit.

WORLD keeps Python's lock while it works, up to 8 ms at a time, in which a game's loop would stand still. As long as the
process is not there, this one does the work, so that nobody waits for it.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.beside import beside
from expressive.voice.analysis import HERE, Analyst, Outline
from expressive.voice.frames import BANDS_HZ, BINS, Frames

__all__ = ["APART", "answer", "start_apart"]

_COLUMNS = 1 + len(BANDS_HZ) + BINS
_NO_MELODY = np.zeros((0, 0), np.float32)
_ready = threading.Event()


def start_apart() -> None:
    """Wait until the process is there and has all that it needs; it is not asked before."""
    if not _ready.is_set() and _ask({"work": "warm_up"}) is not None:
        _ready.set()


def _ask(message: dict[str, Any], *arrays: npt.NDArray[np.float64]) -> tuple[dict[str, Any], bytes] | None:
    return beside().ask(__name__, message, b"".join(array.tobytes() for array in arrays))


def _outline(samples: npt.NDArray[np.float64]) -> Outline:
    found = _ask({"work": "outline"}, samples) if _ready.is_set() else None
    if found is None:
        return HERE.outline(samples)
    head, body = found
    f0_hz, weights = np.frombuffer(body).reshape(2, -1)
    return Outline(f0_hz, head["mean_st"], head["above_st"], head["below_st"], weights)


def _chunk(
    samples: npt.NDArray[np.float64], start: int, end: int, rough: Outline, melody: npt.NDArray[np.float32]
) -> Frames:
    message = {"work": "chunk", "start": start, "end": end, "mean_st": rough.mean_st, "frames": len(rough.f0_hz)}
    found = _ask(message, rough.f0_hz, samples) if _ready.is_set() else None
    if found is None:
        return HERE.chunk(samples, start, end, rough, melody)
    count, body = end - start, found[1]
    rows = np.frombuffer(body, np.float32, count * _COLUMNS).reshape(count, _COLUMNS)
    f0_st, noise_db, log_power = np.split(rows, (1, 1 + len(BANDS_HZ)), axis=1)
    return Frames(f0_st[:, 0], np.frombuffer(body, bool, count, rows.nbytes), log_power, noise_db, melody)


APART = Analyst(_outline, _chunk)
"""The process does it where it can, else this one."""


def answer(message: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Do the work, in the process."""
    numbers = np.frombuffer(body)
    if message["work"] == "warm_up":
        hum = np.sin(0.05 * np.arange(4410))
        HERE.chunk(hum, 0, 1, HERE.outline(hum), _NO_MELODY)
        return {}, b""
    if message["work"] == "outline":
        rough = HERE.outline(numbers)
        head = {"mean_st": rough.mean_st, "above_st": rough.above_st, "below_st": rough.below_st}
        return head, rough.f0_hz.tobytes() + rough.weights.tobytes()
    f0_hz, samples = np.split(numbers, [message["frames"]])
    rough = Outline(f0_hz, message["mean_st"], 0.0, 0.0, f0_hz)  # of the rest a chunk needs nothing
    frames = HERE.chunk(samples, message["start"], message["end"], rough, _NO_MELODY)
    rows = np.concatenate([frames.f0_st[:, None], frames.noise_db, frames.log_power], axis=1)
    return {}, rows.tobytes() + frames.voiced.tobytes()
