"""A real server on a free port, and a client that says what it waits for."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from expressive.links.server.limits import Limits
from expressive.links.server.run import Runner

PATIENCE_S = 60.0
"""How long to wait for what must come; only a broken server lets it pass."""
HEADER = struct.Struct("<BBHIdII")


@contextmanager
def running(**options: Any) -> Iterator[Runner]:
    """A server that answers, on a port of its own, until the block ends."""
    runner = Runner(port=0, **options)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        wait_until(lambda: runner.is_ready)
        yield runner
    finally:
        runner.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert actor_threads() == []


def actor_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("expressive actor")]


def wait_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


class Binary:
    """A picture or a stretch of sound."""

    def __init__(self, data: bytes) -> None:
        self.kind, self.format, self.actor, self.applied, self.t_s, size, self.number = HEADER.unpack_from(data)
        self.width, self.height, self.sample_rate, self.line = size & 0xFFFF, size >> 16, size, self.number
        self.data = data[HEADER.size :]

    @property
    def is_picture(self) -> bool:
        return self.kind == 1


class Probe:
    """A client that keeps all that it has received."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.pictures: list[Binary] = []
        self.sounds: list[Binary] = []
        self._id = 0

    def send(self, type: str, **fields: Any) -> int:  # noqa: A002
        self._id += 1
        self.socket.send(json.dumps({"type": type, "id": self._id, **fields}))
        return self._id

    def ask(self, type: str, **fields: Any) -> dict[str, Any]:  # noqa: A002
        number = self.send(type, **fields)
        return self.until(lambda message: message.get("id") == number)

    def hello(self, **fields: Any) -> dict[str, Any]:
        return self.ask("hello", version=1, **fields)

    def open(self, actor: str = "a", character: str = "guard", **fields: Any) -> dict[str, Any]:
        fields = {"video": {"format": "none"}, **fields}
        answer = self.ask("open", actor=actor, character=character, **fields)
        assert answer["type"] == "opened", answer
        return answer

    def receive(self) -> dict[str, Any] | Binary:
        data = self.socket.recv(timeout=PATIENCE_S)
        if isinstance(data, bytes):
            binary = Binary(data)
            (self.pictures if binary.is_picture else self.sounds).append(binary)
            return binary
        message: dict[str, Any] = json.loads(data)
        self.messages.append(message)
        return message

    def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Receive until a text message is the wanted one."""
        end = time.monotonic() + PATIENCE_S
        while True:
            message = self.receive()
            assert time.monotonic() < end, f"waited in vain; the last state was {self.messages[-1]}"
            if isinstance(message, dict) and wanted(message):
                return message

    def until_event(self, kind: str, **fields: Any) -> dict[str, Any]:
        return self.until(
            lambda m: m["type"] == "event" and m["kind"] == kind and all(m[k] == v for k, v in fields.items())
        )

    def event(self, kind: str) -> dict[str, Any]:
        """The first event of a kind, which may have come already."""
        found = [m for m in self.messages if m["type"] == "event" and m["kind"] == kind]
        return found[0] if found else self.until_event(kind)

    def until_picture(self, wanted: Callable[[Binary], Any] = lambda _: True) -> Binary:
        while True:
            message = self.receive()
            if isinstance(message, Binary) and message.is_picture and wanted(message):
                return message

    def state(self, wanted: Callable[[dict[str, Any]], Any] = lambda _: True) -> dict[str, Any]:
        return self.until(lambda message: message["type"] == "state" and wanted(message))


@contextmanager
def probing(runner: Runner, **options: Any) -> Iterator[Probe]:
    """A client of a server; it has not said hello yet."""
    url = f"ws://{runner.address}/v1/ws"
    options = {"max_size": None, "open_timeout": PATIENCE_S, "close_timeout": 5, "ping_interval": None, **options}
    with connect(url, **options) as socket:
        yield Probe(socket)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with running(limits=Limits(line_characters=300, lines_waiting=3, actors=3, recordings=1)) as runner:
        yield runner


@pytest.fixture
def probe(runner: Runner) -> Iterator[Probe]:
    others = set(runner.server.sessions)
    with probing(runner) as probe:
        assert probe.hello(client="tests")["type"] == "welcome"
        yield probe
    wait_until(lambda: runner.server.sessions <= others)
