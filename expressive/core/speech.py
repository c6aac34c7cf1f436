"""What is said when: timed phones, words, marks and styles of one utterance, and the visemes derived from them."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

from expressive.core.visemes import VISEMES, phone_to_viseme

__all__ = ["Mark", "Phone", "SpeechTrack", "StyleSpan", "VisemeSpan", "Word", "split_affricate"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A timed speech sound."""

    symbol: str
    """IPA symbol without stress marks; empty for silence"""
    start_s: float
    end_s: float
    stress: int = 0
    """0 none, 1 secondary, 2 primary stress of the syllable it carries"""


@dataclass(frozen=True, slots=True)
class Word:
    """A timed word."""

    text: str
    start_s: float
    end_s: float
    char_start: int = 0
    """where the word begins in the plain text of the utterance"""
    char_end: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A named moment that the text asked to be told of, or a nonverbal sound (``sound:sigh``)."""

    name: str
    time_s: float


@dataclass(frozen=True, slots=True)
class StyleSpan:
    """A stretch of the utterance that its text tags with an emotion."""

    emotion: str
    """a category of :data:`expressive.core.emotions.EMOTIONS`, or ``neutral``"""
    intensity: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class VisemeSpan:
    """A timed mouth shape."""

    viseme: str
    """one of :data:`expressive.core.visemes.VISEMES`"""
    start_s: float
    end_s: float


@dataclass(frozen=True)
class SpeechTrack:
    """Timing of an utterance, in seconds from its own start. Spans are in order and do not overlap within a kind."""

    text: str = ""
    """the words as they are to be read in a subtitle, without markup"""
    duration_s: float = 0.0
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    marks: tuple[Mark, ...] = ()
    styles: tuple[StyleSpan, ...] = ()
    _visemes: tuple[VisemeSpan, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def visemes(self) -> tuple[VisemeSpan, ...]:
        """The mouth shapes of the phones; neighbours of the same shape are joined."""
        if self._visemes is None:
            object.__setattr__(self, "_visemes", _join(self.phones))
        return self._visemes or ()

    def phone_at(self, time_s: float) -> Phone | None:
        """The phone that sounds at a time, or None."""
        i = bisect.bisect_right(self.phones, time_s, key=lambda phone: phone.start_s) - 1
        return self.phones[i] if i >= 0 and time_s < self.phones[i].end_s else None

    def style_at(self, time_s: float) -> StyleSpan | None:
        """The innermost style that holds at a time, or None."""
        held = [span for span in self.styles if span.start_s <= time_s < span.end_s]
        return min(held, key=lambda span: span.end_s - span.start_s) if held else None

    def warp(self, warp: Callable[[float], float]) -> SpeechTrack:
        """Map every time by a monotonic function, so that the track stays true after a change of tempo."""
        return SpeechTrack(
            text=self.text,
            duration_s=warp(self.duration_s),
            phones=tuple(Phone(p.symbol, warp(p.start_s), warp(p.end_s), p.stress) for p in self.phones),
            words=tuple(Word(w.text, warp(w.start_s), warp(w.end_s), w.char_start, w.char_end) for w in self.words),
            marks=tuple(Mark(m.name, warp(m.time_s)) for m in self.marks),
            styles=tuple(StyleSpan(s.emotion, s.intensity, warp(s.start_s), warp(s.end_s)) for s in self.styles),
        )


def split_affricate(phone: Phone) -> tuple[Phone, ...]:
    """German /pf/ as two sounds, for the lips close and then touch the teeth; any other phone as it is."""
    if phone.symbol != "pf":
        return (phone,)
    middle_s = 0.5 * (phone.start_s + phone.end_s)
    return Phone("p", phone.start_s, middle_s, phone.stress), Phone("f", middle_s, phone.end_s, phone.stress)


def _join(phones: tuple[Phone, ...]) -> tuple[VisemeSpan, ...]:
    spans: list[VisemeSpan] = []
    for phone in chain.from_iterable(map(split_affricate, phones)):
        viseme = phone_to_viseme(phone.symbol)
        assert viseme in VISEMES
        if spans and spans[-1].viseme == viseme and abs(spans[-1].end_s - phone.start_s) < 1e-6:
            spans[-1] = VisemeSpan(viseme, spans[-1].start_s, phone.end_s)
        else:
            spans.append(VisemeSpan(viseme, phone.start_s, phone.end_s))
    return tuple(spans)
