"""Model folders: finding one by name, reading its card's machine part, and proving that its files are whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expressive.core.controls import CONTROL_NAMES
from expressive.core.errors import WeightsError, did_you_mean
from expressive.core.resources import resource_dir

__all__ = [
    "ANYBODY",
    "GENERATOR_FILE",
    "GEOMETRY_FILE",
    "PICTURES_FILE",
    "ModelConfig",
    "find_model",
    "read_config",
    "verify_file",
]

ANYBODY = "anybody"
"""The only identity of a model that draws people from genes."""
GENERATOR_FILE = "generator.onnx"
GEOMETRY_FILE = "geometry.npz"
PICTURES_FILE = "pictures.npz"
CONFIG_FILE = "config.json"

_VERSION = re.compile(r"-v(\d+)\.(\d+)\.(\d+)$")


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What ``config.json`` of a model folder says."""

    name: str
    """family, such as ``face-cast-256``"""
    version: str
    """semantic version"""
    resolution: int
    """edge of a frame in pixels"""
    identities: tuple[str, ...]
    """who can be drawn, in the order of the identity input"""
    files: Mapping[str, str]
    """file → SHA-256 in hexadecimal"""
    parameters: int
    """number of weights of the generator"""
    generator: Mapping[str, Any]
    """options that the generator was built with"""

    @property
    def draws_genes(self) -> bool:
        """Whether it draws people from genes, rather than a cast."""
        return bool(self.generator.get("traits"))


def find_model(model: str | Path) -> Path:
    """Folder of a model.

    Parameters
    ----------
    model : str | Path
        a path to a folder, a folder's name in ``models/``, or a family such as ``face-cast-256``, whose highest version
        is taken

    Returns
    -------
    Path
        the folder

    Raises
    ------
    WeightsError
        If there is none; the message lists what there is.
    """
    path = Path(model)
    if path.is_dir():
        return path
    home = resource_dir("models")
    if (home / path).is_dir():
        return home / path
    known = sorted(config.parent.name for config in home.glob(f"*/{CONFIG_FILE}"))
    family = [name for name in known if _VERSION.sub("", name) == str(model)]
    if family:
        return home / max(family, key=_version)
    families = {_VERSION.sub("", name) for name in known}
    hint = did_you_mean(str(model), (*known, *families)) or "No model is installed; run: expressive doctor"
    raise WeightsError(f"model {str(model)!r} is neither a folder nor in {home}. {hint}")


def _version(name: str) -> tuple[int, int, int]:
    found = _VERSION.search(name)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (-1, -1, -1)


def read_config(folder: Path) -> ModelConfig:
    """Read and check ``config.json`` of a model folder.

    Parameters
    ----------
    folder : Path
        the model

    Returns
    -------
    ModelConfig
        its description

    Raises
    ------
    WeightsError
        If the file is missing or damaged, or describes a model that other controls drive.
    """
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise WeightsError(f"{path} is missing: {folder} is no model folder, or only a part of one; copy it again")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        controls = tuple(data["controls"])
        config = ModelConfig(
            name=str(data["name"]),
            version=str(data["version"]),
            resolution=int(data["resolution"]),
            identities=tuple(str(name) for name in data["identities"]),
            files={str(name): str(digest) for name, digest in data["files"].items()},
            parameters=int(data["parameters"]),
            generator=dict(data["generator"]),
        )
    except KeyError as error:
        raise WeightsError(f"{path} lacks {error.args[0]!r}: it is of another make; export the model again") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path} is damaged ({error}); copy the model folder again") from error
    if controls != CONTROL_NAMES:
        raise WeightsError(f"{path} is of another make: {_difference(controls)}; train or export it for these controls")
    if not config.identities or len(set(config.identities)) != len(config.identities):
        raise WeightsError(f"{path}: identities={list(config.identities)} must be distinct names, at least one")
    return config


def _difference(controls: tuple[str, ...]) -> str:
    if len(controls) != len(CONTROL_NAMES):
        return f"it takes {len(controls)} controls instead of {len(CONTROL_NAMES)}"
    place = next(i for i, (a, b) in enumerate(zip(controls, CONTROL_NAMES, strict=True)) if a != b)
    return f"its control {place} is {controls[place]!r} instead of {CONTROL_NAMES[place]!r}"


def verify_file(folder: Path, config: ModelConfig, name: str) -> bytes:
    """Content of a model's file, after a comparison with its checksum.

    Parameters
    ----------
    folder : Path
        the model
    config : ModelConfig
        its description
    name : str
        a file within the folder

    Returns
    -------
    bytes
        the content

    Raises
    ------
    WeightsError
        If the file is missing, unlisted, truncated or altered.
    """
    path = folder / name
    if name not in config.files:
        raise WeightsError(f"{folder / CONFIG_FILE} has no checksum of {name}; export the model again")
    if not path.is_file():
        raise WeightsError(f"{path} is missing; copy the model folder again")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != config.files[name].lower():
        raise WeightsError(
            f"{path} is truncated or altered: {len(content)} bytes with SHA-256 {digest[:12]}… "
            f"instead of {config.files[name][:12]}…; copy the model folder again"
        )
    return content
