"""GAMYGDALA's model, defects included: the same numbers from the same beliefs.

What it does otherwise than :class:`expressive.emotion.mind.Mind`: likelihoods of goals are shared by all agents and
begin at 0.5, intensities are not bounded, relief and disappointment can never arise, and there is no pride, shame,
admiration, reproach, love or hate. The one thing that is not copied is the wall clock: time passes by ``decay``.

Sources
-------
Popescu, Broekens & van Someren, "GAMYGDALA: an emotion engine for games", IEEE Trans. Affective Computing 5(1), 2014,
and its JavaScript (broekens/gamygdala, MIT licence), read for behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from expressive.core.checks import check_choice, check_number
from expressive.core.errors import ParameterError

__all__ = ["GAMYGDALA_PAD", "Gamygdala"]

GAMYGDALA_PAD = {
    "distress": (-0.61, 0.28, -0.36),
    "fear": (-0.64, 0.60, -0.43),
    "hope": (0.51, 0.23, 0.14),
    "joy": (0.76, 0.48, 0.35),
    "satisfaction": (0.87, 0.20, 0.62),
    "fear-confirmed": (-0.61, 0.06, -0.32),
    "disappointment": (-0.61, -0.15, -0.29),
    "relief": (0.29, -0.19, -0.28),
    "happy-for": (0.64, 0.35, 0.25),
    "resentment": (-0.35, 0.35, 0.29),
    "pity": (-0.52, 0.02, -0.21),
    "gloating": (-0.45, 0.48, 0.42),
    "gratitude": (0.64, 0.16, -0.21),
    "anger": (-0.51, 0.59, 0.25),
    "gratification": (0.69, 0.57, 0.63),
    "remorse": (-0.57, 0.28, -0.34),
}
"""(pleasure, arousal, dominance) of its sixteen emotions, as in its code."""


@dataclass
class _Agent:
    goals: dict[str, float] = field(default_factory=dict)
    likes: dict[str, float] = field(default_factory=dict)
    emotions: dict[str, float] = field(default_factory=dict)

    def add(self, emotion: str, intensity: float) -> None:
        if intensity != 0.0:
            self.emotions[emotion] = self.emotions.get(emotion, 0.0) + intensity


class Gamygdala:
    """Agents, goals and relations.

    Examples
    --------
    >>> engine = Gamygdala()
    >>> engine.add_goal("village", "destroyed", -1.0)
    >>> engine.believe(0.6, "orc", {"destroyed": 1.0})
    >>> round(engine.emotions("village")["fear"], 9)
    0.3
    """

    def __init__(self) -> None:
        self._agents: dict[str, _Agent] = {}
        self._likelihood: dict[str, float] = {}
        self._maintenance: set[str] = set()

    def add_goal(self, agent: str, goal: str, utility: float, *, is_maintenance: bool = False) -> None:
        """Give an agent a goal.

        Parameters
        ----------
        agent, goal : str
            names; a goal of the same name is shared with its likelihood
        utility : float [range=[-1, 1]]
            how much it is wanted
        is_maintenance : bool
            whether its likelihood may change after having reached 1 or -1
        """
        self._agent(agent).goals[goal] = check_number("utility", utility, -1.0, 1.0)
        self._likelihood.setdefault(goal, 0.5)
        if is_maintenance:
            self._maintenance.add(goal)

    def add_relation(self, agent: str, other: str, like: float) -> None:
        """Say how much an agent likes another [range=[-1, 1]]."""
        self._agent(agent).likes[other] = check_number("like", like, -1.0, 1.0)
        self._agent(other)

    def believe(
        self,
        likelihood: float,
        causal_agent: str | None,
        congruences: Mapping[str, float],
        *,
        is_incremental: bool = False,
    ) -> None:
        """Appraise a belief.

        Parameters
        ----------
        likelihood : float [range=[0, 1]]
            how sure it is
        causal_agent : str | None
            who is responsible
        congruences : Mapping[str, float]
            goal → how far the belief helps or harms it [range=[-1, 1]]
        is_incremental : bool
            whether the likelihood is added to the goal's instead of replacing it

        Raises
        ------
        UnknownNameError
            If nobody has such a goal.
        ParameterError
            If a number is out of range.
        """
        likelihood = check_number("likelihood", likelihood, 0.0, 1.0)
        for goal, congruence in congruences.items():
            check_choice("goal", goal, self._likelihood)
            check_number(f"congruences[{goal!r}]", congruence, -1.0, 1.0)
        if causal_agent is not None:
            self._agent(causal_agent)
        for goal, congruence in congruences.items():
            delta = self._moved(goal, congruence * likelihood, is_incremental=is_incremental)
            owners = [(name, agent) for name, agent in self._agents.items() if goal in agent.goals]
            for name, owner in owners:
                self._feel_goal(owner, owner.goals[goal], delta, self._likelihood[goal])
                self._feel_social(name, owner.goals[goal], delta, causal_agent)

    def decay(
        self, seconds: float, *, factor: float = 0.8, kind: Literal["exponential", "linear"] = "exponential"
    ) -> None:
        """Let time pass: x · factor^seconds, or x - factor · seconds; what reaches 0 is gone."""
        seconds = check_number("seconds", seconds, 0.0)
        if kind not in ("exponential", "linear"):
            raise ParameterError(f"kind={kind!r} must be 'exponential' or 'linear'")
        for agent in self._agents.values():
            left = {
                emotion: x * factor**seconds if kind == "exponential" else x - factor * seconds
                for emotion, x in agent.emotions.items()
            }
            agent.emotions = {emotion: x for emotion, x in left.items() if x > 0.0}

    def emotions(self, agent: str, *, gain: float | None = None) -> dict[str, float]:
        """Intensities of an agent, each as g·x / (g·x + 1) where a gain is given."""
        raw = self._agents[check_choice("agent", agent, self._agents)].emotions
        return dict(raw) if gain is None else {name: gain * x / (gain * x + 1.0) for name, x in raw.items()}

    def pad(self, agent: str, *, gain: float | None = None) -> tuple[float, float, float]:
        """Pleasure, arousal and dominance of an agent: the sum of its emotions' points."""
        felt = self.emotions(agent, gain=gain)
        p, a, d = (sum(x * GAMYGDALA_PAD[name][axis] for name, x in felt.items()) for axis in range(3))
        return p, a, d

    def _agent(self, name: str) -> _Agent:
        return self._agents.setdefault(name, _Agent())

    def _moved(self, goal: str, change: float, *, is_incremental: bool) -> float:
        old = self._likelihood[goal]
        if goal not in self._maintenance and abs(old) >= 1.0:
            return 0.0
        new = min(1.0, max(-1.0, old + change)) if is_incremental else (change + 1.0) / 2.0
        self._likelihood[goal] = new
        return new - old

    @staticmethod
    def _feel_goal(owner: _Agent, utility: float, delta: float, likelihood: float) -> None:
        wanted = utility >= 0.0
        positive = delta >= 0.0 if wanted else delta < 0.0
        found: tuple[str, ...] = ()
        if 0.0 < likelihood < 1.0:
            found = ("hope" if positive else "fear",)
        elif likelihood == 1.0:
            found = ("joy",) if wanted else ("distress",)
            if delta < 0.5:
                found += ("satisfaction",) if wanted else ("fear-confirmed",)
        elif likelihood == 0.0:
            # Its code asks here for delta > 0.5, which a falling likelihood never has: no relief, no disappointment.
            found = ("distress",) if wanted else ("joy",)
        for emotion in found:
            owner.add(emotion, abs(utility * delta))

    def _feel_social(self, owner_name: str, utility: float, delta: float, causal: str | None) -> None:
        strength, good = abs(utility * delta), utility * delta >= 0.0
        if causal is not None and causal != owner_name:
            self._agents[owner_name].add("gratitude" if good else "anger", strength)
        for name, agent in self._agents.items():
            if owner_name not in agent.likes or name == owner_name:
                continue
            like = agent.likes[owner_name]
            kind, unkind = ("happy-for", "resentment") if good else ("pity", "gloating")
            emotion = kind if like >= 0.0 else unkind
            agent.add(emotion, abs(strength * like))
            if causal == name and like >= 0.0:
                agent.add("gratification" if good else "remorse", strength * like)
