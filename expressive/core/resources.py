"""Where the shipped characters and models lie, in a wheel as in a checkout. It locates and reads nothing."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource_dir"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_dir(kind: str) -> Path:
    """Folder of shipped data.

    Parameters
    ----------
    kind : str
        ``"characters"`` or ``"models"``, or ``"demos"``, which are in a checkout alone

    Returns
    -------
    Path
        ``expressive/_data/<kind>`` in a wheel, ``<kind>`` beside the package in a checkout
    """
    packed = _PACKAGE / "_data" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind
