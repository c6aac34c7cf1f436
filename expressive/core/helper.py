"""A helper process that answers one request at a time over pipes, and that is replaced when it dies.

It ends when its standard input does, so it cannot outlive the program that started it, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, BinaryIO

from expressive.core.courtesy import let_others_first, stand_back
from expressive.core.errors import ExpressiveError

__all__ = ["Helper", "is_ending", "module_arguments", "serve"]

POLL_S = 0.003
"""How often somebody who may lose interest is asked."""
PIPE_BYTES = 1 << 20
"""Room in its pipes, where the system lets us choose: a picture, or a chunk of a voice, goes through in one piece."""
_log = logging.getLogger(__name__)
_ending = threading.Event()
_living: weakref.WeakSet[Helper] = weakref.WeakSet()


class Helper:
    """A process that reads JSON lines, some with bytes behind, and answers each with two lengths, JSON and bytes.

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
    error : type[ExpressiveError]
        what is raised where it fails
    nicer : int [range=[0, 19]]
        by how much it stands back behind this program where there is more work than processors; 0 is as an equal
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        *,
        recycle_after: int | None = None,
        can_stop: bool = False,
        error: type[ExpressiveError] = ExpressiveError,
        nicer: int = 0,
    ) -> None:
        self._name = name
        self._error = error
        self._nicer = nicer
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
        self,
        message: dict[str, Any],
        body: bytes | memoryview = b"",
        *,
        timeout_s: float,
        stopped: Callable[[], bool] | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """Ask and wait; a process that died is replaced and asked once more.

        Parameters
        ----------
        message : dict[str, Any]
            JSON types
        body : bytes | memoryview
            what goes with it; only to a process that runs :func:`serve`
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
        ExpressiveError
            The kind given to the constructor, if it cannot be started, dies twice over the same request, or does not
            answer in time.
        """
        stopped = stopped if stopped is not None and self._can_stop else None
        while not self._lock.acquire(timeout=-1 if stopped is None else POLL_S):
            if stopped is not None and stopped():
                return {"error": "stopped"}, b""
        try:
            self._ids += 1
            message = {**message, "id": self._ids}
            if body:
                message["body"] = len(body)
            self._requests += 1
            if self._recycle_after is not None and self._requests > self._recycle_after:
                self._end()
                self._requests = 1
            for attempt in (1, 2):
                process = self._running()
                assert process.stdin is not None
                try:
                    process.stdin.write(json.dumps(message).encode() + b"\n")
                    if body:
                        process.stdin.write(body)
                    process.stdin.flush()
                    answer = self._answer(process, timeout_s, stopped)
                except queue.Empty:
                    self._end()
                    raise self._error(f"{self._name} did not answer within {timeout_s:g} s and was ended") from None
                except OSError:
                    answer = None
                if answer is not None:
                    return answer
                if _ending.is_set():
                    raise self._error(f"{self._name} was ended with the program")
                self._end()
                _log.warning("%s died (attempt %d); starting another", self._name, attempt)
        finally:
            self._lock.release()
        raise self._error(f"{self._name} died twice on the same request")

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
            if not sys.executable or getattr(sys, "frozen", False):
                raise self._error(f"{self._name} needs a Python interpreter to run in, and sys.executable is none")
            flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
            if self._nicer:
                flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own file, our own interpreter
                    [sys.executable, *self._arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=flags,
                )
            except OSError as error:
                raise self._error(f"{self._name} could not be started: {error}") from error
            _widen(self._process)
            if self._nicer:
                let_others_first(self._process.pid, self._nicer)
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


def is_ending() -> bool:
    """Whether the program is on its way out, and its helpers with it."""
    return _ending.is_set()


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Make its pipes wider, where the system lets us; it works with narrow ones too, in more turns."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _read(stream: BinaryIO, answers: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None]) -> None:
    stand_back(1)
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


_BOOT = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); importlib.import_module(sys.argv[2]).main()"
)


def module_arguments(module: str) -> list[str]:
    """Arguments of an interpreter that finds what this one finds, and runs ``main()`` of one of our modules.

    Unlike multiprocessing it does not run the user's script again, which so needs no ``if __name__ == "__main__"``.
    """
    return ["-I", "-c", _BOOT, json.dumps([os.path.abspath(path) for path in sys.path]), module]  # noqa: PTH100


def serve(answer: Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes | memoryview]]) -> None:
    """Be the process: answer what comes in until nothing comes any more.

    Parameters
    ----------
    answer : Callable
        message and body of a request → message and body of the answer; what it raises is answered as ``error``
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which ends this one with itself
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    source = sys.stdin.buffer
    while line := source.readline():
        message = json.loads(line)
        try:
            found, body = answer(message, source.read(message.get("body", 0)))
        except Exception as error:  # noqa: BLE001  whatever it is, the other side must hear of it
            found, body = {"error": f"{type(error).__name__}: {error}"}, b""
        head = json.dumps(found).encode()
        sink.write(struct.pack(">II", len(head), len(body)) + head)
        sink.write(body)
        sink.flush()
