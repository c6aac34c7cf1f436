from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.character.inherit import character_path
from expressive.character.loading import check_character, list_characters, load_character
from expressive.character.profile import CharacterProfile
from expressive.core.controls import CONTROL_NAMES
from expressive.core.errors import ParameterError, ProfileError, UnknownNameError
from expressive.emotion.spec import MachineSpec, MindSpec, StateSpec

GUARD = character_path("guard").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        path = Path("own.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_character(path)
    problems = check_character(path)
    assert tuple(problems) == caught.value.problems
    return caught.value.lines()


def test_loads_by_name_path_and_text(write) -> None:
    by_name = load_character("guard")
    assert by_name == load_character(character_path("guard")) == load_character(str(character_path("guard")))
    assert by_name == load_character(write(GUARD))
    assert isinstance(by_name.mind_spec, MindSpec)
    assert by_name.mind_spec.machine is by_name.machine
    assert check_character("guard") == check_character(by_name) == []


def test_an_empty_mapping_is_an_average_person(write) -> None:
    assert load_character(write("{}")) == CharacterProfile(name="own")
    assert load_character(write("title: Anna")).title == "Anna"


@pytest.mark.parametrize("name", ["guardd", "Guard", "", "guard ", 3, None])
def test_unknown_names(name) -> None:
    with pytest.raises(UnknownNameError, match=r"character .* is unknown"):
        load_character(name)
    with pytest.raises(UnknownNameError):
        check_character(name)


@pytest.mark.parametrize("path", ["guard.yml", "characters/guardd.yaml", Path("guard"), "./", "../no/x"])
def test_missing_files(tmp_path, monkeypatch, path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match=r"does not exist|is not a file"):
        load_character(path)
    assert len(check_character(path)) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("face:\n  resting: {browDown: 0.1}", "own.yaml:2: face.resting.browDown: control 'browDown' is unknown."),
        ("face:\n  resting:\n    jawOpen: 2", "own.yaml:3: face.resting.jawOpen: resting.jawOpen=2"),
        ("voice:\n  backend: espaek", "own.yaml:2: voice.backend: voice backend 'espaek' is unknown. Did you mean"),
        ("voice:\n  expressivity:\n    angr: 1", "own.yaml:3: voice.expressivity.angr: emotion 'angr' is unknown. Did"),
        ("voice:\n  tempo: 0", "own.yaml:2: voice.tempo: 'tempo' is not a key of voice."),
        ("voice:\n  rate: 0", "own.yaml:2: voice.rate=0 must be in [0.5, 2]"),
        (
            "personality:\n  opennness: 1",
            "own.yaml:2: personality.opennness: 'opennness' is not a key of personality. Did you",
        ),
        ("emotion:\n  gain:\n    angr: 1", "own.yaml:3: emotion.gain"),
        (
            "emotion:\n  responses:\n    insulted: {angr: 1}",
            "own.yaml:3: emotion.responses.insulted.angr: 'angr' is not",
        ),
        ("emotion:\n  half_life_s:\n    anger: 0", "own.yaml:3: emotion.half_life_s.anger=0 must be > 0"),
        ("machine:\n  initial: clam\n  states: {calm: {final: true}}", "own.yaml:2: machine.initial"),
        ("display_rules:\n- emotion: angr\n  action: mask", "own.yaml:2: display_rules.0.emotion"),
        ("relations:\n  player:\n    liking: 2", "own.yaml:3: relations.player.liking=2 must be in [-1, 1]"),
        ("name: my guard", "own.yaml:1: name='my guard' must be a letter, then at most 63 letters, digits"),
        ("emotion: {attitudes: {letters: 1}}\nname: 7-up", "own.yaml:2: name='7-up' must be a letter, then"),
        ("name: 7", "own.yaml:1: name=7 must be text"),
        ("title: " + "x" * 201, "own.yaml:1: title has 201 characters; at most 200 are taken"),
    ],
)
def test_every_section_reports_its_own_line(write, text: str, line: str) -> None:
    (said,) = mistakes(write(text))
    assert said.startswith(line)


MACHINE = """\
machine:
  initial: calm
  states:
    calm: {}
    angry: {}
  transitions:
    - {from: calm, to: angry, %s}
    - {from: angry, to: calm, when: anger < 0.2}
"""


