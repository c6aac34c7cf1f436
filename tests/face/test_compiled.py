from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CODE = """
import numpy as np
from expressive.face.frames import to_frames
print(to_frames(np.full((1, 16, 2, 2), 7, np.uint8)).sum())
"""


def test_frames_are_drawn_where_nothing_can_be_kept_on_disk(tmp_path: Path) -> None:
    """As in a container whose files cannot be written, and a user without a home."""
    import expressive

    package = Path(expressive.__file__).parent
    shutil.copytree(package, tmp_path / "expressive", ignore=shutil.ignore_patterns("__pycache__", "_data"))
    # a file where the folder should be: not even root can write below it
    (tmp_path / "expressive" / "face" / "__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "NUMBA_"))}
    surroundings |= {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(7 * 64)
