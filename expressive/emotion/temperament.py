"""How a personality and a writer's own numbers set the gains, thresholds and time constants of one mind.

Sources
-------
Default mood: Mehrabian 1996, with emotional stability S = -neuroticism. Which trait moves which emotion follows Revelle
& Scherer 2009 (neuroticism heightens unpleasant, extraversion pleasant emotion; agreeableness dampens anger); the
sizes are ours: a trait at its end moves a gain by a third or so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import (
    CHANNEL_INDEX,
    CHANNEL_PAD,
    HALF_LIFE_S,
    N_CHANNELS,
    ONSET_S,
    OPPOSITE,
    resolve_channel,
)
from expressive.emotion.spec import EmotionSpec, Personality

__all__ = ["Temperament", "default_mood", "temperament"]

_Array = npt.NDArray[np.float64]

_BASE_THRESHOLD = 0.02
_SOOTHING_S = 2.0
"""time in which soothing has nine tenths of its effect: a breath or two; ours"""
_GAIN: dict[str, dict[str, float]] = {
    # beside what valence decides: trait → {channel: exponent}
    "agreeableness": {
        "anger": -0.35,
        "contempt": -0.3,
        "reproach": -0.3,
        "resentment": -0.3,
        "gloating": -0.4,
        "hate": -0.3,
        "tenderness": 0.3,
        "pity": 0.3,
        "admiration": 0.2,
        "gratitude": 0.2,
        "happy-for": 0.3,
    },
    "openness": {"surprise": 0.2, "boredom": 0.2, "admiration": 0.2, "hope": 0.1},
    "conscientiousness": {"shame": 0.2, "remorse": 0.25, "pride": 0.15, "boredom": -0.15, "reproach": 0.15},
}


@dataclass(frozen=True)
class Temperament:
    """The constants of one mind's dynamics; arrays are read-only, over the channels unless said otherwise."""

    gain: _Array
    """factor on intensities [shape=(n_channels,)]"""
    threshold: _Array
    """intensity below which nothing is felt [shape=(n_channels,), range=[0, 1]]"""
    decay: _Array
    """rate of decay [shape=(n_channels,), unit=1/s]"""
    onset: _Array
    """rate of rise [shape=(n_channels,), unit=1/s]"""
    ease: _Array
    """rate at which what is soothed goes [shape=(n_channels,), unit=1/s]"""
    inhibition: _Array
    """how much the opposite takes away [shape=(n_emotions,), range=[0, 1]]"""
    mood_rate: float
    """rate at which mood returns to its default [unit=1/s]"""
    push: _Array
    """pull of each channel on mood [shape=(n_channels, 3), unit=1/s]"""
    pull: _Array
    """sizes of the pulls, axis by axis [shape=(3, n_channels), unit=1/s]"""
    base_mood: tuple[float, float, float]
    """the personality's pleasure, arousal, dominance [range=[-0.9, 0.9]]"""
    mood_bias: float
    """share by which a mood of 1 heightens emotions of its own sign"""


def default_mood(personality: Personality) -> tuple[float, float, float]:
    """Pleasure, arousal and dominance that a personality has when nothing happens (Mehrabian 1996).

    Parameters
    ----------
    personality : Personality
        the five factors

    Returns
    -------
    tuple[float, float, float]
        the mood, each in [-0.9, 0.9], so that there is room on either side

    Examples
    --------
    >>> default_mood(Personality(neuroticism=1.0))
    (-0.19, 0.57, 0.0)
    """
    o, c, e = personality.openness, personality.conscientiousness, personality.extraversion
    a, stability = personality.agreeableness, -personality.neuroticism
    pleasure = 0.21 * e + 0.59 * a + 0.19 * stability
    arousal = 0.15 * o + 0.30 * a - 0.57 * stability
    dominance = 0.25 * o + 0.17 * c + 0.60 * e - 0.32 * a
    return _room(pleasure), _room(arousal), _room(dominance)


def temperament(personality: Personality, spec: EmotionSpec) -> Temperament:
    """Work out the constants of a mind.

    Parameters
    ----------
    personality : Personality
        the five factors
    spec : EmotionSpec
        the writer's numbers, which replace half-lives, onsets and thresholds and multiply gains

    Returns
    -------
    Temperament
        read-only arrays

    Raises
    ------
    UnknownNameError
        If an emotion's name is unknown.
    """
    n, e = personality.neuroticism, personality.extraversion
    valence = CHANNEL_PAD[:, 0]
    # The trait that heightens emotions of this sign: neuroticism the unpleasant ones, extraversion the pleasant.
    trait = np.where(valence < 0, n, e)
    exponent = np.where(valence < 0, 0.35, 0.25) * trait
    for name, row in _GAIN.items():
        for channel, weight in row.items():
            exponent[CHANNEL_INDEX[channel]] += weight * getattr(personality, name)
    gain = np.exp(exponent) * _named(spec.gain, np.ones(N_CHANNELS))
    threshold = _named(spec.threshold, _BASE_THRESHOLD * np.exp(-trait))
    half_life = _named(spec.half_life_s, HALF_LIFE_S * np.exp(0.25 * trait))
    onset = _named(spec.onset_s, ONSET_S)
    rate = math.log(2.0) / spec.mood_half_life_s
    decay = math.log(2.0) / half_life
    # The closed form divides by (mood_rate - decay); a decay this near is moved by a ten-thousandth, which nobody sees.
    near = np.abs(decay - rate) < 1e-4 * rate
    decay = np.where(near, rate * (1.0 + 1e-4), decay)
    rise = np.maximum(math.log(10.0) / onset, 1.5 * decay)
    rise = np.where(np.abs(rise - rate) < 1e-4 * rate, rate * (1.0 + 2e-4), rise)
    ease = np.maximum(math.log(10.0) / _SOOTHING_S, 1.5 * decay)
    ease = np.where(np.abs(ease - rate) < 1e-4 * rate, rate * (1.0 + 3e-4), ease)
    inhibition = np.where(np.arange(len(OPPOSITE)) == OPPOSITE, 0.0, spec.inhibition)
    push = rate * spec.mood_push * CHANNEL_PAD
    pull = np.ascontiguousarray(np.abs(push).T)
    for array in (gain, threshold, decay, rise, ease, inhibition, push, pull):
        array.setflags(write=False)
    base = default_mood(personality)
    return Temperament(gain, threshold, decay, rise, ease, inhibition, rate, push, pull, base, float(spec.mood_bias))


def _named(values: Mapping[str, float], default: _Array) -> _Array:
    """Replace the defaults that a writer names."""
    out = default.copy()
    for name, value in values.items():
        out[resolve_channel(name)] = value
    return out


def _room(x: float) -> float:
    return round(min(0.9, max(-0.9, x)), 12) + 0.0
