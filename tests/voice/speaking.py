"""Speakers, sentences and one way to say them."""

from __future__ import annotations

import math

from expressive.core.prosody import ProsodyTargets
from expressive.voice.spec import VoiceSpec
from expressive.voice.stream import SpeechStream
from expressive.voice.voice import Voice

SENTENCES = (
    "They will bring it over to the house on Wednesday evening.",
    "There is something I have to tell you about your brother.",
    "We have been waiting in this room for almost three hours.",
)

CAST = {
    "guard": VoiceSpec(
        base_f0_hz=96, vocal_tract=1.1, f0_range=0.9, rate=0.98, tilt_db=2.0, creak=0.2, language="en-gb"
    ),
    "innkeeper": VoiceSpec(
        base_f0_hz=178, vocal_tract=0.92, f0_range=1.2, rate=0.95, breathiness=0.15, tilt_db=-1.0, tremor_st=0.05,
        language="en-gb-x-rp",
    ),
    "driver": VoiceSpec(base_f0_hz=116, f0_range=1.1, rate=1.08, tilt_db=0.5),
    "monk": VoiceSpec(
        base_f0_hz=84, vocal_tract=1.05, f0_range=0.6, rate=0.82, breathiness=0.2, tilt_db=-2.5, creak=0.25
    ),
    "merchant": VoiceSpec(
        base_f0_hz=212, vocal_tract=0.87, f0_range=1.4, rate=1.12, tilt_db=1.0, language="en-gb"
    ),
    "scholar": VoiceSpec(base_f0_hz=236, vocal_tract=0.83, f0_range=0.8, breathiness=0.3, tilt_db=-2.0),
    "apprentice": VoiceSpec(
        base_f0_hz=158, vocal_tract=0.94, f0_range=1.35, rate=1.12, breathiness=0.05, tilt_db=1.5
    ),
    "healer": VoiceSpec(base_f0_hz=150, vocal_tract=0.9, f0_range=0.9, rate=0.88, breathiness=0.25, tilt_db=-0.5),
}  # fmt: skip


def say(
    voice: Voice, text: str, targets: ProsodyTargets | None = None, *, timeout_s: float | None = 60
) -> SpeechStream:
    """The whole utterance, rendered."""
    stream = voice.speak(text)
    stream.wait(timeout_s)
    stream.render(math.inf, targets or ProsodyTargets())
    assert stream.finished
    return stream
