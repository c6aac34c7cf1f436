from __future__ import annotations

from pathlib import Path

import pytest

from expressive.core.errors import ParameterError, WeightsError
from expressive.face import bench as bench_module
from expressive.face.bench import bench


def test_bench_times_every_contender(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_module, "open_reference", lambda: None)
    calls = []
    result = bench(
        tiny_model, frames=12, references=lambda: {"other": lambda controls, who: calls.append((controls.shape, who))}
    )
    assert len(calls) >= 12
    assert calls[0] == ((61,), 0)
    assert result["frame_ms"]["median"] > 0
    assert result["animator_tick_us"]["median"] > 0
    assert list(result["references"]) == ["other"]
    assert result["resolution"] == 64


def test_what_others_load_is_not_counted_as_ours(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(bench_module, "open_reference", lambda: None)
    monkeypatch.setattr(bench_module, "peak_memory_mib", lambda: order.append("memory"))

    def references() -> dict[str, bench_module.Contender]:
        order.append("others")
        return {}

    bench(tiny_model, frames=10, references=references)
    assert order == ["memory", "memory", "others"]


def test_bench_refuses(tiny_model: Path) -> None:
    with pytest.raises(ParameterError, match="frames=1"):
        bench(tiny_model, frames=1)
    with pytest.raises(WeightsError):
        bench("no-such-model")
