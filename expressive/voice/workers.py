"""Threads that stay when their work is done: starting one stops the caller for up to 5 ms, a third of a game's frame.

``Thread.start`` waits until the new thread runs, and then for Python's lock, which that thread keeps as long as it may.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

from expressive.core.courtesy import stand_back

__all__ = ["Workers", "shared_workers"]

KEPT = 2
"""How many wait for work; each keeps a store of memory of its own."""
_log = logging.getLogger(__name__)


class Workers:
    """As many threads as there is work at a time, and a few that stay; nobody's work waits for somebody else's."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self.started = 0
        """threads so far"""

    def do(self, work: Callable[[], None]) -> None:
        """Have something done; returns at once. What the work raises is logged, for nobody waits for it."""
        with self._lock:
            waits = self._idle > 0
            if waits:
                self._idle -= 1
            else:
                self.started += 1
        self._work.put(work)
        if not waits:
            threading.Thread(target=self._run, name="expressive voice", daemon=True).start()

    def _run(self) -> None:
        stand_back(1)
        while True:
            work = self._work.get()
            try:
                work()
            except Exception:  # noqa: BLE001  the worker is to live on
                _log.exception("work in the background failed")
            del work  # or what it belongs to would stay until the next comes
            with self._lock:
                if self._idle == KEPT:
                    return
                self._idle += 1


_WORKERS: dict[int, Workers] = {}


def shared_workers() -> Workers:
    """The workers of this process; threads are not carried over into a forked one."""
    return _WORKERS.setdefault(os.getpid(), Workers())
