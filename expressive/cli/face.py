"""``expressive face`` and ``expressive sheet``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from expressive.cli.options import EMOTION
from expressive.core.errors import OutputError

if TYPE_CHECKING:
    from expressive.core.controls import FaceControls
    from expressive.face.spec import FaceSpec

__all__ = ["face", "sheet"]

SETTLE_S = 1.5
"""Time in which an expression has fully risen."""


FACE_SEED = click.option("--face-seed", type=click.IntRange(min=0), help="Somebody else's face: the number says whose.")


@click.command()
@click.argument("character")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The picture, a .png.")
@click.option("--emotion", "-e", "emotions", type=EMOTION, multiple=True, help="Such as anger=0.8; may be repeated.")
@click.option("--size", type=click.IntRange(64, 512), help="Edge in pixels.  [default: the model's own]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance.")
@FACE_SEED
def face(
    character: str,
    out: Path,
    emotions: tuple[tuple[str, float], ...],
    size: int | None,
    seed: int,
    face_seed: int | None,
) -> None:
    """Draw one picture of a character, RGBA.

    \b
    Example:
      expressive face merchant -e contempt=0.8 -o merchant.png
      expressive face guard --face-seed 42 -o somebody.png
    """
    from expressive.links.marking import write_png
    from expressive.stage.actor import Actor

    _check_png(out)
    with Actor.load(character, seed=seed, face_seed=face_seed, live=False) as actor:
        for emotion, intensity in emotions:
            actor.feel(emotion, intensity, hold_s=60.0)
        actor.look_at("ahead")
        actor.update(SETTLE_S)
        while _is_blinking(actor.controls, actor.profile.face):
            actor.update(1 / 30)
        write_png(out, actor.frame(size=size))
    click.echo(f"wrote {out}")


@click.command()
@click.argument("character")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The page, a .png.")
@click.option("--tile", type=click.IntRange(64, 512), default=160, show_default=True, help="Edge of a face in pixels.")
@FACE_SEED
def sheet(character: str, out: Path, tile: int, face_seed: int | None) -> None:
    """Draw every emotion at three intensities and the 15 visemes on one page.

    \b
    Example:
      expressive sheet guard -o guard_sheet.png
    """
    from expressive.character.loading import load_character
    from expressive.face.generator import FaceGenerator
    from expressive.face.sheet import sheet as draw
    from expressive.links.marking import write_png

    _check_png(out)
    profile = load_character(character)
    spec = profile.face if face_seed is None else profile.face.of_seed(face_seed)
    page = draw(FaceGenerator.of(spec), spec, title=profile.title or profile.name, tile=tile)
    write_png(out, page)
    click.echo(f"wrote {out}")


def _check_png(out: Path) -> None:
    if out.suffix.lower() != ".png":
        raise OutputError(f"{out} must end in .png")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: there is no folder {out.parent}; make it first")


def _is_blinking(controls: FaceControls, spec: FaceSpec) -> bool:
    """Whether the lids are lower than the character's own by more than a feeling lowers them."""
    return any(controls[lid] > 0.5 + spec.resting.get(lid, 0.0) for lid in ("eyeBlinkLeft", "eyeBlinkRight"))
