"""What the face does while a sigh, a sob or a laugh is heard: gestures that the marks of a speech track start.

Where the track has phones for the sound, as those of our voices have, they say how long it lasts and when it beats, and
the lips follow them; otherwise the gesture has its own length and rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW, N_CONTROLS
from expressive.core.errors import ParameterError
from expressive.core.speech import SpeechTrack
from expressive.core.visemes import phone_to_viseme
from expressive.face.layout import FloatArray, expand, indices
from expressive.face.lips import smoothstep

__all__ = ["SOUND_PREFIX", "SoundGesture", "SoundGestures", "load_sounds"]

SOUND_PREFIX = "sound:"
"""A mark of this prefix starts the gesture that it names; marks of other names are the script's own."""

_SHORTEST_S = 0.15
_SLACK_S = 0.02  # between a mark and its first phone, and from one phone to the next
_OPEN_JAW = 0.3  # at which a beat is at its height
_BEATING = indices("jawOpen", "mouthLowerDown", "mouthUpperUp", "mouthStretch", "headPitch", "cheekSquint")


@dataclass(frozen=True, eq=False)
class SoundGesture:
    """Key poses of one sound."""

    duration_s: float
    moments: tuple[float, ...]
    """when each key pose is reached, as fractions of the length (n_keys,)"""
    poses: FloatArray
    """key poses (n_keys, 61)"""
    beat_hz: float = 0.0
    """how often the pose beats"""
    beat_share: float = 0.0
    """how much of the pose goes between two beats [range=[0, 1]]"""

    def pose(self, since_s: float, length_s: float, voiced: float | None = None) -> FloatArray:
        """Pose of the face.

        Parameters
        ----------
        since_s : float
            time since the beginning of the sound
        length_s : float
            length of the whole sound
        voiced : float | None [range=[0, 1]]
            how open the sound is at this moment; by default the gesture beats at its own rate

        Returns
        -------
        FloatArray [shape=(61,)]
            controls
        """
        x = since_s / length_s
        if not 0.0 <= x < 1.0:
            return np.zeros(N_CONTROLS)
        k = max(i for i, moment in enumerate(self.moments) if moment <= x)
        share = smoothstep((x - self.moments[k]) / (self.moments[k + 1] - self.moments[k]))
        pose: FloatArray = (1.0 - share) * self.poses[k] + share * self.poses[k + 1]
        if self.beat_share:
            if voiced is None:
                voiced = 0.5 + 0.5 * math.cos(2.0 * math.pi * self.beat_hz * since_s)
            pose[_BEATING] *= 1.0 - self.beat_share * (1.0 - voiced)
        return pose


class SoundGestures:
    """The nonverbal gestures of an utterance as a function of time.

    Parameters
    ----------
    track : SpeechTrack
        marks with their times, and phones, before which a gesture ends
    """

    def __init__(self, track: SpeechTrack) -> None:
        known = load_sounds()
        self._spans: list[tuple[float, float, bool, SoundGesture]] = []
        for mark in track.marks:
            gesture = known.get(mark.name.removeprefix(SOUND_PREFIX)) if mark.name.startswith(SOUND_PREFIX) else None
            if gesture is not None:
                end_s, phones = _end(track, mark.time_s, gesture.duration_s)
                self._spans.append((mark.time_s, max(_SHORTEST_S, end_s - mark.time_s), phones, gesture))

    def pose(self, time_s: float, jaw: float) -> FloatArray | None:
        """Pose (61,) at a time within the utterance; None while no gesture is under way.

        ``jaw`` [range=[0, 1]] is how far the phones open it then.
        """
        for start_s, length_s, phones, gesture in self._spans:
            if start_s <= time_s < start_s + length_s:
                return gesture.pose(time_s - start_s, length_s, min(1.0, jaw / _OPEN_JAW) if phones else None)
        return None


def _end(track: SpeechTrack, start_s: float, usual_s: float) -> tuple[float, bool]:
    """When a sound ends, and whether phones of its own say so; a word after it ends it in any case."""
    word_s = min((word.start_s for word in track.words if word.start_s > start_s), default=math.inf)
    end_s = start_s
    for phone in track.phones:
        if phone_to_viseme(phone.symbol) != "sil" and start_s - _SLACK_S <= phone.start_s < word_s - _SLACK_S:
            if phone.start_s > end_s + _SLACK_S:
                # speech without words, after a pause
                return (end_s, True) if end_s > start_s else (min(start_s + usual_s, phone.start_s), False)
            end_s = phone.end_s
    return (end_s, True) if end_s > start_s else (min(start_s + usual_s, word_s), False)


@lru_cache(maxsize=1)
def load_sounds() -> dict[str, SoundGesture]:
    """Read the gestures.

    Returns
    -------
    dict[str, SoundGesture]
        name of the sound → gesture

    Raises
    ------
    ParameterError
        If the file names an unknown control, leaves a range or its moments do not run from 0 to 1.

    Examples
    --------
    >>> sorted(load_sounds())
    ['gasp', 'growl', 'hm', 'laugh', 'scream', 'sigh', 'sob']
    """
    import yaml

    path = Path(__file__).parent / "data" / "sounds.yaml"
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: _gesture(name, entry) for name, entry in data.items()}


def _gesture(name: str, entry: dict[str, Any]) -> SoundGesture:
    moments = tuple(float(moment) for moment, _ in entry["keys"])
    if moments[0] != 0.0 or moments[-1] != 1.0 or any(b <= a for a, b in pairwise(moments)):
        raise ParameterError(f"sounds.yaml: moments of {name}={moments} must rise from 0 to 1")
    poses = np.zeros((len(moments), N_CONTROLS))
    for pose, (_, controls) in zip(poses, entry["keys"], strict=True):
        for control, value in controls.items():
            for full in expand(control, f"sounds.yaml: {name}: "):
                pose[CONTROL_INDEX[full]] = value
    if (poses < CONTROL_LOW).any() or (poses > CONTROL_HIGH).any():
        raise ParameterError(f"sounds.yaml: a key of {name} leaves the range of its control")
    pulse = entry.get("pulse", {})
    return SoundGesture(
        duration_s=float(entry["duration_s"]),
        moments=moments,
        poses=poses,
        beat_hz=float(pulse.get("rate_hz", 0.0)),
        beat_share=float(pulse.get("share", 0.0)),
    )
