"""What lies where in an utterance: in the time of its source, and in the time of what is heard."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from expressive.core.speech import Mark, Phone, SpeechTrack, StyleSpan, Word
from expressive.voice.frames import FRAME_S
from expressive.voice.markup.script import Change
from expressive.voice.synthesis import BLOCK_S, FRAMES_PER_BLOCK

__all__ = ["ChangeSpan", "Piece", "Timeline"]

RAMP_S = 0.08
"""How long a change of voice takes to come and to go."""
MAX_RATE = 8.0
"""Fastest passage through a pause that is to be shortened [unit=ratio]."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of the source. All times are in source seconds from the utterance's beginning."""

    start: int
    """[unit=frames]"""
    count: int
    """[unit=frames]"""
    kind: str
    """``speech``, ``pause`` (follows tempo and state) or ``exact`` (takes the time that it takes)"""
    silent: npt.NDArray[np.bool_] | None = None
    """which frames of speech are pauses [shape=(count,)]"""
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """Where a change of voice holds, in source seconds."""

    change: Change
    number: int
    start_s: float
    end_s: float

    def weight(self, time_s: float) -> float:
        """How much of the change is heard [range=[0, 1]]."""
        rise = (time_s - self.start_s) / RAMP_S + 0.5
        fall = (self.end_s - time_s) / RAMP_S + 0.5
        return min(1.0, max(0.0, rise)) * min(1.0, max(0.0, fall))


