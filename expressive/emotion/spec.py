"""What a writer declares about a mind.

These are the dataclasses behind ``personality``, ``emotion``, ``machine``, ``display_rules`` and ``relations`` of a
character's YAML file. Only types and ranges live here; what takes more than one field to judge (unknown names,
unreachable states, traps, contradictory thresholds) is found by :func:`expressive.emotion.check.check_mind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Interval

from expressive.core.ranges import NonNegative, Positive, Signed, Unit

__all__ = [
    "DisplayRule",
    "EmotionSpec",
    "Goal",
    "MachineSpec",
    "MindSpec",
    "Personality",
    "RelationSpec",
    "Response",
    "Standard",
    "StateSpec",
    "TransitionSpec",
]

Gain = Annotated[float, Interval(ge=0.0, le=4.0)]
"""factor on an intensity: 0 does not feel it at all, 1 average, 4 the most that is taken"""


def _yaml_name(name: str) -> str:
    """Name of a field in YAML: ``from_`` and ``with_`` lose the mark that keeps Python happy."""
    return name.rstrip("_")


_STRICT: dict[str, Any] = {"extra": "forbid", "alias_generator": _yaml_name, "populate_by_name": True}


@dataclass(frozen=True, slots=True)
class Personality:
    """The five factors, each in [-1, 1]; 0 is an average person."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    openness: Signed = 0.0
    """curious, imaginative"""
    conscientiousness: Signed = 0.0
    """orderly, dutiful"""
    extraversion: Signed = 0.0
    """outgoing, energetic"""
    agreeableness: Signed = 0.0
    """friendly, compassionate"""
    neuroticism: Signed = 0.0
    """easily upset; the negative of emotional stability"""


@dataclass(frozen=True, slots=True)
class Response:
    """What an event of this name does to this character, at intensity 1.

    An emotion > 0 is aroused by that much; an emotion < 0 is soothed by that share (-0.5 halves it).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    happiness: Signed = 0.0
    sadness: Signed = 0.0
    anger: Signed = 0.0
    fear: Signed = 0.0
    disgust: Signed = 0.0
    surprise: Signed = 0.0
    contempt: Signed = 0.0
    boredom: Signed = 0.0
    tenderness: Signed = 0.0
    pride: Signed = 0.0
    shame: Signed = 0.0
    relief: Signed = 0.0
    hope: Signed = 0.0
    pity: Signed = 0.0
    admiration: Signed = 0.0
    toward: Literal["source", "nobody"] = "source"
    """whom the feelings are about"""
    liking: Signed = 0.0
    """change of liking for the source"""
    trust: Signed = 0.0
    """change of trust in the source"""
    familiarity: Signed = 0.05
    """change of familiarity with the source"""
    goals: Mapping[str, Signed] = field(default_factory=dict)
    """goal → how far the event helps (> 0) or harms (< 0) it; appraised by the OCC rules and added"""
    standards: Mapping[str, Signed] = field(default_factory=dict)
    """standard → how far the source's deed upholds (> 0) or violates (< 0) it; appraised by the OCC rules"""
    likelihood: Unit = 1.0
    """how sure the effect on the goals is: below 1 gives hope or fear"""


@dataclass(frozen=True, slots=True)
class Goal:
    """Something the character wants or fears."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    utility: Signed
    """how much it is wanted (> 0) or dreaded (< 0)"""
    note: str = ""
    """for the writer"""


@dataclass(frozen=True, slots=True)
class Standard:
    """A rule of conduct that the character holds itself and others to."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    weight: Unit
    """how much it matters"""
    note: str = ""
    """for the writer"""


@dataclass(frozen=True, slots=True)
class EmotionSpec:
    """How this character's emotions rise, fade and mix. Everything has a default; a writer says what differs."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    responses: Mapping[str, Response] = field(default_factory=dict)
    """event → response, in place of the standard one; a new name makes a new event"""
    half_life_s: Mapping[str, Positive] = field(default_factory=dict)
    """emotion → seconds until half of it is gone, in place of the default before personality"""
    onset_s: Mapping[str, Positive] = field(default_factory=dict)
    """emotion → seconds in which it rises to 90 %"""
    gain: Mapping[str, Gain] = field(default_factory=dict)
    """emotion → factor on every event's intensity, on top of personality; 0 never feels it"""
    threshold: Mapping[str, Unit] = field(default_factory=dict)
    """emotion → intensity below which an event leaves the character cold"""
    habituation: Signed = 0.1
    """repeats of the same event from the same source: > 0 dull, each by that share; < 0 sensitise"""
    habituation_half_life_s: Positive = 60.0
    """time in which half of the habituation is forgotten"""
    inhibition: Unit = 0.5
    """how strongly opposite emotions push each other down (joy-sadness, fear-anger, …)"""
    mood_bias: Unit = 0.3
    """how strongly a good mood favours pleasant emotions and a bad mood unpleasant ones"""
    mood_half_life_s: Positive = 180.0
    """time in which mood returns half way to the personality's own"""
    mood_push: NonNegative = 3.0
    """how strongly emotions carry the mood: 0 never, at 3 five insults move it by about a quarter"""
    leakage: Unit = 0.5
    """how much of a masked strong emotion escapes in micro-expressions and in the voice; 0 is a perfect mask"""
    goals: Mapping[str, Goal] = field(default_factory=dict)
    """what the character wants and dreads, by name"""
    standards: Mapping[str, Standard] = field(default_factory=dict)
    """what the character holds to be right, by name"""
    attitudes: Mapping[str, Signed] = field(default_factory=dict)
    """thing → how much it is loved (> 0) or hated (< 0)"""
    display_profile: str | None = None
    """which of the named profiles in ``display_rules`` holds; rules without a profile always hold"""


