"""Speakers x emotions x intensities x sentences, measured from the sound, and what of it is wrong.

The tests run a part of it. All of it, as docs/voice.md quotes it, is

    python -m tests.voice.grid --sentences 20 --out grid.json
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from expressive.core.affect import Affect
from expressive.voice.evaluate import evaluation_sentences
from expressive.voice.frames import Frames
from expressive.voice.source import Emit, build
from expressive.voice.voice import Voice
from tests.voice.praat import measure, pitch_range
from tests.voice.seams import seam_errors
from tests.voice.speaking import CAST, say

SPEAKERS = ("guard", "healer", "merchant")
BIG_SIX = ("anger", "happiness", "sadness", "fear", "disgust", "surprise")
INTENSITIES = (0.25, 0.5, 0.75, 1.0)
DIRECTIONS = {
    "jitter": {"anger": -1, "happiness": -1, "sadness": 1, "fear": -1, "disgust": -1},
    "hnr": {"anger": 1, "happiness": 1, "sadness": -1, "fear": 1, "disgust": -1, "surprise": -1},
}
"""Signs of the differences from neutral that people show (EmoDB); surprise is not in it, but is breathy (Murray &
Arnott 1993)."""
NOISE = {"f0_st": 0.05, "rate": 0.006, "alpha_db": 0.2, "level_db": 0.15, "jitter": 0.1, "hnr": 0.25}
"""By how much a mean over 20 sentences may seem to step back although its target does not; over fewer, by the square
root of their share more."""

Cell = dict[str, Any]
Grid = dict[tuple[str, str, float], Cell]


@contextmanager
def rehearsed() -> Iterator[None]:
    """Analyse what is said once, however often it is said; emotion comes after analysis."""
    known: dict[Any, list[tuple[list[Any], Frames]]] = {}

    def remember(script: Any, spec: Any, backend: Any, emit: Emit, *more: Any, **named: Any) -> Iterator[Frames]:
        key = (script, spec.language, spec.variant, spec.rate, id(backend))
        if key not in known:
            rows: list[tuple[list[Any], Frames]] = []
            told: list[Any] = []
            for frames in build(script, spec, backend, lambda *piece: told.append(piece), *more, **named):
                rows.append((told[:], frames))
                told.clear()
            known[key] = rows
        for pieces, frames in known[key]:
            for piece in pieces:
                emit(*piece)
            yield frames

    with mock.patch("expressive.voice.stream.build", remember):
        yield


def measure_grid(
    speakers: Sequence[str], sentences: Sequence[str], *, intensities: Sequence[float] = (1.0,), seams: bool = True
) -> Grid:
    """Say and measure everything; neutral is ``(speaker, "neutral", 0.0)``.

    The speakers do not falter here: a sob would count as speech.

    Returns
    -------
    Grid
        for every cell the means over the sentences, ``targets``, ``peak`` of all, and ``seams`` in milliseconds
    """
    grid: Grid = {}
    for speaker in speakers:
        voice = Voice(dataclasses.replace(CAST[speaker], hesitation=0.0), seed=1)
        with rehearsed():
            for emotion, intensity in [("neutral", 0.0), *((e, i) for e in BIG_SIX for i in intensities)]:
                affect = Affect.of({emotion: intensity}) if intensity else Affect.neutral()
                targets = voice.prosody(affect)
                streams = [say(voice, text, targets, timeout_s=None) for text in sentences]
                sounds = [stream.samples() for stream in streams]
                between_hz = pitch_range(sounds)
                rows = [measure(y, between_hz) for y in sounds]
                cell: Cell = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
                cell["peak"] = max(row["peak"] for row in rows)
                cell["targets"] = targets.to_dict()
                cell["sentences"] = len(rows)
                if seams and intensity in (0.0, 1.0):
                    errors = [seam_errors(y, s.track.phones) for y, s in zip(sounds, streams, strict=True)]
                    cell["seams"] = [1e3 * e for found in errors for e in found.values()]
                grid[speaker, emotion, intensity] = cell
        for (who, _, _), cell in grid.items():
            if who == speaker:
                cell["rate"] = grid[speaker, "neutral", 0.0]["speaking_s"] / cell["speaking_s"]
    return grid


def differences(grid: Grid, speaker: str, emotion: str, intensity: float = 1.0) -> dict[str, float]:
    """What was measured against what was asked for, and against neutral."""
    neutral, cell = grid[speaker, "neutral", 0.0], grid[speaker, emotion, intensity]
    targets = cell["targets"]
    base_st = 12 * math.log2(CAST[speaker].base_f0_hz / 100)
    found = {
        "f0_error_st": cell["f0_st"] - base_st - targets["f0_shift_st"],
        "rate_error": cell["rate"] / targets["tempo"] - 1,
        "alpha_error_db": cell["alpha_db"] - neutral["alpha_db"] - targets["tilt_db"],
        "level_db": cell["level_db"] - neutral["level_db"],
        "jitter": cell["jitter"] - neutral["jitter"],
        "hnr": cell["hnr"] - neutral["hnr"],
        "peak": cell["peak"],
    }
    if "seams" in cell:
        late = np.abs(cell["seams"])
        found |= {f"seam_ms_{q}": float(np.percentile(late, q)) for q in (50, 95)}
        found["seams"] = float(len(late))
    return found


def failures(grid: Grid) -> list[str]:
    """Everything that is not as it must be, in words."""
    wrong = []
    speakers = list(dict.fromkeys(speaker for speaker, _, _ in grid))
    full = [(speaker, emotion) for speaker, emotion, intensity in grid if intensity == 1.0]
    for speaker, emotion in full:
        found = differences(grid, speaker, emotion)
        bounds = {"f0_error_st": 0.5, "rate_error": 0.03, "alpha_error_db": 2.0, "seam_ms_50": 5.0, "seam_ms_95": 10.0}
        for name, bound in bounds.items():
            if name in found and not abs(found[name]) <= bound:
                wrong.append(f"{speaker}, {emotion}: {name} {found[name]:+.3f}, at most {bound:g}")
        for name, signs in DIRECTIONS.items():
            if not found[name] * signs.get(emotion, 0) >= 0:
                wrong.append(f"{speaker}, {emotion}: {name} {found[name]:+.2f} moves the wrong way")
    for speaker in speakers:
        order = [grid[speaker, e, i]["level_db"] for e, i in (("anger", 1.0), ("happiness", 1.0), ("neutral", 0.0))]
        order.append(grid[speaker, "sadness", 1.0]["level_db"])
        if not all(a > b for a, b in pairwise(order)):
            wrong.append(f"{speaker}: levels of anger, happiness, neutral, sadness {np.round(order, 1).tolist()}")
    wrong += [f"{key}: peak {c['peak']:.3f} dB" for key, c in grid.items() if not c["peak"] <= 10 ** (-1 / 20)]
    for speaker, emotion in full:
        wrong += _steps_back(grid, speaker, emotion)
    return wrong


def _steps_back(grid: Grid, speaker: str, emotion: str) -> Iterator[str]:
    cells = [
        cell for (s, e, _), cell in sorted(grid.items(), key=lambda item: item[0][2]) if s == speaker and e == emotion
    ]
    cells.insert(0, grid[speaker, "neutral", 0.0])
    targets = cells[-1]["targets"]
    signs = {
        "f0_st": np.sign(targets["f0_shift_st"]),
        "rate": np.sign(targets["tempo"] - 1),
        "alpha_db": np.sign(targets["tilt_db"]),
        "level_db": np.sign(targets["gain_db"]),
        **{name: signs.get(emotion, 0) for name, signs in DIRECTIONS.items()},
    }
    for name, sign in signs.items():
        values = [cell[name] for cell in cells]
        noise = NOISE[name] * math.sqrt(20 / cells[0]["sentences"])
        if any(sign * (b - a) < -noise for a, b in pairwise(values)):
            yield f"{speaker}, {emotion}: {name} is not monotonic: {np.round(values, 3).tolist()}"


def table(grid: Grid) -> str:
    """The grid at full intensity, a line for each speaker and emotion."""
    lines = []
    for speaker, emotion, intensity in grid:
        if intensity == 1.0:
            found = differences(grid, speaker, emotion)
            lines.append(f"{speaker:9} {emotion:10} " + "  ".join(f"{k} {v:+.3g}" for k, v in found.items()))
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=20)
    parser.add_argument("--speakers", nargs="+", default=SPEAKERS)
    parser.add_argument("--intensities", nargs="+", type=float, default=INTENSITIES)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    grid: Grid = {}
    for speaker in options.speakers:
        grid |= measure_grid([speaker], evaluation_sentences()[: options.sentences], intensities=options.intensities)
        if options.out:
            named = {"/".join(map(str, key)): cell for key, cell in grid.items()}
            options.out.write_text(json.dumps(named, indent=1), encoding="utf-8")
    wrong = failures(grid)
    sys.stdout.write("\n".join([table(grid), *wrong, f"{len(grid)} cells, {len(wrong)} wrong\n"]))
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
