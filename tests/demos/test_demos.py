"""Every demo runs headless, draws something, and says in its docstring how it is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DEMOS = {path.stem: path for path in Path("demos").glob("*.py") if path.stem != "__init__"}
DEMOS |= {path.parent.name: path.with_name("__init__.py") for path in Path("demos").glob("*/__main__.py")}


@pytest.mark.parametrize("name", sorted(DEMOS))
def test_a_demo_runs_and_draws(name: str, tmp_path: Path) -> None:
    assert f"python -m demos.{name}" in DEMOS[name].read_text(encoding="utf-8").split('"""')[1]
    done = subprocess.run(
        [sys.executable, "-m", f"demos.{name}", "--headless", "--frames", "20", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    pictures = list(tmp_path.glob("*.png"))
    assert pictures
    for picture in pictures:
        assert np.asarray(Image.open(picture).convert("RGB")).std() > 20
