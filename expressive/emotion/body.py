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


_GESTURES = (
    ("clenched_fists", "anger", 0.5),
    ("pointing", "anger", 0.75),
    ("crossed_arms", "contempt", 0.35),
    ("flinch", "fear", 0.5),
    ("raised_hands", "surprise", 0.6),
    ("shielding", "fear", 0.75),
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
    anger, fear, sadness = felt["anger"], felt["fear"], felt["sadness"]
    up, down = max(0.0, felt.arousal), max(0.0, -felt.arousal)
    lean = 0.8 * shown["anger"] + 0.3 * shown["tenderness"] + 0.2 * shown["hope"] + 0.2 * shown["happiness"]
    lean -= 0.8 * shown["fear"] + 0.6 * shown["disgust"] + 0.3 * shown["contempt"] + 0.3 * shown["surprise"]
    slump = 0.8 * shown["sadness"] + 0.7 * shown["shame"] + 0.4 * shown["boredom"] + 0.2 * shown["pity"]
    tags = (*own_gestures, *(tag for tag, emotion, least in _GESTURES if shown[emotion] >= least))
    return BodySigns(
        0.25 * (1.0 + 1.2 * up - 0.4 * down + 0.3 * fear),
        max(0.3, 1.0 + 0.4 * up + 0.3 * sadness - 0.4 * fear),
        min(1.0, 0.9 * fear * fear + 0.6 * anger**3),
        min(1.0, max(0.7 * up, anger, 0.8 * fear)),
        min(1.0, max(-1.0, lean)),
        min(1.0, max(0.0, slump - 0.3 * shown["pride"])),
        tuple(dict.fromkeys(tags)),
    )
