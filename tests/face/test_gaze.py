from __future__ import annotations

import math

import numpy as np
import pytest

from expressive.face.gaze import Gaze

TICK = 1 / 1000  # finer than the animator's, to measure saccades


def run(gaze: Gaze, seconds: float, *, tick: float = TICK, **more: object) -> np.ndarray:
    settings = {"target": (0.0, 0.0), "held": False, "averse": 0.0, "speaking": 0.0, "listening": False, **more}
    return np.array([gaze.advance(tick, **settings) for _ in range(round(seconds / tick))])  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [5, 10, 20])
def test_saccades_keep_the_main_sequence(degrees: float) -> None:
    gaze = Gaze(liveliness=0.0, rng=np.random.default_rng(0))
    path = run(gaze, 0.5, target=(math.radians(degrees), 0.0))[:, 0]
    speed = np.degrees(np.diff(path)) / TICK
    moving = np.flatnonzero(speed > 0.02 * speed.max())
    duration_ms = 1e3 * (moving[-1] - moving[0]) * TICK
    assert duration_ms == pytest.approx(21 + 2.2 * degrees, rel=0.25)
    # Bahill et al. 1975: 5° peak at about 200°/s, 10° at 350-450, 20° at 450-600
    assert {5: 180, 10: 300, 20: 420}[int(degrees)] < speed.max() < {5: 320, 10: 480, 20: 640}[int(degrees)]


def test_a_new_target_takes_reaction_time() -> None:
    gaze = Gaze(liveliness=0.0, rng=np.random.default_rng(0))
    path = run(gaze, 0.5, target=(0.3, 0.0))[:, 0]
    assert 0.15 < np.argmax(path > 0.15) * TICK < 0.3


def test_a_slow_target_is_pursued() -> None:
    gaze = Gaze(liveliness=0.0, rng=np.random.default_rng(0))
    targets = 0.2 * TICK * np.arange(1500)
    path = np.array([run(gaze, TICK, target=(target, 0.0))[0, 0] for target in targets])
    error = path - targets
    assert np.abs(error).max() < 0.04


def test_staring_without_liveliness() -> None:
    path = run(Gaze(liveliness=0.0, rng=np.random.default_rng(1)), 30.0, tick=1 / 120)
    assert np.abs(path).max() < 1e-9


def away(seconds: float = 300.0, **more: object) -> float:
    path = run(Gaze(liveliness=1.0, rng=np.random.default_rng(5)), seconds, tick=1 / 60, **more)
    return float((np.hypot(*path.T) > 0.1).mean())


def test_glances_away_while_speaking_more_than_while_listening() -> None:
    assert away(speaking=1.0) > 1.5 * away(listening=True)


def test_a_held_gaze_does_not_glance_away() -> None:
    assert away(averse=0.9, held=True) == 0.0


def test_shame_averts_and_anger_stares() -> None:
    assert away(averse=0.9) > 0.12 > 0.02 > away(averse=-0.6)


def test_fixations_jump_and_rest() -> None:
    path = run(Gaze(liveliness=1.0, rng=np.random.default_rng(5)), 60.0, tick=1 / 120)
    speed = np.hypot(*np.diff(path, axis=0).T) * 120
    assert (speed < 0.1).mean() > 0.85  # the eyes rest most of the time
    jumps = np.flatnonzero((speed[1:] > 0.5) & (speed[:-1] <= 0.5))
    assert 40 < len(jumps) < 200
