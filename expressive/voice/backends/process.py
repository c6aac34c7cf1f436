"""A helper process that answers one request at a time over pipes, and that is replaced when it dies."""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, BinaryIO

from expressive.core.errors import SpeechError

__all__ = ["Helper"]

POLL_S = 0.003
"""How often somebody who may lose interest is asked."""
_log = logging.getLogger(__name__)
_ending = threading.Event()
_living: weakref.WeakSet[Helper] = weakref.WeakSet()


class Helper:
    """A process that reads JSON lines and answers each with two lengths, a JSON object and bytes.

    Parameters
    ----------
    name : str
        what errors call it
    arguments : list[str]
        what follows the Python interpreter on its command line
    recycle_after : int | None
        after how many requests it is replaced by a fresh one
    can_stop : bool
        whether it understands ``{"stop": n}`` while it works on the request whose ``id`` is n; it answers that at once
    """

    def __init__(
        self, name: str, arguments: list[str], *, recycle_after: int | None = None, can_stop: bool = False
    ) -> None:
        self._name = name
        self._can_stop = can_stop
        self._ids = 0
        self._recycle_after = recycle_after
        self._requests = 0
        self._arguments = arguments
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        _living.add(self)

    def request(
        self, message: dict[str, Any], *, timeout_s: float, stopped: Callable[[], bool] | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Ask and wait; a process that died is replaced and asked once more.

        Parameters
        ----------
        message : dict[str, Any]
            JSON types
        timeout_s : float
            how long an answer may take
        stopped : Callable | None
            says whether nobody wants the answer any more; then it is ``{"error": "stopped"}``, at once

        Returns
        -------
        tuple[dict[str, Any], bytes]
            the answer

        Raises
        ------
        SpeechError
            If it dies twice over the same request, or does not answer in time.
        """
        stopped = stopped if stopped is not None and self._can_stop else None
        while not self._lock.acquire(timeout=-1 if stopped is None else POLL_S):
            if stopped is not None and stopped():
                return {"error": "stopped"}, b""
        try:
            self._ids += 1
            message = {**message, "id": self._ids}
            self._requests += 1
            if self._recycle_after is not None and self._requests > self._recycle_after:
                self._end()
                self._requests = 1
            for attempt in (1, 2):
                process = self._running()
                assert process.stdin is not None
                try:
                    process.stdin.write(json.dumps(message).encode() + b"\n")
                    process.stdin.flush()
                    answer = self._answer(process, timeout_s, stopped)
                except queue.Empty:
                    self._end()
                    raise SpeechError(f"{self._name} did not answer within {timeout_s:g} s and was ended") from None
                except OSError:
                    answer = None
                if answer is not None:
                    return answer
                if _ending.is_set():
                    raise SpeechError(f"{self._name} was ended with the program")
                self._end()
                _log.warning("%s died (attempt %d); starting another", self._name, attempt)
        finally:
            self._lock.release()
        raise SpeechError(f"{self._name} died twice on the same request")

    @property
    def pid(self) -> int | None:
        """The process that is running, if one is."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            self._end()

    def _answer(
        self, process: subprocess.Popen[bytes], timeout_s: float, stopped: Callable[[], bool] | None
    ) -> tuple[dict[str, Any], bytes] | None:
        end_s = time.monotonic() + timeout_s
        while stopped is not None and (left_s := end_s - time.monotonic()) > 0:
            try:
                return self._answers.get(timeout=min(POLL_S, left_s))
            except queue.Empty:
                if stopped():
                    assert process.stdin is not None
                    process.stdin.write(json.dumps({"stop": self._ids}).encode() + b"\n")
                    process.stdin.flush()
                    break
        return self._answers.get(timeout=max(0.0, end_s - time.monotonic()))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()  # one that died leaves its pipes behind
            if not sys.executable:
                raise SpeechError(f"{self._name} needs a Python interpreter to run in, and sys.executable is empty")
            flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
            self._process = subprocess.Popen(  # noqa: S603  our own file, our own interpreter
                [sys.executable, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=flags,
            )
            self._answers = queue.SimpleQueue()
            threading.Thread(
                target=_read, args=(self._process.stdout, self._answers), name=f"{self._name} reader", daemon=True
            ).start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            assert process.stdin is not None
            process.stdin.close()
        except OSError:
            pass
        process.kill()
        process.wait(timeout=5)

    def _forget(self) -> None:
        # In a forked child the process and the thread belong to the parent.
        self._lock = threading.Lock()
        self._process = None


def _read(stream: BinaryIO, answers: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None]) -> None:
    try:
        with stream:
            while len(lengths := stream.read(8)) == 8:
                head, body = struct.unpack(">II", lengths)
                answers.put((json.loads(stream.read(head)), stream.read(body)))
    except (OSError, ValueError):
        pass
    answers.put(None)


@atexit.register
def _close_all() -> None:
    _ending.set()
    for helper in list(_living):
        # Whoever holds the lock may never give it back now; the process ends with our end of its pipe anyway.
        helper._end()


def _forget_all() -> None:
    for helper in list(_living):
        helper._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
