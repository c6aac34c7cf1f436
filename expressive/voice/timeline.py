"""What lies where in an utterance: in the time of its source, and in the time of what is heard.

What has been rendered is settled: its times are worked out once and kept. Only what lies ahead, 20 s at most, is worked
out anew when it is asked for, so a long line costs no more than a short one.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise, repeat
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from expressive.core.speech import Mark, Phone, SpeechTrack, StyleSpan, Word
from expressive.voice.frames import FRAME_S
from expressive.voice.spans import ChangeSpan, Spans
from expressive.voice.spec import VoiceSpec
from expressive.voice.synthesis import BLOCK_S, FRAMES_PER_BLOCK

__all__ = ["Piece", "Timeline"]

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
    speaker: VoiceSpec | None = None
    """who speaks, if it is not the speaker of the whole"""
    runs: tuple[tuple[int, int, bool], ...] = field(init=False)
    """stretches of sound and of silence: (begin, end [unit=frames], whether silent)"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", _runs(self))

    @property
    def end(self) -> int:
        """Where it ends [unit=frames]."""
        return self.start + self.count


class Timeline:
    """Grows at its end while a worker analyses, and records how fast it was gone through.

    Parameters
    ----------
    text : str
        the plain text of the utterance
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = threading.RLock()
        self._pieces: list[Piece] = []  # those that are not settled
        self._starts: list[int] = []
        self._added = 0
        self._spans = Spans()
        self._edges = [0.0]  # source frame at which block k begins
        self._phones: list[Phone] = []  # settled, in the time of what is heard
        self._words: list[Word] = []
        self._marks: list[Mark] = []
        self._halt_phones: list[Phone] = []  # of halts, which the source knows nothing of
        self._halt_marks: list[Mark] = []
        self._halt_end_s = 0.0
        self._done = (0, 0, 0)  # how many phones, words and marks of the first piece are among them
        self._ahead: tuple[object, _Ahead] | None = None
        self._tracks: dict[str, tuple[object, SpeechTrack]] = {}  # the last one of each slot
        self.end = 0
        """[unit=frames]"""

    def add(self, piece: Piece, spans: tuple[ChangeSpan, ...] = ()) -> None:
        """Add a piece at the end; parts of one change grow together."""
        with self._lock:
            assert piece.start == self.end
            self._pieces.append(piece)
            self._starts.append(piece.start)
            self._added += 1
            for span in spans:
                self._spans.add(span)
            self.end += piece.count

    def changes_at(self, time_s: float) -> list[tuple[ChangeSpan, float]]:
        """The changes that are heard at a source time with their weights, outermost first."""
        with self._lock:
            return self._spans.heard(time_s)

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

    def speaker_at(self, position: float) -> VoiceSpec | None:
        """Who speaks at a frame, if it is not the speaker of the whole."""
        with self._lock:
            return self._pieces[max(0, bisect_right(self._starts, int(position)) - 1)].speaker

    def passed(self, position: float) -> None:
        """Record that another block ended at a source frame."""
        self._edges.append(position)

    def halt(self, phones: tuple[Phone, ...], marks: tuple[Mark, ...]) -> None:
        """Record what is heard, in its own time, while the source stands still; blocks that pass nothing follow."""
        with self._lock:
            self._halt_phones += phones
            self._halt_marks += marks
            self._halt_end_s = phones[-1].end_s

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
        with self._lock:
            return self.blocks * BLOCK_S + self._look_ahead(tempo, pause_scale).heard_at(float(self.end))

    def track(
        self,
        tempo: float,
        pause_scale: float,
        duration_s: float,
        *,
        part: tuple[float, float] | None = None,
        slot: str = "",
    ) -> SpeechTrack:
        """Times as they were where rendered, as they will be at this pace where not.

        Parameters
        ----------
        tempo, pause_scale : float
            the present pace
        duration_s : float
            predicted length of the whole
        part : tuple[float, float] | None
            leave out what does not touch this stretch of output time, at a cost that does not grow with the line
        slot : str
            for whom it is: the last one of each is kept

        Returns
        -------
        SpeechTrack
            the same object until something changes
        """
        with self._lock:
            key = (self.blocks, self._added, tempo, pause_scale, duration_s, part)
            last = self._tracks.get(slot)
            if last and last[0] == key:
                return last[1]
            warp = self._warp(tempo, pause_scale, duration_s)
            self._settle(warp)
            track = self._whole(warp, duration_s) if part is None else self._part(warp, duration_s, *part)
            self._tracks[slot] = (key, track)
            return track

    def _whole(self, warp: Warp, duration_s: float) -> SpeechTrack:
        phones, words, marks = list(self._phones), list(self._words), list(self._marks)
        for piece, (a, b, c) in zip(self._pieces, chain([self._done], repeat((0, 0, 0))), strict=False):
            phones += [_phone(p, warp) for p in piece.phones[a:]]
            words += [_word(w, warp) for w in piece.words[b:]]
            marks += [_mark(m, warp) for m in piece.marks[c:]]
        styles = _styles(self._spans.all(), warp)
        if self._halt_phones:
            phones, marks = sorted(phones + self._halt_phones, key=_begin), sorted(marks + self._halt_marks, key=_when)
        return SpeechTrack(self._text, duration_s, tuple(phones), tuple(words), tuple(marks), styles)

    def _part(self, warp: Warp, duration_s: float, start_s: float, end_s: float) -> SpeechTrack:
        phones = _touching(self._phones, start_s, end_s)
        words = _touching(self._words, start_s, end_s)
        first, last = bisect_left(self._marks, start_s, key=_when), bisect_right(self._marks, end_s, key=_when)
        marks = self._marks[first:last]
        for piece, (a, b, c) in zip(self._pieces, chain([self._done], repeat((0, 0, 0))), strict=False):
            if warp(piece.start * FRAME_S) > end_s:
                break
            for phone in (_phone(p, warp) for p in islice(piece.phones, a, None)):
                if phone.start_s > end_s:
                    break
                if phone.end_s >= start_s:
                    phones.append(phone)
            for word in (_word(w, warp) for w in islice(piece.words, b, None)):
                if word.start_s > end_s:
                    break
                if word.end_s >= start_s:
                    words.append(word)
            marks += [m for m in (_mark(m, warp) for m in piece.marks[c:]) if start_s <= m.time_s <= end_s]
        if self._halt_phones:
            phones = sorted(phones + _touching(self._halt_phones, start_s, end_s), key=_begin)
            marks = sorted(marks + [m for m in self._halt_marks if start_s <= m.time_s <= end_s], key=_when)
        spans = self._spans.within(self._source_s(start_s), self._source_s(end_s + BLOCK_S))
        return SpeechTrack(self._text, duration_s, tuple(phones), tuple(words), tuple(marks), _styles(spans, warp))

    def _settle(self, warp: Warp) -> None:
        """Keep the times of what is wholly rendered: they do not move any more."""
        position = self._edges[-1]
        while self._pieces:
            piece = self._pieces[0]
            over = piece.end <= position
            a, b, c = self._done
            while a < len(piece.phones) and (over or piece.phones[a].end_s / FRAME_S <= position):
                self._phones.append(_phone(piece.phones[a], warp))
                a += 1
            while b < len(piece.words) and (over or piece.words[b].end_s / FRAME_S <= position):
                self._words.append(_word(piece.words[b], warp))
                b += 1
            while c < len(piece.marks) and (over or piece.marks[c].time_s / FRAME_S < position):
                self._marks.append(_mark(piece.marks[c], warp))
                c += 1
            self._done = (a, b, c)
            if not over:
                return
            del self._pieces[0], self._starts[0]
            self._done = (0, 0, 0)

    def _warp(self, tempo: float, pause_scale: float, duration_s: float) -> Warp:
        return Warp(self._edges, len(self._edges) - 1, self._look_ahead(tempo, pause_scale), duration_s)

    def _source_s(self, heard_s: float) -> float:
        """Output time → source time."""
        block = max(0, int(heard_s / BLOCK_S))
        if block < len(self._edges):
            return self._edges[block] * FRAME_S
        assert self._ahead is not None
        return self._ahead[1].frame_at(heard_s - self.blocks * BLOCK_S) * FRAME_S

    def _look_ahead(self, tempo: float, pause_scale: float) -> _Ahead:
        key = (self.blocks, self._added, tempo, pause_scale)
        if self._ahead and self._ahead[0] == key:
            return self._ahead[1]
        i = max(0, bisect_right(self._starts, int(self.position)) - 1)
        knots, heard = [self.position], [max(0.0, self._halt_end_s - self.blocks * BLOCK_S)]
        for piece in self._pieces[i:]:
            for begin, end, silent in piece.runs:
                if end <= knots[-1]:
                    continue
                length = (end - max(begin, knots[-1])) * FRAME_S
                if piece.kind != "exact":
                    length /= min(MAX_RATE, tempo / max(pause_scale, 0.05)) if silent else tempo
                knots.append(float(end))
                heard.append(heard[-1] + length)
        ahead = _Ahead(knots, heard)
        self._ahead = (key, ahead)
        return ahead


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """What lies ahead: source frames, and how far from now they are heard [unit=s]."""

    knots: list[float]
    heard: list[float]

    def heard_at(self, frame: float) -> float:
        return _interpolate(frame, self.knots, self.heard.__getitem__, len(self.knots) - 1)

    def frame_at(self, heard_s: float) -> float:
        return _interpolate(heard_s, self.heard, self.knots.__getitem__, len(self.knots) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Source time → output time [unit=s]."""

    edges: list[float]
    last: int
    """the edge at which what is ahead begins"""
    ahead: _Ahead
    duration_s: float

    def __call__(self, time_s: float) -> float:
        """When it is heard; where the voice halts, after that."""
        frame = time_s / FRAME_S
        if frame > self.edges[self.last]:
            return min(self.duration_s, self.last * BLOCK_S + self.ahead.heard_at(frame))
        return min(self.duration_s, _interpolate(frame, self.edges, lambda k: k * BLOCK_S, self.last))

    def end(self, time_s: float) -> float:
        """When something ends; where the voice halts, before that."""
        frame = time_s / FRAME_S
        k = bisect_left(self.edges, frame - 1e-6, 0, self.last + 1)
        if k <= self.last and self.edges[k] <= frame + 1e-6:
            return min(self.duration_s, k * BLOCK_S)
        return self(time_s)


