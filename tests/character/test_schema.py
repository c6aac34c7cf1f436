from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest

from expressive.character.document import parse_document, read_document
from expressive.character.inherit import shipped_characters
from expressive.character.schema import attribute_docstrings, character_schema
from expressive.core.resources import resource_dir

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"


def _renew():
    spec = importlib.util.spec_from_file_location("renew", SCHEMAS / "renew.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(_renew().schemas()))
def test_shipped_schema_is_fresh(name: str) -> None:
    shipped = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    assert shipped == _renew().schemas()[name], "stale; run: python docs/schema/renew.py"


@pytest.fixture(scope="module")
def judge():
    schema = character_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", shipped_characters())
def test_editors_accept_every_shipped_character(judge, name: str) -> None:
    path = resource_dir("characters") / f"{name}.yaml"
    assert list(judge.iter_errors(read_document(path).data)) == []
    link = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / link).resolve() == SCHEMAS / "character.schema.json"


@pytest.mark.parametrize(
    "text",
    [
        "face: {expresivity: {}}",
        "face: {expressivity: {joyy: 1}}",
        "face: {resting: {browUp: 0.1}}",
        "voice: {rate: 0}",
        "emotion: {half_life_s: {anger: 0}}",
        "machine: {states: {calm: {tone: {angr: 1}}}}",
        "display_rules: [{emotion: anger, action: msk}]",
        "extends: 3",
    ],
)
def test_editors_underline_mistakes(judge, text: str) -> None:
    assert list(judge.iter_errors(parse_document(text).data))


def test_every_key_explains_itself() -> None:
    schema = character_schema()
    for name, spot in [("character", schema), *schema["$defs"].items()]:
        for key, below in spot["properties"].items():
            assert below.get("description"), f"{name}.{key} has no description"
            assert "`" not in below["description"]


def test_docstrings_of_attributes() -> None:
    class Plain:
        size_m: float = 1.0
        """how big"""
        name = "x"

    assert attribute_docstrings(Plain) == {"size_m": "how big"}
