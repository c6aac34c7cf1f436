"""Scenarios of POL-COM become ours, with credit and licence, and run to their end."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from expressive.core.errors import ParameterError
from expressive.simulation.play import play
from expressive.simulation.policecom import import_policecom, scenario_from_policecom
from expressive.simulation.reading import load_scenario

EXAMPLE = Path("tests/data/policecom/scenario-lost-dog-en.json")
"""Made up for this test, in their format."""


def test_an_example_keeps_text_points_order_credit_and_licence(tmp_path: Path) -> None:
    (path,) = import_policecom(EXAMPLE, tmp_path)
    source = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    made = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert path.name == "scenario-lost-dog.yaml"
    assert "POL-COM project" in made["credit"]
    assert "Changes were made" in made["credit"]
    assert made["licence"].startswith("CC BY 4.0")
    assert made["subject"] == "owner"
    stages = [stage for stage in source["stages"] if stage["options"]]
    assert len(made["stages"]) == len(stages) == 2
    for ours, theirs in zip(made["stages"].values(), stages, strict=True):
        assert [option["text"] for option in ours["options"].values()] == [o["text"] for o in theirs["options"]]
        points = [option["scores"]["points"]["points"] for option in ours["options"].values()]
        assert points == [o["points"] for o in theirs["options"]]


@pytest.mark.parametrize(
    ("choices", "outcome"),
    [
        (["calm"], "perfect"),
        (["partly", "positive"], "average"),
        (["positive", "neutral"], "average"),
        (["neutral"], "poor"),
        (["hostile"], "poor"),
    ],
)
def test_an_example_runs_to_its_end(tmp_path: Path, choices: list[str], outcome: str) -> None:
    (path,) = import_policecom(EXAMPLE, tmp_path)
    assert play(load_scenario(path), choices).outcome == outcome


def test_ratings_are_felt(tmp_path: Path) -> None:
    (path,) = import_policecom(EXAMPLE, tmp_path)
    scenario = load_scenario(path)
    calm, hostile = play(scenario, ["calm"]), play(scenario, ["hostile"])
    assert hostile.record.samples[-1].felt["anger"] > calm.record.samples[-1].felt["anger"] + 0.3
    assert hostile.record.samples[-1].trust < -0.2 < 0.2 < calm.record.samples[-1].trust


def damaged(path: tuple, value: object) -> object:
    data = copy.deepcopy(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    spot = data
    for key in path[:-1]:
        spot = spot[key]
    if value is KeyError:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("title",), KeyError, "'title' is missing"),
        (("stages",), KeyError, "'stages' is missing"),
        (("stages",), [], "has no stages"),
        (("stages",), {}, "stages must be a list"),
        (("stages", 0, "options", 0, "type"), "splendid", "must be one of positive"),
        (("stages", 0, "options", 0, "points"), "ten", "must be a number"),
        (("stages", 0, "options", 0, "points"), 1e9, "must be in"),
        (("stages", 0, "options", 1), 3, "must be an object"),
        (("characters",), {}, None),
        (("performanceReviews", "good"), KeyError, "'good' is missing"),
    ],
)
def test_a_damaged_file_is_one_clear_error(path: tuple, value: object, message: str | None) -> None:
    data = damaged(path, value)
    if message is None:
        assert "owner" in scenario_from_policecom(data, source="x.json")
        return
    with pytest.raises(ParameterError, match=message) as caught:
        scenario_from_policecom(data, source="x.json")
    assert str(caught.value).startswith("x.json: ")


@pytest.mark.parametrize("data", [None, [], "text", {}, {"stages": 1}])
def test_any_json_is_judged(data: object) -> None:
    with pytest.raises(ParameterError):
        scenario_from_policecom(data, source="x.json")


def test_nothing_is_written_when_one_file_is_damaged(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "scenario-a-en.json").write_bytes(EXAMPLE.read_bytes())
    (source / "scenario-b-en.json").write_text("{", encoding="utf-8")
    with pytest.raises(ParameterError, match="is no JSON"):
        import_policecom(source, out)
    assert not out.exists()
    out_of_nothing = tmp_path / "empty"
    out_of_nothing.mkdir()
    with pytest.raises(ParameterError, match="holds no file"):
        import_policecom(out_of_nothing, out)


@pytest.mark.shared
def test_every_scenario_of_the_project_runs_to_its_end(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "policecom"
    if not source.is_dir():
        pytest.skip("needs policecom/ in the shared data folder")
    paths = import_policecom(source, tmp_path)
    assert len(paths) >= 7
    for path in paths:
        scenario = load_scenario(path)
        assert len(scenario.stages) == 7
        assert "POL-COM" in scenario.credit
        ends = {choice: play(scenario, [choice]).outcome for choice in ("best", "worst", "neutral")}
        assert ends == {"best": "perfect", "worst": "poor", "neutral": "poor"}, path
