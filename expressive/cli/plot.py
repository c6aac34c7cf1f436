"""``expressive plot``: emotions of a scene over time."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["plot"]

STEP_S = 0.05


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The picture, such as mood.png.")
@click.option("--who", help="Whose emotions only; the whole cast by default.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance, in place of the script's.")
def plot(script: Path, out: Path, who: str | None, seed: int | None) -> None:
    """Plot what somebody feels during a script, with events and states, and the path through valence and arousal.

    \b
    Example:
      expressive plot demos/scripts/gate.yaml -o mood.png
    """
    from expressive.core.checks import check_choice
    from expressive.emotion.plot import plot_emotions
    from expressive.stage.performance import Performance

    performance = Performance(script, seed=seed, fps=10)
    try:
        actors = performance.world.actors
        names = [check_choice("cast member", who, actors)] if who else list(actors)
        for _ in performance.moments():
            pass
        plot_emotions(
            {name: actors[name].history(step_s=STEP_S) for name in names}, out, title=performance.script.title
        )
    finally:
        performance.close()
    click.echo(f"wrote {out}")
