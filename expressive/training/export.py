"""Writes the release folder: the ONNX file that the runtime plays, the torch weights, hashes and configuration."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from expressive.core.controls import CONTROL_NAMES
from expressive.core.errors import ParameterError, WeightsError
from expressive.face.draft import load_pictures, save_pictures
from expressive.face.models import ANYBODY, GENERATOR_FILE, GEOMETRY_FILE, PICTURES_FILE
from expressive.face.people import load_palette, load_people
from expressive.training.anybody import Mixtures
from expressive.training.discriminator import Discriminator
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.textures import Textures

__all__ = [
    "OPSET",
    "WEIGHTS_FILE",
    "Runtime",
    "export",
    "export_onnx",
    "file_hash",
    "load_generator",
    "pack_weights",
    "pictures_of",
    "read_weights",
]

OPSET = 17
WEIGHTS_FILE = "weights.safetensors"


class _ToBytes(torch.autograd.Function):
    """Floats to the nearest bytes: one operation instead of three over the whole frame."""

    @staticmethod
    def forward(_: Any, y: Tensor) -> Tensor:
        return torch.round(y.clamp(0.0, 255.0)).to(torch.uint8)

    @staticmethod
    def symbolic(g: Any, y: Any) -> Any:
        scale, zero = torch.tensor(1.0), torch.tensor(0, dtype=torch.uint8)
        out = g.op("QuantizeLinear", y, g.op("Constant", value_t=scale), g.op("Constant", value_t=zero))
        return out.setType(y.type().with_dtype(torch.uint8))


class _Pointwise(nn.Module):
    """A 1×1 convolution of pixels in one row: the runtime makes it a matrix product, and pads no channels."""

    def __init__(self, conv: nn.Conv2d, edge: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(conv.in_channels, conv.out_channels, 1)
        self.conv.weight, self.conv.bias = nn.Parameter(conv.weight[..., 0]), conv.bias
        self.edge = edge

    def forward(self, x: Tensor) -> Tensor:
        row: Tensor = self.conv(x.reshape(-1, self.conv.in_channels, self.edge**2))
        return row.reshape(-1, self.conv.out_channels, self.edge, self.edge)


class Runtime(nn.Module):
    """The generator as the runtime sees it: raw controls in, uint8 premultiplied frames out.

    Where pictures are kept, the runtime looks the texels up itself, and hands the first draft over in bytes.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = copy.deepcopy(generator)
        if generator.options.tiles:
            del self.generator.textures
            with torch.no_grad():  # colours stay in bytes: what sees them and what adds to them is scaled instead
                for name, weight in self.generator.named_parameters():
                    if name.startswith("see.") and name.endswith("weight"):
                        weight.div_(255.0)
                    elif name.startswith("head."):
                        weight.view(4, generator.parts, -1)[:, 1:].mul_(255.0)
        self.generator.register_module("head", _Pointwise(self.generator.head, generator.options.resolution // 2))

    def forward(self, controls: Tensor, identity: Tensor, draft: Tensor | None = None) -> Tensor:
        """Frames (N, 16, H/2, W/2) uint8 of controls (N, 61), identities (N,) or traits, and drafts of the same shape.

        Everything is computed by quarters, and the runtime puts the bytes in their place: first come the pixels of even
        rows and columns, then those of even rows and odd columns, and so on, each by colour.
        """
        g = self.generator
        if draft is None:
            y = torch.sigmoid(2.0 * g.plan(controls, identity)) * 255.0
        else:
            edge = g.options.resolution // 2
            x = draft.to(torch.float32)
            plan = g.plan(controls, identity, x).reshape(-1, 4, g.parts, edge, edge)
            y = (plan[:, :, :1] * x.reshape(-1, 4, 4, edge, edge) + plan[:, :, 1:]).reshape(-1, 16, edge, edge)
        out: Tensor = _ToBytes.apply(y)  # type: ignore[no-untyped-call]
        return out


def _bytes(picture: Tensor) -> Tensor:
    return torch.round(picture.detach().clamp(0, 1) * 255.0).to(torch.uint8)


def pack_weights(model: nn.Module, prefix: str) -> dict[str, Tensor]:
    """Weights as a release stores them, in half precision; pictures have a file of their own."""
    return {
        f"{prefix}.{name}": value.half().contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith("textures.")
    }


def pictures_of(generator: Generator, identities: list[str]) -> dict[str, npt.NDArray[np.uint8]]:
    """Texels (texels, 4) that a generator keeps of each character, in bytes."""
    assert isinstance(generator.textures, Textures)
    return {name: _bytes(texels).cpu().numpy() for name, texels in zip(identities, generator.textures.of, strict=True)}


def read_weights(folder: Path) -> dict[str, dict[str, Tensor]]:
    """Weights of a release in full precision: of ``G``, with its pictures, and of ``D``.

    Parameters
    ----------
    folder : Path
        release folder

    Returns
    -------
    dict[str, dict[str, Tensor]]
        weights by name of each network; those of ``D`` may be none

    Raises
    ------
    WeightsError
        If a file is missing or damaged.
    """
    from safetensors.torch import load_file

    folder = Path(folder)
    config_path, weights_path = folder / "config.json", folder / WEIGHTS_FILE
    if not config_path.is_file() or not weights_path.is_file():
        raise WeightsError(f"{folder} must hold config.json and {WEIGHTS_FILE}")
    stored = load_file(str(weights_path))
    out = {
        prefix: {name[2:]: value.float() for name, value in stored.items() if name.startswith(f"{prefix}.")}
        for prefix in "GD"
    }
    config = json.loads(config_path.read_text(encoding="utf-8"))
    if config["generator"].get("traits"):
        pictures_path, meshes = folder / PICTURES_FILE, folder / GEOMETRY_FILE
        if not pictures_path.is_file() or not meshes.is_file():
            raise WeightsError(f"{folder} must hold {PICTURES_FILE} and {GEOMETRY_FILE}: this generator mixes pictures")
        tiles = load_people(meshes.read_bytes(), str(meshes)).tiles
        palette = load_palette(pictures_path.read_bytes(), str(pictures_path), tiles)
        out["G"] |= {f"textures.kinds.{kind}": torch.from_numpy(own) for kind, own in palette.pictures.items()}
    elif config["generator"]["tiles"]:
        pictures_path = folder / PICTURES_FILE
        if not pictures_path.is_file():
            raise WeightsError(f"{folder} must hold {PICTURES_FILE}: this generator keeps pictures")
        pictures = load_pictures(pictures_path.read_bytes(), str(pictures_path))
        for number, name in enumerate(config["identities"]):
            if name not in pictures:
                raise WeightsError(f"{pictures_path} lacks those of {name!r}; export the model again")
            out["G"][f"textures.of.{number}"] = torch.from_numpy(pictures[name]).float() / 255.0
    return out


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
    edge = generator.options.resolution
    traits = generator.options.traits
    who = torch.zeros(2, traits) if traits else torch.zeros(2, dtype=torch.int64)
    given = {"controls": torch.zeros(2, generator.options.controls), "traits" if traits else "identity": who}
    if generator.options.tiles:
        given["draft"] = torch.zeros(2, 16, edge // 2, edge // 2, dtype=torch.uint8)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated; its graph runs fastest
        torch.onnx.export(
            model, tuple(given.values()), str(path), input_names=list(given), output_names=["rgba"],
            dynamic_axes={name: {0: "n"} for name in (*given, "rgba")},
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
    weights = read_weights(folder)["G"]
    config: dict[str, Any] = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    generator = Generator(GeneratorOptions.from_dict(config["generator"]))
    try:
        generator.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(f"{WEIGHTS_FILE} of {folder} does not fit its config.json") from error
    return generator.eval(), config


def export(
    *,
    generator: Generator,
    discriminator: Discriminator | None,
    out: Path,
    identities: list[str],
    geometry: Path | None = None,
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
    geometry : Path | None
        file of their meshes, where the generator keeps pictures
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

    if generator.options.traits:
        identities = [ANYBODY]
    elif len(identities) != generator.options.identities:
        raise ParameterError(f"identities={identities} must be {generator.options.identities} names")
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    weights = pack_weights(generator, "G")
    if discriminator is not None:
        weights |= pack_weights(discriminator, "D")
    save_file(weights, str(out / WEIGHTS_FILE), metadata={"format": "pt", "name": name, "version": version})
    files = [GENERATOR_FILE, WEIGHTS_FILE]
    if generator.options.tiles:
        if geometry is None or not Path(geometry).is_file():
            raise ParameterError(f"geometry={geometry} must be the file of the meshes: this generator keeps pictures")
        shutil.copyfile(geometry, out / GEOMETRY_FILE)
        if isinstance(generator.textures, Mixtures):
            generator.textures.palette().save(out / PICTURES_FILE)
        else:
            save_pictures(str(out / PICTURES_FILE), pictures_of(generator, identities))
        files += [GEOMETRY_FILE, PICTURES_FILE]
    # the shipped graph is made from the shipped, rounded weights
    rounded = Generator(generator.options)
    rounded.load_state_dict(
        {name[2:]: value.float() for name, value in weights.items() if name.startswith("G.")}, strict=False
    )
    export_onnx(rounded.eval(), out / GENERATOR_FILE, half=half)
    config = {
        "name": name,
        "version": version,
        "resolution": generator.options.resolution,
        "controls": list(CONTROL_NAMES),
        "identities": identities,
        "generator": generator.options.to_dict(),
        "files": {file: file_hash(out / file) for file in files},
        "parameters": sum(p.numel() for name, p in generator.named_parameters() if not name.startswith("textures.")),
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    if training_options is not None:
        text = json.dumps(training_options, indent=1, default=str) + "\n"
        (out / "training_options.json").write_text(text, encoding="utf-8")
    return out
