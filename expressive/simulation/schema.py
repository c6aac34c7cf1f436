"""JSON schema of scenario files, with which editors complete keys and underline mistakes."""

from __future__ import annotations

from typing import Any

from expressive.character.schema import document_schema
from expressive.core.emotions import EMOTIONS
from expressive.simulation.scenario import Scenario

__all__ = ["scenario_schema"]


def scenario_schema() -> dict[str, Any]:
    """JSON schema of a scenario's file.

    Returns
    -------
    dict[str, Any]
        a schema of draft 2020-12, ready for ``json.dumps``
    """
    schema = document_schema(Scenario, title="Expressive scenario")
    for emotion in EMOTIONS:
        below = schema["$defs"]["Response"]["properties"][emotion]
        below["description"] = "aroused by this much (> 0), or soothed by this share (< 0), at intensity 1"
    return schema
