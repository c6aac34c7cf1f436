"""How fast the face is on this machine: the generator and the animator, beside what others run.

The contenders take turns in one run, a few frames each, so that whatever else the machine does burdens all of them
alike. In a turn they draw frame after frame as in a game, which has no other contender in its memory and caches; the
first frame of a turn finds both as the others left them, and counts as well.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.checks import check_number
from expressive.core.speech import Phone, SpeechTrack
from expressive.face.animator import FaceAnimator
from expressive.face.generator import FaceGenerator
from expressive.face.reference import REFERENCE_NAME, open_reference
from expressive.face.spec import FaceSpec

__all__ = ["Contender", "bench"]

Contender = Callable[[npt.NDArray[np.float32], int], object]
"""Draws one frame from controls [shape=(61,)] and the index of an identity."""

_TICK_S = 1.0 / 120.0
_WARM_UP = 5
_TURN = 10
"""frames that a contender draws before the next"""


def bench(
    model: str | Path = "face-cast-256",
    *,
    frames: int = 300,
    references: Callable[[], Mapping[str, Contender]] | None = None,
) -> dict[str, Any]:
    """Time the face on one thread.

    Parameters
    ----------
    model : str | Path
        as for :meth:`FaceGenerator.load`
    frames : int [range=[10, 100000]]
        frames of each contender
    references : Callable[[], Mapping[str, Contender]] | None
        sets up more contenders of the same run, such as the released weights in torch; called when loading time and
        memory have been taken, which would otherwise be theirs

    Returns
    -------
    dict[str, Any]
        times in milliseconds (frame) and microseconds (animator tick, reused frame), memory in MiB, and the machine

    Raises
    ------
    WeightsError
        If the model cannot be opened.
    ParameterError
        If ``frames`` is out of range.
    """
    check_number("frames", frames, 10, 100_000)
    before = peak_memory_mib()
    start = time.perf_counter()
    generator = FaceGenerator.load(model)
    load_ms = 1e3 * (time.perf_counter() - start)
    poses, ticks_us = _performance(generator.identities[0], int(frames))
    identity = generator.identities[0]

    def ours(controls: npt.NDArray[np.float32], _: int) -> object:
        return generator.frame(controls, identity)

    reused_us = _reuse_us(generator, identity, poses[0])
    memory = peak_memory_mib()
    contenders: dict[str, Contender] = {"expressive": ours}
    reference = open_reference()
    if reference is not None:
        contenders[REFERENCE_NAME] = reference
    contenders.update(references() if references else {})
    times = _take_turns(contenders, poses)
    own = times.pop("expressive")
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "model": f"{generator.config.name} {generator.config.version}",
        "resolution": generator.resolution,
        "parameters": generator.config.parameters,
        "threads": 1,
        "load_ms": round(load_ms, 1),
        "frames": len(poses),
        "frame_ms": own,
        "reused_frame_us": reused_us,
        "animator_tick_us": ticks_us,
        "peak_memory_mib": {"before": before, "with_generator": memory},
        "references": times,
    }


def peak_memory_mib() -> float | None:
    """Largest memory of this process so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _performance(identity: str, frames: int) -> tuple[npt.NDArray[np.float32], dict[str, float]]:
    """Poses (frames, 61) at 60 Hz of a face that feels and speaks, and the time of its ticks."""
    spoken = enumerate("ɡɛtəweɪ" * 200)
    phones = [Phone(symbol, 0.09 * i, 0.09 * (i + 1), 2 if i % 6 == 1 else 0) for i, symbol in spoken]
    track = SpeechTrack(phones=tuple(phones), duration_s=phones[-1].end_s)
    animator = FaceAnimator(FaceSpec(identity=identity), rng=np.random.default_rng(440))
    moods = [Affect.of(anger=0.8, disgust=0.2), Affect.of(happiness=0.7), Affect.of(fear=0.6, sadness=0.3)]
    poses = np.empty((frames, 61), dtype=np.float32)
    ticks = np.empty(2 * frames)
    for tick in range(2 * frames):
        shown = moods[tick // 240 % len(moods)]
        start = time.perf_counter()
        controls = animator.advance(_TICK_S, shown, track=track, speech_time_s=tick * _TICK_S)
        ticks[tick] = time.perf_counter() - start
        poses[tick // 2] = controls.values
    return poses, _summary(ticks, 1e6)


def _take_turns(contenders: Mapping[str, Contender], poses: npt.NDArray[np.float32]) -> dict[str, dict[str, float]]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    turns = [poses[:_WARM_UP], *(poses[k : k + _TURN] for k in range(0, len(poses), _TURN))]
    for turn in turns:
        for name, draw in contenders.items():
            for pose in turn:
                start = time.perf_counter()
                draw(pose, 0)
                times[name].append(time.perf_counter() - start)
    return {name: _summary(np.array(spent[_WARM_UP:]), 1e3) for name, spent in times.items()}


def _reuse_us(generator: FaceGenerator, identity: str, pose: npt.NDArray[np.float32]) -> dict[str, float]:
    generator.frame(pose, identity)
    spent = np.empty(100)
    for i in range(len(spent)):
        start = time.perf_counter()
        generator.frame(pose, identity)
        spent[i] = time.perf_counter() - start
    return _summary(spent, 1e6)


def _summary(seconds: npt.NDArray[np.float64], scale: float) -> dict[str, float]:
    return {
        "median": round(float(np.median(seconds)) * scale, 3),
        "p99": round(float(np.quantile(seconds, 0.99)) * scale, 3),
    }
