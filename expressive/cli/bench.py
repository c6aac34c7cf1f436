"""``expressive bench``: how fast the parts are, beside peers in the same run."""

from __future__ import annotations

import json
from importlib import import_module

import click

__all__ = ["bench"]

ROOMS = {
    "emotion": "expressive.emotion.bench",
    "face": "expressive.face.bench",
    "voice": "expressive.voice.bench",
}


@click.command()
@click.argument("room", type=click.Choice(["all", *ROOMS]), default="all")
def bench(room: str) -> None:
    """Measure and print JSON; every figure stands beside a peer or a plain reference measured in the same run.

    \b
    Example:
      expressive bench voice
    """
    names = list(ROOMS) if room == "all" else [room]
    results = {}
    for name in names:
        click.echo(f"measuring {name} …", err=True)
        results[name] = import_module(ROOMS[name]).bench()
    click.echo(json.dumps(results, indent=2, ensure_ascii=False))
