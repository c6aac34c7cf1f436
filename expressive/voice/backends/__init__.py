"""What turns text into neutral sound: one file each, behind the interface in :mod:`.base`.

A backend's file defines ``make(variant)``, which gives a :class:`~.base.Backend`, and ``examine()``, which tells what
it needs (:class:`~.base.Needs`). Lying here, it is found by its name. Lying elsewhere, its package names the module in
the entry point group ``expressive.voices``, or a program hands both functions to :func:`add_backend`.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.voice.backends.base import Backend, Needs

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINTS", "BackendEntry", "add_backend", "backend_entry", "backend_names", "check_backend"]

ENTRY_POINTS = "expressive.voices"
_NO_BACKENDS = frozenset({"__init__", "align", "base", "phones"})
_added: dict[str, BackendEntry] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class BackendEntry:
    """What is known of a backend before it is asked to speak."""

    make: Callable[[str], Backend]
    """variant → backend"""
    examine: Callable[[], Needs]
    """what it needs on this machine"""


def backend_names() -> tuple[str, ...]:
    """Names of all backends: those in this folder, those of installed packages, those that were added."""
    return tuple(sorted({*_own(), *_installed(), *_added}))


def check_backend(name: str) -> str:
    """Return the name of a backend that exists.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in _own() and name not in _added and name not in _installed():
        raise UnknownNameError("voice backend", name, backend_names())
    return name


def add_backend(name: str, make: Callable[[str], Backend], examine: Callable[[], Needs] | None = None) -> None:
    """Let speakers use a backend of one's own: ``voice: {backend: NAME}``.

    Parameters
    ----------
    name : str
        what characters call it
    make : Callable
        variant → backend
    examine : Callable | None
        what it needs; nothing by default

    Raises
    ------
    ParameterError
        If the name is taken, or is none.
    """
    with _lock:
        if not name.isidentifier() or name in backend_names():
            raise ParameterError(f"voice backend {name!r} is no name or is there already; choose another")
        _added[name] = BackendEntry(make, examine or Needs)


def backend_entry(name: str) -> BackendEntry:
    """The backend of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if check_backend(name) in _added:
        return _added[name]
    module: Any = importlib.import_module(f"{__name__}.{name}") if name in _own() else _installed()[name].load()
    return BackendEntry(module.make, module.examine)


@lru_cache(maxsize=1)
def _own() -> frozenset[str]:
    here = {path.stem for path in Path(__file__).parent.glob("*.py")} - _NO_BACKENDS
    return frozenset(name for name in here if not name.endswith("_worker"))


@lru_cache(maxsize=1)
def _installed() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # looks through every installed package, so only when it must

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
