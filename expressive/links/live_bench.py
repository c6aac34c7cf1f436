"""How long a game's loop takes while characters live in it, beside an empty loop in the same run.

A scene is stepped and drawn sixty times a second. What is measured is the body of the loop, from
the events to the flip, without the clock's sleep: a game has 16.7 ms for it.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from expressive.core.beside import beside
from expressive.core.checks import check_number
from expressive.links.pygame import CharacterSprite, advance
from expressive.stage.actor import Actor
from expressive.stage.world import World

import pygame  # isort: skip

__all__ = ["Portraits", "Scene", "soak"]

FPS = 60
STEP_MAX_S = 0.05
"""After a slow moment a game slows down rather than make up for it in one frame, the next slow one then: actors
live through a step in ticks of 1/120 s."""
WINDOW = 1280, 720
_LINES = (
    "Halt! Who goes there, at this hour of the night, and what is it that you want from us?",
    "I have told you once, and I shall not tell you again. [anger]Get away from my gate![/]",
    "Twenty years I have stood here, and nobody, nobody has ever spoken to me like that.",
)


class Scene(Protocol):
    """What is soaked."""

    @property
    def sprites(self) -> Mapping[str, CharacterSprite]:
        """The characters on the screen."""

    def step(self, dt_s: float) -> None:
        """Let time pass."""

    def draw(self, surface: pygame.Surface) -> None:
        """Draw everything."""

    def close(self) -> None:
        """Let go of everything."""


class Portraits:
    """Four portraits side by side: the guard talks without a pause, is insulted now and then, and the others listen."""

    def __init__(self, *, seed: int = 7) -> None:
        self._world = World(
            {name: Actor.load(name, seed=seed) for name in ("guard", "innkeeper", "merchant", "healer")},
            people=["player"],
        )
        self.sprites = {
            name: CharacterSprite(actor, size=300, drives=False, midbottom=(170 + 313 * i, WINDOW[1] - 60))
            for i, (name, actor) in enumerate(self._world.actors.items())
        }
        self._said = 0

    def step(self, dt_s: float) -> None:
        """Let time pass."""
        if self._world["guard"].line is None:
            self._world.say("guard", _LINES[self._said % len(_LINES)], to="player")
            self._world.event("insulted", to="guard", by="player", intensity=0.5)
            self._said += 1
        advance(self._world.update, [sprite.voice for sprite in self.sprites.values()], dt_s)
        for sprite in self.sprites.values():
            sprite.update(dt_s)

    def draw(self, surface: pygame.Surface) -> None:
        """Draw everything."""
        surface.fill((46, 50, 58))
        for sprite in self.sprites.values():
            sprite.draw(surface)

    def close(self) -> None:
        """Let go of everything."""
        self._world.close()


def soak(make_scene: Callable[[], Scene], *, seconds: float = 60.0) -> dict[str, Any]:
    """Run a scene at 60 frames/s and measure its loop.

    Parameters
    ----------
    make_scene : Callable[[], Scene]
        brings up the scene, after the display has been opened
    seconds : float [range=[1, 86400], unit=s]
        how long; the loops to compare with take a quarter of it on top

    Returns
    -------
    dict[str, Any]
        times of the loop [unit=ms], of an empty one, and of one without characters that computes for as long as the
        scene's median frame, which tells what of the rest is the machine's; the processor time that the main thread had
        in the loop; the loop without the time in which the thread could have gone on and found no processor free (Linux
        alone counts it); pictures of each face a second; memory of this process and of the one beside it [unit=MB]; how
        busy the machine was, and what share of its processors' time a host took for others; plain JSON types
    """
    seconds = check_number("seconds", seconds, 1.0, 86_400.0)
    pygame.init()
    surface = pygame.display.set_mode(WINDOW)
    scene = make_scene()
    # As a game does when a level is loaded: what is there stays there, and need not be looked through again and again.
    gc.collect()
    gc.freeze()
    load_before = _load()
    try:
        empty = [_empty(surface, seconds / 12)]
        drawn = {name: sprite.drawn for name, sprite in scene.sprites.items()}
        speaking = 0
        memory = [_memory()]
        stolen_s = _stolen_s()

        def body(dt_s: float) -> None:
            nonlocal speaking
            scene.step(dt_s)
            scene.draw(surface)
            speaking += any(sprite.actor.line is not None for sprite in scene.sprites.values())

        begin = time.perf_counter()
        parts = []
        for _ in range(4):
            parts.append(_loop(body, seconds / 4))
            memory.append(_memory())
        took_s = time.perf_counter() - begin
        faces = {name: round((sprite.drawn - drawn[name]) / took_s, 1) for name, sprite in scene.sprites.items()}
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        stolen_s = None if stolen_s is None else (_stolen_s() or 0.0) - stolen_s
        loop, loop_cpu, queued = np.concatenate(parts, axis=1)
        empty.append(_empty(surface, seconds / 12))
        busy, *_ = _loop(partial(_compute, float(np.median(loop_cpu))), seconds / 12)
    finally:
        gc.unfreeze()
        scene.close()
        pygame.quit()
    empty_loop, *_ = np.concatenate(empty, axis=1)
    return {
        "seconds": round(took_s, 1),
        "frames_per_s": round(len(loop) / took_s, 1),
        "loop_ms": _summary(loop),
        "loop_cpu_ms": _summary(loop_cpu),
        "loop_without_queue_ms": None if np.isnan(queued).any() else _summary(loop - queued),
        "empty_loop_ms": _summary(empty_loop),
        "busy_loop_ms": _summary(busy),
        "late_share": round(float(np.mean(loop > 1.0 / FPS)), 4),
        "speaking_share": round(speaking / len(loop), 2),
        "faces_per_s": faces,
        "rss_mb": [own for own, _ in memory],
        "beside_rss_mb": [other for _, other in memory],
        "cores": cores,
        "load_average": [load_before, _load()],
        "stolen_share": None if stolen_s is None else round(stolen_s / took_s / cores, 4),
    }


def _loop(body: Callable[[float], None], seconds: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Times of a loop's bodies: real, this thread's processor, waiting for one [shape=(3, n_frames), unit=s]."""
    clock = pygame.time.Clock()
    clock.tick(FPS)
    rows = []
    dt_s = 1.0 / FPS
    end = time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        begin_cpu, begin_queue = time.thread_time(), _queued_s()
        pygame.event.get()
        body(dt_s)
        pygame.display.flip()
        rows.append((time.perf_counter() - begin, time.thread_time() - begin_cpu, _queued_s() - begin_queue))
        dt_s = min(clock.tick(FPS) / 1000, STEP_MAX_S)
    return np.array(rows).T


