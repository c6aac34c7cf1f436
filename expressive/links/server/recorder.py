"""A film of what a client sees and hears of an actor, in real time, and the folder in which the films lie."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ExpressiveError
from expressive.links.server.painter import on_ground
from expressive.links.video import VideoWriter

if TYPE_CHECKING:
    from expressive.links.server.lines import Piece

__all__ = ["Recorder", "Recording", "Recordings", "Shelf"]

FPS = 30
PREFIX = "/v1/recordings/"
_SEAM_S = 0.05  # pieces of a line join, whatever rounding and a late voice say, up to this much
_log = logging.getLogger("expressive.server")


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished film."""

    name: str
    path: Path
    bytes: int
    duration_s: float

    @property
    def url(self) -> str:
        """Path on the server."""
        return PREFIX + self.name


class Recordings:
    """The films of all clients, under names that nobody guesses; deleted with those who made them."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock = threading.Lock()
        self._films: dict[str, Recording] = {}

    def new_path(self) -> Path:
        """Where a new film may be written."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="expressive-recordings-"))
            return self._folder / f"{secrets.token_urlsafe(18)}.mp4"

    def add(self, recording: Recording) -> None:
        """Let a film be fetched."""
        with self._lock:
            self._films[recording.name] = recording

    def find(self, name: str) -> Path | None:
        """The file of a film; nothing that was not recorded here is ever found."""
        with self._lock:
            found = self._films.get(name)
        return found.path if found else None

    def remove(self, recording: Recording) -> None:
        """Delete a film."""
        with self._lock:
            self._films.pop(recording.name, None)
        with contextlib.suppress(OSError):
            recording.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete all."""
        with self._lock:
            self._films.clear()
            folder, self._folder = self._folder, None
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


class Shelf:
    """The films of one client: the newest few, until it leaves."""

    def __init__(self, recordings: Recordings, room: int) -> None:
        self._recordings, self._room = recordings, room
        self._films: list[Recording] = []

    def new_path(self) -> Path:
        """Where a new film may be written."""
        return self._recordings.new_path()

    def add(self, film: Recording) -> None:
        """Let a film be fetched; the oldest makes room."""
        self._films.append(film)
        self._recordings.add(film)
        while len(self._films) > self._room:
            self._recordings.remove(self._films.pop(0))

    def close(self) -> None:
        """Delete all."""
        while self._films:
            self._recordings.remove(self._films.pop())


class Recorder:
    """One film that grows.

    Its own clock is that of the steps, so that an actor that goes back to a snapshot does not tear it.

    Parameters
    ----------
    path : Path
        the film
    size : int [unit=px]
        edge of the pictures; even
    ground : str
        colour behind the face, such as ``#808080``
    sample_rate : int [unit=Hz]
        of the sound
    title : str
        stored in the film
    limit_s : float [unit=s]
        length at which it ends by itself
    """

    def __init__(self, path: Path, *, size: int, ground: str, sample_rate: int, title: str, limit_s: float) -> None:
        self.size = size
        self._ground = ground
        self._rate = sample_rate
        self._limit_s = limit_s
        self._film = VideoWriter(path, size=(size, size), fps=FPS, sample_rate=sample_rate, title=title)
        self._time_s = 0.0
        self._ahead: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        """sound that is to be heard after what was written"""
        self._line: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached."""
        return self._time_s >= self._limit_s

    def advance(self, dt_s: float) -> None:
        """Let time pass; what was heard meanwhile comes next, then :meth:`write`."""
        self._time_s = min(self._limit_s, self._time_s + dt_s)

    def hear(self, piece: Piece, lead_s: float) -> None:
        """Take sound that is to be heard ``lead_s`` from now [unit=s]."""
        begin = round((self._time_s + lead_s) * self._rate) - self._film.n_samples
        joins = piece.line == self._line and begin - len(self._ahead) < _SEAM_S * self._rate
        silence = 0 if joins else max(0, begin - len(self._ahead))
        self._line = piece.line
        self._ahead = np.concatenate([self._ahead, np.zeros(silence, np.float32), piece.samples])

    def cut(self) -> None:
        """Throw away what has not been heard yet."""
        self._ahead = self._ahead[: max(0, round(self._time_s * self._rate) - self._film.n_samples)]
        self._line = None

    def write(self) -> int:
        """Write the sound up to now; returns how many pictures are due."""
        count = round(self._time_s * self._rate) - self._film.n_samples
        now, self._ahead = self._ahead[:count], self._ahead[count:]
        self._film.audio(np.concatenate([now, np.zeros(count - len(now), np.float32)]))
        return int(self._time_s * FPS + 1e-6) - self._film.n_frames

    def see(self, frame: npt.NDArray[np.uint8], times: int) -> None:
        """Write a picture [shape=(size, size, 4), straight alpha] as often as it is due."""
        picture = on_ground(frame, self._ground)
        for _ in range(times):
            self._film.frame(picture)

    def finish(self) -> Recording | None:
        """Complete the film; None where nothing has been seen yet."""
        if not self._film.n_frames:
            self._film.abort()
            return None
        self._film.close()
        path = self._film.path
        return Recording(path.name, path, path.stat().st_size, self._time_s)

    def abort(self) -> None:
        """Give the film up."""
        try:
            self._film.abort()
        except (ExpressiveError, OSError) as error:
            _log.warning("a recording was not removed: %s", error)
