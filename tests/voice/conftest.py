from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expressive.core.prosody import ProsodyTargets
from expressive.voice.voice import Voice
from tests.voice.praat import measure
from tests.voice.speaking import CAST, SENTENCES, say


@pytest.fixture
def voice() -> Voice:
    return Voice(CAST["driver"], seed=7)


@pytest.fixture(scope="session")
def measured() -> Callable[[str, str, ProsodyTargets], dict[str, float]]:
    """Mean measures of a speaker under some targets over the sentences, by Praat; each is made once."""
    known: dict[tuple[str, str, ProsodyTargets], dict[str, float]] = {}

    def measure_all(speaker: str, label: str, targets: ProsodyTargets) -> dict[str, float]:
        key = (speaker, label, targets)
        if key not in known:
            voice = Voice(CAST[speaker], seed=1)
            rows = [measure(say(voice, text, targets).samples()) for text in SENTENCES[:2]]
            known[key] = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        return known[key]

    return measure_all
