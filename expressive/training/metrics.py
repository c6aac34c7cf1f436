"""How good a face is: every measure on frames never trained on, grouped and written down."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from expressive.core.errors import ParameterError
from expressive.training.closures import lip_closures
from expressive.training.data import load_frames, load_genomes
from expressive.training.mouths import draw_mouths
from expressive.training.pairs import Draw, Pairs, draw_pairs, runtime_draw
from expressive.training.pixels import REGIONS, measure
from expressive.training.recogniser import recognition, trained_recogniser
from expressive.training.resemblance import resemblance
from expressive.training.rig.cast import CAST_FILE, load_cast
from expressive.training.rig.people import member_of
from expressive.training.sequences import MOTION_FRAMES
from expressive.training.spectrum import grid_peaks
from expressive.training.steadiness import steadiness

__all__ = ["evaluate"]

log = logging.getLogger(__name__)


def _means(values: dict[str, Tensor], index: Sequence[int] | None = None) -> dict[str, float]:
    pick = slice(None) if index is None else torch.as_tensor(list(index))
    return {name: round(float(v[pick].mean()), 4) for name, v in values.items()}


def _grouped(values: dict[str, Tensor], rows: dict[str, list[int]]) -> dict[str, dict[str, float]]:
    return {name: _means(values, index) for name, index in rows.items() if index}


def _tones(pairs: Pairs, frames: Path) -> list[str]:
    """Skin tone of each frame's character."""
    people = load_genomes(frames)
    if people:
        return [member_of(people[name], name).tone_group for name in pairs.who()]
    own = Path(frames) / CAST_FILE
    cast = load_cast(own if own.is_file() else None)
    return [cast[name].tone_group if name in cast else "unknown" for name in pairs.who()]


def _tone_gap(by_tone: dict[str, dict[str, float]]) -> dict[str, float]:
    """PSNR of the best drawn skin tone over the worst, by region."""
    values = {r: [row[f"psnr_{r}"] for row in by_tone.values()] for r in REGIONS}
    return {region: round(max(v) - min(v), 4) for region, v in values.items()}


def _has(frames: Path, split: str) -> bool:
    found = any(Path(frames).glob(f"*/{split}-*.npz"))
    if not found:
        log.warning("no frames to measure %r with; 'expressive train render' makes what is missing", split)
    return found


def evaluate(
    *,
    frames: Path,
    model: Path | None = None,
    draw: Draw | None = None,
    out: Path | None = None,
    strangers: Path | None = None,
    limit: int = 0,
) -> dict[str, Any]:
    """Measure a model on frames that training never saw.

    A release is measured as users see it: the ONNX file, through the runtime with all that it does to a frame.

    Parameters
    ----------
    frames : Path
        folder written by ``render_frames``
    model : Path | None
        release folder
    draw : Draw | None
        the model as a function, where there is no folder
    out : Path | None
        file for the results as JSON; ``mouths.png``, open mouths at four times their size, is written beside it
    strangers : Path | None
        folder written by ``render_frames(strangers=…)``, from which a judge of expressions learns; it is kept there
    limit : int
        frames of each split but for sequences and pairs; 0 for all

    Returns
    -------
    dict[str, Any]
        ``test`` (unseen controls), ``held_out_pairs`` (pairs of emotion and viseme never trained), ``by_emotion``,
        ``by_identity``, ``by_skin_tone`` and ``skin_tone_gap_db``; ``grid`` (:func:`.grid_peaks`), ``likeness``
        (:func:`.resemblance`), ``motion`` (:func:`.steadiness`), ``lips`` (:func:`.lip_closures`) and ``recogniser``
        (:func:`.recognition`), the last three where the folder has their frames

    Raises
    ------
    ParameterError
        If there is neither model nor function, or the frames have another size.
    """
    names: Sequence[str] | None = None
    if draw is None:
        if model is None:
            raise ParameterError("model=None: give a release folder, or a function that draws")
        judges = load_frames(frames, ("test",)).people  # those who were never trained on
        draw, names = runtime_draw(model, judges)

    def pairs_of(split: str, most: int = 0) -> Pairs:
        data = load_frames(frames, (split,), names)
        count = min(most or len(data), len(data))
        return draw_pairs(draw, data, [int(i) for i in np.linspace(0, len(data) - 1, count)])

    results: dict[str, Any] = {}
    test, held, emotion = (pairs_of(split, limit) for split in ("test", "held", "emotion"))
    values = measure(test)
    results["test"] = {"frames": len(test)} | _means(values)
    results["by_identity"] = _grouped(values, test.rows(test.who()))
    results["by_skin_tone"] = _grouped(values, test.rows(_tones(test, frames)))
    results["skin_tone_gap_db"] = _tone_gap(results["by_skin_tone"])
    results["held_out_pairs"] = {"frames": len(held)} | _means(measure(held))
    results["by_emotion"] = _grouped(measure(emotion), emotion.rows(emotion.emotion))
    results["grid"] = grid_peaks(test)
    results["likeness"] = resemblance(test)
    if _has(frames, "motion"):
        data = load_frames(frames, ("motion",), names)
        starts = range(0, len(data), MOTION_FRAMES)
        results["motion"] = steadiness(draw_pairs(draw, data, range(len(data))[k : k + MOTION_FRAMES]) for k in starts)
    if _has(frames, "lips"):
        results["lips"] = lip_closures(pairs_of("lips"))
    if strangers is not None and _has(frames, "reading"):
        results["recogniser"] = recognition(trained_recogniser(strangers), [emotion, pairs_of("reading")])
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        draw_mouths(held, Path(out).parent / "mouths.png")
    return results
