"""What a mind shows of what it feels: face, voice and body, read at one time and kept until something changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.emotion.body import BodySigns, body_signs
from expressive.emotion.display import Display
from expressive.emotion.dynamics import CATEGORY_PAD, mood_at
from expressive.emotion.heart import Heart
from expressive.emotion.machine import Machine
from expressive.emotion.reading import felt_now

__all__ = ["Presence"]

_Array = npt.NDArray[np.float64]

# (n_emotions, 4): with a column of ones, one product gives the point and the sum of the intensities.
_POINTS_AND_TOTAL = np.column_stack([CATEGORY_PAD, np.ones(len(CATEGORY_PAD))])


class Presence:
    """The readable side of a mind.

    Parameters
    ----------
    heart : Heart
        what is felt
    machine : Machine
        the state, whose tone lies on the face too
    display : Display
        rules and masks
    """

    def __init__(self, heart: Heart, machine: Machine, display: Display) -> None:
        self._heart = heart
        self._machine = machine
        self._display = display
        self._felt: Affect | None = None
        self._shown: Affect | None = None
        self._voice: Affect | None = None
        self._let_out: tuple[_Array, _Array] | None = None  # what rules and masks show and hide; None if there are none
        self._mood: tuple[float, float, float] | None = None
        self._felt_s = self._shown_s = self._mood_s = 0.0

    def forget(self) -> None:
        """Drop what was worked out, because something changed."""
        self._felt = self._shown = self._voice = self._mood = None

    def settle(self, time_s: float) -> None:
        """Decide on leakage before anything changes."""
        if not self._display.is_plain:
            self._display.settle(time_s, self._open)

    def mood(self, time_s: float) -> tuple[float, float, float]:
        """Pleasure, arousal, dominance of the mood."""
        if self._mood is None or self._mood_s != time_s:
            p, a, d = self._heart.feelings.at(time_s).v.tolist()
            self._mood, self._mood_s = mood_at((p, a, d), self._heart.nature.base_mood), time_s
        return self._mood

    def felt(self, time_s: float) -> Affect:
        """What is felt."""
        if self._felt is None or self._felt_s != time_s:
            self._felt, self._felt_s = self._affect(self._felt_now(time_s), time_s), time_s
        return self._felt

    def shown(self, time_s: float) -> Affect:
        """What the face shows."""
        if self._shown is None or self._shown_s != time_s:
            self._show(time_s)
        assert self._shown is not None
        return self._shown

    def voice(self, time_s: float) -> Affect:
        """What the voice lets hear; worked out when it is asked for, because most are silent most of the time."""
        shown = self.shown(time_s)
        if self._voice is None and self._let_out is not None:
            self._voice = self._affect(self._display.leak_voice(*self._let_out), time_s)
        return self._voice or shown

    def body(self, time_s: float) -> BodySigns:
        """Breathing, tremor, posture and gestures."""
        return body_signs(self.felt(time_s), self.shown(time_s), self._machine.leaf.gestures)

    def _show(self, time_s: float) -> None:
        display, self._shown_s, self._voice, self._let_out = self._display, time_s, None, None
        if display.is_plain:
            self._shown = self._affect(self._open(time_s), time_s) if self._machine.has_tone else self.felt(time_s)
            return
        self.settle(time_s)
        self._let_out = shown, _ = display.apply(self._open(time_s), time_s)
        self._shown = self._affect(display.leak_face(shown, time_s), time_s)

    def _felt_now(self, time_s: float) -> _Array:
        return felt_now(self._heart.feelings, self._heart.nature.inhibition, time_s)

    def _open(self, time_s: float) -> _Array:
        """What would be shown if nothing were hidden: what is felt, but at least the state's tone."""
        felt = self._felt.intensities if self._felt is not None and self._felt_s == time_s else self._felt_now(time_s)
        if not self._machine.has_tone:
            return felt
        out: _Array = np.maximum(felt, self._machine.tone(time_s))
        return out

    def _affect(self, intensities: _Array, time_s: float) -> Affect:
        """An affect over the present mood; the same as :func:`~.dynamics.affect_point`, without arrays."""
        intensities.setflags(write=False)
        p, a, d, total = np.dot(intensities, _POINTS_AND_TOTAL).tolist()
        many, left = max(1.0, total), max(0.0, 1.0 - total)
        mood, base = self.mood(time_s), self._heart.nature.base_mood
        return Affect(
            intensities,
            min(1.0, max(-1.0, p / many + left * (mood[0] - base[0]))),
            min(1.0, max(-1.0, a / many + left * (mood[1] - base[1]))),
            min(1.0, max(-1.0, d / many + left * (mood[2] - base[2]))),
        )
