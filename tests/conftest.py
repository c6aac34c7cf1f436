"""What every test shares."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: more threads would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# how long a machine takes must not fail a test
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARED = Path(os.environ.get("EXPRESSIVE_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(440)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of data that is not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared data folder at {SHARED.name}/ beside the checkout, or EXPRESSIVE_SHARED")
    return SHARED
