from __future__ import annotations

import dataclasses
import doctest
import re
from pathlib import Path

import pytest

from expressive.character.loading import load_character
from expressive.character.profile import CharacterProfile
from expressive.emotion.spec import (
    DisplayRule,
    EmotionSpec,
    MachineSpec,
    Personality,
    RelationSpec,
    Response,
    StateSpec,
    TransitionSpec,
)
from expressive.face.spec import FaceSpec
from expressive.voice.spec import VoiceSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "characters.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = (
    *(CharacterProfile, FaceSpec, VoiceSpec, Personality, EmotionSpec, Response),
    *(MachineSpec, StateSpec, TransitionSpec, DisplayRule, RelationSpec),
)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda cls: cls.__name__)
def test_every_key_is_documented(section) -> None:
    for item in dataclasses.fields(section):
        name = item.name.rstrip("_")
        assert re.search(rf"`{name}`|\b{name}\b", TEXT), f"docs/characters.md does not explain {name}"


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_every_example_loads(tmp_path, text: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_character(path).name in {"ferryman", "night_guard"}


def test_the_python_on_the_page_runs() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted >= 5
    assert result.failed == 0


def test_the_ranges_on_the_page_are_the_ranges_of_the_schema() -> None:
    from expressive.character.schema import character_schema

    rows = re.findall(r"^\| `(\w+)` \|.*\| (-?[\d.]+) to (-?[\d.]+)\b[^|]*\|[^|]*\|$", TEXT, re.MULTILINE)
    assert len(rows) > 30
    spots = [*character_schema()["$defs"].values()]
    for key, low, high in rows:
        found = {
            (spot["properties"][key].get("minimum"), spot["properties"][key].get("maximum"))
            for spot in spots
            if key in spot["properties"]
        }
        inner = {
            (below.get("minimum"), below.get("maximum"))
            for spot in spots
            if key in spot["properties"]
            and isinstance(below := spot["properties"][key].get("additionalProperties"), dict)
        }
        assert not found or (float(low), float(high)) in found | inner or key in {"resting", "goals", "standards"}, key
