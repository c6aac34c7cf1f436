from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from expressive.voice.workers import KEPT, Workers


def done(workers: Workers, work: Callable[[], object]) -> threading.Event:
    over = threading.Event()

    def run() -> None:
        try:
            work()
        finally:
            over.set()

    workers.do(run)
    return over


def until_idle(workers: Workers) -> None:
    """A worker is free a moment after its work is done."""
    for _ in range(1000):
        if workers._idle == min(KEPT, workers.started):
            return
        threading.Event().wait(0.005)
    pytest.fail("no worker came back")


def test_a_worker_that_is_free_takes_the_next_work() -> None:
    workers, threads = Workers(), []
    for _ in range(5):
        assert done(workers, lambda: threads.append(threading.current_thread())).wait(5)
        until_idle(workers)
    assert len(set(threads)) == workers.started == 1


def test_nobody_waits_for_the_work_of_others() -> None:
    workers, meet = Workers(), threading.Barrier(8, timeout=5)
    overs = [done(workers, meet.wait) for _ in range(8)]  # each ends only once all have begun
    assert all(over.wait(5) for over in overs)
    assert not meet.broken
    assert workers.started == 8
    until_idle(workers)
    assert done(workers, lambda: None).wait(5)
    assert workers.started == 8


def fail() -> None:
    raise ValueError("no voice today")


def test_work_that_fails_is_logged_and_costs_no_worker(caplog: pytest.LogCaptureFixture) -> None:
    workers = Workers()
    with caplog.at_level(logging.ERROR):
        workers.do(fail)
        until_idle(workers)
    assert "no voice today" in caplog.text
    assert done(workers, lambda: None).wait(5)
    assert workers.started == 1
