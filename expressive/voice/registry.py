"""Which backend speaks for a speaker."""

from __future__ import annotations

import threading

from expressive.voice.backends import backend_entry
from expressive.voice.backends.base import Backend
from expressive.voice.spec import VoiceSpec

__all__ = ["backend_for"]

_lock = threading.Lock()
_backends: dict[tuple[str, str], Backend] = {}


def backend_for(spec: VoiceSpec) -> Backend:
    """The backend of a speaker; speakers with the same backend and variant share it.

    Raises
    ------
    MissingDependency
        If its package is not installed.
    UnknownNameError
        If it has no such variant.
    """
    key = (spec.backend, spec.variant)
    with _lock:
        if key not in _backends:
            _backends[key] = backend_entry(spec.backend).make(spec.variant)
        return _backends[key]
