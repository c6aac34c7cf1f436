"""Every shipped scene is played to its end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import expressive as ex

SCRIPTS = sorted(Path("demos/scripts").glob("*.yaml"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_scene_moves_and_sounds(path: Path) -> None:
    performance = ex.Performance(path, fps=10)
    moments = list(performance.moments())
    sound = performance.sound(0, len(moments) / 10)
    performance.close()
    assert np.abs(sound).max() < 1.0
    for name in performance.on_stage:
        poses = np.array([moment.poses[name].controls.values for moment in moments])
        assert poses.std(axis=0).max() > 0.1, name
        assert np.isfinite(poses).all()


def test_the_guard_climbs_to_rage_and_comes_down_again() -> None:
    performance = ex.Performance("demos/scripts/gate.yaml", fps=10)
    moments = list(performance.moments())
    performance.close()
    states = list(dict.fromkeys(moment.poses["guard"].state for moment in moments))
    assert states[:4] == ["calm", "irritated", "angry", "enraged"]
    assert "cooling" in states
    anger = [moment.poses["guard"].felt["anger"] for moment in moments]
    assert max(anger) > 0.75
    assert anger[-1] < 0.35
    assert len(moments) >= 200
