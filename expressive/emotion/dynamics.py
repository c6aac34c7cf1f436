r"""Emotion and mood in closed form: where they are any time after the last thing that happened.

Each feeling is a sum of exponentials that events set off together and that fade on their own,

.. math:: x(τ) = D e^{-bτ} + H - F e^{-aτ} + E e^{-cτ}

with D the decaying part, H what is held, F what has not risen yet and E what is being soothed; b, a and c are the
rates of decay, onset and ease. An event of intensity i raises D and F alike by (1 - D - H - E) i; soothing moves a
share of D and H into E. So x is continuous, repeats saturate, and x stays in [0, 1].
Mood's deviation v from the personality's own is pulled back at rate k and pushed by every feeling,

.. math:: v' = -k v + x P,

which integrates to exponentials too. As v is unbounded, mood is read through a tanh that is 1:1 for small v.
Because all is a function of the time since the last event, one step of a second equals any sixty that add up to it.

The functions take one mind (arrays over channels) or many (one row each): the last axis is always channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import EMOTION_VAD, EMOTIONS
from expressive.emotion.channels import MIX, N_CATEGORIES, OPPOSITE
from expressive.emotion.temperament import Temperament

__all__ = [
    "CATEGORY_PAD",
    "Kernel",
    "affect_point",
    "categories",
    "inhibit",
    "kernel",
    "mood_at",
    "mood_deviation",
    "squash_mood",
]

_Array = npt.NDArray[np.float64]

CATEGORY_PAD = np.array([EMOTION_VAD[name] for name in EMOTIONS])  # (n_emotions, 3)
CATEGORY_PAD.setflags(write=False)

# Channels that are mixtures, and for each the categories in which they show: one flat list, sorted by category.
_PAIRS = sorted(
    (int(c), int(i) + N_CATEGORIES) for i, row in enumerate(MIX[N_CATEGORIES:]) for c in np.flatnonzero(row)
)
_PAIR_CHANNEL = np.array([channel for _, channel in _PAIRS])
_PAIR_WEIGHT = np.array([MIX[channel, category] for category, channel in _PAIRS])
_MIXED = np.array(sorted({category for category, _ in _PAIRS}))
_STARTS = np.array([next(i for i, (c, _) in enumerate(_PAIRS) if c == category) for category in _MIXED])


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a span of time does to a mind's kinds of state."""

    fade: _Array
    """factor on the decaying part [shape=(n_channels,)]"""
    rise: _Array
    """factor on what has not risen yet [shape=(n_channels,)]"""
    ease: _Array
    """factor on what is being soothed [shape=(n_channels,)]"""
    mood: float
    """factor on mood's deviation"""
    mood_fade: _Array
    """mood gained from the decaying part [shape=(n_channels, 3)]"""
    mood_held: _Array
    """mood gained from the held part [shape=(n_channels, 3)]"""
    mood_rise: _Array
    """mood not gained for want of having risen [shape=(n_channels, 3)]"""
    mood_ease: _Array
    """mood gained from what is being soothed [shape=(n_channels, 3)]"""


def kernel(nature: Temperament, dt_s: float) -> Kernel:
    """Propagators over a span of time.

    Parameters
    ----------
    nature : Temperament
        rates of the mind
    dt_s : float [range=[0, inf], unit=s]
        length of the span

    Returns
    -------
    Kernel
        factors that hold for any mind of that nature
    """
    a, b, c, k = nature.onset, nature.decay, nature.ease, nature.mood_rate
    return Kernel(
        np.exp(-b * dt_s),
        np.exp(-a * dt_s),
        np.exp(-c * dt_s),
        math.exp(-k * dt_s),
        nature.push * _convolved(b, k, dt_s)[:, None],
        nature.push * (-math.expm1(-k * dt_s) / k),
        nature.push * _convolved(a, k, dt_s)[:, None],
        nature.push * _convolved(c, k, dt_s)[:, None],
    )


def mood_deviation(
    span: Kernel,
    v: _Array,
    *,
    decaying: _Array,
    rising: _Array,
    held: _Array | None = None,
    easing: _Array | None = None,
) -> _Array:
    """Mood's deviation after a span [shape=(..., 3)], from the states at its start; None is nothing of the kind."""
    out: _Array = v * span.mood + decaying @ span.mood_fade - rising @ span.mood_rise
    if held is not None:
        out += held @ span.mood_held
    if easing is not None:
        out += easing @ span.mood_ease
    return out


def squash_mood(v: _Array, base: _Array) -> _Array:
    """Mood [range=[-1, 1]] from its deviation, softly limited on either side of the default."""
    room = np.where(v >= 0, 1.0 - base, 1.0 + base)
    out: _Array = base + room * np.tanh(v / room)
    return out


def mood_at(v: tuple[float, float, float], base: tuple[float, float, float]) -> tuple[float, float, float]:
    """The same as :func:`squash_mood` for one mind, without arrays."""
    out = []
    for x, at_rest in zip(v, base, strict=True):
        room = 1.0 - at_rest if x >= 0 else 1.0 + at_rest
        out.append(at_rest + room * math.tanh(x / room))
    return (out[0], out[1], out[2])


def categories(x: _Array) -> _Array:
    """Intensity of each category [shape=(..., n_emotions)] from the channels [shape=(..., n_channels)].

    A mixture adds to its categories as probabilities do, ``1 - (1 - x)(1 - w m)``, so the sum stays in [0, 1].
    """
    felt = x[..., :N_CATEGORIES].copy()
    left = np.multiply.reduceat(1.0 - _PAIR_WEIGHT * x[..., _PAIR_CHANNEL], _STARTS, axis=-1)
    felt[..., _MIXED] = 1.0 - (1.0 - felt[..., _MIXED]) * left
    return felt


def inhibit(felt: _Array, inhibition: _Array) -> _Array:
    """Let opposites push each other down: ``x (1 - κ · opposite)`` [shape=(..., n_emotions)]."""
    out: _Array = felt * (1.0 - inhibition * felt[..., OPPOSITE])
    return out


def affect_point(felt: _Array, deviation: _Array) -> _Array:
    """Valence, arousal, dominance [shape=(..., 3), range=[-1, 1]] of emotions over a mood.

    Several emotions average their points; what they leave over takes on the mood's deviation from its default, so that
    a character at rest is exactly neutral whatever its personality.
    """
    total = felt.sum(axis=-1, keepdims=True)
    point = felt @ CATEGORY_PAD / np.maximum(1.0, total) + np.maximum(0.0, 1.0 - total) * deviation
    out: _Array = np.clip(point, -1.0, 1.0)
    return out


def _convolved(rate: _Array, k: float, dt_s: float) -> _Array:
    """∫₀ᵗ e^{-rate·u} e^{-k(t-u)} du, exact also where the rates meet."""
    z = np.abs(rate - k) * dt_s
    share = np.where(z < 1e-8, 1.0 - 0.5 * z, -np.expm1(-z) / np.where(z == 0.0, 1.0, z))
    out: _Array = dt_s * np.exp(-np.minimum(rate, k) * dt_s) * share
    return out