class Timeline:
    """Grows at its end while a worker analyses, and records how fast it was gone through.

    Parameters
    ----------
    text : str
        the plain text of the utterance
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = threading.Lock()
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        self._spans: dict[int, ChangeSpan] = {}
        self._edges = [0.0]  # source frame at which block k begins
        self._frozen: tuple[int, list[Phone], list[Word], list[Mark]] = (0, [], [], [])
        self._cache: tuple[object, SpeechTrack] | None = None
        self.end = 0
        """[unit=frames]"""

    def add(self, piece: Piece, spans: tuple[ChangeSpan, ...] = ()) -> None:
        """Add a piece at the end; parts of one change grow together."""
        with self._lock:
            assert piece.start == self.end
            self._pieces.append(piece)
            self._starts.append(piece.start)
            for span in spans:
                known = self._spans.get(span.number)
                start_s = min(known.start_s, span.start_s) if known else span.start_s
                self._spans[span.number] = ChangeSpan(span.change, span.number, start_s, span.end_s)
            self.end += piece.count

    def changes_at(self, time_s: float) -> list[tuple[ChangeSpan, float]]:
        """The changes that are heard at a source time with their weights, outermost first."""
        if not self._spans:
            return []
        with self._lock:
            spans = sorted(self._spans.values(), key=lambda span: span.number)
        return [(span, weight) for span in spans if (weight := span.weight(time_s)) > 0]

    def rate(self, position: float, tempo: float, pause_scale: float) -> float:
        """Source time that passes in a unit of output time, for the block that begins at a frame."""
        with self._lock:
            i = max(0, bisect_right(self._starts, int(position)) - 1)
            piece = self._pieces[i]
        left = piece.start + piece.count - position
        if piece.kind == "exact":
            return _not_beyond(1.0, left, tempo)
        if piece.kind == "pause":
            return _not_beyond(tempo / max(pause_scale, 0.05), left, tempo)
        at = int(position) - piece.start
        if piece.silent is None or not piece.silent[min(at, piece.count - 1)]:
            return tempo
        sounds = np.flatnonzero(~piece.silent[at:])
        return _not_beyond(tempo / max(pause_scale, 0.05), float(sounds[0]) if len(sounds) else left, tempo)

    def passed(self, position: float) -> None:
        """Record that another block ended at a source frame."""
        self._edges.append(position)

    @property
    def position(self) -> float:
        """Source frame that is reached."""
        return self._edges[-1]

    @property
    def edges(self) -> list[float]:
        """Source frame at which every block began, and at which the last one ended."""
        return list(self._edges)

    @property
    def blocks(self) -> int:
        """How many blocks were rendered."""
        return len(self._edges) - 1

    def predict(self, tempo: float, pause_scale: float) -> float:
        """Output time of the end if it goes on like this [unit=s]."""
        ahead = self._ahead(tempo, pause_scale)
        return self.blocks * BLOCK_S + float(ahead(np.array([float(self.end)]))[0])

    def track(self, tempo: float, pause_scale: float, duration_s: float) -> SpeechTrack:
        """Times as they were where rendered, as they will be at this pace where not."""
        key = (self.blocks, len(self._pieces), tempo, pause_scale, duration_s)
        if self._cache and self._cache[0] == key:
            return self._cache[1]
        with self._lock:
            pieces, spans = list(self._pieces), sorted(self._spans.values(), key=lambda s: s.start_s)
        edges = np.array(self._edges)
        out = np.arange(len(edges)) * BLOCK_S
        ahead = self._ahead(tempo, pause_scale)

        def warp(times_s: list[float]) -> list[float]:
            frames = np.array(times_s) / FRAME_S
            heard = np.interp(frames, edges, out)
            beyond = frames > edges[-1]
            if beyond.any():
                heard[beyond] = out[-1] + ahead(frames[beyond])
            return [float(t) for t in np.minimum(heard, duration_s)]

        # What is wholly rendered does not move any more.
        done = fixed = self._frozen[0]
        phones, words, marks = list(self._frozen[1]), list(self._frozen[2]), list(self._frozen[3])
        while fixed < len(pieces) and pieces[fixed].start + pieces[fixed].count <= edges[-1]:
            fixed += 1
        for i, piece in enumerate(pieces[done:], done):
            if i == fixed > done:
                self._frozen = (fixed, list(phones), list(words), list(marks))
            times = warp(
                [t for p in piece.phones for t in (p.start_s, p.end_s)]
                + [t for w in piece.words for t in (w.start_s, w.end_s)]
                + [m.time_s for m in piece.marks]
            )
            later = iter(times)
            phones += [Phone(p.symbol, next(later), next(later), p.stress) for p in piece.phones]
            words += [Word(w.text, next(later), next(later), w.char_start, w.char_end) for w in piece.words]
            marks += [Mark(m.name, next(later)) for m in piece.marks]
        styles = tuple(
            StyleSpan(s.change.emotion, s.change.intensity, *warp([s.start_s, s.end_s]))
            for s in spans
            if s.change.emotion
        )
        track = SpeechTrack(self._text, duration_s, tuple(phones), tuple(words), tuple(marks), styles)
        self._cache = (key, track)
        return track

    def _ahead(self, tempo: float, pause_scale: float) -> _Ahead:
        with self._lock:
            i = max(0, bisect_right(self._starts, int(self.position)) - 1)
            pieces = self._pieces[i:]
        knots, heard = [self.position], [0.0]
        for piece in pieces:
            for begin, end, silent in _runs(piece):
                if end <= knots[-1]:
                    continue
                length = (end - max(begin, knots[-1])) * FRAME_S
                if piece.kind != "exact":
                    length /= min(MAX_RATE, tempo / max(pause_scale, 0.05)) if silent else tempo
                knots.append(float(end))
                heard.append(heard[-1] + length)
        return _Ahead(np.array(knots), np.array(heard))


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    knots: npt.NDArray[np.float64]
    heard: npt.NDArray[np.float64]

    def __call__(self, frames: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.interp(frames, self.knots, self.heard)


def _runs(piece: Piece) -> list[tuple[int, int, bool]]:
    if piece.silent is None:
        return [(piece.start, piece.start + piece.count, piece.kind == "pause")]
    cuts = [0, *(np.flatnonzero(np.diff(piece.silent)) + 1).tolist(), piece.count]
    return [(piece.start + a, piece.start + b, bool(piece.silent[a])) for a, b in pairwise(cuts) if b > a]


def _not_beyond(rate: float, left: float, tempo: float) -> float:
    """A block that runs through silence faster than speech must not run into the speech behind it."""
    if rate <= tempo:
        return rate
    return max(tempo, min(rate, MAX_RATE, left / FRAMES_PER_BLOCK))
