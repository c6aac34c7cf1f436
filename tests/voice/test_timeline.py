"""Times of what is heard: the incremental way against the plain one, which works everything out each time."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from expressive.core.speech import Mark, Phone, SpeechTrack, StyleSpan, Word
from expressive.voice import timeline as module
from expressive.voice.frames import FRAME_S
from expressive.voice.markup.script import Change
from expressive.voice.spans import ChangeSpan
from expressive.voice.synthesis import BLOCK_S, FRAMES_PER_BLOCK
from expressive.voice.timeline import MAX_RATE, Piece, Timeline

EMOTIONS = ("anger", "", "sadness", "fear")


def pieces_of(rng: np.random.Generator, count: int) -> list[tuple[Piece, tuple[ChangeSpan, ...]]]:
    """Sentences of phones and words with pauses between and within, marks, and changes that nest and run on."""
    out = []
    start = 0
    for k in range(count):
        if k % 3 == 2:
            length = int(rng.integers(4, 120))
            kind = "exact" if rng.random() < 0.5 else "pause"
            end_s = (start + length) * FRAME_S
            piece = Piece(start, length, kind, None, (Phone("", start * FRAME_S, end_s),), (), ())
            out.append((piece, ()))
        else:
            length = int(rng.integers(40, 300))
            cuts = start + np.sort(rng.choice(np.arange(2, length), size=length // 14, replace=False))
            edges = [start, *cuts.tolist(), start + length]
            times = [(e + 0.3 * float(rng.random())) * FRAME_S for e in edges[:-1]] + [edges[-1] * FRAME_S]
            times[0] = start * FRAME_S
            phones = [
                Phone("" if i % 7 == 6 else "apmɪs"[i % 5], a, b, i % 3) for i, (a, b) in enumerate(pairwise(times))
            ]
            words = [
                Word(f"w{i}", phones[i].start_s, phones[i + 1].end_s, i, i + 1) for i in range(0, len(phones) - 2, 2)
            ]
            marks = tuple(Mark(f"m{i}", w.start_s) for i, w in enumerate(words) if i % 3 == 0)
            silent = np.zeros(length, bool)
            silent[length // 3 : length // 3 + 20] = True
            spans = [ChangeSpan(Change(emotion=EMOTIONS[k % 4]), k, words[0].start_s, words[-1].end_s)] if words else []
            spans.append(ChangeSpan(Change(emotion="fear", intensity=0.5), 10_000 + k // 6, times[0], times[-1]))
            out.append((Piece(start, length, "speech", silent, tuple(phones), tuple(words), marks), tuple(spans)))
        start += length
    return out


class Plain:
    """Every time of every element by np.interp, whenever it is asked."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.spans: dict[int, ChangeSpan] = {}

    def add(self, piece: Piece, spans: tuple[ChangeSpan, ...]) -> None:
        self.pieces.append(piece)
        for span in spans:
            known = self.spans.get(span.number)
            start_s = min(known.start_s, span.start_s) if known else span.start_s
            self.spans[span.number] = dataclasses.replace(span, start_s=start_s)

    def track(self, edges: list[float], tempo: float, pause_scale: float, duration_s: float) -> SpeechTrack:
        knots, heard = [edges[-1]], [0.0]
        for piece in self.pieces:
            silent = piece.silent if piece.silent is not None else np.full(piece.count, piece.kind == "pause")
            cuts = [0, *(np.flatnonzero(np.diff(silent)) + 1).tolist(), piece.count]
            for a, b in pairwise(cuts):
                begin, end = piece.start + a, piece.start + b
                if end > knots[-1] and end > begin:
                    length = (end - max(begin, knots[-1])) * FRAME_S
                    if piece.kind != "exact":
                        length /= min(MAX_RATE, tempo / max(pause_scale, 0.05)) if silent[a] else tempo
                    knots.append(float(end))
                    heard.append(heard[-1] + length)

        def warp(time_s: float) -> float:
            frame = np.array([time_s]) / FRAME_S
            if frame[0] > edges[-1]:
                return float(min(duration_s, (len(edges) - 1) * BLOCK_S + np.interp(frame, knots, heard)[0]))
            return float(min(duration_s, np.interp(frame, edges, np.arange(len(edges)) * BLOCK_S)[0]))

        spans = sorted(self.spans.values(), key=lambda s: s.start_s)
        return SpeechTrack(
            "",
            duration_s,
            tuple(Phone(p.symbol, warp(p.start_s), warp(p.end_s), p.stress) for i in self.pieces for p in i.phones),
            tuple(
                Word(w.text, warp(w.start_s), warp(w.end_s), w.char_start, w.char_end)
                for i in self.pieces
                for w in i.words
            ),
            tuple(Mark(m.name, warp(m.time_s)) for i in self.pieces for m in i.marks),
            tuple(
                StyleSpan(s.change.emotion, s.change.intensity, warp(s.start_s), warp(s.end_s))
                for s in spans
                if s.change.emotion
            ),
        )

    def changes_at(self, time_s: float) -> list[tuple[ChangeSpan, float]]:
        spans = sorted(self.spans.values(), key=lambda span: span.number)
        return [(span, weight) for span in spans if (weight := span.weight(time_s)) > 0]


