"""Draws many faces on one thread, and those that matter most first.

A face takes longer to draw than a frame of a game lasts, so not everybody can be drawn all the time. Whoever speaks is
drawn at the full rate; whoever the game attends to comes next; the others share what is left of the thread's time.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from expressive.core.courtesy import stand_back

__all__ = ["ASIDE", "ATTENDED", "SPEAKING", "Easel", "Painter", "shared_painter"]

ASIDE, ATTENDED, SPEAKING = 0, 1, 2
"""How much a face matters at the moment."""

MIN_FPS = 4.0
"""Slower than this a face would look dead, so nobody is drawn less often, even where the time is short."""
_FORGET_S = 0.5  # a face that asks for nothing for so long is off the screen
_NICER = 5
_TURN_S = 5e-4
"""How long the painter may keep Python's lock while the game wants it. Python's own 5 ms are a third of a game's frame:
measured in the village, they make the slowest frame in a hundred 2.7 ms slower."""
_SMOOTHING = 0.1  # share of the newest drawing in the mean time that one takes


class Easel:
    """The place of one face at a painter.

    Parameters
    ----------
    draw : Callable[[], Any]
        draws the face; called on the painter's thread
    fps : float [unit=Hz]
        how often it is drawn while it matters most
    aside_fps : float [unit=Hz]
        how often at most while another matters more
    """

    def __init__(self, draw: Callable[[], Any], *, fps: float, aside_fps: float) -> None:
        self.draw = draw
        self.fps = fps
        self.aside_fps = min(fps, aside_fps)
        self.importance = ATTENDED
        self.seen_s = 0.0


class Painter:
    """One thread for all faces, so that the game keeps a core of its own.

    Parameters
    ----------
    budget : float [range=(0, 1]]
        share of the thread's time that drawing may take as long as nobody is drawn less often than :data:`MIN_FPS`
    clock : Callable[[], float]
        seconds of real time
    """

    def __init__(self, *, budget: float = 0.8, clock: Callable[[], float] = time.perf_counter) -> None:
        self._budget = budget
        self._clock = clock
        self._easels: weakref.WeakSet[Easel] = weakref.WeakSet()
        self._waiting: list[tuple[Easel, Future[Any]]] = []
        self._last = 0  # whose face was drawn last: the easel's id, for the easel would keep its actor alive
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="expressive faces", initializer=_step_back)
        self.drawing_s = 0.0
        """how long a face takes, on average; 0 before the first"""

    def rate(self, easel: Easel, importance: int) -> float:
        """How often a face is to be drawn now [unit=Hz]; call it in every frame in which the face is on the screen.

        Parameters
        ----------
        easel : Easel
            whose
        importance : int
            :data:`SPEAKING`, :data:`ATTENDED` or :data:`ASIDE`
        """
        now = self._clock()
        easel.importance, easel.seen_s = importance, now
        self._easels.add(easel)
        shown = [other for other in self._easels if now - other.seen_s < _FORGET_S]
        return share_rates(shown, self._budget / self.drawing_s if self.drawing_s else float("inf"))[easel]

    def ask(self, easel: Easel) -> Future[Any]:
        """Have a face drawn as soon as none that matters more waits, and another's turn has come in between."""
        drawing: Future[Any] = Future()
        with self._lock:
            self._waiting.append((easel, drawing))
        self._thread.submit(self._draw_next)
        return drawing

    def _draw_next(self) -> None:
        with self._lock:
            # The first of those that matter most: max keeps the order in which they asked. But nobody is drawn twice
            # in a row while another waits, or one who asks again and again would be the only one on a slow machine.
            easel, drawing = chosen = max(self._waiting, key=lambda one: (id(one[0]) != self._last, one[0].importance))
            self._waiting.remove(chosen)
            self._last = id(easel)
        begin = self._clock()
        try:
            picture = easel.draw()
        except Exception as error:  # noqa: BLE001  it is raised where the picture is taken
            drawing.set_exception(error)
            return
        took = self._clock() - begin
        self.drawing_s += (took - self.drawing_s) * (_SMOOTHING if self.drawing_s else 1.0)
        drawing.set_result(picture)


def share_rates(easels: Iterable[Easel], drawings_per_s: float) -> dict[Easel, float]:
    """Share out the time of a thread.

    Parameters
    ----------
    easels : Iterable[Easel]
        the faces on the screen
    drawings_per_s : float [unit=Hz]
        how many drawings there is time for

    Returns
    -------
    dict[Easel, float]
        how often each is drawn [unit=Hz]
    """
    groups: dict[int, list[Easel]] = {}
    for easel in easels:
        groups.setdefault(easel.importance, []).append(easel)
    rates = {}
    for importance in sorted(groups, reverse=True):
        group = groups[importance]
        each = drawings_per_s / len(group)
        for easel in group:
            wish = easel.fps if importance == max(groups) else easel.aside_fps
            rates[easel] = max(min(MIN_FPS, wish), min(wish, each))
            drawings_per_s -= rates[easel]
        drawings_per_s = max(drawings_per_s, 0.0)
    return rates


def _step_back() -> None:
    """Let the game's own thread go first, for Python's lock and where there are fewer processors than work."""
    sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_S))
    stand_back(_NICER)


@lru_cache(maxsize=1)
def shared_painter() -> Painter:
    """The painter of all sprites of a program."""
    return Painter()
