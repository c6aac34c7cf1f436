"""People outside the cast, drawn at random: what a judge learns from must not be whom it judges."""

from __future__ import annotations

import numpy as np

from expressive.core.errors import ParameterError
from expressive.training.rig.cast import Colour, Member
from expressive.training.rig.cloth import GarmentOptions
from expressive.training.rig.hair import HairOptions
from expressive.training.rig.skin import WRINKLE_LAYERS, SkinOptions

__all__ = ["MOST_STRANGERS", "stranger", "strangers"]

MOST_STRANGERS = 1000
"""how many there may be; the number names the person"""

_FIRST_SEED = 90_000  # far from the cast's
_LIGHTEST, _DARKEST = np.array([0.86, 0.70, 0.62]), np.array([0.27, 0.18, 0.14])
_HAIR = np.array([(0.07, 0.06, 0.06), (0.16, 0.10, 0.07), (0.32, 0.20, 0.12), (0.62, 0.46, 0.28), (0.52, 0.24, 0.11)])
_GREY = np.array([0.60, 0.59, 0.58])
_IRIS = np.array([(0.20, 0.13, 0.10), (0.36, 0.24, 0.13), (0.34, 0.42, 0.28), (0.36, 0.48, 0.58)])
_SCULPTED = ("eye_size", "nose_width", "nose_size", "lips", "mouth_width", "jaw_width", "chin")


def stranger(number: int) -> Member:
    """Somebody who is not in the cast.

    Parameters
    ----------
    number : int [range=[0, MOST_STRANGERS)]
        who; the same number is always the same person

    Returns
    -------
    Member
        looks: shape, skin from light to dark, age, hair, brows, beard, clothes

    Raises
    ------
    ParameterError
        If the number is out of range.

    Examples
    --------
    >>> stranger(3).name
    'stranger-003'
    >>> stranger(3) == stranger(3), stranger(3).skin.tone == stranger(4).skin.tone
    (True, False)
    """
    if not 0 <= number < MOST_STRANGERS:
        raise ParameterError(f"number={number} must be in [0, {MOST_STRANGERS})")
    rng = np.random.default_rng([_FIRST_SEED, number])
    darkness = rng.random()
    tone = _LIGHTEST + (_DARKEST - _LIGHTEST) * darkness**0.8 + rng.normal(0, 0.012, 3)
    age, bearded = rng.random() ** 1.5, rng.random() < 0.28
    hair = _HAIR[_pick(rng, (0.3, 0.3, 0.2, 0.12, 0.08) if darkness < 0.6 else (0.8, 0.2, 0, 0, 0))]
    hair = hair + (_GREY - hair) * np.clip((age - 0.55) * rng.uniform(0, 2.5), 0, 1)
    lip = tone * (0.92, 0.66, 0.68) + (0.03, 0, 0)
    return Member(
        name=f"stranger-{number:03d}",
        seed=_FIRST_SEED + number,
        shape_seed=_FIRST_SEED + number,
        sculpt={name: float(rng.normal(0, 0.05)) for name in _SCULPTED},
        tone_group=("light", "medium", "dark")[int(min(darkness * 3, 2))],
        skin=SkinOptions(
            tone=_colour(tone),
            lip=_colour(lip),
            brow=_colour(hair * 0.6),
            blush=float(rng.uniform(0.1, 0.8) * (1 - 0.7 * darkness)),
            freckles=float(rng.random() * (rng.random() < 0.15)),
            stubble=float(rng.uniform(0.2, 0.6) * (bearded or rng.random() < 0.2)),
            makeup=float(rng.uniform(0.2, 0.9) * (not bearded and rng.random() < 0.3)),
            age=float(age),
            lines={name: float(age * rng.uniform(0, 0.9)) for name in WRINKLE_LAYERS[:6]},
        ),
        hair=_hair(rng, age),
        hair_colour=_colour(hair),
        brow_colour=_colour(hair * 0.85),
        brow_thickness=float(rng.uniform(0.75, 1.3)),
        brow_count=int(rng.integers(500, 1300)),
        lash_length=float(rng.uniform(0.6, 1.1)),
        beard_style=("full", "goatee", "moustache")[int(rng.integers(3))] if bearded else "",
        beard_length=float(rng.uniform(0.2, 0.5)),
        beard_count=4000,
        iris=_colour(_IRIS[int(rng.integers(len(_IRIS) if darkness < 0.5 else 2))]),
        garment=GarmentOptions(
            colour=_colour(rng.uniform(0.1, 0.8, 3)),
            trim=_colour(rng.uniform(0.1, 0.9, 3)),
            collar=float(rng.uniform(0.8, 2.2)),
            folds=float(rng.uniform(0.2, 0.6)),
        ),
        glasses=bool(rng.random() < 0.12),
        earrings=bool(not bearded and rng.random() < 0.2),
    )


def strangers(count: int) -> dict[str, Member]:
    """The first so many strangers by name."""
    return {member.name: member for member in map(stranger, range(count))}


def _pick(rng: np.random.Generator, shares: tuple[float, ...]) -> int:
    return int(rng.choice(len(shares), p=shares))


def _colour(values: np.ndarray) -> Colour:
    r, g, b = (float(x) for x in np.clip(values, 0.02, 0.95))
    return r, g, b


def _hair(rng: np.random.Generator, age: float) -> HairOptions:
    style = ("crop", "crop", "coily", "loose")[int(rng.integers(4))]
    hairline = float(rng.uniform(-0.2, 0.4) + (0.6 * age if style == "crop" else 0.0))
    if style == "loose":
        extra = {"end_y": float(rng.uniform(-17, -8)), "back": 0.5, "hang": 8.7, "tuck": float(rng.uniform(0, 1.4))}
        part = float(rng.uniform(-2, 2))
        return HairOptions(
            style=style, count=6000, width=0.09, volume=0.9, part=part, mess=0.1, hairline=hairline, extra=extra
        )
    if style == "coily":
        length = float(rng.uniform(0.5, 1.2))
        extra = {"curl": 0.14, "turns": 1.5}
        return HairOptions(style=style, count=9000, width=0.06, length=(length, 0.4), hairline=hairline, extra=extra)
    top = float(rng.uniform(0.3, 2.6))
    return HairOptions(
        count=9000, width=0.055, length=(top, 0.4 * top + 0.2), lift=float(rng.uniform(0.3, 1.0)), hairline=hairline
    )
