"""How a change of voice that the text asks for is laid over what the character feels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from expressive.core.affect import Affect
from expressive.core.emotions import NEUTRAL
from expressive.core.prosody import ProsodyTargets, blend_prosody
from expressive.voice.markup.script import Change

__all__ = ["apply_change"]

EFFORT_TILT_DB = 7.0
"""Tilt that a whole step of vocal effort brings; from soft to loud the alpha ratio rises by 10-15 dB (Sundberg &
Nordenberg 2006)."""


def apply_change(
    targets: ProsodyTargets,
    change: Change,
    weight: float,
    *,
    share: float,
    length_s: float,
    base_f0_hz: float,
    prosody: Callable[[Affect], ProsodyTargets],
) -> ProsodyTargets:
    """Lay a change over targets.

    Parameters
    ----------
    targets : ProsodyTargets
        what holds outside
    change : Change
        what the text asks for
    weight : float [range=[0, 1]]
        how much of it is heard
    share : float [range=[0, 1]]
        how much of its stretch has passed
    length_s : float
        length of its stretch in the source
    base_f0_hz : float [unit=Hz]
        the speaker's mean F0
    prosody : Callable
        affect → targets of this speaker

    Returns
    -------
    ProsodyTargets
        what is to be heard
    """
    if change.emotion:
        felt = Affect.neutral() if change.emotion == NEUTRAL else Affect.of({change.emotion: change.intensity})
        return blend_prosody(targets, prosody(felt), weight)
    shift = change.f0_shift_st
    if change.f0_hz is not None:
        shift += 12.0 * math.log2(change.f0_hz / base_f0_hz)
    if change.contour:
        at, semitones = zip(*change.contour, strict=True)
        shift += float(np.interp(share, at, semitones))
    changed = dataclasses.asdict(targets)
    changed["f0_shift_st"] += weight * shift
    changed["f0_range"] *= change.f0_range**weight
    changed["tempo"] *= change.tempo**weight
    if change.duration_s is not None and weight > 0.5:
        changed["tempo"] = length_s / change.duration_s
    changed["gain_db"] += weight * change.gain_db
    changed["effort"] += weight * change.effort
    changed["tilt_db"] += weight * change.effort * EFFORT_TILT_DB
    changed["accent"] += weight * change.accent
    changed["whisper"] = max(changed["whisper"], weight * change.whisper)
    return ProsodyTargets.clipped(**changed)
