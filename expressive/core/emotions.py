"""The vocabulary of emotion: categories, aliases, OCC names, and their places in valence-arousal-dominance space.

Sources
-------
Categories: EmotionML 1.0 vocabulary "big6" (W3C, 2014) with ``joy`` named ``happiness`` as there, and nine more
that a face or a voice can show. Points of the big six: Russell & Mehrabian 1977. Points of the OCC emotions, and of the
nine where they are OCC emotions: Gebhard 2005 (ALMA), as printed there on a scale of [-1, 1]. Contempt, boredom,
tenderness: placed by us between their neighbours (disdainful and bored octants of Mehrabian 1996; love of Gebhard).
"""

from __future__ import annotations

from types import MappingProxyType

from expressive.core.errors import UnknownNameError

__all__ = [
    "ALIASES",
    "BIG_SIX",
    "EMOTIONS",
    "EMOTION_VAD",
    "NEUTRAL",
    "OCC_EMOTIONS",
    "OCC_TO_EMOTIONS",
    "OCC_VAD",
    "resolve_emotion",
]

NEUTRAL = "neutral"
"""The absence of emotion; a name that scripts may use, never an intensity of its own."""

BIG_SIX = ("happiness", "sadness", "anger", "fear", "disgust", "surprise")
"""The six basic emotions of EmotionML's ``big6``."""

EMOTIONS = (
    *BIG_SIX,
    "contempt",
    "boredom",
    "tenderness",
    "pride",
    "shame",
    "relief",
    "hope",
    "pity",
    "admiration",
)
"""Every category that has an intensity in [0, 1] and that a face and a voice can show. The order is part of the API."""

EMOTION_VAD = MappingProxyType(
    {
        "happiness": (0.81, 0.51, 0.46),
        "sadness": (-0.63, -0.27, -0.33),
        "anger": (-0.51, 0.59, 0.25),
        "fear": (-0.64, 0.60, -0.43),
        "disgust": (-0.60, 0.35, 0.11),
        "surprise": (0.40, 0.67, -0.13),
        "contempt": (-0.45, 0.05, 0.45),
        "boredom": (-0.35, -0.60, -0.20),
        "tenderness": (0.50, -0.15, 0.05),
        "pride": (0.40, 0.30, 0.30),
        "shame": (-0.30, 0.10, -0.60),
        "relief": (0.20, -0.30, 0.40),
        "hope": (0.20, 0.20, -0.10),
        "pity": (-0.40, -0.20, -0.50),
        "admiration": (0.50, 0.30, -0.20),
    }
)
"""(valence, arousal, dominance), each in [-1, 1], of a category at full intensity."""

OCC_VAD = MappingProxyType(
    {
        "joy": (0.4, 0.2, 0.1),
        "distress": (-0.4, -0.2, -0.5),
        "happy-for": (0.4, 0.2, 0.2),
        "resentment": (-0.2, -0.3, -0.2),
        "pity": (-0.4, -0.2, -0.5),
        "gloating": (0.3, -0.3, -0.1),
        "hope": (0.2, 0.2, -0.1),
        "fear": (-0.64, 0.60, -0.43),
        "satisfaction": (0.3, -0.2, 0.4),
        "fears-confirmed": (-0.5, -0.3, -0.7),
        "relief": (0.2, -0.3, 0.4),
        "disappointment": (-0.3, 0.1, -0.4),
        "pride": (0.4, 0.3, 0.3),
        "shame": (-0.3, 0.1, -0.6),
        "admiration": (0.5, 0.3, -0.2),
        "reproach": (-0.3, -0.1, 0.4),
        "love": (0.3, 0.1, 0.2),
        "hate": (-0.6, 0.6, 0.3),
        "liking": (0.40, 0.16, -0.24),
        "disliking": (-0.4, 0.2, 0.1),
        "gratification": (0.6, 0.5, 0.4),
        "remorse": (-0.3, 0.1, -0.6),
        "gratitude": (0.4, 0.2, -0.3),
        "anger": (-0.51, 0.59, 0.25),
    }
)
"""(pleasure, arousal, dominance) of the OCC emotions, Gebhard 2005; liking is OCC's momentary love."""

