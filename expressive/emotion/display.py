"""What is let through from felt to shown: display rules, masks, and what leaks past them.

Hiding leaks twice. In the voice, which is harder to control than the face, a share of what is hidden stays audible. On
the face it breaks through in micro-expressions of 1/25 to 1/5 s, at most one a second, the likelier the stronger the
hidden feeling. When they come is a function of the seed and the second in which they come, not of how often one looks,
so that neither the frame rate nor a reload changes them.

Sources
-------
Ekman & Friesen 1969 (display rules: mask, amplify, attenuate, neutralise; leakage), Ekman 2003 and Yan et al. 2013
(duration of micro-expressions). Probabilities and strengths are ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.emotion.spec import DisplayRule

__all__ = ["ALONE", "EVERY_EMOTION", "Display", "MicroExpression"]

_Array = npt.NDArray[np.float64]

ALONE = "alone"
EVERY_EMOTION = "*"

SHORTEST_MICRO_S = 1 / 25
LONGEST_MICRO_S = 1 / 5
_SLOT_S = 1.0
_RAMP_S = 0.25
_SOFT_EDGE = 0.1
_LEAK_FROM, _LEAK_FULL = 0.2, 0.7
_VOICE_SHARE = 0.7
_MASK64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class MicroExpression:
    """A hidden emotion that breaks through for a moment."""

    category: int
    """index of the emotion"""
    start_s: float
    end_s: float
    strength: float
    """intensity at its height [range=[0, 1]]"""

    def at(self, time_s: float) -> float:
        """Intensity at a time: up in the first quarter, down in the last."""
        u = (time_s - self.start_s) / (self.end_s - self.start_s)
        if not 0.0 < u < 1.0:
            return 0.0
        return self.strength * min(1.0, 4.0 * u, 4.0 * (1.0 - u))


@dataclass(frozen=True, slots=True)
class _Rule:
    index: int | None
    """category, or None for every one"""
    action: str
    strength: float
    instead: int | None
    above: float


@dataclass(frozen=True, slots=True)
class _Mask:
    """A mask that goes from one strength to another within a quarter of a second."""

    before: float
    after: float
    start_s: float
    instead: int | None

    def at(self, time_s: float) -> float:
        return self.before + (self.after - self.before) * min(1.0, max(0.0, (time_s - self.start_s) / _RAMP_S))


class Display:
    """The display rules of one character, and the masks that a script puts on it.

    Parameters
    ----------
    rules : tuple[DisplayRule, ...]
        the writer's rules
    leakage : float [range=[0, 1]]
        how much of what is hidden escapes
    profile : str | None
        the cultural profile that holds at the start
    seed : int
        chooses when micro-expressions come
    """

    def __init__(self, rules: tuple[DisplayRule, ...], *, leakage: float, profile: str | None, seed: int) -> None:
        self._rules = rules
        self._leakage = leakage
        self.seed = seed
        """chooses when micro-expressions come"""
        self._masks: dict[int | None, _Mask] = {}
        self._micro: MicroExpression | None = None
        self._slot = 0
        self._active: tuple[_Rule, ...] = ()
        self.profile = profile
        self.see(frozenset())

    def see(self, present: frozenset[str]) -> None:
        """Choose the rules that hold before an audience: the agents present and the groups they belong to."""
        self._active = tuple(
            _Rule(_index(rule.emotion), rule.action, rule.strength, _instead(rule.with_), rule.above)
            for rule in self._rules
            if rule.profile in (None, self.profile)
            and (not rule.audience or present.intersection(rule.audience) or (not present and ALONE in rule.audience))
        )

    @property
    def is_plain(self) -> bool:
        """Whether what is felt is shown as it is."""
        return not self._active and not self._masks

    @property
    def micro(self) -> MicroExpression | None:
        """The micro-expression of the running second."""
        return self._micro

    def mask(self, emotion: str, strength: float, time_s: float, *, substitute: str | None) -> None:
        """Hide an emotion, or all, from now on."""
        index = _index(emotion)
        before = self._masks[index].at(time_s) if index in self._masks else 0.0
        self._masks[index] = _Mask(before, strength, time_s, _instead(substitute))

    def unmask(self, emotion: str | None, time_s: float) -> None:
        """Take one mask off, or all."""
        for index in tuple(self._masks) if emotion is None else (_index(emotion),):
            if index in self._masks:
                now = self._masks[index]
                self._masks[index] = _Mask(now.at(time_s), 0.0, time_s, now.instead)

    def settle(self, time_s: float, felt_at: Callable[[float], _Array]) -> None:
        """Decide on the micro-expression of the running second, by what was hidden at its beginning.

        Parameters
        ----------
        time_s : float
            now; to be called before anything changes
        felt_at : Callable[[float], np.ndarray]
            reads what would be shown openly at a time since the last change [shape=(n_emotions,)]
        """
        slot = int((time_s + 1e-9) / _SLOT_S)
        if slot == self._slot:
            return
        self._slot, self._micro = slot, None
        start_s = slot * _SLOT_S
        for index in [i for i, m in self._masks.items() if m.after == 0.0 and start_s >= m.start_s + _RAMP_S]:
            del self._masks[index]
        if self.is_plain or self._leakage == 0.0:
            return
        draw = _uniform(self.seed, 4 * slot)
        if draw >= self._leakage:
            return
        _, hidden = self.apply(felt_at(start_s), start_s)
        category = int(hidden.argmax())
        strength = float(hidden[category])
        chance = self._leakage * min(1.0, max(0.0, (strength - _LEAK_FROM) / (_LEAK_FULL - _LEAK_FROM)))
        if draw < chance:
            delay, length, height = (_uniform(self.seed, 4 * slot + k) for k in (1, 2, 3))
            begin = start_s + 0.1 + 0.6 * delay
            end = begin + SHORTEST_MICRO_S + (LONGEST_MICRO_S - SHORTEST_MICRO_S) * length
            self._micro = MicroExpression(category, begin, end, strength * (0.5 + 0.5 * height))

    def apply(self, felt: _Array, time_s: float) -> tuple[_Array, _Array]:
        """Rules and masks, without leakage.

        Parameters
        ----------
        felt : np.ndarray [shape=(n_emotions,), range=[0, 1]]
            what would be shown openly
        time_s : float
            now

        Returns
        -------
        tuple[np.ndarray, np.ndarray]
            what is shown and what is hidden, each (n_emotions,) in [0, 1]
        """
        open_, hidden = felt.tolist(), [0.0] * len(EMOTIONS)
        shown = list(open_)
        for rule in self._active:
            _obey(rule, rule.strength, open_, shown, hidden)
        for index, mask in self._masks.items():
            _obey(_Rule(index, "mask", 1.0, mask.instead, 0.0), mask.at(time_s), open_, shown, hidden)
        return np.array(shown), np.array(hidden)

    def leak_face(self, shown: _Array, time_s: float) -> _Array:
        """What the face shows once a micro-expression breaks through."""
        if self._micro is not None and (strength := self._micro.at(time_s)) > 0.0:
            shown = shown.copy()
            shown[self._micro.category] = max(float(shown[self._micro.category]), strength)
        return shown

    def leak_voice(self, shown: _Array, hidden: _Array) -> _Array:
        """What the voice shows: a share of what is hidden stays audible."""
        out: _Array = np.minimum(1.0, shown + _VOICE_SHARE * self._leakage * hidden)
        return out

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        micro = self._micro
        return {
            "profile": self.profile,
            "seed": self.seed,
            "slot": self._slot,
            "masks": [
                [_name(i), m.before, m.after, m.start_s, None if m.instead is None else _name(m.instead)]
                for i, m in self._masks.items()
            ],
            "micro": None if micro is None else [EMOTIONS[micro.category], micro.start_s, micro.end_s, micro.strength],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot; the audience is the caller's to tell."""
        self.profile = state["profile"]
        self.seed, self._slot = int(state["seed"]), int(state["slot"])
        self._masks = {
            _index(name): _Mask(float(a), float(b), float(t), _instead(instead))
            for name, a, b, t, instead in state["masks"]
        }
        micro = state["micro"]
        self._micro = (
            None if micro is None else MicroExpression(EMOTIONS.index(micro[0]), *(float(x) for x in micro[1:]))
        )


