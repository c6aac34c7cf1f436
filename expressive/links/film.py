"""A script becomes a film: performance, pictures, sound, subtitles and tracks in one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expressive.core.errors import OutputError, ParameterError
from expressive.face.generator import FaceGenerator
from expressive.face.spec import FaceSpec
from expressive.links.compose import MAX_CAST, Composer
from expressive.links.subtitles import SubtitleLine, caption_at, write_subtitles
from expressive.links.tracks import TrackRecorder
from expressive.links.video import VideoWriter, check_output
from expressive.stage.director import Line
from expressive.stage.performance import SAMPLE_RATE, Moment, Performance
from expressive.stage.script import SceneBeat, Script

__all__ = ["DEFAULT_SIZE", "Film", "perform"]

DEFAULT_SIZE = (854, 480)


@dataclass(frozen=True)
class Film:
    """What was made."""

    path: Path
    duration_s: float
    n_frames: int
    subtitles: Path | None
    tracks: Path | None


def perform(
    script: str | PathLike[str] | Script,
    out: str | PathLike[str],
    *,
    seed: int | None = None,
    fps: int = 30,
    size: tuple[int, int] = DEFAULT_SIZE,
    subtitles: bool = False,
    tracks: str | PathLike[str] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Film:
    """Play a script and write it down; the same script and seed give the same pictures and sound.

    Parameters
    ----------
    script : str | PathLike[str] | Script
        YAML file of a scene, or one made in Python
    out : str | PathLike[str]
        ``.mp4``, ``.webm``, ``.gif``, ``.wav``, or a folder of pictures
    seed : int | None
        seed of all chance; None takes the script's
    fps : int
        frames a second, one of :data:`expressive.stage.performance.FRAME_RATES`
    size : tuple[int, int] [unit=px]
        width and height, even
    subtitles : bool
        whether to burn them in and to write an ``.srt`` beside the film
    tracks : str | PathLike[str] | None
        a ``.json`` for controls, affect, states and phones of every frame
    progress : Callable[[float], None] | None
        called with the scene's time [unit=s] after every frame

    Returns
    -------
    Film
        where everything is, and how long it lasts

    Raises
    ------
    ProfileError
        If the script or one of its characters has mistakes.
    OutputError
        If something cannot be written; nothing half-made is left behind.
    WeightsError
        If a face model is missing or damaged.
    """
    path = Path(out)
    kind = check_output(path)
    tracks_path = None if tracks is None else _json_path(tracks)
    performance = Performance(script, seed=seed, fps=fps)
    try:
        camera = None if kind == ".wav" else _Camera(performance, size, subtitles=subtitles)
        recorder = None if tracks_path is None else TrackRecorder(performance.script.title, fps, seed=performance.seed)
        n_frames, heard_s = 0, 0.0
        with VideoWriter(path, size=size, fps=fps, sample_rate=SAMPLE_RATE, title=performance.script.title) as video:
            for moment in performance.moments():
                video.audio(performance.sound(heard_s, moment.time_s))
                heard_s = moment.time_s
                if camera is not None:
                    video.frame(camera.shoot(moment))
                if recorder is not None:
                    recorder.frame(moment.time_s, moment.poses)
                n_frames += 1
                if progress is not None:
                    progress(moment.time_s)
            end_s = n_frames / fps
            video.audio(performance.sound(heard_s, end_s))
        srt = None
        if subtitles:
            spoken = [_subtitle(line, end_s) for line in performance.lines if line.text.strip()]
            srt = write_subtitles(path.with_suffix(".srt"), spoken)
        if recorder is not None and tracks_path is not None:
            recorder.write(tracks_path, performance.lines)
        return Film(path, end_s, n_frames, srt, tracks_path)
    finally:
        performance.close()


class _Camera:
    """Draws the faces of the cast and puts them in front of the scene's background."""

    def __init__(self, performance: Performance, size: tuple[int, int], *, subtitles: bool) -> None:
        self._performance = performance
        self._size = size
        self._subtitles = subtitles
        self._cast = sorted(performance.on_stage, key=lambda name: performance.on_stage[name])
        if not self._cast:
            raise ParameterError("nobody is in view; give a cast member a character, or write sound only, to .wav")
        if len(self._cast) > MAX_CAST:
            raise ParameterError(f"{len(self._cast)} characters are in view; at most {MAX_CAST}: set offscreen: true")
        self._faces = {name: FaceGenerator.of(self._spec(name)) for name in self._cast}
        scenes = {performance.script.background}
        scenes |= {beat.scene for beat in performance.script.script if isinstance(beat, SceneBeat)}
        # Every background is painted before the first picture, so that an unknown one stops nothing half-way.
        self._composers = {scene: self._composer(scene) for scene in sorted(scenes)}

    def shoot(self, moment: Moment) -> npt.NDArray[np.uint8]:
        """Draw one frame [shape=(height, width, 3)]."""
        faces = [self._faces[name].frame(moment.poses[name].controls, self._spec(name).identity) for name in self._cast]
        speaking = [moment.poses[name].speaking for name in self._cast]
        caption = None
        if (line := moment.line) is not None and (self._subtitles or line.utterance is None):
            end_s = line.start_s + (line.utterance.duration_s if line.utterance is not None else 0.0)
            caption = (line.label, caption_at(_subtitle(line, line.end_s or end_s), moment.time_s))
        return self._composers[moment.background].frame(faces, speaking=speaking, subtitle=caption)

    def _spec(self, name: str) -> FaceSpec:
        return self._performance.world[name].profile.face

    def _composer(self, scene: str) -> Composer:
        beside = self._performance.folder / scene
        place = beside if beside.is_file() else scene
        places = [self._performance.on_stage[name] for name in self._cast]
        return Composer(self._size, background=place, places=places, fps=self._performance.fps)


def _json_path(tracks: str | PathLike[str]) -> Path:
    path = Path(tracks)
    if path.suffix.lower() != ".json":
        raise OutputError(f"{path} must end in .json")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}; make it first")
    return path


def _subtitle(line: Line, end_s: float) -> SubtitleLine:
    """What a subtitle needs of a line that is over at ``end_s`` at the latest."""
    track = line.utterance.track if line.utterance is not None else None
    return SubtitleLine(line.label, line.text, line.start_s, min(end_s, line.end_s or end_s), track)
