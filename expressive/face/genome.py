"""A person in a few dozen numbers: what a face model that knows no fixed cast draws somebody from.

Genes are in plain units, so that a person can be written down by hand: ``skin`` from light to dark, ``age``, a cut of
hair, colours. The same seed is always the same person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_choice, check_number
from expressive.core.errors import ParameterError, UnknownNameError

__all__ = ["BEARDS", "FEATURES", "HAIRS", "MODES", "Genome"]

FloatArray = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

HAIRS = ("shaven", "crop", "tousled", "coily", "bob", "loose", "tied")
"""cuts of hair"""
BEARDS = ("none", "moustache", "goatee", "full")
"""cuts of beard"""
FEATURES = ("eye_size", "nose_width", "nose_size", "lips", "mouth_width", "jaw_width", "chin")
"""sliders of the shape, each in [-1, 1]"""
MODES = 30
"""numbers in a shape code"""

_SHARES = ("blush", "freckles", "age", "stubble", "makeup")
_COLOURS = ("hair_colour", "brow_colour", "iris", "garment", "trim")
_LIGHTEST, _DARKEST = np.array([0.86, 0.70, 0.62]), np.array([0.27, 0.18, 0.14])
_WARM = np.array([0.025, 0.0, -0.025])
_HAIR = np.array([(0.09, 0.075, 0.07), (0.17, 0.11, 0.08), (0.32, 0.20, 0.12), (0.62, 0.46, 0.28), (0.54, 0.25, 0.11)])
_GREY = np.array([0.60, 0.59, 0.58])
_IRIS = np.array([(0.20, 0.13, 0.10), (0.36, 0.24, 0.13), (0.34, 0.42, 0.28), (0.36, 0.48, 0.58)])
_SEED = 4711  # of the draws; far from those of the rig


@dataclass(frozen=True, slots=True)
class Genome:
    """What makes a person look like themselves; colours are sRGB in [0, 1]."""

    shape: tuple[float, ...] = (0.0,) * MODES
    """shape of the head, in standard deviations of each identity mode [range=[-3, 3]]; missing ones are 0"""
    eye_size: float = 0.0
    """size of the eyes [range=[-1, 1]]"""
    nose_width: float = 0.0
    """width of the nose [range=[-1, 1]]"""
    nose_size: float = 0.0
    """size of the nose [range=[-1, 1]]"""
    lips: float = 0.0
    """fullness of the lips [range=[-1, 1]]"""
    mouth_width: float = 0.0
    """width of the mouth [range=[-1, 1]]"""
    jaw_width: float = 0.0
    """width of the jaw [range=[-1, 1]]"""
    chin: float = 0.0
    """length of the chin [range=[-1, 1]]"""
    skin: float = 0.4
    """from the lightest skin, 0, to the darkest, 1"""
    warmth: float = 0.0
    """from a cool to a warm skin [range=[-1, 1]]"""
    blush: float = 0.4
    """redness of the cheeks [range=[0, 1]]"""
    freckles: float = 0.0
    """strength of freckles [range=[0, 1]]"""
    age: float = 0.2
    """lines and mottling of the skin [range=[0, 1]]; it greys no hair"""
    stubble: float = 0.0
    """shadow of a shaven beard [range=[0, 1]]"""
    makeup: float = 0.0
    """eye shadow [range=[0, 1]]"""
    hair: str = "crop"
    """cut of the hair, one of :data:`HAIRS`"""
    hair_colour: Colour = (0.2, 0.13, 0.09)
    """of hair and beard"""
    beard: str = "none"
    """one of :data:`BEARDS`"""
    brow_thickness: float = 1.0
    """of the brows [range=[0.6, 1.4], unit=ratio]"""
    brow_colour: Colour = (0.16, 0.11, 0.08)
    """of the brows"""
    iris: Colour = (0.36, 0.26, 0.17)
    """of the eyes"""
    garment: Colour = (0.25, 0.28, 0.40)
    """of the clothes"""
    trim: Colour = (0.55, 0.45, 0.25)
    """of the collar"""
    glasses: bool = False
    """round wire glasses"""
    earrings: bool = False
    """gold hoops"""

    def __post_init__(self) -> None:
        shape = _numbers("shape", self.shape)
        if len(shape) > MODES:
            raise ParameterError(f"genome.shape has {len(shape)} numbers; it must have at most {MODES}")
        shape = tuple(check_number(f"genome.shape[{k}]", x, -3.0, 3.0) for k, x in enumerate(shape))
        object.__setattr__(self, "shape", shape + (0.0,) * (MODES - len(shape)))
        for name in (*FEATURES, "warmth"):
            object.__setattr__(self, name, check_number(f"genome.{name}", getattr(self, name), -1.0, 1.0))
        for name in ("skin", *_SHARES):
            object.__setattr__(self, name, check_number(f"genome.{name}", getattr(self, name), 0.0, 1.0))
        thickness = check_number("genome.brow_thickness", self.brow_thickness, 0.6, 1.4)
        object.__setattr__(self, "brow_thickness", thickness)
        for name in _COLOURS:
            colour = _numbers(name, getattr(self, name))
            if len(colour) != 3:
                raise ParameterError(f"genome.{name}={list(colour)} must be red, green and blue in [0, 1]")
            checked = tuple(check_number(f"genome.{name}[{k}]", x, 0.0, 1.0) for k, x in enumerate(colour))
            object.__setattr__(self, name, checked)
        check_choice("genome.hair", self.hair, HAIRS)
        check_choice("genome.beard", self.beard, BEARDS)
        for name in ("glasses", "earrings"):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(f"genome.{name}={getattr(self, name)!r} must be true or false")

    @classmethod
    def random(cls, seed: int) -> Genome:
        """Somebody.

        Parameters
        ----------
        seed : int [range=[0, 2**63)]
            who; the same number is always the same person

        Returns
        -------
        Genome
            shape, skin from light to dark, age, hair, brows, beard, clothes

        Raises
        ------
        ParameterError
            If the seed is no whole number in its range.

        Examples
        --------
        >>> Genome.random(42) == Genome.random(42), Genome.random(42).skin == Genome.random(43).skin
        (True, False)
        """
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
            raise ParameterError(f"face_seed={seed!r} must be a whole number in [0, 2**63)")
        rng = np.random.default_rng([_SEED, int(seed)])
        skin, age = float(rng.random()), float(rng.random() ** 1.5)
        bearded = bool(rng.random() < 0.3)
        dark = skin >= 0.6
        hair = _HAIR[rng.choice(5, p=(0.8, 0.2, 0, 0, 0) if dark else (0.25, 0.25, 0.22, 0.16, 0.12))]
        hair = hair * rng.uniform(0.9, 1.1, 3)
        hair = hair + (_GREY - hair) * np.clip((age - 0.5) * rng.uniform(0, 2.2), 0, 1)
        cut = HAIRS[int(rng.integers(4 if bearded else len(HAIRS)))]
        return cls(
            shape=tuple(rng.normal(0, 0.75, MODES).clip(-2, 2).tolist()),
            **{name: float(np.clip(rng.normal(0, 0.45), -1, 1)) for name in FEATURES},
            skin=skin,
            warmth=float(rng.uniform(-1, 1)),
            blush=float(rng.uniform(0, 0.8)),
            freckles=float(rng.random() * (rng.random() < 0.25) * (not dark)),
            age=age,
            stubble=float(rng.uniform(0.1, 0.7) * (bearded or rng.random() < 0.25)),
            makeup=float(rng.uniform(0.2, 0.9) * (not bearded and rng.random() < 0.35)),
            hair=cut,
            hair_colour=_colour(hair),
            beard=BEARDS[1 + int(rng.integers(3))] if bearded else "none",
            brow_thickness=float(rng.uniform(0.7, 1.3)),
            brow_colour=_colour(hair * rng.uniform(0.7, 1.0)),
            iris=_colour(_IRIS[int(rng.integers(2 if dark else len(_IRIS)))] * rng.uniform(0.85, 1.15)),
            garment=_cloth(rng),
            trim=_cloth(rng),
            glasses=bool(rng.random() < 0.15),
            earrings=bool(not bearded and rng.random() < 0.25),
        )

    @classmethod
    def from_mapping(cls, genes: Mapping[str, Any]) -> Genome:
        """Genes by name; with ``seed``, those not named are this seed's person's.

        Parameters
        ----------
        genes : Mapping[str, Any]
            such as ``{"seed": 42, "hair": "crop", "age": 0.7}``

        Returns
        -------
        Genome
            the person

        Raises
        ------
        UnknownNameError
            If a gene is unknown.
        ParameterError
            If a value is out of its range.

        Examples
        --------
        >>> Genome.from_mapping({"seed": 42, "hair": "bob"}).hair
        'bob'
        """
        known = [field.name for field in fields(cls)]
        for name in genes:
            if name != "seed" and name not in known:
                raise UnknownNameError("gene", str(name), (*known, "seed"))
        start = asdict(cls.random(genes["seed"])) if "seed" in genes else {}
        return cls(**(start | {name: value for name, value in genes.items() if name != "seed"}))

    def to_mapping(self) -> dict[str, Any]:
        """Genes by name, as plain values: what :meth:`from_mapping` reads."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def tone(self) -> Colour:
        """Colour of the skin."""
        return _colour(_LIGHTEST + (_DARKEST - _LIGHTEST) * self.skin**0.8 + _WARM * self.warmth)


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    try:
        return tuple(float(x) for x in values)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"genome.{name}={values!r} must be a list of numbers") from error


def _cloth(rng: np.random.Generator) -> Colour:
    """A colour that is seldom loud."""
    colour = rng.uniform(0.1, 0.85, 3)
    return _colour(colour.mean() + (colour - colour.mean()) * rng.uniform(0.2, 0.9))


def _colour(values: npt.NDArray[np.float64]) -> Colour:
    r, g, b = (float(x) for x in np.clip(values, 0.02, 0.95))
    return r, g, b
