"""Writes the release folder: the ONNX file that the runtime plays, the torch weights, hashes and configuration."""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor, nn

from expressive.core.controls import CONTROL_NAMES
from expressive.core.errors import ParameterError, WeightsError
from expressive.training.discriminator import Discriminator
from expressive.training.generator import Generator, GeneratorOptions, enlarge

__all__ = ["OPSET", "Runtime", "export", "export_onnx", "file_hash", "load_generator", "pack_weights", "unpack_weights"]

OPSET = 17


class Runtime(nn.Module):
    """The generator as the runtime sees it: raw controls in, uint8 premultiplied frames out.

    The pictures kept of the characters are tables of bytes, from which each pixel takes the row that it looks at.
    """

    skin: Tensor
    inner: Tensor
    body: Tensor

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator
        if generator.options.skin:
            textures = generator.textures
            for name in ("skin", "inner", "body"):
                rows = torch.cat([_bytes(picture).flatten(1).T for picture in getattr(textures, name)])
                self.register_buffer(name, rows.contiguous())  # (identities · edge², 4)
            self.generator = copy.deepcopy(generator)
            del self.generator.textures

    def forward(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Frames (N, H, W, 4) uint8 of controls (N, 61) and identities (N,).

        Everything is computed by quarters: the pixels of even rows and columns first, and so on. Only bytes are put in
        their place in the end, in two moves that stay in cache.
        """
        g = self.generator
        head, field = g.plan(controls, identity)
        edge = g.options.resolution // 2
        head = head.reshape(-1, 4, g.parts, edge, edge)
        if field is None:
            y = torch.sigmoid(2.0 * head) * 255.0
        else:
            grid = enlarge(field * 0.5 + 0.5, 2 * edge)
            y = head[:, :, 0:1] * self._look(self.skin, g.options.skin, grid[:, 0:2], identity) + head[:, :, 3:] * 255.0
            for group, table in ((1, self.inner), (2, self.body)):
                rows, columns = g.motion.window(group, 2 * edge)
                places = grid[:, 2 * group : 2 * group + 2, rows, columns]
                size = (g.options.skin, g.options.inner, g.options.body)[group]
                rows, columns = (slice(part.start // 2, part.stop // 2) for part in (rows, columns))
                there = head[:, :, group : group + 1, rows, columns] * self._look(table, size, places, identity)
                y = y + F.pad(there, (columns.start, edge - columns.stop, rows.start, edge - rows.stop))
        y = torch.round(y.clamp(0.0, 255.0)).to(torch.uint8)
        y = y.reshape(-1, 16, edge * edge).permute(0, 2, 1)
        y = y.reshape(-1, edge, edge, 2, 8).permute(0, 1, 3, 2, 4)
        return y.reshape(-1, 2 * edge, 2 * edge, 4)

    def _look(self, table: Tensor, edge: int, grid: Tensor, identity: Tensor) -> Tensor:
        """Rows of a table (N, 4 quarters, 4 colours, H/2, W/2) at places in [0, 1] (N, 2, H, W)."""
        at = (grid * edge).clamp(0, edge - 1).to(torch.int32)
        at = at[:, 1] * edge + at[:, 0] + (identity.to(torch.int32) * (edge * edge))[:, None, None]
        h, w = grid.shape[2] // 2, grid.shape[3] // 2
        at = at.reshape(-1, h, 2, w, 2).permute(0, 2, 4, 1, 3)
        return table[at.reshape(-1)].reshape(-1, 4, h * w, 4).permute(0, 1, 3, 2).float().reshape(-1, 4, 4, h, w)


def _bytes(picture: Tensor) -> Tensor:
    return torch.round(picture.detach().clamp(0, 1) * 255.0).to(torch.uint8)


def pack_weights(model: nn.Module, prefix: str) -> dict[str, Tensor]:
    """Weights as a release stores them: half precision, and pictures in bytes."""
    return {
        f"{prefix}.{name}": _bytes(value) if name.startswith("textures.") else value.half().contiguous()
        for name, value in model.state_dict().items()
    }


def unpack_weights(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """What :func:`pack_weights` stored under a prefix, in full precision."""
    return {
        name[len(prefix) + 1 :]: value.float() / (255.0 if value.dtype == torch.uint8 else 1.0)
        for name, value in weights.items()
        if name.startswith(f"{prefix}.")
    }


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def export_onnx(generator: Generator, path: Path, *, half: bool = True) -> None:
    """Write the runtime graph, with weights stored at half precision where that is asked.

    Parameters
    ----------
    generator : Generator
        trained weights
    path : Path
        file to write
    half : bool
        store large weights as float16 and cast them when the model is loaded: half the file, computed in float32
    """
    import onnx

    model = Runtime(generator).eval()
    controls = torch.zeros(2, generator.options.controls)
    identity = torch.zeros(2, dtype=torch.int64)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated; its graph runs fastest
        torch.onnx.export(
            model, (controls, identity), str(path), input_names=["controls", "identity"], output_names=["rgba"],
            dynamic_axes={name: {0: "n"} for name in ("controls", "identity", "rgba")},
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    graph = onnx.load(str(path))
    if half:
        _halve(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def _halve(model: Any) -> None:
    """Keep large initialisers as float16, each followed by a cast that the session folds away when it loads."""
    import onnx
    from onnx import numpy_helper

    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or int(np.prod(tensor.dims)) < 4096:
            continue
        values = numpy_helper.to_array(tensor)
        name = tensor.name
        small = numpy_helper.from_array(values.astype(np.float16), name + "_half")
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(small)
        casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)


def load_generator(folder: Path) -> tuple[Generator, dict[str, Any]]:
    """Load the averaged generator of a run or a release.

    Parameters
    ----------
    folder : Path
        a release folder with ``weights.safetensors`` and ``config.json``

    Returns
    -------
    tuple[Generator, dict[str, Any]]
        the generator in evaluation mode, and the configuration

    Raises
    ------
    WeightsError
        If a file is missing or does not fit.
    """
    from safetensors.torch import load_file

    folder = Path(folder)
    config_path, weights_path = folder / "config.json", folder / "weights.safetensors"
    if not config_path.is_file() or not weights_path.is_file():
        raise WeightsError(f"{folder} must hold config.json and weights.safetensors")
    config: dict[str, Any] = json.loads(config_path.read_text(encoding="utf-8"))
    generator = Generator(GeneratorOptions.from_dict(config["generator"]))
    weights = load_file(str(weights_path))
    try:
        generator.load_state_dict(unpack_weights(weights, "G"))
    except RuntimeError as error:
        raise WeightsError(f"{weights_path} does not fit its config.json") from error
    return generator.eval(), config


def export(
    *,
    generator: Generator,
    discriminator: Discriminator | None,
    out: Path,
    identities: list[str],
    name: str = "face-cast",
    version: str = "0.1.0",
    training_options: dict[str, Any] | None = None,
    half: bool = True,
) -> Path:
    """Write a release folder, without the card and the metrics.

    Parameters
    ----------
    generator : Generator
        averaged weights
    discriminator : Discriminator | None
        its opponent, so that others can fine-tune
    out : Path
        folder to write
    identities : list[str]
        names in the model's order
    name, version : str
        of the release
    training_options : dict[str, Any] | None
        what the model was trained with
    half : bool
        store large weights as float16 in the ONNX file

    Returns
    -------
    Path
        the folder

    Raises
    ------
    ParameterError
        If the number of names is not the model's.
    """
    from safetensors.torch import save_file

    if len(identities) != generator.options.identities:
        raise ParameterError(f"identities={identities} must be {generator.options.identities} names")
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    weights = pack_weights(generator, "G")
    if discriminator is not None:
        weights |= pack_weights(discriminator, "D")
    save_file(weights, str(out / "weights.safetensors"), metadata={"format": "pt", "name": name, "version": version})
    # the shipped graph is made from the shipped, rounded weights
    rounded = Generator(generator.options)
    rounded.load_state_dict(unpack_weights(weights, "G"))
    export_onnx(rounded.eval(), out / "generator.onnx", half=half)
    config = {
        "name": name,
        "version": version,
        "resolution": generator.options.resolution,
        "controls": list(CONTROL_NAMES),
        "identities": identities,
        "generator": generator.options.to_dict(),
        "files": {file: file_hash(out / file) for file in ("generator.onnx", "weights.safetensors")},
        "parameters": sum(p.numel() for name, p in generator.named_parameters() if not name.startswith("textures.")),
        "texels": sum(p[0].numel() for name, p in generator.named_parameters() if name.startswith("textures.")),
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    if training_options is not None:
        text = json.dumps(training_options, indent=1, default=str) + "\n"
        (out / "training_options.json").write_text(text, encoding="utf-8")
    return out


def run_onnx(path: Path, controls: npt.NDArray[np.float32], identity: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Frames (N, H, W, 4) from a written ONNX file, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (frames,) = session.run(None, {"controls": controls, "identity": identity})
    return np.asarray(frames, np.uint8)
