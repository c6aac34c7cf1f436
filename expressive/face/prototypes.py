"""What each emotion and each viseme looks like, read from the data files beside this module.

The files say what they hold and where it comes from; an editor of expressions needs no Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.controls import (
    CONTROL_HIGH,
    CONTROL_INDEX,
    CONTROL_LOW,
    CONTROL_NAMES,
    EYE_PITCH_LIMIT_RAD,
    EYE_YAW_LIMIT_RAD,
    N_CONTROLS,
)
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.core.visemes import VISEMES
from expressive.face.layout import EYES, FloatArray, expand, indices

__all__ = ["ExpressionTable", "VisemeTable", "couple_gaze", "load_expressions", "load_visemes"]

_DATA = Path(__file__).parent / "data"
OVERRIDES = ("none", "blend", "block")

_WAYS = {"Out": (0, 1.0), "In": (0, -1.0), "Up": (1, 1.0), "Down": (1, -1.0)}  # shape: axis of the eye, sign
_LOOKS = indices(*(f"eyeLook{way}" for way in _WAYS))
_LOOKS_OF_EYES = np.zeros((6, len(_LOOKS)))  # (left yaw, pitch, roll, right yaw, pitch, roll) → eyeLook shapes
for _place, _name in enumerate(f"{way}{side}" for way in _WAYS for side in ("Left", "Right")):
    _axis, _sign = _WAYS[_name.removesuffix("Left").removesuffix("Right")]
    _right = _name.endswith("Right")
    # outwards is towards the eye's own side
    _turned = -_sign if _right and _axis == 0 else _sign
    _LOOKS_OF_EYES[3 * _right + _axis, _place] = _turned / (EYE_YAW_LIMIT_RAD, EYE_PITCH_LIMIT_RAD)[_axis]


@dataclass(frozen=True, eq=False)
class ExpressionTable:
    """Every variant of every emotion; row by row, variants of one emotion together, in the order of ``EMOTIONS``."""

    emotions: tuple[str, ...]
    """category of each variant (n_variants,)"""
    names: tuple[str, ...]
    """name of each variant within its emotion (n_variants,)"""
    values: FloatArray
    """all 61 controls at full intensity (n_variants, 61); the eyeLook shapes agree with the eye angles"""
    action_units: tuple[Mapping[str, float], ...]
    """FACS action unit → intensity [range=[0, 1]] of each variant"""
    from_intensity: FloatArray
    """intensity from which a variant is shown (n_variants,)"""
    likelihood: FloatArray
    """relative frequency of a variant among those possible (n_variants,)"""
    arousal: FloatArray
    """log-odds of a variant per unit of arousal (n_variants,)"""
    override_mouth: tuple[str, ...]
    """none, blend or block: what speech does to a variant's mouth"""
    override_blink: tuple[str, ...]
    """none, blend or block: what a variant does to blinks"""
    curves: FloatArray
    """exponent of the intensity curve of each emotion (n_emotions,), in the order of ``EMOTIONS``"""
    vrm: Mapping[str, str]
    """emotion → VRM 1.0 preset"""

    def rows_of(self, emotion: str) -> list[int]:
        """Rows of an emotion's variants."""
        return [row for row, name in enumerate(self.emotions) if name == emotion]


@dataclass(frozen=True, eq=False)
class VisemeTable:
    """The 15 mouth shapes, in the order of ``VISEMES``."""

    names: tuple[str, ...]
    values: FloatArray
    """all 61 controls at full articulation (15, 61)"""
    dominance: FloatArray
    """how much a shape wins against its neighbours (15,) [range=[0, 1]]"""
    lead_s: FloatArray
    """how early the lips begin to move towards it (15,)"""
    lag_s: FloatArray
    """how long they keep it after the sound (15,)"""
    closes: tuple[str, ...]
    """``lips``, ``teeth`` or empty: the contact that must happen"""
    vrm: Mapping[str, str]
    """viseme → VRM 1.0 preset"""


def couple_gaze(values: FloatArray) -> FloatArray:
    """Set the eight eyeLook shapes of control vectors (..., 61) from the eye angles, in place.

    Apple's shapes follow the eyeball: full weight at the limit of the angle, Out and In by the side that the eye is on.
    """
    values[..., _LOOKS] = np.minimum(np.maximum(values[..., EYES] @ _LOOKS_OF_EYES, 0.0), 1.0)
    return values


