"""What pydantic finds wrong with a document, said in our words: all mistakes at once, each with its path and line.

Pydantic judges a section's own rules (``__post_init__``) only when its fields are right. So what is wrong is pruned
and the rest judged again, until nothing more turns up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from expressive.character.document import Document
from expressive.core.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

__all__ = ["Verdict", "judge"]

Path = tuple[str | int, ...]

_MAX_ROUNDS = 50
_KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
    "none_required": "empty",
}
_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_NO_LIMIT = 1e6
"""The upper end of the ranges that only say > 0 or >= 0."""


@dataclass
class Verdict:
    """What became of a document."""

    value: Any = None
    """the value, built from what is right in the document; None when nothing could be"""
    problems: list[Problem] = field(default_factory=list)
    """every mistake, in the order of their lines"""
    pruned: set[Path] = field(default_factory=set)
    """what had to be left out of ``value``"""


def judge(document: Document, type_: Any) -> Verdict:
    """Build a value from a document and list what is wrong with it.

    Parameters
    ----------
    document : Document
        what was read
    type_ : type
        what it should become

    Returns
    -------
    Verdict
        the value of what is right, and the mistakes
    """
    from pydantic import ValidationError

    adapter = _adapter(type_)
    verdict = Verdict(problems=list(document.problems))
    explain = _Explainer(document, adapter)
    for _ in range(_MAX_ROUNDS):
        origin: dict[Path, Path] = {}
        data = _prune(document.data, verdict.pruned, (), (), origin)
        try:
            # JSON is the one mode in which pydantic is strict about text and numbers, yet takes lists for tuples.
            verdict.value = adapter.validate_json(json.dumps(data), strict=True)
            break
        except ValidationError as error:
            errors = error.errors(include_url=False)
        for path, problem in explain(data, errors, origin):
            # A key that is missing only because it was wrong has been reported as wrong.
            if problem.path not in verdict.pruned:
                verdict.problems.append(problem)
            verdict.pruned.add(path)
        if () in verdict.pruned:
            break
    verdict.problems.sort(key=lambda problem: problem.line or 0)
    return verdict


@lru_cache(maxsize=64)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(type_)


def _prune(data: Any, pruned: set[Path], at: Path, now: Path, origin: dict[Path, Path]) -> Any:
    """Copy data without the pruned paths, noting for each path of the copy where it was in the original."""
    origin[now] = at
    if isinstance(data, dict):
        kept = {key: below for key, below in data.items() if (*at, key) not in pruned}
        return {key: _prune(below, pruned, (*at, key), (*now, key), origin) for key, below in kept.items()}
    if isinstance(data, list):
        left = [i for i in range(len(data)) if (*at, i) not in pruned]
        return [_prune(data[i], pruned, (*at, i), (*now, n), origin) for n, i in enumerate(left)]
    return data


class _Explainer:
    """Turns pydantic's errors into problems."""

    def __init__(self, document: Document, adapter: TypeAdapter[Any]) -> None:
        self.document = document
        self.adapter = adapter
        self._schema: Mapping[str, Any] | None = None

    def __call__(
        self, data: Any, errors: list[ErrorDetails], origin: Mapping[Path, Path]
    ) -> list[tuple[Path, Problem]]:
        """Say each error once, with the path that must be pruned to get on."""
        placed = [(*_place(data, error), error) for error in errors]
        out = []
        for path, union in dict.fromkeys((path, union) for path, union, _ in placed):
            # A value that fits no member of a union is reported for each; the member that it nearly is tells most.
            if union is not None and any(len(other) > len(path) and root == union for other, root, _ in placed):
                continue
            here = [error for other, root, error in placed if (other, root) == (path, union)]
            known = origin[path] if path in origin else (*origin[path[:-1]], path[-1])
            out.append(self._explain(_value_at(data, path), known, here))
        return out

    def _explain(self, value: Any, path: Path, errors: list[ErrorDetails]) -> tuple[Path, Problem]:
        kind, line_of = errors[0]["type"], self.document.line_of
        where = ".".join(str(part) for part in path)
        if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
            key, owner = str(path[-1]), ".".join(str(part) for part in path[:-1]) or "the file"
            known = [name for spot in self.schema_at(path[:-1]) for name in spot.get("properties", {})]
            hint = did_you_mean(key, known)
            if value is None and hint.startswith("Known"):  # {note: first, second} is read as two keys
                hint = "Put quotes around a text that has a comma"
            text = f"{key!r} is not a key of {owner}. {hint}".rstrip()
            return path, Problem(path, text, line_of(path))
        if kind == "missing":
            return path[:-1], Problem(path, f"{where} is missing", line_of(path[:-1]))
        if kind == "value_error":
            text = str(errors[0]["ctx"]["error"])
            path = (*path, *_named(text, value))
            return path, Problem(path, text, line_of(path))
        wanted = " or ".join(dict.fromkeys(self._wanted(error, path) for error in errors))
        text = f"{where or 'the file'}={_shown(value)} must be {wanted}{_hint(value, kind, wanted)}"
        return path, Problem(path, text, line_of(path))

    def _wanted(self, error: ErrorDetails, path: Path) -> str:
        if error["type"] in _BOUNDS:
            return self._range(error, path)
        if error["type"] == "literal_error":
            return str(error["ctx"]["expected"])
        if error["type"] in _KINDS:
            return _KINDS[error["type"]]
        message = error["msg"].removeprefix("Input should be ")
        return message[:1].lower() + message[1:]

    def _range(self, error: ErrorDetails, path: Path) -> str:
        """Both ends of the range that was missed, where the schema knows them."""
        for spot in self.schema_at(path):
            low, high = spot.get("minimum"), spot.get("maximum")
            if low is not None and high is not None and high < _NO_LIMIT:
                return f"in [{low:g}, {high:g}]"
        sign = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
        return " and ".join(f"{sign[key]} {limit:g}" for key, limit in error["ctx"].items())

    def schema_at(self, path: Path) -> list[Mapping[str, Any]]:
        """The parts of the type's JSON schema that speak about the value at a path."""
        if self._schema is None:  # built for the first mistake only: it takes longer than the validation
            self._schema = self.adapter.json_schema()
        spots = _resolve(self._schema, self._schema)
        for part in path:
            found: list[Mapping[str, Any]] = []
            for spot in spots:
                below = spot.get("items") if isinstance(part, int) else spot.get("properties", {}).get(part)
                below = spot.get("additionalProperties") if below is None else below
                if isinstance(below, Mapping):
                    found += _resolve(below, self._schema)
            spots = found
        return spots


