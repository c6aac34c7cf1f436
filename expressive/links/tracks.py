"""The tracks of a performance as one JSON document: what every engine needs to play it with faces of its own.

``docs/links.md`` explains the document for readers, ``docs/schema/tracks.schema.json`` for programs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from expressive.core.affect import Affect
from expressive.core.checks import check_number
from expressive.core.controls import CONTROL_NAMES, FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import OutputError, ParameterError
from expressive.core.speech import SpeechTrack
from expressive.core.visemes import VISEMES, phone_to_viseme
from expressive.links.marking import mark_json

__all__ = ["TRACKS_FORMAT", "TRACKS_VERSION", "TrackLine", "TrackPose", "TrackRecorder"]

TRACKS_FORMAT = "expressive-tracks"
TRACKS_VERSION = 1
"""Grows when a reader of the last version could no longer read a document."""

_DECIMALS = 5  # a hundred-thousandth of a blendshape moves no pixel, of a second no sample


class TrackPose(Protocol):
    """One actor at one moment; :class:`expressive.stage.performance.Pose` is one."""

    @property
    def controls(self) -> FaceControls:
        """Pose of the face."""

    @property
    def felt(self) -> Affect:
        """What the actor feels."""

    @property
    def shown(self) -> Affect:
        """What the actor lets others see."""

    @property
    def state(self) -> str:
        """State of the emotion machine."""


class TrackLine(Protocol):
    """What somebody says; :class:`expressive.stage.director.Line` is one."""

    @property
    def who(self) -> str | None:
        """Name of the actor; None for a caption."""

    @property
    def label(self) -> str:
        """Name in subtitles."""

    @property
    def text(self) -> str:
        """Plain words."""

    @property
    def start_s(self) -> float:
        """When it begins."""

    @property
    def end_s(self) -> float | None:
        """When it ends; None if the performance broke off before."""

    @property
    def utterance(self) -> Any:
        """The sound, whose ``track`` is a :class:`SpeechTrack`; None without a voice."""


class TrackRecorder:
    """Collects the frames of a performance and writes them as one document.

    Parameters
    ----------
    title : str
        what the scene is called
    fps : float [unit=Hz]
        frames a second
    seed : int | None
        seed of the performance, for those who want to repeat it

    Raises
    ------
    ParameterError
        If ``fps`` is not a positive number.
    """

    def __init__(self, title: str, fps: float, *, seed: int | None = None) -> None:
        self._title = title
        self._fps = check_number("fps", fps, 1e-3, 1000)
        self._seed = seed
        self._times: list[float] = []
        self._actors: dict[str, dict[str, Any]] = {}

    def frame(self, time_s: float, poses: Mapping[str, TrackPose]) -> None:
        """Append a frame.

        Parameters
        ----------
        time_s : float [unit=s]
            its time; later than the one before
        poses : Mapping[str, TrackPose]
            every actor, in each frame the same

        Raises
        ------
        ParameterError
            If time does not go on, or the actors are others than before.
        """
        if self._times and not self._times[-1] < time_s:
            raise ParameterError(f"time_s={time_s!r} must be later than the last frame, {self._times[-1]!r}")
        if not self._times:
            self._actors = {
                name: {"state": [], "controls": [], "felt": _affects(), "shown": _affects()} for name in poses
            }
        if poses.keys() != self._actors.keys():
            raise ParameterError(f"the frame has {sorted(poses)}; the first one had {sorted(self._actors)}")
        self._times.append(check_number("time_s", time_s, 0.0))
        for name, pose in poses.items():
            columns = self._actors[name]
            columns["state"].append(pose.state)
            columns["controls"].append(_numbers(pose.controls.values))
            for kind, affect in (("felt", pose.felt), ("shown", pose.shown)):
                columns[kind]["intensities"].append(_numbers(affect.intensities))
                columns[kind]["vad"].append(_numbers(affect.vad))

    def document(self, lines: Iterable[TrackLine] = ()) -> dict[str, Any]:
        """Give the whole document as plain JSON types.

        Parameters
        ----------
        lines : Iterable[TrackLine]
            what was said

        Returns
        -------
        dict[str, Any]
            as ``docs/schema/tracks.schema.json`` describes it
        """
        duration_s = len(self._times) / self._fps
        return {
            "format": TRACKS_FORMAT,
            "version": TRACKS_VERSION,
            **mark_json(),
            "title": self._title,
            "seed": self._seed,
            "fps": _number(self._fps),
            "duration_s": _number(duration_s),
            "control_names": list(CONTROL_NAMES),
            "emotion_names": list(EMOTIONS),
            "viseme_names": list(VISEMES),
            "times_s": _numbers(self._times),
            "actors": self._actors,
            "lines": [_line(line, duration_s) for line in lines],
        }

    def write(self, path: str | Path, lines: Iterable[TrackLine] = ()) -> Path:
        """Write the document; one row of text for each frame and actor, so that it can be compared by line.

        Parameters
        ----------
        path : str | Path
            the file; its folder must be there
        lines : Iterable[TrackLine]
            what was said

        Returns
        -------
        Path
            the file

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        target = Path(path)
        try:
            target.write_text(_dump(self.document(lines)) + "\n", encoding="utf-8", newline="\n")
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
        return target


def _affects() -> dict[str, list[list[float]]]:
    return {"intensities": [], "vad": []}


def _line(line: TrackLine, end_s: float) -> dict[str, Any]:
    track: SpeechTrack | None = None if line.utterance is None else line.utterance.track
    start_s = line.start_s
    spoken = SpeechTrack() if track is None else track

    def span(item: Any) -> dict[str, float]:
        return {"start_s": _number(start_s + item.start_s), "end_s": _number(start_s + item.end_s)}

    return {
        "actor": line.who,
        "speaker": line.label,
        "text": _writable(line.text),
        "start_s": _number(start_s),
        "end_s": _number(end_s if line.end_s is None else line.end_s),
        "phones": [
            {"symbol": p.symbol, **span(p), "stress": p.stress, "viseme": phone_to_viseme(p.symbol)}
            for p in spoken.phones
        ],
        "words": [{"text": _writable(w.text), **span(w)} for w in spoken.words],
        "marks": [{"name": m.name, "time_s": _number(start_s + m.time_s)} for m in spoken.marks],
        "styles": [{"emotion": s.emotion, "intensity": _number(s.intensity), **span(s)} for s in spoken.styles],
    }


def _writable(text: str) -> str:
    """Text without half surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _number(value: float) -> float:
    """Round; a whole number is written without its fraction, which saves a third of the file."""
    if not math.isfinite(value):
        raise ParameterError(f"a track holds {value!r}; only finite numbers can be written")
    rounded = round(float(value), _DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def _numbers(values: Sequence[float] | np.ndarray[Any, np.dtype[Any]]) -> list[float]:
    return [_number(value) for value in np.asarray(values, dtype=np.float64).tolist()]


def _dump(value: Any, depth: int = 0) -> str:
    """JSON with objects and lists of lists over several rows, and lists of plain values in one."""
    pad = " " * (depth + 1)
    if isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values()):
        rows = (f"{pad}{json.dumps(key, ensure_ascii=False)}: {_dump(item, depth + 1)}" for key, item in value.items())
        return "{\n" + ",\n".join(rows) + "\n" + pad[1:] + "}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[\n" + ",\n".join(pad + _dump(item, depth + 1) for item in value) + "\n" + pad[1:] + "]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
