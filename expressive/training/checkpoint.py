"""Weights of a run or a release: kept, found again, and fitted to other characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from expressive.core.errors import WeightsError
from expressive.training.data import geometry_hash
from expressive.training.export import WEIGHTS_FILE, read_weights

__all__ = ["has_checkpoint", "load_run", "load_weights", "save_run", "weights_for"]

_FILE = "checkpoint.pt"
_OF_CHARACTERS = ("character.", "start.", "map.")


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
    """Weights to start from, of a run folder or a release folder: ``G_ema`` and ``D``, and ``geometry_hash``.

    Raises
    ------
    WeightsError
        If it is neither.
    """
    source = Path(source)
    known = {"geometry_hash": geometry_hash(source)}
    if not (source / WEIGHTS_FILE).is_file():
        return load_run(source) | known
    weights = read_weights(source)
    return {"G_ema": weights["G"], "D": weights["D"]} | known


def weights_for(wanted: dict[str, Tensor], weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights for other characters: each new one starts as the mean of those known, its pictures as they began.

    A generator that keeps no pictures, for want of a mesh, says less of each pixel: it gets a head of its own.

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
        shared = name.replace(".weight", ".linear.bias")
        if name.startswith(_OF_CHARACTERS) and shared in wanted:  # whoever has genes starts as the mean character
            out[shared] = value.mean(0).to(wanted[shared].dtype)
        if name not in wanted or (redrawn and name.startswith("head.")):
            continue
        if name.startswith("textures.") and value.shape != wanted[name].shape:
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
