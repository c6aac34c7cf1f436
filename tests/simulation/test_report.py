"""The after-action report: the same for the same choices, self-contained, accessible, and in a trainer's words."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expressive.core.errors import OutputError, ParameterError
from expressive.simulation.debrief import debrief
from expressive.simulation.log import run_log
from expressive.simulation.play import play
from expressive.simulation.reading import load_scenario
from expressive.simulation.report import write_report
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario
from tests.simulation.conftest import SMALL, TRAFFIC_STOP

VOID = {"meta", "br", "link", "input", "img", "hr"}


class Page(HTMLParser):
    """Checks that elements are closed, and collects what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(path: Path) -> tuple[str, Page]:
    text = path.read_text(encoding="utf-8")
    parsed = Page()
    parsed.feed(text)
    assert parsed.open == []
    return text, parsed


@pytest.fixture(scope="module")
def reports(traffic_stop: Scenario, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    for choice in ("calm", "hostile"):
        write_report(traffic_stop, run_log(play(traffic_stop, [choice])), folder / f"{choice}.html")
    return {choice: folder / f"{choice}.html" for choice in ("calm", "hostile")}


def test_a_calm_path_ends_calm_and_a_hostile_one_enraged(traffic_stop: Scenario) -> None:
    calm, hostile = play(traffic_stop, ["calm"]), play(traffic_stop, ["hostile"])
    assert (calm.outcome, hostile.outcome) == ("calm", "enraged")
    first, last = calm.record.samples[0], calm.record.samples[-1]
    assert last.agitation < 0.15
    assert last.trust > first.trust + 0.5
    assert calm.subject.state in ("cooperative", "relieved")
    end = hostile.record.samples[-1]
    assert end.felt["anger"] > 0.7
    assert end.trust < -0.7
    assert hostile.subject.state == "angry"
    assert len(calm.visited) >= 6
    assert set(hostile.visited) - set(calm.visited)
    assert 60 < hostile.time_s < calm.time_s < 300


def test_the_hostile_report_says_why_in_a_trainers_words(reports: dict[str, Path]) -> None:
    text = html.unescape(reports["hostile"].read_text(encoding="utf-8"))
    assert "He is beside himself" in text
    assert "a fight that nobody can win" in text
    assert "was most agitated at" in text
    assert "“Pull the door open” (manhandled)" in text
    assert "A frozen man does not thaw by shouting." in text
    assert "Nothing is going to happen to you. I am taking a step back." in text
    assert "With the best choices from there on" in text


def test_the_calm_report_has_nothing_better_to_offer(reports: dict[str, Path]) -> None:
    text = html.unescape(reports["calm"].read_text(encoding="utf-8"))
    assert "He drives home calm" in text
    assert "you won trust, from 38 to" in text
    assert text.count("No option that was offered is worth more.") >= 4


def test_the_same_choices_and_seed_give_the_same_bytes_in_another_process(reports: dict[str, Path], tmp_path) -> None:
    again = tmp_path / "again.html"
    words = ["scenario", "run", str(TRAFFIC_STOP), "--headless", "--choices", "hostile", "--report", str(again)]
    done = subprocess.run(
        [sys.executable, "-m", "expressive", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "PYTHONHASHSEED": "5"},
    )
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == reports["hostile"].read_bytes()


def test_a_report_holds_everything_and_loads_nothing(reports: dict[str, Path]) -> None:
    for path in reports.values():
        text, parsed = page(path)
        names = [tag for tag, _ in parsed.tags]
        assert "script" not in names
        assert "link" not in names
        assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!#)(?:https?:|//|/|\.)""", text.split("</style>")[1])
        assert text.count("<svg") == 2
        assert len(text) < 600_000


def test_a_report_can_be_read_without_seeing_it(reports: dict[str, Path]) -> None:
    text, parsed = page(reports["hostile"])
    assert '<html lang="en">' in text
    pictures = [attributes for _, attributes in parsed.tags if attributes.get("role") == "img"]
    assert len(pictures) == 2
    assert all("peaks at" in (picture["aria-label"] or "") for picture in pictures)
    headings = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    names = [tag for tag, _ in parsed.tags]
    assert names.count("caption") == names.count("table") == 2
    assert all("scope" in attributes for tag, attributes in parsed.tags if tag == "th")
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    labels = [attributes["aria-labelledby"] for _, attributes in parsed.tags if "aria-labelledby" in attributes]
    assert set(labels) <= set(ids)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "A simulation." in text
    assert "no assessment" in text


def test_what_people_type_is_shown_and_never_run(small: Scenario, tmp_path: Path) -> None:
    run = Run(small)
    run.until_choice()
    run.say("<script>alert(1)</script> it is your tail light & <b>that</b> is all")
    run.until_choice()
    write_report(small, run_log(run), tmp_path / "a.html")
    text, parsed = page(tmp_path / "a.html")
    assert "script" not in [tag for tag, _ in parsed.tags]
    assert "&lt;script&gt;alert(1)" in text
    assert "own words" in text
    assert "“tail light”" in text


def test_what_the_instructor_did_is_told_apart(small: Scenario, tmp_path: Path) -> None:
    run = Run(small)
    run.until_choice()
    run.override("event", "threatened", intensity=0.9)
    run.update(2.0)
    run.choose("explain")
    run.until_choice()
    told = write_report(small, run_log(run), tmp_path / "a.html")
    text, _ = page(tmp_path / "a.html")
    assert [entry.text for entry in told.overrides] == ["event threatened 0.9"]
    assert "Where the instructor stepped in" in text
    assert any("“the instructor” (threatened)" in sentence for sentence in told.why)


def test_a_run_that_was_broken_off_has_a_report_too(small: Scenario, tmp_path: Path) -> None:
    run = Run(small)
    run.until_choice()
    write_report(small, run_log(run), tmp_path / "a.html")
    text, _ = page(tmp_path / "a.html")
    assert "Broken off" in text
    assert "Nothing was decided." in text


def test_points_are_counted_against_what_was_possible(small: Scenario) -> None:
    good, bad = (debrief(small, run_log(play(small, [choice]))) for choice in ("explain", "hostile"))
    assert (good.dimensions[0].points, good.dimensions[0].best, good.dimensions[0].share) == (2, 2, 1.0)
    assert (bad.dimensions[0].points, bad.dimensions[0].share, bad.rating) == (-2, 0.0, "needs practice")


def test_a_place_that_cannot_be_written_is_refused(small: Scenario, tmp_path: Path) -> None:
    log = run_log(play(small, ["calm"]))
    with pytest.raises(ParameterError, match=r"must end in \.html"):
        write_report(small, log, tmp_path / "a.txt")
    with pytest.raises(OutputError, match="there is no folder"):
        write_report(small, log, tmp_path / "no" / "a.html")
    assert list(tmp_path.glob("*.html")) == []


def test_the_fingerprint_knows_a_changed_scenario_and_a_changed_character(write, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\nextends: driver\n", encoding="utf-8")
    text = SMALL.replace("character: driver,", "character: own.yaml,")
    path = write(text)
    log = json.loads(json.dumps(run_log(play(load_scenario(path), ["calm"], folder=tmp_path))))
    (tmp_path / "own.yaml").write_text("name: own\nextends: driver\nemotion: {leakage: 0.1}\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="another version"):
        debrief(load_scenario(path), log, folder=tmp_path)
