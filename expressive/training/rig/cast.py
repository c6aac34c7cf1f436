"""The cast: who is drawn, read from ``cast.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.training.rig.assets import FloatArray
from expressive.training.rig.cloth import GarmentOptions
from expressive.training.rig.hair import HairOptions
from expressive.training.rig.skin import SkinOptions

__all__ = ["CAST_FILE", "Member", "load_cast"]

CAST_FILE = "cast.yaml"

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Member:
    """One character's looks."""

    name: str
    """identity name"""
    seed: int = 0
    """seed of hair, skin and folds"""
    shape_seed: int = 0
    """seed of the identity modes; 0 is the mean head"""
    shape_strength: float = 0.8
    """standard deviation of the identity modes"""
    modes: dict[int, float] = field(default_factory=dict)
    """identity modes set by hand, over those drawn"""
    sculpt: dict[str, float] = field(default_factory=dict)
    """local changes of the shape, see ``head``"""
    tone_group: str = "medium"
    """light, medium or dark: only for reporting results by skin tone"""
    skin: SkinOptions = field(default_factory=SkinOptions)
    """skin"""
    hair: HairOptions = field(default_factory=HairOptions)
    """head hair"""
    hair_colour: Colour = (0.2, 0.13, 0.09)
    """sRGB"""
    brow_colour: Colour = (0.16, 0.11, 0.08)
    """sRGB"""
    brow_thickness: float = 1.0
    """width of the brows"""
    brow_count: int = 900
    """number of brow hairs"""
    lash_count: int = 16
    """hairs on each upper lash strip"""
    lash_length: float = 0.8
    """length of lashes, share of the model's strip"""
    beard_style: str = ""
    """full, goatee, moustache or nothing"""
    beard_length: float = 0.4
    """centimetres"""
    beard_count: int = 6000
    """number of beard hairs"""
    beard_curl: float = 0.02
    """waviness"""
    beard_colour: Colour | None = None
    """sRGB; the head hair's colour where absent"""
    iris: Colour = (0.36, 0.26, 0.17)
    """sRGB"""
    pupil: float = 0.36
    """share of the iris"""
    garment: GarmentOptions = field(default_factory=GarmentOptions)
    """clothes"""
    glasses: bool = False
    """round wire glasses"""
    earrings: bool = False
    """gold hoops"""
    transplanted: bool = False
    """hair, brows and beard are grown on the mean head and moved to this one: alike for everybody who wears that cut"""

    @property
    def identity(self) -> FloatArray:
        """Weights of the identity modes (60,)."""
        if self.shape_seed:
            out = np.random.default_rng(self.shape_seed).normal(0, self.shape_strength, 60)
        else:
            out = np.zeros(60)
        for mode, weight in self.modes.items():
            out[mode] = weight
        return out.astype(np.float32)


def _build(kind: type[Any], values: dict[str, Any], where: str) -> Any:
    known = {f.name for f in fields(kind)}
    out = {}
    for key, value in values.items():
        if key not in known:
            raise UnknownNameError(f"{where} setting", key, known)
        out[key] = tuple(value) if isinstance(value, list) else value
    return kind(**out)


def load_cast(path: Path | None = None) -> dict[str, Member]:
    """Read the cast, in the order of the model's identities.

    Parameters
    ----------
    path : Path | None
        a YAML file of the same form; the shipped cast where absent

    Returns
    -------
    dict[str, Member]
        members by name

    Raises
    ------
    ParameterError
        If the file cannot be read or is not a mapping of members.
    UnknownNameError
        If a setting is unknown.
    """
    source = files("expressive.training.rig") / CAST_FILE if path is None else Path(path)
    try:
        document = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ParameterError(f"cast={str(source)!r} cannot be read: {error}") from error
    if not isinstance(document, dict) or not document:
        raise ParameterError(f"{source}: a cast must be a mapping of names to looks")
    parts: dict[str, type[Any]] = {"skin": SkinOptions, "hair": HairOptions, "garment": GarmentOptions}
    cast = {}
    for name, looks in document.items():
        values = dict(looks or {})
        for part, kind in parts.items():
            if part in values:
                values[part] = _build(kind, values[part], f"cast {name}.{part}")
        cast[str(name)] = _build(Member, {"name": str(name), **values}, f"cast {name}")
    return cast