OCC_EMOTIONS = tuple(OCC_VAD)
"""The emotions of the OCC model (Ortony, Clore & Collins 1988)."""

OCC_TO_EMOTIONS = MappingProxyType(
    {
        "joy": {"happiness": 1.0},
        "distress": {"sadness": 1.0},
        "happy-for": {"happiness": 0.8, "tenderness": 0.2},
        "resentment": {"anger": 0.5, "contempt": 0.4},
        "pity": {"pity": 1.0},
        "gloating": {"happiness": 0.5, "contempt": 0.6},
        "hope": {"hope": 1.0},
        "fear": {"fear": 1.0},
        "satisfaction": {"happiness": 0.6, "pride": 0.3},
        "fears-confirmed": {"fear": 0.4, "sadness": 0.7},
        "relief": {"relief": 1.0},
        "disappointment": {"sadness": 0.8},
        "pride": {"pride": 1.0},
        "shame": {"shame": 1.0},
        "admiration": {"admiration": 1.0},
        "reproach": {"anger": 0.4, "contempt": 0.5},
        "love": {"tenderness": 1.0},
        "hate": {"anger": 0.6, "disgust": 0.6},
        "liking": {"tenderness": 0.5, "happiness": 0.3},
        "disliking": {"disgust": 0.4, "contempt": 0.3},
        "gratification": {"happiness": 0.7, "pride": 0.6},
        "remorse": {"shame": 0.7, "sadness": 0.5},
        "gratitude": {"happiness": 0.5, "admiration": 0.4, "tenderness": 0.3},
        "anger": {"anger": 1.0},
    }
)
"""How an OCC emotion of intensity 1 shows in the categories; ours, after the families of Ortony, Clore & Collins."""

ALIASES = MappingProxyType(
    {
        "joy": "happiness",
        "happy": "happiness",
        "joyful": "happiness",
        "sad": "sadness",
        "sorrow": "sadness",
        "distress": "sadness",
        "grief": "sadness",
        "angry": "anger",
        "rage": "anger",
        "afraid": "fear",
        "scared": "fear",
        "disgusted": "disgust",
        "surprised": "surprise",
        "contemptuous": "contempt",
        "bored": "boredom",
        "tender": "tenderness",
        "love": "tenderness",
        "affection": "tenderness",
        "proud": "pride",
        "ashamed": "shame",
        "guilt": "shame",
        "remorse": "shame",
        "relieved": "relief",
        "hopeful": "hope",
        "compassion": "pity",
        "awe": "admiration",
        "calm": NEUTRAL,
    }
)
"""Other words that scripts may use for a category."""


def resolve_emotion(name: object, *, neutral: bool = False) -> str:
    """Turn a word into the category that it means.

    Parameters
    ----------
    name : object
        a category or one of its aliases, in any case
    neutral : bool
        whether ``neutral`` is an answer too

    Returns
    -------
    str
        a member of :data:`EMOTIONS`, or ``"neutral"``

    Raises
    ------
    UnknownNameError
        If no category is meant; the message suggests the nearest.

    Examples
    --------
    >>> resolve_emotion("Joy")
    'happiness'
    >>> resolve_emotion("happines")
    Traceback (most recent call last):
    expressive.core.errors.UnknownNameError: emotion 'happines' is unknown. Did you mean 'happiness'?
    """
    if isinstance(name, str):
        key = name.strip().lower()
        key = ALIASES.get(key, key)
        if key in EMOTION_VAD or (neutral and key == NEUTRAL):
            return key
    raise UnknownNameError("emotion", name, (*EMOTIONS, *ALIASES, *((NEUTRAL,) if neutral else ())))
