from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from expressive.core.errors import SpeechError
from expressive.core.helper import Helper
from expressive.voice.backends import espeak
from expressive.voice.backends.espeak import EspeakBackend

TEXT = "Papa map above a bubble, take it back to me."


def digest(text: str, language: str = "en-us") -> str:
    spoken = EspeakBackend().synthesize(text, language=language, rate=1.0)
    return hashlib.sha256(spoken.samples.tobytes() + repr((spoken.phones, spoken.words)).encode()).hexdigest()


def test_the_same_words_sound_the_same_whatever_came_before():
    first = digest(TEXT)
    for i in range(50):
        digest(f"Something else, number {i}.", ("en-us", "de", "en-gb")[i % 3])
        assert digest(TEXT) == first


def test_another_process_makes_the_same_sound():
    code = f"import sys; sys.path[:0] = {sys.path!r}; from tests.voice import test_espeak as t; print(t.digest(t.TEXT))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == digest(TEXT)


def test_phones_follow_each_other_without_gaps_and_words_lie_in_the_text():
    spoken = EspeakBackend().synthesize("Three über-boys, 42 pence!", language="en-us", rate=1.0)
    assert spoken.phones[0].start_s == 0
    for a, b in pairwise(spoken.phones):
        assert a.end_s == b.start_s
    assert spoken.phones[-1].end_s == pytest.approx(spoken.duration_s)
    text = "Three über-boys, 42 pence!"
    assert [w.text for w in spoken.words] == [text[w.char_start : w.char_end] for w in spoken.words]
    assert {"Three", "über", "42", "pence"} <= {w.text for w in spoken.words}
    assert any(p.stress == 2 for p in spoken.phones)
    assert not any("ˈ" in p.symbol for p in spoken.phones)


def test_lips_close_when_the_sound_does():
    """A /p/ begins with its closure: silence at its start, sound before it."""
    spoken = EspeakBackend().synthesize("Papa map above a cup of tea, take it, jump back.", language="en-us", rate=1.0)
    level = np.abs(spoken.samples)
    checked = 0
    for before, phone in pairwise(spoken.phones):
        if phone.symbol in ("p", "t", "k") and before.symbol:
            start = round(phone.start_s * 22050)
            assert level[start + 44 : start + 330].max() < 0.02, phone
            assert level[start - 220 : start].max() > 0.01, phone
            checked += 1
    assert checked >= 6


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\ud800", "🙂🎉", "日本語", "שלום", "[[x]]", "<b>", "a" * 3000])
def test_no_text_harms_it(text):
    spoken = EspeakBackend().synthesize(text, language="en-us", rate=1.0)
    assert np.isfinite(spoken.samples).all()


def test_a_helper_that_dies_is_replaced():
    backend = EspeakBackend()
    backend.synthesize("One.", language="en-us", rate=1.0)
    pid = espeak._helper().pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert len(backend.synthesize("Two.", language="en-us", rate=1.0).samples) > 1000
    assert espeak._helper().pid != pid


def test_a_helper_that_never_answers_is_ended():
    helper = Helper("sleeper", ["-c", "import time; time.sleep(60)"], error=SpeechError)
    with pytest.raises(SpeechError, match=r"sleeper did not answer within 0\.3 s"):
        helper.request({}, timeout_s=0.3)
    assert helper.pid is None
    dead = Helper("dead", ["-c", "pass"], error=SpeechError)
    with pytest.raises(SpeechError, match="dead died twice"):
        dead.request({}, timeout_s=10)


def test_a_process_is_recycled():
    answer = "sys.stdout.buffer.write(struct.pack('>II', 2, 0) + b'{}'); sys.stdout.flush()"
    echo = f"import sys, struct\nfor line in sys.stdin.buffer: {answer}"
    helper = Helper("echo", ["-c", echo], recycle_after=2)
    pids = []
    for _ in range(4):
        assert helper.request({}, timeout_s=30) == ({}, b"")
        pids.append(helper.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]
    helper.close()
    helper.close()
    assert helper.pid is None


def test_many_threads_share_it():
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(digest(TEXT))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 20
    assert len(set(found)) == 1


def test_the_process_ends_with_the_program():
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; from tests.voice.test_espeak import digest; digest('Hi.');"
        "from expressive.voice.backends import espeak; print(espeak._helper().pid)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    pid = int(out.stdout)
    for _ in range(50):
        if not _alive(pid):
            return
        time.sleep(0.1)
    pytest.fail("espeak outlived the program")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