@pytest.mark.parametrize("seed", range(3))
def test_the_track_is_that_of_the_plain_way_to_the_bit(seed):
    rng = np.random.default_rng(seed)
    todo = pieces_of(rng, 9)
    timeline, plain = Timeline(""), Plain()
    while todo or timeline.position < timeline.end:
        if todo and (timeline.end - timeline.position < 100 or rng.random() < 0.05):
            piece, spans = todo.pop(0)
            timeline.add(piece, spans)
            plain.add(piece, spans)
            continue
        tempo, scale = float(rng.uniform(0.4, 2.5)), float(rng.uniform(0.2, 3))
        position = timeline.position
        assert timeline.changes_at(position * FRAME_S) == plain.changes_at(position * FRAME_S)
        timeline.passed(position + timeline.rate(position, tempo, scale) * FRAMES_PER_BLOCK)
        duration_s = timeline.predict(tempo, scale)
        if rng.random() < 0.3:  # whoever does not look each time sees the same
            wanted = plain.track(timeline.edges, tempo, scale, duration_s)
            assert timeline.track(tempo, scale, duration_s) == wanted
            middle = float(rng.uniform(0, duration_s))
            for part in ((middle - 1.0, middle + 1.5), (middle, middle)):
                check_part(timeline.track(tempo, scale, duration_s, part=part), wanted, *part)


def check_part(found: SpeechTrack, whole: SpeechTrack, start_s: float, end_s: float) -> None:
    """A part is the whole without what lies elsewhere."""
    for kind in ("phones", "words"):
        assert getattr(found, kind) == tuple(
            x for x in getattr(whole, kind) if x.end_s >= start_s and x.start_s <= end_s
        )
    assert found.marks == tuple(m for m in whole.marks if start_s <= m.time_s <= end_s)
    assert found.duration_s == whole.duration_s
    near = [s for s in whole.styles if s.end_s >= start_s and s.start_s <= end_s]
    assert [s for s in found.styles if s in near] == near
    assert set(found.styles) <= set(whole.styles)


def test_a_step_costs_the_same_in_a_long_line_as_in_a_short_one(monkeypatch):
    """Counted, not timed: how many phones are worked out from one block to the next, at the end of the line."""
    counted = 0
    real = module._phone

    def count(phone, warp):
        nonlocal counted
        counted += 1
        return real(phone, warp)

    monkeypatch.setattr(module, "_phone", count)
    costs = {}
    for pieces in (30, 400):
        timeline = Timeline("")
        worked_out = []
        for piece, spans in pieces_of(np.random.default_rng(5), pieces):
            timeline.add(piece, spans)
            while timeline.end - timeline.position > 400:
                timeline.passed(timeline.position + timeline.rate(timeline.position, 1.0, 1.0) * FRAMES_PER_BLOCK)
                before, now = counted, timeline.blocks * BLOCK_S
                track = timeline.track(1.0, 1.0, timeline.predict(1.0, 1.0), part=(now - 3.0, now + 4.0))
                worked_out.append(counted - before)
        assert timeline.blocks > 12 * pieces
        assert len(track.phones) < 150
        assert len(timeline._pieces) < 10
        costs[pieces] = np.mean(worked_out[-200:])
    assert costs[400] < 1.5 * costs[30]
