"""Convolutions in eight bits, as many as the picture can bear.

Channels are made alike first (``equalise``), a byte's range is where its levels lie nearest to a tensor's values
(``calibrate``), and weights are rounded for what they give (``rounding``). Still not every layer bears it. So each
convolution is tried alone on frames whose renders are known, and those that change the picture least are taken, in
order, as long as all of them together stay within a budget of PSNR. Activations are unsigned bytes for each tensor,
weights seven signed bits for each channel, which no processor's instructions overflow; the rest stays in float.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError
from expressive.face.frames import FrameArray, to_frames
from expressive.face.generator import FaceGenerator
from expressive.face.models import GENERATOR_FILE, read_config
from expressive.training.bytewise import scale_bytes, take_bytes
from expressive.training.data import FrameSet, load_frames
from expressive.training.equalise import equalise
from expressive.training.export import export_onnx, file_hash, load_generator
from expressive.training.generator import Generator
from expressive.training.qdq import Quantiser

__all__ = ["quantise_graph", "quantise_release"]

log = logging.getLogger(__name__)

_CALIBRATE, _JUDGE = 16, 32  # frames
_SMALLEST = 16 * 16  # weights of a convolution that is worth the trouble

Inputs = dict[str, npt.NDArray[Any]]
"""by name of the graph's input, one row for each frame"""


def _unfolded(model: Any) -> list[str]:
    """Give the weights that are stored in half precision their full type, in place; returns their names."""
    from onnx import TensorProto, numpy_helper

    halves = {t.name: t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT16}
    names = []
    for node in [n for n in model.graph.node if n.op_type == "Cast" and n.input[0] in halves]:
        tensor = halves[node.input[0]]
        model.graph.initializer.append(
            numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), node.output[0])
        )
        model.graph.initializer.remove(tensor)
        model.graph.node.remove(node)
        names.append(node.output[0])
    return names


def _fold(model: Any, names: Sequence[str]) -> None:
    """Store such weights as are still there in half precision again, in place."""
    import onnx
    from onnx import numpy_helper

    for tensor in [t for t in model.graph.initializer if t.name in set(names)]:
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + "_half")
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(half)
        cast = onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT)
        model.graph.node.insert(0, cast)


def _candidates(model: Any) -> list[str]:
    """Names of the convolutions that may gain by bytes, in order.

    Not the first and the last, which see the controls and make the colours. Not those that only mix the channels of one
    pixel either: there, making bytes of floats costs nearly what is saved, and adds noise.
    """
    shapes = {t.name: list(t.dims) for t in model.graph.initializer}
    convolutions = [n for n in model.graph.node if n.op_type == "Conv"]
    for k, node in enumerate(convolutions):
        node.name = node.name or f"conv{k}"
    return [
        node.name
        for node in convolutions[1:-1]
        if int(np.prod(shapes[node.input[1]])) >= _SMALLEST and shapes[node.input[1]][2:] != [1, 1]
    ]


def _batches(inputs: Inputs, size: int = 4) -> list[dict[str, Any]]:
    count = len(next(iter(inputs.values())))
    return [{name: rows[k : k + size] for name, rows in inputs.items()} for k in range(0, count, size)]


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _drawn(session: Any, inputs: Inputs) -> FrameArray:
    return to_frames(np.concatenate([session.run(None, batch)[0] for batch in _batches(inputs)]))


def _psnr(frames: FrameArray, renders: FrameArray) -> float:
    mse = [float(np.square(a.astype(np.float32) - b).mean()) for a, b in zip(frames, renders, strict=True)]
    return float(np.mean(-10 * np.log10(np.maximum(mse, 1e-6) / 255**2)))


def _noise(frames: FrameArray, others: FrameArray) -> float:
    square = [float(np.square(a.astype(np.float32) - b).mean()) for a, b in zip(frames, others, strict=True)]
    return float(np.sqrt(np.mean(square)))


def _times(sessions: Sequence[Any], inputs: Inputs, rounds: int = 15) -> list[float]:
    """Median processor time of one frame of each [unit=ms], in turns, so that a busy machine slows all alike."""
    spent: list[list[float]] = [[] for _ in sessions]
    one = {name: rows[:1] for name, rows in inputs.items()}
    for _ in range(rounds):
        for session, times in zip(sessions, spent, strict=True):
            before = time.process_time()
            session.run(None, one)
            times.append(1e3 * (time.process_time() - before))
    return [float(np.median(times)) for times in spent]


