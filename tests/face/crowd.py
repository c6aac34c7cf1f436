"""A tiny model of people: a square of skin that a gene moves, a strip of hair before it, a patch that is worn."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from expressive.core.controls import CONTROL_NAMES, N_CONTROLS
from expressive.face.genome import HAIRS
from expressive.face.mixing import MIXED, TRAITS
from expressive.face.models import ANYBODY, GENERATOR_FILE, GEOMETRY_FILE, PICTURES_FILE
from expressive.face.people import CODE, Palette, Part, People
from tests.face.meshes import EDGE, rectangle, unit_texels

SIDE = 12
SKIN, HAIR, WORN = (8.15, 8.15), (8.15, 8.15), (20.15, 26.15)
"""left and upper edge of the square, the strip and the patch in pixels"""
STRIP = 4
"""height of the strip"""
PUSH_CM = 4.27
"""how far the first identity mode pushes the square and its hair to the right"""
PUSH = PUSH_CM / 34.2 * EDGE
_TILE = 12


def _tiles() -> dict[str, tuple[int, int, int]]:
    return {kind: (1 + k * _TILE * _TILE, _TILE, _TILE) for k, kind in enumerate(MIXED)}


def _part(corners: np.ndarray, kind: str, layers: tuple[int, ...], *, moves: bool) -> Part:
    offsets = np.zeros((CODE, 4, 4), np.float32)
    offsets[0, :, 0] = PUSH_CM * moves
    first = _tiles()[kind][0]
    return Part(
        np.concatenate([corners, np.ones((4, 1))], 1).astype(np.float32),
        offsets,
        np.array([(0, 1, 2), (0, 2, 3)], np.int32),
        unit_texels(_TILE, _TILE),
        np.full(2, first, np.int32),
        np.full(2, _TILE, np.int32),
        layers,
    )


def tiny_people() -> People:
    """Their meshes."""
    parts = {
        "base": _part(rectangle(*SKIN, SIDE, SIDE), "face", (2, 0, 0, 0, 0, 0), moves=True),
        "glasses": _part(rectangle(*WORN, 4, 4), "worn", (2, 0, 0, 0, 0, 0), moves=False),
        "earrings": _part(rectangle(2.15, 26.15, 4, 4), "worn", (2, 0, 0, 0, 0, 0), moves=False),
    }
    for cut in HAIRS:
        parts[f"hair {cut}"] = _part(rectangle(*HAIR, SIDE, STRIP, 0.02), "hair", (0, 0, 0, 0, 2, 0), moves=True)
    shapes = np.zeros((1, 4, 3), np.float32)
    eyes = np.zeros((1 + CODE, 4, 3), np.float32)
    return People(("jawOpen",), shapes, ((4, 4), (4, 4)), ((4, 4), (4, 4)), _tiles(), eyes, parts)


def tiny_palette() -> Palette:
    """Their pictures: skin of its tone, hair of its colour, and white for what is worn."""
    pictures = {kind: np.zeros((4, len(names), _TILE * _TILE), np.float32) for kind, names in MIXED.items()}
    for kind, terms in (("face", [("one", "tone")]), ("hair", [(f"hair {cut}", f"hair {cut} 1") for cut in HAIRS])):
        for one, colour in terms:
            pictures[kind][:3, MIXED[kind].index(one)] = 0.4
            pictures[kind][3, MIXED[kind].index(one)] = 1.0
            pictures[kind][:3, MIXED[kind].index(colour)] = 1.0
    pictures["worn"][:, 0] = 1.0
    return Palette(pictures)


def write_genome_model(folder: Path, *, who: str = "traits") -> Path:
    """Write a model folder whose network hands its draft on."""
    folder.mkdir(parents=True, exist_ok=True)
    half = EDGE // 2
    graph = helper.make_graph(
        [helper.make_node("Identity", ["draft"], ["rgba"])],
        "people",
        [
            helper.make_tensor_value_info("controls", TensorProto.FLOAT, ["n", N_CONTROLS]),
            helper.make_tensor_value_info(who, TensorProto.FLOAT, ["n", TRAITS]),
            helper.make_tensor_value_info("draft", TensorProto.UINT8, ["n", 16, half, half]),
        ],
        [helper.make_tensor_value_info("rgba", TensorProto.UINT8, ["n", 16, half, half])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / GENERATOR_FILE))
    tiny_people().save(folder / GEOMETRY_FILE)
    tiny_palette().save(folder / PICTURES_FILE)
    files = (GENERATOR_FILE, GEOMETRY_FILE, PICTURES_FILE)
    config = {
        "name": "people", "version": "0.1.0", "resolution": EDGE, "controls": list(CONTROL_NAMES),
        "identities": [ANYBODY], "generator": {"traits": TRAITS}, "parameters": 0,
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
