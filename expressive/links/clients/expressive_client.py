"""Talk to ``expressive serve`` from any Python program: one file, the standard library alone, Python 3.9 or later.

Copy it into your game. A thread reads from the network; the game asks what has come whenever it likes and never waits::

    from expressive_client import Client

    client = Client("ws://127.0.0.1:8765/v1/ws")
    client.open("guard", "guard", seed=7, video={"format": "webp"}, audio={"format": "int16"})
    client.send("say", actor="guard", text="Get away from [anger]my[/] gate!")
    while running:
        picture = client.picture("guard")  # the newest, or None
        for message in client.poll():  # dictionaries and Sounds, in order
            ...
    client.close()

What the messages mean is told in Expressive's documentation, ``docs/serve.md``. This file is under the MIT licence.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import hashlib
import io
import json
import os
import socket
import ssl
import struct
import threading
import time
import wave
from collections.abc import Iterable
from typing import Any, NamedTuple, Union
from urllib.parse import urlsplit

__all__ = ["Client", "Picture", "ServerError", "Sound", "to_wav"]

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_HEADER = struct.Struct("<BBHIdII")
_LONGEST = 64 * 1024 * 1024
_LONGEST_HEAD = 64 * 1024
_SOUNDS_KEPT = 5_000  # a game that never polls does not fill the memory


class ServerError(Exception):
    """The server refused a message or the connection."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Picture(NamedTuple):
    """A picture of an actor."""

    actor: int
    format: str
    applied: int
    time_s: float
    width: int
    height: int
    number: int
    data: bytes


class Sound(NamedTuple):
    """A stretch of a line's sound; each continues the one before it."""

    actor: int
    format: str
    applied: int
    time_s: float
    sample_rate: int
    line: int
    data: bytes


Message = Union[dict[str, Any], Sound]  # noqa: UP007  an engine's Python may be older than the bar


