from __future__ import annotations

from pathlib import Path

import pytest

from tests.face.tiny import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a few kilobytes, the same for the whole run."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny-face-64-v0.1.0")
