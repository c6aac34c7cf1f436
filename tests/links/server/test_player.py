"""An actor is gone before its client hears so: the client may open it again at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expressive.links.server import inbound
from expressive.links.server.catalogue import Catalogue
from expressive.links.server.limits import Limits
from expressive.links.server.living import Living
from expressive.links.server.player import Player
from expressive.links.server.recorder import Recordings, Shelf
from tests.links.server.conftest import PATIENCE_S, Probe

UNSEEN = inbound.VideoSettings(format="none")


class Log:
    """An outbox that keeps everything, in order, beside the moment in which the actor is gone."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def put(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.entries.append(json.loads(message))

    def put_state(self, actor: int, message: str) -> None:
        pass

    def has_picture(self, actor: int) -> bool:
        return False

    def forget(self, actor: int) -> None:
        pass

    def ended(self, player: Player) -> None:
        self.entries.append({"type": "gone"})


def played(open_message: inbound.Open, *messages: inbound.ToActor) -> list[dict[str, Any]]:
    """All that a player says until it has ended, given these messages."""
    log = Log()
    player = Player(
        open_message,
        number=1,
        outbox=log,  # type: ignore[arg-type]
        catalogue=Catalogue(),
        limits=Limits(),
        shelf=Shelf(Recordings(), 1),
        ended=log.ended,
    )
    for message in messages:
        player.submit(message)
    assert player.join(PATIENCE_S)
    return log.entries


def test_a_character_that_is_unknown_is_refused_once_the_name_is_free() -> None:
    entries = played(inbound.Open(id=1, actor="a", character="nobody", video=UNSEEN))
    assert [entry["type"] for entry in entries] == ["gone", "error"]
    assert (entries[1]["id"], entries[1]["code"]) == (1, "value")


def test_what_was_sent_to_an_actor_that_never_came_is_answered_after_the_refusal() -> None:
    entries = played(
        inbound.Open(id=1, actor="a", character="nobody", video=UNSEEN), inbound.Gesture(id=2, actor="a", name="nod")
    )
    assert [(entry["type"], entry.get("id"), entry.get("code")) for entry in entries] == [
        ("gone", None, None),
        ("error", 1, "value"),
        ("error", 2, "order"),
    ]


def test_a_close_is_done_when_the_actor_is_gone() -> None:
    entries = played(inbound.Open(id=1, actor="a", character="guard", video=UNSEEN), inbound.Close(id=2, actor="a"))
    assert entries[0]["type"] == "opened"
    assert [entry["type"] for entry in entries[-2:]] == ["gone", "done"]
    assert entries[-1]["id"] == 2


def test_an_actor_that_fails_is_gone_before_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(self: Living, dt_s: float) -> None:
        raise RuntimeError("torn")

    monkeypatch.setattr(Living, "step", torn)
    entries = played(inbound.Open(id=1, actor="a", character="guard", video=UNSEEN))
    assert [entry["type"] for entry in entries] == ["opened", "gone", "event"]
    assert entries[-1]["kind"] == "closed"


def test_a_name_that_was_refused_can_be_opened_at_once(probe: Probe) -> None:
    for _ in range(50):
        assert probe.ask("open", actor="a", character="nobody")["code"] == "value"
    probe.open("a")
