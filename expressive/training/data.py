"""Frames and labels from shards, as batches drawn by a torch generator whose state can be saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from expressive.core.errors import ParameterError
from expressive.training.rig.motion import MOTION_FILE, unpack_places

__all__ = ["Batch", "FrameSet", "load_frames"]


@dataclass(frozen=True)
class Batch:
    """A few frames with their labels."""

    frames: Tensor
    """premultiplied RGBA in [0, 1] (N, 4, H, W)"""
    controls: Tensor
    """(N, 61)"""
    identity: Tensor
    """(N,) int64"""
    landmarks: Tensor
    """pixels (N, 70, 2)"""
    places: Tensor | None = None
    """where points of skin, eyes and teeth are (N, P, 2), [-1, 1], see ``rig.motion``; None where nobody knows"""
    seen: Tensor | None = None
    """whether they are seen (N, P)"""


@dataclass
class FrameSet:
    """All frames of some splits; the pictures stay on disk or in the page cache until they are drawn."""

    shards: list[npt.NDArray[np.uint8]]
    """memory maps (n, H, W, 4)"""
    where: npt.NDArray[np.int64]
    """shard and row of each frame (M, 2)"""
    controls: Tensor
    """(M, 61)"""
    identity: Tensor
    """(M,)"""
    landmarks: Tensor
    """(M, 70, 2): the 68 of iBUG, then the right and the left pupil"""
    emotion: list[str]
    """leading emotion of each frame, or empty"""
    viseme: list[str]
    """leading viseme of each frame, or empty"""
    kind: list[str]
    """what each frame was drawn as"""
    identities: tuple[str, ...]
    """names in the order of ``identity``"""
    places: Tensor | None = None
    """of the points that motion is known of (M, P, 2)"""
    seen: Tensor | None = None
    """whether they are seen (M, P)"""
    canonical: Tensor | None = None
    """place of each point in its texture, for every character (C, P, 2)"""

    def __len__(self) -> int:
        return len(self.where)

    @property
    def resolution(self) -> int:
        """Edge of the pictures in pixels."""
        return int(self.shards[0].shape[1])

    def draw_labels(self, count: int, generator: torch.Generator) -> Batch:
        """A random batch without its pictures, for what learns from labels alone."""
        at = torch.randint(len(self), (count,), generator=generator)
        places = unpack_places(self.places[at]) if self.places is not None else None
        seen = self.seen[at] if self.seen is not None else None
        return Batch(torch.empty(0), self.controls[at], self.identity[at], self.landmarks[at], places, seen)

    def take(self, index: Sequence[int] | npt.NDArray[np.int64]) -> Batch:
        """Frames by number."""
        rows = [self.shards[self.where[i, 0]][self.where[i, 1]] for i in index]
        frames = torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2).float().div_(255.0)
        at = torch.as_tensor(np.asarray(index, np.int64))
        frames = frames.contiguous(memory_format=torch.channels_last)
        places = unpack_places(self.places[at]) if self.places is not None else None
        seen = self.seen[at] if self.seen is not None else None
        return Batch(frames, self.controls[at], self.identity[at], self.landmarks[at], places, seen)

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """A random batch."""
        return self.take(torch.randint(len(self), (count,), generator=generator).numpy())


def load_frames(folder: Path, splits: Sequence[str] = ("train",), identities: Sequence[str] | None = None) -> FrameSet:
    """Open the shards of some splits.

    Parameters
    ----------
    folder : Path
        folder written by ``render_frames``
    splits : Sequence[str]
        which splits
    identities : Sequence[str] | None
        names in the model's order; those of the folder where absent

    Returns
    -------
    FrameSet
        the frames

    Raises
    ------
    ParameterError
        If there are none, or if characters were rendered with different points of motion.
    """
    folder = Path(folder)
    info_path = folder / "frames.json"
    if not info_path.is_file():
        raise ParameterError(f"frames={str(folder)!r} must be a folder written by: expressive train render")
    names = tuple(identities or json.loads(info_path.read_text(encoding="utf-8"))["identities"])
    shards, where, controls, identity, landmarks = [], [], [], [], []
    places, seen, canonical = [], [], []
    emotion: list[str] = []
    viseme: list[str] = []
    kind: list[str] = []
    for number, name in enumerate(names):
        if (motion := folder / name / MOTION_FILE).is_file():
            canonical.append(np.load(motion))
            if canonical[-1].shape != canonical[0].shape:
                raise ParameterError(
                    f"{motion} of {name!r} is {canonical[-1].shape}, not {canonical[0].shape} like those before it; "
                    "render all characters into a new folder with one version of: expressive train render"
                )
        for split in splits:
            for labels in sorted((folder / name).glob(f"{split}-*.npz")):
                if labels.name.endswith(".part.npz"):
                    continue
                pack = np.load(labels)
                count = len(pack["controls"])
                shards.append(np.load(labels.with_suffix(".npy"), mmap_mode="r"))
                where.append(np.stack([np.full(count, len(shards) - 1), np.arange(count)], 1))
                controls.append(pack["controls"])
                landmarks.append(pack["landmarks"])
                if "places" in pack:
                    places.append(pack["places"])
                    seen.append(pack["seen"])
                identity.append(np.full(count, number))
                emotion += [str(x) for x in pack["emotion"]]
                viseme += [str(x) for x in pack["viseme"]]
                kind += [str(x) for x in pack["kind"]]
    if not shards:
        raise ParameterError(f"frames={str(folder)!r} holds no {' or '.join(splits)} frames of {', '.join(names)}")
    return FrameSet(
        shards,
        np.concatenate(where),
        torch.from_numpy(np.concatenate(controls)).float(),
        torch.from_numpy(np.concatenate(identity)).long(),
        torch.from_numpy(np.concatenate(landmarks)).float(),
        emotion,
        viseme,
        kind,
        names,
        *(
            (torch.from_numpy(np.concatenate(places)), torch.from_numpy(np.concatenate(seen)),
             torch.from_numpy(np.stack(canonical)))
            if len(places) == len(shards) and len(canonical) == len(names) else ()
        ),
    )  # fmt: skip
