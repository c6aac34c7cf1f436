"""From affect to the sound of the voice: a pure function of what is felt and who speaks.

The dimensions explain what they can for any blend (Schröder 2004); each category adds what is its own. An intensity
scales both, so the sound of a single emotion is linear in it, and monotonic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from expressive.core.affect import Affect
from expressive.core.emotions import EMOTION_VAD, EMOTIONS
from expressive.core.prosody import PROSODY_RANGES, ProsodyTargets
from expressive.voice.spec import VoiceSpec

__all__ = ["ProsodyController", "emotion_presets"]

_RATIOS = frozenset({"f0_range", "tempo", "formant_ratio", "accent", "pause_scale"})
_FALTERING = ("hesitation", "sob")
_NAMES = tuple(PROSODY_RANGES)
_IS_RATIO = np.array([name in _RATIOS for name in _NAMES])


class ProsodyController:
    """Turns affect into targets for one speaker.

    Parameters
    ----------
    spec : VoiceSpec
        whose expressivity and own ways are applied

    Examples
    --------
    >>> angry = ProsodyController(VoiceSpec())(Affect.of(anger=1.0))
    >>> angry.f0_shift_st, angry.tilt_db
    (9.0, 11.0)
    """

    def __init__(self, spec: VoiceSpec) -> None:
        data = _data()
        self._faltering = np.array([spec.hesitation if name in _FALTERING else 1.0 for name in _NAMES])
        self._default = spec.expressivity["default"]
        self._scales = np.array([spec.expressivity_of(name) for name in EMOTIONS])
        self._dimensions = np.array([data["dimensions"].get(name, (0.0, 0.0, 0.0)) for name in _NAMES])  # (n, 3)
        rows = []
        for emotion in EMOTIONS:
            whole = _to_log({**data["emotions"][emotion], **spec.emotions.get(emotion, {})})
            rows.append(whole - self._dimensions @ np.array(EMOTION_VAD[emotion]))
        self._residuals = np.array(rows)  # (n_emotions, n)

    def __call__(self, affect: Affect) -> ProsodyTargets:
        """Targets for an affect; neutral affect gives neutral targets."""
        felt = affect.intensities
        total = float(felt.sum())
        weights = felt * self._scales / max(1.0, total)
        scale = float(felt @ self._scales) / total if total > 0 else self._default
        values = scale * (self._dimensions @ np.array(affect.vad)) + weights @ self._residuals
        with np.errstate(over="ignore"):
            values = self._faltering * np.where(_IS_RATIO, np.exp(values), values)
        return ProsodyTargets.clipped(
            **{name: round(float(value), 9) for name, value in zip(_NAMES, values, strict=True)}
        )


def emotion_presets() -> dict[str, dict[str, float]]:
    """Targets of every emotion at intensity 1, as the data file has them."""
    return {emotion: dict(_data()["emotions"][emotion]) for emotion in EMOTIONS}


def _to_log(targets: Mapping[str, float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    out = np.zeros(len(_NAMES))
    for i, name in enumerate(_NAMES):
        if name in targets:
            out[i] = math.log(max(targets[name], 0.05)) if name in _RATIOS else targets[name]
    return out


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    import yaml

    text = resources.files("expressive.voice.data").joinpath("prosody.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
