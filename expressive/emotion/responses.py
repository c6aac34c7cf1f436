"""What named events do: the standard vocabulary, a character's own responses, and both made ready to apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import EMOTIONS
from expressive.emotion.channels import CHANNEL_PAD, N_CATEGORIES, N_CHANNELS
from expressive.emotion.spec import EmotionSpec, Response

__all__ = ["Impulse", "compile_responses", "known_events", "standard_responses"]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Impulse:
    """A response as arrays over the channels."""

    arouses: _Array
    """[shape=(n_channels,), range=[0, 1]]"""
    channels: tuple[tuple[int, float], ...]
    """the same as pairs of channel and strength, of what is not 0"""
    soothes: _Array | None
    """share that is taken away [shape=(n_channels,), range=[0, 1]]; None for nothing"""
    response: Response
    desirability: float
    """how good (> 0) or bad it is for whom it happens to [range=[-1, 1]]"""
    changes_relation: bool


@lru_cache(maxsize=1)
def standard_responses() -> Mapping[str, Response]:
    """The standard vocabulary: event → response of an average character, read from ``data/events.yaml``.

    Examples
    --------
    >>> standard_responses()["insulted"].anger
    0.6
    """
    import yaml

    text = (Path(__file__).parent / "data" / "events.yaml").read_text(encoding="utf-8")
    return MappingProxyType({name: Response(**row) for name, row in yaml.safe_load(text).items()})


def known_events(spec: EmotionSpec) -> tuple[str, ...]:
    """Every event that a character has a response to, its own first."""
    return tuple(dict.fromkeys((*spec.responses, *standard_responses())))


def compile_responses(spec: EmotionSpec) -> dict[str, Impulse]:
    """All responses of a character as arrays, its own in place of the standard ones."""
    return {name: _compile(response) for name, response in {**standard_responses(), **spec.responses}.items()}


def _compile(response: Response) -> Impulse:
    row = np.array([getattr(response, emotion) for emotion in EMOTIONS])
    channels = np.zeros(N_CHANNELS)
    channels[:N_CATEGORIES] = row
    arouses, soothes = np.maximum(channels, 0.0), np.maximum(-channels, 0.0)
    good = float(channels @ np.sign(CHANNEL_PAD[:, 0]))
    return Impulse(
        arouses,
        tuple((int(i), float(arouses[i])) for i in np.flatnonzero(arouses)),
        soothes if soothes.any() else None,
        response,
        min(1.0, max(-1.0, good)),
        any((response.liking, response.trust, response.familiarity)),
    )
