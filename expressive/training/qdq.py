"""Chosen convolutions of a graph in eight bits, in the form that ONNX Runtime fuses: quantise, dequantise, convolve."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.training.calibrate import byte_range, recorded
from expressive.training.rounding import Rounded, patches, round_weights

__all__ = ["Quantiser"]

_LARGEST = 63  # of a weight: products of seven and eight bits overflow in no processor's sums of two
_BATCH = 4  # frames at once

Inputs = dict[str, npt.NDArray[Any]]


def _casts_of_bytes(model: Any) -> list[Any]:
    """Nodes that make floats of a graph's inputs in bytes."""
    from onnx import TensorProto

    given = {one.name for one in model.graph.input if one.type.tensor_type.elem_type == TensorProto.UINT8}
    return [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in given]


class Quantiser:
    """Calibrates once, then writes graphs with any choice of convolutions in eight bits.

    Parameters
    ----------
    model : onnx.ModelProto
        graph in floats
    candidates : Sequence[str]
        names of the convolutions that may be chosen
    inputs : dict[str, np.ndarray]
        what to calibrate with, by name of the graph's input, n rows each
    """

    def __init__(self, model: Any, candidates: Sequence[str], inputs: Inputs) -> None:
        self._model = model
        self._first = {name: rows[:1] for name, rows in inputs.items()}
        nodes = [node for node in model.graph.node if node.name in set(candidates)]
        names = list(dict.fromkeys(name for node in nodes for name in (node.input[0], node.output[0])))
        count = len(next(iter(inputs.values())))
        values = recorded(
            model,
            names,
            [{name: rows[k : k + _BATCH] for name, rows in inputs.items()} for k in range(0, count, _BATCH)],
        )
        rng = np.random.default_rng(0)
        as_given = {node.output[0] for node in _casts_of_bytes(model)}  # these bytes need no step of their own
        self._ranges = {name: (0.0, 255.0) if name in as_given else byte_range(values[name], rng) for name in names}
        weights = _constants(model)
        self._rounded = {
            node.name: _rounded(node, weights[node.input[1]], values[node.input[0]], rng) for node in nodes
        }

    def write(self, target: Path, chosen: Sequence[str]) -> None:
        """Write the graph.

        Parameters
        ----------
        target : Path
            file to write
        chosen : Sequence[str]
            names of the convolutions in eight bits
        """
        import onnx
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

        class Reader(CalibrationDataReader):  # type: ignore[misc]
            """Feeds a calibration whose ranges are known: one frame will do."""

            def __init__(self, once: Inputs) -> None:
                self._left = [once]

            def get_next(self) -> Inputs | None:
                return self._left.pop() if self._left else None

        root = logging.getLogger()
        level = root.level
        root.setLevel(logging.ERROR)  # it recommends a preparation that has been made
        try:
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "source.onnx"
                onnx.save(self._with_rounded(chosen), str(source))
                quantize_static(
                    str(source), str(target), Reader(self._first), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_quantize=list(chosen),
                    extra_options={"TensorQuantOverrides": self._steps(chosen)},
                )  # fmt: skip
        finally:
            root.setLevel(level)

    def _with_rounded(self, chosen: Sequence[str]) -> Any:
        """The graph with the chosen convolutions' rounded weights, and biases that take their mean error."""
        import onnx
        from onnx import numpy_helper

        out = onnx.ModelProto()
        out.CopyFrom(self._model)
        values = _constants(out)
        for node in [node for node in out.graph.node if node.name in set(chosen)]:
            rounded = self._rounded[node.name]
            whole, *biases = (values[name] for name in node.input[1:])
            weights = (rounded.levels * rounded.steps[:, None]).reshape(whole.shape)
            del node.input[1:]  # convolutions may share them
            for name, new in ((f"{node.name}/weight", weights), (f"{node.name}/bias", sum(biases, rounded.bias))):
                node.input.append(name)
                out.graph.initializer.append(numpy_helper.from_array(new.astype(np.float32), name))
        used = {name for node in out.graph.node for name in node.input}
        for tensor in [tensor for tensor in out.graph.initializer if tensor.name not in used]:
            out.graph.initializer.remove(tensor)
        return out

    def _steps(self, chosen: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Ranges of activations and steps of weights, as ``quantize_static`` takes them."""
        from onnxruntime.quantization import QuantType

        out: dict[str, list[dict[str, Any]]] = {
            name: [{"rmin": np.float32(low), "rmax": np.float32(high)}] for name, (low, high) in self._ranges.items()
        }
        for name in chosen:
            out[f"{name}/weight"] = [
                {"axis": 0, "quant_type": QuantType.QInt8, "scale": np.float32(step), "zero_point": np.int8(0)}
                for step in self._rounded[name].steps
            ]
        return out


def _constants(model: Any) -> dict[str, npt.NDArray[Any]]:
    """Weights and biases by name; the exporter keeps those that are equal once."""
    from onnx import numpy_helper

    out = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in out:
            out[node.output[0]] = out[node.input[0]]
    return out


def _rounded(
    node: Any, weights: npt.NDArray[np.float32], x: npt.NDArray[np.float32], rng: np.random.Generator
) -> Rounded:
    """Weights of a convolution, rounded for what it is given."""
    from onnx import helper

    settings = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    stride, pad = settings.get("strides", [1])[0], settings.get("pads", [0])[0]
    seen = patches(x, kernel=weights.shape[-1], stride=stride, pad=pad, rng=rng)
    return round_weights(weights.reshape(len(weights), -1), seen, largest=_LARGEST)
