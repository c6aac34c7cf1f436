"""What conditions of a scenario read off a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expressive.core.emotions import EMOTIONS, resolve_emotion
from expressive.emotion.reading import NEVER_S
from expressive.simulation.conditions import agitation, condition

if TYPE_CHECKING:
    from expressive.simulation.turns import Turns

__all__ = ["holds"]

_DIGITS = 9  # so that the last bit of a float never decides where a scenario goes


def holds(run: Turns, text: str | None) -> bool:
    """Whether a condition holds now; none always does."""
    return text is None or condition(text, run.scenario.trainee).check(_View(run))[0]


class _View:
    """A run, as :class:`expressive.emotion.conditions.View` asks for it; speeds are not needed."""

    def __init__(self, run: Turns) -> None:
        self._run = run

    def felt(self, channel: int) -> tuple[float, float]:
        return _value(self._run.subject.felt[EMOTIONS[channel]])

    def felt_toward(self, channel: int, agent: str) -> tuple[float, float]:
        raise AssertionError((channel, agent))

    def mood(self, axis: int) -> tuple[float, float]:
        mood = self._run.subject.mood
        return _value((mood.pleasure, mood.arousal, mood.dominance)[axis])

    def relation(self, agent: str, which: str) -> tuple[float, float]:
        return _value(getattr(self._run.subject.relation(agent), which))

    def time_in_state(self) -> tuple[float, float]:
        return _value(self._run.time_s - self._run.state_since_s)

    def since(self, event: str) -> tuple[float, float]:
        last = self._run.last_event_s
        return _value(self._run.time_s - last[event]) if event in last else (NEVER_S, 0.0)

    def more(self, name: str, argument: str) -> tuple[float, float]:
        run = self._run
        if name == "agitation":
            return _value(agitation(run.subject.felt))
        if name == "shown":
            return _value(run.subject.shown[resolve_emotion(argument)])
        if name == "state":
            return _value(run.subject.is_in(argument))
        if name == "chosen":
            stage, _, option = argument.rpartition(".")
            taken = run.record.decisions
            return _value(sum(each.option == option and stage in ("", each.stage) for each in taken))
        if name == "said":
            return _value(run.said.count(argument))
        if name == "visited":
            return _value(run.visited.count(argument))
        if name == "score":
            return _value(sum(award.points for award in run.record.awards if award.dimension == argument))
        if name == "unclear":
            return _value(run.unclear)
        return _value(run.time_s - (run.stage_since_s if name == "time_in_stage" else 0.0))


def _value(x: float) -> tuple[float, float]:
    return round(float(x), _DIGITS), 0.0