@lru_cache(maxsize=1)
def load_expressions() -> ExpressionTable:
    """Read the emotions' expressions.

    Returns
    -------
    ExpressionTable
        the shipped table; the same object at every call, its arrays read-only

    Raises
    ------
    ParameterError
        If the file misses an emotion, names an unknown control or leaves a range.

    Examples
    --------
    >>> table = load_expressions()
    >>> table.values.shape[1], table.emotions[0], table.names[0]
    (61, 'happiness', 'smile')
    """
    data = _read("expressions.yaml", EMOTIONS)
    rows: list[tuple[str, Mapping[str, Any], FloatArray]] = []
    for emotion in EMOTIONS:
        variants = data[emotion]["variants"]
        if not variants:
            raise ParameterError(f"expressions.yaml: {emotion} has no variants")
        rows += [(emotion, variant, _controls(f"{emotion}.{variant['name']}", variant)) for variant in variants]
    for emotion, variant, _ in rows:
        for key in ("override_mouth", "override_blink"):
            if variant.get(key, "none") not in OVERRIDES:
                raise UnknownNameError(f"expressions.yaml {emotion}.{key}", variant[key], OVERRIDES)
    return ExpressionTable(
        emotions=tuple(emotion for emotion, _, _ in rows),
        names=tuple(str(variant["name"]) for _, variant, _ in rows),
        values=_frozen([values for _, _, values in rows]),
        action_units=tuple({str(au): float(x) for au, x in variant["aus"].items()} for _, variant, _ in rows),
        from_intensity=_frozen([variant.get("from_intensity", 0.0) for _, variant, _ in rows]),
        likelihood=_frozen([variant.get("likelihood", 1.0) for _, variant, _ in rows]),
        arousal=_frozen([variant.get("arousal", 0.0) for _, variant, _ in rows]),
        override_mouth=tuple(str(variant.get("override_mouth", "blend")) for _, variant, _ in rows),
        override_blink=tuple(str(variant.get("override_blink", "none")) for _, variant, _ in rows),
        curves=_frozen([data[emotion]["curve"] for emotion in EMOTIONS]),
        vrm={emotion: str(data[emotion]["vrm"]) for emotion in EMOTIONS if "vrm" in data[emotion]},
    )


@lru_cache(maxsize=1)
def load_visemes() -> VisemeTable:
    """Read the mouth shapes.

    Returns
    -------
    VisemeTable
        the shipped table; the same object at every call, its arrays read-only

    Raises
    ------
    ParameterError
        If the file misses a viseme, names an unknown control or leaves a range.

    Examples
    --------
    >>> load_visemes().values.shape
    (15, 61)
    """
    data = _read("visemes.yaml", VISEMES)
    return VisemeTable(
        names=VISEMES,
        values=_frozen([_controls(name, data[name]) for name in VISEMES]),
        dominance=_frozen([data[name]["dominance"] for name in VISEMES]),
        lead_s=_frozen([data[name]["lead_s"] for name in VISEMES]),
        lag_s=_frozen([data[name]["lag_s"] for name in VISEMES]),
        closes=tuple(str(data[name].get("closes", "")) for name in VISEMES),
        vrm={name: str(data[name]["vrm"]) for name in VISEMES if "vrm" in data[name]},
    )


def _read(file: str, expected: tuple[str, ...]) -> dict[str, Any]:
    import yaml

    data: dict[str, Any] = yaml.safe_load((_DATA / file).read_text(encoding="utf-8"))
    for name in data:
        if name not in expected:
            raise UnknownNameError(f"{file}: entry", name, expected)
    if missing := [name for name in expected if name not in data]:
        raise ParameterError(f"{file} lacks {', '.join(missing)}")
    return data


def _controls(place: str, entry: Mapping[str, Any]) -> FloatArray:
    values = np.zeros(N_CONTROLS)
    for name, weight in entry["weights"].items():
        for control in expand(name, f"{place}: "):
            values[CONTROL_INDEX[control]] = weight
    head = entry.get("head", {})
    for axis, angle in head.items():
        values[CONTROL_INDEX[f"head{axis.capitalize()}"]] = angle
    # unless told where to look, the eyes stay on the viewer while the head turns
    gaze = entry.get("gaze", {axis: -angle for axis, angle in head.items() if axis != "roll"})
    for axis, angle in gaze.items():
        for eye in ("left", "right"):
            values[CONTROL_INDEX[f"{eye}Eye{axis.capitalize()}"]] = angle
    couple_gaze(values)
    for name, value, low, high in zip(CONTROL_NAMES, values, CONTROL_LOW, CONTROL_HIGH, strict=True):
        if not (math.isfinite(value) and low <= value <= high):
            raise ParameterError(f"{place}: {name}={value} must be in [{low:g}, {high:g}]")
    return values


def _frozen(values: list[Any]) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
