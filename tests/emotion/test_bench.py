"""The benchmark runs and says what it must; how fast is its own affair."""

from __future__ import annotations

from expressive.emotion.bench import bench


def test_bench_has_ours_beside_the_plain_loop() -> None:
    result = bench(sizes=(50, 200), repeats=5)
    assert {"event_us", "tick_us", "appraise_us"} <= set(result["one_character"])
    assert [row["characters"] for row in result["populations"]] == [50, 200]
    assert all(
        row["plain_python_ms"] >= 0 and row["advance_ms"] > 0 and "ratio" in row for row in result["populations"]
    )
    assert result["peers"]["gamygdala_rules_in_python_us"] > 0
