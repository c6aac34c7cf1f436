"""Loops over pixels, in machine code: numba compiles them when they are first called, and keeps the result on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

import numba

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function of numbers and arrays; while it runs, other threads do too.

    Functions that call each other stand in one file: numba compiles anew when a function's own file changes, and does
    not look at those of what it calls, nor of constants. What was compiled is kept beside the module or in the user's
    cache. Where neither can be written, it is compiled anew by every program.

    Parameters
    ----------
    function : Callable
        what to compile

    Returns
    -------
    Callable
        the same, but fast
    """
    jit = partial(numba.njit, nogil=True, error_model="numpy")  # no check of every divisor
    try:
        out = jit(cache=True)(function)
    except RuntimeError:  # numba found no folder to write to
        out = jit()(function)
    return cast("_Function", out)
