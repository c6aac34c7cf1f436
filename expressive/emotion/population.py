"""Many minds of one declaration as arrays, where a game has more characters than it can think about one by one.

It feels what :class:`expressive.emotion.mind.Mind` feels, to 1e-9: responses, appraisal, saturation, mood, relations,
habituation, holds and the state machine. It leaves out what only makes sense for one whom somebody watches: causes and
history, feelings by target, masks and their leakage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number, check_text
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.emotion.appraisal import SELF, Event, Outlook, Potential, appraise
from expressive.emotion.channels import CHANNEL_PAD, N_CHANNELS, OCC_CHANNEL, resolve_channel
from expressive.emotion.crowdstate import CrowdState
from expressive.emotion.crowdview import MembersView, member_rows
from expressive.emotion.dynamics import Kernel, kernel, mood_deviation, squash_mood
from expressive.emotion.heart import RELATION_SHIFT, WITNESS_SHARE
from expressive.emotion.relations import LIKING_BIAS, TRUST_BIAS, Relation
from expressive.emotion.responses import Impulse

__all__ = ["Population"]

_Array = npt.NDArray[np.float64]
_Rows = npt.NDArray[np.intp]

MAX_STEP_S = 86_400.0
_SIGN = np.sign(CHANNEL_PAD[:, 0])
_FLUSH_S = 5.0
_VANISHED = 1e-40
_MAX_KERNELS = 8
_BLOCK = 2048
_MAX_HABITS = 256


class Population(CrowdState):
    """Minds that share a declaration, each with its own feelings, mood, relations and state.

    Parameters
    ----------
    spec : MindSpec
        the declaration
    n : int
        how many members
    names : Sequence[str] | None
        what the members are called; by default ``"0"``, ``"1"``, …

    Raises
    ------
    ProfileError
        If the declaration contradicts itself.
    ParameterError
        If the number of names is not ``n``, or a condition asks for feelings toward somebody.

    Examples
    --------
    >>> from expressive.emotion.spec import MindSpec
    >>> crowd = Population(MindSpec(), 1000)
    >>> crowd.trigger("startled", members=range(10), intensity=0.9)
    >>> crowd.advance(0.3)
    >>> [bool(x > 0.5) for x in crowd.felt[8:12, 5]]
    [True, True, False, False]
    """

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, dt_s: float) -> None:
        """Let time pass for all; any steps that add up to the same time give the same minds.

        Raises
        ------
        ParameterError
            If ``dt_s`` is not in [0, 86400].
        """
        dt_s = check_number("dt_s", dt_s, 0.0, MAX_STEP_S)
        step = dt_s - self._time_error_s
        target = self._time_s + step
        self._time_error_s = (target - self._time_s) - step
        while (release_s := self._next_release_s()) <= target:
            dt_s = target - release_s
            self._pass(max(0.0, release_s - self._time_s), release_s)
            self._release(release_s)
        # The step as it was asked for, not as a difference of times, so that its propagators are found again.
        self._pass(dt_s, target)

    def _pass(self, dt_s: float, target: float) -> None:
        """A span in which nothing is released: first the machines, which look ahead into it, then the feelings."""
        self._machine.poll(target, self._view)
        self._time_s = target
        if dt_s <= 0.0:
            return
        span = self._kernel(dt_s)
        for start in range(0, len(self), _BLOCK):
            # Block by block, so that what is read for mood is still in the processor's cache when it fades.
            part = slice(start, start + _BLOCK)
            d, f, v = self._decaying[part], self._rising[part], self._v[part]
            held, easing = self._held[part] if self._until else None, self._easing[part] if self._is_easing else None
            v[...] = mood_deviation(span, v, decaying=d, rising=f, held=held, easing=easing)
            d *= span.fade
            f *= span.rise
            if easing is not None:
                easing *= span.ease
        self._since_flush_s += dt_s
        if self._since_flush_s > _FLUSH_S:
            # Before products become so small that the processor slows down over them.
            self._since_flush_s = 0.0
            self._decaying[np.abs(self._decaying) < _VANISHED] = 0.0
            self._rising[np.abs(self._rising) < _VANISHED] = 0.0
            self._easing[self._easing < _VANISHED] = 0.0
            self._is_easing = bool(self._easing.any())

    def _kernel(self, dt_s: float) -> Kernel:
        found = self._kernels.get(dt_s)
        if found is None:
            if len(self._kernels) >= _MAX_KERNELS:
                del self._kernels[next(iter(self._kernels))]
            found = self._kernels[dt_s] = kernel(self._nature, dt_s)
        return found

    def _next_release_s(self) -> float:
        return min((float(until.min()) for until in self._until.values()), default=math.inf)

    def _release(self, time_s: float) -> None:
        for channel, until in tuple(self._until.items()):
            rows = np.flatnonzero(until <= time_s)
            if len(rows):
                self._let_go(rows, channel)
                self._machine.look_again(rows, time_s)

    def _let_go(self, rows: _Rows, channel: int) -> None:
        self._decaying[rows, channel] += self._held[rows, channel]
        self._held[rows, channel] = 0.0
        if channel in self._until:
            self._until[channel][rows] = math.inf
            if np.isinf(self._until[channel]).all():
                del self._until[channel]

    # --- inputs -------------------------------------------------------------------------------------------------

    def trigger(
        self,
        event: str,
        *,
        members: Iterable[int] | None = None,
        intensity: float = 1.0,
        source: str | None = None,
        witnessed: bool = False,
        target: str | None = None,
    ) -> None:
        """Let a named event happen to members, or before their eyes; as :meth:`~.mind.Mind.trigger`.

        Raises
        ------
        UnknownNameError
            If there is no response to the event.
        ParameterError
            If a number is out of range or a member does not exist.
        """
        if not isinstance(event, str) or event not in self._impulses:
            raise UnknownNameError("event", event, self._impulses)
        intensity = check_number("intensity", intensity, 0.0, 1.0)
        rows = member_rows(members, len(self))
        if target is not None and not witnessed:
            raise ParameterError(f"target={target!r} needs witnessed=True; without, the event happens to the members")
        impulse = self._impulses[event]
        if witnessed:
            d = impulse.desirability * intensity
            others = {} if target is None else {target: d}
            self._appraise(Event(event, source, others=others, praiseworthiness=WITNESS_SHARE * d), rows)
        else:
            self._respond(event, impulse, intensity, source, rows)
        self._happened(event, rows)

    def appraise(self, event: Event, *, members: Iterable[int] | None = None) -> None:
        """Let members appraise an event; as :meth:`~.mind.Mind.appraise`."""
        rows = member_rows(members, len(self))
        for kind, named, known in (
            ("goal", event.goals, self._spec.emotion.goals),
            ("standard", event.standards, self._spec.emotion.standards),
        ):
            for name in named:
                if name not in known:
                    raise UnknownNameError(kind, name, known)
        self._appraise(event, rows)
        self._happened(event.name, rows)

    def feel(
        self, emotion: str, intensity: float, *, hold_s: float = 0.0, members: Iterable[int] | None = None
    ) -> None:
        """Steer an emotion of members; as :meth:`~.mind.Mind.feel`."""
        channel = resolve_channel(emotion)
        intensity = check_number("intensity", intensity, 0.0, 1.0)
        hold_s = check_number("hold_s", hold_s, 0.0, MAX_STEP_S)
        rows = member_rows(members, len(self))
        self._let_go(rows, channel)
        level = self._decaying[rows, channel]
        # Upwards the difference has yet to rise; downwards what is taken away sinks at the rate of onset.
        change = intensity - level
        self._rising[rows, channel] += change - self._easing[rows, channel]
        self._easing[rows, channel] = 0.0
        self._decaying[rows, channel] = intensity
        if hold_s > 0.0:
            self._held[rows, channel] = intensity
            self._decaying[rows, channel] = 0.0
            self._until.setdefault(channel, np.full(len(self), math.inf))[rows] = self._time_s + hold_s
        self._machine.look_again(rows, self._time_s)

    def set_relation(self, agent: str, relation: Relation, *, members: Iterable[int] | None = None) -> None:
        """Set what members think of an agent."""
        rows = member_rows(members, len(self))
        values = [
            check_number("liking", relation.liking, -1.0, 1.0),
            check_number("trust", relation.trust, -1.0, 1.0),
            check_number("familiarity", relation.familiarity, 0.0, 1.0),
        ]
        self._relation_rows(check_text("agent", agent, max_length=200))[rows] = values
        self._known[agent][rows] = True
        self._machine.look_again(rows, self._time_s)

    def _happened(self, event: str, rows: _Rows) -> None:
        self._last_event_s.setdefault(event, np.full(len(self), -math.inf))[rows] = self._time_s
        self._machine.look_again(rows, self._time_s)
        self._machine.notify(event, self._view(rows, self._time_s))

    def _view(self, rows: _Rows, time_s: float) -> MembersView:
        d, h, f, e = self._decaying[rows], self._held[rows], self._rising[rows], self._easing[rows]
        v = self._v[rows]
        if time_s > self._time_s:
            span = kernel(self._nature, time_s - self._time_s)
            v = mood_deviation(span, v, decaying=d, rising=f, held=h, easing=e)
            d, f, e = d * span.fade, f * span.rise, e * span.ease
        return MembersView(
            rows, time_s, d, h, f, e, v, self._nature, self._machine, self._relations, self._last_event_s
        )

    # --- feeling ------------------------------------------------------------------------------------------------

    def _respond(self, event: str, impulse: Impulse, intensity: float, source: str | None, rows: _Rows) -> None:
        response = impulse.response
        habit = self._habit(event, source, rows)
        if impulse.soothes is not None:
            share = impulse.soothes * intensity
            self._easing[rows] += share * (self._decaying[rows] + self._held[rows])
            self._is_easing = True
            self._decaying[rows] *= 1.0 - share
            self._held[rows] *= 1.0 - share
        self._arouse(impulse.arouses * (intensity * habit)[:, None], source, rows)
        if response.goals or response.standards:
            meaning = Event(
                event,
                source,
                goals={goal: x * intensity for goal, x in response.goals.items()},
                standards={standard: x * intensity for standard, x in response.standards.items()},
                likelihood=response.likelihood,
            )
            self._feel(meaning, self._potentials(meaning, rows), habit, rows)
        if source is not None and impulse.changes_relation:
            change = np.array([response.liking, response.trust, response.familiarity]) * intensity
            self._change_relation(source, change, rows)

    def _appraise(self, event: Event, rows: _Rows) -> None:
        groups = self._potentials(event, rows)
        self._feel(event, groups, self._habit(event.name, event.source, rows), rows)
        for potentials, part in groups:
            for p in potentials:
                shift = RELATION_SHIFT.get(p.emotion)
                if shift is None or p.toward is None:
                    continue
                known = self._known.get(p.toward)
                who = part if p.toward == event.source else part[known[part]] if known is not None else part[:0]
                if len(who):
                    self._change_relation(p.toward, np.array([*shift, 0.0]) * p.intensity, who)

    def _potentials(self, event: Event, rows: _Rows) -> list[tuple[tuple[Potential, ...], _Rows]]:
        """What an event calls for in each member; members who see it alike are appraised once."""
        emotion = self._spec.emotion
        asked = [*event.others, *((event.object,) if event.object is not None else ())]
        columns = [self._believed[goal][rows] for goal in event.goals if goal in self._believed]
        columns += [self._relations[agent][rows, 0] for agent in asked if agent in self._relations]
        own = np.array([self.names[row] == event.source for row in rows], dtype=np.float64)
        seen, which = np.unique(np.column_stack([own, *columns]), axis=0, return_inverse=True)
        out = []
        for i in range(len(seen)):
            part = rows[which.ravel() == i]
            first = int(part[0])
            likes = {agent: self.relation(first, agent).liking for agent in asked}
            attitudes = emotion.attitudes
            if event.object is not None and event.object not in attitudes:
                attitudes = {event.object: likes[event.object]}
            outlook = Outlook(
                self.names[first],
                {goal: item.utility for goal, item in emotion.goals.items()},
                {name: item.weight for name, item in emotion.standards.items()},
                attitudes,
                lambda agent, likes=likes: likes.get(agent, 0.0),  # type: ignore[misc]
                {goal: float(x[first]) for goal, x in self._believed.items() if x[first] > 0.0},
            )
            out.append((appraise(event, outlook), part))
        return out

    def _feel(
        self, event: Event, groups: list[tuple[tuple[Potential, ...], _Rows]], habit: _Array, rows: _Rows
    ) -> None:
        for goal, congruence in event.goals.items():
            if congruence != 0.0:
                pending = event.likelihood if 0.0 < event.likelihood < 1.0 else 0.0
                self._believed.setdefault(goal, np.zeros(len(self)))[rows] = pending
        source = None if event.source == SELF else event.source
        scale = dict(zip(rows.tolist(), habit.tolist(), strict=True))
        for potentials, part in groups:
            by_target: dict[str | None, _Array] = {}
            for p in potentials:
                base = by_target.setdefault(p.toward, np.zeros(N_CHANNELS))
                channel = OCC_CHANNEL[p.emotion]
                base[channel] = 1.0 - (1.0 - base[channel]) * (1.0 - p.intensity)
            factor = np.array([scale[row] for row in part.tolist()])
            for base in by_target.values():
                self._arouse(base * factor[:, None], source, part)

    def _arouse(self, base: _Array, agent: str | None, rows: _Rows) -> None:
        """The rule of :meth:`expressive.emotion.heart.Heart._arouse` for many."""
        nature = self._nature
        bias = nature.mood_bias * squash_mood(self._v[rows], self._base_mood)[:, :1]
        factor = nature.gain * self._machine.gain[rows] * (1.0 + bias * _SIGN)
        if agent is not None and agent in self._relations:
            relation = self._relations[agent][rows]
            factor = factor * (1.0 + relation[:, :1] * LIKING_BIAS + relation[:, 1:2] * TRUST_BIAS)
        strength = np.clip((base * factor - nature.threshold) * self._over_threshold, 0.0, 1.0)
        level = self._decaying[rows] + self._easing[rows] + self._held[rows]
        delta = np.maximum(strength * (1.0 - level), 0.0)
        self._decaying[rows] += delta
        self._rising[rows] += delta

    def _habit(self, event: str, source: str | None, rows: _Rows) -> _Array:
        rate = self._spec.emotion.habituation
        if rate == 0.0:
            return np.ones(len(rows))
        key = (event, source)
        if key not in self._habits:
            if len(self._habits) >= _MAX_HABITS:
                del self._habits[min(self._habits, key=lambda k: float(self._habits[k][1].max()))]
            self._habits[key] = (np.zeros(len(self)), np.zeros(len(self)))
        counts, times = self._habits[key]
        half_life_s = self._spec.emotion.habituation_half_life_s
        count = counts[rows] * 0.5 ** ((self._time_s - times[rows]) / half_life_s)
        counts[rows], times[rows] = count + 1.0, self._time_s
        gain: _Array = (1.0 - rate) ** count
        return gain if rate >= 0.0 else np.minimum(2.0, gain)

    def _relation_rows(self, agent: str) -> _Array:
        if agent not in self._relations:
            self._relations[agent] = np.zeros((len(self), 3))
            self._known[agent] = np.zeros(len(self), dtype=bool)
        return self._relations[agent]

    def _change_relation(self, agent: str, change: _Array, rows: _Rows) -> None:
        relation = self._relation_rows(agent)
        low = np.array([-1.0, -1.0, 0.0])
        now = relation[rows]
        room = np.where(change > 0.0, 1.0 - now, now - low)
        relation[rows] = np.clip(now + change * np.minimum(1.0, room), low, 1.0)
        self._known[agent][rows] = True
