"""A network that reads controls from a face, so that a generator can be asked to draw what it reads.

An error of a grey level matters little on a cheek and much in the fold that makes a smile; no weight of regions knows
which is which. A network that has learned to tell how brows, lids and lips are held from renders of the cast looks at
just that. Its features are compared, those of a generated frame with those of the render (a perceptual loss; Johnson
et al., 2016; of expressions, Daněček et al., *EMOCA*, CVPR 2022). It is frozen, so a generator that pleases it cannot
change its mind, and it has nothing in common with the judges of ``recogniser``, who learn other labels from strangers.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.controls import N_CONTROLS
from expressive.training.conditions import control_scale
from expressive.training.crops import EDGE, augmented, face_crops, grey_of
from expressive.training.data import FrameSet

__all__ = ["READER_FILE", "Reader", "train_reader", "trained_reader"]

log = logging.getLogger(__name__)

READER_FILE = "reader.pt"
"""beside the frames it was trained on"""

_EPOCHS, _BATCH, _RATE = 30, 32, 2e-3


class Reader(nn.Module):
    """Frames to features, and to the controls that they show."""

    def __init__(self, controls: int = N_CONTROLS, channels: tuple[int, ...] = (24, 48, 96, 128)) -> None:
        super().__init__()
        levels: list[nn.Module] = []
        c_in = 1
        for c in channels:
            levels.append(nn.Sequential(nn.Conv2d(c_in, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU()))
            c_in = c
        self.levels = nn.ModuleList(levels)
        width = c_in * (EDGE // 2 ** len(channels)) ** 2
        self.answer = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(width, controls))

    def forward(self, crops: Tensor) -> tuple[list[Tensor], Tensor]:
        """Features of each level, and the controls (N, controls), near [-1, 1], of ``face_crops`` (N, 1, 64, 64)."""
        features = []
        for level in self.levels:
            features.append(level(crops))
            crops = F.max_pool2d(features[-1], 2)
        return features, self.answer(crops)

    def difference(self, fake: Tensor, real: Tensor, landmarks: Tensor) -> Tensor:
        """How differently two sets of frames read.

        Parameters
        ----------
        fake, real : Tensor [shape=(N, 4, H, W), range=[0, 1]]
            premultiplied frames; gradients go to the first
        landmarks : Tensor [shape=(N, 68 or more, 2), unit=pixels]
            of the renders

        Returns
        -------
        Tensor [shape=(N,)]
            absolute differences of features, each level's as a share of its features, and those of the controls, as a
            share of their mean
        """
        with torch.no_grad():
            wanted, meant = self(face_crops(grey_of(real), landmarks))
        seen, read = self(face_crops(grey_of(fake), landmarks))
        terms = [
            (a - b).abs().flatten(1).mean(1) / b.abs().mean().clamp(min=1e-6)
            for a, b in zip((*seen, read), (*wanted, meant), strict=True)
        ]
        return torch.stack(terms).mean(0)


def _crops(frames: FrameSet) -> Tensor:
    parts = []
    for part in np.array_split(np.arange(len(frames)), max(1, len(frames) // 64)):
        rows = np.stack([frames.shards[frames.where[i, 0]][frames.where[i, 1]] for i in part])
        grey = grey_of(torch.from_numpy(rows).permute(0, 3, 1, 2).float() / 255)
        parts.append(face_crops(grey, frames.landmarks[torch.from_numpy(part)]))
    return torch.cat(parts)


def train_reader(frames: FrameSet, *, seed: int = 0, epochs: int = _EPOCHS) -> Reader:
    """Train a reader on frames; repeatable by its seed."""
    x = _crops(frames)
    target = frames.controls * control_scale(frames.controls.shape[1])
    draws = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Reader(frames.controls.shape[1])
        batches = max(1, len(x) // _BATCH)
        optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=epochs * batches)
        for _ in range(epochs):
            order = torch.randperm(len(x), generator=draws)
            for part in torch.split(order, _BATCH)[:batches]:
                _, read = model(augmented(x[part], draws, mirrored=False))
                loss = F.smooth_l1_loss(read, target[part], beta=0.1)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
    return model.eval().requires_grad_(False)


def _key(folder: Path) -> str:
    """What the weights depend on: the settings of the frames and this file; more frames of the same need no other."""
    return hashlib.sha256(Path(__file__).read_bytes() + (folder / "frames.json").read_bytes()).hexdigest()


def trained_reader(folder: Path, frames: FrameSet, *, epochs: int = _EPOCHS) -> Reader:
    """The reader that learned from a folder of frames; kept there.

    Parameters
    ----------
    folder : Path
        folder of the frames
    frames : FrameSet
        training frames in it
    epochs : int
        how often it sees each frame

    Returns
    -------
    Reader
        frozen
    """
    key, path = _key(Path(folder)), Path(folder) / READER_FILE
    model = Reader(frames.controls.shape[1])
    if path.is_file():
        kept = torch.load(path, weights_only=True)
        if kept["key"] == key:
            model.load_state_dict(kept["weights"])
            return model.eval().requires_grad_(False)
    log.info("training a reader of controls on %d frames", len(frames))
    model = train_reader(frames, epochs=epochs)
    torch.save({"key": key, "weights": model.state_dict()}, path)
    return model
