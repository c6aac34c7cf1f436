from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from expressive.stage.schema import script_schema


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = script_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", sorted(Path("demos/scripts").glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_accept_the_shipped_scripts(validator: jsonschema.Draft202012Validator, path: Path) -> None:
    validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "beat", [{"wiat": 1}, {"wait": "long"}, {"say": "Hm."}, {"say": "Hm.", "who": "a", "loud": True}, "wait"]
)
def test_editors_underline_a_mistake(validator: jsonschema.Draft202012Validator, beat: object) -> None:
    script = {"title": "T", "cast": {"a": "guard"}, "script": [beat]}
    assert not validator.is_valid(script)
    assert validator.is_valid({**script, "script": [{"wait": 1}]})


def test_every_key_is_explained() -> None:
    schema = script_schema()
    for name, spot in {"Script": schema, **schema["$defs"]}.items():
        if name.endswith(("Beat", "Script", "CastMember")):
            for key, below in spot["properties"].items():
                assert "description" in below, f"{name}.{key}"
