"""One connection: greets, checks and hands on what comes in, and sends what its actors have to say."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket, WebSocketDisconnect

from expressive.core.errors import did_you_mean
from expressive.links.server import inbound
from expressive.links.server.catalogue import PROTOCOL_VERSION
from expressive.links.server.errors import Refusal
from expressive.links.server.limits import TokenBucket
from expressive.links.server.outbound import Error, Pong
from expressive.links.server.outbox import Outbox
from expressive.links.server.player import Player
from expressive.links.server.reading import read_id, read_message, read_object, shown
from expressive.links.server.recorder import Shelf
from expressive.links.server.security import bearer

if TYPE_CHECKING:
    from expressive.links.server.app import Server

__all__ = ["Session"]

NO_HELLO, WRONG_TOKEN, TOO_FAST, FULL, UNREAD = 4400, 4401, 4429, 4503, 4408
_BYTES_PER_TOKEN = 16 * 1024
_WRONG_TOKEN_S = 0.5  # before the answer, so that guessing takes long
_LAST_WORDS_S = 1.0
_JOIN_S = 5.0
_log = logging.getLogger("expressive.server")


class Session:
    """One client.

    Parameters
    ----------
    socket : WebSocket
        accepted already
    server : Server
        the server that it talks to
    """

    def __init__(self, socket: WebSocket, server: Server) -> None:
        self._socket, self._server = socket, server
        self._limits = server.limits
        self._outbox = Outbox(asyncio.get_running_loop(), server.limits.unread_bytes)
        self._bucket = TokenBucket(rate=server.limits.messages_per_s, burst=server.limits.messages_burst)
        self._shelf = Shelf(server.recordings, server.limits.recordings)
        self._players: dict[str, Player] = {}
        self._leaving: list[Player] = []
        self._numbers = 0
        self._greeted = False
        self._answer_to: int | None = None
        self._log_lines = TokenBucket(rate=1.0, burst=5)
        client = socket.client
        self.label = f"{client.host}:{client.port}" if client else "client"

    async def run(self) -> None:
        """Serve until the client or the server ends it."""
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        unread = asyncio.create_task(self._outbox.full.wait())
        tasks = (reader, writer, unread)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if unread.done():
                _log.warning("%s: does not read what it asked for; disconnected", self.label)
                await self._end(UNREAD, "too much is left unread")
            elif reader.done():
                await self._part(reader.result())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._let_go()

    @property
    def is_greeted(self) -> bool:
        """Whether it has said hello, with the token where there is one."""
        return self._greeted

    @property
    def actors(self) -> int:
        """How many actors live for it."""
        return len(self._players)

    # ---- in ------------------------------------------------------------------------------------------------------

    async def _read(self) -> Refusal | None:
        """Take messages until the end; returns why it was ended, or None where the client left."""
        begun_s = time.monotonic()
        while True:
            left_s = None if self._greeted else max(0.0, begun_s + self._limits.hello_s - time.monotonic())
            try:
                event = await asyncio.wait_for(self._socket.receive(), left_s)
            except asyncio.TimeoutError:
                return Refusal("order", f"no hello came within {self._limits.hello_s:g} s", close=NO_HELLO)
            if event["type"] != "websocket.receive":
                return None
            text, size = event.get("text"), len(event.get("text") or event.get("bytes") or "")
            self._answer_to = None
            if not self._bucket.take(1 + size // _BYTES_PER_TOKEN):
                rate = self._limits.messages_per_s
                return Refusal("rate", f"more than {rate:g} messages a second; send fewer", close=TOO_FAST)
            try:
                await self._take(self._parse(text))
            except Refusal as refusal:
                if refusal.close is not None:
                    return refusal
                self._refuse(refusal)

    def _parse(self, text: str | None) -> inbound.ClientMessage:
        if text is None:
            raise Refusal("json", "a binary message came; clients send text only")
        is_long = len(text) > self._limits.message_bytes
        too_long = Refusal(
            "limit", f"the message has {len(text)} characters; at most {self._limits.message_bytes} are taken"
        )
        if is_long and not self._greeted:
            raise too_long
        data = read_object(text)
        self._answer_to = read_id(data)
        if is_long and data.get("type") != "restore":
            raise too_long
        return read_message(data)

    async def _take(self, message: inbound.ClientMessage) -> None:
        if isinstance(message, inbound.Hello):
            await self._greet(message)
            return
        if not self._greeted:
            raise Refusal("order", f"{message.type} came before hello; say hello first", close=NO_HELLO)
        if isinstance(message, inbound.Ping):
            self._outbox.put(Pong(id=message.id, t=message.t, server_s=time.monotonic()).json_text())
        elif isinstance(message, inbound.Open):
            self._open(message)
        elif isinstance(message, inbound.ToActor):
            player = self._players.get(message.actor)
            if player is None:
                hint = did_you_mean(message.actor, self._players) or "Open it first."
                raise Refusal("order", f"{message.type}: actor {shown(message.actor)} is not open. {hint}")
            if isinstance(message, inbound.Close):
                self._leaving.append(self._players.pop(message.actor))
            player.submit(message)

    async def _greet(self, message: inbound.Hello) -> None:
        if self._greeted:
            raise Refusal("order", "hello was said already")
        if message.version != PROTOCOL_VERSION:
            raise Refusal("value", f"hello.version={message.version} must be {PROTOCOL_VERSION}", close=NO_HELLO)
        gate = self._server.gate
        if not gate.knows_token(message.token) and not gate.knows_token(bearer(self._socket.scope)):
            await asyncio.sleep(_WRONG_TOKEN_S)
            wrong = "is wrong" if message.token else "is missing"
            raise Refusal("token", f"hello.token {wrong}; the server printed it when it started", close=WRONG_TOKEN)
        guests = sum(session.is_greeted for session in self._server.sessions)
        if guests >= self._limits.clients:
            raise Refusal(
                "limit", f"{guests} clients are connected, and no more are taken; try again later", close=FULL
            )
        self._greeted = True
        _log.info("%s: %s connected", self.label, shown(message.client) if message.client else "a client")
        self._outbox.put(self._server.catalogue.welcome(self._limits, answer_to=message.id).json_text())

    def _open(self, message: inbound.Open) -> None:
        if message.actor in self._players:
            raise Refusal(
                "order", f"open: actor {shown(message.actor)} is open already; close it, or take another name"
            )
        if len(self._leaving) >= self._limits.actors:
            raise Refusal("limit", f"open: {len(self._leaving)} actors are still leaving; wait for their done")
        if len(self._players) >= self._limits.actors:
            raise Refusal(
                "limit", f"open: {len(self._players)} actors are open, and no more are taken; close one first"
            )
        self._numbers = self._numbers % 0xFFFF + 1
        loop = asyncio.get_running_loop()

        def ended(player: Player) -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended before the actor
                loop.call_soon_threadsafe(self._forget, player)

        self._players[message.actor] = Player(
            message,
            number=self._numbers,
            outbox=self._outbox,
            catalogue=self._server.catalogue,
            limits=self._limits,
            shelf=self._shelf,
            ended=ended,
        )

    def _forget(self, player: Player) -> None:
        if self._players.get(player.name) is player:
            del self._players[player.name]
        if player in self._leaving:
            self._leaving.remove(player)

    def _refuse(self, refusal: Refusal, *, closing: bool = False) -> None:
        text = " ".join(str(refusal).split())
        if self._log_lines.take():
            _log.info("%s: refused (%s) %s", self.label, refusal.code, text)
        self._outbox.put(Error(id=self._answer_to, code=refusal.code, message=text, closing=closing).json_text())

    # ---- out -----------------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the client has gone; the reader sees it too
            while True:
                await self._send(await self._outbox.get())

    async def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)

    async def _part(self, refusal: Refusal | None) -> None:
        """Say the last word, if the client is still there to hear it."""
        if refusal is None or refusal.close is None:
            _log.info("%s: left", self.label)
            return
        _log.warning("%s: disconnected (%s) %s", self.label, refusal.code, refusal)
        self._refuse(refusal, closing=True)
        until_s = time.monotonic() + _LAST_WORDS_S
        while not self._outbox.is_empty and time.monotonic() < until_s:
            await asyncio.sleep(0.01)
        await self._end(refusal.close, str(refusal))

    async def _end(self, code: int, reason: str) -> None:
        with contextlib.suppress(asyncio.TimeoutError, WebSocketDisconnect, RuntimeError):
            await asyncio.wait_for(self._socket.close(code, reason[:100]), _LAST_WORDS_S)

    async def _let_go(self) -> None:
        players = [*self._players.values(), *self._leaving]
        self._outbox.close()
        for player in players:
            player.close()
        for player in players:
            if not await asyncio.to_thread(player.join, _JOIN_S):
                _log.warning("%s: actor %r takes long to end", self.label, player.name)
        self._shelf.close()
