"""``expressive evaluate``: how good the models are."""

from __future__ import annotations

import json
from pathlib import Path

import click

from expressive.cli.train import FOLDER, need_torch

__all__ = ["evaluate"]


@click.group()
def evaluate() -> None:
    """Measure a model on what it was never trained on.

    \b
    Example:
      expressive evaluate face --frames frames --model models/face-cast-256-v0.9.1
    """


@evaluate.command()
@click.option("--frames", required=True, type=FOLDER, help="Rendered frames with test and held-out splits.")
@click.option("--model", required=True, type=FOLDER, help="A release folder.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the figures to this .json too.")
@click.option("--strangers", type=FOLDER, help="Frames of strangers, from which a judge of expressions learns.")
@click.option("--limit", default=0, help="Frames of each split at most; 0 is all.")
def face(frames: Path, model: Path, out: Path | None, strangers: Path | None, limit: int) -> None:
    """Compare generated frames with renders of the same controls."""
    need_torch()
    from expressive.training.metrics import evaluate as measure

    click.echo(json.dumps(measure(frames=frames, model=model, out=out, strangers=strangers, limit=limit), indent=2))


@evaluate.command()
@click.option("--emodb", required=True, type=FOLDER, help="EmoDB's recordings.")
def voice(emodb: Path) -> None:
    """Let a judge trained on people's speech name the emotions of ours; prints the confusion matrix and recall."""
    from tqdm import tqdm

    from expressive.voice.evaluate import evaluate as judge

    with tqdm(desc="speaking", unit="sentence", disable=None, leave=False) as bar:

        def to(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        result = judge(emodb, progress=to)
    for name in ("judged", "tuned", "people"):
        click.echo(f"{name}: unweighted average recall {result[name]['uar']:.3f}")
        click.echo(_matrix(result[name]["confusion"]))
    click.echo(json.dumps({k: v for k, v in result.items() if k not in ("judged", "tuned", "people")}))


def _matrix(confusion: dict[str, dict[str, int]]) -> str:
    """Rows: what was meant; columns: what was heard."""
    rows = [f"{'':10}" + "".join(f"{heard:>10}" for heard in confusion)]
    rows += [f"{meant:10}" + "".join(f"{count:>10}" for count in row.values()) for meant, row in confusion.items()]
    return "\n".join(rows)
