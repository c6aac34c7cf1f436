"""Who may connect: the token, the page's origin, and the name under which the server is called.

A browser lets any page open a WebSocket to any address, this computer's own included, and sends the page's ``Origin``
with it; a server that does not look at it serves every page that its user visits (cross-site WebSocket hijacking,
CWE-1385).
A page can also have its own name pointed at 127.0.0.1 (DNS rebinding); then the name in ``Host`` gives it away.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from expressive.core.errors import ParameterError

__all__ = ["Gate", "Guard", "is_loopback", "new_token"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SHORTEST_TOKEN = 16
_log = logging.getLogger("expressive.server")


def new_token() -> str:
    """A token that nobody guesses: 192 random bits."""
    return secrets.token_urlsafe(24)


def is_loopback(host: str) -> bool:
    """Whether an address is this computer's own, where nobody else can call.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Gate:
    """The rules by which connections are let in.

    Parameters
    ----------
    token : str
        what clients must know; empty for none
    origins : Iterable[str]
        other pages' origins that are let in, such as ``https://example.org``
    hosts : Iterable[str]
        names under which the server may be called, besides ``localhost`` and addresses

    Raises
    ------
    ParameterError
        If the token is short or has characters that no header carries, or an origin is none.
    """

    def __init__(self, *, token: str = "", origins: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        if token and not (
            len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable() and " " not in token
        ):
            raise ParameterError(
                f"the token has {len(token)} characters; it must be {SHORTEST_TOKEN} plain ones or more, without spaces"
            )
        self.token = token
        self._origins = frozenset(_origin(each) for each in origins)
        self._hosts = frozenset(host.lower() for host in hosts)

    def knows_host(self, host: str | None) -> bool:
        """Whether the ``Host`` of a request is a name of this server."""
        name = _name(host)
        if name is None:
            return False
        if name == "localhost" or name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True  # an address is never another's name

    def knows_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this ``Origin`` may connect; programs that are no browsers send none."""
        if origin is None:
            return True
        own = {f"http://{host}".lower(), f"https://{host}".lower()}
        return origin.lower() in own or origin.lower() in self._origins

    def knows_token(self, given: str) -> bool:
        """Whether this is the token; the time it takes tells nothing about it."""
        return not self.token or hmac.compare_digest(given.encode(), self.token.encode())


class Guard:
    """Wraps an ASGI application and turns away requests under foreign names, and WebSockets of foreign pages."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403; the log says why."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        host, origin = header(scope, "host"), header(scope, "origin")
        if not self._gate.knows_host(host):
            problem = f"host {_shown(host)} is no name of this server; start it with --allow-host to add one"
        elif scope["type"] == "websocket" and not self._gate.knows_origin(origin, host):
            problem = f"origin {_shown(origin)} may not connect; start the server with --allow-origin to let it in"
        else:
            await self._app(scope, receive, send)
            return
        client = scope.get("client") or ("?", 0)
        _log.warning("refused %s: %s", client[0], problem)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})  # before it was accepted, that is a plain 403
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": f"{problem}\n".encode()})


def header(scope: Scope, name: str) -> str | None:
    """The header of a request; None where it is missing, or given twice, which nobody does in good faith."""
    found = [value for key, value in scope["headers"] if key == name.encode()]
    return found[0].decode("latin-1") if len(found) == 1 else ("" if found else None)


def bearer(scope: Scope) -> str:
    """The token of an ``Authorization: Bearer`` header, or nothing."""
    kind, _, token = (header(scope, "authorization") or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _name(host: str | None) -> str | None:
    """The name or address of a ``Host``, without the port."""
    try:
        return urlsplit(f"//{host}").hostname if host else None
    except ValueError:
        return None


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ParameterError(f"origin {text!r} must be scheme and host, such as https://example.org")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _shown(text: str | None) -> str:
    return "(none)" if text is None else repr(text[:80])
