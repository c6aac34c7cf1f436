"""What strangers and broken programs do: refused or survived, and the others notice nothing."""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from expressive.core.errors import ParameterError
from expressive.links.server.limits import Limits
from expressive.links.server.living import Living
from expressive.links.server.run import Runner
from expressive.links.server.security import Gate, is_loopback
from tests.links.server.conftest import PATIENCE_S, Probe, probing, running, wait_until

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def witness(runner: Runner) -> Iterator[Probe]:
    """A well-behaved client, to whom nothing may happen."""
    with probing(runner) as probe:
        probe.hello()
        probe.open("witness", "innkeeper", video={"size": 64, "format": "raw"}, state_hz=30)
        yield probe
        probe.ask("say", actor="witness", text="All is well.")
        probe.until_event("line_started")
        seen = probe.until_picture()
        probe.until_picture(lambda picture: picture.t_s > seen.t_s)
        assert not any(message["type"] == "error" for message in probe.messages)


def raw_handshake(runner: Runner, *, receive_buffer: int | None = None, **headers: str) -> socket.socket:
    """A client without a library, for what libraries do not do."""
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE_S)
    connection.connect((runner.host, runner.port))
    key = base64.b64encode(os.urandom(16)).decode()
    fields = {
        "Host": runner.address,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection.sendall(f"GET /v1/ws HTTP/1.1\r\n{lines}\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    if b"101" not in answer.split(b"\r\n")[0]:
        connection.close()
        pytest.fail(answer.decode())
    return connection


def frame(payload: bytes, *, opcode: int = 1, final: bool = True, size: int | None = None) -> bytes:
    """A masked frame; ``size`` may promise more than there is."""
    size = len(payload) if size is None else size
    return struct.pack(">BBQ", (0x80 if final else 0) | opcode, 0xFF, size) + b"\0\0\0\0" + payload


def text_frame(**message: Any) -> bytes:
    return frame(json.dumps(message).encode())


def close_code(connection: socket.socket) -> int | None:
    """Read frames until the server closes, and return the code that it gives."""
    stream = connection.makefile("rb")
    try:
        while len(head := stream.read(2)) == 2:
            size = head[1] & 0x7F
            if size > 125:
                size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
            payload = stream.read(size)
            if head[0] == 0x88:
                return int.from_bytes(payload[:2], "big")
    except ConnectionError:
        pass
    finally:
        stream.close()
    return None


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "file://"]
)
def test_a_strangers_page_is_refused(
    runner: Runner, witness: Probe, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, "expressive.server"),
        pytest.raises(InvalidStatus) as caught,
        probing(runner, origin=origin),
    ):
        pass
    assert caught.value.response.status_code == 403
    assert any("origin" in record.message and origin in record.message for record in caplog.records)


def test_the_servers_own_page_and_a_named_one_are_let_in() -> None:
    with running(origins=["https://game.example"]) as runner:
        for origin in (f"http://{runner.address}", "https://game.example"):
            with probing(runner, origin=origin) as probe:
                assert probe.hello()["type"] == "welcome"


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:8765", True),
        ("localhost:8765", True),
        ("[::1]:8765", True),
        ("192.168.0.7", True),
        ("my.computer:8765", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        (None, False),
        ("[", False),
    ],
)
def test_a_name_that_somebody_else_pointed_here_is_refused(host: str | None, is_known: bool) -> None:
    assert Gate(hosts=["My.Computer"]).knows_host(host) is is_known


def test_a_foreign_host_is_refused_before_anything_is_read(runner: Runner) -> None:
    with pytest.raises(pytest.fail.Exception, match="403"):
        raw_handshake(runner, Host="evil.example")


