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
from expressive.emotion.channels import CHANNEL_PAD, CHANNELS, N_CHANNELS, OCC_CHANNEL
from expressive.emotion.dynamics import mood_at
from expressive.emotion.feelings import Feelings
from expressive.emotion.relations import LIKING_BIAS, TRUST_BIAS, Relation, Relations
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
        threshold = self.nature.threshold
        self._over_threshold = np.where(threshold < 1.0, 1.0 / np.maximum(1e-12, 1.0 - threshold), 0.0)

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
        self._arouse(
            impulse.arouses * (intensity * habit),
            event=event,
            agent=source,
            about=about,
            time_s=time_s,
            gain=gain,
            numbers={"intensity": intensity, "habit": habit},
        )
        if response.goals or response.standards:
            meaning = Event(
                event,
                source,
                goals={goal: x * intensity for goal, x in response.goals.items()},
                standards={standard: x * intensity for standard, x in response.standards.items()},
                likelihood=response.likelihood,
            )
            # The potentials carry the intensity already, so only habit scales them.
            self._feel_potentials(meaning, self._potentials(meaning), scale=habit, time_s=time_s, gain=gain)
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
        self._feel_potentials(
            event, potentials, scale=self._habit(event.name, event.source, time_s), time_s=time_s, gain=gain
        )
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

    def _feel_potentials(
        self, event: Event, potentials: Iterable[Potential], *, scale: float, time_s: float, gain: _Array
    ) -> None:
        self._believe(event)
        groups: dict[str | None, list[Potential]] = {}
        for p in potentials:
            groups.setdefault(p.toward, []).append(p)
        source = None if event.source == SELF else event.source
        for toward, group in groups.items():
            base = np.zeros(N_CHANNELS)
            labels: dict[int, Potential] = {}
            for p in group:
                channel = OCC_CHANNEL[p.emotion]
                base[channel] = 1.0 - (1.0 - base[channel]) * (1.0 - p.intensity)
                if channel not in labels or labels[channel].intensity < p.intensity:
                    labels[channel] = p
            self._arouse(
                base * scale,
                event=event.name,
                agent=source,
                about=toward,
                time_s=time_s,
                gain=gain,
                numbers={"habit": scale, "likelihood": event.likelihood},
                labels=labels,
            )

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
        base: _Array,
        *,
        event: str,
        agent: str | None,
        about: str | None,
        time_s: float,
        gain: _Array,
        numbers: dict[str, float],
        labels: Mapping[int, Potential] | None = None,
    ) -> None:
        """Set off feelings of the given strengths [shape=(n_channels,)] once all that scales them is known."""
        nature = self.nature
        bias = nature.mood_bias * self.pleasure(time_s)
        factor = gain * (1.0 + bias * _SIGN)
        relation = Relation() if agent is None else self.relations.of(agent)
        if relation.liking or relation.trust:
            factor = factor * (1.0 + relation.liking * LIKING_BIAS + relation.trust * TRUST_BIAS)
        strength = (base * factor - nature.threshold) * self._over_threshold
        np.maximum(strength, 0.0, out=strength)
        np.minimum(strength, 1.0, out=strength)
        # What is felt already leaves this much room: repeats saturate and the sum never passes 1.
        delta = strength * (1.0 - self.feelings.level(time_s))
        amounts = delta.tolist()
        aroused = [channel for channel, amount in enumerate(amounts) if amount > _NEGLIGIBLE]
        if not aroused and not any(amounts):
            return
        self.feelings.arouse(time_s, np.maximum(delta, 0.0, out=delta), about)
        for channel in aroused:
            label = labels.get(channel) if labels else None
            self.causes.add(
                channel,
                amounts[channel],
                time_s,
                emotion=CHANNELS[channel] if label is None else label.emotion,
                event=event,
                source=agent,
                goal=None if label is None else label.goal,
                numbers={
                    **numbers,
                    "base": float(base[channel]),
                    "factor": float(factor[channel]),
                    "mood": 1.0 + bias * float(_SIGN[channel]),
                    "felt": float(strength[channel]),
                },
            )

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
