"""What lasts long, or happens often: bounded memory to the end.

The whole of it takes minutes: ``pytest -m endurance tests/voice/test_endurance.py``. The shorter ones run always.
"""

from __future__ import annotations

import gc
import itertools
import time

import numpy as np
import psutil
import pytest

from expressive.core.prosody import ProsodyTargets
from expressive.voice.backends import espeak
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice
from tests.voice.speaking import say

HASTE = ProsodyTargets(tempo=2.5, pause_scale=0.1)
QUICK = VoiceSpec(rate=2.0)
"""Twice as fast a speaker, hurried: whatever a word costs beside its sound, it costs too."""
SENTENCE = "We go to it, and so do you."
SHORT = ("No.", "Oh, you!", "[anger]Go.[/]", "Hm. [sigh]", "<speak>Was<break time='20ms'/>?</speak>", "🙂", "Да.")


def memory_mb() -> float:
    """Of this process and of espeak's."""
    gc.collect()
    return sum(psutil.Process(pid).memory_info().rss for pid in (None, espeak._helper().pid)) / 2**20


def render_through(words: int) -> tuple[int, list[float], float]:
    """Words in the track, memory on the way [unit=MB], and length [unit=s] of a text that is said to its end."""
    text = " ".join([SENTENCE] * (words // len(SENTENCE.split())))
    say(Voice(QUICK, seed=1), SENTENCE)
    stream = Voice(QUICK, seed=1).speak(text)
    stream._blocking = True
    memory, end_s, phones = [memory_mb()], 0.0, 0
    for i, chunk in enumerate(stream.chunks(HASTE, chunk_s=2.0, keep=False)):
        assert chunk.start_s == pytest.approx(end_s)
        assert np.abs(chunk.samples).max() < 1.0
        end_s = chunk.start_s + chunk.duration_s
        phones += len(chunk.phones)
        if i % 10 == 9:
            memory.append(memory_mb())
    assert stream.finished
    assert end_s == pytest.approx(stream.duration_s)
    assert phones == len(stream.track.phones)
    assert [w.text for w in stream.track.words] == [w.strip(",.") for w in text.split()]
    return len(stream.track.words), memory, end_s


def speak_often(count: int) -> list[float]:
    """Memory on the way [unit=MB]."""
    voice = Voice(QUICK, seed=1)
    memory = []
    for i, text in enumerate(itertools.islice(itertools.cycle(SHORT), count)):
        if i % 5 == 4:
            stream = voice.speak(text)
            stream.render(0.02, HASTE)
            stream.stop()
        else:
            say(voice, text, HASTE)
        if i % 50 == 49:
            memory.append(memory_mb())
    return memory


def test_six_hundred_words_are_rendered_through():
    words, memory, _ = render_through(600)
    assert words == 600
    assert memory[-1] - memory[0] < 25


def test_a_hundred_utterances_leave_nothing_behind():
    memory = speak_often(100)
    assert memory[-1] - memory[0] < 10


@pytest.mark.endurance
@pytest.mark.timeout(3600)
def test_ten_thousand_words_are_rendered_through():
    begin = time.perf_counter(), time.process_time()
    words, memory, length_s = render_through(10_000)
    took = time.perf_counter() - begin[0], time.process_time() - begin[1]
    # Figures for whoever looks (pytest -s).
    print(f"\n{words} words, {length_s:.0f} s of sound: {took[0]:.0f} s by the clock, {took[1]:.0f} s of work")  # noqa: T201
    print(f"memory: {memory[0]:.0f} MB at the start, {max(memory):.0f} at most, {memory[-1]:.0f} at the end")  # noqa: T201
    assert words == 10_000
    # The track itself grows: some 0.4 kB a phone. Sound would take 88 kB a second, frames 425.
    assert max(memory) - memory[0] < 60


@pytest.mark.endurance
@pytest.mark.timeout(3600)
def test_a_thousand_utterances_leave_nothing_behind():
    memory = speak_often(1_000)
    print("\nmemory after each 50 utterances [MB]:", " ".join(f"{mb:.1f}" for mb in memory))  # noqa: T201
    first, last = np.mean(memory[4:8]), np.mean(memory[-4:])
    assert last - first < 10
