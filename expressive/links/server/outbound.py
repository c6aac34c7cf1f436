"""Messages to a client, one class each, and the header of the binary ones."""

from __future__ import annotations

import struct
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from expressive.links.server.errors import Code
from expressive.links.server.inbound import AudioSettings, VideoSettings

__all__ = [
    "BINARY_HEADER",
    "PICTURE_FORMATS",
    "SERVER_MESSAGES",
    "SOUND_FORMATS",
    "ServerMessage",
    "picture_header",
    "sound_header",
]

Vad = Annotated[list[float], Field(min_length=3, max_length=3)]


class ServerMessage(BaseModel):
    """What every message has."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    type: str

    def json_text(self) -> str:
        """The message as it is sent."""
        return self.model_dump_json(by_alias=True)


class Answer(ServerMessage):
    """What every answer has."""

    id: int | None = None
    """of the message that is answered"""


class CharacterInfo(BaseModel):
    """A character that can be opened."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str
    title: str
    """for people"""
    description: str
    language: str
    """its own, a BCP 47 tag"""
    identity: str
    """which face it has"""


class LimitsInfo(BaseModel):
    """What the server takes."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    clients: int
    """connections at a time"""
    actors: int
    """actors of one connection"""
    message_bytes: int
    """length of a message"""
    restore_bytes: int
    """length of a ``restore`` message"""
    messages_per_s: float
    """in the long run"""
    messages_burst: int
    """at once"""
    line_characters: int
    lines_waiting: int
    """lines of an actor that are spoken or wait"""
    recording_s: float
    """length of a recording"""
    recordings: int
    """recordings that are kept for one connection"""
    size: list[int]
    """smallest and largest edge of a picture in pixels"""
    fps: list[float]
    state_hz: list[float]


class Welcome(Answer):
    """Tells what the server can do."""

    type: Literal["welcome"] = "welcome"
    version: int
    """of the protocol"""
    server: str
    """name and version of the program"""
    notice: str
    """that what is made here is synthetic: show it"""
    digital_source_type: str
    """the same for machines: the IPTC's identifier"""
    characters: list[CharacterInfo]
    emotions: list[str]
    vad: dict[str, Vad]
    """emotion → its valence, arousal and dominance"""
    events: list[str]
    """those that every character understands"""
    gestures: list[str]
    directions: dict[str, list[float]]
    """word → x and y for ``look``"""
    control_names: list[str]
    control_low: list[float]
    control_high: list[float]
    viseme_names: list[str]
    languages: list[str]
    limits: LimitsInfo


class Opened(Answer):
    """An actor lives."""

    type: Literal["opened"] = "opened"
    actor: str
    number: int
    """stands for the actor in binary messages"""
    character: str
    title: str
    description: str
    seed: int
    language: str
    state: str
    states: list[str]
    events: list[str]
    own_events: list[str]
    """those that this character answers in its own way"""
    sample_rate: int
    video: VideoSettings
    audio: AudioSettings
    state_hz: float


class Done(Answer):
    """A message has taken effect."""

    type: Literal["done"] = "done"
    actor: str | None = None
    line: int | None = None
    """number of the line, after ``say``"""
    emotions: dict[str, float] | None = None
    """what lies at the point, after ``pad``"""

    def json_text(self) -> str:
        """The message as it is sent; what does not apply is left out."""
        return self.model_dump_json(exclude_none=True)


class Error(Answer):
    """A message was not followed."""

    type: Literal["error"] = "error"
    code: Code
    message: str
    """one line for people"""
    closing: bool = False
    """whether the connection ends now"""


class MoodInfo(BaseModel):
    """Slow affect."""

    model_config = ConfigDict(extra="forbid")

    pleasure: float
    arousal: float
    dominance: float
    octant: str


class State(ServerMessage):
    """How an actor is."""

    type: Literal["state"] = "state"
    actor: str
    t_s: float
    """its clock"""
    applied: int
    """highest ``id`` that had reached it"""
    state: str
    """of the emotion machine"""
    felt: dict[str, float]
    """emotion → intensity, without those that are 0"""
    shown: dict[str, float]
    vad: Vad
    """valence, arousal, dominance of what is felt"""
    shown_vad: Vad
    mood: MoodInfo
    controls: list[float]
    """61, in the order of ``control_names``"""
    viseme: str | None
    """mouth shape of what is heard"""
    speaking: int | None
    """number of the line that is heard"""
    waiting: int
    """lines that wait"""
    drawn: int
    """pictures that were sent"""
    dropped: int
    """pictures that were due while the one before them had not left"""
    recording: bool


