"""The picture of a mind's past."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from emotion_minds import make
from PIL import Image

from expressive.core.errors import MissingDependency, OutputError, ParameterError
from expressive.emotion.plot import plot_emotions


def test_the_picture_is_drawn_marked_and_not_blank(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    mind = make()
    for event in ("insulted", "insulted", "soothed"):
        mind.trigger(event, source="player")
        mind.advance(4.0)
    path = plot_emotions({"guard": mind.history(), "again": mind.history(step_s=0.5)}, tmp_path / "mood.png", title="t")
    with Image.open(path) as image:
        assert image.text["Software"] == "Expressive"
        assert image.text["Comment"].startswith("synthetic")
        pixels = np.asarray(image.convert("RGB"))
    red = (pixels[..., 0] > 180) & (pixels[..., 1] < 60) & (pixels[..., 2] < 60)
    assert red.sum() > 300, "anger has its line"
    assert pixels.std() > 20


def test_a_new_mind_can_be_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot_emotions(make().history(), tmp_path / "a.png").exists()


def test_the_picture_in_the_docs_is_made_as_the_docs_say(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = Path(__file__).resolve().parents[2] / "docs" / "emotion.md"
    code = re.search(r"```python\n(import numpy.*?)```", page.read_text(encoding="utf-8"), re.DOTALL).group(1)
    target = tmp_path / "ladder.png"
    space: dict = {}
    exec(code.replace("docs/images/guard_ladder.png", str(target)), space)
    assert target.stat().st_size > 20_000
    moves = [r.name for r in space["guard"].history().records if r.kind == "transition"]
    assert moves == ["irritated", "angry", "enraged", "cooling", "calm"]


def test_what_cannot_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = make().history()
    with pytest.raises(ParameterError, match=r"must end in \.png"):
        plot_emotions(history, tmp_path / "a.jpg")
    with pytest.raises(ParameterError, match="no history"):
        plot_emotions({}, tmp_path / "a.png")
    with pytest.raises(OutputError, match="cannot write"):
        plot_emotions(history, tmp_path / "missing" / "a.png")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingDependency, match=r"expressive\[plot\]"):
        plot_emotions(history, tmp_path / "a.png")


def test_a_history_of_too_many_samples_says_which_step_would_do() -> None:
    mind = make()
    for _ in range(3):
        mind.advance(86400)
    with pytest.raises(ParameterError, match="take step_s>="):
        mind.history(step_s=0.1)
