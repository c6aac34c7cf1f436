"""A genome's person for the renderer: the same pores, strands and folds for everybody, so that genes say it all."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from expressive.face.genome import FEATURES, Genome
from expressive.training.rig.assets import FloatArray
from expressive.training.rig.cast import Member
from expressive.training.rig.cloth import GarmentOptions
from expressive.training.rig.hair import HairOptions
from expressive.training.rig.head import HeadRig
from expressive.training.rig.skin import WRINKLE_LAYERS, SkinOptions

__all__ = ["GENOMES_FILE", "STYLES", "UNSEEN", "Carried", "member_of", "people"]

GENOMES_FILE = "genomes.json"
"""beside frames: the genes of whom they show"""
UNSEEN = 16
"""people who are rendered to judge a model by, and never trained on"""

_FIRST, _FIRST_UNSEEN = 2**32, 2**33  # face seeds; whoever has a smaller one is in no training set
_SEED = 700  # of everybody's pores, strands and folds
_REACH = {"eye_size": 0.1, "nose_width": 0.12, "nose_size": 0.1, "lips": 0.2, "mouth_width": 0.1, "jaw_width": 0.1,
          "chin": 0.3}  # fmt: skip
_NEIGHBOURS, _NEAR = 32, 0.3  # vertices of the skin that a hair moves with; those within centimetres count alike
_LOWEST = -10.0  # centimetres: the chest carries no hair

STYLES = {
    "shaven": HairOptions(
        count=14000, length=(0.28, 0.24), lift=1.2, mess=0.25, volume=0.05, hairline=0.1, width=0.03
    ),
    "tousled": HairOptions(
        count=12000, length=(2.8, 1.3), comb=(0.5, 0.3, 0.7), lift=0.75, mess=0.22, volume=1.1,
        extra={"locks": 140, "fringe": 0.5},
    ),
    "crop": HairOptions(count=12000, length=(1.9, 0.7), comb=(0.25, 0.2, 0.9), lift=0.45, mess=0.1, hairline=0.1),
    "coily": HairOptions(
        style="coily", count=16000, length=(0.9, 0.4), hairline=0.2, width=0.05, extra={"curl": 0.14, "turns": 1.5}
    ),
    "bob": HairOptions(
        style="loose", count=9000, volume=0.8, part=1.6, mess=0.06, width=0.075, hairline=-0.2,
        extra={"end_y": -8.0, "back": 0.4, "hang": 8.7, "tuck": 1.2},
    ),
    "loose": HairOptions(
        style="loose", count=9000, volume=1.0, part=-0.8, mess=0.1, width=0.075,
        extra={"end_y": -15.0, "back": 0.5, "hang": 8.6, "tuck": 0.0, "curl": 0.35},
    ),
    "tied": HairOptions(style="tied", count=9000, volume=0.5, mess=0.06, width=0.07, knot_radius=2.4),
}  # fmt: skip
"""cuts of ``face.genome.HAIRS``"""


def member_of(genome: Genome, name: str) -> Member:
    """Looks of a person, for the renderer."""
    g = genome
    tone, hair = np.array(g.tone), g.hair_colour
    lip = tone * (0.92, 0.66, 0.68) + (0.03, 0, 0)
    r, green, b = (float(x) for x in lip)
    return Member(
        name=name,
        seed=_SEED,
        transplanted=True,
        modes=dict(enumerate(g.shape)),
        sculpt={feature: getattr(g, feature) * _REACH[feature] for feature in FEATURES},
        tone_group=("light", "medium", "dark")[int(min(g.skin * 3, 2))],
        skin=SkinOptions(
            tone=g.tone,
            lip=(r, green, b),
            brow=tuple(0.8 * x for x in g.brow_colour),  # type: ignore[arg-type]
            blush=g.blush,
            freckles=g.freckles,
            stubble=g.stubble,
            makeup=g.makeup,
            age=g.age,
            brow_width=g.brow_thickness,
            lines=dict.fromkeys(WRINKLE_LAYERS[:6], 0.7 * g.age),
        ),
        hair=STYLES[g.hair],
        hair_colour=hair,
        brow_colour=g.brow_colour,
        brow_thickness=g.brow_thickness,
        lash_length=0.9,
        beard_style="" if g.beard == "none" else g.beard,
        beard_count=5000,
        iris=g.iris,
        garment=GarmentOptions(colour=g.garment, trim=g.trim, collar=1.5, opening=0.4, flare=0.2, folds=0.35),
        glasses=g.glasses,
        earrings=g.earrings,
    )


def people(count: int, unseen: int = UNSEEN) -> dict[str, Genome]:
    """Genes of those who judge a model, then of those who train it, by name."""
    judges = {f"unseen-{k:02d}": Genome.random(_FIRST_UNSEEN + k) for k in range(unseen)}
    return judges | {f"person-{k:03d}": Genome.random(_FIRST + k) for k in range(count)}


class Carried:
    """Points on or around the mean head, which go along as the skin near them differs on another.

    Parameters
    ----------
    points : FloatArray [shape=(..., 3)]
        where they are on the mean head
    mean : HeadRig
        the mean head
    """

    def __init__(self, points: FloatArray, mean: HeadRig) -> None:
        self._points, self._mean = points, mean
        skin = np.flatnonzero((mean.asset.inner == 0) & (mean.asset.neutral[:, 1] > _LOWEST))
        far, near = cKDTree(mean.base[skin]).query(points.reshape(-1, 3), k=_NEIGHBOURS)
        weight = 1.0 / (far + _NEAR) ** 2
        self._weight, self._near = (weight / weight.sum(1, keepdims=True)).astype(np.float32), skin[near]

    def on(self, rig: HeadRig) -> FloatArray:
        """Where they are on a head."""
        shift = np.einsum("pkc,pk->pc", (rig.base - self._mean.base)[self._near], self._weight)
        out: FloatArray = (self._points + shift.reshape(self._points.shape)).astype(np.float32)
        return out
