"""From a run folder to a release folder: export, fewer bits, measure, draw the samples, write the card."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from expressive.core.checks import check_choice
from expressive.core.controls import N_CONTROLS
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError
from expressive.face.generator import FaceGenerator
from expressive.face.genome import Genome
from expressive.face.models import ANYBODY, GEOMETRY_FILE
from expressive.training.blending import blend_generators
from expressive.training.card import write_card
from expressive.training.checkpoint import load_run
from expressive.training.data import load_frames
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.export import export
from expressive.training.fitting import settle_pictures
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.metrics import evaluate
from expressive.training.quantise import quantise_release
from expressive.training.sampler import emotion_controls

__all__ = ["draw_samples", "export_run", "generator_of_run"]

_SEEDS = 10  # people on a sheet
_SHOWN = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "contempt", "tenderness")


def generator_of_run(run: Path) -> tuple[Generator, Discriminator, list[str], dict[str, Any]]:
    """Averaged generator, discriminator, identity names and options of a run folder."""
    state = load_run(run)
    options = dict(state["options"])
    identities = list(state["identities"])
    generator = Generator(GeneratorOptions.from_dict(state["generator"]))
    generator.load_state_dict(state["G_ema"])
    discriminator = Discriminator(DiscriminatorOptions.fitting(generator.options))
    discriminator.load_state_dict(state["D"])
    return generator.eval(), discriminator.eval(), identities, options


def draw_samples(model: Path, path: Path) -> None:
    """A sheet of every character of a release, or of people it never saw (rows): at rest and with eight emotions."""
    columns = [np.zeros(N_CONTROLS)] + [emotion_controls(e, 0.9) for e in _SHOWN if e in EMOTIONS]
    generator = FaceGenerator.load(model)
    shown = [(generator, identity) for identity in generator.identities]
    if generator.config.draws_genes:
        shown = [(FaceGenerator.load(model, genome=Genome.random(seed)), ANYBODY) for seed in range(_SEEDS)]
    ground = np.array([0.42, 0.46, 0.50], np.float32)
    rows = []
    for generator, identity in shown:
        y = generator.frames(columns, [identity] * len(columns), premultiplied=True).astype(np.float32) / 255.0
        rgb = y[..., :3] + (1 - y[..., 3:]) * ground
        rows.append(np.concatenate(list(rgb), 1))
    sheet = Image.fromarray((np.concatenate(rows) * 255 + 0.5).astype(np.uint8))
    sheet.resize((sheet.width * 5 // 8, sheet.height * 5 // 8), Image.Resampling.LANCZOS).save(path, optimize=True)


def export_run(
    *,
    run: Path,
    out: Path,
    name: str = "face-cast",
    version: str = "0.1.0",
    frames: Path | None = None,
    strangers: Path | None = None,
    limit: int = 0,
    notes: dict[str, Any] | None = None,
    blend: Path | None = None,
    share: float = 0.5,
    shares_of: Mapping[str, float] | None = None,
    budget_db: float = 0.0,
) -> Path:
    """Write a release folder from a run.

    Parameters
    ----------
    run : Path
        run folder
    out : Path
        release folder
    name, version : str
        of the release
    frames : Path | None
        folder written by ``render_frames``; with it the release is measured and gets its card
    strangers : Path | None
        folder written by ``render_frames(strangers=…)``, for the judge of expressions
    limit : int
        frames of each test split; 0 for all
    notes : dict[str, Any] | None
        facts for the card: hours, machine, frames, twin
    blend : Path | None
        run from which this one was started, such as the paired one before an adversarial one; the generator's weights
        are then mixed, see ``blending``
    share : float [range=[0, 1.5]]
        share of ``run`` in the mix
    shares_of : Mapping[str, float] | None
        other shares for the pictures of some characters, by name
    budget_db : float [range=[0, 10], unit=dB]
        how much PSNR convolutions in eight bits may cost, see ``quantise``; 0 for none: they are faster and make noise;
        without ``frames`` there are none

    Returns
    -------
    Path
        the release folder

    Raises
    ------
    UnknownNameError
        If ``shares_of`` names nobody of the run.
    ParameterError
        If a share is out of its range, or ``shares_of`` is given with nothing to blend.
    """
    if shares_of and blend is None:
        raise ParameterError("shares of characters need a second run to mix with: name it with --blend")
    generator, discriminator, identities, options = generator_of_run(run)
    if blend is not None:
        own = dict(shares_of or {})
        numbers = {identities.index(check_choice("character", name, identities)): own[name] for name in own}
        blend_generators(generator, generator_of_run(blend)[0], share, numbers)
        options |= {"blend_share": share, "blend_shares_of": own}
    if frames is not None and generator.options.tiles:
        settle_pictures(generator, load_frames(frames, ("train",), identities))
    out = export(
        generator=generator,
        discriminator=discriminator,
        out=out,
        identities=identities,
        geometry=Path(run) / GEOMETRY_FILE,
        name=name,
        version=version,
        training_options=options,
    )
    if frames is not None and budget_db > 0:
        with tempfile.TemporaryDirectory() as folder:
            whole = shutil.copytree(out, Path(folder) / "whole")
            quantise_release(model=whole, frames=frames, out=out, budget_db=budget_db)
    draw_samples(out, out / "samples.png")
    if frames is not None:
        results = evaluate(frames=frames, model=out, out=out / "metrics.json", strangers=strangers, limit=limit)
        config = json.loads((out / "config.json").read_text(encoding="utf-8"))
        write_card(out / "MODEL_CARD.md", config=config, metrics=results, options=options, notes=notes or {})
    return out
