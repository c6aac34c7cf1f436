"""Standing back behind a game's own thread."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

__all__ = ["let_others_first", "stand_back"]


def stand_back(steps: int) -> None:
    """Let the calling thread give way to the others of this program, where the system lets a single thread do so.

    Parameters
    ----------
    steps : int [range=[1, 19]]
        by how much less it counts
    """
    if sys.platform == "linux":
        let_others_first(threading.get_native_id(), steps)


def let_others_first(task: int, steps: int) -> None:
    """The same for a process, or on Linux for a thread, by its number; without effect on Windows."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it has ended, or the system does not let us
            os.setpriority(os.PRIO_PROCESS, task, min(19, os.getpriority(os.PRIO_PROCESS, task) + steps))
            if sys.platform == "linux":
                # When it wakes, it takes the processor from nobody who is at work: it looks for a free one, or waits.
                os.sched_setscheduler(task, os.SCHED_BATCH, os.sched_param(0))