@dataclass(frozen=True, slots=True)
class StateSpec:
    """A state of the machine; with ``states`` of its own it is a group, whose transitions hold for all inside."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    title: str = ""
    """for people"""
    tone: Mapping[str, Unit] = field(default_factory=dict)
    """emotion → how much of it the state itself puts on the face and voice, beside what is felt"""
    gain: Mapping[str, Gain] = field(default_factory=dict)
    """emotion → factor on the intensity of events while in this state"""
    gestures: tuple[str, ...] = ()
    """gesture tags for the animation while in this state, such as ``crossed_arms``"""
    min_dwell_s: NonNegative | None = None
    """shortest stay; None takes the machine's"""
    blend_s: NonNegative | None = None
    """time in which the face and voice move over into this state; None takes the machine's"""
    timeout_s: Positive | None = None
    """longest stay; needs ``timeout_to``"""
    timeout_to: str | None = None
    """state that follows when the longest stay is over"""
    final: bool = False
    """whether staying for ever is meant; otherwise a state without a way out is a mistake"""
    states: Mapping[str, StateSpec] = field(default_factory=dict)
    """states inside this one"""
    initial: str | None = None
    """the inner state that is entered; None takes the first"""


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """A way from one state to another: when, on which event, after how long. All that is given must hold."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    to: str
    """state that is entered"""
    from_: str | tuple[str, ...] = "*"
    """``from`` in YAML: a state, a group, a list of them, or ``*`` for any"""
    when: str | None = None
    """condition, such as ``anger > 0.6 and trust(player) < 0``"""
    event: str | tuple[str, ...] | None = None
    """event, or any of a list, that sets it off"""
    after_s: NonNegative | None = None
    """least time in the state"""
    priority: int = 0
    """the highest wins when several could be taken; among equals the innermost state's, then the first in the file"""
    blend_s: NonNegative | None = None
    """time of moving over, in place of the state's"""
    urgent: bool = False
    """whether it may cut the shortest stay short"""


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """The emotion state machine."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    initial: str = "neutral"
    """state at the start"""
    states: Mapping[str, StateSpec] = field(default_factory=lambda: {"neutral": StateSpec(final=True)})
    """name → state; names are unique, also across groups"""
    transitions: tuple[TransitionSpec, ...] = ()
    """ways between the states"""
    hysteresis: Unit = 0.04
    """width of the dead band around every threshold: ``>`` asks for half of it more, ``<`` for half of it less"""
    min_dwell_s: NonNegative = 0.5
    """shortest stay in any state"""
    blend_s: NonNegative = 0.6
    """time of moving over between states"""


@dataclass(frozen=True, slots=True)
class DisplayRule:
    """What the character lets others see of a felt emotion."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    emotion: str
    """which emotion; ``*`` is every one"""
    action: Literal["mask", "amplify", "attenuate", "neutralise", "substitute"]
    """``mask`` hides, ``neutralise`` hides wholly, ``substitute`` hides and shows ``with`` instead (these leak);
    ``attenuate`` shows less, ``amplify`` shows more"""
    strength: Unit = 1.0
    """how much of it"""
    with_: str | None = None
    """``with`` in YAML: the emotion shown instead, for ``substitute``"""
    audience: tuple[str, ...] = ()
    """agents or groups in whose presence it holds, ``alone`` for nobody's; empty is always"""
    profile: str | None = None
    """cultural profile to which it belongs; None is every profile"""
    above: Unit = 0.0
    """holds only while the emotion is felt more than this"""


@dataclass(frozen=True, slots=True)
class RelationSpec:
    """What the character thinks of another agent at the start."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    liking: Signed = 0.0
    """hated to loved"""
    trust: Signed = 0.0
    """distrusted to trusted"""
    familiarity: Unit = 0.0
    """stranger to oldest friend"""
    groups: tuple[str, ...] = ()
    """groups to which the other belongs, for display rules: ``superiors``, ``strangers``"""


@dataclass(frozen=True, slots=True)
class MindSpec:
    """All that makes one mind."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    personality: Personality = field(default_factory=Personality)
    """the five factors"""
    emotion: EmotionSpec = field(default_factory=EmotionSpec)
    """dynamics and responses"""
    machine: MachineSpec = field(default_factory=MachineSpec)
    """states and transitions"""
    display_rules: tuple[DisplayRule, ...] = ()
    """what is let through to the face and voice"""
    relations: Mapping[str, RelationSpec] = field(default_factory=dict)
    """agent → relation at the start"""
