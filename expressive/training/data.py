"""Frames and labels from shards, as batches drawn by a torch generator whose state can be saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from expressive.core.errors import ParameterError
from expressive.face.genome import Genome
from expressive.face.geometry import Geometry, load_geometry
from expressive.face.models import GEOMETRY_FILE
from expressive.face.people import load_people
from expressive.face.raster import texel_maps
from expressive.face.texels import finer
from expressive.training.rig.people import GENOMES_FILE
from expressive.training.sampler import TRAINED

__all__ = ["Batch", "FrameSet", "geometry_hash", "load_frames", "load_genomes"]


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
    texels: Tensor | None = None
    """what the mesh shows (N, 4 + ROWS, H, W) int32, texels of ``face.texels.finer``; None where there is no mesh"""
    moves: int = 0
    """pairs of neighbours, the second a moment after the first, with which it ends"""


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
    geometry: Geometry | None = None
    """meshes of the characters; None for pictures of one's own"""
    geometry_hash: str = ""
    """of their file"""
    people: Mapping[str, Genome] = field(default_factory=dict)
    """genes of the characters, where the frames know no cast"""
    _texels: dict[int, npt.NDArray[np.int32]] = field(default_factory=dict, repr=False)

    _finer: Geometry | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._finer = finer(self.geometry) if self.geometry is not None else None

    def __len__(self) -> int:
        return len(self.where)

    @cached_property
    def moves(self) -> npt.NDArray[np.int64]:
        """Frames that are a moment apart (K, 2)."""
        return np.flatnonzero([kind == "move" for kind in self.kind]).reshape(-1, 2)

    @property
    def resolution(self) -> int:
        """Edge of the pictures in pixels."""
        return int(self.shards[0].shape[1])

    def take(self, index: Sequence[int] | npt.NDArray[np.int64], *, moves: int = 0) -> Batch:
        """Frames by number, of which the last are so many of :attr:`moves`."""
        rows = [self.shards[self.where[i, 0]][self.where[i, 1]] for i in index]
        frames = torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2).float().div_(255.0)
        at = torch.as_tensor(np.asarray(index, np.int64))
        frames = frames.contiguous(memory_format=torch.channels_last)
        texels = None
        if self.geometry is not None:
            texels = torch.from_numpy(np.stack([self._texels_of(int(i)) for i in index]))
        return Batch(frames, self.controls[at], self.identity[at], self.landmarks[at], texels, moves)

    def _texels_of(self, index: int) -> npt.NDArray[np.int32]:
        """What the mesh shows in a frame; kept, because it takes milliseconds."""
        if index not in self._texels:
            assert self._finer is not None
            name = self.identities[int(self.identity[index])]
            places = self._finer.places(self.controls[index].numpy(), name)
            self._texels[index] = texel_maps(self._finer.figures[name], places, self.resolution)
        return self._texels[index]

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """A random batch."""
        return self.take(torch.randint(len(self), (count,), generator=generator).numpy())


def geometry_hash(folder: Path) -> str:
    """SHA-256 of the meshes in a folder of frames, a run or a release, in hexadecimal; empty where there are none."""
    path = Path(folder) / GEOMETRY_FILE
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def load_frames(folder: Path, splits: Sequence[str] = TRAINED, identities: Sequence[str] | None = None) -> FrameSet:
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
        If there are none.
    """
    folder = Path(folder)
    info_path = folder / "frames.json"
    people = load_genomes(folder)
    if not info_path.is_file():
        raise ParameterError(f"frames={str(folder)!r} must be a folder written by: expressive train render")
    names = tuple(identities or json.loads(info_path.read_text(encoding="utf-8"))["identities"])
    if people:  # only those who are there: training needs no more, and judges are others
        names = tuple(name for name in names if any(any((folder / name).glob(f"{split}-*.npz")) for split in splits))
        people = {name: people[name] for name in names}
    shards, where, controls, identity, landmarks = [], [], [], [], []
    emotion: list[str] = []
    viseme: list[str] = []
    kind: list[str] = []
    for number, name in enumerate(names):
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
        _geometry(folder, people),
        geometry_hash(folder),
        people,
    )


def load_genomes(folder: Path) -> dict[str, Genome]:
    """Genes of whom a folder of frames shows, by name; none where it is a cast."""
    path = Path(folder) / GENOMES_FILE
    if not path.is_file():
        return {}
    genes = json.loads(path.read_text(encoding="utf-8"))
    return {name: Genome.from_mapping(values) for name, values in genes.items()}


def _geometry(folder: Path, people: Mapping[str, Genome]) -> Geometry | None:
    meshes = folder / GEOMETRY_FILE
    if not meshes.is_file():
        return None
    content = meshes.read_bytes()
    return load_people(content, str(meshes)).geometry(people) if people else load_geometry(content, str(meshes))
