"""Each step of the API example in the design, as it is written there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import expressive as ex

GATE = "demos/scripts/gate.yaml"


def test_an_actor_as_designed() -> None:
    dt_s = 1 / 60
    guard = ex.Actor.load("guard", seed=7)
    guard.trigger("insulted", intensity=0.8, source="player")
    guard.feel("anger", 0.6, hold_s=2.0)
    guard.mask("anger", 0.5)
    line = guard.say("Get away from [anger]my[/] gate!")
    images = []
    while line.speaking:
        guard.update(dt_s)
        if len(images) < 5:
            images.append(guard.frame())
    assert images[0].shape == (256, 256, 4)
    assert images[0].dtype == np.uint8
    assert isinstance(guard.state, str)
    assert guard.felt["anger"] > guard.shown["anger"] >= 0
    assert -1 <= guard.mood.pleasure <= 1
    assert guard.controls.values.shape == (61,)
    assert guard.why("anger")
    saved = guard.snapshot()
    guard.restore(saved)
    assert guard.snapshot() == saved

    y = line.audio()
    assert y.dtype == np.float32
    assert y.ndim == 1
    assert isinstance(line.track, ex.SpeechTrack)
    assert line.duration_s > 0.5
    assert line.sample_rate > 8000
    line.stop()

    spoken = guard.say("Wait!")
    chunks = list(spoken.chunks())
    assert all(isinstance(chunk, ex.AudioChunk) for chunk in chunks)
    np.testing.assert_array_equal(np.concatenate([chunk.samples for chunk in chunks]), spoken.audio())
    guard.close()


def test_a_world_as_designed() -> None:
    world = ex.World.load(GATE, seed=7)
    world.update(0.1)
    assert world["guard"].state
    world.close()


def test_a_performance_as_designed(tmp_path: Path) -> None:
    film = ex.perform("demos/scripts/greeting.yaml", out=tmp_path / "gate.mp4", fps=10, size=(320, 180))
    assert film.path.stat().st_size > 10_000
