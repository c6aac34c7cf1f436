"""All that can be read off a mind at its present time."""

from __future__ import annotations

from collections import deque

import numpy as np

from expressive.core.affect import Affect
from expressive.emotion.body import BodySigns
from expressive.emotion.causes import Cause
from expressive.emotion.channels import CHANNELS, MIX, N_CATEGORIES, resolve_channel
from expressive.emotion.chart import compile_chart, walk_states
from expressive.emotion.display import Display, MicroExpression
from expressive.emotion.heart import Heart
from expressive.emotion.history import History, Record, build_history
from expressive.emotion.machine import Machine
from expressive.emotion.mood import Mood
from expressive.emotion.presence import Presence
from expressive.emotion.relations import Relation
from expressive.emotion.spec import MindSpec

__all__ = ["Readable"]

_MAX_RECORDS = 1000
_NOTHING = 1e-9


class Readable:
    """The parts of a mind and what they say; :class:`expressive.emotion.mind.Mind` adds time and inputs.

    Parameters
    ----------
    spec : MindSpec
        a declaration without mistakes
    name : str
        what the character is called
    seed : int
        chooses when micro-expressions come
    """

    def __init__(self, spec: MindSpec, *, name: str, seed: int) -> None:
        self.name = name
        self._spec = spec
        emotion = spec.emotion
        self._heart = Heart(spec, name)
        self._machine = Machine(compile_chart(spec.machine))
        self._display = Display(spec.display_rules, leakage=emotion.leakage, profile=emotion.display_profile, seed=seed)
        self._presence = Presence(self._heart, self._machine, self._display)
        self._states = tuple(node.name for node in walk_states(spec.machine.states))
        self._audience: tuple[str, ...] = ()
        self._time_s = 0.0
        self._last_event_s: dict[str, float] = {}
        self._records: deque[Record] = deque(maxlen=_MAX_RECORDS)
        self._gain = self._heart.nature.gain * self._machine.leaf.gain

    @property
    def spec(self) -> MindSpec:
        """The declaration."""
        return self._spec

    @property
    def time_s(self) -> float:
        """Seconds since the start."""
        return self._time_s

    @property
    def felt(self) -> Affect:
        """What is felt."""
        return self._presence.felt(self._time_s)

    @property
    def shown(self) -> Affect:
        """What the face shows: felt and the state's tone, through display rules and masks, with micro-expressions."""
        return self._presence.shown(self._time_s)

    @property
    def voice_affect(self) -> Affect:
        """What the voice lets hear: as shown, but with more of what is hidden."""
        return self._presence.voice(self._time_s)

    @property
    def body(self) -> BodySigns:
        """Breathing, tremor, posture and gestures."""
        return self._presence.body(self._time_s)

    @property
    def micro(self) -> MicroExpression | None:
        """The micro-expression that breaks through now, if one does."""
        self._presence.settle(self._time_s)
        micro = self._display.micro
        return micro if micro is not None and micro.at(self._time_s) > 0.0 else None

    @property
    def mood(self) -> Mood:
        """Slow affect."""
        return Mood(*self._presence.mood(self._time_s))

    @property
    def state(self) -> str:
        """The innermost state of the machine."""
        return self._machine.leaf.name

    @property
    def state_path(self) -> tuple[str, ...]:
        """The groups around the state, outermost first, and the state."""
        return self._machine.leaf.path

    @property
    def state_blend(self) -> dict[str, float]:
        """Weights of the states between which the character moves over; they add up to 1."""
        return self._machine.blend(self._time_s)

    @property
    def time_in_state_s(self) -> float:
        """Seconds since the state was entered."""
        return max(0.0, self._machine.time_in_state(self._time_s))

    @property
    def feelings(self) -> dict[str, float]:
        """Every channel that is felt at all, OCC mixtures under their own names [range=(0, 1]]."""
        x = self._heart.feelings.at(self._time_s).x
        return {CHANNELS[i]: float(x[i]) for i in np.flatnonzero(x > _NOTHING)}

    def toward(self, agent: str | None) -> dict[str, float]:
        """What is felt toward somebody, None for what is about nobody [range=(0, 1]]."""
        for target, x in self._heart.feelings.toward(self._time_s):
            if target == agent:
                return {CHANNELS[i]: float(x[i]) for i in np.flatnonzero(x > _NOTHING)}
        return {}

    def relation(self, other: str) -> Relation:
        """What is thought of another agent; a stranger's is 0 throughout."""
        return self._heart.relations.of(other)

    def why(self, emotion: str) -> tuple[Cause, ...]:
        """The causes of an emotion and how much of each is left, the strongest first.

        Parameters
        ----------
        emotion : str
            a category, which counts the OCC emotions that show in it, or an OCC emotion

        Returns
        -------
        tuple[Cause, ...]
            what remains of each; those of one channel add up to its intensity before opposites inhibit it
        """
        channel = resolve_channel(emotion)
        channels = np.flatnonzero(MIX[:, channel]) if channel < N_CATEGORIES else (channel,)
        return self._heart.causes.why((int(c) for c in channels), self._time_s, self._heart.feelings.at(self._time_s).x)

    def history(self, *, step_s: float = 0.1) -> History:
        """What happened, with emotions and mood sampled every so often.

        Raises
        ------
        ParameterError
            If ``step_s`` is out of range or makes too many samples.
        """
        return build_history(
            self._heart.feelings,
            self._heart.nature,
            self._records,
            initial_state=self.state,
            now_s=self._time_s,
            step_s=step_s,
        )
