"""How a voice should sound at one moment, relative to the character's neutral voice."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from expressive.core.checks import check_number

__all__ = ["PROSODY_RANGES", "ProsodyTargets", "blend_prosody"]

PROSODY_RANGES: dict[str, tuple[float, float]] = {
    "f0_shift_st": (-24.0, 24.0),
    "f0_range": (0.0, 4.0),
    "tempo": (0.4, 2.5),
    "gain_db": (-40.0, 20.0),
    "tilt_db": (-20.0, 20.0),
    "breathiness": (-1.0, 1.0),
    "jitter_pct": (0.0, 10.0),
    "shimmer_db": (0.0, 4.0),
    "tremor_st": (0.0, 3.0),
    "creak": (0.0, 1.0),
    "whisper": (0.0, 1.0),
    "formant_ratio": (0.6, 1.6),
    "effort": (-1.0, 1.0),
    "accent": (0.0, 4.0),
    "final_st": (-12.0, 12.0),
    "pause_scale": (0.0, 4.0),
    "hesitation": (0.0, 1.0),
    "sob": (0.0, 1.0),
}
"""The closed range of every target."""


@dataclass(frozen=True, slots=True)
class ProsodyTargets:
    """Semitones, ratios and decibels relative to the character's neutral voice; the default is neutral."""

    f0_shift_st: float = 0.0
    """shift of the mean F0 [unit=st]"""
    f0_range: float = 1.0
    """scale of the F0 excursions around the mean [unit=ratio]"""
    tempo: float = 1.0
    """rate of speech [unit=ratio]; > 1 is faster"""
    gain_db: float = 0.0
    """level [unit=dB]"""
    tilt_db: float = 0.0
    """change of the alpha ratio, energy above against below 1 kHz [unit=dB]; > 0 is brighter, more pressed"""
    breathiness: float = 0.0
    """share of noise added to the voiced sound [range=[-1, 1]]; < 0 is cleaner"""
    jitter_pct: float = 0.0
    """added period-to-period irregularity of F0 [unit=%]"""
    shimmer_db: float = 0.0
    """added period-to-period irregularity of amplitude [unit=dB]"""
    tremor_st: float = 0.0
    """amplitude of a slow (about 6 Hz) tremble of F0 [unit=st]"""
    creak: float = 0.0
    """irregular low pulses at phrase ends [range=[0, 1]]"""
    whisper: float = 0.0
    """0 voiced to 1 wholly unvoiced [range=[0, 1]]"""
    formant_ratio: float = 1.0
    """scale of the formant frequencies [unit=ratio]; smiling raises it a little"""
    effort: float = 0.0
    """vocal effort from soft (-1) to shouted (1); opens the jaw too"""
    accent: float = 1.0
    """prominence of stressed syllables [unit=ratio]"""
    final_st: float = 0.0
    """boundary tone: F0 movement added over the end of a phrase [unit=st]"""
    pause_scale: float = 1.0
    """length of pauses [unit=ratio]"""
    hesitation: float = 0.0
    """how readily the voice halts within a phrase: share of the places that grammar offers [range=[0, 1]]"""
    sob: float = 0.0
    """how readily such a halt is a sob, and how strong; below 0.3 never [range=[0, 1]]"""

    def __post_init__(self) -> None:
        for name, (low, high) in PROSODY_RANGES.items():
            check_number(name, getattr(self, name), low, high)

    @classmethod
    def clipped(cls, **targets: float) -> ProsodyTargets:
        """Build from finite numbers, clipping each into its range."""
        return cls(**{k: min(PROSODY_RANGES[k][1], max(PROSODY_RANGES[k][0], v)) for k, v in targets.items()})

    def to_dict(self) -> dict[str, float]:
        """All targets by name."""
        return dataclasses.asdict(self)


def blend_prosody(a: ProsodyTargets, b: ProsodyTargets, weight: float) -> ProsodyTargets:
    """Mix two sets of targets linearly; ``weight`` [range=[0, 1]] is the share of ``b``."""
    return ProsodyTargets.clipped(
        **{name: (1.0 - weight) * getattr(a, name) + weight * getattr(b, name) for name in PROSODY_RANGES}
    )
