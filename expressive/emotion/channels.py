"""The channels in which feelings are kept, and what each is like before a character's own nature changes it.

A channel is a category of :data:`expressive.core.emotions.EMOTIONS`, or an OCC emotion that no single category stands
for (gratitude is some happiness, some admiration, some tenderness). OCC's joy, distress and love are the categories
happiness, sadness and tenderness under another name, and share their channels.

Sources
-------
Half-lives: durations of emotions by Verduyn & Lavrijsen 2014, in hours, compressed by ``5 s · (hours / 0.5)^0.58`` so
that the shortest (disgust, 0.5 h) becomes 5 s and the longest (sadness, 120 h) 120 s and the order of all is kept.
Surprise alone departs from it (their 2 h are the memory of the event): Ekman 2003 has it as the briefest of emotions,
so it takes 2.5 s. Emotions that they do not list take the value of the nearest they do, marked "ours".
Onsets: placed by us around the 0.5 s that felt facial expressions take to their apex (Ekman & Friesen 1982).
Opposites: Plutchik 1980, with admiration for trust and hope for anticipation; pride-shame is ours.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import ALIASES, EMOTION_VAD, EMOTIONS, OCC_EMOTIONS, OCC_TO_EMOTIONS, OCC_VAD
from expressive.core.errors import UnknownNameError

__all__ = [
    "CHANNELS",
    "CHANNEL_INDEX",
    "CHANNEL_PAD",
    "HALF_LIFE_S",
    "MIX",
    "N_CATEGORIES",
    "N_CHANNELS",
    "OCC_CHANNEL",
    "ONSET_S",
    "OPPOSITE",
    "resolve_channel",
]

N_CATEGORIES = len(EMOTIONS)

_SHARED = {occ: next(iter(row)) for occ, row in OCC_TO_EMOTIONS.items() if list(row.values()) == [1.0]}

CHANNELS = (*EMOTIONS, *(occ for occ in OCC_EMOTIONS if occ not in _SHARED))
"""Every channel: the categories first, then the OCC emotions that are mixtures of them."""

N_CHANNELS = len(CHANNELS)
CHANNEL_INDEX = MappingProxyType({name: i for i, name in enumerate(CHANNELS)})

OCC_CHANNEL = MappingProxyType({occ: CHANNEL_INDEX[_SHARED.get(occ, occ)] for occ in OCC_EMOTIONS})
"""OCC emotion → index of its channel."""


def _fixed(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


CHANNEL_PAD = _fixed([EMOTION_VAD[name] if name in EMOTION_VAD else OCC_VAD[name] for name in CHANNELS])
"""Pleasure, arousal, dominance of each channel at full intensity [shape=(n_channels, 3), range=[-1, 1]]."""

MIX = _fixed(
    [
        [
            float(name == emotion) if name in EMOTION_VAD else OCC_TO_EMOTIONS[name].get(emotion, 0.0)
            for emotion in EMOTIONS
        ]
        for name in CHANNELS
    ]
)
"""Share of each channel that shows in each category [shape=(n_channels, n_emotions), range=[0, 1]]."""

_HOURS = {
    "sadness": 120.0,
    "hate": 60.0,
    "happiness": 35.0,
    "hope": 24.0,
    "disappointment": 24.0,
    "relief": 8.0,
    "gratitude": 5.0,
    "admiration": 5.0,
    "remorse": 3.5,
    "pride": 2.6,
    "anger": 2.0,
    "fear": 0.7,
    "shame": 0.5,
    "disgust": 0.5,
    # ours, beside their nearest relations: hatred for liking is not meant, so love keeps joy's company
    "contempt": 3.0,
    "boredom": 5.0,
    "tenderness": 8.0,
    "pity": 5.0,
    "happy-for": 5.0,
    "resentment": 3.0,
    "gloating": 2.6,
    "satisfaction": 24.0,
    "fears-confirmed": 24.0,
    "reproach": 2.0,
    "liking": 5.0,
    "disliking": 2.0,
    "gratification": 8.0,
}
_ONSET_S = {
    "surprise": 0.15,
    "fear": 0.25,
    "disgust": 0.35,
    "anger": 0.5,
    "happiness": 0.6,
    "contempt": 0.6,
    "sadness": 1.2,
    "boredom": 3.0,
    "tenderness": 1.0,
    "pride": 0.8,
    "shame": 0.6,
    "relief": 0.7,
    "hope": 0.9,
    "pity": 1.0,
    "admiration": 0.9,
}


def _half_life_s(name: str) -> float:
    return 2.5 if name == "surprise" else float(5.0 * (_HOURS[name] / 0.5) ** 0.58)


HALF_LIFE_S = _fixed([_half_life_s(name) for name in CHANNELS])
"""Time in which half of a feeling is gone, for an average person [shape=(n_channels,), unit=s]."""

ONSET_S = _fixed([_ONSET_S.get(name, 0.7) for name in CHANNELS])
"""Time in which a feeling rises to 90 % [shape=(n_channels,), unit=s]."""

_OPPOSITES = (
    ("happiness", "sadness"),
    ("fear", "anger"),
    ("admiration", "disgust"),
    ("surprise", "hope"),
    ("pride", "shame"),
)
OPPOSITE = np.arange(N_CATEGORIES)
"""Index of the category that inhibits each one, itself where none does [shape=(n_emotions,)]."""
for _one, _other in _OPPOSITES:
    OPPOSITE[CHANNEL_INDEX[_one]] = CHANNEL_INDEX[_other]
    OPPOSITE[CHANNEL_INDEX[_other]] = CHANNEL_INDEX[_one]
OPPOSITE.setflags(write=False)


def resolve_channel(name: object) -> int:
    """Index of the channel that a word means: a category, an OCC emotion or an alias, in any case.

    Raises
    ------
    UnknownNameError
        If no channel is meant; the message suggests the nearest.

    Examples
    --------
    >>> CHANNELS[resolve_channel("rage")], CHANNELS[resolve_channel("happy-for")]
    ('anger', 'happy-for')
    """
    if isinstance(name, str):
        key = name.strip().lower().replace("_", "-")
        for candidate in (key, _SHARED.get(key, ""), ALIASES.get(key, "")):
            if candidate in CHANNEL_INDEX:
                return CHANNEL_INDEX[candidate]
    # The suggestion is one of the names proper; a slip of "anger" is not to be answered with the alias "angry".
    raise UnknownNameError("emotion", name, (*CHANNELS, *_SHARED))
