"""From genes to numbers that a network and pictures understand.

The pictures of a person are a sum of learned ones. What each weighs follows from the genes by the formulas here, for
each colour by itself: a skin is as red as its tone is red, hair of a cut is there or not. So a few dozen pictures give
a person that nobody has painted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from expressive.face.genome import BEARDS, FEATURES, HAIRS, FloatArray, Genome

__all__ = ["CLASSES", "LESSER", "MIXED", "TRAITS", "mixture", "traits"]

_SHAPED = 8  # identity modes whose light and shade show in the pictures
_MIDDLE, _SPREAD = 0.4, 0.25  # of colours, about: numbers are of one size


def traits(genome: Genome) -> FloatArray:
    """What a network is told of a person (TRAITS,), about within [-2, 2]; kinds first, see :data:`CLASSES`."""
    g = genome
    kinds = [g.hair == cut for cut in HAIRS] + [g.beard == cut for cut in BEARDS[1:]] + [g.glasses, g.earrings]
    sizes = [2.0 * getattr(g, feature) for feature in FEATURES]
    skin = [2.0 * g.skin - 1.0, g.warmth, g.blush, g.freckles, g.age, g.stubble, g.makeup, 3.0 * (g.brow_thickness - 1)]
    colours = [(x - _MIDDLE) / _SPREAD for name in (g.tone, g.hair_colour, g.brow_colour, g.iris) for x in name]
    clothes = [(x - _MIDDLE) / _SPREAD for name in (g.garment, g.trim) for x in name]
    out = [*map(float, kinds), *g.shape[:_SHAPED], *sizes, *skin, *colours, *clothes]
    return np.array(out, np.float32)


CLASSES = len(HAIRS) + len(BEARDS) - 1 + 2
"""how many of the traits, the first, are cuts and things worn: 0 or 1"""
TRAITS = len(traits(Genome()))
"""how many numbers a network is told"""


def _terms(g: Genome) -> dict[str, FloatArray]:
    """Every term of the sum, for red, green, blue and alpha."""

    def colour(values: tuple[float, float, float]) -> FloatArray:
        return np.array([*(x - _MIDDLE for x in values), 0.0], np.float32)

    one, solid = np.ones(4, np.float32), np.array([1, 1, 1, 0], np.float32)
    tone, hair, brow, iris = (colour(c) for c in (g.tone, g.hair_colour, g.brow_colour, g.iris))
    cloth, trim = colour(g.garment), colour(g.trim)
    thick = g.brow_thickness - 1.0
    out = {"one": one, "tone": tone, "tone2": tone * tone}
    for name in ("blush", "freckles", "age", "stubble", "makeup"):
        out[name] = solid * getattr(g, name)
        out[f"{name} tone"] = tone * getattr(g, name)
    # where hair covers skin, its colour takes the skin's place
    out |= {
        "brow": brow - tone,
        "brow thick": (brow - tone) * thick,
        "thick": solid * thick,
        "thick tone": tone * thick,
    }
    for cut in HAIRS:
        there = float(g.hair == cut)
        out |= {f"hair {cut}": one * there, f"hair {cut} 1": hair * there, f"hair {cut} 2": hair * hair * there}
        out[f"scalp {cut}"] = (hair - tone) * there
    for cut in BEARDS[1:]:
        there = float(g.beard == cut)
        out |= {f"beard {cut}": (hair - tone) * there, f"beard {cut} 1": solid * there, f"beard {cut} 2": tone * there}
    out |= {f"mode {k}": tone * g.shape[k] for k in range(_SHAPED)}
    out |= {"glasses": solid * float(g.glasses), "glasses tone": tone * float(g.glasses)}
    out |= {"wire": one * float(g.glasses), "gold": one * float(g.earrings)}
    out |= {"iris": iris, "iris2": iris * iris}
    return out | {"cloth": cloth, "cloth2": cloth * cloth, "trim": trim, "trim2": trim * trim}


_SKIN = ("one", "tone", "tone2")
_CUTS = tuple(f"{kind} {cut}" for cut in HAIRS for kind in ("hair", "scalp"))
_HAIR = tuple(f"hair {cut}{end}" for cut in HAIRS for end in ("", " 1", " 2"))
_EYE = ("one", "tone", "iris", "iris2")
MIXED: Mapping[str, tuple[str, ...]] = {
    "face": (
        *_SKIN, "blush", "blush tone", "freckles tone", "age", "age tone", "stubble", "stubble tone", "makeup tone",
        "brow", "brow thick", "thick", "thick tone", *_CUTS,
        *(f"beard {cut}{end}" for cut in BEARDS[1:] for end in ("", " 1", " 2")),
        *(f"mode {k}" for k in range(_SHAPED)), "glasses", "glasses tone",
    ),
    "back": (*_SKIN, *_CUTS), "gums": ("one", "tone"), "teeth": ("one",), "left eye": _EYE, "right eye": _EYE,
    "cloth": ("one", "cloth", "cloth2", "trim", "trim2", "tone"), "worn": ("wire", "gold"), "hair": _HAIR,
    "hair inside": _HAIR, "ends": _HAIR, "lashes": ("one", "tone"), "left gleam": _EYE, "right gleam": _EYE,
    "rims": ("wire", "glasses tone"),
}  # fmt: skip
"""of which terms each kind of picture is the sum, in the order in which a person's texels lie"""


LESSER = frozenset({
    "tone2", "blush", "age", "stubble", "thick", "thick tone", "glasses", "glasses tone", "cloth2",
    "trim2", "iris2", *(f"hair {cut} 2" for cut in HAIRS), *(f"mode {k}" for k in range(_SHAPED)),
    *(f"beard {cut} {k}" for cut in BEARDS[1:] for k in (1, 2)),
})  # fmt: skip
"""terms that only refine the others: few people do not say much of them"""


def mixture(genome: Genome) -> dict[str, FloatArray]:
    """What each picture of a kind weighs (n, 4): for red, green, blue and alpha, by kind."""
    terms = _terms(genome)
    return {kind: np.stack([terms[name] for name in names]) for kind, names in MIXED.items()}
