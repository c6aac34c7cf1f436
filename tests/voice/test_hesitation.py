"""Halts and sobs within a phrase: where, how many, and what they do to the track."""

from __future__ import annotations

import dataclasses
import json
import math
from itertools import pairwise

import numpy as np
import pytest

from expressive.core.affect import Affect
from expressive.core.prosody import ProsodyTargets
from expressive.core.speech import Phone, Word
from expressive.voice.hesitation import APART_S, OPENERS, find_places
from expressive.voice.spec import VoiceSpec
from expressive.voice.stream import SpeechStream
from expressive.voice.voice import Voice
from tests.voice.speaking import CAST, say

LONG = (
    "She put the letter on the table and closed the door because nobody had told her that the last train to the city "
    "left an hour ago."
)
FLUENT, FALTERING = ProsodyTargets(), ProsodyTargets(hesitation=1.0)


def halts(stream: SpeechStream) -> list[Phone]:
    """Silences of 100 ms and more between two words."""
    first, last = stream.track.words[0].start_s, stream.track.words[-1].end_s
    return [p for p in stream.track.phones if not p.symbol and p.end_s - p.start_s > 0.1 and first < p.start_s < last]


def test_a_voice_halts_between_words_only_and_returns_where_it_was(voice):
    plain = say(Voice(CAST["driver"], seed=7), LONG, FLUENT)
    stream = say(Voice(CAST["driver"], seed=7), LONG, FALTERING)
    pauses = halts(stream)
    assert not halts(plain)
    assert len(pauses) >= 4
    for pause in pauses:
        assert any(word.start_s == pytest.approx(pause.end_s, abs=1e-6) for word in stream.track.words)
        assert any(word.end_s == pytest.approx(pause.start_s, abs=1e-6) for word in stream.track.words)
    for kind in (stream.track.words, stream.track.phones):
        assert all(a.start_s <= a.end_s <= b.start_s + 1e-9 for a, b in pairwise(kind))
    # Nothing else changes: take the pauses out, and every sound is where it would have been.
    spoken = [p for p in stream.track.phones if p.symbol]
    for phone, there in zip(spoken, (p for p in plain.track.phones if p.symbol), strict=True):
        before = [p.end_s - p.start_s for p in pauses if p.end_s <= phone.start_s + 1e-9]
        assert phone.symbol == there.symbol
        # The block before a halt ends with the word, 10 ms sooner or later than it would.
        assert phone.start_s - sum(before) == pytest.approx(there.start_s, abs=0.001 + 0.01 * len(before))
        assert phone.end_s - phone.start_s == pytest.approx(there.end_s - there.start_s, abs=0.02)
    added = stream.duration_s - plain.duration_s
    assert added == pytest.approx(sum(p.end_s - p.start_s for p in pauses), abs=0.02 + 0.01 * len(pauses))


def test_a_halt_is_silent_and_the_sound_around_it_does_not_click():
    stream = say(Voice(CAST["innkeeper"], seed=3), LONG, FALTERING)
    y = stream.samples()
    usual = np.abs(np.diff(y)).max()
    for pause in halts(stream):
        assert np.abs(stream.samples(pause.start_s + 0.06, pause.end_s - 0.03)).max() < 0.003
        edges = [stream.samples(t - 0.03, t + 0.06) for t in (pause.start_s, pause.end_s)]
        assert max(np.abs(np.diff(edge)).max() for edge in edges) <= usual


def test_stronger_feeling_halts_wherever_weaker_does_and_more_often():
    def seams(level: float) -> set[int]:
        stream = say(Voice(CAST["driver"], seed=5), LONG, ProsodyTargets(hesitation=level))
        ends = [p.end_s for p in halts(stream)]
        return {i for i, w in enumerate(stream.track.words) if any(abs(w.start_s - t) < 1e-6 for t in ends)}

    steps = [seams(level) for level in (0.0, 0.3, 0.6, 1.0)]
    assert not steps[0]
    assert all(a <= b for a, b in pairwise(steps))
    assert len(steps[3]) > len(steps[1])


