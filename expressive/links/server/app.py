"""The application: routes, what all connections share, and its life from start to shutdown."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from expressive.links.marking import software
from expressive.links.server.catalogue import PROTOCOL_VERSION, Catalogue
from expressive.links.server.limits import Limits
from expressive.links.server.outbound import Error
from expressive.links.server.recorder import PREFIX, Recordings
from expressive.links.server.security import Gate, Guard, bearer
from expressive.links.server.session import FULL, Session

__all__ = ["Server"]

_log = logging.getLogger("expressive.server")

_STRANGERS = 32  # connections that have not said hello; they take nobody's place

# The studio's page loads nothing from elsewhere, is shown in nobody's frame, and talks to nobody else.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Server:
    """What all connections share.

    Parameters
    ----------
    gate : Gate
        who is let in
    catalogue : Catalogue
        the characters there are
    limits : Limits
        how much is taken from anybody
    page : Path | None
        folder of the page that lies at ``/``, or None for no page
    """

    def __init__(self, gate: Gate, catalogue: Catalogue, limits: Limits, *, page: Path | None = None) -> None:
        self.gate, self.catalogue, self.limits = gate, catalogue, limits
        self.recordings = Recordings()
        self.sessions: set[Session] = set()
        routes: list[BaseRoute] = [
            Route("/healthz", self._health),
            WebSocketRoute("/v1/ws", self._connect),
            Route(PREFIX + "{name}", self._recording),
        ]
        if page is not None:
            routes.append(Mount("/", _Page(directory=page, html=True)))
        self._starlette = Starlette(routes=routes, lifespan=self._life)
        self.app: Any = Guard(self._starlette, gate)
        """the ASGI application"""

    @contextlib.asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self.recordings.close()

    async def _health(self, _: Request) -> Response:
        actors = sum(session.actors for session in self.sessions)
        return JSONResponse(
            {
                "status": "ok",
                "server": software(),
                "version": PROTOCOL_VERSION,
                "clients": len(self.sessions),
                "actors": actors,
            }
        )

    async def _connect(self, socket: WebSocket) -> None:
        await socket.accept()
        if len(self.sessions) >= self.limits.clients + _STRANGERS:
            text = "too many are at the door; try again later"
            _log.warning("%s: refused (limit) %s", socket.client.host if socket.client else "client", text)
            with contextlib.suppress(WebSocketDisconnect):
                await socket.send_text(Error(code="limit", message=text, closing=True).json_text())
                await socket.close(FULL, text)
            return
        session = Session(socket, self)
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    async def _recording(self, request: Request) -> Response:
        given = request.query_params.get("token", "")
        if not self.gate.knows_token(given) and not self.gate.knows_token(bearer(request.scope)):
            return PlainTextResponse("the token is missing or wrong\n", 401)
        path = self.recordings.find(request.path_params["name"])
        if path is None or not path.is_file():
            return PlainTextResponse("there is no such recording; those of clients who left are deleted\n", 404)
        return FileResponse(
            path, media_type="video/mp4", filename="expressive.mp4", headers={"Cache-Control": "no-store"}
        )


class _Page(StaticFiles):
    """The files of the page, with headers that keep everybody else out of it."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """Add the headers to a file."""
        response = await super().get_response(path, scope)
        response.headers.update(_PAGE_HEADERS)
        return response
