"""A voice of Piper's architecture with weights that mean nothing: its speed is that of a real one, its sound is noise.

The decoder is that of Piper's medium voices, layer by layer (HiFi-GAN, 256 channels, upsampling 8 × 8 × 4, residual
blocks of the second kind: rhasspy/piper, ``vits/config.py``); the text encoder, the duration predictor and the flow are
left out, so a real voice is a little slower.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["save_piper_voice", "write_piper_like_voice"]

SYMBOLS = "_^$ !'(),-.:;?abcdefhijklmnoprstuvwxyzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒˈˌːθᵻ"
FRAMES_PER_SYMBOL = 3
"""Of 256 samples: a sentence is about as long as when a real voice speaks it, for blanks stand between its symbols."""
_CHANNELS, _HIDDEN = 256, 192
_UPSAMPLING = ((8, 16), (8, 16), (4, 8))  # factor, kernel
_RESIDUAL = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))  # kernel, dilations


def write_piper_like_voice(path: Path, *, seed: int = 0) -> None:
    """Write an ``.onnx`` file and its ``.onnx.json`` that Piper takes for a voice.

    Parameters
    ----------
    path : Path
        where the ``.onnx`` file is to be
    seed : int
        of the weights
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(seed)
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def constant(name: str, value: npt.NDArray[np.generic]) -> str:
        weights.append(numpy_helper.from_array(value, name))
        return name

    def layer(kind: str, name: str, x: str, shape: tuple[int, ...], **settings: Any) -> str:
        scale = 0.3 / np.sqrt(np.prod(shape[1:]))
        w = constant(f"{name}.w", (scale * rng.standard_normal(shape)).astype(np.float32))
        nodes.append(helper.make_node(kind, [x, w], [name], **settings))
        return name

    def act(x: str, name: str) -> str:
        nodes.append(helper.make_node("LeakyRelu", [x], [f"{name}.in"], alpha=0.1))
        return f"{name}.in"

    def add(a: str, b: str, name: str) -> str:
        nodes.append(helper.make_node("Add", [a, b], [name]))
        return name

    table = constant("table", rng.standard_normal((len(SYMBOLS), _HIDDEN)).astype(np.float32))
    stretch = constant("stretch", np.array([1, FRAMES_PER_SYMBOL, 1], np.float32))
    nodes += [
        helper.make_node("Gather", [table, "input"], ["embedded"]),  # (1, symbols, hidden)
        helper.make_node("Resize", ["embedded", "", stretch], ["frames"], mode="nearest"),
        helper.make_node("Transpose", ["frames"], ["x"], perm=[0, 2, 1]),
        helper.make_node("Identity", ["scales"], ["unused"]),
        helper.make_node("Identity", ["input_lengths"], ["unused_too"]),
    ]
    x = layer("Conv", "pre", "x", (_CHANNELS, _HIDDEN, 7), pads=[3, 3])
    channels = _CHANNELS
    for i, (factor, kernel) in enumerate(_UPSAMPLING):
        half, pad = channels // 2, (kernel - factor) // 2
        shape = (channels, half, kernel)
        x = layer("ConvTranspose", f"up{i}", act(x, f"up{i}"), shape, strides=[factor], pads=[pad, pad])
        channels, total = half, ""
        for j, (size, dilations) in enumerate(_RESIDUAL):
            y = x
            for k, dilation in enumerate(dilations):
                pad = dilation * (size - 1) // 2
                name = f"res{i}.{j}.{k}"
                shape = (channels, channels, size)
                z = layer("Conv", name, act(y, name), shape, pads=[pad, pad], dilations=[dilation])
                y = add(z, y, f"{name}.sum")
            total = add(total, y, f"sum{i}.{j}") if total else y
        x = total
    x = layer("Conv", "post", act(x, "post"), (1, channels, 7), pads=[3, 3])
    nodes.append(helper.make_node("Tanh", [x], ["output"]))
    graph = helper.make_graph(
        nodes,
        "piper-like",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "symbols"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])],
        weights,
    )
    save_piper_voice(graph, path)


def save_piper_voice(graph: Any, path: Path) -> None:
    """Write a graph with Piper's inputs and outputs, and the settings that Piper looks for beside it.

    Parameters
    ----------
    graph : onnx.GraphProto
        from the numbers of :data:`SYMBOLS` to sound at 22.05 kHz
    path : Path
        where the ``.onnx`` file is to be
    """
    import onnx
    from onnx import helper

    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), path)
    config = {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "num_symbols": len(SYMBOLS),
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": {symbol: [i] for i, symbol in enumerate(SYMBOLS)},
        "speaker_id_map": {},
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config), encoding="utf-8")