def test_the_seed_says_where():
    def starts(seed: int) -> list[float]:
        return [p.start_s for p in halts(say(Voice(CAST["driver"], seed=seed), LONG, ProsodyTargets(hesitation=0.5)))]

    assert starts(1) == starts(1)
    assert len({tuple(starts(seed)) for seed in range(4)}) > 1


def test_strong_grief_sobs_and_the_mouth_knows():
    voice = Voice(CAST["healer"], seed=2)
    stream = say(voice, LONG, ProsodyTargets(hesitation=1.0, sob=1.0))
    sobs = [m for m in stream.track.marks if m.name == "sound:sob"]
    assert sobs
    for mark in sobs:
        inside = [p for p in stream.track.phones if mark.time_s - 1e-9 <= p.start_s < mark.time_s + 0.4 and p.symbol]
        assert [p.symbol for p in inside][:2] == ["h", "ʌ"]
        assert 0.01 < np.abs(stream.samples(mark.time_s, inside[1].end_s)).max() < 0.9
        assert not any(w.start_s < mark.time_s < w.end_s for w in stream.track.words)
    quiet = say(Voice(CAST["healer"], seed=2), LONG, ProsodyTargets(hesitation=1.0, sob=0.29))
    assert not quiet.track.marks
    assert halts(quiet)


def test_emotions_that_falter_and_a_character_who_does_not():
    shy, firm = Voice(VoiceSpec(hesitation=2.0), seed=1), Voice(VoiceSpec(hesitation=0.0), seed=1)
    for emotion in ("sadness", "fear"):
        felt = Affect.of({emotion: 1.0})
        assert Voice(VoiceSpec(), seed=1).prosody(felt).sob > 0.3
        assert shy.prosody(felt).hesitation > Voice(VoiceSpec(), seed=1).prosody(felt).hesitation > 0
        assert firm.prosody(felt).hesitation == firm.prosody(felt).sob == 0
    assert Voice(VoiceSpec(), seed=1).prosody(Affect.of(anger=1.0)).hesitation == 0
    grieving = f"[sadness]{LONG}[/]"
    faltering, fluent = say(shy, grieving), say(firm, grieving)
    assert faltering.duration_s > fluent.duration_s + 0.4
    assert faltering.track.marks
    assert not fluent.track.marks


def test_snapshots_within_a_halt_continue_bit_identically():
    targets = ProsodyTargets(hesitation=1.0, sob=0.9, tempo=0.9)
    voice = Voice(CAST["driver"], seed=7)
    whole = say(Voice(CAST["driver"], seed=7), LONG, targets)
    places = [m.time_s for m in whole.track.marks][:1] + [p.start_s + 0.1 for p in halts(whole)][:1]
    stream = voice.speak(LONG)
    stream.wait(30)
    for time_s in sorted(places):
        stream.render(time_s, targets)
        saved = json.loads(json.dumps(voice.snapshot(stream)))
        resumed = Voice(CAST["driver"], seed=7).restore(saved)
        assert resumed is not None
        resumed.wait(30)
        resumed.render(math.inf, targets)
        assert np.array_equal(resumed.samples(), whole.samples())
        assert resumed.track == whole.track


def test_places_keep_apart_and_prefer_where_a_phrase_begins(rng):
    said = ("he", "saw", "the", "man", "with", "the", "old", "dog", "and", "ran")
    words = tuple(Word(text, 0.25 * i, 0.25 * (i + 1)) for i, text in enumerate(said))
    phones = tuple(Phone("a", w.start_s, w.end_s) for w in words)
    found = [find_places(words, phones, rng) for _ in range(300)]
    for places in found:
        assert all(b.frame - a.frame >= APART_S / 0.005 - 1e-6 for a, b in pairwise(places))
    first = [words[round(min(places, key=lambda p: p.level).frame * 0.005 / 0.25)].text for places in found]
    assert np.mean([text in OPENERS for text in first]) > 0.5
    run_on = tuple(dataclasses.replace(p, start_s=p.start_s + 0.01) for p in phones)
    assert find_places(words, run_on, rng) == []
