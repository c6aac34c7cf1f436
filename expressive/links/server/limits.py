"""How much a server takes from anybody, and the bucket of tokens that slows a flood."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Limits", "TokenBucket"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes; clients are told in ``welcome``."""

    clients: int = 8
    """connections at a time"""
    actors: int = 8
    """actors of one connection"""
    message_bytes: int = 64 * 1024
    """length of a message"""
    restore_bytes: int = 4 * 1024 * 1024
    """length of a ``restore``, which holds the sound of a line in mid-word; nothing longer is read from the network"""
    messages_per_s: float = 200.0
    """messages in the long run; a longer one counts as one for each 16 kB"""
    messages_burst: int = 400
    """messages at once"""
    line_characters: int = 2000
    """length of a line to speak"""
    lines_waiting: int = 16
    """lines of an actor that are spoken or wait"""
    recording_s: float = 120.0
    """length of a recording"""
    recordings: int = 4
    """recordings that are kept for one connection; the oldest makes room"""
    hello_s: float = 10.0
    """time for a new connection to say hello"""
    unread_bytes: int = 4 * 1024 * 1024
    """answers, events and sound that may wait for a client that does not read; more ends the connection"""


class TokenBucket:
    """Lets so many things pass at once, and so many a second in the long run.

    Parameters
    ----------
    rate : float [unit=1/s]
        tokens that flow in
    burst : float
        tokens that it holds; it begins full
    clock : Callable[[], float]
        seconds that only grow

    Examples
    --------
    >>> now = 0.0
    >>> bucket = TokenBucket(rate=1, burst=2, clock=lambda: now)
    >>> [bucket.take() for _ in range(3)]
    [True, True, False]
    >>> now = 1.0
    >>> bucket.take()
    True
    """

    def __init__(self, *, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens = burst
        self._since = clock()

    def take(self, cost: float = 1.0) -> bool:
        """Take tokens, or say that there are too few."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._since) * self._rate)
        self._since = now
        if cost > self._tokens:
            return False
        self._tokens -= cost
        return True
