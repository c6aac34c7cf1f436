"""Who stops is heard at once: counted in samples made in vain, not by the clock."""

from __future__ import annotations

import contextlib
import threading
import time

import numpy as np

from expressive.core.errors import SpeechError
from expressive.core.helper import Helper
from expressive.core.prosody import ProsodyTargets
from expressive.voice.backends import espeak
from expressive.voice.backends.base import Spoken
from expressive.voice.backends.espeak import EspeakBackend
from expressive.voice.spec import VoiceSpec
from expressive.voice.stream import SpeechStream
from expressive.voice.voice import Voice

LONG = "The gate is shut and the guard is here. " * 2500
REQUEST = {"text": LONG, "language": "en-us", "variant": "", "words_per_minute": 175, "pitch": 50, "range": 75}


def test_espeak_breaks_off_within_a_buffer():
    EspeakBackend().synthesize("Warm.", language="en-us", rate=1.0)
    head, body = espeak._helper().request(REQUEST, timeout_s=60, stopped=lambda: True)
    assert head["error"] == "stopped"
    assert body == b""
    assert head["samples_after"] <= 2 * 22050 // 5  # it hands over 0.2 s at a time, which it makes in 0.2 ms
    assert head["samples"] < 100_000_000  # the whole is 90 minutes: 120 million samples
    after = EspeakBackend().synthesize("Warm.", language="en-us", rate=1.0)
    assert len(after.samples) > 3000


def test_who_waits_for_its_turn_leaves_the_queue():
    sleep = ["-c", "import sys, time; sys.stdin.readline(); time.sleep(60)"]
    helper = Helper("sleeper", sleep, can_stop=True, error=SpeechError)
    first = threading.Thread(target=ask_in_vain, args=(helper,))
    first.start()
    while helper.pid is None:
        time.sleep(0.001)
    assert helper.request({}, timeout_s=60, stopped=lambda: True) == ({"error": "stopped"}, b"")
    helper._process.kill()
    first.join(30)
    assert not first.is_alive()
    helper.close()


def ask_in_vain(helper: Helper) -> None:
    with contextlib.suppress(SpeechError):
        helper.request({}, timeout_s=1)


class Endless:
    """Speaks until nobody listens any more."""

    def __init__(self) -> None:
        self.begun, self.given_up = threading.Event(), threading.Event()

    def synthesize(self, text, *, language, rate, phonemes=False, stopped=None) -> Spoken:
        self.begun.set()
        while not stopped():
            time.sleep(0.001)
        self.given_up.set()
        return Spoken(np.zeros(0, np.float32))


def test_a_stopped_stream_tells_its_backend_and_makes_nothing_more():
    voice = Voice(VoiceSpec(), seed=1)
    backend = Endless()
    stream = SpeechStream(voice._parse("Hello there."), voice.spec, backend, voice.prosody, np.random.SeedSequence(1))
    assert backend.begun.wait(30)
    stream.stop()
    assert backend.given_up.wait(30)
    stream.render(1.0, ProsodyTargets())
    assert stream.rendered_s == 0
    assert stream.finished
    assert stream.error is None


def test_no_block_follows_a_stop_in_mid_word():
    stream = Voice(VoiceSpec(), seed=1).speak(LONG[:1000])
    stream.wait(60)
    stream.render(1.01, ProsodyTargets())
    made = len(stream.samples())
    word = next(w for w in stream.track.words if w.start_s < stream.rendered_s < w.end_s)
    assert word.text
    stream.stop()
    stream.render(5.0, ProsodyTargets())
    assert len(stream.samples()) == made
    assert stream.duration_s == stream.rendered_s == stream.track.duration_s
