"""Which voices this machine has, and what the others would need."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from expressive.core.errors import ExpressiveError

__all__ = ["doctor"]


def doctor() -> list[dict[str, Any]]:
    """Look at every backend.

    Returns
    -------
    list[dict[str, Any]]
        one for each: ``name``, ``available``, ``missing`` (what is not there, or empty), ``remedy`` (what to run, or
        empty), ``detail``
    """
    return [_espeak(), _analysis(), _pyttsx3(), _piper()]


def _finding(name: str, missing: str = "", remedy: str = "", detail: str = "") -> dict[str, Any]:
    return {"name": name, "available": not missing, "missing": missing, "remedy": remedy, "detail": detail}


def _espeak() -> dict[str, Any]:
    from expressive.voice.backends.espeak import EspeakBackend

    try:
        backend = EspeakBackend()
        first, again = (backend.synthesize("Ah, well.", language="en-us", rate=1.0) for _ in range(2))
    except ImportError as error:
        return _finding("espeak", "espeakng-loader", "pip install espeakng-loader", str(error))
    except ExpressiveError as error:
        return _finding("espeak", "a working library", "pip install --force-reinstall espeakng-loader", str(error))
    same = bool((first.samples.shape == again.samples.shape) and (first.samples == again.samples).all())
    return _finding("espeak", detail=f"speaks; repeats itself exactly: {'yes' if same else 'no'}")


def _analysis() -> dict[str, Any]:
    try:
        import pyworld
    except ImportError as error:
        return _finding("pyworld", "pyworld", "pip install pyworld-prebuilt", str(error))
    return _finding("pyworld", detail=f"version {pyworld.__version__}")


def _pyttsx3() -> dict[str, Any]:
    if importlib.util.find_spec("pyttsx3") is None:
        return _finding("pyttsx3", "pyttsx3", 'pip install "expressive[pyttsx3]"')
    native = {"win32": "SAPI 5", "darwin": "NSSpeechSynthesizer"}.get(sys.platform, "espeak-ng")
    return _finding("pyttsx3", detail=f"speaks with {native}")


def _piper() -> dict[str, Any]:
    if importlib.util.find_spec("piper") is None:
        return _finding("piper", "piper-tts", 'pip install "expressive[piper]"', "needs a voice of yours too")
    return _finding("piper", detail="give a voice file as variant: voice: {backend: piper, variant: voice.onnx}")
