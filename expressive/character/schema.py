"""JSON schemas of our YAML files, with which editors complete keys, show help and underline mistakes."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from expressive.character.inherit import EXTENDS
from expressive.character.profile import CharacterProfile
from expressive.core.controls import CONTROL_NAMES
from expressive.core.emotions import ALIASES, EMOTIONS, OCC_EMOTIONS

__all__ = ["attribute_docstrings", "character_schema", "document_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SHOWN_KEYS = {"FaceSpec": ("expressivity",), "VoiceSpec": ("expressivity", "emotions")}
_FELT_KEYS = {
    "EmotionSpec": ("half_life_s", "onset_s", "gain", "threshold"),
    "StateSpec": ("tone", "gain"),
}
"""Mappings whose keys are emotions: as they show, and as they are felt, where OCC's names are known too."""


def character_schema() -> dict[str, Any]:
    """JSON schema of a character's file.

    Returns
    -------
    dict[str, Any]
        a schema of draft 2020-12, ready for ``json.dumps``
    """
    schema = document_schema(CharacterProfile, title="Expressive character")
    schema["required"] = []  # the file's own name stands in
    text = "character that this one is derived from: a name, or a path from this file; give only what differs"
    schema["properties"][EXTENDS] = {"type": "string", "description": text}
    shown = (*EMOTIONS, *ALIASES)
    for table, known in (
        (_SHOWN_KEYS, (*shown, "default")),
        (_FELT_KEYS, tuple(dict.fromkeys((*shown, *OCC_EMOTIONS)))),
    ):
        for name, keys in table.items():
            for key in keys:
                schema["$defs"][name]["properties"][key]["propertyNames"] = {"enum": list(known)}
    for emotion in EMOTIONS:
        below = schema["$defs"]["Response"]["properties"][emotion]
        below["description"] = "aroused by this much (> 0), or soothed by this share (< 0), at intensity 1"
    schema["$defs"]["FaceSpec"]["properties"]["resting"]["propertyNames"] = {"enum": list(CONTROL_NAMES)}
    return schema


def document_schema(type_: type[Any], *, title: str) -> dict[str, Any]:
    """JSON schema of a dataclass, with the attribute docstrings as descriptions.

    Parameters
    ----------
    type_ : type
        a dataclass of dataclasses
    title : str
        name of the schema for people

    Returns
    -------
    dict[str, Any]
        a schema of draft 2020-12
    """
    from pydantic import TypeAdapter

    schema = {"$schema": _DIALECT, **TypeAdapter(type_).json_schema(), "title": title}
    for cls in _dataclasses_in(type_, set()):
        spot = schema if cls is type_ else schema["$defs"][cls.__name__]
        spot["description"] = _plain(inspect.cleandoc(cls.__doc__ or "").split("\n\n", maxsplit=1)[0])
        docs = attribute_docstrings(cls)
        for key, below in spot["properties"].items():
            below.pop("title", None)
            # A keyword of Python has an underscore after it in the dataclass, and none in the file.
            if text := docs.get(key, docs.get(f"{key}_")):
                below["description"] = _plain(text)
    return schema


def attribute_docstrings(cls: type[Any]) -> dict[str, str]:
    """Text under each field of a class, as written in its source.

    >>> attribute_docstrings(CharacterProfile)["machine"]
    'states of mind and the ways between them'
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    out = {}
    for statement, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if is_text and isinstance(after.value.value, str):  # type: ignore[attr-defined]
                out[statement.target.id] = inspect.cleandoc(after.value.value)  # type: ignore[attr-defined]
    return out


def _dataclasses_in(hint: Any, seen: set[Any]) -> Iterator[type[Any]]:
    """Every dataclass that a type speaks of, itself first."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint not in seen:
            seen.add(hint)
            yield hint
            for item in get_type_hints(hint).values():
                yield from _dataclasses_in(item, seen)
    else:
        for item in get_args(hint):
            yield from _dataclasses_in(item, seen)


def _plain(text: str) -> str:
    """Docstring markup → text for a tooltip."""
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    return " ".join(text.replace("``", "'").split())
