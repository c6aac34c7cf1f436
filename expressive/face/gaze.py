"""Where the eyes look: fixations on a partner's face, glances away, saccades and microsaccades.

Directions here are in the world: (yaw, pitch) from the character's place, 0 straight at the viewer. The animator takes
the head's own turn off them, so that the eyes hold a point while the head sways and nods (vestibulo-ocular reflex).

Saccades last ``21 ms + 2.2 ms/° · amplitude`` (main sequence; Bahill, Clark & Stark 1975) and follow a minimum-jerk
curve. Fixations last 0.2-3 s; glances away come while one speaks more than while one listens (Argyle & Cook 1976;
Lee, Badler & Badler 2002), and more in shame and boredom than in anger.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from expressive.core.controls import EYE_PITCH_LIMIT_RAD, EYE_YAW_LIMIT_RAD
from expressive.face.state import restore_generator, snapshot_generator

__all__ = ["Gaze"]

_SACCADE_BASE_S, _SACCADE_S_PER_RAD = 0.021, 0.0022 * 180.0 / math.pi
_REACTION_S = 0.18  # between a target's jump and the saccade to it
_NOTICED_RAD = 0.04  # a target further off than this takes a saccade, nearer a pursuit
_PURSUIT_RAD_S = 0.6
_FIXATION_S = 0.9  # median
_GLANCE_RAD = 0.2  # typical size of a glance away
_FACE_RAD = (0.028, 0.02)  # spread of fixations over a partner's face
_MICRO_HZ, _MICRO_RAD = 1.2, 0.005


class Gaze:
    """Moves one gaze direction that both eyes share.

    Parameters
    ----------
    liveliness : float [range=[0, 2]]
        how often and how far the eyes wander; 0 stares
    rng : np.random.Generator
        draws fixations and saccades
    """

    def __init__(self, *, liveliness: float, rng: np.random.Generator) -> None:
        self._liveliness = liveliness
        self._rng = rng
        self.yaw = 0.0
        self.pitch = 0.0
        self._offset = (0.0, 0.0)
        self._from = (0.0, 0.0)
        self._to = (0.0, 0.0)
        self._saccade_s = 0.0
        self._progress_s = 1.0
        self._fixation_s = self._draw_fixation()
        self._micro_s = self._draw_micro()
        self._late_s = 0.0
        self.shift_rad = 0.0
        """size of the saccade that began in the last step; 0 if none did"""

    def advance(
        self, dt_s: float, *, target: tuple[float, float], held: bool, averse: float, speaking: float, listening: bool
    ) -> tuple[float, float]:
        """Move on in time.

        Parameters
        ----------
        dt_s : float [unit=s]
            time step
        target : tuple[float, float] [unit=rad]
            yaw and pitch of what is looked at
        held : bool
            whether it is looked at on purpose, so that the eyes do not glance away
        averse : float [range=[-1, 1]]
            how much the character would rather not meet it
        speaking : float [range=[0, 1]]
            whether the character speaks
        listening : bool
            whether it listens

        Returns
        -------
        tuple[float, float] [unit=rad]
            yaw and pitch of the gaze in the world
        """
        self.shift_rad = 0.0
        self._fixation_s -= dt_s
        self._micro_s -= dt_s
        chosen = self._fixation_s <= 0.0
        if chosen:
            self._next_fixation(averse, speaking, held=held, listening=listening)
        goal = (target[0] + self._offset[0], target[1] + self._offset[1])
        if self._progress_s < self._saccade_s:
            self._progress_s += dt_s
            x = min(1.0, self._progress_s / self._saccade_s)
            share = x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)
            self.yaw = self._from[0] + share * (self._to[0] - self._from[0])
            self.pitch = self._from[1] + share * (self._to[1] - self._from[1])
            return self.yaw, self.pitch
        error = (goal[0] - self.yaw, goal[1] - self.pitch)
        distance = math.hypot(*error)
        self._late_s = self._late_s + dt_s if distance > _NOTICED_RAD else 0.0
        if chosen or self._late_s >= _REACTION_S:  # a chosen shift needs no reaction time
            self._jump(goal)
        elif self._micro_s <= 0.0:
            self._micro_s = self._draw_micro()
            angle = 2.0 * math.pi * float(self._rng.random())
            size = _MICRO_RAD * self._liveliness * (0.5 + float(self._rng.random()))
            self._jump((goal[0] + size * math.cos(angle), goal[1] + size * math.sin(angle)), micro=True)
        elif 0.0 < distance <= _NOTICED_RAD:
            step = min(distance, _PURSUIT_RAD_S * dt_s) / distance
            self.yaw += step * error[0]
            self.pitch += step * error[1]
        return self.yaw, self.pitch

    def _jump(self, goal: tuple[float, float], *, micro: bool = False) -> None:
        self._from, self._to = (self.yaw, self.pitch), goal
        size = math.hypot(goal[0] - self.yaw, goal[1] - self.pitch)
        self._saccade_s = _SACCADE_BASE_S + _SACCADE_S_PER_RAD * size
        self._progress_s = self._late_s = 0.0
        if not micro:
            self.shift_rad = size

    def _next_fixation(self, averse: float, speaking: float, *, held: bool, listening: bool) -> None:
        away = 0.0 if held else self._liveliness * max(0.0, 0.06 + 0.1 * speaking - 0.04 * listening + 0.25 * averse)
        u, side, up, size = (float(x) for x in self._rng.random(4))
        x, y = (float(x) for x in self._rng.standard_normal(2))
        if u < min(0.7, away):
            reach = _GLANCE_RAD * (0.6 + 0.8 * size)
            # thinking looks up, embarrassment down
            height = reach * (0.9 * up - 0.35 if averse < 0.3 else -0.9 * up)
            self._offset = (math.copysign(reach, side - 0.5), height)
            self._fixation_s = 0.35 + 0.5 * size
        else:
            # people look at the eyes and, listening, at the mouth
            down = 0.03 if listening and up < 0.4 else 0.0
            wide, high = (self._liveliness * spread for spread in _FACE_RAD)
            self._offset = (wide * max(-2.0, min(2.0, x)), high * max(-2.0, min(2.0, y)) - down)
            self._fixation_s = self._draw_fixation()
        across, upwards = 0.9 * EYE_YAW_LIMIT_RAD, 0.9 * EYE_PITCH_LIMIT_RAD
        self._offset = (max(-across, min(across, self._offset[0])), max(-upwards, min(upwards, self._offset[1])))

    def _draw_fixation(self) -> float:
        calm = 1.0 / max(0.25, self._liveliness)
        return min(4.0, _FIXATION_S * calm * math.exp(0.55 * float(self._rng.standard_normal())))

    def _draw_micro(self) -> float:
        return 0.2 + float(self._rng.standard_exponential()) / _MICRO_HZ

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {
            "rng": snapshot_generator(self._rng),
            "place": [self.yaw, self.pitch],
            "offset": list(self._offset),
            "from": list(self._from),
            "to": list(self._to),
            "times": [self._saccade_s, self._progress_s, self._fixation_s, self._micro_s, self._late_s],
            "shift_rad": self.shift_rad,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        restore_generator(self._rng, state["rng"])
        self.yaw, self.pitch = state["place"]
        self._offset, self._from, self._to = ((x, y) for x, y in (state["offset"], state["from"], state["to"]))
        self._saccade_s, self._progress_s, self._fixation_s, self._micro_s, self._late_s = state["times"]
        self.shift_rad = float(state["shift_rad"])
