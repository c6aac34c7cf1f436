"""The traffic stop is played by script, by keys and by mouse, and its report is the run's."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pygame
import pytest

from demos.roadside.screen import SIZE, option_boxes
from demos.traffic_stop import SCENARIO, Stop, main
from expressive.simulation.log import load_log, replay
from expressive.simulation.reading import load_scenario
from expressive.simulation.report import write_report


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "outcome", "anger"), [("calm", "calm", (0.0, 0.1)), ("hostile", "enraged", (0.6, 1.0))]
)
def test_it_is_played_to_its_end_by_script(
    tmp_path: Path, choices: str, outcome: str, anger: tuple[float, float]
) -> None:
    main(["--headless", "--choices", choices, "--fps", "1", "--out", str(tmp_path)])
    log = load_log(tmp_path / "traffic_stop_log.json")
    assert log["outcome"] == outcome
    scenario = load_scenario(SCENARIO)
    run = replay(scenario, log)
    assert anger[0] <= run.record.samples[-1].felt["anger"] <= anger[1]
    # The report is that of the log: whoever has the log can make it again, without face and voice.
    write_report(scenario, log, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "traffic_stop_report.html").read_bytes()
    picture = pygame.image.load(str(tmp_path / "traffic_stop.png"))
    assert picture.get_size() == SIZE
    assert np.asarray(pygame.surfarray.array3d(picture)).std() > 20


@pytest.fixture
def stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A stop whose options are on the screen, without voices, so that it is there quickly."""
    from expressive.simulation import run as module

    plain = module.Run.__init__
    monkeypatch.setattr(module.Run, "__init__", lambda self, *a, **k: plain(self, *a, **{**k, "embodied": False}))
    pygame.init()
    screen = pygame.display.set_mode(SIZE)
    options = argparse.Namespace(
        scenario=SCENARIO, choices=None, headless=True, fps=5, frames=None, seed=None, out=tmp_path, screenshot=None
    )
    made = Stop(options, screen)
    made.run.until_choice()
    yield made
    made.run.close()


def press(stop: Stop, key: int) -> None:
    stop.handle(pygame.event.Event(pygame.KEYDOWN, key=key, unicode="", mod=0))


def type_in(stop: Stop, text: str) -> None:
    for letter in text:
        stop.handle(pygame.event.Event(pygame.TEXTINPUT, text=letter))


def test_a_number_chooses(stop: Stop) -> None:
    wanted = stop.run.offered[1]
    type_in(stop, "2")
    assert [each.option for each in stop.run.record.decisions] == [wanted]


def test_arrows_and_enter_choose(stop: Stop) -> None:
    wanted = stop.run.offered[3]
    press(stop, pygame.K_RIGHT)
    press(stop, pygame.K_DOWN)
    press(stop, pygame.K_RETURN)
    assert [each.option for each in stop.run.record.decisions] == [wanted]


def test_a_click_chooses_what_it_hits(stop: Stop) -> None:
    wanted = stop.run.offered[2]
    stop.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=option_boxes(4)[2].center))
    assert [each.option for each in stop.run.record.decisions] == [wanted]


def test_a_gamepad_chooses(stop: Stop) -> None:
    wanted = stop.run.offered[1]
    stop.handle(pygame.event.Event(pygame.JOYHATMOTION, value=(1, 0)))
    stop.handle(pygame.event.Event(pygame.JOYBUTTONDOWN, button=0))
    assert [each.option for each in stop.run.record.decisions] == [wanted]


def test_own_words_are_typed_and_said(stop: Stop) -> None:
    type_in(stop, "Good evening. 1 of your rear lights is broken!!")
    press(stop, pygame.K_BACKSPACE)
    assert stop.typed.endswith("broken!")
    press(stop, pygame.K_RETURN)
    (decision,) = stop.run.record.decisions
    assert (decision.option, decision.how) == ("introduce", "words")


def test_words_that_nobody_understands_are_told_so(stop: Stop) -> None:
    type_in(stop, "Purple elephants")
    press(stop, pygame.K_RETURN)
    assert stop.run.record.decisions == []
    assert "did not understand" in stop.notice


def test_the_instructor_steps_in_and_the_log_says_so(stop: Stop, tmp_path: Path) -> None:
    press(stop, pygame.K_F1)
    assert stop.instructing
    order = next(order for order in stop.orders if order.name == "threatened")
    before = stop.run.subject.felt["fear"]
    stop.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=order.rect.center))
    stop.run.update(1.0)
    assert stop.run.subject.felt["fear"] > before
    stop.write_report()
    log = json.loads((tmp_path / "traffic_stop_log.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in log["inputs"] if each["kind"] == "override"] == ["threatened"]
    assert "Where the instructor stepped in" in (tmp_path / "traffic_stop_report.html").read_text(encoding="utf-8")


def test_the_panel_fits_and_no_two_buttons_overlap(stop: Stop) -> None:
    from demos.roadside.instructor import BOX

    rects = [order.rect for order in stop.orders]
    assert all(BOX.contains(rect) for rect in rects)
    assert all(rect.collidelist(rects[:n] + rects[n + 1 :]) == -1 for n, rect in enumerate(rects))
    names = {order.name for order in stop.orders if order.kind == "go"}
    assert names == {*stop.scenario.stages, *stop.scenario.outcomes}


def test_what_is_shown_changes_with_what_happens(stop: Stop) -> None:
    def picture() -> np.ndarray:
        stop.draw()
        return pygame.surfarray.array3d(stop.screen).astype(int)

    asking = picture()
    press(stop, pygame.K_TAB)
    without_meters = picture()
    assert np.abs(asking[640:, :440] - without_meters[640:, :440]).max() > 50
    type_in(stop, "Hello")
    assert np.abs(picture()[:, 690:] - asking[:, 690:]).max() > 50
    while stop.run.phase != "over":
        stop.run.override("go", "enraged")
        stop.run.until_choice()
    stop.write_report()
    over = picture()
    assert np.abs(over[:, 440:] - asking[:, 440:]).max() > 50


def test_escape_stops_before_the_end(stop: Stop) -> None:
    press(stop, pygame.K_ESCAPE)
    assert stop.done
