"""What other programs must be there for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def ffmpeg() -> None:
    """Skips where the programs that read our films as a stranger would are missing."""
    if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        pytest.skip("ffmpeg and ffprobe are not installed (on Debian: apt-get install ffmpeg)")


@pytest.fixture
def screen() -> Iterator[Any]:
    """A small window without a screen."""
    import pygame

    pygame.display.init()
    yield pygame.display.set_mode((320, 240))
    pygame.quit()


@pytest.fixture
def mixer() -> Iterator[None]:
    """The mixer, with a device that nobody hears."""
    import pygame

    pygame.mixer.init(44100, -16, 2, 512, allowedchanges=0)
    yield
    pygame.mixer.quit()
