"""What a character's voice is like before it feels anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, ClassVar, get_type_hints

from annotated_types import Interval

from expressive.core.checks import check_choice, check_number, check_text
from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.core.prosody import PROSODY_RANGES
from expressive.core.ranges import Unit
from expressive.voice.backends import check_backend

__all__ = ["VoiceSpec"]

Hertz = Annotated[float, Interval(ge=50.0, le=500.0)]
Ratio = Annotated[float, Interval(ge=0.5, le=2.0)]
Tract = Annotated[float, Interval(ge=0.7, le=1.3)]
Scale = Annotated[float, Interval(ge=0.0, le=3.0)]
Decibel = Annotated[float, Interval(ge=-12.0, le=12.0)]
Percent = Annotated[float, Interval(ge=0.0, le=5.0)]
Tremble = Annotated[float, Interval(ge=0.0, le=2.0)]


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """A speaker.

    The embedded espeak voice is one grown man. Base F0 and vocal tract together make another person of him; the rest
    gives age and temper. The shipped cast, so that any two differ in at least two of the columns by more than
    listeners need (F0 1.5 st, tract 4 %: Smith & Patterson 2005; Gaudrain & Başkent 2018):

    ========== ========== =========== ======== ==== =========== ======= ===== ========= ========
    character  base_f0_hz vocal_tract f0_range rate breathiness tilt_db creak tremor_st language
    ========== ========== =========== ======== ==== =========== ======= ===== ========= ========
    guard             96        1.10     0.90  0.98       0.00     2.0  0.20       0.00  en-gb
    innkeeper        178        0.92     1.20  0.95       0.15    -1.0  0.00       0.05  en-gb-x-rp
    driver           116        1.00     1.10  1.08       0.00     0.5  0.00       0.00  en-us
    monk              84        1.05     0.60  0.82       0.20    -2.5  0.25       0.05  en-us
    merchant         212        0.87     1.40  1.12       0.00     1.0  0.00       0.00  en-gb
    scholar          236        0.83     0.80  1.00       0.30    -2.0  0.00       0.00  en-us
    apprentice       158        0.94     1.35  1.12       0.05     1.5  0.00       0.00  en-us
    healer           150        0.90     0.90  0.88       0.25    -0.5  0.00       0.00  en-us
    ========== ========== =========== ======== ==== =========== ======= ===== ========= ========

    Usual places: F0 of men 85-155 Hz, women 165-255 Hz, children 250-400 Hz (Baken & Orlikoff 2000); tract 1.0 is a
    man's 17 cm, 0.85 a woman's, 0.7-0.8 a child's (Fitch & Giedd 1999). Ages above 65: rate 0.85, tremor_st 0.1-0.3,
    jitter_pct 0.5, shimmer_db 0.3.

    Examples
    --------
    >>> VoiceSpec(base_f0_hz=96, vocal_tract=1.1).backend
    'espeak'
    >>> VoiceSpec(base_f0_hz=9)
    Traceback (most recent call last):
    expressive.core.errors.ParameterError: base_f0_hz=9 must be in [50, 500]
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    backend: str = "espeak"
    """what makes the neutral sound: ``espeak``, ``pyttsx3``, ``piper``, or one of your own"""
    language: str = "en-us"
    """BCP 47 tag, such as ``en-us``, ``en-gb``, ``de``, ``fr-fr``"""
    variant: str = ""
    """the backend's own voice: an espeak variant (``f2``), a pyttsx3 voice id, a Piper ``.onnx`` file"""
    base_f0_hz: Hertz = 115.0
    """mean F0 of neutral speech [unit=Hz]"""
    f0_range: Scale = 1.0
    """liveliness of the melody [unit=ratio]; 1 is a standard deviation of 2.7 st, people's mean in neutral speech"""
    vocal_tract: Tract = 1.0
    """length of the vocal tract [unit=ratio]; > 1 is longer, all formants lower"""
    rate: Ratio = 1.0
    """rate of neutral speech [unit=ratio]; 1 is about 4.7 syllables a second"""
    level_db: Decibel = 0.0
    """level of neutral speech against the common -26 dBFS [unit=dB]"""
    breathiness: Unit = 0.0
    """share of noise in the voiced sound [range=[0, 1]]"""
    tilt_db: Decibel = 0.0
    """brightness: change of the alpha ratio against the embedded voice [unit=dB]"""
    creak: Unit = 0.0
    """irregular low pulses at phrase ends [range=[0, 1]]"""
    tremor_st: Tremble = 0.0
    """slow tremble of F0, as in old age [unit=st]"""
    jitter_pct: Percent = 0.0
    """irregularity of periods [unit=%]"""
    shimmer_db: Tremble = 0.0
    """irregularity of amplitudes [unit=dB]"""
    hesitation: Scale = 1.0
    """how easily feelings make this speaker falter and sob within a phrase [unit=ratio]; 0 is never"""
    expressivity: Mapping[str, Scale] = field(default_factory=lambda: {"default": 1.0})
    """how much of an emotion is heard: ``default`` and single emotions [unit=ratio]"""
    emotions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """this speaker's own way: emotion → prosody target → value at full intensity, instead of the common one;
    ``expressive fit-voice`` writes it from recordings"""

    def __post_init__(self) -> None:
        check_backend(check_text("voice backend", self.backend, max_length=64))
        check_text("language", self.language, max_length=64)
        check_text("variant", self.variant, max_length=4096)
        for name, (low, high) in _RANGES.items():
            check_number(name, getattr(self, name), low, high)
        scales = {
            (key if key == "default" else resolve_emotion(key)): check_number(f"expressivity of {key}", value, 0.0, 3.0)
            for key, value in self.expressivity.items()
        }
        object.__setattr__(self, "expressivity", {"default": 1.0, **scales})
        own = {}
        for key, targets in self.emotions.items():
            for target, value in targets.items():
                low, high = PROSODY_RANGES[check_choice("prosody target", target, PROSODY_RANGES)]
                check_number(f"{key}: {target}", value, low, high)
            own[resolve_emotion(key)] = {target: float(value) for target, value in targets.items()}
        object.__setattr__(self, "emotions", own)

    def expressivity_of(self, emotion: str) -> float:
        """How much of an emotion of :data:`~expressive.core.emotions.EMOTIONS` is heard [unit=ratio]."""
        assert emotion in EMOTIONS
        return float(self.expressivity.get(emotion, self.expressivity["default"]))


def _intervals() -> dict[str, tuple[float, float]]:
    hints = get_type_hints(VoiceSpec, include_extras=True)
    out = {}
    for item in fields(VoiceSpec):
        for note in getattr(hints[item.name], "__metadata__", ()):
            if isinstance(note, Interval):
                out[item.name] = (float(note.ge), float(note.le))  # type: ignore[arg-type]
    return out


_RANGES = _intervals()
