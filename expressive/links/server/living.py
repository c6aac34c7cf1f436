"""An actor as a client knows it: with numbered lines, held feelings, a language, and snapshots that travel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from expressive.core.errors import ExpressiveError, ParameterError
from expressive.emotion.chart import walk_states
from expressive.links.server import inbound
from expressive.links.server.errors import Refusal
from expressive.links.server.lines import LineBook, Piece
from expressive.links.server.outbound import (
    Done,
    Event,
    MoodInfo,
    ServerMessage,
    SnapshotAnswer,
    StateChanged,
    WhyAnswer,
)
from expressive.links.server.snapshots import check_snapshot
from expressive.links.server.steering import STEERING, Steering, causes_of
from expressive.stage.actor import Actor

if TYPE_CHECKING:
    from expressive.core.affect import Affect
    from expressive.emotion.machine import Passage
    from expressive.links.server.catalogue import Catalogue
    from expressive.links.server.limits import Limits

__all__ = ["Living"]

SNAPSHOT_VERSION = 1


class Living:
    """One actor and what a client has done to it; all on one thread.

    Parameters
    ----------
    message : inbound.Open
        who it is to be
    catalogue : Catalogue
        the characters there are
    limits : Limits
        how much may be said

    Raises
    ------
    ExpressiveError
        If there is no such character or language, or something is missing to bring it to life.
    """

    def __init__(self, message: inbound.Open, catalogue: Catalogue, limits: Limits) -> None:
        self._catalogue, self._limits = catalogue, limits
        self._name, self._character = message.actor, message.character
        self._steering = Steering()
        self._lines = LineBook(message.actor)
        self._moves: list[Event] = []
        self.actor = self._make(message.language, message.seed)

    @property
    def language(self) -> str:
        """What it speaks."""
        return self.actor.profile.voice.language

    @property
    def states(self) -> list[str]:
        """Names of the states that its machine knows."""
        return [node.name for node in walk_states(self.actor.profile.machine.states)]

    def handle(self, message: inbound.ToActor) -> ServerMessage:
        """Do what a message says, and return the answer.

        Raises
        ------
        ExpressiveError
            If it cannot be done; nothing has changed then.
        """
        answer: dict[str, Any] = {"id": message.id, "actor": self._name}
        if message.type in STEERING:
            return Done(**answer, **self._steering.apply(self.actor, message))
        if isinstance(message, inbound.Say):
            return Done(**answer, line=self._say(message))
        if isinstance(message, inbound.Why):
            return WhyAnswer(**answer, emotion=message.emotion, causes=causes_of(self.actor, message.emotion))
        if isinstance(message, inbound.Snapshot):
            return SnapshotAnswer(**answer, data=self._snapshot())
        if isinstance(message, inbound.Restore):
            self._restore(message.data)
        elif isinstance(message, inbound.Language):
            self._speak(message.language)
        elif isinstance(message, inbound.Stop):
            self.actor.hush()
        else:
            raise Refusal("type", f"{message.type} is no message to an actor that lives")
        return Done(**answer)

    def step(self, dt_s: float) -> Iterator[Event | Piece]:
        """Let time pass, and tell what happened and what sound was made."""
        self.actor.update(dt_s)
        yield from self._happened()
        self._steering.tidy(self.actor)

    def reading(self) -> dict[str, Any]:
        """How the actor is, as the fields of a ``state`` message."""
        actor = self.actor
        felt, shown, mood = actor.felt, actor.shown, actor.mood
        return {
            "actor": self._name,
            "t_s": round(actor.time_s, 4),
            "state": actor.state,
            "felt": _intensities(felt),
            "shown": _intensities(shown),
            "vad": [round(x, 4) for x in felt.vad],
            "shown_vad": [round(x, 4) for x in shown.vad],
            "mood": MoodInfo(
                pleasure=round(mood.pleasure, 4),
                arousal=round(mood.arousal, 4),
                dominance=round(mood.dominance, 4),
                octant=mood.octant,
            ),
            "controls": [round(float(x), 4) for x in actor.controls.values],
            "viseme": self._lines.viseme(),
            "speaking": self._lines.heard,
            "waiting": self._lines.waiting,
        }

    def close(self) -> Iterator[Event | Piece]:
        """Let go of the actor, and tell how its lines ended."""
        self.actor.close()
        yield from self._happened()

    def _say(self, message: inbound.Say) -> int:
        limits = self._limits
        if len(message.text) > limits.line_characters:
            raise Refusal(
                "limit",
                f"say.text has {len(message.text)} characters; at most {limits.line_characters} are taken, so split it",
            )
        if message.line in self._lines.numbers:
            raise ParameterError(f"say.line={message.line} is being spoken or waits; take another number, or none")
        if not message.interrupt and len(self.actor.lines) >= limits.lines_waiting:
            raise Refusal("limit", f"{len(self.actor.lines)} lines wait already; wait for line_ended, or interrupt")
        return self._lines.add(self.actor.say(message.text, interrupt=message.interrupt), message.line)

    def _speak(self, language: str) -> None:
        """Go on in another language: the same mind in another body, as the voice belongs to the profile."""
        state, seed = self.actor.snapshot(), self.actor.seed
        actor = self._make(language, seed)
        actor.restore({**state, "lines": []})
        self._replace(actor)

    def _snapshot(self) -> dict[str, Any]:
        return {
            "version": SNAPSHOT_VERSION,
            "character": self._character,
            "language": self.language,
            "lines": self._lines.numbers,
            "actor": self.actor.snapshot(),
        }

    def _restore(self, data: dict[str, Any]) -> None:
        try:
            check_snapshot(data, self._character, version=SNAPSHOT_VERSION, limits=self._limits)
            # A new one, so that a snapshot which turns out torn has changed nothing.
            actor = self._make(data["language"], data["actor"]["seed"])
            actor.restore(data["actor"])
        except ExpressiveError:
            raise
        except Exception as error:  # noqa: BLE001  it comes from outside, and there is no end to what may be wrong in it
            raise ParameterError(
                f"restore.data is torn ({type(error).__name__}: {error}); take a whole snapshot"
            ) from None
        self._replace(actor)
        for utterance, number in zip(actor.lines, data["lines"], strict=True):
            self._lines.resume(utterance, number)

    def _replace(self, actor: Actor) -> None:
        old, self.actor = self.actor, actor
        old.close()
        self._moves += [event for event in self._lines.advance(old.time_s) if isinstance(event, Event)]
        if actor.state != old.state:
            self._moves.append(_moved(self._name, actor.time_s, old.state, actor.state))

    def _happened(self) -> Iterator[Event | Piece]:
        moves, self._moves = self._moves, []
        yield from moves
        yield from self._lines.advance(self.actor.time_s)

    def _make(self, language: str, seed: int) -> Actor:
        actor = Actor(self._catalogue.profile(self._character, language), seed=seed)

        def moved(passage: Passage) -> None:
            self._moves.append(_moved(self._name, passage.time_s, passage.from_state, passage.to_state))

        actor.on("transition", moved)
        return actor


def _moved(actor: str, time_s: float, previous: str, state: str) -> StateChanged:
    fields = {"actor": actor, "t_s": round(time_s, 4), "from": previous, "to": state}
    return StateChanged.model_validate(fields)


def _intensities(affect: Affect) -> dict[str, float]:
    axes = {"valence", "arousal", "dominance"}
    return {name: round(x, 4) for name, x in affect.to_dict().items() if name not in axes and x >= 5e-5}
