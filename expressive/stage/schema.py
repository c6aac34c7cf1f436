"""JSON schema of script files, with which editors complete beats and underline mistakes."""

from __future__ import annotations

from typing import Any

from expressive.character.schema import document_schema
from expressive.stage.script import Script

__all__ = ["script_schema"]


def script_schema() -> dict[str, Any]:
    """JSON schema of a script's file.

    Returns
    -------
    dict[str, Any]
        a schema of draft 2020-12, ready for ``json.dumps``
    """
    return document_schema(Script, title="Expressive script")