def _empty(surface: pygame.Surface, seconds: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return _loop(lambda _: surface.fill((46, 50, 58)) and None, seconds)


def _compute(for_s: float, _: float) -> None:
    end = time.thread_time() + for_s
    while time.thread_time() < end:
        pass


def _summary(times_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> dict[str, float]:
    median, p99 = np.percentile(times_s, [50, 99]) * 1000
    return {
        "median": round(float(median), 2),
        "p99": round(float(p99), 2),
        "max": round(float(times_s.max()) * 1000, 2),
    }


def _queued_s() -> float:
    """How long this thread has waited for a processor so far; NaN where the system does not say."""
    try:
        counts = Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()
    except OSError:
        return math.nan
    return int(counts[1]) / 1e9


def _memory() -> tuple[float | None, float | None]:
    """Memory that is really taken [unit=MB], here and in the process beside; None where the system does not say."""
    return _rss_mb(os.getpid()), _rss_mb(beside().helper.pid)


def _rss_mb(pid: int | None) -> float | None:
    status = Path(f"/proc/{pid}/statm")
    if pid is None or not status.exists():
        return None
    return round(int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _stolen_s() -> float | None:
    """Processor time that the host of a virtual machine took for others; None where the system does not say."""
    counts = Path("/proc/stat")
    if not counts.exists():
        return None
    return int(counts.read_text(encoding="ascii").split()[8]) / os.sysconf("SC_CLK_TCK")


def _load() -> float | None:
    """Processes that want a processor, over the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
