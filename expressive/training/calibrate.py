"""What tensors of a graph hold, and which range of it a byte should stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["byte_range", "recorded"]

FloatArray = npt.NDArray[np.float32]

_SHARES = np.linspace(1.0, 0.3, 29)  # of the whole range that are tried
_SAMPLE = 200_000


def recorded(model: Any, names: Sequence[str], batches: Iterable[dict[str, Any]]) -> dict[str, FloatArray]:
    """Run a graph and keep some of its values.

    Parameters
    ----------
    model : onnx.ModelProto
        the graph; it stays as it is
    names : Sequence[str]
        of the values
    batches : Iterable[dict[str, Any]]
        what it is given, by name of the input

    Returns
    -------
    dict[str, np.ndarray]
        values by name, batches one after another
    """
    import onnx
    import onnxruntime

    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    open_model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(open_model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    runs = [session.run(list(names), batch) for batch in batches]
    return {name: np.concatenate([run[k] for run in runs]) for k, name in enumerate(names)}


def byte_range(values: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    """The range whose 256 levels lie nearest to some values, in the mean square.

    A few large values would coarsen all steps: it pays to clip them (Banner et al., *Post training 4-bit quantization*,
    2019).

    Parameters
    ----------
    values : np.ndarray [shape=any]
        of a tensor
    rng : np.random.Generator
        which of them are looked at, where there are many

    Returns
    -------
    tuple[float, float]
        low ≤ 0 and high ≥ 0
    """
    values = values.ravel()
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if low == high:
        return low, high
    sample = rng.choice(values, _SAMPLE) if len(values) > _SAMPLE else values

    def error(low: float, high: float) -> float:
        step = (high - low) / 255
        zero = round(-low / step)
        levels = np.clip(np.round(sample / step) + zero, 0, 255)
        return float(np.square((levels - zero) * step - sample).mean())

    best_high = min((high * share for share in _SHARES), key=lambda tried: error(low, tried))
    best_low = min((low * share for share in _SHARES), key=lambda tried: error(tried, best_high))
    return best_low, best_high
