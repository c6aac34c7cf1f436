"""Lips and jaw from a speech track: coarticulation by dominance, and contacts that always happen.

Every phone pulls the mouth towards its viseme with a dominance that rises before the sound and fades after it; the pose
is the mean of the visemes weighted by dominance (Cohen & Massaro 1993). The future of the track is known, so lips are
early as people's are: up to 130 ms for rounding. The curves are functions of time alone: any step gives the same pose.

Means never touch zero, so P, B, M and F, V get a contact of their own: a window in the middle of the sound, at least
one video frame of 1/30 s long at any tempo, in which the caller closes the lips whatever else the face does.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from expressive.core.controls import CONTROL_INDEX
from expressive.core.speech import SpeechTrack, split_affricate
from expressive.core.visemes import VISEMES, phone_to_viseme
from expressive.face.layout import FloatArray, indices
from expressive.face.prototypes import load_visemes

__all__ = ["LipPose", "Lips", "smoothstep"]

_VOWELS = frozenset(VISEMES.index(name) for name in ("aa", "E", "ih", "oh", "ou"))
_SILENCE = VISEMES.index("sil")
_GLIDES = {"ɪ": VISEMES.index("ih"), "ʊ": VISEMES.index("ou"), "i": VISEMES.index("ih"), "u": VISEMES.index("ou")}
_STRESS_SIZES = (0.84, 0.92, 1.0)  # of a vowel without stress, with secondary, with primary stress
_SCHWA_SIZE = 0.6
_CONTACT_S = 1.0 / 30.0 + 1.0 / 120.0  # a frame, and a tick so that a frame always falls inside
_CONTACT_RAMP_S = 0.055
_ACTIVE_BEFORE_S, _ACTIVE_AFTER_S = 0.22, 0.3  # the mouth belongs to speech from a little before to a little after
_SHORT_PAUSE_S = 0.4  # through which it still does
_REACH_S = 0.5  # no curve of a phone begins earlier before it or ends later after it

_JAW = CONTROL_INDEX["jawOpen"]
_LOWER_DOWN = indices("mouthLowerDown")
_ROUNDING = indices("mouthPucker", "mouthFunnel")


def smoothstep(x: float) -> float:
    """Cubic step from 0 at 0 to 1 at 1, with level ends and a slope of at most 1.5."""
    if x <= 0.0:
        return 0.0
    return 1.0 if x >= 1.0 else x * x * (3.0 - 2.0 * x)


@dataclass(frozen=True, slots=True, eq=False)
class LipPose:
    """What the speech asks of the mouth at one moment."""

    values: FloatArray
    """controls of the visemes (61,)"""
    speaking: float
    """how far the mouth belongs to the speech [range=[0, 1]]"""
    lips_meet: float
    """contact of both lips: P, B, M [range=[0, 1]]"""
    lip_on_teeth: float
    """contact of the lower lip with the upper teeth: F, V [range=[0, 1]]"""

    @property
    def rounding(self) -> float:
        """How far the lips are pursed [range=[0, 1]]."""
        return float(self.values[_ROUNDING].max())


@dataclass(frozen=True, slots=True)
class _Pull:
    """A phone's viseme, its size and the four corners of its dominance."""

    viseme: int
    size: float
    rise: tuple[float, float]
    fall: tuple[float, float]
    contact: str
    middle_s: float
    half_s: float


_Segment = tuple[float, float, int, float]
"""start, end, viseme, size"""


class Lips:
    """The mouth of an utterance as a function of time.

    Parameters
    ----------
    track : SpeechTrack
        phones with their times
    """

    def __init__(self, track: SpeechTrack) -> None:
        self._table = load_visemes()
        self._dominance: list[float] = self._table.dominance.tolist()
        self._segments = _segments(track)
        self._starts = [start for start, *_ in self._segments]
        # Worked out when time comes near them: a track that is predicted anew 50 times a second is read at one place.
        self._pulls: list[_Pull | None] = [None] * len(self._segments)
        self._active = _active_spans(track)
        self._active_starts = [start for start, _ in self._active]
        self.pauses = tuple(end for _, end in self._active)
        """times at which the speech pauses or ends"""

    def pose(self, time_s: float, *, effort: float = 0.0, articulation: float = 1.0) -> LipPose:
        """Pose of the mouth.

        Parameters
        ----------
        time_s : float
            time within the utterance
        effort : float [range=[-1, 1]]
            vocal effort; shouting opens the jaw
        articulation : float [range=[0, 2]]
            size of the movements; contacts do not depend on it

        Returns
        -------
        LipPose
            visemes, contacts and how far the mouth belongs to speech
        """
        weights = [0.0] * len(VISEMES)
        total = meet = teeth = 0.0
        first = bisect.bisect_right(self._starts, time_s + _REACH_S)
        for i in range(first - 1, -1, -1):
            pull = self._pulls[i]
            if pull is None:
                pull = self._pulls[i] = _pull(self._segments, i)
            if pull.fall[1] < time_s - _REACH_S:
                break
            pulled = self._dominance[pull.viseme] * _between(time_s, pull)
            total += pulled
            weights[pull.viseme] += pulled * pull.size
            if pull.contact:
                away_s = abs(time_s - pull.middle_s) - pull.half_s
                contact = 1.0 - smoothstep(away_s / _CONTACT_RAMP_S)
                if pull.contact == "lips":
                    meet = max(meet, contact)
                else:
                    teeth = max(teeth, contact)
        values = (
            (np.array(weights) / total) @ self._table.values if total > 0.0 else np.zeros_like(self._table.values[0])
        )
        loud = max(-1.0, min(1.0, effort))
        values *= articulation
        values[_JAW] *= 1.0 + (0.6 * loud if loud > 0.0 else 0.4 * loud)
        values[_LOWER_DOWN] *= 1.0 + 0.3 * loud
        np.minimum(values, 1.0, out=values)
        return LipPose(values, self._speaking(time_s), meet, teeth)

    def _speaking(self, time_s: float) -> float:
        i = bisect.bisect_right(self._active_starts, time_s + _ACTIVE_BEFORE_S) - 1
        if i < 0:
            return 0.0
        start, end = self._active[i]
        rising = smoothstep((time_s - start + _ACTIVE_BEFORE_S) / _ACTIVE_BEFORE_S)
        falling = 1.0 - smoothstep((time_s - end) / _ACTIVE_AFTER_S)
        before = 1.0 - smoothstep((time_s - self._active[i - 1][1]) / _ACTIVE_AFTER_S) if i > 0 else 0.0
        return max(min(rising, falling), before)


