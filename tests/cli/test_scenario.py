"""``expressive scenario``: run, check, import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

STOP = "demos/scenarios/traffic_stop.yaml"


@pytest.mark.parametrize("words", [(), ("run",), ("check",), ("import",), ("import", "policecom")])
def test_each_command_helps_with_an_example(run, words: tuple[str, ...]) -> None:
    code, out, _ = run("scenario", *words, "--help")
    assert code == 0
    assert "Example:" in out


def test_a_headless_run_writes_the_same_log_and_report_twice(run, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        files = ("--report", tmp_path / name / "r.html", "--log", tmp_path / name / "l.json")
        code, out, err = run("scenario", "run", STOP, "--headless", "--choices", "calm", "--seed", 3, *files)
        assert code == 0, err
        assert "success: He drives home calm" in out
    for file in ("r.html", "l.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    log = json.loads((tmp_path / "a" / "l.json").read_text(encoding="utf-8"))
    assert log["outcome"] == "calm"
    assert log["seed"] == 3
    code, out, _ = run(
        "scenario", "run", STOP, "--replay", tmp_path / "a" / "l.json", "--report", tmp_path / "again.html"
    )
    assert code == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "a" / "r.html").read_bytes()


def test_choices_come_from_a_file_with_sentences(run, tmp_path: Path) -> None:
    choices = tmp_path / "choices.txt"
    choices.write_text("# what was said\nHello, I am Officer Hale, your tail light is out\ncalm\n", encoding="utf-8")
    code, out, _ = run("scenario", "run", STOP, "--headless", "--choices-file", choices)
    assert code == 0
    assert ": introduce,hear_him," in out


def test_at_the_terminal_people_answer_in_numbers_and_words(run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["Good evening, I am Officer Hale. Your tail light is out.", "purple elephants dance", "9", ""])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    code, out, _ = run("scenario", "run", STOP)
    assert code == 0
    assert "Marcus Reed: The light." in out
    assert "What do you want me to do?" in out or "What do you mean?" in out
    assert "broken off" in out
    assert "1 decisions" in out


def test_check_walks_the_branches_and_says_how_far(run, tmp_path: Path) -> None:
    code, out, _ = run("scenario", "check", STOP, "--turns", 60)
    assert "60 turns played" in out
    assert "bounded" in out
    text = Path(STOP).read_text(encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text(text.replace("start: approach", "start: approachh"), encoding="utf-8")
    code, out, _ = run("scenario", "check", bad)
    assert code == 1
    assert "Did you mean 'approach'" in out


def test_the_general_check_knows_scenarios(run, tmp_path: Path) -> None:
    assert run("check", STOP)[0] == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        Path(STOP).read_text(encoding="utf-8").replace("timeout: torch", "timeout: tortch"), encoding="utf-8"
    )
    code, out, _ = run("check", bad)
    assert code == 1
    assert "Did you mean 'torch'" in out


def test_import_writes_scenarios_that_check(run, tmp_path: Path) -> None:
    code, out, _ = run("scenario", "import", "policecom", "tests/data/policecom", "-o", tmp_path / "mine")
    assert code == 0
    assert "scenario-lost-dog.yaml" in out
    assert run("check", tmp_path / "mine" / "scenario-lost-dog.yaml")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scenario", "rnu"), "Did you mean 'run'"),
        (("scenario", "run", "nosuch.yaml", "--headless", "--choices", "best"), "does not exist"),
        (("scenario", "run", STOP, "--headless"), "--choices"),
        (("scenario", "run", STOP, "--headless", "--choices", "clam"), "'clam' is not offered"),
        (("scenario", "run", STOP, "--headless", "--choices", "best", "--report", "{tmp}/r.txt"), ".html"),
        (("scenario", "run", STOP, "--headless", "--choices", "best", "--report", "{tmp}/no/r.html"), "no folder"),
        (("scenario", "run", STOP, "--headless", "--choices", "best", "--log", "{tmp}/no/l.json"), "no folder"),
        (("scenario", "run", STOP, "--replay", "nosuch.json"), "cannot be read"),
        (("scenario", "run", STOP, "--replay", "pyproject.toml"), "is no JSON"),
        (("scenario", "run", STOP, "--replay", "x.json", "--headless"), "--replay"),
        (("scenario", "run", STOP, "--replay", "x.json", "--seed", "3"), "--replay"),
        (("scenario", "run", STOP, "--choices-file", "nosuch.txt"), "cannot be read"),
        (("scenario", "run", STOP, "--choices", "1", "--choices-file", "x"), "not both"),
        (("scenario", "import", "policecom", "nosuch", "-o", "{tmp}/o"), "no such file"),
        (("scenario", "import", "policecom", "pyproject.toml", "-o", "{tmp}/o"), "is no JSON"),
        (("scenario", "check", "nosuch.yaml"), "does not exist"),
    ],
)
def test_bad_input_is_one_clear_line_and_writes_nothing(
    run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert code in (1, 2)
    said = (out + err).strip()
    assert message in said
    assert len(said.splitlines()) == 1, said
    assert list(tmp_path.iterdir()) == []
