"""A tiny face generator, drawn from a seed and written to ONNX by hand, so that no test needs released weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from expressive.core.controls import CONTROL_NAMES, N_CONTROLS

IDENTITIES = ("guard", "innkeeper", "driver")
CONFIG = {
    "name": "tiny-face-64",
    "version": "0.1.0",
    "resolution": 64,
    "controls": list(CONTROL_NAMES),
    "identities": list(IDENTITIES),
    "generator": {"kind": "tiny"},
    "parameters": 0,
}
GRID = 8


def write_tiny_model(folder: Path, *, seed: int = 440, resolution: int = 64, **changes: object) -> Path:
    """Write a model folder whose frames depend on every control and on the identity.

    A colour grid of 8 × 8, linear in the controls, is enlarged smoothly, squashed to [0, 1] and multiplied by a soft
    disc, which is the alpha.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    cells = 3 * GRID * GRID
    y, x = np.mgrid[0:resolution, 0:resolution] / (resolution - 1) * 2 - 1
    disc = np.clip((0.9 - np.hypot(x, y)) * resolution / 8, 0, 1).astype(np.float32)
    weights = {
        "W": rng.normal(0, 0.6, (N_CONTROLS, cells)).astype(np.float32),
        "E": rng.normal(0, 1.0, (len(IDENTITIES), cells)).astype(np.float32),
        "alpha": disc[None, None],
        "shape": np.array([-1, 3, GRID, GRID], np.int64),
        "scales": np.array([1, 1, resolution / GRID, resolution / GRID], np.float32),
        "levels": np.array(255.0, np.float32),
        "half": np.array(0.5, np.float32),
        "zero": np.array(0.0, np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["controls", "W"], ["posed"]),
        helper.make_node("Gather", ["E", "identity"], ["who"]),
        helper.make_node("Add", ["posed", "who"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["grid"]),
        helper.make_node("Resize", ["grid", "", "scales"], ["large"], mode="linear"),
        helper.make_node("Sigmoid", ["large"], ["colour"]),
        helper.make_node("Mul", ["colour", "alpha"], ["premultiplied"]),
        # the disc for every face of the batch
        helper.make_node("ReduceMean", ["premultiplied"], ["any"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["any", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "alpha"], ["mask"]),
        helper.make_node("Concat", ["premultiplied", "mask"], ["nchw"], axis=1),
        helper.make_node("Mul", ["nchw", "levels"], ["scaled"]),
        helper.make_node("Add", ["scaled", "half"], ["rounded"]),
        helper.make_node("SpaceToDepth", ["rounded"], ["quarters"], blocksize=2),
        helper.make_node("Cast", ["quarters"], ["rgba"], to=TensorProto.UINT8),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("controls", TensorProto.FLOAT, ["n", N_CONTROLS]),
            helper.make_tensor_value_info("identity", TensorProto.INT64, ["n"]),
        ],
        [helper.make_tensor_value_info("rgba", TensorProto.UINT8, ["n", 16, resolution // 2, resolution // 2])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    content = model.SerializeToString()
    (folder / "generator.onnx").write_bytes(content)
    config = {
        **CONFIG,
        "resolution": resolution,
        "files": {"generator.onnx": hashlib.sha256(content).hexdigest()},
        "parameters": int(sum(w.size for name, w in weights.items() if name in "WE")),
        **changes,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    onnx.checker.check_model(model)
    return folder