@pytest.mark.parametrize(
    "wrong",
    ["when: angr > 0.5", "when: anger >", "event: insultd", "when: anger > 2", "when: anger > 0.5, to: furious"],
)
def test_mistakes_in_the_machine_have_the_line_of_their_transition(write, wrong: str) -> None:
    text = MACHINE.replace("to: angry, %s", wrong) if "to:" in wrong else MACHINE % wrong
    lines = mistakes(write(text))
    assert any(line.startswith("own.yaml:7: machine.transitions.0") for line in lines), lines


def test_mistakes_of_all_kinds_are_listed_together_in_order(write) -> None:
    lines = mistakes(write("voice: {rate: 9}\nface: {resting: {browDown: 1}}\n" + MACHINE % "when: angr > 0.5"))
    assert [int(line.split(":")[1]) for line in lines] == [1, 2, 9]
    assert "Did you mean 'ang" in lines[2]


def test_a_face_that_the_model_does_not_have(write) -> None:
    model = Path("own-model")
    model.mkdir()
    config = {"name": "own-model", "version": "1.0.0", "resolution": 64, "identities": ["guard", "monk"], "files": {}}
    config |= {"controls": CONTROL_NAMES, "parameters": 1, "generator": {}}
    (model / "config.json").write_text(json.dumps(config))
    text = "face:\n  model: own-model\n  identity: %s\nvoice: {}\n"
    assert check_character(write(text % "monk")) == []
    (problem,) = check_character(write(text % "munk"))
    assert (problem.line, problem.message) == (3, "identity 'munk' is unknown. Did you mean 'monk'?")
    assert load_character("own.yaml").face.identity == "munk"  # who only speaks needs no face
    (model / "config.json").unlink()
    (problem,) = check_character("own.yaml")
    assert problem.path == ("face", "model")
    assert problem.line == 2


def test_profiles_made_in_python_are_checked_too() -> None:
    trapped = MachineSpec(initial="calm", states={"calm": StateSpec(), "lost": StateSpec()})
    assert check_character(CharacterProfile(name="own", machine=trapped))
    with pytest.raises(ParameterError, match="must be a letter"):
        CharacterProfile(name="")


@pytest.mark.parametrize("name", ["a", "Anna-2", "wächter", "o_o"])
def test_good_names(name: str) -> None:
    assert CharacterProfile(name=name).name == name


VALUES = [
    "",
    "null",
    "0",
    "-1",
    "1e300",
    "1e999",
    ".nan",
    "true",
    "yes",
    "x",
    "'0.5'",
    "[]",
    "{}",
    "[1, x]",
    "{a: 1}",
    "*x",
]
LINES = GUARD.splitlines()


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_mutilated_file_is_refused_or_loaded_never_a_traceback(tmp_path_factory, data) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        i = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "swap", "indent", "value", "number", "letter", "cut"]))
        if kind == "drop" and len(lines) > 1:
            del lines[i]
        elif kind == "swap":
            j = data.draw(st.integers(0, len(lines) - 1))
            lines[i], lines[j] = lines[j], lines[i]
        elif kind == "indent":
            lines[i] = " " * data.draw(st.integers(0, 6)) + lines[i].lstrip()
        elif kind == "value":
            lines[i] = lines[i].split(":")[0] + ": " + data.draw(st.sampled_from(VALUES))
        elif kind == "number":
            lines[i] = re.sub(r"\d+(\.\d+)?", data.draw(st.sampled_from(VALUES)), lines[i], count=1)
        elif kind == "letter" and lines[i]:
            at = data.draw(st.integers(0, len(lines[i]) - 1))
            lines[i] = lines[i][:at] + data.draw(st.characters()) + lines[i][at + 1 :]
        else:
            lines[i] = lines[i][: len(lines[i]) // 2]
    path = tmp_path_factory.getbasetemp() / "mutant.yaml"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    problems = check_character(path)
    assert all(problem.line is not None for problem in problems)
    try:
        profile = load_character(path)
    except ProfileError as error:
        assert problems
        assert all(line.isprintable() for line in error.lines())  # noqa: PT017 (no other error may happen)
    else:
        # A face that no model has keeps nobody from feeling and speaking: it is told, and stops only who draws it.
        assert isinstance(profile, CharacterProfile)
        assert {problem.path[0] for problem in problems} <= {"face"}


def test_list_is_sorted_and_has_the_cast() -> None:
    cast = {"guard", "innkeeper", "driver", "monk", "merchant", "scholar", "apprentice", "healer"}
    assert cast <= set(list_characters())
    assert list(list_characters()) == sorted(list_characters())
