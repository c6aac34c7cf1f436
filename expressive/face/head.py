"""What the head does by itself: sway, breath, tremor, nods with the speech, and gestures on demand.

Everything here is added to the pose that emotion gives. Sway is a sum of slow waves of unrelated periods whose phases
the seed draws, a function of time alone. Beats of the head fall on stressed syllables (Hadar et al. 1983; Munhall et
al. 2004), with their lowest point on the vowel; the brows rise with them (Cavé et al. 1996).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from expressive.core.checks import check_choice
from expressive.core.speech import SpeechTrack
from expressive.face.state import restore_generator, snapshot_generator

__all__ = ["GESTURES", "HeadMotion"]

GESTURES = ("nod", "shake", "tilt")
"""Head gestures that a script may ask for."""

_TURN = 2.0 * math.pi
_SWAY_HZ = (0.083, 0.141, 0.237, 0.391)
_SWAY_RAD = (0.016, 0.013, 0.009)  # yaw, pitch, roll at the default amount
_TREMOR_HZ = (6.3, 7.9, 9.6)
_TREMOR_RAD = 0.006
_BREATH_RAD = 0.006
_BEAT_RAD, _BEAT_S, _BEAT_LEAD_S = 0.038, 0.36, 0.14
_BEAT_ODDS, _BEAT_GAP_S = 0.6, 0.4
_LISTENING_NOD_S = 6.0
_ENERGY_S = 0.4
_SHAPES = {
    # gesture: (axis, size [rad], cycles, length [s])
    "nod": (1, -0.1, 2.0, 0.95),
    "shake": (0, 0.12, 2.0, 1.1),
    "tilt": (2, 0.11, 0.5, 1.6),
    "beat": (1, -_BEAT_RAD, 0.5, _BEAT_S),
}


@dataclass(frozen=True, slots=True)
class _Gesture:
    kind: str
    start_s: float
    size: float

    @property
    def end_s(self) -> float:
        return self.start_s + _SHAPES[self.kind][3]

    def angle(self, now_s: float) -> float:
        """The gesture's angle: a swing that swells and dies away."""
        _, size, cycles, length_s = _SHAPES[self.kind]
        x = (now_s - self.start_s) / length_s
        if not 0.0 < x < 1.0:
            return 0.0
        swell = math.sin(math.pi * x)
        # half a cycle is one way and back; its square has level ends
        swing = swell if cycles <= 0.5 else math.sin(2.0 * math.pi * cycles * x)
        return self.size * size * swell * swing


