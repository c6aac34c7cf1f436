"""Which backend speaks for a speaker."""

from __future__ import annotations

import threading

from expressive.core.errors import UnknownNameError
from expressive.voice.backends.base import Backend
from expressive.voice.spec import BACKENDS, VoiceSpec

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
            _backends[key] = _make(*key)
        return _backends[key]


def _make(name: str, variant: str) -> Backend:
    if name == "espeak":
        from expressive.voice.backends.espeak import EspeakBackend

        return EspeakBackend(variant)
    if name == "pyttsx3":
        from expressive.voice.backends.pyttsx3 import Pyttsx3Backend

        return Pyttsx3Backend(variant)
    if name == "piper":
        from expressive.voice.backends.piper import PiperBackend

        return PiperBackend(variant)
    raise UnknownNameError("voice backend", name, BACKENDS)
