"""The protocol for machines: an AsyncAPI document, made of the classes by which the server itself reads and writes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from expressive.links.server.catalogue import PROTOCOL_VERSION
from expressive.links.server.inbound import CLIENT_MESSAGES
from expressive.links.server.outbound import PICTURE_FORMATS, SERVER_MESSAGES, SOUND_FORMATS, Event
from expressive.links.server.run import DEFAULT_PORT

__all__ = ["server_schema"]

_SCHEMAS = "#/components/schemas/"
_BINARY = {
    "picture": (
        "kind 1, format ({formats}), actor number, applied, t_s, width (u16), height (u16), running number; "
        "then the picture".format(formats=", ".join(f"{number} {name}" for name, number in PICTURE_FORMATS.items()))
    ),
    "sound": (
        "kind 2, format ({formats}), actor number, applied, t_s, sample rate (u32), line; then mono samples".format(
            formats=", ".join(f"{number} {name}" for name, number in SOUND_FORMATS.items())
        )
    ),
}


def server_schema() -> dict[str, Any]:
    """AsyncAPI 3.0 document of the WebSocket protocol, from the server's point of view.

    Returns
    -------
    dict[str, Any]
        ready for ``json.dumps``
    """
    incoming = {f"client.{kind}": model for kind, model in CLIENT_MESSAGES.items()}
    outgoing = {f"server.{_key(model)}": model for model in SERVER_MESSAGES}
    messages = {key: _message(key, model) for key, model in (incoming | outgoing).items()}
    messages |= {f"server.{kind}": _binary(kind, fields) for kind, fields in _BINARY.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Expressive",
            "version": str(PROTOCOL_VERSION),
            "description": "Characters with feelings over a WebSocket; docs/serve.md explains every message. "
            "Ignore message types, events and fields that you do not know: a server of this version may add some.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": f"127.0.0.1:{DEFAULT_PORT}", "protocol": "ws"}},
        "channels": {
            "ws": {"address": "/v1/ws", "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages}}
        },
        "operations": {
            "receive": _operation("receive", incoming),
            "send": _operation("send", [key for key in messages if key.startswith("server.")]),
        },
        "components": {"messages": messages, "schemas": _schemas([*incoming.values()], [*outgoing.values()])},
    }


def _schemas(incoming: list[type[BaseModel]], outgoing: list[type[BaseModel]]) -> dict[str, Any]:
    """JSON schemas by the name of the class; those of what is sent allow more fields than there are today."""
    taken = models_json_schema([(model, "validation") for model in incoming], ref_template=_SCHEMAS + "{model}")[1]
    sent = models_json_schema([(model, "serialization") for model in outgoing], ref_template=_SCHEMAS + "{model}")[1]
    for schema in sent["$defs"].values():
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
    return dict(sorted({**sent["$defs"], **taken["$defs"]}.items()))


def _key(model: type[BaseModel]) -> str:
    """``type`` of a message, and ``kind`` of an event."""
    kind = str(model.model_fields["type"].default)
    return f"{kind}.{model.model_fields['kind'].default}" if issubclass(model, Event) else kind


def _message(key: str, model: type[BaseModel]) -> dict[str, Any]:
    summary = inspect.cleandoc(model.__doc__ or "").split("\n", maxsplit=1)[0]
    name = key.partition(".")[2]
    return {"name": name, "summary": summary, "payload": {"$ref": _SCHEMAS + model.__name__}}


def _binary(kind: str, fields: str) -> dict[str, Any]:
    return {
        "name": kind,
        "summary": f"A binary message: u8, u8, u16, u32, f64, u32, u32, little-endian, 24 bytes: {fields}.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
    }


def _operation(action: str, keys: Iterable[str]) -> dict[str, Any]:
    found = [{"$ref": f"#/channels/ws/messages/{key}"} for key in keys]
    return {"action": action, "channel": {"$ref": "#/channels/ws"}, "messages": found}
