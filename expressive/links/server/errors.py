"""What is told to a client whose message cannot be followed."""

from __future__ import annotations

from typing import Literal

from expressive.core.errors import ExpressiveError

__all__ = ["Code", "Refusal"]

Code = Literal["json", "type", "value", "order", "token", "limit", "rate", "failed"]


class Refusal(ExpressiveError):
    """A message that is not followed; the connection goes on, unless a close code is given.

    Parameters
    ----------
    code : Code
        what kind of mistake it is
    message : str
        one line: the value, what it must be, the remedy
    close : int | None
        the WebSocket close code with which the connection ends
    """

    def __init__(self, code: Code, message: str, *, close: int | None = None) -> None:
        self.code: Code = code
        self.close = close
        super().__init__(message)
