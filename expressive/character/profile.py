"""Who a character is: the whole of its YAML file as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from expressive.core.checks import check_text
from expressive.core.errors import ParameterError
from expressive.emotion.spec import DisplayRule, EmotionSpec, MachineSpec, MindSpec, Personality, RelationSpec
from expressive.face.spec import FaceSpec
from expressive.voice.spec import VoiceSpec

__all__ = ["CharacterProfile"]


@dataclass(frozen=True, slots=True)
class CharacterProfile:
    """A character; every section but the name has a default."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    name: str
    """short name, as scripts say it: a letter, then letters, digits, ``_`` or ``-``; the file's own name if left out"""
    title: str = ""
    """name for people, such as ``The guard at the north gate``"""
    description: str = ""
    """who this is, in a few sentences"""
    face: FaceSpec = field(default_factory=FaceSpec)
    """which head, how strongly it shows feelings, how it moves by itself"""
    voice: VoiceSpec = field(default_factory=VoiceSpec)
    """the speaker before any feeling"""
    personality: Personality = field(default_factory=Personality)
    """the five factors"""
    emotion: EmotionSpec = field(default_factory=EmotionSpec)
    """how feelings rise, fade and mix, and what events do"""
    machine: MachineSpec = field(default_factory=MachineSpec)
    """states of mind and the ways between them"""
    display_rules: tuple[DisplayRule, ...] = ()
    """what is let through to face and voice"""
    relations: Mapping[str, RelationSpec] = field(default_factory=dict)
    """other agent → what is thought of it at the start"""

    def __post_init__(self) -> None:
        check_text("title", self.title, max_length=200)
        check_text("description", self.description, max_length=10_000)
        plain = self.name.replace("_", "a").replace("-", "a")
        if not (plain.isalnum() and self.name[0].isalpha() and len(self.name) <= 64):
            raise ParameterError(f"name={self.name!r} must be a letter, then at most 63 letters, digits, '_' or '-'")

    @property
    def mind_spec(self) -> MindSpec:
        """The sections that make the mind."""
        return MindSpec(
            personality=self.personality,
            emotion=self.emotion,
            machine=self.machine,
            display_rules=self.display_rules,
            relations=self.relations,
        )
