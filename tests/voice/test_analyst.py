"""Voices analysed in the process beside the program: the same to the bit, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import sys
import threading

import numpy as np
import pytest

from expressive.core.affect import Affect
from expressive.core.beside import Beside, beside
from expressive.voice import analyst
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice

TEXT = "Put it down, and nobody will get hurt. Hm? [sigh] Well."


def said(*, apart):
    voice = Voice(VoiceSpec(), seed=3, apart=apart)
    stream = voice.speak(TEXT)
    stream.wait(60)
    stream.render(float("inf"), voice.prosody(Affect.of(anger=0.5)))
    return stream.samples()


@pytest.fixture
def asked(monkeypatch):
    """What was asked of the process, which is ready."""
    monkeypatch.setattr(analyst, "_ready", threading.Event())
    analyst.start_apart()
    assert analyst._ready.is_set()
    found, ask = [], analyst._ask

    def listen(message, *arrays):
        found.append(message["work"])
        return ask(message, *arrays)

    monkeypatch.setattr(analyst, "_ask", listen)
    return found


def test_it_sounds_the_same(asked):
    assert np.array_equal(said(apart=True), said(apart=False))
    assert asked.count("outline") >= 2
    assert asked.count("chunk") > 5


def test_a_process_that_dies_within_a_line_is_not_missed(asked, monkeypatch):
    listen = analyst._ask

    def shoot(message, *arrays):
        if len(asked) == 4:
            os.kill(beside().helper.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        return listen(message, *arrays)

    monkeypatch.setattr(analyst, "_ask", shoot)
    assert np.array_equal(said(apart=True), said(apart=False))


def test_nobody_waits_for_a_process_that_is_not_there_yet(monkeypatch):
    monkeypatch.setattr(analyst, "_ready", threading.Event())
    monkeypatch.setattr(analyst, "_ask", None)
    assert np.array_equal(said(apart=True), said(apart=False))


def test_where_there_can_be_none_this_one_does_the_work(monkeypatch, caplog):
    monkeypatch.setattr(analyst, "_ready", threading.Event())
    none = Beside()
    monkeypatch.setattr(analyst, "beside", lambda: none)
    monkeypatch.setattr(sys, "executable", "")
    analyst.start_apart()
    assert not analyst._ready.is_set()
    assert np.array_equal(said(apart=True), said(apart=False))
    assert [record.levelname for record in caplog.records if record.name == "expressive.core.beside"] == ["WARNING"]
