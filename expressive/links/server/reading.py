"""From the text of a message to its class, or one clear error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from expressive.core.errors import did_you_mean
from expressive.links.server.errors import Refusal
from expressive.links.server.inbound import CLIENT_MESSAGES, MAX_ID, ClientMessage

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["read_id", "read_message", "read_object", "shown"]

_SHOWN = 40
_KINDS = {
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def read_object(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    Refusal
        If the text is something else.

    Examples
    --------
    >>> read_object('{"type": "ping"}')
    {'type': 'ping'}
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error) or "nested too deeply"
        raise Refusal("json", f"the message {shown(text)} is no JSON: {reason}") from None
    if not isinstance(data, dict):
        raise Refusal("json", f'the message {shown(data)} must be a JSON object, such as {{"type": "ping", "t": 0}}')
    return data


def read_id(data: dict[str, Any]) -> int | None:
    """The ``id`` of a message, if it has one that can be answered."""
    found = data.get("id")
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 1 <= found <= MAX_ID else None


def read_message(data: dict[str, Any]) -> ClientMessage:
    """Turn an object into the message that its ``type`` names.

    Raises
    ------
    Refusal
        If the type is unknown, or a field is missing, unknown, of another type or out of range.

    Examples
    --------
    >>> read_message({"type": "gesture", "actor": "a", "name": "nod"}).name
    'nod'
    >>> read_message({"type": "gestur", "actor": "a"})
    Traceback (most recent call last):
    expressive.links.server.errors.Refusal: message type 'gestur' is unknown. Did you mean 'gesture'?
    """
    kind = data.get("type")
    if not isinstance(kind, str):
        raise Refusal("type", f"type={shown(kind)} must be text; the message has to say what it is")
    if kind not in CLIENT_MESSAGES:
        raise Refusal("type", f"message type {shown(kind)} is unknown. {did_you_mean(kind[:100], CLIENT_MESSAGES)}")
    try:
        return CLIENT_MESSAGES[kind].model_validate(data)
    except ValidationError as error:
        # A misspelt name tells more than that the right one is missing.
        errors = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
        raise Refusal("value", _explain(kind, errors[0])) from None


def _explain(kind: str, error: ErrorDetails) -> str:
    """Say one of pydantic's errors in our words."""
    path = [part for part in error["loc"] if not isinstance(part, str) or not part.endswith(("]", ")"))]
    where = ".".join([kind, *(_plain(str(part)) for part in path)])
    what, context = error["type"], error.get("ctx", {})
    if what == "extra_forbidden":
        owner = CLIENT_MESSAGES[kind] if len(path) == 1 else CLIENT_MESSAGES[kind].model_fields[str(path[0])].annotation
        known = getattr(owner, "model_fields", {})
        return f"{where} is no field. {did_you_mean(_plain(str(path[-1])), known)}".rstrip()
    if what == "missing":
        return f"{where} is missing"
    value = shown(error["input"])
    if what == "literal_error":
        expected = str(context["expected"])
        known = [name.strip("'") for name in expected.replace(" or ", ", ").split(", ")]
        hint = did_you_mean(str(error["input"])[:100], known)
        return f"{where}={value} must be {expected}." + (f" {hint}" if hint.startswith("Did") else "")
    if what in {"greater_than_equal", "less_than_equal"}:
        return f"{where}={value} must be {_range(CLIENT_MESSAGES[kind], path, context)}"
    if what == "string_too_long":
        return f"{where} has {len(str(error['input']))} characters; at most {context['max_length']} are taken"
    if what == "string_too_short":
        return f"{where} must not be empty"
    if what == "string_pattern_mismatch":
        return f"{where}={value} must match {context['pattern']}"
    return f"{where}={value} must be {_KINDS.get(what, error['msg'])}"


def _range(owner: Any, path: list[str | int], context: dict[str, Any]) -> str:
    """Both ends of a range, of which pydantic names the one that was passed."""
    ends = dict(context)
    for part in path:
        field = owner.model_fields[str(part)]
        owner = field.annotation
        for found in (field, *get_args(owner)):
            for limit in (*getattr(found, "metadata", ()), *getattr(found, "__metadata__", ())):
                for known in (limit, *getattr(limit, "metadata", ())):
                    ends |= {end: getattr(known, end) for end in ("ge", "le") if getattr(known, end, None) is not None}
    if "ge" in ends and "le" in ends:
        return f"in [{ends['ge']}, {ends['le']}]"
    return f">= {ends['ge']}" if "ge" in ends else f"<= {ends['le']}"


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _plain(text: str) -> str:
    """A name as it may stand in one line of a log or an answer."""
    return "".join(ch if ch.isprintable() else "\ufffd" for ch in text[:_SHOWN])


def shown(value: object) -> str:
    """A value in at most forty characters of one line."""
    if isinstance(value, str):
        text = repr(value[:_SHOWN])
    else:
        try:
            text = json.dumps(value, ensure_ascii=False)[: _SHOWN + 1]
        except (TypeError, ValueError, RecursionError):
            text = type(value).__name__
    return _plain(text) if len(text) <= _SHOWN else _plain(text[: _SHOWN - 1]) + "…"
