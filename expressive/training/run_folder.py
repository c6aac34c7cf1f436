"""What a run folder tells of its run, beside the checkpoint: options, environment, statistics, pictures."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from expressive.face.models import GEOMETRY_FILE
from expressive.training.options import TrainOptions

__all__ = ["describe_run", "write_sheet", "write_stats"]


def describe_run(run: Path, options: TrainOptions, frames: Path) -> None:
    """Write ``options.json`` and ``environment.json``, and keep the meshes of the frames: a release needs them."""
    run.mkdir(parents=True, exist_ok=True)
    if (meshes := Path(frames) / GEOMETRY_FILE).is_file():
        shutil.copyfile(meshes, run / GEOMETRY_FILE)
    for name, values in (("options", asdict(options)), ("environment", _environment())):
        (run / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
        "cores": os.cpu_count(), "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
    }  # fmt: skip


def write_stats(run: Path, losses: Mapping[str, Sequence[float]], *, step: int, elapsed_s: float) -> None:
    """Add a line to ``stats.jsonl``: the mean of each loss over the last steps, the step, and the time trained."""
    line: dict[str, float] = {key: round(sum(values) / len(values), 5) for key, values in losses.items()}
    line |= {"step": step, "elapsed_s": round(elapsed_s, 1)}
    with (run / "stats.jsonl").open("a", encoding="utf-8") as stats:
        stats.write(json.dumps(line) + "\n")


def write_sheet(frames: Tensor, path: Path, *, columns: int = 8) -> None:
    """Draw frames (N, 4, H, W) on grey, in rows that are full."""
    rgba = frames.float().clamp(0, 1).cpu()
    ground = torch.tensor([0.42, 0.46, 0.50]).view(1, 3, 1, 1)
    rgb = ((rgba[:, :3] + (1 - rgba[:, 3:]) * ground) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    rows = [np.concatenate(list(rgb[k : k + columns]), 1) for k in range(0, len(rgb) - columns + 1, columns)]
    Image.fromarray(np.concatenate(rows)).save(path)
