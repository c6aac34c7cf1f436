"""The training loop: paired first, then adversarial; one folder per run, resumable to the step.

A run folder holds ``options.json``, ``environment.json``, ``stats.jsonl``, ``reals.png``, ``fakes_*.png`` from fixed
controls, and ``checkpoint.pt``. Progress (learning rate, ramps) follows the steps where ``steps`` is given and the
minutes otherwise, so that a run on a busy machine still ends with a small learning rate. A file named ``stop`` in the
run folder ends the run after the step at hand.
"""

from __future__ import annotations

import copy
import json
import logging
import math
import os
import platform
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from expressive.core.errors import ParameterError, WeightsError
from expressive.training.data import Batch, FrameSet, load_frames
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.distributed import World, join_world
from expressive.training.export import unpack_weights
from expressive.training.generator import Generator, GeneratorOptions, enlarge
from expressive.training.losses import (
    discriminator_loss,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    motion_error,
    motion_loss,
    paired_loss,
    region_weights,
)
from expressive.training.muon import Muon, split_parameters
from expressive.training.rig.motion import GROUPS, unpack_places

__all__ = ["TrainOptions", "Trainer", "load_run", "train"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainOptions:
    """Every setting of a run."""

    adversarial: bool = False
    """train against the discriminator; otherwise paired losses only"""
    minutes: float = 30.0
    """end after this time, and pace the schedule by it where ``steps`` is 0"""
    steps: int = 0
    """end after this many steps, and pace the schedule by them; 0 for no limit"""
    batch: int = 8
    """frames in a step"""
    channels: tuple[int, ...] = (128, 128, 80, 48, 32, 16)
    """channels of the generator, see ``GeneratorOptions``"""
    skin: int = 512
    """edge of the picture of skin and hair kept of each character; 0 for none, as with frames that bring no motion"""
    inner: int = 256
    """edge of the picture of eyes and teeth"""
    body: int = 384
    """edge of the picture of clothes"""
    motion_steps: int = 4000
    """steps, before the first, in which the generator learns what moves where"""
    texture_lr: float = 4e-3
    """step size of the pictures kept of each character"""
    texture_every: int = 4
    """steps whose gradients a step of these pictures gathers: there are many numbers in them"""
    points: int = 70
    """landmarks that the generator places first; 0 for none"""
    point_steps: int = 3000
    """steps, before the first, in which it learns where they are"""
    muon_lr: float = 0.02
    """step size of hidden weights"""
    adam_lr: float = 2e-3
    """step size of the others"""
    last_lr: float = 0.03
    """learning rate at the end, share of that at the start"""
    warmup_steps: int = 100
    """steps of rising learning rate"""
    ema: float = 0.998
    """decay of the averaged weights"""
    discriminator_lr: float = 4e-4
    """Adam on the discriminator"""
    discriminator_alone: float = 0.12
    """share of an adversarial run in which the generator stands still"""
    generator_rate: float = 0.2
    """learning rates of the generator in an adversarial run, share of the paired ones"""
    adversarial_weight: float = 0.3
    """weight of the adversarial loss"""
    matching_weight: float = 3.5
    """weight of feature matching"""
    reading_weight: float = 0.5
    """weight of the controls read back"""
    ramp_steps: int = 300
    """steps over which the adversarial terms come in"""
    penalty: float = 0.2
    """R1"""
    penalty_every: int = 16
    """steps between R1 terms"""
    seed: int = 0
    """seed of weights and batches"""
    threads: int = 2
    """CPU threads"""
    bf16: bool = True
    """compute convolutions in bfloat16"""
    report_every: int = 200
    """steps between lines of statistics"""
    save_minutes: float = 5.0
    """time between checkpoints"""
    refresh_minutes: float = 0.0
    """time between looks for frames rendered meanwhile; 0 for none, which a run that must repeat exactly needs"""
    compile: bool = False
    """compile the paired loss (needs a C++ compiler); faster on a CPU, equal up to rounding"""


class Trainer:
    """Holds what a step changes.

    Parameters
    ----------
    options : TrainOptions
        settings
    frames : FrameSet
        training frames
    world : World
        the processes that train together
    """

    def __init__(self, options: TrainOptions, frames: FrameSet, world: World | None = None) -> None:
        self.options, self.frames, self.world = options, frames, world or World()
        torch.manual_seed(options.seed)
        identities = len(frames.identities)
        if frames.canonical is None:  # pictures of one's own: nobody knows what moved
            options = self.options = replace(options, skin=0)
        generator_options = GeneratorOptions(
            identities=identities,
            channels=options.channels,
            points=options.points,
            skin=options.skin,
            inner=options.inner,
            body=options.body,
            anchors=frames.canonical.shape[1] if frames.canonical is not None else 0,
        )
        if generator_options.resolution != frames.resolution:
            raise ParameterError(
                f"channels={options.channels} draw {generator_options.resolution} pixels, but the frames have "
                f"{frames.resolution}; give one level for each doubling from 8"
            )
        if options.points not in (0, frames.landmarks.shape[1]):
            raise ParameterError(
                f"points={options.points} must be 0 or {frames.landmarks.shape[1]}, the landmarks of the frames"
            )
        self.device = self.world.device
        layout = torch.channels_last
        self.G = Generator(generator_options).to(self.device).to(memory_format=layout)  # type: ignore[call-overload]
        if options.skin:
            self.G.motion.extent.copy_(self._extent())
        judge = Discriminator(DiscriminatorOptions.fitting(identities, frames.resolution))
        self.D = judge.to(self.device).to(memory_format=layout)  # type: ignore[call-overload]
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        muon, adam, pictures = split_parameters(self.G)
        beta = 0.5 if options.adversarial else 0.9
        self.muon = Muon(muon, lr=options.muon_lr)
        self.adam = torch.optim.Adam(adam, lr=options.adam_lr, betas=(beta, 0.99), foreach=True)
        self.adam_pictures = (
            torch.optim.Adam(pictures, lr=options.texture_lr, betas=(0.8, 0.99), foreach=True) if pictures else None
        )
        self.adam_d = torch.optim.Adam(
            self.D.parameters(), lr=options.discriminator_lr, betas=(0.5, 0.99), foreach=True
        )
        self.draws = torch.Generator().manual_seed(options.seed + 1)
        self.step_number = 0
        self.elapsed_s = 0.0
        self.paired_loss = torch.compile(paired_loss) if options.compile else paired_loss

    # ---- one step ----------------------------------------------------------------------------------------------

    def progress(self) -> float:
        """Share of the run that is done [range=[0, 1]]."""
        o = self.options
        if o.steps:
            return min(1.0, self.step_number / o.steps)
        return min(1.0, self.elapsed_s / max(o.minutes * 60, 1e-6))

    def _set_rates(self) -> float:
        o = self.options
        rate = o.last_lr + (1 - o.last_lr) * 0.5 * (1 + math.cos(math.pi * self.progress()))
        rate *= min(1.0, (self.step_number + 1) / max(o.warmup_steps, 1))
        if o.adversarial:
            rate *= o.generator_rate
        for optimizer, lr in (
            (self.muon, o.muon_lr),
            (self.adam, o.adam_lr),
            (self.adam_pictures, o.texture_lr),
        ):
            for group in optimizer.param_groups if optimizer else ():
                group["lr"] = lr * rate
        return rate

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bf16)

    def step(self, batch: Batch | None = None) -> dict[str, float]:
        """One step; returns its losses."""
        o = self.options
        batch = batch or self.world.draw(self.frames, o.batch, self.draws)
        real, controls, identity = (t.to(self.device) for t in (batch.frames, batch.controls, batch.identity))
        weights = region_weights(batch.landmarks.to(self.device), real.shape[-1])
        self._set_rates()
        stats: dict[str, float] = {}
        alone = o.adversarial and self.progress() < o.discriminator_alone
        if alone:
            with torch.no_grad(), self._autocast():
                fake = self.G(controls, identity)
        else:
            fake = self._generator_step(real, controls, identity, weights, stats)
        if o.adversarial:
            self._discriminator_step(real, fake.detach(), controls, identity, weights, stats)
        if not alone:
            self._average()
        self.step_number += 1
        return stats

    def _average(self) -> None:
        o = self.options
        decay = min(o.ema, 1 - 1 / (self.step_number / 4 + 2)) if not o.adversarial else o.ema
        pairs = {"weights": ([], []), "pictures": ([], [])}  # type: dict[str, tuple[list[Tensor], list[Tensor]]]
        for (name, mean), value in zip(self.G_ema.named_parameters(), self.G.parameters(), strict=True):
            group = pairs["pictures" if name.startswith("textures.") else "weights"]
            group[0].append(mean)
            group[1].append(value)
        with torch.no_grad():
            torch._foreach_lerp_(*pairs["weights"], 1 - decay)
            if pairs["pictures"][0] and self._pictures_due():
                torch._foreach_lerp_(*pairs["pictures"], 1 - decay**o.texture_every)

    def _pictures_due(self) -> bool:
        return (self.step_number + 1) % self.options.texture_every == 0

    def _apply(self, loss: Tensor) -> None:
        """Take the step that a loss asks of the generator."""
        muon_adam = [p for opt in (self.muon, self.adam) for group in opt.param_groups for p in group["params"]]
        for p in muon_adam:
            p.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        self.world.average(self.G.parameters())
        self.adam.step()
        self.muon.step()
        if self.adam_pictures and self._pictures_due():
            self.adam_pictures.step()
            self.adam_pictures.zero_grad(set_to_none=True)
            self.G.textures.keep_in_range()

    def _generator_step(
        self, real: Tensor, controls: Tensor, identity: Tensor, weights: Tensor, stats: dict[str, float]
    ) -> Tensor:
        o = self.options
        with self._autocast():
            fake: Tensor = self.G(controls, identity)
        fake = fake.float()
        loss: Tensor = self.paired_loss(fake, real, weights)
        stats["paired"] = float(loss.detach())
        if o.adversarial:
            ramp = min(1.0, self.step_number / max(o.ramp_steps, 1))
            self.D.requires_grad_(False)
            with self._autocast():
                patch, whole, seen, read = self.D(fake.clamp(0, 1), controls, identity)
                with torch.no_grad():
                    _, _, wanted, _ = self.D(real, controls, identity)
            adversarial = generator_adversarial(patch, whole, weights)
            matching = feature_matching(seen, wanted)
            reading = (read.float() - controls * self.D.control_scale).abs().mean()
            loss = loss + ramp * (
                o.adversarial_weight * adversarial + o.matching_weight * matching + o.reading_weight * reading
            )
            stats |= {"adversarial": float(adversarial.detach()), "matching": float(matching.detach())}
            self.D.requires_grad_(True)
        self._apply(loss)
        return fake

    def _discriminator_step(  # noqa: PLR0917 - the parts of a batch
        self, real: Tensor, fake: Tensor, controls: Tensor, identity: Tensor, weights: Tensor, stats: dict[str, float]
    ) -> None:
        o = self.options
        with self._autocast():
            patch_r, whole_r, _, read = self.D(real, controls, identity)
            patch_f, whole_f, _, _ = self.D(fake.clamp(0, 1), controls, identity)
        target = controls * self.D.control_scale
        loss = discriminator_loss((patch_r, whole_r), (patch_f, whole_f), weights, read, target)
        self.adam_d.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.step_number % o.penalty_every == 0:
            half = max(1, len(real) // 2)
            penalty = gradient_penalty(self.D, real[:half], controls[:half], identity[:half])
            (penalty * 0.5 * o.penalty * o.penalty_every).backward()  # type: ignore[no-untyped-call]
            stats["penalty"] = float(penalty.detach())
        self.world.average(self.D.parameters())
        self.adam_d.step()
        right = ((patch_r > 0).float().mean() + (patch_f < 0).float().mean()) / 2
        stats |= {"discriminator": float(loss.detach()), "judged_right": float(right)}

    def fit_motion(self, steps: int) -> float:
        """Teach the generator what moves where, from labels alone, then collect each character's pictures by it.

        Without this the pictures would have to be found by chance: the loss of a pixel only knows its neighbours.

        Returns
        -------
        float
            error of the motion at points that are seen, in pixels of a picture of skin
        """
        data, g, home = self.frames, self.G, self.frames.canonical
        assert home is not None
        g.motion.home.copy_(home)
        g.motion.reach.copy_(self._reach())
        draws = torch.Generator().manual_seed(self.options.seed + 3)
        parameters = [*g.motion.pose.parameters(), *g.motion.place.parameters(), *g.motion_character.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=2e-3, betas=(0.9, 0.99), foreach=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))

        def draw(count: int) -> list[Tensor]:
            batch = data.draw_labels(count, draws)
            assert batch.places is not None
            assert batch.seen is not None
            parts = (batch.controls, batch.identity, batch.places, batch.seen, home[batch.identity])
            return [part.to(self.device) for part in parts]

        for _ in range(steps):
            controls, identity, *labels = draw(64)
            loss = motion_loss(g.motion, g.motion_condition(controls, identity), *labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        self.collect_pictures()
        with torch.no_grad():
            controls, identity, *labels = draw(64)
            error = motion_error(self._field(controls, identity), *labels)
        return float(error) / 100 * self.options.skin / 2

    def _extent(self, margin: float = 0.05) -> Tensor:
        """The window in which points of each picture are ever found (groups, 4): left, top, right, bottom, [-1, 1]."""
        data = self.frames
        assert data.places is not None
        out = []
        for group in GROUPS:
            places = unpack_places(data.places[:, group].flatten(0, 1))
            out.append(torch.cat([places.amin(0) - margin, places.amax(0) + margin]))
        return torch.stack(out)

    def _knows_motion(self) -> bool:
        """Whether the weights were taught by points with the same home, and so by the same characters."""
        home = self.frames.canonical
        return home is not None and bool((self.G.motion.home.cpu() - home).abs().max() < 0.01)

    def _reach(self, neighbours: int = 4) -> Tensor:
        """How far around it each point is heard (C, P): as far as its next neighbours usually are."""
        data = self.frames
        assert data.places is not None
        out = torch.zeros_like(self.G.motion.reach)
        for who in range(len(data.identities)):
            own = torch.nonzero(data.identity == who).flatten()
            places = unpack_places(data.places[own[torch.linspace(0, len(own) - 1, 8).long()]])
            for group in GROUPS:
                apart = torch.cdist(places[:, group], places[:, group]).mean(0)
                out[who, group] = apart.topk(neighbours + 1, largest=False).values[:, 1:].mean(1)
        finest = 2.5 / data.resolution
        return out.clamp(finest, 8 * finest)

    def _field(self, controls: Tensor, identity: Tensor) -> Tensor:
        """Motion (N, 6, edge, edge) without what the convolutions add."""
        g = self.G
        field: Tensor = g.motion.known(g.motion_condition(controls, identity), identity)[:, :6]
        return field

    @torch.no_grad()
    def collect_pictures(self, count: int = 100) -> None:
        """Fill each character's pictures from its frames, by the motion known so far."""
        for who in range(len(self.frames.identities)):
            own = torch.nonzero(self.frames.identity == who).flatten()
            chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
            batch = self.frames.take(chosen.numpy())
            field = self._field(batch.controls.to(self.device), batch.identity.to(self.device))
            grid = enlarge(field, batch.frames.shape[-1]).cpu()
            weights = region_weights(batch.landmarks, batch.frames.shape[-1])
            textures = self.G.textures
            height = torch.arange(batch.frames.shape[-1]) / batch.frames.shape[-1]
            low = (height > 0.6).float()[None, None, :, None].expand_as(weights)
            textures.collect("skin", who, batch.frames, grid[:, :2], torch.ones_like(weights))
            textures.collect("inner", who, batch.frames, grid[:, 2:4], (weights > 4).float())
            textures.collect("body", who, batch.frames, grid[:, 4:], low)

    def fit_points(self, steps: int) -> float:
        """Teach the generator where the landmarks are; returns the mean error in pixels.

        It takes seconds, before the first step, and the pictures then learn from fixed points.
        """
        data, g = self.frames, self.G
        draws = torch.Generator().manual_seed(self.options.seed + 2)
        parameters = [*g.locate.parameters(), *g.point_character.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=3e-3, betas=(0.9, 0.99), foreach=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        target = data.landmarks / data.resolution
        error = torch.zeros(())
        for _ in range(steps):
            pick = torch.randint(len(data), (256,), generator=draws)
            points = g.points(data.controls[pick].to(self.device), data.identity[pick].to(self.device))
            error = (points - target[pick].to(self.device)).abs().mean()
            optimizer.zero_grad(set_to_none=True)
            error.backward()
            optimizer.step()
            schedule.step()
        return float(error.detach()) * data.resolution

    # ---- keeping -----------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that a checkpoint holds."""
        return {
            "G": self.G.state_dict(), "D": self.D.state_dict(), "G_ema": self.G_ema.state_dict(),
            "muon": self.muon.state_dict(), "adam": self.adam.state_dict(), "adam_d": self.adam_d.state_dict(),
            "draws": self.draws.get_state(), "step": self.step_number, "elapsed_s": self.elapsed_s,
            "adam_pictures": self.adam_pictures.state_dict() if self.adam_pictures else None,
            "gathered": [p.grad for p in self._pictures()],
        }  # fmt: skip

    def _pictures(self) -> list[Tensor]:
        return [p for group in self.adam_pictures.param_groups for p in group["params"]] if self.adam_pictures else []

    def load(self, state: dict[str, Any], *, weights_only: bool = False) -> None:
        """Go on from a checkpoint, or start from its weights alone."""
        if weights_only:
            for model, weights in ((self.G, "G_ema"), (self.D, "D")):
                if state[weights]:
                    model.load_state_dict(_fit(state[weights], model.state_dict()))
            if self.G.options.points and "locate.0.weight" not in state["G_ema"]:
                self.fit_points(self.options.point_steps)
            if self.options.skin and not self._knows_motion():
                self.fit_motion(self.options.motion_steps)
            self.G_ema.load_state_dict(self.G.state_dict())
            return
        self.G.load_state_dict(state["G"])
        self.G_ema.load_state_dict(state["G_ema"])
        self.D.load_state_dict(state["D"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.adam_d.load_state_dict(state["adam_d"])
        if self.adam_pictures:
            self.adam_pictures.load_state_dict(state["adam_pictures"])
            for p, gradient in zip(self._pictures(), state["gathered"], strict=True):
                p.grad = gradient
        self.draws.set_state(state["draws"])
        self.step_number, self.elapsed_s = int(state["step"]), float(state["elapsed_s"])


_OF_CHARACTERS = (
    "character.", "start.", "map.", "point_character.", "motion_character.", "motion.home", "motion.reach",
)  # fmt: skip


def _fit(weights: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights for other characters: each new one starts as the mean of those known, its pictures as they began.

    A generator that keeps no pictures, for want of known motion, says less of each pixel: it gets a head of its own.
    """
    out = dict(wanted)  # what the weights lack stays as it began
    redrawn = any(name.startswith("textures.") for name in weights) != any(n.startswith("textures.") for n in wanted)
    for name, value in weights.items():
        if name not in wanted or (redrawn and name.startswith("head.")):
            continue
        target = wanted[name]
        if value.shape != target.shape:
            if not name.startswith(_OF_CHARACTERS) or value.shape[1:] != target.shape[1:]:
                raise WeightsError(
                    f"{name} is {tuple(value.shape)} in the weights to start from, not {tuple(target.shape)}"
                )
            value = value.mean(0, keepdim=True).expand_as(target)
        out[name] = value.to(target.dtype)
    return out


def _sheet(frames: Tensor, path: Path, columns: int = 8) -> None:
    rgba = frames.float().clamp(0, 1).cpu()
    ground = torch.tensor([0.42, 0.46, 0.50]).view(1, 3, 1, 1)
    rgb = ((rgba[:, :3] + (1 - rgba[:, 3:]) * ground) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    rows = [np.concatenate(list(rgb[k : k + columns]), 1) for k in range(0, len(rgb) - columns + 1, columns)]
    Image.fromarray(np.concatenate(rows)).save(path)


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
        "cores": os.cpu_count(), "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
    }  # fmt: skip


def load_run(run: Path) -> dict[str, Any]:
    """Checkpoint of a run folder.

    Raises
    ------
    WeightsError
        If there is none.
    """
    path = Path(run) / "checkpoint.pt"
    if not path.is_file():
        raise WeightsError(f"{run} holds no checkpoint.pt")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _load_weights(source: Path) -> dict[str, Any]:
    """Weights to start from, of a run folder or a release folder."""
    release = Path(source) / "weights.safetensors"
    if not release.is_file():
        return load_run(source)
    from safetensors.torch import load_file

    weights = load_file(str(release))
    return {"G_ema": unpack_weights(weights, "G"), "D": unpack_weights(weights, "D")}


def _save(trainer: Trainer, run: Path) -> None:
    partial = run / "checkpoint.part"
    state = trainer.state() | {"identities": list(trainer.frames.identities), "options": asdict(trainer.options)}
    state["generator"] = trainer.G.options.to_dict()
    torch.save(state, partial)
    partial.replace(run / "checkpoint.pt")


def train(
    *,
    frames: Path,
    run: Path,
    options: TrainOptions | None = None,
    init: Path | None = None,
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
    run.mkdir(parents=True, exist_ok=True)
    (run / "options.json").write_text(json.dumps(asdict(o), indent=1) + "\n", encoding="utf-8")
    (run / "environment.json").write_text(json.dumps(_environment(), indent=1) + "\n", encoding="utf-8")
    if dry_run:
        return run
    torch.set_num_threads(o.threads)
    with join_world() as world:
        _train(frames, run, o, init, progress and world.leads, world)
    return run


def _train(  # noqa: PLR0917 - the arguments of train
    frames: Path, run: Path, o: TrainOptions, init: Path | None, progress: bool, world: World
) -> None:
    data = load_frames(frames)
    trainer = Trainer(o, data, world)
    if (run / "checkpoint.pt").is_file():
        trainer.load(load_run(run))
    elif init is not None:
        trainer.load(_load_weights(init), weights_only=True)
    else:
        if o.points and o.point_steps:
            log.info("landmarks to within %.2f pixels", trainer.fit_points(o.point_steps))
        if trainer.options.skin and o.motion_steps:
            log.info("motion to within %.2f texels", trainer.fit_motion(o.motion_steps))
        trainer.G_ema.load_state_dict(trainer.G.state_dict())
    world.align(trainer.G, trainer.G_ema, trainer.D)
    fixed = data.take(np.linspace(0, len(data) - 1, 16).astype(np.int64))
    if world.leads:
        _sheet(fixed.frames, run / "reals.png")
    from tqdm import tqdm

    started, before = time.monotonic(), trainer.elapsed_s
    saved = refreshed = started
    stop = run / "stop"
    if world.leads:
        stop.unlink(missing_ok=True)
    world.wait()
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
            if world.leads and trainer.step_number % o.report_every == 0:
                line: dict[str, float] = {key: round(sum(v) / len(v), 5) for key, v in sums.items()}
                line |= {"step": trainer.step_number, "elapsed_s": round(trainer.elapsed_s, 1)}
                with (run / "stats.jsonl").open("a", encoding="utf-8") as stats:
                    stats.write(json.dumps(line) + "\n")
                sums = {}
            if o.refresh_minutes and now - refreshed > o.refresh_minutes * 60:
                trainer.frames = load_frames(frames)
                refreshed = now
            if world.leads and now - saved > o.save_minutes * 60:
                _finish(trainer, fixed, run)
                saved = time.monotonic()
    if world.leads:
        _finish(trainer, fixed, run)
    world.wait()


def _finish(trainer: Trainer, fixed: Batch, run: Path) -> None:
    _save(trainer, run)
    with torch.no_grad():
        fakes = trainer.G_ema(fixed.controls.to(trainer.device), fixed.identity.to(trainer.device))
    _sheet(fakes, run / f"fakes_{trainer.step_number:06d}.png")