def _obey(rule: _Rule, strength: float, felt: list[float], shown: list[float], hidden: list[float]) -> None:
    """Apply one rule in place; fifteen numbers are quicker as a list than as an array."""
    put_on = 0.0
    for i in range(len(felt)) if rule.index is None else (rule.index,):
        # A rule that holds above some intensity comes in over a tenth, so that nothing jumps when a feeling crosses it.
        over = 1.0 if rule.above == 0.0 else min(1.0, max(0.0, (felt[i] - rule.above) / _SOFT_EDGE))
        share, x = strength * over, shown[i]
        if rule.action == "attenuate":
            shown[i] = x * (1.0 - share)
        elif rule.action == "amplify":
            shown[i] = 1.0 - (1.0 - x) ** (1.0 + share)
        elif i != rule.instead:
            shown[i] = x * (1.0 - share)
            hidden[i] = min(1.0, hidden[i] + x * share)
            put_on = max(put_on, x * share)
    if rule.instead is not None:
        shown[rule.instead] = max(shown[rule.instead], put_on)


def _index(emotion: str) -> int | None:
    return None if emotion == EVERY_EMOTION else EMOTIONS.index(resolve_emotion(emotion))


def _instead(emotion: str | None) -> int | None:
    return None if emotion is None else EMOTIONS.index(resolve_emotion(emotion))


def _name(index: int | None) -> str:
    return EVERY_EMOTION if index is None else EMOTIONS[index]


def _uniform(seed: int, counter: int) -> float:
    """A number in [0, 1) from a seed and a counter: SplitMix64 (Steele, Lea & Flood 2014)."""
    z = (seed + (counter + 1) * 0x9E3779B97F4A7C15) & _MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK64
    return math.ldexp((z ^ (z >> 31)) >> 11, -53)
