"""One quality of the voice at a time: what it changes, and what it must leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from expressive.core.affect import Affect
from expressive.core.prosody import ProsodyTargets
from expressive.voice.voice import Voice
from tests.voice.praat import RATE, measure
from tests.voice.speaking import CAST, SENTENCES, say


def heard(speaker: str, targets: ProsodyTargets) -> dict[str, float]:
    """Means over the sentences."""
    voice = Voice(CAST[speaker], seed=1)
    rows = [measure(say(voice, text, targets).samples()) for text in SENTENCES]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


@pytest.mark.parametrize("speaker", ["guard", "merchant"])
def test_a_light_breathy_voice_is_no_duller(speaker):
    """Its first harmonic rises by 5 dB, which for a high voice lies where most of the energy is."""
    plain = heard(speaker, ProsodyTargets())
    light = heard(speaker, ProsodyTargets(breathiness=0.5, effort=-0.5))
    assert light["alpha_db"] == pytest.approx(plain["alpha_db"], abs=0.8)
    assert light["level_db"] == pytest.approx(plain["level_db"], abs=0.8)
    assert light["hnr"] < plain["hnr"] - 1.0


def test_breath_is_heard_more_in_a_darker_voice():
    """Above 1 kHz, where tilt takes from the tone and less from the breath."""
    voice, high = Voice(CAST["healer"], seed=1), butter(4, [1000, 5000], btype="band", fs=RATE, output="sos")
    hnr = []
    for tilt_db in (-6.0, 0.0, 6.0):
        sounds = [say(voice, text, ProsodyTargets(tilt_db=tilt_db)).samples() for text in SENTENCES]
        hnr.append(np.mean([measure(sosfiltfilt(high, y), (100.0, 250.0))["hnr"] for y in sounds]))
    assert hnr[0] + 0.5 < hnr[1] < hnr[2] - 0.5


def test_the_irregularity_that_is_asked_for_is_added():
    """Targets are differences from the speaker's own: half a per cent more is half a per cent more, at any pitch."""
    plain = heard("healer", ProsodyTargets())
    rough = [heard("healer", ProsodyTargets(jitter_pct=pct))["jitter"] - plain["jitter"] for pct in (0.5, 1.0)]
    assert rough[1] > 1.6 * rough[0] > 0.3


def test_anger_makes_even_a_creaking_voice_regular():
    voice = Voice(CAST["guard"], seed=1)
    found = [heard("guard", voice.prosody(Affect.of(anger=i))) for i in (0.0, 0.5, 1.0)]
    assert found[0]["jitter"] > found[1]["jitter"] > found[2]["jitter"]
    assert found[2]["hnr"] > found[0]["hnr"]
