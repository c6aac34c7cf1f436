from __future__ import annotations

from pathlib import Path

import pytest

from expressive.simulation.reading import load_scenario
from expressive.simulation.scenario import Scenario

TRAFFIC_STOP = Path("demos/scenarios/traffic_stop.yaml")

SMALL = """\
title: Two questions
cast:
  driver: {character: driver, relations: {officer: {trust: -0.2}}}
subject: driver
trainee: officer
start: window
rubric:
  clarity: {title: Clarity}
intents:
  insult:
    label: An insult
    phrases: [idiot]
    events: [{event: insulted}]
    scores: {clarity: {points: -1, why: It explains nothing.}}
    reply: Excuse me?
stages:
  window:
    scene: A car stands at the roadside.
    says: What have I done?
    time_limit_s: 15
    timeout: silence
    options:
      explain:
        text: Your left tail light is out. That is all.
        tags: [calm]
        phrases: [tail light, reason ... stop]
        events: [{event: told_the_reason}]
        scores: {clarity: {points: 2, why: The reason comes first.}}
        reply: "Oh. [sigh] The light."
      order:
        text: Licence. Now.
        tags: [hostile]
        phrases: [licence/license now]
        events: [{event: barked_at}]
        scores: {clarity: {points: -2, why: A command explains nothing.}}
        reply:
          - {say: "[anger]Why?[/]", when: anger > 0.3}
          - {say: "Yes, yes."}
      silence:
        text: You say nothing.
        spoken: false
        when: time < 0
        events: [{event: ignored}]
    next:
      - {to: upset, when: agitation > 0.5}
      - {to: calm}
  upset:
    says: "[anger]You did not even say why![/]"
    options:
      sorry:
        {text: You are right. I am sorry., tags: [calm], events: [{event: apologised_to}], next: calm}
      again:
        {text: Licence!, tags: [hostile], events: [{event: barked_at}], next: angry}
outcomes:
  calm: {kind: success, title: He is calm, text: It went well.}
  angry: {kind: failure, title: He is angry, text: It went badly.}
"""


@pytest.fixture
def write(tmp_path: Path):
    def to(text: str = SMALL, name: str = "scenario.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


@pytest.fixture
def small(write) -> Scenario:
    return load_scenario(write())


@pytest.fixture(scope="session")
def traffic_stop() -> Scenario:
    return load_scenario(TRAFFIC_STOP)
