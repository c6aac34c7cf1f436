"""A script played offline: the same script and seed give the same frames and the same sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.checks import check_number
from expressive.core.controls import FaceControls
from expressive.core.errors import ExpressiveError, ParameterError
from expressive.core.speech import Phone
from expressive.stage.clock import TICK_RATE_HZ
from expressive.stage.director import Director, Line
from expressive.stage.reading import load_script
from expressive.stage.script import Script
from expressive.stage.world import World

__all__ = ["FRAME_RATES", "SAMPLE_RATE", "Moment", "Performance", "Pose"]

FRAME_RATES = (10, 12, 15, 20, 24, 30, 40, 60)
"""Frames a second that are whole numbers of ticks apart."""
SAMPLE_RATE = 22050
"""Rate of the mixed sound, that of the voices [unit=Hz]."""
LONGEST_S = 1800.0
"""A scene that runs longer than half an hour is taken for one that never ends."""

_KNEE = 0.8  # where the mix of two loud voices begins to be bent instead of clipped


@dataclass(frozen=True, slots=True)
class Pose:
    """One actor at one moment."""

    controls: FaceControls
    felt: Affect
    shown: Affect
    state: str
    phone: Phone | None
    """the phone that is heard, in the time of its line"""
    speaking: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """The stage at the time of one frame."""

    index: int
    time_s: float
    poses: dict[str, Pose]
    """cast name → pose, of all who have a mind"""
    background: str
    line: Line | None
    """what is being said, for a subtitle"""


class Performance:
    """One run of a script. Go through :meth:`moments` once; sound and lines grow with it.

    Parameters
    ----------
    script : Script | str | PathLike[str]
        a scene, or the file of one
    seed : int | None
        seed of all chance; None takes the script's
    fps : int
        frames a second, one of :data:`FRAME_RATES`
    tail_s : float [range=[0, 60], unit=s]
        how long the stage is shown after the last beat
    folder : Path | None
        where files named in a scene are sought; None is the script's own folder
    """

    def __init__(
        self,
        script: Script | str | PathLike[str],
        *,
        seed: int | None = None,
        fps: int = 30,
        tail_s: float = 1.0,
        folder: Path | None = None,
    ) -> None:
        if fps not in FRAME_RATES:
            raise ParameterError(f"fps={fps!r} must be one of {', '.join(map(str, FRAME_RATES))}")
        self.fps = fps
        self._tail_s = check_number("tail_s", tail_s, 0.0, 60.0)
        if isinstance(script, Script):
            self.script, self.folder = script, folder or Path()
        else:
            self.script, self.folder = load_script(script), folder or Path(script).parent
        self.seed = self.script.seed if seed is None else seed
        self.world = World.of(self.script, folder=self.folder, seed=self.seed, live=False)
        self._director = Director(self.script, self.world)

    @property
    def lines(self) -> list[Line]:
        """What has been said so far."""
        return self._director.lines

    @property
    def on_stage(self) -> dict[str, float]:
        """Who is seen → place from left (-1) to right (1)."""
        seen = [name for name in self.world.actors if not self.script.member(name).offscreen]
        return {name: self.world.places[name] for name in seen}

    def moments(self) -> Iterator[Moment]:
        """Play the scene from the beginning to the end, one moment a frame."""
        ticks_per_frame = TICK_RATE_HZ // self.fps
        index, end_s = 0, None
        while end_s is None or self.world.time_s < end_s:
            self._director.advance()
            if index % ticks_per_frame == 0:
                yield self._moment(index // ticks_per_frame)
            if end_s is None and self._director.finished:
                end_s = self.world.time_s + self._tail_s
            if self.world.time_s > LONGEST_S:
                raise ExpressiveError(f"{self.script.title!r} is longer than {LONGEST_S / 60:g} minutes; split it")
            self.world.tick()
            index += 1
        self._director.advance()

    def sound(self, start_s: float, end_s: float) -> npt.NDArray[np.float32]:
        """The voices mixed over a stretch that has been played.

        Parameters
        ----------
        start_s, end_s : float [unit=s]
            stretch of the scene's time

        Returns
        -------
        np.ndarray [shape=(n_samples,), range=(-1, 1)]
            float32 mono at :data:`SAMPLE_RATE`; consecutive stretches join without gap or overlap
        """
        first, last = round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)
        mix = np.zeros(last - first, dtype=np.float32)
        for line in self.lines:
            heard = line.utterance
            if heard is None or heard.start_s is None:
                continue
            assert heard.sample_rate == SAMPLE_RATE
            begin = round(heard.start_s * SAMPLE_RATE)
            a, b = max(first, begin), min(last, begin + round(heard.duration_s * SAMPLE_RATE))
            if a < b:
                piece = heard.heard((a - begin) / SAMPLE_RATE, (b - begin) / SAMPLE_RATE)
                mix[a - first : a - first + len(piece)] += piece
        return _bend(mix)

    def close(self) -> None:
        """Let go of the cast."""
        self.world.close()

    def _moment(self, index: int) -> Moment:
        poses = {}
        for name, actor in self.world.actors.items():
            line = actor.line
            speaking = line is not None and line.started
            phone = line.passage.phone_at(line.spoken_s) if line is not None and speaking else None
            poses[name] = Pose(actor.controls, actor.felt, actor.shown, actor.state, phone, speaking)
        return Moment(index, self.world.time_s, poses, self._director.background, self._subtitle())

    def _subtitle(self) -> Line | None:
        now_s = self.world.time_s
        for line in reversed(self.lines):
            begun = line.utterance is None or line.utterance.started
            if begun and line.start_s <= now_s and (line.end_s is None or now_s < line.end_s):
                return line
        return None


def _bend(mix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Keep the sum of several voices inside (-1, 1): linear up to the knee, then a hyperbolic tangent."""
    over = np.abs(mix) > _KNEE
    if over.any():
        room = 1.0 - _KNEE
        loud = np.abs(mix[over])
        mix[over] = np.sign(mix[over]) * (_KNEE + room * np.tanh((loud - _KNEE) / room))
    return mix
