"""What a frame cost before: a generator of GANimation's shape with random weights, to be timed beside ours.

Layers as published (Pumarola et al. 2018, section 4 and supplementary material; after Johnson et al. 2016): 128² pixels
with 17 action units as further planes, a 7×7 convolution to 64 channels, two halvings to 256, six residual blocks, two
doublings, and two 7×7 heads for colour and attention, with instance normalisation. The time of a network does not
depend on what its weights know.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["REFERENCE_NAME", "open_reference", "reference_parameters"]

REFERENCE_NAME = "GANimation-style ResNet 128², ONNX Runtime, 1 thread"

_EDGE, _UNITS, _BLOCKS = 128, 17, 6


class _Graph:
    """Collects nodes and weights layer by layer."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.nodes: list[Any] = []
        self.weights: dict[str, npt.NDArray[np.float32]] = {}

    def add(self, op: str, inputs: list[str], **attributes: Any) -> str:
        from onnx import helper

        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def weight(self, *shape: int, value: float | None = None) -> str:
        name = f"w{len(self.weights)}"
        fan_in = float(np.prod(shape[1:])) or 1.0
        drawn = self.rng.normal(0.0, (2.0 / fan_in) ** 0.5, shape) if value is None else np.full(shape, value)
        self.weights[name] = drawn.astype(np.float32)
        return name

    def layer(self, x: str, channels: tuple[int, int], kernel: int, *, stride: int = 1, up: bool = False) -> str:
        """Convolution, instance normalisation, ReLU."""
        y = self.norm(self.conv(x, channels, kernel, stride=stride, up=up), channels[1])
        return self.add("Relu", [y])

    def conv(self, x: str, channels: tuple[int, int], kernel: int, *, stride: int = 1, up: bool = False) -> str:
        into, out = channels
        pad = 1 if stride == 2 else kernel // 2
        shape = (into, out, kernel, kernel) if up else (out, into, kernel, kernel)
        op = "ConvTranspose" if up else "Conv"
        return self.add(op, [x, self.weight(*shape)], pads=[pad] * 4, strides=[stride] * 2)

    def norm(self, x: str, channels: int) -> str:
        return self.add(
            "InstanceNormalization", [x, self.weight(channels, value=1.0), self.weight(channels, value=0.0)]
        )


def _build() -> tuple[bytes, int]:
    from onnx import TensorProto, helper, numpy_helper

    g = _Graph(np.random.default_rng(440))
    x = g.layer("input", (3 + _UNITS, 64), 7)
    x = g.layer(x, (64, 128), 4, stride=2)
    x = g.layer(x, (128, 256), 4, stride=2)
    for _ in range(_BLOCKS):
        inner = g.norm(g.conv(g.layer(x, (256, 256), 3), (256, 256), 3), 256)
        x = g.add("Add", [x, inner])
    x = g.layer(x, (256, 128), 4, stride=2, up=True)
    x = g.layer(x, (128, 64), 4, stride=2, up=True)
    colour = g.add("Tanh", [g.conv(x, (64, 3), 7)])
    attention = g.add("Sigmoid", [g.conv(x, (64, 1), 7)])
    # image · attention + colour · (1 − attention), as one step from colour towards the image
    towards = g.add("Mul", [g.add("Sub", ["image", colour]), attention])
    frame = g.add("Add", [colour, towards])
    graph = helper.make_graph(
        g.nodes,
        "reference",
        [
            helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3 + _UNITS, _EDGE, _EDGE]),
            helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, _EDGE, _EDGE]),
        ],
        [helper.make_tensor_value_info(frame, TensorProto.FLOAT, [1, 3, _EDGE, _EDGE])],
        [numpy_helper.from_array(value, name) for name, value in g.weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), sum(value.size for value in g.weights.values())


def reference_parameters() -> int:
    """Number of weights of the reference."""
    return _build()[1]


def open_reference() -> Any | None:
    """Open the reference on one thread.

    Returns
    -------
    Contender | None
        draws one frame; None where the package ``onnx``, of the ``train`` extra, is not installed
    """
    try:
        content, _ = _build()
    except ImportError:
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    image = np.zeros((1, 3, _EDGE, _EDGE), dtype=np.float32)
    planes = np.zeros((1, 3 + _UNITS, _EDGE, _EDGE), dtype=np.float32)

    def draw(controls: npt.NDArray[np.float32], _: int) -> object:
        planes[0, 3:] = controls[:_UNITS, None, None]
        return session.run(None, {"input": planes, "image": image})[0]

    return draw
