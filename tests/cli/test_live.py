"""``expressive bench live`` soaks a scene and says how it went, in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from expressive.cli.live import bench_live
from expressive.core.errors import ParameterError


@pytest.mark.parametrize("scene", ["village", "portraits"])
def test_a_scene_is_soaked_beside_an_empty_loop(scene: str) -> None:
    pytest.importorskip("pygame")
    done = subprocess.run(
        [sys.executable, "-m", "expressive", "bench", "live", "--seconds", "4", "--scene", scene],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    found = json.loads(done.stdout)["live"]
    assert found["scene"] == scene
    assert set(found["faces_per_s"]) == {"guard", "innkeeper", "merchant", "healer"}
    assert found["frames_per_s"] > 0
    assert found["speaking_share"] > (0 if scene == "portraits" else -1)  # a slow machine gets no word out in 4 s
    for times in ("loop_ms", "loop_cpu_ms", "empty_loop_ms", "busy_loop_ms"):
        assert 0 < found[times]["median"] <= found[times]["p99"] <= found[times]["max"]
    if (undelayed := found["loop_without_queue_ms"]) is not None:
        assert 0 < undelayed["median"] <= found["loop_ms"]["median"]
        assert undelayed["max"] <= found["loop_ms"]["max"]
    assert found["empty_loop_ms"]["median"] < found["loop_ms"]["median"]
    assert len(found["rss_mb"]) == 5


def test_without_a_checkout_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("expressive.cli.live.resource_dir", lambda kind: tmp_path / kind)
    with pytest.raises(ParameterError, match="--scene portraits"):
        bench_live(seconds=1, scene="village")
