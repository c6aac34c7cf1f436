"""Meshes and pictures of a person from genes, in numpy: made once, when somebody is loaded.

Every vertex of a person lies at the mean head's plus a sum of offsets, one for each number of the shape. Cuts of hair,
glasses and earrings are parts of their own, which a person has or not.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import WeightsError
from expressive.face.genome import FEATURES, MODES, FloatArray, Genome
from expressive.face.geometry import TEXEL_STEPS, Figure, Geometry, IntArray
from expressive.face.mixing import MIXED, mixture

__all__ = ["CODE", "Palette", "Part", "People", "load_palette", "load_people", "shape_code"]

CODE = MODES + len(FEATURES)
"""numbers that move the vertices of a head at rest"""


def shape_code(genome: Genome) -> FloatArray:
    """What moves a head at rest (CODE,): the identity modes, then the sliders."""
    return np.array([*genome.shape, *(getattr(genome, feature) for feature in FEATURES)], np.float32)


@dataclass(frozen=True)
class Part:
    """A part of a mesh; each vertex has four numbers: its place, and how much of the head's turn it follows."""

    vertices: FloatArray
    """of the mean head (V, 4)"""
    offsets: FloatArray
    """for 1 of each number of the shape code (CODE, V, 4)"""
    triangles: IntArray
    """vertices of this part (T, 3)"""
    texels: FloatArray
    """as in ``Figure`` (T, 3, 2)"""
    first: IntArray
    """as in ``Figure`` (T,)"""
    width: IntArray
    """as in ``Figure`` (T,)"""
    layers: tuple[int, ...]
    """triangles of coarse surfaces, of the hem of fine ones, of these, and of each further layer, in this order"""

    def at(self, code: FloatArray) -> FloatArray:
        """Vertices (V, 4) of a shape code."""
        out: FloatArray = self.vertices + np.tensordot(code, self.offsets, 1)
        return out


@dataclass(frozen=True)
class People:
    """Meshes of whoever has genes."""

    names: tuple[str, ...]
    """as in ``Geometry``"""
    shapes: FloatArray
    """as in ``Geometry``"""
    eye_spans: tuple[tuple[int, int], tuple[int, int]]
    """as in ``Geometry``"""
    gleam_spans: tuple[tuple[int, int], tuple[int, int]]
    """as in ``Geometry``"""
    tiles: Mapping[str, tuple[int, int, int]]
    """first texel, width and height of each kind of picture"""
    eyes: FloatArray
    """eyeballs' centres and the ways to the corneas', of the mean head and for each number (1 + CODE, 4, 3)"""
    parts: Mapping[str, Part]
    """``base``, ``glasses``, ``earrings`` and a ``hair …`` for each cut"""

    def parts_of(self, genome: Genome) -> list[str]:
        """Names of a person's parts."""
        worn = [name for name in ("glasses", "earrings") if getattr(genome, name)]
        return ["base", *worn, f"hair {genome.hair}"]

    def figure(self, genome: Genome) -> Figure:
        """Mesh of a person."""
        code = shape_code(genome)
        parts = [self.parts[name] for name in self.parts_of(genome)]
        vertices = np.concatenate([part.at(code) for part in parts])
        starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
        layers: list[list[tuple[npt.NDArray[Any], ...]]] = [[], [], [], [], [], []]
        for part, start in zip(parts, starts, strict=False):
            ends = np.cumsum(part.layers)
            for layer, stop, count in zip(layers, ends, part.layers, strict=True):
                own = slice(stop - count, stop)
                layer.append((part.triangles[own] + start, part.texels[own], part.first[own], part.width[own]))
        triangles, texels, first, width = (
            np.concatenate([piece[k] for layer in layers for piece in layer]) for k in range(4)
        )
        coarse, hem, fine, *upper = (sum(len(piece[0]) for piece in layer) for layer in layers)
        eyes = self.eyes[0] + np.tensordot(code, self.eyes[1:], 1)
        return Figure(
            np.ascontiguousarray(vertices[:, :3], np.float32), np.clip(vertices[:, 3], 0, 1).astype(np.float32),
            eyes[:2].astype(np.float32), eyes[2:].astype(np.float32), triangles.astype(np.int32), texels, first, width,
            (coarse + hem + fine, *upper), fine, hem,
        )  # fmt: skip

    def geometry(self, crowd: Mapping[str, Genome]) -> Geometry:
        """Meshes of some people by name."""
        figures = {name: self.figure(genome) for name, genome in crowd.items()}
        return Geometry(self.names, self.shapes, self.eye_spans, self.gleam_spans, tuple(self.tiles.values()), figures)

    def save(self, path: Path) -> None:
        """Write a file that :func:`load_people` reads."""
        arrays: dict[str, Any] = {
            "names": np.array(self.names), "shapes": self.shapes.astype(np.float16),
            "eye_spans": np.array(self.eye_spans), "gleam_spans": np.array(self.gleam_spans),
            "tile_names": np.array(list(self.tiles)), "tiles": np.array(list(self.tiles.values())),
            "eyes": self.eyes, "parts": np.array(list(self.parts)),
        }  # fmt: skip
        for name, part in self.parts.items():
            arrays |= {
                f"{name}/vertices": part.vertices, f"{name}/offsets": part.offsets.astype(np.float16),
                f"{name}/triangles": part.triangles.astype(np.uint16),
                f"{name}/texels": np.round(part.texels * TEXEL_STEPS).astype(np.uint16),
                f"{name}/first": part.first, f"{name}/width": part.width.astype(np.uint16),
                f"{name}/layers": np.array(part.layers),
            }  # fmt: skip
        np.savez_compressed(path, **arrays)


