"""A user's own pictures as training frames: folders by emotion, or a table of controls.

``<source>/train/<emotion>/*.png`` and ``<source>/test/<emotion>/*.png`` is how FER2013, CK+ and AffectNet are usually
unpacked; the common other names of the emotions are understood. ``<source>/labels.csv`` has a column ``file`` and one
for every control that differs from 0, and may have ``identity`` and ``split``. Either becomes shards that ``train``
reads like rendered ones; landmarks are unknown, so a face in the middle of the picture is assumed where regions are
weighted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from expressive.core.controls import CONTROL_INDEX, CONTROL_NAMES, N_CONTROLS, FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.training.sampler import emotion_controls

__all__ = ["ALIASES", "import_pictures"]

ALIASES = {
    "angry": "anger", "disgusted": "disgust", "fearful": "fear", "afraid": "fear", "happy": "happiness",
    "joy": "happiness", "sad": "sadness", "surprised": "surprise", "calm": "neutral",
}  # fmt: skip
"""other names of folders"""

_SPLITS = {"train": "train", "training": "train", "test": "test", "val": "test", "valid": "test", "validation": "test"}
_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
_INTENSITY = 0.9


@dataclass(frozen=True)
class _Picture:
    path: Path
    identity: str
    split: str
    emotion: str
    controls: npt.NDArray[np.float32]


def _emotion_of(folder: str) -> str:
    name = ALIASES.get(folder.lower(), folder.lower())
    if name != "neutral" and name not in EMOTIONS:
        raise UnknownNameError("emotion folder", folder, ("neutral", *EMOTIONS, *ALIASES))
    return name


def _from_folders(source: Path, identity: str) -> Iterator[_Picture]:
    for split_folder in sorted(p for p in source.iterdir() if p.is_dir() and p.name.lower() in _SPLITS):
        for folder in sorted(p for p in split_folder.iterdir() if p.is_dir()):
            emotion = _emotion_of(folder.name)
            controls = np.zeros(N_CONTROLS) if emotion == "neutral" else emotion_controls(emotion, _INTENSITY)
            for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDINGS):
                label = "" if emotion == "neutral" else emotion
                yield _Picture(path, identity, _SPLITS[split_folder.name.lower()], label, controls.astype(np.float32))


def _from_table(table: Path, identity: str) -> Iterator[_Picture]:
    with table.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        columns = reader.fieldnames or []
        if "file" not in columns:
            raise ParameterError(f"{table.name} must have a column named file")
        for column in columns:
            if column not in ("file", "identity", "split") and column not in CONTROL_INDEX:
                raise UnknownNameError(f"{table.name} column", column, CONTROL_NAMES)
        for number, row in enumerate(reader, 2):
            try:
                values = {name: float(row[name]) for name in columns if name in CONTROL_INDEX and row[name]}
            except ValueError as error:
                raise ParameterError(f"{table.name}:{number}: {error}") from error
            split = _SPLITS.get((row.get("split") or "train").lower())
            if split is None:
                raise UnknownNameError(f"{table.name}:{number} split", row["split"], _SPLITS)
            controls = np.array(FaceControls.of(values).values)
            yield _Picture(table.parent / row["file"], row.get("identity") or identity, split, "", controls)


def _read(path: Path, size: int) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            rgba = image.convert("RGBA")
    except (OSError, UnidentifiedImageError) as error:
        raise ParameterError(f"{path.name} is not a picture that can be read") from error
    edge = min(rgba.size)
    left, top = (rgba.width - edge) // 2, (rgba.height - edge) // 2
    square = rgba.crop((left, top, left + edge, top + edge))
    values = np.asarray(square, np.float32)
    values = np.concatenate([values[..., :3] * values[..., 3:] / 255, values[..., 3:]], -1)  # premultiply, then resize
    channels = [
        Image.fromarray(values[..., k]).resize(
            (size, size), Image.Resampling.BOX if edge > size else Image.Resampling.BICUBIC
        )
        for k in range(4)
    ]
    return np.clip(np.stack([np.asarray(c) for c in channels], -1) + 0.5, 0, 255).astype(np.uint8)


def _middle_landmarks(size: int) -> npt.NDArray[np.float32]:
    """The landmarks of a face that fills the middle of the picture (70, 2)."""
    jaw = [(0.5 + 0.26 * np.sin(a), 0.46 + 0.32 * np.cos(a)) for a in np.linspace(-1.6, 1.6, 17)]
    brows = [(x, 0.38) for x in (0.29, 0.33, 0.37, 0.41, 0.45, 0.55, 0.59, 0.63, 0.67, 0.71)]
    nose = [(0.5, y) for y in (0.43, 0.48, 0.53, 0.57)] + [(x, 0.60) for x in (0.45, 0.475, 0.5, 0.525, 0.55)]
    eyes = [
        (c + dx, 0.44 + dy)
        for c in (0.385, 0.615)
        for dx, dy in ((-0.05, 0), (-0.02, -0.015), (0.02, -0.015), (0.05, 0), (0.02, 0.015), (-0.02, 0.015))
    ]
    mouth = [(0.5 + 0.10 * np.cos(a), 0.69 + 0.035 * np.sin(a)) for a in np.linspace(-np.pi, np.pi, 20, endpoint=False)]
    return (np.array(jaw + brows + nose + eyes + mouth + [(0.385, 0.44), (0.615, 0.44)]) * size).astype(np.float32)


def import_pictures(*, source: Path, out: Path, size: int = 256, identity: str = "own") -> int:
    """Turn labelled pictures into frames to train on.

    Parameters
    ----------
    source : Path
        folder with ``train/<emotion>/`` (and ``test/<emotion>/``), or with ``labels.csv``
    out : Path
        folder of the shards
    size : int [unit=pixels]
        edge of the frames: 8 times a power of two
    identity : str
        name of the character, where a table does not name one

    Returns
    -------
    int
        number of pictures

    Raises
    ------
    ParameterError
        If there are no pictures, one cannot be read, or a value is out of place.
    UnknownNameError
        If a folder is no emotion, or a column no control.
    """
    source, out = Path(source), Path(out)
    if not source.is_dir():
        raise ParameterError(f"source={str(source)!r} must be a folder")
    table = source / "labels.csv"
    pictures = list(_from_table(table, identity) if table.is_file() else _from_folders(source, identity))
    if not any(p.split == "train" for p in pictures):
        raise ParameterError(f"source={str(source)!r} holds no training pictures; put them in train/<emotion>/")
    landmarks = _middle_landmarks(size)
    names = list(dict.fromkeys(p.identity for p in pictures))
    for name in names:
        (out / name).mkdir(parents=True, exist_ok=True)
        for split in ("train", "test"):
            chosen = [p for p in pictures if p.identity == name and p.split == split]
            if not chosen:
                continue
            stem = out / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), np.stack([_read(p.path, size) for p in chosen]))
            np.savez(
                stem.with_suffix(".npz"),
                controls=np.stack([p.controls for p in chosen]),
                landmarks=np.repeat(landmarks[None], len(chosen), 0),
                emotion=np.array([p.emotion for p in chosen]),
                viseme=np.array([""] * len(chosen)),
                kind=np.array(["picture"] * len(chosen)),
            )
    (out / "frames.json").write_text(json.dumps({"identities": names, "size": size}, indent=1), encoding="utf-8")
    return len(pictures)
