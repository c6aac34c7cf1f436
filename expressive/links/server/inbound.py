"""Messages from a client, one class each; their fields, ranges and defaults are the protocol and make its schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["CLIENT_MESSAGES", "AudioSettings", "ClientMessage", "ToActor", "VideoSettings"]

MAX_ID = 2**32 - 1
MAX_SEED = 2**53 - 1  # what every JSON reader keeps exactly

Unit = Annotated[float, Field(ge=0, le=1)]
Signed = Annotated[float, Field(ge=-1, le=1)]
Hold = Annotated[float, Field(ge=0, le=86_400)]
Hertz = Annotated[float, Field(ge=0, le=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Word = Annotated[str, StringConstraints(max_length=200)]
Number = Annotated[int, Field(ge=1, le=MAX_ID)]


class VideoSettings(BaseModel):
    """How an actor is seen."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)

    size: Annotated[int, Field(ge=64, le=512)] = 256
    """edge of the picture in pixels"""
    fps: Annotated[float, Field(ge=1, le=60)] = 30.0
    """pictures a second at most"""
    format: Literal["raw", "webp", "jpeg", "none"] = "raw"
    """raw RGBA with straight alpha, WebP with alpha, JPEG on ``ground``, or no pictures"""
    quality: Annotated[int, Field(ge=1, le=100)] = 80
    """of WebP and JPEG"""
    ground: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#808080"
    """colour behind a JPEG, which has no transparency"""


class AudioSettings(BaseModel):
    """How an actor is heard."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)

    on: bool = True
    """whether sound is sent"""
    format: Literal["float32", "int16"] = "float32"
    """of the samples"""


class ClientMessage(BaseModel):
    """What every message has."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)

    type: str
    id: Number | None = None
    """a rising number; the message is then answered, and pictures tell when it had taken effect"""


class Hello(ClientMessage):
    """Begin; the first message of a connection, answered by ``welcome``."""

    type: Literal["hello"] = "hello"
    version: int
    """of the protocol: 1"""
    client: Word = ""
    """a name for the server's log"""
    token: Annotated[str, StringConstraints(max_length=1000)] = ""
    """the server's token, where it has one"""


class Ping(ClientMessage):
    """Ask whether the server is there; answered by ``pong``."""

    type: Literal["ping"] = "ping"
    t: float
    """comes back as it is"""


class ToActor(ClientMessage):
    """What every message to an actor has."""

    actor: Name
    """the client's name for it"""


class Open(ToActor):
    """Bring a character to life; answered by ``opened``."""

    type: Literal["open"] = "open"
    character: Word
    """a name out of ``welcome.characters``"""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    """the same seed and the same inputs give the same behaviour"""
    language: Word = ""
    """a tag out of ``welcome.languages``; empty for the character's own"""
    video: VideoSettings = VideoSettings()
    audio: AudioSettings = AudioSettings()
    state_hz: Hertz = 15.0
    """states a second; 0 for none"""


class Close(ToActor):
    """Let an actor go."""

    type: Literal["close"] = "close"


class Video(ToActor, VideoSettings):
    """Change how the actor is seen; what is not named stays."""

    type: Literal["video"] = "video"


class Audio(ToActor, AudioSettings):
    """Change how the actor is heard; what is not named stays."""

    type: Literal["audio"] = "audio"


class States(ToActor):
    """Change how often states are sent."""

    type: Literal["states"] = "states"
    hz: Hertz
    """states a second; 0 for none"""


class Trigger(ToActor):
    """Let something happen to the character."""

    type: Literal["trigger"] = "trigger"
    event: Word
    """a name out of ``opened.events``"""
    intensity: Unit = 1.0
    source: Word | None = None
    """who did it"""


class Feel(ToActor):
    """Steer an emotion directly."""

    type: Literal["feel"] = "feel"
    emotion: Word
    intensity: Unit
    hold_s: Hold = 0.0
    """how long it stays before it fades"""


class Pad(ToActor):
    """Steer to a point of the valence-arousal pad; the answer names the ``emotions`` that lie there."""

    type: Literal["pad"] = "pad"
    valence: Signed
    arousal: Signed
    dominance: Signed | None = None
    """null leaves it open"""
    hold_s: Hold = 0.0
    """how long it stays before it fades"""


class Mask(ToActor):
    """Hide an emotion that is felt."""

    type: Literal["mask"] = "mask"
    emotion: Word
    """a category, or ``*`` for all"""
    amount: Unit
    """the share that is hidden; 0 takes the mask off"""


class Release(ToActor):
    """Let go of what is steered: feelings fade, masks fall, the gaze is free, listening ends."""

    type: Literal["release"] = "release"


class Say(ToActor):
    """Speak a line; the answer names its number, ``line``."""

    type: Literal["say"] = "say"
    text: str
    """plain, with inline tags, or SSML"""
    line: Number | None = None
    """its number in events and sound; by default the next after the highest so far"""
    interrupt: bool = False
    """whether to break off what is being said"""


class Stop(ToActor):
    """Break off the line, and forget those that wait."""

    type: Literal["stop"] = "stop"


class Look(ToActor):
    """Look at a point of the picture, or freely."""

    type: Literal["look"] = "look"
    x: Signed | None
    """to the right of the picture; null for a free gaze"""
    y: Signed | None
    """upwards; null for a free gaze"""


class Gesture(ToActor):
    """Move the head."""

    type: Literal["gesture"] = "gesture"
    name: Word
    """out of ``welcome.gestures``"""


class Listen(ToActor):
    """Pay attention to somebody who speaks, or stop doing so."""

    type: Literal["listen"] = "listen"
    on: bool


class Language(ToActor):
    """Speak another language from the next line on; what is being said is broken off."""

    type: Literal["language"] = "language"
    language: Word
    """a tag out of ``welcome.languages``; empty for the character's own"""


class Why(ToActor):
    """Ask for the causes of an emotion; answered by ``why``."""

    type: Literal["why"] = "why"
    emotion: Word


class Snapshot(ToActor):
    """Ask for everything that a continuation needs; answered by ``snapshot``."""

    type: Literal["snapshot"] = "snapshot"


class Restore(ToActor):
    """Go back to a snapshot of the same character."""

    type: Literal["restore"] = "restore"
    data: dict[str, Any]
    """what ``snapshot`` gave"""


class Record(ToActor):
    """Begin or end a film of what is seen and heard; ending it is answered by ``recorded``."""

    type: Literal["record"] = "record"
    on: bool


CLIENT_MESSAGES: dict[str, type[ClientMessage]] = {
    str(kind.model_fields["type"].default): kind
    for kind in (
        *(Hello, Open, Close, Video, Audio, States),
        *(Trigger, Feel, Pad, Mask, Release, Say, Stop, Look, Gesture, Listen, Language),
        *(Why, Snapshot, Restore, Record, Ping),
    )
}
"""``type`` → the message's class, in the order of the documentation."""