def load_people(content: bytes, path: str) -> People:
    """Read what :meth:`People.save` wrote, of a file called ``path``.

    Raises
    ------
    WeightsError
        If it is no such file.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as pack:
            parts = {
                str(name): Part(
                    pack[f"{name}/vertices"], pack[f"{name}/offsets"].astype(np.float32),
                    pack[f"{name}/triangles"].astype(np.int32), pack[f"{name}/texels"] / np.float32(TEXEL_STEPS),
                    pack[f"{name}/first"], pack[f"{name}/width"].astype(np.int32),
                    tuple(pack[f"{name}/layers"].tolist()),
                )
                for name in pack["parts"]
            }  # fmt: skip
            eyes, gleams = (
                ((left[0], left[1]), (right[0], right[1]))
                for left, right in (pack[key].tolist() for key in ("eye_spans", "gleam_spans"))
            )
            tiles = {str(n): (a, b, c) for n, (a, b, c) in zip(pack["tile_names"], pack["tiles"].tolist(), strict=True)}
            names = tuple(str(name) for name in pack["names"])
            return People(names, pack["shapes"].astype(np.float32), eyes, gleams, tiles, pack["eyes"], parts)
    except Exception as error:  # numpy and zipfile have a dozen kinds for a damaged file
        raise WeightsError(f"{path} is damaged ({error}); copy the model folder again") from error


@dataclass(frozen=True)
class Palette:
    """The learned pictures whose sums are everybody's."""

    pictures: Mapping[str, FloatArray]
    """by kind (4, terms, width · height), of red, green, blue and alpha"""

    def of(self, genome: Genome) -> npt.NDArray[np.uint8]:
        """Texels of a person (texels, 4): premultiplied RGBA, number 0 nothing."""
        weights = mixture(genome)
        out = [np.zeros((4, 1), np.float32)]
        for kind, pictures in self.pictures.items():
            out.append(np.matmul(weights[kind].T[:, None], pictures)[:, 0])
        return np.round(np.clip(np.concatenate(out, 1).T, 0, 1) * 255.0).astype(np.uint8)

    def save(self, path: Path) -> None:
        """Write a file that :func:`load_palette` reads, a byte for each number."""
        arrays: dict[str, Any] = {}
        for kind, pictures in self.pictures.items():
            scale = np.maximum(np.abs(pictures).max(2, keepdims=True), 1e-6) / 127.0
            arrays |= {kind: np.round(pictures / scale).astype(np.int8), f"{kind}/scale": scale.astype(np.float32)}
        np.savez_compressed(path, **arrays)


def load_palette(content: bytes, path: str, tiles: Mapping[str, Sequence[int]]) -> Palette:
    """Read what :meth:`Palette.save` wrote, of a file called ``path``, for the tiles of ``People``.

    Raises
    ------
    WeightsError
        If it is no such file, or of other tiles.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as pack:
            pictures = {kind: pack[kind].astype(np.float32) * pack[f"{kind}/scale"] for kind in tiles}
    except Exception as error:  # numpy and zipfile have a dozen kinds for a damaged file
        raise WeightsError(f"{path} is damaged ({error}); copy the model folder again") from error
    for kind, (_, width, height) in tiles.items():
        if pictures[kind].shape != (4, len(MIXED[kind]), width * height):
            raise WeightsError(f"{path} is of another make: {kind!r} is {pictures[kind].shape}; export the model again")
    return Palette(pictures)
