"""A face that is shown the part of the track around the playhead moves as one that is shown the whole."""

from __future__ import annotations

import numpy as np
import pytest

from expressive.stage.actor import Actor
from expressive.stage.utterance import Utterance

LINE = (
    "[sadness]I waited, [sob] and nobody came.[/] Then [pause 300ms] you, of all people! [laugh] "
    "[anger 0.7]My brother put the map above the fire, [joy]papa, five wonderful maps![/] Move.[/]"
)


def controls_of(line: str) -> np.ndarray:
    with Actor.load("guard", seed=7, live=False) as guard:
        guard.trigger("insulted", intensity=0.8, source="player")
        spoken = guard.say(line)
        rows = []
        while spoken.speaking:
            guard.update(1 / 60)
            rows.append(guard.controls.values)
        return np.array(rows)


def test_a_part_of_the_track_is_enough(monkeypatch):
    part = controls_of(LINE)
    monkeypatch.setattr(Utterance, "passage", Utterance.track)
    whole = controls_of(LINE)
    assert len(part) > 500
    assert np.array_equal(part, whole)


def test_a_passage_is_short_however_long_the_line_is():
    with Actor.load("guard", seed=7) as guard:
        line = guard.say("The gate is shut and the guard is here. " * 60)
        line.stream.wait(120)
        line.stream.render(9.0, guard.prosody)
        line.spoken_s = 9.0
        assert len(line.passage.phones) < 150 < len(line.track.phones)
        assert line.passage.phone_at(9.0) == line.track.phone_at(9.0)
        assert line.passage.duration_s == line.duration_s == pytest.approx(line.track.duration_s)
