"""Signs of emotion in the body, for those who animate more than a face.

Sources
-------
Breathing: quiet breathing of an adult is about 15 a minute; Boiten, Frijda & Wientjes 1994 find it fast in excitement,
fear and anger, slow and deep in calm, and sighing in sadness. Posture: Wallbott 1998, Coulson 2004 (forward in anger,
back in fear and disgust, bent in sadness and shame). Gestures: Wallbott 1998. Sizes are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from expressive.core.affect import Affect
from expressive.core.emotions import EMOTIONS

__all__ = ["BodySigns", "body_signs"]


@dataclass(frozen=True, slots=True)
class BodySigns:
    """What the body does. It follows what is felt; gestures and posture follow what is shown."""

    breathing_hz: float
    """breaths a second; 0.25 is quiet"""
    breathing_depth: float
    """depth of a breath beside a quiet one [unit=ratio]"""
    tremor: float
    """trembling of the hands [range=[0, 1]]"""
    tension: float
    """tension of the muscles [range=[0, 1]]"""
    lean: float
    """back (-1) to forward (1)"""
    slump: float
    """upright (0) to bent (1)"""
    gestures: tuple[str, ...]
    """tags such as ``clenched_fists``"""


def body_signs(felt: Affect, shown: Affect, own_gestures: tuple[str, ...] = ()) -> BodySigns:
    """Body signs of an affect.

    Parameters
    ----------
    felt : Affect
        what is felt
    shown : Affect
        what is let through
    own_gestures : tuple[str, ...]
        tags that the state brings along

    Returns
    -------
    BodySigns
        numbers and tags

    Examples
    --------
    >>> calm = body_signs(Affect.neutral(), Affect.neutral())
    >>> calm.breathing_hz, calm.gestures
    (0.25, ())
    >>> body_signs(Affect.of(anger=0.8), Affect.of(anger=0.8)).gestures
    ('clenched_fists', 'pointing')
    """
    inner, outer = felt.intensities.tolist(), shown.intensities.tolist()
    anger, fear, sadness = inner[_ANGER], inner[_FEAR], inner[_SADNESS]
    up, down = max(0.0, felt.arousal), max(0.0, -felt.arousal)
    lean = slump = 0.0
    for i, weight in _LEAN:
        lean += weight * outer[i]
    for i, weight in _SLUMP:
        slump += weight * outer[i]
    tags = own_gestures
    if max(outer) >= _FIRST_GESTURE:
        tags = (*own_gestures, *(tag for tag, i, least in _GESTURES if outer[i] >= least))
    return BodySigns(
        0.25 * (1.0 + 1.2 * up - 0.4 * down + 0.3 * fear),
        max(0.3, 1.0 + 0.4 * up + 0.3 * sadness - 0.4 * fear),
        min(1.0, 0.9 * fear * fear + 0.6 * anger**3),
        min(1.0, max(0.7 * up, anger, 0.8 * fear)),
        min(1.0, max(-1.0, lean)),
        min(1.0, max(0.0, slump)),
        tuple(dict.fromkeys(tags)) if tags else (),
    )


def _indexed(weights: dict[str, float]) -> tuple[tuple[int, float], ...]:
    return tuple((EMOTIONS.index(emotion), weight) for emotion, weight in weights.items())


_ANGER, _FEAR, _SADNESS = (EMOTIONS.index(emotion) for emotion in ("anger", "fear", "sadness"))
_LEAN = _indexed(
    {
        "anger": 0.8,
        "tenderness": 0.3,
        "hope": 0.2,
        "happiness": 0.2,
        "fear": -0.8,
        "disgust": -0.6,
        "contempt": -0.3,
        "surprise": -0.3,
    }
)
_SLUMP = _indexed({"sadness": 0.8, "shame": 0.7, "boredom": 0.4, "pity": 0.2, "pride": -0.3})
_GESTURES = tuple(
    (tag, EMOTIONS.index(emotion), least)
    for tag, emotion, least in (
        ("clenched_fists", "anger", 0.5),
        ("pointing", "anger", 0.75),
        ("crossed_arms", "contempt", 0.35),
        ("flinch", "fear", 0.5),
        ("shielding", "fear", 0.75),
        ("raised_hands", "surprise", 0.6),
        ("turning_away", "disgust", 0.4),
        ("open_arms", "happiness", 0.6),
        ("hand_on_heart", "tenderness", 0.5),
        ("chest_out", "pride", 0.5),
        ("lowered_head", "shame", 0.35),
        ("hanging_shoulders", "sadness", 0.45),
        ("sigh", "relief", 0.4),
        ("fidgeting", "boredom", 0.5),
        ("tilted_head", "pity", 0.4),
    )
)
"""Tag, index of the emotion that brings it, and the intensity from which it does."""
_FIRST_GESTURE = min(least for _, _, least in _GESTURES)
