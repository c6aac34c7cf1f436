"""What waits to be sent to one client, without ever growing."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

__all__ = ["Outbox"]


class Outbox:
    """Filled by the threads of the actors, emptied by the connection.

    Answers, events and sound keep their order and are all sent; where more of that waits than may, :attr:`full` is set
    and nothing more is taken. States and pictures go out when nothing else waits, and only the newest of each actor: a
    slow client sees fewer.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        of the connection
    capacity_bytes : int
        how much of what is never dropped may wait
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity_bytes: int) -> None:
        self._loop = loop
        self._capacity = capacity_bytes
        self._lock = threading.Lock()
        self._ready = asyncio.Event()
        self.full = asyncio.Event()
        """set when the client has left too much unread"""
        self._queue: deque[str | bytes] = deque()
        self._waiting_bytes = 0
        self._states: dict[int, str] = {}
        self._pictures: dict[int, bytes] = {}
        self._closed = False

    def put(self, message: str | bytes) -> None:
        """Send this after all that was put before."""
        with self._lock:
            if self._closed:
                return
            self._queue.append(message)
            self._waiting_bytes += len(message)
            is_full = self._waiting_bytes > self._capacity
        self._set(self._ready)
        if is_full:
            self.close()
            self._set(self.full)

    def put_state(self, actor: int, message: str) -> None:
        """Send this state of an actor in place of one that still waits."""
        with self._lock:
            if not self._closed:
                self._states[actor] = message
        self._set(self._ready)

    def put_picture(self, actor: int, message: bytes) -> None:
        """Send this picture of an actor in place of one that still waits."""
        with self._lock:
            if not self._closed:
                self._pictures[actor] = message
        self._set(self._ready)

    def has_picture(self, actor: int) -> bool:
        """Whether a picture of the actor still waits, so that drawing another would be in vain."""
        return actor in self._pictures

    def forget(self, actor: int) -> None:
        """Drop states and pictures of an actor that is gone."""
        with self._lock:
            self._states.pop(actor, None)
            self._pictures.pop(actor, None)

    def close(self) -> None:
        """Drop everything and take nothing more."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            self._states.clear()
            self._pictures.clear()

    async def get(self) -> str | bytes:
        """Wait for the next message to send."""
        while True:
            with self._lock:
                message = self._pop()
                if message is not None:
                    return message
                self._ready.clear()
            await self._ready.wait()

    @property
    def is_empty(self) -> bool:
        """Whether all that is never dropped has been taken."""
        return not self._queue

    def _pop(self) -> str | bytes | None:
        if self._queue:
            message = self._queue.popleft()
            self._waiting_bytes -= len(message)
            return message
        if self._states:
            return self._states.pop(next(iter(self._states)))
        if self._pictures:
            return self._pictures.pop(next(iter(self._pictures)))
        return None

    def _set(self, event: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before the actor
            self._loop.call_soon_threadsafe(event.set)
