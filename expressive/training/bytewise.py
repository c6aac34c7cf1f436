"""Shorter ways through a graph that computes in eight bits; what it computes stays the same."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["scale_bytes", "take_bytes"]


def take_bytes(model: Any) -> None:
    """Let convolutions in eight bits take an input's bytes as they are, in place: not as floats, and then bytes again.

    Parameters
    ----------
    model : onnx.ModelProto
        as ``quantize_static`` writes it
    """
    from onnx import TensorProto

    values, takers = _values(model), _takers(model)
    given = {one.name for one in model.graph.input if one.type.tensor_type.elem_type == TensorProto.UINT8}
    for cast in [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in given]:
        again = takers[cast.output[0]]
        if any(n.op_type != "QuantizeLinear" or values[n.input[1]] != 1 or values[n.input[2]] != 0 for n in again):
            continue
        for node in (taker for quantise in again for taker in takers[quantise.output[0]]):
            node.input[0] = cast.input[0]
        for node in (cast, *again):
            model.graph.node.remove(node)


def scale_bytes(model: Any) -> None:
    """Let a style scale the channels of a convolution while its bytes become floats, in place.

    With the scale ``m`` and the shift ``a`` of each channel of each frame, that is ``q · (m · step) + (a − zero · m ·
    step)`` instead of ``((q − zero) · step) · m + a``: one pass less over all pixels. Meanwhile the channels of all
    frames are one axis, as each has a step of its own.

    Parameters
    ----------
    model : onnx.ModelProto
        as ``quantize_static`` writes it
    """
    import onnx
    from onnx import helper, numpy_helper

    values, takers = _values(model), _takers(model)
    sizes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
        for value in onnx.shape_inference.infer_shapes(model).graph.value_info
    }

    def chain(node: Any, *kinds: str) -> list[Any] | None:
        """What follows a node, where nothing else uses the values in between."""
        out = []
        for kind in kinds:
            after = takers[node.output[0]]
            if len(after) != 1 or after[0].op_type != kind:
                return None
            out.append(node := after[0])
        return out

    def known(name: str, value: npt.ArrayLike, dtype: type = np.int64) -> str:
        model.graph.initializer.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    for conv in [node for node in model.graph.node if node.op_type == "Conv"]:
        found, size = chain(conv, "QuantizeLinear", "DequantizeLinear", "Mul", "Add"), sizes.get(conv.output[0], [])
        if found is None or len(size) != 3 or not all(size):
            continue
        quantise, restore, times, plus = found
        scale, shift = (
            node.input[node.input[0] == before.output[0]] for before, node in ((restore, times), (times, plus))
        )
        if any(sizes.get(name) != [size[0], 1, 1] for name in (scale, shift)):
            continue
        own, step, zero = f"{conv.output[0]}/", restore.input[1], values[restore.input[2]]
        made = [
            helper.make_node("Mul", [scale, step], [own + "step"]),
            helper.make_node("Reshape", [own + "step", known(own + "flat", [-1])], [own + "steps"]),
            helper.make_node("Mul", [own + "step", known(own + "zero", zero, np.float32)], [own + "low"]),
            helper.make_node("Sub", [shift, own + "low"], [own + "shift"]),
            helper.make_node("Reshape", [own + "shift", known(own + "row", [1, -1, 1, 1])], [own + "shifts"]),
            helper.make_node("Reshape", [quantise.output[0], known(own + "rows", [1, -1, *size[1:]])], [own + "bytes"]),
            helper.make_node("DequantizeLinear", [own + "bytes", own + "steps"], [own + "scaled"], axis=1),
            helper.make_node("Add", [own + "scaled", own + "shifts"], [own + "shifted"]),
            helper.make_node("Reshape", [own + "shifted", known(own + "size", [-1, *size])], [plus.output[0]]),
        ]
        at = list(model.graph.node).index(plus)
        for node in reversed(made):
            model.graph.node.insert(at, node)
        for node in (restore, times, plus):
            model.graph.node.remove(node)


def _values(model: Any) -> dict[str, npt.NDArray[Any]]:
    from onnx import numpy_helper

    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def _takers(model: Any) -> dict[str, list[Any]]:
    """Nodes that use each value."""
    out = defaultdict(list)
    for node in model.graph.node:
        for name in node.input:
            out[name].append(node)
    return out
