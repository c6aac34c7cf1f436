"""One process beside the program, for work that would keep Python's lock, or a game's own thread, for too long.

A room hands over what it wants done, and gets the result or None; then it does the work itself, in which an error is
raised where it belongs. It is one process for everything, not one for each kind of work: on two processors a third that
is busy would take slices of 3 ms from the game's own.
"""

from __future__ import annotations

import importlib
import logging
from functools import lru_cache
from typing import Any

from expressive.core.errors import ExpressiveError
from expressive.core.helper import Helper, is_ending, module_arguments, serve

__all__ = ["Beside", "beside", "main"]

TIMEOUT_S = 60.0
"""The first face takes a slow machine some seconds."""
NICER = 2
"""By how much it stands back behind the program where there is more work than processors."""
_log = logging.getLogger(__name__)


class Beside:
    """A process that does what modules of ours offer as ``answer(message, body)``.

    It is started when it is first asked, replaced when it dies, and gone when the program is. Where there can be none,
    a warning is logged once.
    """

    def __init__(self) -> None:
        self.helper = Helper("the process beside the program", module_arguments(__name__), nicer=NICER)
        self._given_up = False

    def ask(
        self, module: str, message: dict[str, Any], body: bytes | memoryview = b""
    ) -> tuple[dict[str, Any], bytes] | None:
        """Have something done, and wait for it.

        Parameters
        ----------
        module : str
            whose ``answer`` is to be called
        message : dict[str, Any]
            JSON types
        body : bytes | memoryview
            numbers

        Returns
        -------
        tuple[dict[str, Any], bytes] | None
            what ``answer`` returned; None if it failed there, or there is no process
        """
        if self._given_up:
            return None
        try:
            head, found = self.helper.request({**message, "module": module}, body, timeout_s=TIMEOUT_S)
        except ExpressiveError as error:
            self._given_up = True
            if not is_ending():
                _log.warning("faces and voices are made within this process, which may make a game stutter: %s", error)
            return None
        if "error" in head:
            _log.debug("%s: %s", module, head["error"])
            return None
        return head, found


@lru_cache(maxsize=1)
def beside() -> Beside:
    """The one of this program."""
    return Beside()


def main() -> None:
    """Be the process."""
    serve(_answer)


def _answer(message: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes | memoryview]:
    module: Any = importlib.import_module(message["module"])
    head, found = module.answer(message, body)
    return head, found