class Event(ServerMessage):
    """Something happens to an actor."""

    type: Literal["event"] = "event"
    actor: str
    t_s: float
    """the actor's clock"""
    kind: str


class LineStarted(Event):
    """A line begins to be heard."""

    kind: Literal["line_started"] = "line_started"
    line: int
    text: str
    """the words without markup"""


class WordHeard(Event):
    """A word begins to be heard."""

    kind: Literal["word"] = "word"
    line: int
    text: str
    start_s: float
    """in the line"""
    end_s: float
    char_start: int
    """place in the line's text"""
    char_end: int


class MarkHeard(Event):
    """A mark of the text is reached."""

    kind: Literal["mark"] = "mark"
    line: int
    name: str
    time_s: float
    """in the line"""


class LineEnded(Event):
    """A line has been heard, or is broken off."""

    kind: Literal["line_ended"] = "line_ended"
    line: int
    cut: bool
    """whether it was broken off; what has not been played is to be thrown away"""
    duration_s: float
    """how much of it was heard"""
    samples: int
    """how many samples of it were sent"""
    error: str | None = None
    """why the voice failed"""


class StateChanged(Event):
    """The emotion machine moved."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["state_changed"] = "state_changed"
    previous: str = Field(alias="from")
    to: str


class RecordingStopped(Event):
    """A recording has come to its limit, or could not be written."""

    kind: Literal["recording_stopped"] = "recording_stopped"
    reason: str
    url: str | None = None
    """where it lies, if there is anything"""


class Closed(Event):
    """The actor is gone, without having been asked to."""

    kind: Literal["closed"] = "closed"
    reason: str


class CauseInfo(BaseModel):
    """A contribution to an emotion."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    event: str
    """or ``feel`` for what was steered"""
    source: str | None
    """who did it"""
    goal: str | None
    """what it touched"""
    time_s: float
    amount: float
    """what it added then"""
    remaining: float
    """what is left of it now"""
    numbers: dict[str, float]
    """the factors of which the amount is made"""


class WhyAnswer(Answer):
    """The causes of an emotion, those of which most remains first."""

    type: Literal["why"] = "why"
    actor: str
    emotion: str
    causes: list[CauseInfo]


class SnapshotAnswer(Answer):
    """Everything that a continuation needs."""

    type: Literal["snapshot"] = "snapshot"
    actor: str
    data: dict[str, Any]


class Recorded(Answer):
    """A recording is ready."""

    type: Literal["recorded"] = "recorded"
    actor: str
    url: str
    """a path on this server"""
    bytes: int
    duration_s: float


class Pong(Answer):
    """The answer to ``ping``."""

    type: Literal["pong"] = "pong"
    t: float
    server_s: float
    """a clock that only runs forward"""


EVENTS = (LineStarted, WordHeard, MarkHeard, LineEnded, StateChanged, RecordingStopped, Closed)
SERVER_MESSAGES: tuple[type[ServerMessage], ...] = (
    *(Welcome, Opened, Done, Error, State, *EVENTS, WhyAnswer, SnapshotAnswer, Recorded, Pong),
)
"""Every message, in the order of the documentation."""

PICTURE_FORMATS = {"raw": 0, "webp": 1, "jpeg": 2}
SOUND_FORMATS = {"float32": 0, "int16": 1}
BINARY_HEADER = struct.Struct("<BBHIdII")
"""kind, format, actor number, applied, t_s, size or sample rate, running number or line: 24 bytes"""


def picture_header(*, form: str, actor: int, applied: int, t_s: float, width: int, height: int, number: int) -> bytes:
    """Header of a picture; see ``docs/serve.md``."""
    return BINARY_HEADER.pack(1, PICTURE_FORMATS[form], actor, applied, t_s, width | height << 16, number)


def sound_header(*, form: str, actor: int, applied: int, t_s: float, sample_rate: int, line: int) -> bytes:
    """Header of a stretch of sound; see ``docs/serve.md``."""
    return BINARY_HEADER.pack(2, SOUND_FORMATS[form], actor, applied, t_s, sample_rate, line)
