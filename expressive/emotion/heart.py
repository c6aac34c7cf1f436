"""How an event becomes a feeling: response or appraisal, scaled by nature, mood, relation, state and habit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import UnknownNameError
from expressive.emotion.appraisal import SELF, Event, Outlook, Potential, appraise
from expressive.emotion.causes import Causes
from expressive.emotion.channels import CHANNEL_PAD, CHANNELS, OCC_CHANNEL
from expressive.emotion.dynamics import mood_at
from expressive.emotion.feelings import Feelings
from expressive.emotion.relations import LIKING_BIAS, STRANGER, TRUST_BIAS, Relations
from expressive.emotion.responses import Impulse, compile_responses
from expressive.emotion.spec import MindSpec
from expressive.emotion.temperament import temperament

__all__ = ["RELATION_SHIFT", "WITNESS_SHARE", "Heart", "habit_gain"]

_Array = npt.NDArray[np.float64]

_SIGN = np.sign(CHANNEL_PAD[:, 0])
_NEGLIGIBLE = 1e-6
WITNESS_SHARE = 0.5
_MAX_HABITS = 256
# What being moved to an OCC emotion about somebody does to liking and trust, at intensity 1; ours.
RELATION_SHIFT = {
    "gratitude": (0.2, 0.15),
    "admiration": (0.1, 0.1),
    "love": (0.1, 0.05),
    "liking": (0.1, 0.0),
    "anger": (-0.2, -0.15),
    "reproach": (-0.1, -0.1),
    "hate": (-0.1, -0.05),
    "disliking": (-0.1, 0.0),
}


@dataclass(slots=True)
class _Habit:
    count: float
    time_s: float


@dataclass(frozen=True, slots=True)
class _Call:
    """One emotion that an event calls for."""

    channel: int
    emotion: str
    strength: float
    about: str | None
    goal: str | None


class _Meaning(Event):
    """An event made of a response whose numbers were checked with the declaration."""

    def __post_init__(self) -> None:
        """Trust the declaration."""


def habit_gain(habituation: float, count: float) -> float:
    """Factor on an event that has come ``count`` times lately (fading): dulled, or sensitised up to twofold.

    Examples
    --------
    >>> habit_gain(0.5, 2), habit_gain(-0.5, 2)
    (0.25, 2.0)
    """
    if habituation >= 0.0:
        return float((1.0 - habituation) ** count)
    return float(min(2.0, (1.0 - habituation) ** count))


class Heart:
    """Feelings, their causes, relations, habits and expectations of one mind.

    Parameters
    ----------
    spec : MindSpec
        the declaration
    name : str
        what the character is called
    """

    def __init__(self, spec: MindSpec, name: str) -> None:
        emotion = spec.emotion
        self._spec = emotion
        self.name = name
        self.nature = temperament(spec.personality, emotion)
        self.feelings = Feelings(self.nature)
        self.causes = Causes(self.nature.decay)
        self.relations = Relations(spec.relations)
        self.impulses = compile_responses(emotion)
        self._goals = {goal: item.utility for goal, item in emotion.goals.items()}
        self._standards = {standard: item.weight for standard, item in emotion.standards.items()}
        self._believed: dict[str, float] = {}
        self._habits: dict[tuple[str, str | None], _Habit] = {}
        self._threshold = self.nature.threshold.tolist()
        self._over_threshold = [1.0 / (1.0 - x) if x < 1.0 else 0.0 for x in self._threshold]

    def impulse(self, event: object) -> Impulse:
        """The response to a named event, or UnknownNameError."""
        if isinstance(event, str) and event in self.impulses:
            return self.impulses[event]
        raise UnknownNameError("event", event, self.impulses)

    def respond(
        self, event: str, impulse: Impulse, *, intensity: float, source: str | None, time_s: float, gain: _Array
    ) -> None:
        """Feel a named event that happens to oneself."""
        response = impulse.response
        about = source if response.toward == "source" else None
        habit = self._habit(event, source, time_s)
        if impulse.soothes is not None:
            self._soothe(impulse.soothes * intensity, time_s)
        scale = intensity * habit
        calls = [_Call(channel, CHANNELS[channel], scale * x, about, None) for channel, x in impulse.channels]
        if response.goals or response.standards:
            meaning = _Meaning(
                event,
                source,
                goals={goal: x * intensity for goal, x in response.goals.items()},
                standards={standard: x * intensity for standard, x in response.standards.items()},
                likelihood=response.likelihood,
            )
            # The potentials carry the intensity already, so only habit scales them.
            calls += self._calls(self._potentials(meaning), habit)
            self._believe(meaning)
        numbers = {"intensity": intensity, "habit": habit}
        self._arouse(calls, event=event, agent=source, time_s=time_s, gain=gain, numbers=numbers)
        if source is not None and impulse.changes_relation:
            self.relations.change(
                source,
                liking=response.liking * intensity,
                trust=response.trust * intensity,
                familiarity=response.familiarity * intensity,
            )

    def witness(
        self,
        event: str,
        impulse: Impulse,
        *,
        intensity: float,
        source: str | None,
        target: str | None,
        time_s: float,
        gain: _Array,
    ) -> None:
        """Feel a named event that is seen to happen to somebody else: their fortune, and half its praise or blame."""
        d = impulse.desirability * intensity
        others = {} if target is None else {target: d}
        self.appraise(Event(event, source, others=others, praiseworthiness=WITNESS_SHARE * d), time_s=time_s, gain=gain)

    def appraise(self, event: Event, *, time_s: float, gain: _Array) -> tuple[Potential, ...]:
        """Feel an event by what it means; relations to the agents involved follow the feelings."""
        potentials = self._potentials(event)
        habit = self._habit(event.name, event.source, time_s)
        agent = None if event.source == SELF else event.source
        numbers = {"likelihood": event.likelihood, "habit": habit}
        calls = self._calls(potentials, habit)
        self._believe(event)
        self._arouse(calls, event=event.name, agent=agent, time_s=time_s, gain=gain, numbers=numbers)
        for p in potentials:
            shift = RELATION_SHIFT.get(p.emotion)
            if (
                shift is not None
                and p.toward is not None
                and (p.toward == event.source or p.toward in self.relations.agents)
            ):
                self.relations.change(p.toward, liking=shift[0] * p.intensity, trust=shift[1] * p.intensity)
        return potentials

    def steer(self, channel: int, intensity: float, *, hold_s: float, toward: str | None, time_s: float) -> None:
        """Bring a feeling to an intensity."""
        level = self.feelings.steer(time_s, channel, intensity, hold_s=hold_s, toward=toward)
        change = intensity - level
        self.causes.hold(channel, time_s, time_s)
        if change < 0.0:
            self.causes.scale(channel, intensity / level, time_s)
        elif change > 0.0:
            emotion = CHANNELS[channel]
            self.causes.add(
                channel,
                change,
                time_s,
                emotion=emotion,
                event="feel",
                source=toward,
                goal=None,
                numbers={"intensity": intensity},
            )
        if hold_s > 0.0:
            self.causes.hold(channel, time_s, time_s + hold_s)

    def pleasure(self, time_s: float) -> float:
        """Pleasure of the mood."""
        return mood_at((float(self.feelings.at(time_s).v[0]), 0.0, 0.0), self.nature.base_mood)[0]

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return {
            "feelings": self.feelings.snapshot(),
            "causes": self.causes.snapshot(),
            "relations": self.relations.snapshot(),
            "believed": dict(self._believed),
            "habits": [[event, source, h.count, h.time_s] for (event, source), h in self._habits.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot."""
        self.feelings.restore(state["feelings"])
        self.causes.restore(state["causes"])
        self.relations.restore(state["relations"])
        self._believed = {goal: float(x) for goal, x in state["believed"].items()}
        self._habits = {(event, source): _Habit(float(n), float(t)) for event, source, n, t in state["habits"]}

    def _potentials(self, event: Event) -> tuple[Potential, ...]:
        for kind, named, known in (
            ("goal", event.goals, self._goals),
            ("standard", event.standards, self._standards),
        ):
            for name in named:
                if name not in known:
                    raise UnknownNameError(kind, name, known)
        outlook = Outlook(
            self.name, self._goals, self._standards, self._attitudes(event.object), self._liking, self._believed
        )
        return appraise(event, outlook)

    def _attitudes(self, thing: str | None) -> Mapping[str, float]:
        """The lasting attitude to a thing, or, to a person who is known, the liking."""
        if thing is None or thing in self._spec.attitudes:
            return self._spec.attitudes
        return {thing: self._liking(thing)}

    def _liking(self, agent: str) -> float:
        return self.relations.of(agent).liking

    @staticmethod
    def _calls(potentials: Iterable[Potential], scale: float) -> list[_Call]:
        """What potentials call for; those that share a channel and target join as probabilities do."""
        found: dict[tuple[str | None, int], tuple[float, Potential]] = {}
        for p in potentials:
            key = (p.toward, OCC_CHANNEL[p.emotion])
            joined, strongest = found.get(key, (0.0, p))
            stronger = p if p.intensity > strongest.intensity else strongest
            found[key] = (1.0 - (1.0 - joined) * (1.0 - p.intensity), stronger)
        return [_Call(channel, p.emotion, x * scale, toward, p.goal) for (toward, channel), (x, p) in found.items()]

    def _believe(self, event: Event) -> None:
        """Remember what is likely of each goal, until it has come true or not."""
        for goal, congruence in event.goals.items():
            if congruence == 0.0:
                continue
            if 0.0 < event.likelihood < 1.0:
                self._believed[goal] = event.likelihood
            else:
                self._believed.pop(goal, None)

    def _soothe(self, share: _Array, time_s: float) -> None:
        self.feelings.soothe(time_s, share)
        for channel in np.flatnonzero(share):
            self.causes.scale(int(channel), 1.0 - float(share[channel]), time_s)

    def _arouse(
        self,
        calls: Iterable[_Call],
        *,
        event: str,
        agent: str | None,
        time_s: float,
        gain: _Array,
        numbers: dict[str, float],
    ) -> None:
        """Set off feelings, once all that scales them is known."""
        bias = self.nature.mood_bias * self.pleasure(time_s)
        factors = gain * (1.0 + bias * _SIGN)
        relation = STRANGER if agent is None else self.relations.of(agent)
        if relation.liking or relation.trust:
            factors = factors * (1.0 + relation.liking * LIKING_BIAS + relation.trust * TRUST_BIAS)
        factor, level = factors.tolist(), self.feelings.level(time_s).tolist()
        rises = []
        for call in calls:
            channel, scale = call.channel, factor[call.channel]
            strength = (call.strength * scale - self._threshold[channel]) * self._over_threshold[channel]
            strength = 0.0 if strength < 0.0 else min(strength, 1.0)
            # What is felt already leaves this much room: repeats saturate and the sum never passes 1.
            delta = strength * (1.0 - level[channel])
            if delta <= 0.0:
                continue
            level[channel] += delta
            rises.append((call.about, channel, delta))
            if delta > _NEGLIGIBLE:
                self.causes.add(
                    channel,
                    delta,
                    time_s,
                    emotion=call.emotion,
                    event=event,
                    source=agent,
                    goal=call.goal,
                    numbers={**numbers, "base": call.strength, "factor": scale, "felt": strength},
                )
        if rises:
            self.feelings.arouse(time_s, rises)

    def _habit(self, event: str, source: str | None, time_s: float) -> float:
        """Count an event, and say by how much habit scales it."""
        rate = self._spec.habituation
        if rate == 0.0:
            return 1.0
        key = (event, source)
        habit = self._habits.get(key)
        if habit is None:
            if len(self._habits) >= _MAX_HABITS:
                del self._habits[min(self._habits, key=lambda k: self._habits[k].time_s)]
            self._habits[key] = _Habit(1.0, time_s)
            return 1.0
        count = habit.count * 0.5 ** ((time_s - habit.time_s) / self._spec.habituation_half_life_s)
        habit.count, habit.time_s = count + 1.0, time_s
        return habit_gain(rate, count)
