"""What a character's profile says about its face: which head, how strongly it shows, how it moves by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from expressive.core.checks import check_number
from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW, CONTROL_NAMES
from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.core.ranges import Signed
from expressive.face.genome import Genome
from expressive.face.models import ANYBODY

__all__ = ["DEFAULT_EXPRESSIVITY", "FaceSpec", "Scale"]

Scale = Annotated[float, Interval(ge=0.0, le=2.0)]
"""[0, 2]: 0 switches off, 1 is an average person, 2 is the most lively"""
Quickness = Annotated[float, Interval(ge=0.25, le=4.0)]
BlinkRate = Annotated[float, Interval(ge=0.0, le=60.0)]

CAST, GENES = "face-cast-256", "face-genome-256"
"""The models of a cast, and of whoever has genes."""

DEFAULT_EXPRESSIVITY = "default"
"""The key of :attr:`FaceSpec.expressivity` that holds for every emotion without its own."""


@dataclass(frozen=True, slots=True)
class FaceSpec:
    """The ``face`` section of a character."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    model: str = CAST
    """a folder in ``models/``, with or without its version, or a path to one"""
    identity: str = "guard"
    """one of the model's identities"""
    genome: Mapping[str, Any] = field(default_factory=dict)
    """in place of an identity, whoever has these genes, such as ``{seed: 42, hair: bob}``; see docs/face.md"""
    expressivity: Mapping[str, Scale] = field(default_factory=dict)
    """how strongly an emotion shows, by name, and ``default`` for the rest [range=[0, 2], unit=ratio]"""
    asymmetry: Signed = 0.0
    """which side expresses more: 1 the character's left only, -1 the right only; people are within 0.2"""
    resting: Mapping[str, float] = field(default_factory=dict)
    """the face at rest: control → value, such as ``{browDownLeft: 0.1}``; an angle such as headPitch is in radians"""
    blink_rate_per_min: BlinkRate = 16.0
    """blinks a minute while calm and silent; 0 never blinks [range=[0, 60]]"""
    gaze_liveliness: Scale = 1.0
    """how often and how far the eyes wander; 0 stares"""
    head_motion: Scale = 1.0
    """size of the head's sway and of its nods with the speech"""
    articulation: Scale = 1.0
    """how far lips and jaw move in speech; lips meet on P, B and M at any value"""
    breathing: Scale = 1.0
    """how much of the breath shows"""
    quickness: Quickness = 1.0
    """speed of the facial muscles [range=[0.25, 4], unit=ratio]; 2 is twice as fast"""

    def __post_init__(self) -> None:
        if self.genome:
            Genome.from_mapping(self.genome)
            if self.model == CAST:
                object.__setattr__(self, "model", GENES)
            object.__setattr__(self, "identity", ANYBODY)
        shown: dict[str, float] = {}
        for name, value in self.expressivity.items():
            if name != DEFAULT_EXPRESSIVITY:
                try:
                    resolve_emotion(name)
                except UnknownNameError:
                    raise UnknownNameError("emotion", name, (*EMOTIONS, DEFAULT_EXPRESSIVITY)) from None
            key = name if name == DEFAULT_EXPRESSIVITY else resolve_emotion(name)
            if key in shown:
                raise ParameterError(f"expressivity names {key!r} twice; keep one entry")
            shown[key] = check_number(f"expressivity.{name}", value, 0.0, 2.0)
        resting: dict[str, float] = {}
        for name, value in self.resting.items():
            if name not in CONTROL_INDEX:
                raise UnknownNameError("control", name, CONTROL_NAMES)
            index = CONTROL_INDEX[name]
            low, high = round(float(CONTROL_LOW[index]), 4), round(float(CONTROL_HIGH[index]), 4)
            resting[name] = check_number(f"resting.{name}", value, low, high)
        check_number("asymmetry", self.asymmetry, -1.0, 1.0)
        check_number("blink_rate_per_min", self.blink_rate_per_min, 0.0, 60.0)
        for name in ("gaze_liveliness", "head_motion", "articulation", "breathing"):
            check_number(name, getattr(self, name), 0.0, 2.0)
        check_number("quickness", self.quickness, 0.25, 4.0)
        object.__setattr__(self, "expressivity", shown)
        object.__setattr__(self, "resting", resting)

    @property
    def person(self) -> Genome | None:
        """Who has the genes; None for one of a cast."""
        return Genome.from_mapping(self.genome) if self.genome else None

    def of_seed(self, face_seed: int) -> FaceSpec:
        """The same, on somebody else's face; genes that are set stay."""
        return replace(self, genome={**self.genome, "seed": face_seed})

    def expressivity_of(self, emotion: str) -> float:
        """How strongly a category shows [range=[0, 2]]."""
        return self.expressivity.get(emotion, self.expressivity.get(DEFAULT_EXPRESSIVITY, 1.0))