class HeadMotion:
    """Offsets of the head's yaw, pitch and roll.

    Parameters
    ----------
    amount : float [range=[0, 2]]
        size of sway and of nods with the speech
    breathing : float [range=[0, 2]]
        how much of the breath shows
    rng : np.random.Generator
        draws phases and nods
    """

    def __init__(self, *, amount: float, breathing: float, rng: np.random.Generator) -> None:
        self._amount = amount
        self._breathing = breathing
        self._rng = rng
        self._sway_phases = rng.random((3, len(_SWAY_HZ))).tolist()
        self._tremor_phases = rng.random((3, len(_TREMOR_HZ))).tolist()
        self._time_s = 0.0
        self._breath = float(rng.random())
        self._gestures: list[_Gesture] = []
        self._energy = 0.0  # arousal that rises and falls slowly, so that no sway jumps
        self.accent = 0.0
        """how much the brows stress what is said now [range=[0, 1]]"""
        self._beaten_s = -math.inf  # phones of the utterance up to here have had their chance of a beat
        self._heard_s = -math.inf
        self._next_nod_s = self._draw_nod()

    @property
    def inhalation(self) -> float:
        """How full the breath is [range=[0, 1]]."""
        return 0.5 - 0.5 * math.cos(2.0 * math.pi * self._breath)

    def gesture(self, kind: str, *, size: float = 1.0) -> None:
        """Begin a gesture now: ``nod``, ``shake`` or ``tilt``; a negative size goes the other way."""
        self._gestures.append(_Gesture(check_choice("gesture", kind, GESTURES), self._time_s, size))

    def advance(
        self,
        dt_s: float,
        *,
        arousal: float,
        valence: float,
        track: SpeechTrack | None,
        speech_time_s: float,
        speaking: float,
        breathing_hz: float,
        tremor: float,
        listening: bool,
    ) -> tuple[float, float, float]:
        """Move on in time and give yaw, pitch and roll to add [unit=rad]."""
        self._time_s += dt_s
        now = self._time_s
        self._breath = (self._breath + breathing_hz * dt_s) % 1.0
        if track is None:
            self._beaten_s = self._heard_s = -math.inf
        else:
            self._beat(track, speech_time_s, arousal)
        if listening and speaking == 0.0:
            self._next_nod_s -= dt_s
            if self._next_nod_s <= 0.0:
                self._next_nod_s = self._draw_nod()
                if valence > -0.35:  # one who disagrees does not nod
                    self._gestures.append(_Gesture("nod", now, 0.35 + 0.3 * float(self._rng.random())))
        keep = math.exp(-dt_s / _ENERGY_S)
        self._energy = keep * self._energy + (1.0 - keep) * max(0.0, arousal)
        sway = self._amount * (0.8 + 0.5 * speaking + 0.3 * self._energy)
        angles = [
            sway * size * _waves(now, _SWAY_HZ, phases)
            for size, phases in zip(_SWAY_RAD, self._sway_phases, strict=True)
        ]
        if tremor > 0.0:
            for axis, phases in enumerate(self._tremor_phases):
                angles[axis] += tremor * _TREMOR_RAD * _waves(now, _TREMOR_HZ, phases)
        angles[1] += self._breathing * _BREATH_RAD * (2.0 * self.inhalation - 1.0) * (1.0 + self._energy)
        self.accent = 0.0
        if self._gestures:
            self._gestures = [gesture for gesture in self._gestures if gesture.end_s > now]
            for gesture in self._gestures:
                angle = gesture.angle(now)
                angles[_SHAPES[gesture.kind][0]] += angle
                if gesture.kind == "beat":
                    self.accent = max(self.accent, min(1.0, angle / -_BEAT_RAD))
        return angles[0], angles[1], angles[2]

    def trembling(self) -> tuple[float, float, float]:
        """Three waves in about [-1, 1] that a trembling face rides on."""
        a, b, c = (_waves(self._time_s, _TREMOR_HZ, phases) for phases in self._tremor_phases)
        return a, b, c

    def _beat(self, track: SpeechTrack, speech_time_s: float, arousal: float) -> None:
        if speech_time_s < self._heard_s:  # another utterance
            self._beaten_s = -math.inf
        self._heard_s = speech_time_s
        horizon_s = speech_time_s + _BEAT_LEAD_S
        from_s = max(self._beaten_s, speech_time_s - 1.0 / 30.0)
        phone = track.phone_at(horizon_s)
        if phone is None or phone.start_s <= from_s or phone.stress != 2 or self._amount == 0.0:
            return
        self._beaten_s = phone.start_s
        draw, size = (float(x) for x in self._rng.random(2))
        busy = any(gesture.start_s > self._time_s - _BEAT_GAP_S for gesture in self._gestures)
        if draw < _BEAT_ODDS * min(1.0, self._amount) and not busy:
            self._gestures.append(_Gesture("beat", self._time_s, self._amount * (0.5 + size) * (1.0 + 0.5 * arousal)))

    def _draw_nod(self) -> float:
        return _LISTENING_NOD_S * (0.5 + float(self._rng.standard_exponential()))

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {
            "rng": snapshot_generator(self._rng),
            "sway_phases": [list(row) for row in self._sway_phases],
            "tremor_phases": [list(row) for row in self._tremor_phases],
            "time_s": self._time_s,
            "breath": self._breath,
            "energy": self._energy,
            "accent": self.accent,
            "gestures": [[g.kind, g.start_s, g.size] for g in self._gestures],
            "beaten_s": None if math.isinf(self._beaten_s) else self._beaten_s,
            "heard_s": None if math.isinf(self._heard_s) else self._heard_s,
            "next_nod_s": self._next_nod_s,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        restore_generator(self._rng, state["rng"])
        self._sway_phases = [list(row) for row in state["sway_phases"]]
        self._tremor_phases = [list(row) for row in state["tremor_phases"]]
        self._time_s, self._breath = float(state["time_s"]), float(state["breath"])
        self._energy, self.accent = float(state["energy"]), float(state["accent"])
        self._gestures = [_Gesture(kind, start_s, size) for kind, start_s, size in state["gestures"]]
        self._beaten_s = -math.inf if state["beaten_s"] is None else float(state["beaten_s"])
        self._heard_s = -math.inf if state["heard_s"] is None else float(state["heard_s"])
        self._next_nod_s = float(state["next_nod_s"])


def _waves(time_s: float, rates_hz: tuple[float, ...], phases: list[float]) -> float:
    """Mean of sines, scaled so that it spreads like one of them."""
    total = 0.0
    for hz, phase in zip(rates_hz, phases, strict=True):
        total += math.sin(_TURN * (hz * time_s + phase))
    return total / math.sqrt(len(rates_hz))
