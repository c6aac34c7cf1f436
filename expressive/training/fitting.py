"""What the generator learns from labels alone, before the first step: landmarks, motion, and the pictures they find.

It takes a minute or two, and the steps that follow learn from points that no longer move. Each function changes the
generator that it is given, and draws its batches by a seed of its own, so that leaving one out changes no other.
"""

from __future__ import annotations

import torch
from torch import Tensor

from expressive.training.data import FrameSet
from expressive.training.generator import Generator, enlarge
from expressive.training.losses import motion_error, motion_loss, region_weights
from expressive.training.rig.motion import GROUPS, unpack_places

__all__ = ["collect_pictures", "fit_motion", "fit_points", "knows_motion", "motion_extent"]


def fit_points(generator: Generator, frames: FrameSet, *, steps: int, seed: int) -> float:
    """Teach the generator where the landmarks are.

    Parameters
    ----------
    generator : Generator
        the learner
    frames : FrameSet
        frames, of which only labels are read
    steps : int
        steps of 256 frames
    seed : int
        seed of the run

    Returns
    -------
    float [unit=pixels]
        mean error in the last step
    """
    device = generator.control_scale.device
    draws = torch.Generator().manual_seed(seed + 2)
    parameters = [*generator.locate.parameters(), *generator.point_character.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=3e-3, betas=(0.9, 0.99), foreach=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    target = frames.landmarks / frames.resolution
    error = torch.zeros(())
    for _ in range(steps):
        pick = torch.randint(len(frames), (256,), generator=draws)
        points = generator.points(frames.controls[pick].to(device), frames.identity[pick].to(device))
        error = (points - target[pick].to(device)).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        error.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return float(error.detach()) * frames.resolution


def fit_motion(generator: Generator, frames: FrameSet, *, steps: int, seed: int) -> float:
    """Teach the generator what moves where, from labels alone, then collect each character's pictures by it.

    Without this the pictures would have to be found by chance: the loss of a pixel only knows its neighbours.

    Parameters
    ----------
    generator : Generator
        the learner
    frames : FrameSet
        frames that bring their motion
    steps : int
        steps of 64 frames
    seed : int
        seed of the run

    Returns
    -------
    float [unit=pixels of a picture of skin]
        mean error of the motion at points that are seen
    """
    home, device = frames.canonical, generator.control_scale.device
    assert home is not None
    generator.motion.home.copy_(home)
    generator.motion.reach.copy_(_motion_reach(frames))
    draws = torch.Generator().manual_seed(seed + 3)
    learners = (generator.motion.pose, generator.motion.place, generator.motion_character)
    parameters = [parameter for learner in learners for parameter in learner.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=2e-3, betas=(0.9, 0.99), foreach=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))

    def draw(count: int) -> list[Tensor]:
        batch = frames.draw_labels(count, draws)
        assert batch.places is not None
        assert batch.seen is not None
        parts = (batch.controls, batch.identity, batch.places, batch.seen, home[batch.identity])
        return [part.to(device) for part in parts]

    for _ in range(steps):
        controls, identity, *labels = draw(64)
        loss = motion_loss(generator.motion, generator.motion_condition(controls, identity), *labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    collect_pictures(generator, frames)
    with torch.no_grad():
        controls, identity, *labels = draw(64)
        error = motion_error(_known_field(generator, controls, identity), *labels)
    return float(error) / 100 * generator.options.skin / 2


@torch.no_grad()
def collect_pictures(generator: Generator, frames: FrameSet, *, count: int = 100) -> None:
    """Fill each character's pictures from ``count`` of its frames, by the motion known so far."""
    device = generator.control_scale.device
    for who in range(len(frames.identities)):
        own = torch.nonzero(frames.identity == who).flatten()
        chosen = own[torch.linspace(0, len(own) - 1, min(count, len(own))).long()]
        batch = frames.take(chosen.numpy())
        edge = batch.frames.shape[-1]
        field = _known_field(generator, batch.controls.to(device), batch.identity.to(device))
        grid = enlarge(field, edge).cpu()
        weights = region_weights(batch.landmarks, edge)
        low = (torch.arange(edge) / edge > 0.6).float()[None, None, :, None].expand_as(weights)
        textures = generator.textures
        textures.collect("skin", who, batch.frames, grid[:, :2], torch.ones_like(weights))
        textures.collect("inner", who, batch.frames, grid[:, 2:4], (weights > 4).float())
        textures.collect("body", who, batch.frames, grid[:, 4:], low)


def knows_motion(generator: Generator, frames: FrameSet) -> bool:
    """Whether a generator was taught by points with the same home, and so by the same characters."""
    home = frames.canonical
    return home is not None and bool((generator.motion.home.cpu() - home).abs().max() < 0.01)


def motion_extent(frames: FrameSet, *, margin: float = 0.05) -> Tensor:
    """The window in which points of each picture are ever found (groups, 4): left, top, right, bottom, [-1, 1]."""
    assert frames.places is not None
    windows = []
    for group in GROUPS:
        places = unpack_places(frames.places[:, group].flatten(0, 1))
        windows.append(torch.cat([places.amin(0) - margin, places.amax(0) + margin]))
    return torch.stack(windows)


def _motion_reach(frames: FrameSet, *, neighbours: int = 4) -> Tensor:
    """How far around it each point is heard (C, P): as far as its next neighbours usually are."""
    assert frames.places is not None
    reach = torch.zeros(len(frames.identities), frames.places.shape[1])
    for who in range(len(frames.identities)):
        own = torch.nonzero(frames.identity == who).flatten()
        places = unpack_places(frames.places[own[torch.linspace(0, len(own) - 1, 8).long()]])
        for group in GROUPS:
            apart = torch.cdist(places[:, group], places[:, group]).mean(0)
            reach[who, group] = apart.topk(neighbours + 1, largest=False).values[:, 1:].mean(1)
    finest = 2.5 / frames.resolution
    return reach.clamp(finest, 8 * finest)


def _known_field(generator: Generator, controls: Tensor, identity: Tensor) -> Tensor:
    """Motion (N, 6, edge, edge) without what the convolutions add."""
    field: Tensor = generator.motion.known(generator.motion_condition(controls, identity), identity)[:, :6]
    return field
