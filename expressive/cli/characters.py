"""``expressive characters`` and ``expressive check``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from expressive.core.errors import ProfileError

__all__ = ["characters", "check"]


@click.command()
@click.argument("name", required=False)
def characters(name: str | None) -> None:
    """List the shipped characters, or tell about one.

    \b
    Example:
      expressive characters guard
    """
    from expressive.character.loading import list_characters, load_character

    if name is None:
        for each in list_characters():
            click.echo(f"{each:12} {load_character(each).title}")
        return
    profile = load_character(name)
    click.echo(f"{profile.name}: {profile.title}\n{profile.description.strip()}")
    click.echo(f"voice: {profile.voice.base_f0_hz:g} Hz, {profile.voice.language}; face: {profile.face.identity}")
    click.echo(f"states: {', '.join(profile.machine.states)} (begins {profile.machine.initial})")
    if profile.emotion.responses:
        click.echo(f"own responses: {', '.join(profile.emotion.responses)}")


@click.command()
@click.argument("file", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(file: tuple[Path, ...]) -> None:
    """List every mistake in characters, scripts and scenarios, with file and line.

    \b
    Example:
      expressive check characters/guard.yaml demos/scripts/gate.yaml
    """
    wrong = False
    for path in file:
        lines = _mistakes(path)
        wrong = wrong or bool(lines)
        click.echo("\n".join(lines) if lines else f"{path}: good")
    if wrong:
        sys.exit(1)


def _mistakes(path: Path) -> list[str]:
    from expressive.character.document import read_document
    from expressive.character.loading import check_character
    from expressive.simulation.reading import is_scenario, load_scenario
    from expressive.stage.reading import load_script

    try:
        data = read_document(path).data
        if is_scenario(data):
            load_scenario(path)
            return []
        if isinstance(data, dict) and "cast" in data:
            load_script(path)
            return []
        problems = check_character(path)
        return ProfileError(str(path), problems).lines()
    except ProfileError as error:
        return error.lines()