class Client:
    """A connection to a server.

    Parameters
    ----------
    url : str
        such as ``ws://127.0.0.1:8765/v1/ws``; ``wss://`` is encrypted
    token : str
        what the server printed when it started, where it wants one
    name : str
        for the server's log
    timeout_s : float
        how long to wait for the connection and for answers

    Raises
    ------
    ServerError
        If the server refuses the connection.
    OSError
        If there is no server.
    """

    def __init__(self, url: str, *, token: str = "", name: str = "python", timeout_s: float = 10.0) -> None:
        self._timeout_s = timeout_s
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._messages: collections.deque[Message] = collections.deque(maxlen=_SOUNDS_KEPT)
        self._pictures: dict[int, Picture] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self._awaited: set[int] = set()
        self._states: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}
        self._last_id = 0
        self._error: Exception | None = None
        self._closed = False
        self._buffer = bytearray()
        self._socket = self._connect(url)
        self._reader = threading.Thread(target=self._read, name="expressive client", daemon=True)
        self._reader.start()
        try:
            self.welcome = self.ask("hello", version=1, client=name, token=token)
        except BaseException:
            self.close()
            raise

    # ---- what a game calls ---------------------------------------------------------------------------------------

    def open(self, actor: str, character: str, **options: Any) -> dict[str, Any]:
        """Bring a character to life under a name of yours; returns ``opened``. Options are those of the message."""
        opened = self.ask("open", actor=actor, character=character, **options)
        self._numbers[actor] = opened["number"]
        return opened

    def send(self, kind: str, **fields: Any) -> int:
        """Send a message and return its ``id``; an error comes with :meth:`poll`."""
        with self._sending:
            self._last_id += 1
            self._send_text({"type": kind, "id": self._last_id, **fields})
            return self._last_id

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for its answer.

        Raises
        ------
        ServerError
            If the answer is an error, or none comes in time.
        """
        with self._sending:
            self._last_id += 1
            number = self._last_id
            self._awaited.add(number)
            self._send_text({"type": kind, "id": number, **fields})
        with self._changed:
            found = self._changed.wait_for(lambda: number in self._answers or self._error, self._timeout_s)
            self._awaited.discard(number)
            answer = self._answers.pop(number, None)
        if answer is None:
            reason = str(self._error) if found else f"no answer to {kind} within {self._timeout_s:g} s"
            raise ServerError(reason, getattr(self._error, "code", ""))
        if answer["type"] == "error":
            raise ServerError(answer["message"], answer["code"])
        return answer

    def poll(self) -> list[Message]:
        """Everything but pictures and states that has come since the last call, in order: events, answers, sound.

        Raises
        ------
        ServerError
            If the connection has ended and everything that came before has been taken.
        """
        with self._changed:
            messages = list(self._messages)
            self._messages.clear()
            if not messages and self._error is not None:
                raise ServerError(str(self._error), getattr(self._error, "code", ""))
        return messages

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is something to poll or to see; returns whether there is."""
        with self._changed:
            return bool(
                self._changed.wait_for(lambda: self._messages or self._pictures or self._error is not None, timeout_s)
            )

    def picture(self, actor: str) -> Picture | None:
        """The newest picture of an actor, if one has come since the last call."""
        with self._changed:
            return self._pictures.pop(self._numbers.get(actor, -1), None)

    def state(self, actor: str) -> dict[str, Any] | None:
        """The newest state of an actor."""
        with self._changed:
            return self._states.get(actor)

    def close(self) -> None:
        """End the connection; may be called again."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(OSError), self._sending:
                self._send_frame(_CLOSE, struct.pack(">H", 1000))
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._reader:
            self._reader.join(self._timeout_s)
        self._socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- the connection ------------------------------------------------------------------------------------------

    def _connect(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError(f"url {url!r} must be such as ws://127.0.0.1:8765/v1/ws")
        secure = parts.scheme == "wss"
        connection = socket.create_connection((parts.hostname, parts.port or (443 if secure else 80)), self._timeout_s)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if secure:
                connection = ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)
            self._shake_hands(connection, parts.netloc.rpartition("@")[2], parts.path or "/")
            connection.settimeout(None)
        except BaseException:
            connection.close()
            raise
        return connection

    def _shake_hands(self, connection: socket.socket, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16))
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        connection.sendall(request.encode())
        while b"\r\n\r\n" not in self._buffer:
            data = connection.recv(4096)
            if not data or len(self._buffer) > _LONGEST_HEAD:
                raise ServerError("the server ended the handshake; is this the address of expressive serve?")
            self._buffer += data
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        status, *lines = head.decode("latin-1").split("\r\n")
        if status.split(" ")[1:2] != ["101"]:
            raise ServerError(f"the server refused the connection ({status}); its log says why")
        fields = {}
        for line in lines:
            field, _, value = line.partition(":")
            fields[field.strip().lower()] = value.strip()
        expected = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode()  # noqa: S324  the RFC asks for it
        if fields.get("sec-websocket-accept") != expected:
            raise ServerError("what answered is no WebSocket server")

    def _send_text(self, message: dict[str, Any]) -> None:
        try:
            self._send_frame(_TEXT, json.dumps(message).encode())
        except OSError as error:
            raise ServerError(f"the connection is lost: {self._error or error}") from error

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        """Send one frame, masked as RFC 6455, section 5.3, asks of clients."""
        size = len(payload)
        if size < 126:
            head = struct.pack(">BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack(">BBH", 0x80 | opcode, 0xFE, size)
        else:
            head = struct.pack(">BBQ", 0x80 | opcode, 0xFF, size)
        mask = os.urandom(4)
        pad = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)

    # ---- the thread ----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        reason: Exception = ServerError("the connection was closed")
        try:
            opcode, parts, size = _CONTINUED, [], 0
            while True:
                final, kind, payload = self._read_frame()
                if kind == _CLOSE:
                    if len(payload) > 2:
                        text = payload[2:].decode("utf-8", "replace")
                        reason = ServerError(f"the server closed the connection: {text}")
                    break
                if kind == _PING:
                    with self._sending:
                        self._send_frame(_PONG, payload)
                elif kind in (_TEXT, _BINARY, _CONTINUED):
                    opcode = kind or opcode
                    parts.append(payload)
                    size += len(payload)
                    if size > _LONGEST:
                        raise ServerError(f"a message is longer than {_LONGEST} bytes")
                    if final:
                        self._take(opcode, b"".join(parts))
                        parts, size = [], 0
        except Exception as error:  # noqa: BLE001  a thread has nobody to raise to; poll() tells
            if not self._closed:
                reason = error
        with self._changed:
            # What was said last, such as why the connection ends, tells more than that it has ended.
            self._error = self._error or reason
            self._changed.notify_all()

    def _read_frame(self) -> tuple[bool, int, bytes]:
        first, second = self._take_bytes(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", self._take_bytes(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._take_bytes(8))
        if second & 0x80 or size > _LONGEST:
            raise ServerError("the server sent a frame that is no good")
        return bool(first & 0x80), first & 0x0F, self._take_bytes(size)

    def _take_bytes(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self._socket.recv(max(65536, count - len(self._buffer)))
            if not data:
                raise ServerError("the connection was lost")
            self._buffer += data
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _BINARY:
            message = _read_binary(payload)
            with self._changed:
                if isinstance(message, Picture):
                    self._pictures[message.actor] = message
                elif message is not None:
                    self._messages.append(message)
                self._changed.notify_all()
            return
        data = json.loads(payload)
        with self._changed:
            if data["type"] == "state":
                self._states[data["actor"]] = data
            elif data.get("id") in self._awaited:
                self._answers[data["id"]] = data
            else:
                self._messages.append(data)
            if data["type"] == "error" and data["closing"]:
                self._error = ServerError(data["message"], data["code"])
            self._changed.notify_all()


def to_wav(sounds: Iterable[Sound], notice: str) -> bytes:
    """Join sounds of the format ``int16`` to a WAV file that says what it is.

    Parameters
    ----------
    sounds : Iterable[Sound]
        of one line, in order
    notice : str
        ``client.welcome["notice"]``: that the voice is synthetic
    """
    pieces = list(sounds)
    if not pieces or any(piece.format != "int16" for piece in pieces):
        raise ValueError("to_wav takes sounds of the format int16; open the actor with audio={'format': 'int16'}")
    out = io.BytesIO()
    with wave.open(out, "wb") as film:
        film.setnchannels(1)
        film.setsampwidth(2)
        film.setframerate(pieces[0].sample_rate)
        film.writeframes(b"".join(piece.data for piece in pieces))
    words = notice.encode() + b"\0" * (2 - len(notice.encode()) % 2)
    mark = b"INFOICMT" + struct.pack("<I", len(words)) + words
    data = bytearray(out.getvalue() + b"LIST" + struct.pack("<I", len(mark)) + mark)
    data[4:8] = struct.pack("<I", len(data) - 8)
    return bytes(data)


def _read_binary(payload: bytes) -> Picture | Sound | None:
    kind, form, actor, applied, time_s, size, number = _HEADER.unpack_from(payload)
    data = payload[_HEADER.size :]
    if kind == 1:
        name = ("raw", "webp", "jpeg")[form]
        return Picture(actor, name, applied, time_s, size & 0xFFFF, size >> 16, number, data)
    if kind == 2:
        return Sound(actor, ("float32", "int16")[form], applied, time_s, size, number, data)
    return None  # of a later version


def _main() -> None:
    """Let a character speak, and tell what it goes through: ``python expressive_client.py [URL] [TOKEN]``."""
    import sys

    url = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765/v1/ws"
    with Client(url, token=sys.argv[2] if len(sys.argv) > 2 else "") as client:
        print(client.welcome["notice"])
        client.open("guard", "guard", seed=7, video={"format": "none"}, audio={"format": "int16"})
        client.send("trigger", actor="guard", event="insulted", intensity=0.8, source="player")
        client.send("say", actor="guard", text="Get away from [anger]my[/] gate!")
        sounds, until = [], time.monotonic() + 60
        while time.monotonic() < until:
            client.wait(0.1)
            for message in client.poll():
                if isinstance(message, Sound):
                    sounds.append(message)
                elif message["type"] == "event":
                    print({name: value for name, value in message.items() if name not in ("type", "actor")})
                    if message["kind"] == "line_ended":
                        state = client.state("guard")
                        print("felt:", state["felt"] if state else {}, "-", len(to_wav(sounds, "")), "bytes of sound")
                        return


if __name__ == "__main__":
    _main()
