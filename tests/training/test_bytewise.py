"""Rewritten graphs draw what they drew before."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from expressive.training.bytewise import scale_bytes, take_bytes

CHANNELS, EDGE = 6, 8


def styled_graph(*, in_between: bool = False, step: float = 1.0) -> onnx.ModelProto:
    """A convolution in eight bits of bytes, then a scale and a shift for each channel of each frame."""
    rng = np.random.default_rng(440)
    values = {
        "one": np.float32(step), "nought": np.uint8(0),
        "w": rng.integers(-63, 64, (CHANNELS, 4, 3, 3)).astype(np.int8),
        "w_step": rng.uniform(0.001, 0.003, CHANNELS).astype(np.float32),
        "step": np.float32(0.5), "zero": np.uint8(120),
    }  # fmt: skip
    nodes = [
        helper.make_node("Cast", ["draft"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("QuantizeLinear", ["levels", "one", "nought"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "one", "nought"], ["x"]),
        helper.make_node("DequantizeLinear", ["w", "w_step"], ["weights"], axis=0),
        helper.make_node("Conv", ["x", "weights"], ["y"], pads=[1, 1, 1, 1]),
        helper.make_node("QuantizeLinear", ["y", "step", "zero"], ["y_bytes"]),
        helper.make_node("DequantizeLinear", ["y_bytes", "step", "zero"], ["y_again"]),
        helper.make_node("Mul", ["scale", "y_again"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["shifted"]),
        helper.make_node("LeakyRelu", ["shifted"], ["out"], alpha=0.2),
    ]
    outputs = ["out"]
    if in_between:
        nodes.append(helper.make_node("Neg", ["scaled"], ["used"]))
        outputs.append("used")
    style: list[str | int | None] = ["n", CHANNELS, 1, 1]
    graph = helper.make_graph(
        nodes,
        "styled",
        [
            helper.make_tensor_value_info("draft", TensorProto.UINT8, ["n", 4, EDGE, EDGE]),
            helper.make_tensor_value_info("scale_given", TensorProto.FLOAT, style),
            helper.make_tensor_value_info("shift_given", TensorProto.FLOAT, style),
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", CHANNELS, EDGE, EDGE]) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    for name in ("shift", "scale"):  # values of the graph, as a style's are
        graph.node.insert(0, helper.make_node("Identity", [name + "_given"], [name]))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def drawn(model: onnx.ModelProto) -> np.ndarray:
    """What a graph makes of three frames, each in a style of its own."""
    import onnxruntime

    onnx.checker.check_model(model)
    rng = np.random.default_rng(1)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    given = {
        "draft": rng.integers(0, 256, (3, 4, EDGE, EDGE), dtype=np.uint8),
        "scale_given": rng.normal(1, 1, (3, CHANNELS, 1, 1)).astype(np.float32),
        "shift_given": rng.normal(0, 5, (3, CHANNELS, 1, 1)).astype(np.float32),
    }
    return np.asarray(session.run(["out"], given)[0])


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_bytes_are_taken_as_they_are() -> None:
    model = styled_graph()
    before = drawn(model)
    take_bytes(model)
    assert "Cast" not in kinds(model)
    assert kinds(model).count("QuantizeLinear") == 1
    np.testing.assert_array_equal(drawn(model), before)


def test_bytes_that_mean_something_else_are_left_alone() -> None:
    model = styled_graph(step=2.0)
    take_bytes(model)
    assert "Cast" in kinds(model)


def test_channels_are_scaled_while_bytes_become_floats() -> None:
    model = styled_graph()
    before = drawn(model)
    assert np.ptp(before) > 20
    scale_bytes(model)
    found = next(n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.output[0].endswith("scaled"))
    assert len(found.input) == 2  # its zero is in the shift
    np.testing.assert_allclose(drawn(model), before, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("used", [False, True])
def test_what_is_used_elsewhere_stays(used: bool) -> None:
    model = styled_graph(in_between=used)
    before = drawn(model)
    scale_bytes(model)
    assert any(node.output[0] == "scaled" for node in model.graph.node) is used
    np.testing.assert_allclose(drawn(model), before, rtol=1e-5, atol=1e-4)
