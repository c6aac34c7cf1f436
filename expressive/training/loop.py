"""The training loop: paired first, then adversarial; one folder per run, resumable to the step.

A run folder holds ``options.json``, ``environment.json``, ``stats.jsonl``, ``reals.png``, ``fakes_*.png`` from fixed
controls, and ``checkpoint.pt``. Progress (learning rate, ramps) follows the steps where ``steps`` is given and the
minutes otherwise, so that a run on a busy machine still ends with a small learning rate. A file named ``stop`` in the
run folder ends the run after the step at hand.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from expressive.core.errors import WeightsError
from expressive.training.checkpoint import has_checkpoint, load_run, load_weights, save_run
from expressive.training.data import Batch, FrameSet, load_frames
from expressive.training.distributed import World, join_world
from expressive.training.options import TrainOptions
from expressive.training.reader import Reader, trained_reader
from expressive.training.run_folder import describe_run, write_sheet, write_stats
from expressive.training.trainer import Trainer

__all__ = ["train"]


def train(
    *,
    frames: Path,
    run: Path,
    options: TrainOptions | None = None,
    init: Path | None = None,
    init_discriminator: Path | None = None,
    dry_run: bool = False,
    progress: bool = True,
) -> Path:
    """Train, or go on training, a generator.

    Parameters
    ----------
    frames : Path
        folder written by ``render_frames``
    run : Path
        run folder; where it holds a checkpoint, training goes on from there
    options : TrainOptions | None
        settings
    init : Path | None
        run folder or release folder whose weights to start from; it may know other characters
    init_discriminator : Path | None
        another one, from which the discriminator starts
    dry_run : bool
        write the resolved options and stop
    progress : bool
        show a progress bar

    Returns
    -------
    Path
        the run folder
    """
    o = options or TrainOptions()
    run = Path(run)
    with join_world() as world:
        if world.leads:
            describe_run(run, o, frames)
        if not dry_run:
            torch.set_num_threads(o.threads)
            _train(frames, run, o, (init, init_discriminator), progress and world.leads, world)
    return run


def _train(  # noqa: PLR0917 - the arguments of train
    frames: Path, run: Path, o: TrainOptions, begin: tuple[Path | None, Path | None], progress: bool, world: World
) -> None:
    data = load_frames(frames)
    trainer = Trainer(o, data, world, _reader(frames, data, world) if o.expression_weight else None)
    if has_checkpoint(run):
        trainer.load(load_run(run))
    else:
        trainer.begin(_known(*begin))
    world.align(trainer.G, trainer.G_ema, trainer.D)
    fixed = trainer.frames.take(np.linspace(0, len(trainer.frames) - 1, 16).astype(np.int64))
    stop = run / "stop"
    if world.leads:
        write_sheet(fixed.frames, run / "reals.png")
        stop.unlink(missing_ok=True)
    world.wait()
    from tqdm import tqdm

    before = refreshed = trainer.elapsed_s
    started = saved = time.monotonic()
    sums: dict[str, list[float]] = {}
    with tqdm(total=o.steps or None, initial=trainer.step_number, unit="step", disable=not progress) as bar:
        while (trainer.elapsed_s < o.minutes * 60) and (not o.steps or trainer.step_number < o.steps):
            for key, value in trainer.step().items():
                sums.setdefault(key, []).append(value)
            now = time.monotonic()
            trainer.elapsed_s, stopped = world.agree(before + now - started, float(stop.exists()))
            bar.update(1)
            if stopped:
                break
            if trainer.step_number % o.report_every == 0:
                if world.leads:
                    write_stats(run, sums, step=trainer.step_number, elapsed_s=trainer.elapsed_s)
                sums = {}
            if o.refresh_minutes and trainer.elapsed_s - refreshed > o.refresh_minutes * 60:
                trainer.see(load_frames(frames))
                refreshed = trainer.elapsed_s
            if world.leads and now - saved > o.save_minutes * 60:
                _save(trainer, fixed, run)
                saved = time.monotonic()
    if world.leads:
        _save(trainer, fixed, run)
    world.wait()


def _known(init: Path | None, init_discriminator: Path | None) -> dict[str, Any]:
    """Weights to start from, as ``Trainer.begin`` takes them."""
    known = load_weights(init) if init is not None else {}
    if init_discriminator is not None:
        known["D"] = load_weights(init_discriminator)["D"]
        if not known["D"]:
            raise WeightsError(f"{init_discriminator} has no discriminator to begin with; name another run or release")
    return known


def _reader(folder: Path, frames: FrameSet, world: World) -> Reader:
    """The reader of expressions, trained by the first process where there is none."""
    if world.leads:
        trained_reader(folder, frames)
    world.wait()
    return trained_reader(folder, frames)


def _save(trainer: Trainer, fixed: Batch, run: Path) -> None:
    save_run(run, trainer.state())
    with torch.no_grad():
        parts = (fixed.controls, fixed.identity, fixed.texels)
        fakes = trainer.G_ema(*(part.to(trainer.device) for part in parts if part is not None))
    write_sheet(fakes, run / f"fakes_{trainer.step_number:06d}.png")
