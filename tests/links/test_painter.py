"""Faces share one thread: the speaker first and at the full rate, the others with what is left."""

from __future__ import annotations

import gc
import os
import sys
import threading

import pytest

from expressive.core.errors import ParameterError
from expressive.links.painter import ASIDE, ATTENDED, MIN_FPS, SPEAKING, Easel, Painter, share_rates


def easel(importance=ATTENDED, draw=lambda: None, fps=30.0):
    made = Easel(draw, fps=fps, aside_fps=12.0)
    made.importance = importance
    return made


@pytest.mark.parametrize(
    ("importances", "drawings_per_s", "expected"),
    [
        ([ATTENDED], 1000.0, [30.0]),  # alone, and nobody speaks: still alive
        ([ASIDE], 1000.0, [30.0]),
        ([ATTENDED] * 4, 60.0, [15.0] * 4),
        ([SPEAKING, ATTENDED, ATTENDED, ATTENDED], 1000.0, [30.0, 12.0, 12.0, 12.0]),
        ([SPEAKING, ATTENDED, ATTENDED, ATTENDED], 57.0, [30.0, 9.0, 9.0, 9.0]),
        ([SPEAKING, ATTENDED, ASIDE, ASIDE], 51.0, [30.0, 12.0, 4.5, 4.5]),
        ([ASIDE, SPEAKING, ATTENDED], 20.0, [MIN_FPS, 20.0, MIN_FPS]),  # too slow a machine: nobody freezes
    ],
)
def test_time_is_shared_by_importance(importances, drawings_per_s, expected):
    easels = [easel(importance) for importance in importances]
    rates = share_rates(easels, drawings_per_s)
    assert [rates[one] for one in easels] == pytest.approx(expected)


def test_a_slow_wish_is_kept():
    assert list(share_rates([easel(fps=1.0)], 1.0).values()) == [1.0]


def test_the_speaker_is_drawn_before_those_who_asked_earlier():
    painter, order = Painter(), []
    at_work, go_on = threading.Event(), threading.Event()

    def busy():
        at_work.set()
        assert go_on.wait(10)

    painter.ask(easel(draw=busy))
    assert at_work.wait(10)
    drawings = [
        painter.ask(easel(importance, lambda name=name: order.append(name)))
        for name, importance in (("first", ASIDE), ("second", ASIDE), ("near", ATTENDED), ("speaker", SPEAKING))
    ]
    go_on.set()
    for drawing in drawings:
        drawing.result(timeout=10)
    assert order == ["speaker", "near", "first", "second"]


def test_a_speaker_who_asks_twice_does_not_keep_the_others_waiting():
    painter, order = Painter(), []
    at_work, go_on = threading.Event(), threading.Event()

    def busy():
        at_work.set()
        assert go_on.wait(10)

    speaker, listener = (easel(who, lambda who=who: order.append(who)) for who in (SPEAKING, ASIDE))
    painter.ask(easel(draw=busy))
    assert at_work.wait(10)
    drawings = [painter.ask(face) for face in (speaker, speaker, listener, speaker)]
    go_on.set()
    for drawing in drawings:
        drawing.result(timeout=10)
    assert order == [SPEAKING, ASIDE, SPEAKING, SPEAKING]


def test_the_rate_follows_what_a_drawing_costs():
    now = [0.0]

    def draw():
        now[0] += 0.02

    painter = Painter(budget=0.8, clock=lambda: now[0])
    speaker, listener = easel(draw=draw), easel(draw=draw)
    assert painter.rate(speaker, SPEAKING) == 30.0  # nothing is known yet
    painter.rate(listener, ATTENDED)
    for _ in range(3):
        painter.ask(speaker).result(timeout=10)
    assert painter.drawing_s == pytest.approx(0.02)
    assert painter.rate(speaker, SPEAKING) == 30.0
    assert painter.rate(listener, ATTENDED) == pytest.approx(0.8 / 0.02 - 30.0)


def test_who_is_off_the_screen_takes_no_share():
    now = [0.0]
    painter = Painter(clock=lambda: now[0])
    painter.drawing_s = 0.05
    here, gone, dead = easel(), easel(), easel()
    for face in (here, gone, dead):
        painter.rate(face, ATTENDED)
    del dead, face
    gc.collect()
    assert painter.rate(here, ATTENDED) == pytest.approx(8.0)
    now[0] = 1.0
    assert painter.rate(here, ATTENDED) == pytest.approx(16.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only there has a thread a priority of its own")
def test_the_games_own_thread_goes_first():
    def nice():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert Painter().ask(easel(draw=nice)).result(timeout=10) > nice() or nice() == 19


def test_an_error_is_raised_where_the_picture_is_taken():
    def fail():
        raise ParameterError("no face")

    painter = Painter()
    with pytest.raises(ParameterError, match="no face"):
        painter.ask(easel(draw=fail)).result(timeout=10)
    assert painter.ask(easel(draw=lambda: 5)).result(timeout=10) == 5


def test_the_game_waits_half_a_millisecond_at_most_for_the_lock():
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        Painter()._thread.submit(int).result()
        assert sys.getswitchinterval() == pytest.approx(5e-4)
    finally:
        sys.setswitchinterval(before)
