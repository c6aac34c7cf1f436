"""Which voices this machine has, and what the others would need."""

from __future__ import annotations

from typing import Any

from expressive.voice.backends import backend_entry, backend_names
from expressive.voice.backends.base import Needs

__all__ = ["doctor"]


def doctor() -> list[dict[str, Any]]:
    """Look at every backend, and at the analysis that they share.

    Returns
    -------
    list[dict[str, Any]]
        one for each: ``name``, ``available``, ``missing`` (what is not there, or empty), ``remedy`` (what to run, or
        empty), ``detail``
    """
    found = {name: backend_entry(name).examine() for name in backend_names()}
    found["pyworld"] = _analysis()
    return [
        {"name": name, "available": n.is_met, "missing": n.missing, "remedy": n.remedy, "detail": n.detail}
        for name, n in found.items()
    ]


def _analysis() -> Needs:
    try:
        import pyworld
    except ImportError as error:
        return Needs("pyworld", "pip install pyworld-prebuilt", str(error))
    return Needs(detail=f"version {pyworld.__version__}")
