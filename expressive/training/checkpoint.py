"""Weights of a run or a release: kept, found again, and fitted to other characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from expressive.core.errors import WeightsError
from expressive.training.export import unpack_weights

__all__ = ["has_checkpoint", "load_run", "load_weights", "save_run", "weights_for"]

_FILE = "checkpoint.pt"
_OF_CHARACTERS = (
    "character.", "start.", "map.", "point_character.", "motion_character.", "motion.home", "motion.reach",
)  # fmt: skip


def has_checkpoint(run: Path) -> bool:
    """Whether a run folder can be gone on from."""
    return (Path(run) / _FILE).is_file()


def load_run(run: Path) -> dict[str, Any]:
    """Checkpoint of a run folder.

    Raises
    ------
    WeightsError
        If there is none.
    """
    if not has_checkpoint(run):
        raise WeightsError(f"{run} holds no {_FILE}")
    state: dict[str, Any] = torch.load(Path(run) / _FILE, map_location="cpu", weights_only=True)
    return state


def save_run(run: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; the one before it stays whole until this one is."""
    partial = run / "checkpoint.part"
    torch.save(state, partial)
    partial.replace(run / _FILE)


def load_weights(source: Path) -> dict[str, Any]:
    """Weights to start from, of a run folder or a release folder: ``G_ema`` and ``D``.

    Raises
    ------
    WeightsError
        If it is neither.
    """
    release = Path(source) / "weights.safetensors"
    if not release.is_file():
        return load_run(source)
    from safetensors.torch import load_file

    weights = load_file(str(release))
    return {"G_ema": unpack_weights(weights, "G"), "D": unpack_weights(weights, "D")}


def weights_for(wanted: dict[str, Tensor], weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights for other characters: each new one starts as the mean of those known, its pictures as they began.

    A generator that keeps no pictures, for want of known motion, says less of each pixel: it gets a head of its own.

    Parameters
    ----------
    wanted : dict[str, Tensor]
        what the network has now; it keeps what ``weights`` lack
    weights : dict[str, Tensor]
        what to start from

    Returns
    -------
    dict[str, Tensor]
        weights with the names and shapes of ``wanted``

    Raises
    ------
    WeightsError
        If a shape differs by more than the number of characters.
    """
    out = dict(wanted)
    redrawn = any(name.startswith("textures.") for name in weights) != any(n.startswith("textures.") for n in wanted)
    for name, value in weights.items():
        if name not in wanted or (redrawn and name.startswith("head.")):
            continue
        target = wanted[name]
        if value.shape != target.shape:
            if not name.startswith(_OF_CHARACTERS) or value.shape[1:] != target.shape[1:]:
                raise WeightsError(
                    f"{name} is {tuple(value.shape)} in the weights to start from, not {tuple(target.shape)}"
                )
            value = value.mean(0, keepdim=True).expand_as(target)
        out[name] = value.to(target.dtype)
    return out
