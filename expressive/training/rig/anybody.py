"""Builds the meshes from which a model draws whoever has genes: the mean head's, and how each gene moves them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from expressive.face.genome import FEATURES, HAIRS, MODES, Genome
from expressive.face.geometry import Figure
from expressive.face.mixing import MIXED
from expressive.face.people import CODE, Part, People
from expressive.training.rig.assets import FloatArray, HeadAsset
from expressive.training.rig.cast import Member
from expressive.training.rig.geometry import SharedMesh, build_figure, hem_of, lay_out, shared_mesh, shown_triangles
from expressive.training.rig.head import HeadRig, neck_weight
from expressive.training.rig.people import Carried, member_of

__all__ = ["build_people"]

_SIZES = {
    "face": (256, 256), "back": (80, 80), "gums": (64, 64), "teeth": (112, 68), "left eye": (80, 80),
    "right eye": (80, 80), "cloth": (256, 96), "worn": (96, 48), "hair": (192, 144), "hair inside": (80, 64),
    "ends": (192, 144), "lashes": (80, 56), "left gleam": (20, 16), "right gleam": (20, 16), "rims": (128, 24),
}  # fmt: skip
_TILES = lay_out({kind: _SIZES[kind] for kind in MIXED})
_SEEN_BY = 24  # people whose poses say which triangles are ever seen
_POSES_EACH = 24


def build_people(asset: HeadAsset, poses: FloatArray) -> People:
    """Build the meshes of anybody.

    Parameters
    ----------
    asset : HeadAsset
        the head model
    poses : FloatArray [shape=(n, 61)]
        poses like those to be drawn: triangles that none of them shows on any of some people are left out

    Returns
    -------
    People
        parts of the mean head, and how each number of the shape code moves them
    """
    mesh = shared_mesh(asset, closed=True)
    codes = [_genome_of(k) for k in range(-1, CODE)]  # the mean head first
    bare = _figure(asset, codes[0], mesh)
    base = _part([bare])
    parts = {"base": base}
    for name in ("glasses", "earrings"):
        worn = [
            _figure(asset, replace(genome, glasses=name == "glasses", earrings=name == "earrings"), mesh)
            for genome in codes
        ]
        plain = [_first(figure, bare) for figure in worn]
        parts["base"] = _part(plain)
        parts[name] = _part([_without(figure, base) for figure in worn])
    rigs = [_rig(asset, genome) for genome in codes]
    for cut in HAIRS:
        hull = _without(_figure(asset, replace(codes[0], hair=cut), mesh, hair=True), base)
        carried = Carried(hull.vertices, rigs[0])
        places = [carried.on(rig) for rig in rigs]
        parts[f"hair {cut}"] = _part([replace(hull, vertices=v, follow=neck_weight(v)) for v in places])
    tiles = {name: (tile.first, tile.width, tile.height) for name, tile in _TILES.items()}
    eyes = np.stack([np.concatenate([figure.eyes, figure.corneas]) for figure in plain])
    eyes[1:] -= eyes[0]
    whole = People(mesh.names, mesh.shapes, mesh.eye_spans, mesh.gleam_spans, tiles, eyes, parts)
    kept = _seen(whole, poses)
    return replace(whole, parts=kept | {"base": _hemmed(kept["base"])})


def _genome_of(number: int) -> Genome:
    """The mean head, or with 1 for one number of the shape code."""
    if number < 0:
        return Genome()
    if number < MODES:
        return Genome(shape=tuple(float(k == number) for k in range(MODES)))
    return Genome(**{FEATURES[number - MODES]: 1.0})  # type: ignore[arg-type]


def _member(genome: Genome, hair: bool) -> Member:
    member = member_of(genome, "")
    return member if hair else replace(member, hair=replace(member.hair, count=0))


def _figure(asset: HeadAsset, genome: Genome, mesh: SharedMesh, hair: bool = False) -> Figure:
    return build_figure(asset, _member(genome, hair), mesh, _TILES)


def _rig(asset: HeadAsset, genome: Genome) -> HeadRig:
    member = member_of(genome, "")
    return HeadRig(asset, member.identity, member.sculpt)


def _first(figure: Figure, bare: Figure) -> Figure:
    """The vertices of a figure that it has with nothing worn."""
    count = len(bare.vertices)
    return replace(
        bare, vertices=figure.vertices[:count], follow=figure.follow[:count], eyes=figure.eyes, corneas=figure.corneas
    )


def _without(figure: Figure, base: Part) -> Figure:
    """What a figure has beyond the base, which comes first among its vertices and the triangles of each layer."""
    start, layers = len(base.vertices), _groups(figure)
    kept = np.concatenate([np.arange(count) >= common for count, common in zip(layers, base.layers, strict=True)])
    return replace(
        figure, vertices=figure.vertices[start:], follow=figure.follow[start:],
        triangles=figure.triangles[kept] - start, texels=figure.texels[kept], first=figure.first[kept],
        width=figure.width[kept], layers=tuple(np.subtract(figure.layers, _joined(base.layers)).tolist()), fine=0,
    )  # fmt: skip


def _groups(figure: Figure) -> tuple[int, ...]:
    """Triangles of coarse surfaces, of a hem, of fine surfaces, and of each further layer."""
    surfaces, *upper = figure.layers
    return surfaces - figure.fine - figure.hem, figure.hem, figure.fine, *upper


def _joined(groups: tuple[int, ...]) -> tuple[int, ...]:
    coarse, hem, fine, *upper = groups
    return coarse + hem + fine, *upper


def _part(figures: list[Figure]) -> Part:
    """A part from its mesh on the mean head, and on the heads of each number of the shape code."""
    stacked = np.stack([np.concatenate([f.vertices, f.follow[:, None]], 1) for f in figures]).astype(np.float32)
    mean = figures[0]
    return Part(
        stacked[0], stacked[1:] - stacked[0], mean.triangles, mean.texels, mean.first, mean.width, _groups(mean)
    )


def _seen(people: People, poses: FloatArray) -> dict[str, Part]:
    """Parts without the triangles that nobody shows."""
    rng = np.random.default_rng(len(poses))
    starts, numbered = {}, {}
    at = 1
    for name, part in people.parts.items():
        starts[name] = at
        numbered[name] = replace(part, first=np.arange(at, at + len(part.triangles), dtype=np.int32))
        at += len(part.triangles)
    seen = np.zeros(at, bool)
    crowd = replace(people, parts=numbered)
    for number in range(_SEEN_BY):
        genome = replace(
            Genome.random(number), hair=HAIRS[number % len(HAIRS)], glasses=number % 3 == 0, earrings=number % 3 == 1
        )
        geometry = crowd.geometry({"": genome})
        chosen = poses[rng.choice(len(poses), min(_POSES_EACH, len(poses)), replace=False)]
        ids: npt.NDArray[np.int32] = geometry.figures[""].first
        seen[ids[shown_triangles(geometry, "", chosen)]] = True
    return {
        name: _kept(part, seen[starts[name] : starts[name] + len(part.triangles)])
        for name, part in people.parts.items()
    }


def _hemmed(part: Part) -> Part:
    """A part with those surfaces that touch the fine ones right before them."""
    coarse, hem, fine, *upper = part.layers
    order, touching = hem_of(part.triangles, coarse + hem, fine, len(part.vertices))
    return replace(
        part, triangles=part.triangles[order], texels=part.texels[order], first=part.first[order],
        width=part.width[order], layers=(coarse + hem - touching, touching, fine, *upper),
    )  # fmt: skip


def _kept(part: Part, kept: npt.NDArray[np.bool_]) -> Part:
    ends = np.cumsum(part.layers)
    return replace(
        part, triangles=part.triangles[kept], texels=part.texels[kept], first=part.first[kept], width=part.width[kept],
        layers=tuple(int(layer.sum()) for layer in np.split(kept, ends[:-1])),
    )  # fmt: skip
