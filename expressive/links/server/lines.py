"""The lines of an actor on their way to a client: numbers, sound piece by piece, words and marks as they are heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from expressive.core.visemes import phone_to_viseme
from expressive.links.server.outbound import Event, LineEnded, LineStarted, MarkHeard, WordHeard

if TYPE_CHECKING:
    from expressive.stage.utterance import Utterance

__all__ = ["AHEAD_S", "LineBook", "Piece"]

AHEAD_S = 0.16
"""How far sound is made and sent ahead of the actor's clock: more than a network and a slow frame take, and little
enough for a change of emotion to be heard."""

_FETCH_S = 60.0  # at once; more than is ever made ahead


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of sound of one line."""

    line: int
    start_s: float
    """the moment on the actor's clock at which it is to be heard"""
    samples: npt.NDArray[np.float32]
    sample_rate: int


@dataclass(eq=False)
class _Entry:
    utterance: Utterance
    number: int
    sent: int = 0
    """samples that have gone out"""
    told_words: int = 0
    told_marks: int = 0
    begun: bool = False


class LineBook:
    """Follows the lines of one actor.

    Parameters
    ----------
    actor : str
        the client's name of the actor, for the events
    """

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._entries: list[_Entry] = []
        self._next = 1

    def add(self, utterance: Utterance, number: int | None) -> int:
        """Follow a line from now on, and return its number."""
        taken = self._next if number is None else number
        self._next = max(self._next, taken + 1)
        utterance.lookahead_s = max(utterance.lookahead_s, AHEAD_S)
        self._entries.append(_Entry(utterance, taken))
        return taken

    def resume(self, utterance: Utterance, number: int) -> None:
        """Follow a line that a snapshot brought back, from where its playhead is."""
        self.add(utterance, number)
        entry = self._entries[-1]
        entry.begun = utterance.started
        entry.sent = round(utterance.spoken_s * utterance.sample_rate)
        entry.told_words = sum(word.start_s <= utterance.spoken_s for word in utterance.track.words)
        entry.told_marks = sum(mark.time_s <= utterance.spoken_s for mark in utterance.track.marks)

    @property
    def numbers(self) -> list[int]:
        """Numbers of the lines that are heard or wait, in order."""
        return [entry.number for entry in self._entries]

    @property
    def heard(self) -> int | None:
        """Number of the line that is heard."""
        return self._entries[0].number if self._entries and self._entries[0].begun else None

    @property
    def waiting(self) -> int:
        """How many lines are not heard yet."""
        return sum(not entry.begun for entry in self._entries)

    def viseme(self) -> str | None:
        """The mouth shape of what is heard."""
        if self.heard is None:
            return None
        utterance = self._entries[0].utterance
        phone = utterance.track.phone_at(utterance.spoken_s)
        return phone_to_viseme(phone.symbol) if phone else "sil"

    def advance(self, time_s: float) -> Iterator[Event | Piece]:
        """What has happened and what sound was made since the last time, in order.

        Parameters
        ----------
        time_s : float [unit=s]
            the actor's clock

        Yields
        ------
        Event | Piece
            events of lines, words and marks, and sound
        """
        while self._entries:
            entry = self._entries[0]
            utterance = entry.utterance
            if utterance.started and not entry.begun:
                entry.begun = True
                start_s = min(time_s, utterance.start_s or 0.0)
                yield LineStarted(actor=self._actor, t_s=round(start_s, 4), line=entry.number, text=utterance.text)
            if not entry.begun and utterance.speaking:
                return
            if entry.begun and not utterance.broken_off:
                yield from self._sound(entry, time_s)
            yield from self._words(entry, time_s)
            if utterance.speaking:
                return
            self._entries.pop(0)
            yield LineEnded(
                actor=self._actor,
                t_s=round(time_s, 4),
                line=entry.number,
                cut=utterance.broken_off,
                duration_s=round(utterance.spoken_s, 4),
                samples=entry.sent,
                error=str(utterance.error) if utterance.error else None,
            )

    def _sound(self, entry: _Entry, time_s: float) -> Iterator[Piece]:
        utterance, rate = entry.utterance, entry.utterance.sample_rate
        samples = (
            utterance.heard(entry.sent / rate, entry.sent / rate + _FETCH_S)
            if utterance.stream.rendered_s * rate > entry.sent
            else None
        )
        if samples is not None and len(samples):
            # Where the voice was late the line's own time has stood still, so the present counts and not its start.
            start_s = time_s + entry.sent / rate - utterance.spoken_s
            entry.sent += len(samples)
            yield Piece(entry.number, start_s, samples, rate)

    def _words(self, entry: _Entry, time_s: float) -> Iterator[Event]:
        if not entry.begun:
            return
        utterance = entry.utterance
        track, heard_s = utterance.track, utterance.spoken_s
        if not utterance.speaking and not utterance.broken_off:
            heard_s = inf
        for word in track.words[entry.told_words :]:
            if word.start_s > heard_s:
                break
            entry.told_words += 1
            yield WordHeard(
                actor=self._actor,
                t_s=round(time_s + word.start_s - utterance.spoken_s, 4),
                line=entry.number,
                text=word.text,
                start_s=round(word.start_s, 4),
                end_s=round(word.end_s, 4),
                char_start=word.char_start,
                char_end=word.char_end,
            )
        for mark in track.marks[entry.told_marks :]:
            if mark.time_s > heard_s:
                break
            entry.told_marks += 1
            yield MarkHeard(
                actor=self._actor,
                t_s=round(time_s + mark.time_s - utterance.spoken_s, 4),
                line=entry.number,
                name=mark.name,
                time_s=round(mark.time_s, 4),
            )
