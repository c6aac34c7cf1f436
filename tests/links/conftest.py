"""What other programs must be there for."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def ffmpeg() -> None:
    """Skips where the programs that read our films as a stranger would are missing."""
    if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        pytest.skip("ffmpeg and ffprobe are not installed (on Debian: apt-get install ffmpeg)")
