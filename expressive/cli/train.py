"""``expressive train``: from the head model to a released face."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import click

from expressive.core.errors import MissingDependency
from expressive.training.options import TrainOptions

__all__ = ["train"]

FOLDER = click.Path(path_type=Path, file_okay=False)


def need_torch() -> None:
    """Raise MissingDependency if the training extra is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise MissingDependency("torch", extra="train")


@click.group()
def train() -> None:
    """Make a face model: assets, render, face, export; in this order.

    \b
    Example:
      expressive train assets --ict ICT-FaceKit --out assets
      expressive train render --assets assets --out frames
      expressive train face --frames frames --run runs/1 --minutes 45
      expressive train export --run runs/1 --frames frames --out models
    """


@train.command()
@click.option("--ict", required=True, type=FOLDER, help="A checkout of the repository ICT-FaceKit.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the head's archive.")
def assets(ict: Path, out: Path) -> None:
    """Pack the head model into one archive.

    ICT-FaceKit is all that it needs: hair is grown strand by strand by the renderer, so nothing of MakeHuman is read.
    """
    from expressive.training.rig.assets import build_assets

    click.echo(f"wrote {build_assets(ict=ict, out=out)}")


@train.command()
@click.option("--assets", required=True, help="Folder of the head's archive, or 'toy' for a made-up head.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the frames; what is there already is kept.")
@click.option("--frames", default=1000, show_default=True, help="Training frames for each identity.")
@click.option("--moves", default=60, show_default=True, help="Pairs of training frames a moment apart, likewise.")
@click.option("--motion-sequences", default=2, show_default=True, help="Sequences of 60 frames to judge motion by.")
@click.option("--strangers", default=0, help="In place of the cast, so many others, for 'evaluate face --strangers'.")
@click.option("--genome", default=0, help="In place of the cast, so many people of random genes, and 16 to judge by.")
@click.option(
    "--cast", type=click.Path(path_type=Path, dir_okay=False), help="A file like rig/cast.yaml: who is drawn."
)
@click.option("--identity", "identities", multiple=True, help="Only this one; may be repeated.")
@click.option("--size", default=256, show_default=True, help="Edge in pixels.")
@click.option("--seed", default=1, show_default=True, help="Seed of all chance.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def render(
    assets: str,
    out: Path,
    frames: int,
    moves: int,
    motion_sequences: int,
    strangers: int,
    genome: int,
    cast: Path | None,
    identities: tuple[str, ...],
    size: int,
    seed: int,
    workers: int,
) -> None:
    """Render labelled frames; goes on where it stopped."""
    from expressive.training.render import render_frames

    count = render_frames(
        assets="toy" if assets == "toy" else Path(assets),
        out=out,
        frames=frames,
        moves=moves,
        motion_sequences=motion_sequences,
        strangers=strangers,
        genome=genome,
        cast=cast,
        identities=identities or None,
        size=size,
        seed=seed,
        workers=workers,
    )
    click.echo(f"rendered {count} frames into {out}")


@train.command()
@click.option("--source", required=True, type=FOLDER, help="train/<emotion>/*.png, or labels.csv with controls.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the frames.")
@click.option("--size", default=256, show_default=True, help="Edge in pixels.")
@click.option("--identity", default="own", show_default=True, help="Name of the character.")
def pictures(source: Path, out: Path, size: int, identity: str) -> None:
    """Turn labelled pictures of your own into frames, in place of 'render'. Ask whoever is on them first."""
    need_torch()
    from expressive.training.pictures import import_pictures

    count = import_pictures(source=source, out=out, size=size, identity=identity)
    click.echo(f"took {count} pictures into {out}")


def _with_settings(command: Callable[..., Any]) -> click.Command:
    """Add an option for every field of ``TrainOptions``."""
    from expressive.character.schema import attribute_docstrings

    made = click.command(name="face")(command)
    texts = attribute_docstrings(TrainOptions)
    for item in fields(TrainOptions):
        default = None if item.default is MISSING else item.default
        name = item.name.replace("_", "-")
        flag = f"--{name}/--no-{name}" if isinstance(default, bool) else f"--{name}"
        kind = click.STRING if isinstance(default, tuple) else type(default)
        made.params.append(
            click.Option(
                [flag],
                default=",".join(map(str, default)) if isinstance(default, tuple) else default,
                type=None if isinstance(default, bool) else kind,
                show_default=True,
                help=texts.get(item.name, "").replace("``", ""),
            )
        )
    return made


@train.add_command
@_with_settings
@click.option("--frames", required=True, type=FOLDER, help="Folder of rendered frames.")
@click.option("--run", required=True, type=FOLDER, help="Run folder; an unfinished run in it goes on.")
@click.option("--init", type=FOLDER, help="Run whose weights to begin with, such as the paired one.")
@click.option("--init-discriminator", type=FOLDER, help="Another, whose discriminator to begin with.")
@click.option("--dry-run", is_flag=True, help="Print the settings and stop.")
def face(
    frames: Path, run: Path, init: Path | None, init_discriminator: Path | None, dry_run: bool, **settings: Any
) -> None:
    """Train the generator on frames: paired first, then with --adversarial and --init."""
    need_torch()
    from expressive.training.loop import train as run_training

    for item in fields(TrainOptions):
        if isinstance(item.default, tuple):
            settings[item.name] = tuple(int(number) for number in settings[item.name].split(","))
    options = TrainOptions(**settings)
    made = run_training(
        frames=frames, run=run, options=options, init=init, init_discriminator=init_discriminator, dry_run=dry_run
    )
    click.echo(json.dumps(asdict(options), indent=1) if dry_run else made)


@train.command()
@click.option("--run", required=True, type=FOLDER, help="Run folder.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the release.")
@click.option("--name", default="face-cast", show_default=True, help="Family of the model.")
@click.option("--release", "version", default="0.1.0", show_default=True, help="Its version.")
@click.option("--frames", type=FOLDER, help="Frames to measure it on; also writes metrics, samples and the card.")
@click.option("--strangers", type=FOLDER, help="Frames of strangers, from which a judge of expressions learns.")
@click.option("--blend", type=FOLDER, help="Run that --run was started from; their weights are mixed.")
@click.option("--share", default=0.5, show_default=True, help="Share of --run in the mix; up to 1.5, beyond 1 past it.")
@click.option("--share-of", multiple=True, metavar="NAME=SHARE", help="Another for a character's pictures; repeatable.")
@click.option("--budget-db", default=0.0, show_default=True, help="PSNR that eight bits may cost; 0 for none.")
def export(share_of: tuple[str, ...], **settings: Any) -> None:
    """Write a release: ONNX, weights, settings and, with frames, its card."""
    need_torch()
    from expressive.training.release import export_run

    click.echo(f"wrote {export_run(shares_of=dict(map(_named_share, share_of)), **settings)}")


def _named_share(text: str) -> tuple[str, float]:
    """Name and share of ``guard=0.8``."""
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise click.BadParameter(f"{text!r} must be like guard=0.8", param_hint="--share-of") from None


@train.command()
@click.option("--model", required=True, type=FOLDER, help="A release folder.")
@click.option("--frames", required=True, type=FOLDER, help="Frames to calibrate and judge with.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the quantised release.")
@click.option("--budget-db", default=0.2, show_default=True, help="How much PSNR may be lost.")
def quantise(**settings: Any) -> None:
    """Compute in eight bits where the picture bears it; prints which layers, what is lost and what is gained."""
    need_torch()
    from expressive.training.quantise import quantise_release

    click.echo(json.dumps(quantise_release(**settings), indent=2))
