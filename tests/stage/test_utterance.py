"""A line in a game: no frame has to make much of its sound, and words are told in time."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from expressive.character.loading import load_character
from expressive.core.beside import beside
from expressive.stage.actor import Actor
from expressive.voice.synthesis import BLOCK_S
from tests.face.tiny import write_tiny_model

TEXT = "The gate is shut, and the guard is here, and nobody comes in before the sun is up."


@pytest.fixture
def spoken():
    with Actor.load("guard", seed=7, live=False) as guard:
        yield guard, guard.say(TEXT)


def test_a_store_for_a_sound_device_fills_up_by_one_block_a_frame(spoken):
    guard, line = spoken
    while not line.started:
        guard.update(1 / 60)
    line.lookahead_s = 0.15
    made, stored = [], []
    for _ in range(120):
        before = line.stream.rendered_s
        guard.update(1 / 60)
        made.append(round((line.stream.rendered_s - before) / BLOCK_S))
        stored.append(line.stream.rendered_s - line.spoken_s)
    assert max(made) == 1
    assert min(stored) > 0.04  # a frame of 0.04 s is not heard
    assert min(stored[40:]) > 0.12
    assert max(stored) < 0.15 + BLOCK_S


def test_the_track_until_a_moment_has_all_that_begins_up_to_it(spoken):
    guard, line = spoken
    while line.speaking:
        guard.update(1 / 60)
        if not line.started or not line.speaking:
            continue
        for moment_s in (line.spoken_s, line.spoken_s - 0.3):
            told = [word for word in line.track_until(moment_s).words if word.start_s <= moment_s]
            assert told == [word for word in line.track.words if word.start_s <= moment_s]
    assert line.track_until(line.duration_s).words == line.track.words
    assert math.isclose(line.track_until(0.0).duration_s, line.duration_s)


def test_an_actor_drawn_apart_looks_the_same(tmp_path):
    model = write_tiny_model(tmp_path / "tiny-face-64-v0.1.0")
    guard = load_character("guard")
    guard = replace(guard, face=replace(guard.face, model=str(model)))
    here, there = (Actor(guard, seed=3, live=False) for _ in range(2))
    there.draw_apart()
    there.draw_apart()
    for actor in (here, there):
        actor.trigger("insulted")
    for _ in range(10):
        here.update(0.1)
        there.update(0.1)
        assert np.array_equal(here.frame(), there.frame())
    assert beside().helper.pid is not None
    for actor in (here, there):
        actor.close()
