from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from expressive.voice.bench import bench
from expressive.voice.bench_piper import write_piper_like_voice


def test_every_figure_stands_beside_its_peers():
    found = bench(rounds=1)
    assert all(np.isfinite(value) and value > 0 for value in found.values())
    assert found["espeak_rtf"] < found["rtf"]
    assert found["block_p50_ms"] <= found["block_p99_ms"]
    assert ("piper_rtf" in found) == (importlib.util.find_spec("piper") is not None)


def test_a_voice_of_pipers_architecture_speaks_through_piper(tmp_path):
    pytest.importorskip("piper")
    pytest.importorskip("onnx")
    from expressive.voice.backends.piper import PiperBackend

    write_piper_like_voice(tmp_path / "medium.onnx")
    spoken = PiperBackend(str(tmp_path / "medium.onnx")).synthesize("Good evening.", language="en-us", rate=1.0)
    assert 0.5 < spoken.duration_s < 3
    assert np.isfinite(spoken.samples).all()
    assert [w.text for w in spoken.words] == ["Good", "evening"]
