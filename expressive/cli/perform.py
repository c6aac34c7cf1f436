"""``expressive perform`` and ``expressive say``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from expressive.cli.options import EMOTION, SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    from expressive.stage.script import Script

__all__ = ["perform", "say"]

OUT_HELP = "The film: .mp4, .webm, .gif, .wav, or a folder for pictures."


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help=OUT_HELP)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance, in place of the script's.")
@click.option("--fps", default=30, show_default=True, help="Frames a second.")
@click.option("--size", type=SIZE, default=(854, 480), help="Picture size, such as 1280x720.  [default: 854x480]")
@click.option("--subtitles", is_flag=True, help="Burn subtitles in, and write an .srt beside the film.")
@click.option("--tracks", type=click.Path(path_type=Path), help="Write controls, phones and affect of every frame.")
def perform(
    script: Path,
    out: Path,
    seed: int | None,
    fps: int,
    size: tuple[int, int],
    subtitles: bool,
    tracks: Path | None,
) -> None:
    """Play a script of events and lines, and write the film.

    The same script and seed give the same film. It is marked as synthetic.

    \b
    Example:
      expressive perform demos/scripts/gate.yaml -o gate.mp4 --subtitles
    """
    _film(script, out, seed=seed, fps=fps, size=size, subtitles=subtitles, tracks=tracks)


@click.command()
@click.argument("character")
@click.argument("text")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help=OUT_HELP)
@click.option("--emotion", "-e", "emotions", type=EMOTION, multiple=True, help="Such as anger=0.8; may be repeated.")
@click.option("--background", default="studio", show_default=True, help="A backdrop, plain:#rrggbb, or an image file.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance.")
@click.option("--fps", default=30, show_default=True, help="Frames a second.")
@click.option("--size", type=SIZE, default=(854, 480), help="Picture size.  [default: 854x480]")
@click.option("--subtitles", is_flag=True, help="Burn subtitles in, and write an .srt beside the film.")
def say(
    character: str,
    text: str,
    out: Path,
    emotions: tuple[tuple[str, float], ...],
    background: str,
    seed: int,
    fps: int,
    size: tuple[int, int],
    subtitles: bool,
) -> None:
    """Let a character say one line with feeling.

    \b
    Example:
      expressive say innkeeper "Come in, [happiness]come in![/]" -e happiness=0.6 -o welcome.mp4
    """
    from expressive.stage.script import Beat, CastMember, FeelBeat, SayBeat, Script, WaitBeat

    beats: list[Beat] = [SayBeat(say=text, who="speaker")]
    if emotions:
        beats.insert(0, FeelBeat(feel=dict(emotions), who="speaker", hold=600.0))
        beats.insert(1, WaitBeat(wait=0.6))
    member = CastMember(
        character=str(Path(character).resolve()) if character.endswith((".yaml", ".yml")) else character
    )
    script = Script(title=text[:80] or character, cast={"speaker": member}, script=tuple(beats), background=background)
    _film(script, out, seed=seed, fps=fps, size=size, subtitles=subtitles, tracks=None)


def _film(script: Path | Script, out: Path, **options: Any) -> None:
    from expressive.links.film import perform as make

    with _clock() as progress:
        film = make(script, out, progress=progress, **options)
    for path in (film.path, film.subtitles, film.tracks):
        if path is not None:
            click.echo(f"wrote {path}")
    click.echo(f"{film.duration_s:.1f} s, {film.n_frames} frames", err=True)


@contextmanager
def _clock() -> Iterator[Callable[[float], None]]:
    """Show how far the scene is; its length is not known before it has been played."""
    from tqdm import tqdm

    form = "performing: {n:.1f} s of the scene in {elapsed}"
    with tqdm(bar_format=form, leave=False, disable=None) as bar:  # None: silent where nobody watches

        def to(time_s: float) -> None:
            bar.update(time_s - bar.n)

        yield to
