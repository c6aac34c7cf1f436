"""Start a server on an address, tell where it is, and stop it again without leaving anything behind."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from expressive.core.errors import MissingDependency, ParameterError
from expressive.links.server.limits import Limits
from expressive.links.server.security import Gate, is_loopback, new_token

if TYPE_CHECKING:
    from expressive.links.server.app import Server

__all__ = ["DEFAULT_PORT", "Runner"]

DEFAULT_PORT = 8765
_SEND_BUFFER_BYTES = 256 * 1024  # a larger one would hold pictures that are old before a slow client reads them
_UNREAD_MS = 30_000  # after which the system gives up a client that takes nothing
_PING_S, _PONG_S = 10.0, 20.0
_GRACE_S = 5


class Runner:
    """A server on its address; listens from the start, and answers while :meth:`run` runs.

    Parameters
    ----------
    host : str
        address to listen on; beyond this computer's own a token is needed, and made where none is given
    port : int [range=[0, 65535]]
        0 takes a free one
    token : str
        what clients must know
    origins, hosts : Iterable[str]
        pages and names that are let in besides the server's own
    characters : Iterable[str]
        files of more characters
    limits : Limits | None
        how much is taken from anybody
    page : Path | None
        folder of the page at ``/``

    Raises
    ------
    MissingDependency
        If the packages of a server are not installed.
    ParameterError
        If the address cannot be used, or the token or an origin is none.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        token: str = "",
        origins: Iterable[str] = (),
        hosts: Iterable[str] = (),
        characters: Iterable[str] = (),
        limits: Limits | None = None,
        page: Path | None = None,
    ) -> None:
        for package in ("starlette", "uvicorn", "websockets"):
            if find_spec(package) is None:
                raise MissingDependency(package, extra="studio")
        import uvicorn

        from expressive.links.server.app import Server
        from expressive.links.server.catalogue import Catalogue

        limits = limits or Limits()
        if not token and not is_loopback(host):
            token = new_token()
        gate = Gate(token=token, origins=origins, hosts=hosts)
        self.server: Server = Server(gate, Catalogue(characters), limits, page=page)
        self.host = host
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self.server.app,
            log_config=None,
            log_level="warning",
            access_log=False,  # addresses may hold tokens
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            ws="websockets-sansio",
            ws_max_size=limits.restore_bytes,  # a longer one is refused by its header, before it is read
            ws_per_message_deflate=False,  # pictures and noise do not get smaller, and a bomb cannot be packed
            ws_ping_interval=_PING_S,
            ws_ping_timeout=_PONG_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
        logging.getLogger("uvicorn.error").addFilter(_one_line)
        self._uvicorn = uvicorn.Server(config)

    @property
    def token(self) -> str:
        """What clients must know; empty for nothing."""
        return self.server.gate.token

    @property
    def address(self) -> str:
        """Host and port as they stand in an address."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{name}:{self.port}"

    @property
    def page_url(self) -> str:
        """Where a browser on this computer finds the page, with the token where no server sees it."""
        wildcard = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host)  # noqa: S104  it is asked, not bound
        address = f"{wildcard}:{self.port}" if wildcard else self.address
        return f"http://{address}/" + (f"#token={self.token}" if self.token else "")

    @property
    def is_ready(self) -> bool:
        """Whether it answers."""
        return self._uvicorn.started

    def run(self) -> None:
        """Serve until :meth:`stop`, or an interrupt where this is the main thread."""
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Ask the server to end; may be called from any thread."""
        self._uvicorn.should_exit = True


def _one_line(record: logging.LogRecord) -> bool:
    """Let a client's broken text be a line in the log, without the traceback that uvicorn adds."""
    if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True


def _listen(host: str, port: int) -> socket.socket:
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise ParameterError(f"port={port!r} must be a whole number in [0, 65535]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ParameterError(f"host={host!r} is no address to listen on: {error.strerror or error}") from None
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Those who are accepted inherit both.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
        listener.bind(address)
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise ParameterError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}; choose another with --host or --port"
        ) from None
    return listener
