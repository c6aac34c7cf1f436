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
from expressive.training.data import load_frames
from expressive.training.pairs import Draw, Pairs, draw_pairs, runtime_draw
from expressive.training.pixels import measure
from expressive.training.rig.cast import load_cast

__all__ = ["evaluate"]

log = logging.getLogger(__name__)


def _means(values: dict[str, Tensor], index: Sequence[int] | None = None) -> dict[str, float]:
    pick = slice(None) if index is None else torch.as_tensor(list(index))
    return {name: round(float(v[pick].mean()), 4) for name, v in values.items()}


def _grouped(values: dict[str, Tensor], rows: dict[str, list[int]]) -> dict[str, dict[str, float]]:
    return {name: _means(values, index) for name, index in rows.items() if index}


def _tones(pairs: Pairs) -> list[str]:
    """Skin tone of each frame's character."""
    cast = load_cast()
    return [cast[name].tone_group if name in cast else "unknown" for name in pairs.who()]


def evaluate(
    *, frames: Path, model: Path | None = None, draw: Draw | None = None, out: Path | None = None, limit: int = 0
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
        file for the results as JSON
    limit : int
        frames of each split; 0 for all

    Returns
    -------
    dict[str, Any]
        ``test`` (unseen controls), ``held_out_pairs`` (pairs of emotion and viseme never trained), ``by_emotion``,
        ``by_identity`` and ``by_skin_tone``

    Raises
    ------
    ParameterError
        If there is neither model nor function, or the frames have another size.
    """
    names: Sequence[str] | None = None
    if draw is None:
        if model is None:
            raise ParameterError("model=None: give a release folder, or a function that draws")
        draw, names = runtime_draw(model)

    def pairs_of(split: str) -> Pairs:
        data = load_frames(frames, (split,), names)
        count = min(limit or len(data), len(data))
        return draw_pairs(draw, data, [int(i) for i in np.linspace(0, len(data) - 1, count)])

    results: dict[str, Any] = {}
    test = pairs_of("test")
    values = measure(test)
    results["test"] = {"frames": len(test)} | _means(values)
    results["by_identity"] = _grouped(values, test.rows(test.who()))
    results["by_skin_tone"] = _grouped(values, test.rows(_tones(test)))
    held = pairs_of("held")
    results["held_out_pairs"] = {"frames": len(held)} | _means(measure(held))
    emotion = pairs_of("emotion")
    results["by_emotion"] = _grouped(measure(emotion), emotion.rows(emotion.emotion))
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return results
