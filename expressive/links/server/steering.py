"""What messages do to an actor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from expressive.core.controls import EYE_PITCH_LIMIT_RAD, EYE_YAW_LIMIT_RAD
from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.core.errors import ParameterError
from expressive.emotion.display import EVERY_EMOTION
from expressive.links.server import inbound
from expressive.links.server.outbound import CauseInfo
from expressive.links.server.pad import emotions_at

if TYPE_CHECKING:
    from expressive.stage.actor import Actor

__all__ = ["STEERING", "Steering", "causes_of"]

_FELT_AT_ALL = 0.005
_KEPT_INPUTS = 5_000


class Steering:
    """Remembers what a client holds of an actor, so that it can let go of it."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._inputs = 0

    def apply(self, actor: Actor, message: inbound.ToActor) -> dict[str, Any]:
        """Do what a message of :data:`STEERING` says; returns what the answer tells besides.

        Raises
        ------
        ParameterError
            If a name is unknown or a value is refused.
        """
        self._inputs += 1
        return STEERING[message.type](self, actor, message) or {}

    def tidy(self, actor: Actor) -> None:
        """Forget old inputs: a mind keeps all of them for a replay, and a slider sends sixty a second for hours."""
        if self._inputs > _KEPT_INPUTS and not actor.lines:
            self._inputs = 0
            actor.restore(actor.snapshot())  # continues bit by bit, with an empty log

    def _trigger(self, actor: Actor, message: inbound.Trigger) -> None:
        actor.trigger(message.event, intensity=message.intensity, source=message.source)

    def _feel(self, actor: Actor, message: inbound.Feel) -> None:
        emotion = resolve_emotion(message.emotion)
        actor.feel(emotion, message.intensity, hold_s=message.hold_s)
        self._held.add(emotion)

    def _pad(self, actor: Actor, message: inbound.Pad) -> dict[str, Any]:
        wanted = emotions_at(message.valence, message.arousal, message.dominance)
        for emotion, intensity in zip(EMOTIONS, actor.felt.intensities, strict=True):
            if emotion not in wanted and (intensity > _FELT_AT_ALL or emotion in self._held):
                actor.feel(emotion, 0.0)
        for emotion, amount in wanted.items():
            actor.feel(emotion, amount, hold_s=message.hold_s)
        self._held = set(wanted)
        return {"emotions": wanted}

    def _mask(self, actor: Actor, message: inbound.Mask) -> None:
        emotion = message.emotion if message.emotion == EVERY_EMOTION else resolve_emotion(message.emotion)
        if message.amount > 0.0:
            actor.mask(emotion, message.amount)
        else:
            actor.unmask(emotion)

    def _release(self, actor: Actor, message: inbound.Release) -> None:
        felt = actor.felt
        for emotion in sorted(self._held):
            actor.feel(emotion, felt[emotion])  # with no hold, it fades from here
        self._held.clear()
        actor.unmask()
        actor.look_at(None)
        actor.listen(False)

    def _look(self, actor: Actor, message: inbound.Look) -> None:
        if (message.x is None) != (message.y is None):
            raise ParameterError("look.x and look.y must both be numbers, or both null for a free gaze")
        if message.x is None or message.y is None:
            actor.look_at(None)
        else:
            actor.look_at((message.x * EYE_YAW_LIMIT_RAD, message.y * EYE_PITCH_LIMIT_RAD))

    def _gesture(self, actor: Actor, message: inbound.Gesture) -> None:
        actor.gesture(message.name)

    def _listen(self, actor: Actor, message: inbound.Listen) -> None:
        actor.listen(message.on)


STEERING: dict[str, Callable[[Steering, Actor, Any], dict[str, Any] | None]] = {
    "trigger": Steering._trigger,
    "feel": Steering._feel,
    "pad": Steering._pad,
    "mask": Steering._mask,
    "release": Steering._release,
    "look": Steering._look,
    "gesture": Steering._gesture,
    "listen": Steering._listen,
}
"""Messages that only steer: ``type`` → what it does."""


def causes_of(actor: Actor, emotion: str) -> list[CauseInfo]:
    """Why an actor feels an emotion, for people to read."""
    return [
        CauseInfo(
            event=cause.event,
            source=cause.source,
            goal=cause.goal,
            time_s=round(cause.time_s, 3),
            amount=round(cause.amount, 4),
            remaining=round(cause.remaining, 4),
            numbers={name: round(float(x), 4) for name, x in cause.numbers.items()},
        )
        for cause in actor.why(resolve_emotion(emotion))
    ]
