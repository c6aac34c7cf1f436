"""Every mistake in a scenario is found, with its line and a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expressive.core.errors import ProfileError
from expressive.simulation.reading import load_scenario
from expressive.simulation.schema import scenario_schema
from tests.simulation.conftest import SMALL, TRAFFIC_STOP


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_scenario(path)
    return [line.replace(f"{path}:", "") for line in caught.value.lines()]


def refusal(path: Path) -> ProfileError | None:
    try:
        load_scenario(path)
    except ProfileError as error:
        return error
    return None


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("character: driver,", "character: drivver,", "Did you mean 'driver'"),
        ("subject: driver", "subject: driverr", "Did you mean 'driver'"),
        ("trainee: officer", "trainee: driver", "'driver' has a character; the trainee is played by a person"),
        ("start: window", "start: windw", "Did you mean 'window'"),
        ("{event: told_the_reason}", "{event: told_the_reson}", "Did you mean 'told_the_reason'"),
        ("{event: ignored}", "{event: ignored, to: him}", "cast member 'him' is unknown"),
        ("{event: ignored}", "{event: ignored, by: ofcer}", "Did you mean 'officer'"),
        ("{event: ignored}", "{event: ignored, intensity: 2}", "must be in [0, 1]"),
        ("anger > 0.3", "angr > 0.3", "Did you mean 'anger'"),
        ("anger > 0.3", "state(angri)", "Did you mean 'angry'"),
        ("anger > 0.3", "chosen(explainn)", "Did you mean 'explain'"),
        ("anger > 0.3", "shown(angr) > 0.2", "Did you mean 'angry'"),
        ("anger > 0.3", "score(clarty) > 0", "Did you mean 'clarity'"),
        ("anger > 0.3", "anger", "expected >, >=, < or <="),
        ("anger > 0.3", "anger > ", "at its end"),
        ("anger > 0.3", "trust(teacher) > 0", "cast member 'teacher' is unknown"),
        ("agitation > 0.5", "since(lets_go) > 3", "event 'lets_go' is unknown"),
        ("timeout: silence", "timeout: silance", "Did you mean 'silence'"),
        ("    timeout: silence\n", "", "needs 'timeout' too"),
        ("    time_limit_s: 15\n", "", "needs 'time_limit_s' too"),
        ("time_limit_s: 15", "time_limit_s: 0", "must be in [2, 300]"),
        ("{to: upset, when", "{to: upst, when", "Did you mean 'upset'"),
        ("      - {to: calm}\n", "", "the last way needs no 'when'"),
        ("clarity: {points: 2, ", "clarty: {points: 2, ", "Did you mean 'clarity'"),
        ("{points: 2, why", "{points: 200, why", "must be in [-20, 20]"),
        ("[sigh]", "[sgih]", "sgih"),
        ("phrases: [idiot]", "phrases: ['...']", "has no words"),
        ("kind: success", "kind: failuree", "Did you mean 'failure'"),
        ("tags: [calm]\n", "tags: [best]\n", "cannot be a name here"),
        ("      explain:", "      2:", "cannot be a name here"),
        ("    scene: A car", "    scen: A car", "Did you mean 'scene'"),
        ("next: angry", "next: window", "nothing leads to outcome 'angry'"),
        ("outcomes:\n  calm", "always: [{to: calm}]\noutcomes:\n  calm", "needs a 'when'"),
        ("outcomes:\n", "outcomes:\n  upset: {kind: partial, title: T, text: T}\n", "is a stage as well"),
    ],
)
def test_a_mistake_is_found_with_a_remedy(write, old: str, new: str, message: str) -> None:
    assert old in SMALL
    found = mistakes(write(SMALL.replace(old, new, 1)))
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("{event: told_the_reason}", "{event: nonsense}", "{event: nonsense}"),
        ("when: anger > 0.3", "when: bravery > 0.3", "bravery > 0.3"),
        ("{to: upset, when", "{to: nowhere, when", "{to: nowhere"),
    ],
)
def test_a_mistake_names_its_line(write, old: str, new: str, part: str) -> None:
    text = SMALL.replace(old, new, 1)
    (found,) = mistakes(write(text))
    assert found.startswith(f"{line_of(text, part)}: stages.window."), found


def test_all_mistakes_are_told_at_once(write) -> None:
    text = SMALL.replace("told_the_reason", "nonsense").replace("anger > 0.3", "bravery > 0.3").replace("idiot", "'*'")
    assert len(mistakes(write(text))) == 3


def test_a_circle_without_an_end_is_found(write) -> None:
    text = SMALL.replace("next: calm}", "next: upset}").replace("next: angry}", "next: upset}")
    found = mistakes(write(text))
    assert any("stages.upset: no way leads from here to an outcome" in line for line in found), found


def test_a_stage_that_nothing_leads_to_is_found(write) -> None:
    text = SMALL.replace("stages:\n", "stages:\n  lost: {next: calm}\n")
    assert any("nothing leads to stage 'lost'" in line for line in mistakes(write(text)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_one_clear_error_and_never_a_crash(write, data: st.DataObject) -> None:
    lines = SMALL.splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["drop", "cut", "swap", "noise"]))
    if how == "drop":
        del lines[i]
    elif how == "cut":
        lines[i] = lines[i][: data.draw(st.integers(0, len(lines[i])))]
    elif how == "swap":
        j = data.draw(st.integers(0, len(lines) - 1))
        lines[i], lines[j] = lines[j], lines[i]
    else:
        at = data.draw(st.integers(0, len(lines[i])))
        lines[i] = lines[i][:at] + data.draw(st.text(max_size=5)) + lines[i][at:]
    path = write("\n".join(lines))
    refused = refusal(path)
    assert refused is None or (refused.problems and all(str(path) in line for line in refused.lines()))


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=8)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from([*yaml.safe_load(SMALL)]), tree=TREES)
def test_any_value_in_any_place_is_judged(write, key: str, tree: object) -> None:
    path = write(json.dumps({**yaml.safe_load(SMALL), key: tree}))
    refused = refusal(path)
    assert refused is None or refused.lines()


def test_editors_accept_the_shipped_scenario_and_underline_a_mistake() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    data = yaml.safe_load(TRAFFIC_STOP.read_text(encoding="utf-8"))
    validator.validate(data)
    assert not validator.is_valid({**data, "stges": {}})
    assert json.loads(Path("docs/schema/scenario.schema.json").read_text(encoding="utf-8")) == schema


def test_every_key_is_explained() -> None:
    schema = scenario_schema()
    own = ("Dimension", "Happening", "Intent", "Line", "Option", "Outcome", "Score", "Stage", "Way")
    for name, spot in {"Scenario": schema, **{name: schema["$defs"][name] for name in own}}.items():
        for key, below in spot["properties"].items():
            assert "description" in below, f"{name}.{key}"