def _resolve(spot: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Follow references and unions of a JSON schema."""
    if "$ref" in spot:
        return _resolve(root["$defs"][spot["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in spot:
        return [below for choice in spot["anyOf"] for below in _resolve(choice, root)]
    return [spot]


def _place(data: Any, error: ErrorDetails) -> tuple[Path, Path | None]:
    """Path of an error in the document, and the path of the union it belongs to.

    Pydantic's location also names the union members that it tried; those are no keys of the document.
    """
    path: Path = ()
    union: Path | None = None
    for i, part in enumerate(error["loc"]):
        is_missing = error["type"] == "missing" and i == len(error["loc"]) - 1
        if isinstance(data, dict) and (part in data or is_missing):
            path, data = (*path, part), data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path, data = (*path, part), data[part]
        elif union is None:
            union = path
    return path, union


def _hint(value: Any, kind: str, wanted: str) -> str:
    """The remedy, where it can be guessed."""
    if value is None:
        return "; remove the key to take the default"
    if not isinstance(value, str):
        return ""
    if kind == "literal_error":
        suggestion = did_you_mean(value, re.findall(r"'([^']*)'", wanted))
        return f". {suggestion}" if suggestion.startswith("Did") else ""
    if wanted == "a number" and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", value.strip()):
        return "; remove the quotes"
    if wanted == "a number" and re.fullmatch(r"[-+]?\d+,\d+", value.strip()):
        return f"; write {value.strip().replace(',', '.')}"
    return ""


def _named(text: str, value: Any) -> Path:
    """Key below a value that the message of a section's own rule names, such as ``expressivity of joyy=9``."""
    if not isinstance(value, dict):
        return ()
    places = {key: re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text) for key in value}
    if here := [(match.start(), key) for key, match in places.items() if match]:
        key = min(here)[1]
        return (key, *_named(text, value[key]))
    return next(((key, *below) for key in value if (below := _named(text, value[key]))), ())


def _value_at(data: Any, path: Path) -> Any:
    for part in path:
        if isinstance(data, dict):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data


def _shown(value: Any) -> str:
    """A value as a writer would recognise it, in at most 40 characters of one line."""
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in text[:41])
    return text if len(text) <= 40 else text[:37] + "…"
