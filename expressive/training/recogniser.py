"""A judge of expressions, trained on renders of strangers, that reads renders and generated frames of the cast alike.

Small networks see a grey crop of the face and name one of the 15 emotions or none. They have met nobody of the cast;
what they read less well in generated frames than in renders of the same controls, the generator has lost. They know
renders of one parametric head and nothing else: they are no instrument to read people with.

A single network's answers where expressions are close are its seed's as much as the face's, so that several decide.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.emotions import BIG_SIX, EMOTIONS, NEUTRAL
from expressive.core.errors import ParameterError
from expressive.face.frames import FrameArray
from expressive.face.mouth import LIPS_CLOSED, mouth_opening
from expressive.training.crops import EDGE, augmented, face_crops, grey_of
from expressive.training.data import FrameSet, load_frames
from expressive.training.pairs import Pairs

__all__ = [
    "CLASSES",
    "PLAIN",
    "WEIGHTS_FILE",
    "Panel",
    "Recogniser",
    "recognition",
    "train_recogniser",
    "trained_recogniser",
]

log = logging.getLogger(__name__)

CLASSES = (*EMOTIONS, NEUTRAL)
"""what the judge may answer"""

PLAIN = (*BIG_SIX, "contempt", NEUTRAL)
"""the expressions that every study agrees on"""

WEIGHTS_FILE = "recogniser.pt"
"""beside the frames it was trained on"""

_EPOCHS, _BATCH, _RATE = 40, 32, 2e-3
_JUDGES = 3
_SPLITS = ("emotion", "reading")


class Recogniser(nn.Module):
    """Crops (N, 1, 64, 64) to logits (N, 16)."""

    def __init__(self, channels: tuple[int, ...] = (24, 48, 96, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        c_in = 1
        for c in channels:
            layers += [nn.Conv2d(c_in, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(), nn.MaxPool2d(2)]
            c_in = c
        self.features = nn.Sequential(*layers)
        self.answer = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.4), nn.Linear(c_in * (EDGE // 2 ** len(channels)) ** 2, len(CLASSES))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, 16)."""
        out: Tensor = self.answer(self.features(x))
        return out


class Panel(nn.Module):
    """Several recognisers: crops (N, 1, 64, 64) to the mean of their logarithmic probabilities (N, 16)."""

    def __init__(self, judges: Sequence[Recogniser]) -> None:
        super().__init__()
        self.judges = nn.ModuleList(judges)

    def forward(self, x: Tensor) -> Tensor:
        """Mean of the logarithmic probabilities (N, 16)."""
        return torch.stack([F.log_softmax(judge(x), 1) for judge in self.judges]).mean(0)


def _answers(emotions: Sequence[str], kinds: Sequence[str]) -> list[int]:
    """Class of each frame; −1 where it shows several things or nothing that has a name."""
    return [
        CLASSES.index(NEUTRAL) if kind == "rest" else CLASSES.index(emotion) if kind == "emotion" else -1
        for emotion, kind in zip(emotions, kinds, strict=True)
    ]


def _crops(frames: FrameArray, landmarks: npt.NDArray[np.float32]) -> Tensor:
    """Crops (n, 1, 64, 64) of premultiplied frames (n, H, W, 4) with landmarks (n, 70, 2) in pixels."""
    return face_crops(grey_of(torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255), torch.from_numpy(landmarks))


