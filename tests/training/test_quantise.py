"""Eight bits where the picture bears it, and nowhere else."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from expressive.core.controls import CONTROL_NAMES, N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.face.generator import FaceGenerator
from expressive.training.export import export
from expressive.training.quantise import quantise_graph, quantise_release

EDGE, WIDTH = 32, 16


def write_graph(path):
    """Four convolutions, of which the third is fed one channel a thousand times as large as the others."""
    rng = np.random.default_rng(440)
    loud = np.ones((1, WIDTH, 1, 1), np.float32)
    loud[0, 3] = 1000
    weights = {
        "spread": rng.normal(0, 0.4, (N_CONTROLS, WIDTH * 64)).astype(np.float32),
        "who": rng.normal(0, 0.5, (2, WIDTH * 64)).astype(np.float32),
        "shape": np.array([-1, WIDTH, 8, 8], np.int64),
        "scales": np.array([1, 1, EDGE / 8, EDGE / 8], np.float32),
        "loud": loud,
        "levels": np.array(255, np.float32),
    }
    for k, out in enumerate((WIDTH, WIDTH, WIDTH, 4)):
        weights[f"w{k}"] = rng.normal(0, (2 / (9 * WIDTH)) ** 0.5, (out, WIDTH, 3, 3)).astype(np.float32)
    weights["w2"][:, 3] /= 1000
    half = weights.pop("w1").astype(np.float16)  # as the exporter stores large weights
    conv = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Cast", ["w1_half"], ["w1"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["controls", "spread"], ["posed"]),
        helper.make_node("Gather", ["who", "identity"], ["person"]),
        helper.make_node("Add", ["posed", "person"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["grid"]),
        helper.make_node("Resize", ["grid", "", "scales"], ["large"], mode="linear"),
        helper.make_node("Conv", ["large", "w0"], ["a"], name="first", **conv),
        helper.make_node("LeakyRelu", ["a"], ["b"], alpha=0.2),
        helper.make_node("Conv", ["b", "w1"], ["c"], name="second", **conv),
        helper.make_node("LeakyRelu", ["c"], ["d"], alpha=0.2),
        helper.make_node("Mul", ["d", "loud"], ["e"]),
        helper.make_node("Conv", ["e", "w2"], ["f"], name="third", **conv),
        helper.make_node("LeakyRelu", ["f"], ["g"], alpha=0.2),
        helper.make_node("Conv", ["g", "w3"], ["h"], name="last", **conv),
        helper.make_node("Sigmoid", ["h"], ["i"]),
        helper.make_node("Mul", ["i", "levels"], ["j"]),
        helper.make_node("SpaceToDepth", ["j"], ["k"], blocksize=2),
        helper.make_node("Cast", ["k"], ["rgba"], to=TensorProto.UINT8),
    ]
    initialisers = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(
        nodes,
        "four",
        [
            helper.make_tensor_value_info("controls", TensorProto.FLOAT, ["n", N_CONTROLS]),
            helper.make_tensor_value_info("identity", TensorProto.INT64, ["n"]),
        ],
        [helper.make_tensor_value_info("rgba", TensorProto.UINT8, ["n", 16, EDGE // 2, EDGE // 2])],
        [*initialisers, numpy_helper.from_array(half, "w1_half")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "face-four-32-v0.1.0"
    folder.mkdir()
    write_graph(folder / "generator.onnx")
    config = {
        "name": "face-four", "version": "0.1.0", "resolution": EDGE, "controls": list(CONTROL_NAMES),
        "identities": ["guard", "driver"], "generator": {}, "parameters": 1,
        "files": {"generator.onnx": hashlib.sha256((folder / "generator.onnx").read_bytes()).hexdigest()},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def quantised_convolutions(path) -> set[str]:
    model = onnx.load(str(path))
    made_by = {name: node for node in model.graph.node for name in node.output}
    weights = {n.name: made_by[n.input[1]] for n in model.graph.node if n.op_type == "Conv" and n.input[1] in made_by}
    return {name for name, node in weights.items() if node.op_type == "DequantizeLinear"}


def truth(release, count=12):
    rng = np.random.default_rng(1)
    controls = (rng.random((count, N_CONTROLS)) * 0.4).astype(np.float32)
    identity = rng.integers(0, 2, count)
    generator = FaceGenerator.load(release)
    inputs = generator.inputs(controls, identity)
    names = [generator.identities[k] for k in identity]
    drawn = generator.frames(controls, names, premultiplied=True)
    renders = np.clip(drawn + rng.normal(0, 8, drawn.shape), 0, 255).astype(np.uint8)
    return inputs, renders


def test_the_layer_that_cannot_bear_it_stays_in_float(release, tmp_path):
    inputs, renders = truth(release)
    source, target = release / "generator.onnx", tmp_path / "small.onnx"
    report = quantise_graph(source, target, inputs=inputs, renders=renders)
    assert report["layers"] == ["second"]
    assert report["candidates"] == 2
    assert report["loss_db"] <= 0.3
    assert quantised_convolutions(target) == {"second"}
    assert report["ms"] > 0


def test_no_budget_takes_nothing_and_a_large_one_everything(release, tmp_path):
    inputs, renders = truth(release)
    nothing = quantise_graph(
        release / "generator.onnx", tmp_path / "a.onnx", inputs=inputs, renders=renders, budget_db=0
    )
    assert quantised_convolutions(tmp_path / "a.onnx") == set(nothing["layers"]) <= {"second"}
    all_of_them = quantise_graph(
        release / "generator.onnx", tmp_path / "b.onnx", inputs=inputs, renders=renders, budget_db=10
    )
    assert quantised_convolutions(tmp_path / "b.onnx") >= {"second"}
    assert all_of_them["loss_db"] <= 10


def test_a_quantised_release_is_whole_and_says_what_was_done(tiny_keeper, tiny_meshes, tiny_frames, tmp_path):
    names = ["guard", "driver"]
    release = export(
        generator=tiny_keeper, discriminator=None, out=tmp_path / "m", identities=names, geometry=tiny_meshes
    )
    out = tmp_path / "n"
    report = quantise_release(model=release, frames=tiny_frames, out=out)
    generator = FaceGenerator.load(out)  # which proves the checksum
    controls = np.zeros((1, N_CONTROLS), np.float32)
    whole = FaceGenerator.load(release).frames(controls, ["driver"]).astype(float)
    assert np.abs(generator.frames(controls, ["driver"]) - whole).mean() < 3  # grey levels
    assert len(quantised_convolutions(out / "generator.onnx")) == len(report["layers"]) > 1
    assert json.loads((out / "config.json").read_text())["quantised"] == report
    with pytest.raises(ParameterError, match="another folder"):
        quantise_release(model=release, frames=tiny_frames, out=release)
    with pytest.raises(ParameterError, match="budget_db"):
        quantise_release(model=release, frames=tiny_frames, out=out, budget_db=-1)
