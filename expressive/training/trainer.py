"""What one step changes: networks, optimizers, averaged weights, and the losses that move them."""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from expressive.core.errors import ParameterError
from expressive.face.mixing import TRAITS
from expressive.training.anybody import meet
from expressive.training.checkpoint import weights_for
from expressive.training.data import Batch, FrameSet
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.distributed import World
from expressive.training.fitting import collect_pictures, relight_teeth
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.lazy_adam import LazyAdam
from expressive.training.losses import (
    change_loss,
    discriminator_loss,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    paired_loss,
    region_weights,
)
from expressive.training.muon import Muon, split_parameters
from expressive.training.options import TrainOptions
from expressive.training.precision import compute_in_floats, has_bf16, wrong_in_bf16
from expressive.training.reader import Reader

__all__ = ["Trainer"]

log = logging.getLogger(__name__)

_LATEST = 0.02
"""weight of the latest frame in the running mean of a character's error"""


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
    reader : Reader | None
        reads expressions; without it they are not compared
    """

    def __init__(
        self, options: TrainOptions, frames: FrameSet, world: World | None = None, reader: Reader | None = None
    ) -> None:
        self.options, self.frames, self.world = options, frames, world or World()
        torch.manual_seed(options.seed)
        identities = len(frames.identities) if not frames.people else 1
        generator_options = GeneratorOptions(
            identities=identities,
            channels=options.channels,
            convs=options.convs,
            traits=TRAITS if frames.people else 0,
            tiles=frames.geometry.tiles if frames.geometry is not None else (),
        )
        if generator_options.resolution != frames.resolution:
            raise ParameterError(
                f"channels={options.channels} draw {generator_options.resolution} pixels, but the frames have "
                f"{frames.resolution}; give one level for each doubling from 8"
            )
        self.device = self.world.device
        self.bf16 = options.bf16 and has_bf16(self.device)
        layout = torch.channels_last
        self.G = Generator(generator_options).to(self.device).to(memory_format=layout)  # type: ignore[call-overload]
        judge = Discriminator(DiscriminatorOptions.fitting(generator_options))
        meet(self.G, frames.people)
        meet(judge, frames.people)
        self.D = judge.to(self.device).to(memory_format=layout)  # type: ignore[call-overload]
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        self.reader = reader.to(self.device) if reader else None
        muon, adam, pictures = split_parameters(self.G)
        beta = 0.5 if options.adversarial else 0.9
        self.muon = Muon(muon, lr=options.muon_lr)
        self.adam = torch.optim.Adam(adam, lr=options.adam_lr, betas=(beta, 0.99), foreach=True)
        self.adam_pictures = LazyAdam(pictures, lr=options.texture_lr, betas=(0.8, 0.99)) if pictures else None
        self.adam_d = torch.optim.Adam(
            self.D.parameters(), lr=options.discriminator_lr, betas=(0.5, 0.99), foreach=True
        )
        self.draws = torch.Generator().manual_seed(options.seed + 1)
        self.is_tried = False
        self.errors = torch.full((len(frames.identities),), 1e-3, device=self.device)
        self.step_number = 0
        self.elapsed_s = 0.0
        self.paired_loss = torch.compile(paired_loss) if options.compile else paired_loss

    def see(self, frames: FrameSet) -> None:
        """Train on other frames of the same characters, or of more people."""
        self.frames = frames
        for network in (self.G, self.G_ema, self.D):
            meet(network, frames.people)

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

    def _evenness(self, identity: Tensor) -> Tensor:
        """Weight of each frame (N, 1, 1, 1): more for characters that are drawn worse, 1 in the mean of the cast."""
        if self.frames.people:
            return torch.ones(len(identity), 1, 1, 1, device=self.device)
        shares: Tensor = (self.errors / self.errors.mean()) ** self.options.evenness
        return (shares / shares.mean())[identity, None, None, None]

    def _note_errors(self, fake: Tensor, real: Tensor, identity: Tensor) -> None:
        """Keep a running mean of each character's squared error."""
        if self.frames.people:
            return
        errors = (fake - real).square().mean((1, 2, 3))
        sums = torch.zeros(2, len(self.errors), device=self.device)
        sums.index_add_(1, identity, torch.stack([errors, torch.ones_like(errors)]))
        self.world.sum(sums)
        total, count = sums
        latest = 1 - (1 - _LATEST) ** count
        self.errors += latest * (total / count.clamp(min=1) - self.errors)

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    def _mend_bf16(self, real: Tensor, controls: Tensor, identity: Tensor, texels: Tensor | None) -> None:
        """Let those layers compute in floats that this machine gets wrong in bfloat16."""
        self.is_tried = True
        tried = [
            (self.G, lambda: self.G(controls, identity, texels)),
            (self.D, lambda: self.D(real, controls, identity)),
        ]
        for model, run in tried[: 1 + self.options.adversarial]:
            wrong = wrong_in_bf16(model, run)
            compute_in_floats(model, wrong)
            if wrong:
                log.warning(
                    "computed in floats, because this machine gets them wrong in bfloat16: %s", ", ".join(wrong)
                )

    def step(self, batch: Batch | None = None) -> dict[str, float]:
        """One step; returns its losses."""
        o = self.options
        batch = batch or self.world.draw(self.frames, o.batch, self.draws, moves=min(o.moves, o.batch // 2))
        real, controls, identity = (t.to(self.device) for t in (batch.frames, batch.controls, batch.identity))
        texels = batch.texels.to(self.device) if batch.texels is not None else None
        landmarks = batch.landmarks.to(self.device)
        weights = region_weights(landmarks, real.shape[-1])
        weights = weights * self._evenness(identity)
        if self.bf16 and not self.is_tried:
            self._mend_bf16(real, controls, identity, texels)
        self._set_rates()
        stats: dict[str, float] = {}
        alone = o.adversarial and self.progress() < o.discriminator_alone
        if alone:
            with torch.no_grad(), self._autocast():
                fake = self.G(controls, identity, texels)
        else:
            fake = self._generator_step(real, controls, identity, texels, weights, landmarks, stats, batch.moves)
            self._note_errors(fake.detach(), real, identity)
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

    def _generator_step(  # noqa: PLR0917 - the parts of a batch
        self,
        real: Tensor,
        controls: Tensor,
        identity: Tensor,
        texels: Tensor | None,
        weights: Tensor,
        landmarks: Tensor,
        stats: dict[str, float],
        moves: int,
    ) -> Tensor:
        o = self.options
        with self._autocast():
            fake: Tensor = self.G(controls, identity, texels)
        fake = fake.float()
        loss: Tensor = self.paired_loss(fake, real, weights)
        stats["paired"] = float(loss.detach())
        if moves:
            change = change_loss(*(x[-2 * moves :] for x in (fake, real, weights)))
            stats["change"] = float(change.detach())
            loss = loss + o.change_weight * 2 * moves / len(fake) * change
        if self.reader:
            expression = self.reader.difference(fake, real, landmarks).mean()
            stats["expression"] = float(expression.detach())
            loss = loss + o.expression_weight * expression
        if o.adversarial:
            ramp = min(1.0, self.step_number / max(o.ramp_steps, 1))
            self.D.requires_grad_(False)
            with self._autocast():
                patch, whole, seen, read = self.D(fake.clamp(0, 1), controls, identity)
                with torch.no_grad():
                    _, _, wanted, _ = self.D(real, controls, identity)
            adversarial = generator_adversarial(patch, whole, weights)
            matching = feature_matching(seen, wanted, weights)
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

    # ---- beginning, keeping, going on --------------------------------------------------------------------------

    def begin(self, known: dict[str, Any] | None = None) -> None:
        """Prepare for the first step: take over weights, and collect each character's pictures where they lack them.

        Parameters
        ----------
        known : dict[str, Any] | None
            of ``load_weights``; they may know other characters, and lack a network
        """
        known = known or {}
        for model, start in ((self.G, known.get("G_ema")), (self.D, known.get("D"))):
            if start:
                model.load_state_dict(weights_for(model.state_dict(), start))
        if self.G.options.tiles and known.get("geometry_hash") != self.frames.geometry_hash:
            collect_pictures(self.G, self.frames)
        elif self.G.options.tiles and self.options.relight:
            relight_teeth(self.G, self.frames)
        self.G_ema.load_state_dict(self.G.state_dict())

    def state(self) -> dict[str, Any]:
        """Everything that a checkpoint holds."""
        return {
            "G": self.G.state_dict(), "D": self.D.state_dict(), "G_ema": self.G_ema.state_dict(),
            "muon": self.muon.state_dict(), "adam": self.adam.state_dict(), "adam_d": self.adam_d.state_dict(),
            "draws": self.draws.get_state(), "step": self.step_number, "elapsed_s": self.elapsed_s,
            "adam_pictures": self.adam_pictures.state_dict() if self.adam_pictures else None,
            "errors": self.errors, "gathered": [p.grad for p in self._pictures()],
            "identities": list(self.frames.identities), "options": asdict(self.options),
            "generator": self.G.options.to_dict(),
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
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
        self.errors = state["errors"].to(self.device)
        self.step_number, self.elapsed_s = int(state["step"]), float(state["elapsed_s"])

    def _pictures(self) -> list[Tensor]:
        return [p for group in self.adam_pictures.param_groups for p in group["params"]] if self.adam_pictures else []
