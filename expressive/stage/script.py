"""The script of a scene: who plays, and what happens, line by line.

A script is a YAML file; ``docs/scripts.md`` explains it for writers. Each entry under ``script`` is a *beat*: a mapping
whose first word says what kind it is.

====================  ======================================================================
beat                  what happens
====================  ======================================================================
``say: text``         somebody speaks; the next beat follows when the line has ended
``event: name``       something happens to somebody
``wait: seconds``     time passes
``wait_for: state``   time passes until somebody's machine is in a state
``feel: {...}``       an emotion is set directly
``mask: emotion``     somebody hides what they feel, or shows something else
``unmask: emotion``   … and stops to
``look: where``       somebody looks at somebody or somewhere
``do: gesture``       somebody nods, shakes the head, …
``scene: name``       the background changes
``caption: text``     words on the picture that nobody speaks
====================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, TypeAlias

from annotated_types import Interval, MinLen

from expressive.core.ranges import Signed, Unit
from expressive.emotion.spec import RelationSpec

__all__ = [
    "BEATS",
    "Beat",
    "CaptionBeat",
    "CastMember",
    "DoBeat",
    "EventBeat",
    "FeelBeat",
    "LookBeat",
    "MaskBeat",
    "SayBeat",
    "SceneBeat",
    "Script",
    "UnmaskBeat",
    "WaitBeat",
    "WaitForBeat",
]

_STRICT: dict[str, Any] = {"extra": "forbid"}
Seconds = Annotated[float, Interval(ge=0.0, le=600.0)]
Text = Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True)
class CastMember:
    """Somebody who plays."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    character: str | None = None
    """a shipped character or the path of a YAML file beside the script; None has neither face nor voice"""
    name: str = ""
    """name in subtitles; None takes the cast's key"""
    offscreen: bool = False
    """heard and not seen"""
    at: Signed | None = None
    """place from the left (-1) to the right (1) of the picture; None spreads the cast evenly"""
    relations: Mapping[str, RelationSpec] = field(default_factory=dict)
    """what it thinks of the others in this scene, in place of the character's own"""


@dataclass(frozen=True, slots=True)
class SayBeat:
    """A line."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    say: Text
    """words, with inline tags such as ``[anger]my[/]``"""
    who: str
    """who speaks; without a voice the words stand on the picture as long as it takes to read them"""
    to: str | None = None
    """who is spoken to"""
    causes: str | None = None
    """event that the line is for the one spoken to, such as ``insulted``"""
    intensity: Unit = 1.0
    """how strong that event is"""
    at: str = "end"
    """when it happens: ``start``, ``end``, or the name of a ``[mark]`` in the words"""
    wait: bool = True
    """whether the next beat waits for the end of the line"""
    pause: Seconds = 0.35
    """silence after the line [unit=s]"""


@dataclass(frozen=True, slots=True)
class EventBeat:
    """Something happens to somebody."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    event: str
    """name in the character's YAML or the standard vocabulary"""
    to: str
    """whom it happens to"""
    by: str | None = None
    """who did it"""
    intensity: Unit = 1.0
    """how strong it is"""
    seen_by: tuple[str, ...] | None = None
    """who else saw it; None is everybody"""


@dataclass(frozen=True, slots=True)
class WaitBeat:
    """Time passes."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    wait: Seconds
    """[unit=s]"""


@dataclass(frozen=True, slots=True)
class WaitForBeat:
    """Time passes until somebody's machine is in a state."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    wait_for: str
    """state"""
    who: str
    """whose"""
    at_most: Annotated[float, Interval(gt=0.0, le=600.0)] = 30.0
    """the scene goes on after this time in any case [unit=s]"""


@dataclass(frozen=True, slots=True)
class FeelBeat:
    """An emotion is set directly."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    feel: Mapping[str, Unit]
    """emotion → intensity"""
    who: str
    """who feels"""
    hold: Seconds = 0.0
    """how long it stays before it fades [unit=s]"""
    toward: str | None = None
    """whom it is about"""


@dataclass(frozen=True, slots=True)
class MaskBeat:
    """Somebody hides what they feel."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    mask: str
    """emotion"""
    who: str
    """who it is"""
    strength: Unit = 1.0
    """how well it is hidden"""
    show: str | None = None
    """emotion shown instead"""


@dataclass(frozen=True, slots=True)
class UnmaskBeat:
    """Somebody stops hiding."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    unmask: str
    """emotion, or ``all``"""
    who: str
    """who it is"""


@dataclass(frozen=True, slots=True)
class LookBeat:
    """Somebody looks at somebody or somewhere."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    look: str
    """a member of the cast, a direction (``left right up down away ahead``), or ``free``"""
    who: str
    """who it is"""


@dataclass(frozen=True, slots=True)
class DoBeat:
    """Somebody moves the head."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    do: str
    """gesture"""
    who: str
    """who it is"""


@dataclass(frozen=True, slots=True)
class SceneBeat:
    """The background changes."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    scene: str
    """name of a background, ``plain:#rrggbb``, or an image file"""


@dataclass(frozen=True, slots=True)
class CaptionBeat:
    """Words on the picture that nobody speaks."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    caption: Text
    """words"""
    for_s: Annotated[float, Interval(gt=0.0, le=60.0)] = 2.5
    """how long they stand; the next beat follows after them [unit=s]"""


BEATS: Mapping[str, type[Any]] = {
    "say": SayBeat,
    "event": EventBeat,
    "wait": WaitBeat,
    "wait_for": WaitForBeat,
    "feel": FeelBeat,
    "mask": MaskBeat,
    "unmask": UnmaskBeat,
    "look": LookBeat,
    "do": DoBeat,
    "scene": SceneBeat,
    "caption": CaptionBeat,
}
"""Keyword → beat. ``say`` goes before ``wait``, because a line may have a ``wait`` of its own."""

Beat: TypeAlias = (
    SayBeat
    | EventBeat
    | WaitBeat
    | WaitForBeat
    | FeelBeat
    | MaskBeat
    | UnmaskBeat
    | LookBeat
    | DoBeat
    | SceneBeat
    | CaptionBeat
)


@dataclass(frozen=True, slots=True)
class Script:
    """A scene."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    title: str
    """name of the scene"""
    cast: Mapping[str, str | CastMember]
    """name in this script → character's name, or more about it"""
    script: tuple[Beat, ...]
    """what happens"""
    description: str = ""
    """what it is about"""
    seed: Annotated[int, Interval(ge=0, le=2**32)] = 0
    """seed of all chance"""
    background: str = "studio"
    """name of a background, ``plain:#rrggbb``, or an image file"""

    def member(self, name: str) -> CastMember:
        """One of the cast, with the short form written out."""
        entry = self.cast[name]
        return CastMember(character=entry) if isinstance(entry, str) else entry