def test_without_the_token_nobody_gets_in(caplog: pytest.LogCaptureFixture) -> None:
    with running(token=TOKEN) as runner, caplog.at_level(logging.INFO, "expressive.server"):
        for fields in ({}, {"token": "wrong"}, {"token": TOKEN + " "}):
            with probing(runner) as probe:
                error = probe.hello(**fields)
                assert (error["type"], error["code"], error["closing"]) == ("error", "token", True)
                with pytest.raises(ConnectionClosed) as caught:
                    probe.receive()
                assert caught.value.rcvd is not None
                assert caught.value.rcvd.code == 4401
        with probing(runner) as probe:
            assert probe.hello(token=TOKEN)["type"] == "welcome"
        with probing(runner, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as probe:
            assert probe.hello()["type"] == "welcome"
    assert sum("token" in record.message for record in caplog.records) >= 3
    assert not any(TOKEN in record.message for record in caplog.records)


def test_what_is_said_before_hello_ends_the_connection(runner: Runner, witness: Probe) -> None:
    with probing(runner) as probe:
        assert probe.ask("open", actor="a", character="guard")["code"] == "order"
        with pytest.raises(ConnectionClosed):
            probe.receive()


def test_who_says_nothing_is_not_kept_waiting_for() -> None:
    with running(limits=replace(Limits(), hello_s=0.2)) as runner, probing(runner) as probe:
        assert probe.receive()["code"] == "order"
        with pytest.raises(ConnectionClosed) as caught:
            probe.receive()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 4400


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_beyond_this_computer_there_is_always_a_token(host: str) -> None:
    assert not is_loopback(host)
    try:
        runner = Runner(host=host, port=0)
    except ParameterError as error:
        pytest.skip(f"no such address here: {error}")
    assert len(runner.token) >= 32
    assert runner.token in runner.page_url
    runner._socket.close()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"token": "short"}, "at least|or more"),
        ({"origins": ["evil.example"]}, "scheme and host"),
        ({"port": 99999}, "port=99999"),
        ({"host": "no such host"}, "no address"),
    ],
)
def test_a_server_that_cannot_start_says_why(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        Runner(**{"port": 0, **options})


def test_a_message_of_100_mb_is_refused_without_being_read(runner: Runner, witness: Probe) -> None:
    memory = psutil.Process()
    with raw_handshake(runner) as connection:
        connection.sendall(text_frame(type="hello", version=1))
        before = memory.memory_info().rss
        connection.sendall(frame(b"", size=100 * 1024 * 1024))  # the header alone
        assert close_code(connection) == 1009
    with raw_handshake(runner) as connection:
        piece = bytes(1024 * 1024)
        with pytest.raises(OSError):  # noqa: PT011  the kind depends on when the server hung up
            connection.sendall(frame(piece, final=False) + frame(piece, opcode=0, final=False) * 100)
    assert memory.memory_info().rss - before < 40 * 1024 * 1024


def test_a_message_that_is_too_long_is_refused_and_the_connection_goes_on(probe: Probe) -> None:
    error = probe.ask("say", actor="a", text="x" * 70_000)
    assert error["code"] == "limit"
    assert probe.ask("ping", t=1)["type"] == "pong"


def test_a_flood_ends_in_one_clear_error(runner: Runner, witness: Probe, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "expressive.server"), raw_handshake(runner) as connection:
        connection.sendall(text_frame(type="hello", version=1))
        try:
            for _ in range(40):
                connection.sendall(text_frame(type="ping", t=1) * 100)
        except OSError:
            pass  # it has hung up already
        close_code(connection)
        wait_until(lambda: any("(rate)" in record.message for record in caplog.records))
    wait_until(lambda: len(runner.server.sessions) == 1)


def flood(probe: Probe) -> None:
    for _ in range(5000):
        probe.socket.send('{"type": "ping", "t": 1}')
    while True:
        probe.receive()


def test_whoever_is_too_fast_is_told_so(runner: Runner) -> None:
    with probing(runner) as probe:
        probe.hello()
        with pytest.raises(ConnectionClosed) as caught:
            flood(probe)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 4429


@pytest.mark.parametrize(
    "text", ["{", "null", '{"type": "nonsense"}', "\u2028", "[" * 5000, '{"type": "ping", "t": 1e999}']
)
def test_broken_json_costs_an_error_and_nothing_else(probe: Probe, witness: Probe, text: str) -> None:
    probe.socket.send(text)
    error = probe.until(lambda message: message["type"] == "error")
    assert (error["id"], error["closing"]) == (None, False)
    probe.socket.send(b"\x00\x01")
    assert "binary" in probe.until(lambda message: message["type"] == "error")["message"]
    assert probe.ask("ping", t=3)["t"] == 3


def test_a_client_that_vanishes_in_mid_line_leaves_nothing(runner: Runner, witness: Probe) -> None:
    connection = raw_handshake(runner)
    connection.sendall(text_frame(type="hello", version=1))
    connection.sendall(text_frame(type="open", actor="a", character="guard", video={"format": "none"}))
    connection.sendall(text_frame(type="record", actor="a", on=True))
    connection.sendall(text_frame(type="say", actor="a", text="A very long story, which has no end. " * 5))
    data = b""
    while b'"word"' not in data:
        data += connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()  # no goodbye, as when a game crashes
    wait_until(lambda: len(runner.server.sessions) == 1)
    recordings = runner.server.recordings
    assert recordings._films == {}
    assert recordings._folder is None or list(recordings._folder.iterdir()) == []


def test_a_client_that_does_not_read_gets_fewer_pictures_and_no_queue(runner: Runner, witness: Probe) -> None:
    with raw_handshake(runner, receive_buffer=65536) as connection:
        connection.sendall(text_frame(type="hello", version=1))
        connection.sendall(
            text_frame(type="open", actor="a", character="guard", video={"size": 512, "fps": 60, "format": "raw"})
        )
        wait_until(lambda: any(s.actors for s in runner.server.sessions if s._players.get("a")))
        session = next(s for s in runner.server.sessions if "a" in s._players)
        player = session._players["a"]
        wait_until(lambda: player._painter.dropped > 10)
        drawn = player._painter.drawn
        start = witness.state()["t_s"]
        witness.state(lambda state: state["t_s"] > start + 1.0)
        assert player._painter.drawn <= drawn + 1, "nothing is drawn that nobody takes"
        assert session._outbox._waiting_bytes < 64 * 1024
    wait_until(lambda: len(runner.server.sessions) == 1)


def test_who_lets_too_much_pile_up_is_let_go_of(caplog: pytest.LogCaptureFixture) -> None:
    limits = replace(Limits(), unread_bytes=100_000, messages_per_s=1e6, messages_burst=10**6)
    with (
        running(limits=limits) as runner,
        caplog.at_level(logging.INFO, "expressive.server"),
        raw_handshake(runner, receive_buffer=4096) as connection,
    ):
        connection.sendall(text_frame(type="hello", version=1))
        connection.settimeout(0.5)
        try:
            for _ in range(2000):
                connection.sendall(text_frame(type="ping", t=1, id=7) * 100)
                if any("does not read" in record.message for record in caplog.records):
                    break
        except OSError:
            pass
        wait_until(lambda: any("does not read" in record.message for record in caplog.records))
        wait_until(lambda: not runner.server.sessions)


def test_noise_on_the_line_does_no_harm(
    runner: Runner, witness: Probe, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    hello = text_frame(type="hello", version=1)
    with caplog.at_level(logging.WARNING):
        for _ in range(30):
            noise = rng.integers(0, 256, int(rng.integers(1, 400)), np.uint8).tobytes()
            cut = hello[: int(rng.integers(1, len(hello)))]
            for start in (noise, frame(noise), frame(noise, opcode=2), hello + noise, cut, frame(noise, opcode=9)):
                with raw_handshake(runner) as connection:
                    connection.sendall(start)
                    if rng.random() < 0.5:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with socket.create_connection((runner.host, runner.port)) as connection:
                connection.sendall(noise)
        wait_until(lambda: len(runner.server.sessions) == 1)
    assert [record.message for record in caplog.records if record.exc_info] == []


def test_there_is_an_end_to_the_number_of_clients() -> None:
    with running(limits=replace(Limits(), clients=1)) as runner, probing(runner) as first:
        first.hello()
        with probing(runner) as second:
            assert second.hello()["code"] == "limit"
            with pytest.raises(ConnectionClosed) as caught:
                second.receive()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4503
        assert first.ask("ping", t=1)["type"] == "pong"


def test_strangers_take_nobodys_place() -> None:
    with (
        running(token=TOKEN, limits=replace(Limits(), clients=1)) as runner,
        probing(runner),
        probing(runner) as stranger,
    ):
        assert stranger.ask("open", actor="a", character="guard")["code"] == "order"
        with probing(runner) as guest:
            assert guest.hello(token=TOKEN)["type"] == "welcome"


def test_who_opens_and_closes_without_end_is_slowed_down(probe: Probe) -> None:
    for _ in range(20):
        probe.send("open", actor="a", character="guard")
        probe.send("close", actor="a")
    last = probe.ask("ping", t=1)["id"]
    answers = [message for message in probe.messages if message.get("id", 0) and message["id"] < last]
    assert any(message.get("code") == "limit" and "leaving" in message["message"] for message in answers)
    wait_until(lambda: probe.ask("open", actor="b", character="guard", video={"format": "none"})["type"] == "opened")


def test_an_actor_that_fails_is_gone_and_the_others_live(
    probe: Probe, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    probe.open("a")
    probe.open("b", "innkeeper")
    step = Living.step

    def torn(self: Living, dt_s: float) -> Iterator[Any]:
        if self._name == "a":
            raise RuntimeError("torn")
        return step(self, dt_s)

    with caplog.at_level(logging.INFO, "expressive.server"):
        monkeypatch.setattr(Living, "step", torn)
        closed = probe.until_event("closed", actor="a")
    assert "RuntimeError" not in closed["reason"]
    assert any("'a'" in record.message and "torn" in record.message for record in caplog.records)
    now = probe.state(lambda state: state["actor"] == "b")
    probe.state(lambda state: state["actor"] == "b" and state["t_s"] > now["t_s"])
    monkeypatch.undo()
    probe.open("a")


def test_a_server_that_ends_says_so_and_leaves_no_thread() -> None:
    with running() as runner, probing(runner) as probe:
        probe.hello()
        probe.open()
        probe.ask("say", actor="a", text="A very long story, which has no end. " * 5)
        probe.until_event("line_started")
        runner.stop()
        with pytest.raises(ConnectionClosed) as caught:
            probe.until_event("never")
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1012