def _between(time_s: float, pull: _Pull) -> float:
    rise, fall = pull.rise, pull.fall
    if time_s < rise[1]:
        return smoothstep((time_s - rise[0]) / (rise[1] - rise[0]))
    if time_s > fall[0]:
        return 1.0 - smoothstep((time_s - fall[0]) / (fall[1] - fall[0]))
    return 1.0


def _active_spans(track: SpeechTrack) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    begin = end = -math.inf
    for phone in track.phones:
        if phone_to_viseme(phone.symbol) == "sil":
            continue
        if phone.start_s - end >= _SHORT_PAUSE_S:
            spans.append((begin, end))
            begin = phone.start_s
        end = phone.end_s
    spans.append((begin, end))
    return spans[1:]  # before the first there was none


def _segments(track: SpeechTrack) -> list[_Segment]:
    """Shapes without gaps: pauses are silence, and a diphthong is two shapes."""
    out: list[_Segment] = []
    now = -math.inf
    for whole in track.phones:
        for phone in split_affricate(whole):
            start, end = phone.start_s, phone.end_s
            viseme, glide, sizes = _shape(phone.symbol)
            if end <= start or viseme == _SILENCE:
                continue
            if start > now + 1e-3:
                out.append((now, start, _SILENCE, 1.0))
            size = sizes[min(2, max(0, phone.stress))]
            if glide is None:
                out.append((start, end, viseme, size))
            else:
                turn = start + 0.58 * (end - start)
                out += [(start, turn, viseme, size), (turn, end, glide, 0.8 * size)]
            now = end
    out.append((now, math.inf, _SILENCE, 1.0))
    return out


@lru_cache(maxsize=4096)
def _shape(symbol: str) -> tuple[int, int | None, tuple[float, float, float]]:
    """Viseme of a phone, the one that it glides to if it is a diphthong, and its sizes by stress."""
    viseme = VISEMES.index(phone_to_viseme(symbol))
    if viseme not in _VOWELS:
        return viseme, None, (1.0, 1.0, 1.0)
    glide = _GLIDES.get(symbol[-1:]) if len(symbol) > 1 else None
    sizes = (_SCHWA_SIZE,) * 3 if symbol.startswith(("ə", "ɐ")) else _STRESS_SIZES
    return viseme, glide if glide != viseme else None, sizes


def _pull(segments: list[_Segment], i: int) -> _Pull:
    table = load_visemes()
    start, end, viseme, size = segments[i]
    edge = min(0.25 * (end - start), 0.03)
    lead = min(float(table.lead_s[viseme]), _room(segments, i, -1))
    lag = min(float(table.lag_s[viseme]), _room(segments, i, 1))
    contact = table.closes[viseme]
    return _Pull(
        viseme=viseme,
        size=size,
        rise=(start - lead, start + edge),
        fall=(end - edge, end + lag),
        contact=contact,
        middle_s=0.5 * (start + end) if contact else 0.0,
        half_s=0.5 * max(_CONTACT_S, 0.7 * (end - start)) if contact else 0.0,
    )


def _room(segments: list[_Segment], i: int, step: int) -> float:
    """How far a shape may reach into its neighbours: no vowel's middle, but across weak sounds."""
    table = load_visemes()
    room = 0.02
    for k in (i + step, i + 2 * step):
        if not 0 <= k < len(segments):
            return room
        start, end, viseme, _ = segments[k]
        if viseme in _VOWELS or table.closes[viseme] or k != i + step:
            return room + 0.45 * (end - start)
        room += 0.8 * (end - start)
    return room
