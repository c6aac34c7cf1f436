"""The formulas of the FAtiMA Toolkit: potentials, intensities, mood and decay, in its units.

Appraisal variables, mood and intensities lie on its scale of ±10, time is in its ticks.

Sources
-------
FAtiMA Toolkit (GAIPS, Apache-2.0 licence), read for behaviour; Mascarenhas et al., "FAtiMA Toolkit", 2021.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from expressive.core.checks import check_number

__all__ = [
    "FatimaState",
    "compound_potential",
    "fortune_of_others_potential",
    "goal_potential",
    "like_potential",
    "well_being_potential",
]

SCALE = 10.0
MOOD_INFLUENCE = 0.3
EMOTION_HALF_LIFE_TICKS = 15.0
MOOD_HALF_LIFE_TICKS = 60.0
LEAST_INTENSITY = 0.1
LEAST_MOOD = 0.5


def well_being_potential(desirability: float) -> float:
    """Joy and distress: |D| [range=[0, 10]]."""
    return abs(desirability)


def compound_potential(desirability: float, praiseworthiness: float) -> float:
    """Gratification, remorse, gratitude, anger: |D + P| / 2 [range=[0, 10]]."""
    return abs(desirability + praiseworthiness) / 2.0


def fortune_of_others_potential(desirability: float, desirability_for_other: float) -> float:
    """Happy-for, resentment, pity, gloating: (|D| + |D_other|) / 2 [range=[0, 10]]."""
    return (abs(desirability) + abs(desirability_for_other)) / 2.0


def like_potential(like: float) -> float:
    """Love and hate: 0.7 · |like| [range=[0, 7]]."""
    return 0.7 * abs(like)


def goal_potential(significance: float, likelihood: float, *, is_for_success: bool = True) -> float:
    """Hope, satisfaction, relief and their opposites: significance · p, or · (1 - p) for failure [range=[0, 10]]."""
    return abs(significance) * (likelihood if is_for_success else 1.0 - likelihood)


@dataclass
class _Felt:
    intensity: float
    half_life_ticks: float


@dataclass
class FatimaState:
    """Emotions and mood of one of its agents.

    Examples
    --------
    >>> state = FatimaState()
    >>> state.feel("distress", well_being_potential(-5.0), valence=-1)
    >>> state.emotions["distress"], state.mood
    (5.0, -1.5)
    >>> state.pass_time(15)
    >>> state.emotions["distress"]
    2.5
    """

    mood: float = 0.0
    """[range=[-10, 10]]"""
    _felt: dict[str, _Felt] = field(default_factory=dict)

    @property
    def emotions(self) -> dict[str, float]:
        """Emotion → intensity [range=[0.1, 10]]."""
        return {name: felt.intensity for name, felt in self._felt.items()}

    def feel(self, emotion: str, potential: float, *, valence: int, threshold: float = 0.0, decay: float = 1.0) -> None:
        """Turn a potential into an emotion, and the emotion into mood.

        Parameters
        ----------
        emotion : str
            its name; a weaker one of the same name is replaced
        potential : float [range=[0, 10]]
            from one of the functions of this module
        valence : int
            1 pleasant, -1 unpleasant
        threshold : float [range=[0, 10]]
            disposition: what is taken off
        decay : float [range=(0, 10]]
            disposition: by how much the half-life is divided
        """
        potential = check_number("potential", potential, 0.0, SCALE)
        valence = int(check_number("valence", valence, -1.0, 1.0))
        decay = check_number("decay", decay, 1e-6, SCALE)
        intensity = _clip(potential + valence * MOOD_INFLUENCE * self.mood - threshold, 0.0)
        if intensity < LEAST_INTENSITY:
            return
        if emotion not in self._felt or self._felt[emotion].intensity < intensity:
            self._felt[emotion] = _Felt(intensity, EMOTION_HALF_LIFE_TICKS / decay)
        self.mood = _snap(_clip(self.mood + valence * MOOD_INFLUENCE * intensity, -SCALE))

    def pass_time(self, ticks: float) -> None:
        """Let ticks pass: both fade by halves; weak emotions are dropped and a weak mood snaps to 0."""
        ticks = check_number("ticks", ticks, 0.0)
        for name, felt in tuple(self._felt.items()):
            felt.intensity *= 0.5 ** (ticks / felt.half_life_ticks)
            if felt.intensity < LEAST_INTENSITY:
                del self._felt[name]
        self.mood = _snap(self.mood * math.pow(0.5, ticks / MOOD_HALF_LIFE_TICKS))


def _clip(x: float, low: float) -> float:
    return min(SCALE, max(low, x))


def _snap(mood: float) -> float:
    return mood if abs(mood) >= LEAST_MOOD else 0.0
