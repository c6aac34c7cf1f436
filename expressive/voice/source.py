"""The worker's side of an utterance: script items become frames and pieces of the timeline, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from expressive.core.speech import Mark, Phone, Word
from expressive.core.units import db_to_ratio
from expressive.voice.analysis import HERE, Analyst, active_level_db, analyse
from expressive.voice.backends.base import Backend, Spoken
from expressive.voice.frames import FRAME_S, Frames, frame_count, silent_frames
from expressive.voice.markup.script import Item, Pause, Say, Script, Sound, Span
from expressive.voice.melody import sentence_melody, silent_mask
from expressive.voice.registry import backend_for
from expressive.voice.sounds.make import make_sound
from expressive.voice.spans import ChangeSpan
from expressive.voice.spec import VoiceSpec
from expressive.voice.timeline import Piece

__all__ = ["NEUTRAL_LEVEL_DB", "build"]

NEUTRAL_LEVEL_DB = -26.0
"""Level of neutral speech [unit=dBFS, RMS of its active parts] (ITU-T P.56 practice); leaves anger its headroom."""
TAIL_S = 0.06
"""Silence after the last sound, in which it dies away."""

Emit = Callable[[Piece, tuple[ChangeSpan, ...]], None]


def build(
    script: Script,
    spec: VoiceSpec,
    backend: Backend,
    emit: Emit,
    stopped: Callable[[], bool] | None = None,
    *,
    analyst: Analyst = HERE,
) -> Iterator[Frames]:
    """Turn a script into frames.

    Parameters
    ----------
    script : Script
        what is to be said
    spec : VoiceSpec
        who says it
    backend : Backend
        what makes the neutral sound
    emit : Callable
        is told of every piece before its first frames come
    stopped : Callable | None
        says whether nobody waits for more
    analyst : Analyst
        who analyses the sound

    Yields
    ------
    Frames
        chunk after chunk

    Raises
    ------
    SpeechError
        If the backend fails.
    """
    start = 0
    for item in (*script.items, Pause(TAIL_S, exact=True)) if script.items else ():
        if stopped is not None and stopped():
            return
        speaker = spec if isinstance(item, Pause) or item.speaker is None else item.speaker
        speak = (backend if speaker is spec else backend_for(speaker)).synthesize
        speak = partial(speak, stopped=stopped)
        for piece, spans, frames in _build_item(item, start, script, speaker, speak=speak, analyst=analyst):
            if piece is not None:
                emit(piece if speaker is spec else replace(piece, speaker=speaker), spans)
                start += piece.count
            yield frames


def _build_item(
    item: Item, start: int, script: Script, spec: VoiceSpec, *, speak: Callable[..., Spoken], analyst: Analyst
) -> Iterator[tuple[Piece | None, tuple[ChangeSpan, ...], Frames]]:
    start_s = start * FRAME_S
    if isinstance(item, Pause):
        count = max(1, round(item.duration_s / FRAME_S))
        marks = tuple(Mark(name, start_s) for name in item.marks)
        silence = Phone("", start_s, start_s + count * FRAME_S)
        kind = "exact" if item.exact else "pause"
        yield Piece(start, count, kind, phones=(silence,), marks=marks), (), silent_frames(count)
    elif isinstance(item, Sound):
        frames, phones = make_sound(item.name, item.intensity)
        end_s = start_s + len(frames) * FRAME_S
        marks = tuple(Mark(name, start_s) for name in (f"sound:{item.name}", *item.marks))
        spans = tuple(ChangeSpan(s.change, s.number, start_s, end_s) for s in item.spans)
        yield Piece(start, len(frames), "exact", phones=_shift(phones, start_s), marks=marks), spans, frames
    else:
        language = item.language or spec.language
        spoken = speak(item.text, language=language, rate=spec.rate, phonemes=item.phonemes)
        yield from _build_say(item, spoken, start, script, analyst)


def _build_say(
    item: Say, spoken: Spoken, start: int, script: Script, analyst: Analyst
) -> Iterator[tuple[Piece | None, tuple[ChangeSpan, ...], Frames]]:
    samples = spoken.samples.astype(np.float64)
    level_db = active_level_db(samples)
    if level_db < -80.0:
        return  # nothing was said
    samples *= db_to_ratio(NEUTRAL_LEVEL_DB - level_db)
    count = frame_count(len(samples))
    start_s = start * FRAME_S
    piece: Piece | None = Piece(
        start,
        count,
        "speech",
        silent_mask(spoken.phones, count),
        _shift(spoken.phones, start_s),
        tuple(_place(word, item, start_s, script) for word in spoken.words),
        tuple(Mark(name, start_s + _time_of(at, spoken, start=True)) for at, name in item.marks),
    )
    spans = tuple(_span(span, spoken, start_s) for span in item.spans)
    rough = analyst.outline(samples)
    melody = sentence_melody(spoken.phones, spoken.words, rough)
    for frames in analyse(samples, rough, melody, analyst=analyst):
        yield piece, spans, frames
        piece = None  # it is told of once


def _span(span: Span, spoken: Spoken, start_s: float) -> ChangeSpan:
    begin = _time_of(span.start, spoken, start=True)
    end = _time_of(span.end, spoken, start=False)
    return ChangeSpan(span.change, span.number, start_s + begin, start_s + max(begin, end))


def _time_of(character: int, spoken: Spoken, *, start: bool) -> float:
    """When the word at a character begins, or the word before it ends."""
    if start:
        return next((w.start_s for w in spoken.words if w.char_end > character), spoken.duration_s)
    return next((w.end_s for w in reversed(spoken.words) if w.char_start < character), 0.0)


def _place(word: Word, item: Say, start_s: float, script: Script) -> Word:
    for first, last, shown_start, shown_end in item.aliases:
        if first <= word.char_start < last:
            shown = script.text[shown_start:shown_end]
            return Word(shown, start_s + word.start_s, start_s + word.end_s, shown_start, shown_end)
    begin = item.origin[word.char_start]
    end = max(begin, item.origin[max(word.char_start, word.char_end - 1)] + 1)
    return Word(script.text[begin:end], start_s + word.start_s, start_s + word.end_s, begin, end)


def _shift(phones: tuple[Phone, ...], by_s: float) -> tuple[Phone, ...]:
    return tuple(Phone(p.symbol, p.start_s + by_s, p.end_s + by_s, p.stress) for p in phones)