def train_recogniser(frames: FrameSet, *, seed: int = 0, epochs: int = _EPOCHS) -> Recogniser:
    """Train a judge on frames of strangers; repeatable by its seed."""
    known = np.array(_answers(frames.emotion, frames.kind))
    index = np.flatnonzero(known >= 0)
    if not len(index):
        raise ParameterError("the strangers' frames hold no emotions; render them with: expressive train render")
    target = torch.from_numpy(known[index])
    x = torch.cat([
        _crops(np.stack([frames.shards[frames.where[i, 0]][frames.where[i, 1]] for i in part]),
                   frames.landmarks.numpy()[part])
        for part in np.array_split(index, max(1, len(index) // 64))
    ])  # fmt: skip
    draws = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Recogniser()
        counts = torch.bincount(target, minlength=len(CLASSES)).clamp(min=1).float()
        weight = counts.mean() / counts
        steps = epochs * max(1, len(x) // _BATCH)
        optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
        for _ in range(epochs):
            order = torch.randperm(len(x), generator=draws)
            for part in torch.split(order, _BATCH)[: max(1, len(x) // _BATCH)]:
                logits = model(augmented(x[part], draws, mirrored=True))
                loss = F.cross_entropy(logits, target[part], weight=weight, label_smoothing=0.1)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
    return model.eval()


def _key(strangers: Path) -> str:
    """What the weights depend on: the frames and this file."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update((strangers / "frames.json").read_bytes())
    for labels in sorted(strangers.glob("*/*.npz")):
        digest.update(f"{labels.parent.name}/{labels.name}".encode())
        digest.update(labels.read_bytes())
        digest.update(labels.with_suffix(".npy").read_bytes())  # drawn anew, they are of the same size
    return digest.hexdigest()


def trained_recogniser(strangers: Path, *, epochs: int = _EPOCHS) -> Panel:
    """The judges that learned from a folder of strangers; kept there, and trained anew when the frames change.

    Parameters
    ----------
    strangers : Path
        folder written by ``render_frames(strangers=…)``
    epochs : int
        how often each judge sees each frame

    Returns
    -------
    Panel
        in evaluation mode

    Raises
    ------
    ParameterError
        If the folder holds no frames, or those of the cast.
    """
    strangers = Path(strangers)
    frames = load_frames(strangers, _SPLITS)
    if not all(name.startswith("stranger-") for name in frames.identities):
        raise ParameterError(
            f"strangers={str(strangers)!r} holds {frames.identities[0]!r}; a judge must learn from others than it "
            "judges: expressive train render --strangers N"
        )
    key, path = f"{_key(strangers)} {epochs}", strangers / WEIGHTS_FILE
    if path.is_file():
        kept = torch.load(path, weights_only=True)
        if kept["key"] == key:
            panel = Panel([Recogniser() for _ in range(_JUDGES)])
            panel.load_state_dict(kept["weights"])
            return panel.eval()
    log.info("training %d judges of expressions on %d frames of strangers", _JUDGES, len(frames))
    panel = Panel([train_recogniser(frames, seed=seed, epochs=epochs) for seed in range(_JUDGES)])
    torch.save({"key": key, "weights": panel.state_dict()}, path)
    return panel.eval()


def _read(model: nn.Module, frames: FrameArray, landmarks: npt.NDArray[np.float32]) -> Tensor:
    """Logits (n, 16)."""
    parts = range(0, len(frames), 64)
    with torch.no_grad():
        return torch.cat([model(_crops(frames[k : k + 64], landmarks[k : k + 64])) for k in parts])


def recognition(model: nn.Module, splits: Sequence[Pairs]) -> dict[str, Any]:
    """Compare what the judge reads in renders and in generated frames of the same controls.

    Parameters
    ----------
    model : nn.Module
        the judge, of :func:`trained_recogniser`
    splits : Sequence[Pairs]
        frames of the cast; those that show one emotion, or none, count

    Returns
    -------
    dict[str, Any]
        ``frames``; ``renders`` and ``generated``: share read rightly among all 16; ``plain_renders`` and
        ``plain_generated``: among the six, contempt and rest; ``agreement``: share with the same answer to both;
        ``closed_anger``: frames, and share of closed-mouth anger read as anger in both; ``by_emotion``
    """
    right: list[int] = []
    angry: list[bool] = []
    read: dict[str, list[Tensor]] = {"renders": [], "generated": []}
    for pairs in splits:
        answers = _answers(pairs.emotion, pairs.kind)
        index = [k for k, answer in enumerate(answers) if answer >= 0]
        right += [answers[k] for k in index]
        angry += [pairs.emotion[k] == "anger" and mouth_opening(pairs.controls[k]) < LIPS_CLOSED for k in index]
        for name, frames in (("renders", pairs.real), ("generated", pairs.fake)):
            read[name].append(_read(model, frames[index], pairs.landmarks[index]))
    target, closed = torch.tensor(right), torch.tensor(angry, dtype=torch.bool)
    logits = {name: torch.cat(parts) for name, parts in read.items()}
    plain = torch.tensor([CLASSES.index(name) for name in PLAIN])
    is_plain = torch.isin(target, plain)
    out: dict[str, Any] = {"frames": len(target), "frames_plain": int(is_plain.sum())}
    named = {name: values.argmax(1) for name, values in logits.items()}
    for name, values in logits.items():
        among = plain[values[is_plain][:, plain].argmax(1)]
        out[name] = _share(named[name] == target)
        out[f"plain_{name}"] = _share(among == target[is_plain])
    out["agreement"] = _share(named["renders"] == named["generated"])
    out["closed_anger"] = {"frames": int(closed.sum())} | {
        name: _share(values[closed] == CLASSES.index("anger")) for name, values in named.items()
    }
    out["by_emotion"] = {
        CLASSES[c]: {name: _share(values[target == c] == c) for name, values in named.items()}
        for c in sorted(set(right))
    }
    return out


def _share(hits: Tensor) -> float:
    return round(float(hits.float().mean()), 4) if len(hits) else 0.0