def _interpolate(x: float, xs: list[float], y: Callable[[int], float], last: int) -> float:
    """As ``np.interp`` does it, for one number and without making arrays of a long line's history."""
    k = bisect_right(xs, x, 0, last + 1) - 1
    if k < 0 or k >= last or xs[k] == x:
        return y(min(last, max(0, k)))
    return (y(k + 1) - y(k)) / (xs[k + 1] - xs[k]) * (x - xs[k]) + y(k)


def _phone(phone: Phone, warp: Warp) -> Phone:
    return Phone(phone.symbol, warp(phone.start_s), warp.end(phone.end_s), phone.stress)


def _word(word: Word, warp: Warp) -> Word:
    return Word(word.text, warp(word.start_s), warp.end(word.end_s), word.char_start, word.char_end)


def _mark(mark: Mark, warp: Warp) -> Mark:
    return Mark(mark.name, warp(mark.time_s))


def _when(mark: Mark) -> float:
    return mark.time_s


def _begin(phone: Phone) -> float:
    return phone.start_s


def _styles(spans: list[ChangeSpan], warp: Warp) -> tuple[StyleSpan, ...]:
    return tuple(
        StyleSpan(s.change.emotion, s.change.intensity, warp(s.start_s), warp.end(s.end_s))
        for s in spans
        if s.change.emotion
    )


_Timed = TypeVar("_Timed", Phone, Word)


def _touching(spans: list[_Timed], start_s: float, end_s: float) -> list[_Timed]:
    """Those of an ordered list that touch a stretch."""
    first = bisect_left(spans, start_s, key=lambda span: span.end_s)
    return spans[first : bisect_right(spans, end_s, first, key=lambda span: span.start_s)]


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
