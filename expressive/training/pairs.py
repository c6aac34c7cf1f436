"""Renders beside the generated frames of the same controls: what every measure looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError
from expressive.face.frames import FrameArray
from expressive.face.generator import FaceGenerator
from expressive.face.genome import Genome
from expressive.face.models import ANYBODY
from expressive.training.data import FrameSet

__all__ = ["GROUND", "LUMA", "Draw", "Pairs", "draw_pairs", "luma", "over_grey", "runtime_draw"]

Draw = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64]], FrameArray]
"""controls (n, 61) and identities (n,) to premultiplied RGBA frames (n, H, W, 4) uint8"""

GROUND = 0.5
"""grey that frames are laid over"""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""weights of red, green and blue in luminance (ITU-R BT.601)"""


@dataclass(frozen=True)
class Pairs:
    """Frames of one split, twice."""

    fake: FrameArray
    """generated (n, H, W, 4), premultiplied"""
    real: FrameArray
    """rendered (n, H, W, 4), premultiplied"""
    controls: npt.NDArray[np.float32]
    """(n, 61)"""
    landmarks: npt.NDArray[np.float32]
    """of the renders (n, 70, 2), in pixels"""
    identity: npt.NDArray[np.int64]
    """(n,)"""
    emotion: list[str]
    """leading emotion of each frame, or empty"""
    kind: list[str]
    """what each frame was drawn as"""
    identities: tuple[str, ...]
    """names in the order of ``identity``"""

    def __len__(self) -> int:
        return len(self.real)

    @property
    def resolution(self) -> int:
        """Edge of the pictures in pixels."""
        return int(self.real.shape[1])

    def who(self) -> list[str]:
        """Name of each frame's character."""
        return [self.identities[i] for i in self.identity]

    def rows(self, group: Sequence[str]) -> dict[str, list[int]]:
        """Numbers of the frames of each group, given the group of each frame."""
        return {name: [k for k, x in enumerate(group) if x == name] for name in dict.fromkeys(group)}


def runtime_draw(model: Path, people: Mapping[str, Genome] | None = None) -> tuple[Draw, tuple[str, ...]]:
    """A release as users see it: ONNX Runtime, clipped controls, colours never above alpha.

    Parameters
    ----------
    model : Path
        release folder
    people : Mapping[str, Genome] | None
        who to draw by a model that knows no cast, by name

    Returns
    -------
    tuple[Draw, tuple[str, ...]]
        how it draws, and whom

    Raises
    ------
    WeightsError
        If the folder is no whole model.
    """
    if people:
        return _draw_people(model, people), tuple(people)
    generator = FaceGenerator.load(model)
    names = generator.identities

    def draw(controls: npt.NDArray[np.float32], identity: npt.NDArray[np.int64]) -> FrameArray:
        return generator.frames(controls, [names[i] for i in identity], premultiplied=True)

    return draw, names


def _draw_people(model: Path, people: Mapping[str, Genome]) -> Draw:
    generators = [FaceGenerator.load(model, genome=genome) for genome in people.values()]

    def draw(controls: npt.NDArray[np.float32], identity: npt.NDArray[np.int64]) -> FrameArray:
        drawn = [
            generators[who].frames(pose[None], [ANYBODY], premultiplied=True)
            for pose, who in zip(controls, identity, strict=True)
        ]
        return np.concatenate(drawn)

    return draw


def draw_pairs(draw: Draw, frames: FrameSet, index: Sequence[int], *, batch: int = 4) -> Pairs:
    """Draw the frames with some numbers and lay them beside their renders.

    Parameters
    ----------
    draw : Draw
        the model
    frames : FrameSet
        renders
    index : Sequence[int]
        which
    batch : int
        how many at once; a few fit a cache better than many

    Returns
    -------
    Pairs
        generated and rendered frames

    Raises
    ------
    ParameterError
        If the model draws another size.
    """
    at = np.asarray(index, np.int64)
    controls, identity = frames.controls.numpy()[at], frames.identity.numpy()[at]
    edge = frames.resolution
    fake = np.empty((len(at), edge, edge, 4), np.uint8)
    for start in range(0, len(at), batch):
        part = slice(start, start + batch)
        drawn = draw(controls[part], identity[part])
        if drawn.shape[1] != edge:
            raise ParameterError(f"the frames have {edge} pixels, but the model draws {drawn.shape[1]}; render others")
        fake[part] = drawn
    return Pairs(
        fake=fake,
        real=np.stack([frames.shards[frames.where[i, 0]][frames.where[i, 1]] for i in at]),
        controls=controls,
        landmarks=frames.landmarks.numpy()[at],
        identity=identity,
        emotion=[frames.emotion[i] for i in at],
        kind=[frames.kind[i] for i in at],
        identities=frames.identities,
    )


def over_grey(frames: FrameArray) -> npt.NDArray[np.float32]:
    """Premultiplied frames (..., 4) over middle grey (..., 3), in [0, 1]."""
    values = frames.astype(np.float32) / 255.0
    out: npt.NDArray[np.float32] = values[..., :3] + (1.0 - values[..., 3:]) * np.float32(GROUND)
    return out


def luma(frames: FrameArray) -> npt.NDArray[np.float32]:
    """Luminance (...) of premultiplied frames (..., 4) over middle grey, in [0, 1]."""
    out: npt.NDArray[np.float32] = over_grey(frames) @ LUMA
    return out
