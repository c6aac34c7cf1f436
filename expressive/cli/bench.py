"""``expressive bench``: how fast the parts are, beside peers in the same run."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import click

from expressive.cli.live import SCENES, bench_live
from expressive.core.errors import MissingDependency

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from expressive.face.bench import Contender

__all__ = ["bench"]

ROOMS = ("emotion", "face", "voice", "live")


@click.command()
@click.argument("room", type=click.Choice(["all", *ROOMS]), default="all")
@click.option("--piper", type=click.Path(exists=True, dir_okay=False), help="Compare with this Piper voice (.onnx).")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="How long 'live' runs.")
@click.option("--scene", type=click.Choice(SCENES), help="What 'live' runs; the village where there is one.")
def bench(room: str, piper: str | None, seconds: float, scene: str | None) -> None:
    """Measure and print JSON; every figure stands beside a peer or a plain reference measured in the same run.

    \b
    Example:
      expressive bench voice
      expressive bench live --seconds 60
    """
    results = {}
    for name in ROOMS if room == "all" else [room]:
        click.echo(f"measuring {name} …", err=True)
        try:
            results[name] = bench_live(seconds=seconds, scene=scene) if name == "live" else _measure(name, piper)
        except MissingDependency as error:
            if room != "all":
                raise
            results[name] = {"missing": str(error)}
    click.echo(json.dumps(results, indent=2, ensure_ascii=False))


def _measure(room: str, piper: str | None) -> dict[str, Any]:
    if room == "emotion":
        from expressive.emotion.bench import bench as emotion

        return emotion()
    if room == "voice":
        from expressive.voice.bench import bench as voice

        return voice(piper=piper)
    from expressive.face.bench import bench as face

    return face(references=_torch_eager)


def _torch_eager() -> dict[str, Contender]:
    """The released weights in torch, uncompiled, on one thread; nothing where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    from expressive.face.generator import FaceGenerator
    from expressive.face.geometry import load_geometry
    from expressive.face.models import GEOMETRY_FILE
    from expressive.face.raster import texel_maps
    from expressive.face.texels import finer
    from expressive.training.export import load_generator

    torch.set_num_threads(1)
    released = FaceGenerator.load("face-cast-256")
    generator, _ = load_generator(released.folder)
    path = released.folder / GEOMETRY_FILE
    geometry = finer(load_geometry(path.read_bytes(), str(path)))

    def draw(controls: npt.NDArray[np.float32], identity: int) -> object:
        who = released.identities[identity]
        texels = texel_maps(geometry.figures[who], geometry.places(controls, who), released.resolution)
        with torch.inference_mode():
            return generator(torch.from_numpy(controls)[None], torch.tensor([identity]), torch.from_numpy(texels)[None])

    return {"torch eager": draw}