def quantise_graph(
    source: Path, target: Path, *, inputs: Inputs, renders: FrameArray, budget_db: float = 0.2
) -> dict[str, Any]:
    """Write a graph whose convolutions compute in eight bits where the picture bears it.

    Parameters
    ----------
    source : Path
        ONNX file of a generator, see ``export.Runtime``
    target : Path
        file to write
    inputs : dict[str, np.ndarray]
        what to calibrate and to judge with, by name of the graph's input, n rows each
    renders : FrameArray [shape=(n, H, W, 4)]
        the frames that they should give
    budget_db : float [range=[0, 10], unit=dB]
        how much PSNR may be lost

    Returns
    -------
    dict[str, Any]
        ``layers`` in eight bits, of ``candidates``; ``loss_db``; ``psnr_db`` of the original; ``noise``, the root mean
        square of what eight bits change, in grey levels; ``ms`` and ``ms_before`` of processor time a frame on one
        thread; ``bytes`` and ``bytes_before``

    Raises
    ------
    ParameterError
        If the budget is out of range, or there is no frame.
    """
    import onnx

    check_number("budget_db", budget_db, 0.0, 10.0)
    if not len(renders):
        raise ParameterError("renders must be at least one frame to calibrate and judge with")
    few = {name: rows[:_CALIBRATE] for name, rows in inputs.items()}
    model = onnx.load(str(source))
    halves, candidates = _unfolded(model), _candidates(model)
    original = _session(source)
    floats = _drawn(original, inputs)
    wanted = _psnr(floats, renders)
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / "tried.onnx"
        quantiser = Quantiser(model, candidates, few)

        def harm(nodes: Sequence[str]) -> tuple[float, float]:
            """Loss of PSNR in dB, and noise in grey levels."""
            quantiser.write(tried, nodes)
            drawn = _drawn(_session(tried), inputs)
            return wanted - _psnr(drawn, renders), _noise(drawn, floats)

        alone = {name: harm([name]) for name in candidates}
        log.info("loss in dB and noise in grey levels of each layer: %s", alone)
        taken = sorted((name for name in candidates if alone[name][0] <= budget_db), key=lambda name: alone[name][1])
        lost, noise = harm(taken) if taken else (0.0, 0.0)
        while taken and lost > budget_db:
            taken.pop()
            lost, noise = harm(taken) if taken else (0.0, 0.0)
        result = onnx.load(str(tried)) if taken else model
    take_bytes(result)
    scale_bytes(result)
    _fold(result, halves)
    onnx.save(result, str(target))
    before, after = _times([original, _session(target)], inputs)
    return {
        "layers": taken, "candidates": len(candidates), "loss_db": round(lost, 3), "psnr_db": round(wanted, 2),
        "noise": round(noise, 3),
        "ms": round(after, 2), "ms_before": round(before, 2),
        "bytes": target.stat().st_size, "bytes_before": Path(source).stat().st_size,
    }  # fmt: skip


def _inputs(model: Path, data: FrameSet, at: npt.NDArray[np.int64]) -> Inputs:
    """What the network is given for some frames."""
    controls, identity = data.controls.numpy()[at], data.identity.numpy()[at]
    if not data.people:
        return FaceGenerator.load(model).inputs(controls, identity)
    rows = [
        FaceGenerator.load(model, genome=data.people[data.identities[who]]).inputs(pose[None], np.zeros(1, np.int64))
        for pose, who in zip(controls, identity, strict=True)
    ]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _equalised(model: Path, inputs: Inputs) -> Generator:
    """The generator of a release, with channels of equal range."""
    given = {name: torch.from_numpy(rows[:_CALIBRATE]) for name, rows in inputs.items()}
    draft = given["draft"].float() / 255.0 if "draft" in given else None
    who = given["traits"] if "traits" in given else given["identity"]
    return equalise(load_generator(model)[0], given["controls"], who, draft)


def quantise_release(*, model: Path, frames: Path, out: Path, budget_db: float = 0.2) -> dict[str, Any]:
    """Write a release folder whose graph computes in eight bits where the picture bears it.

    Parameters
    ----------
    model : Path
        release folder
    frames : Path
        folder written by ``render_frames``; its split ``train`` calibrates and judges, so that the others stay unseen
    out : Path
        folder to write; its card and figures are still those of ``model``
    budget_db : float [range=[0, 10], unit=dB]
        how much PSNR may be lost

    Returns
    -------
    dict[str, Any]
        what :func:`quantise_graph` did; it is kept in ``config.json`` as ``quantised``

    Raises
    ------
    ParameterError
        If ``out`` is ``model``, or the frames are of another size.
    WeightsError
        If the release is not whole.
    """
    model, out = Path(model), Path(out)
    if model.resolve() == out.resolve():
        raise ParameterError(f"out={str(out)!r} must be another folder than the release")
    config = read_config(model)
    data = load_frames(frames, ("train",), None if config.draws_genes else config.identities)
    if data.resolution != config.resolution:
        raise ParameterError(f"the frames have {data.resolution} pixels, but the model draws {config.resolution}")
    at = np.random.default_rng(0).permutation(len(data))[:_JUDGE]  # of everybody
    renders = np.stack([data.shards[data.where[i, 0]][data.where[i, 1]] for i in at])
    shutil.copytree(model, out, dirs_exist_ok=True)
    inputs = _inputs(model, data, at)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / GENERATOR_FILE
        export_onnx(_equalised(model, inputs), whole)
        report = quantise_graph(whole, out / GENERATOR_FILE, inputs=inputs, renders=renders, budget_db=budget_db)
    path = out / "config.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    written["files"][GENERATOR_FILE] = file_hash(out / GENERATOR_FILE)
    written["quantised"] = report
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return report
