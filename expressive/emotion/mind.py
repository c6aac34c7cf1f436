"""A mind: events in, affect out. ``docs/processing_model.md`` says what one update does and in which order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.checks import check_choice, check_number, check_text
from expressive.core.errors import ParameterError, ProfileError
from expressive.emotion.appraisal import Event, Potential
from expressive.emotion.body import BodySigns, body_signs
from expressive.emotion.causes import Cause
from expressive.emotion.channels import CHANNELS, MIX, N_CATEGORIES, resolve_channel
from expressive.emotion.chart import Move, compile_chart, walk_states
from expressive.emotion.check import check_mind
from expressive.emotion.display import EVERY_EMOTION, Display, MicroExpression
from expressive.emotion.dynamics import CATEGORY_PAD, mood_at
from expressive.emotion.heart import Heart
from expressive.emotion.history import History, Record, build_history
from expressive.emotion.log import InputLog
from expressive.emotion.machine import GRID_HZ, Machine, Passage
from expressive.emotion.mood import Mood
from expressive.emotion.reading import Reading, felt_now
from expressive.emotion.relations import Relation
from expressive.emotion.spec import MindSpec

__all__ = ["SNAPSHOT_VERSION", "Mind"]

_Array = npt.NDArray[np.float64]
_Callback = Callable[[Passage], None]

SNAPSHOT_VERSION = 1
"""Version of what :meth:`Mind.snapshot` returns."""

MAX_STEP_S = 86_400.0
_SLACK_S = 1e-9
_MAX_RECORDS = 1000
_NOTHING = 1e-9
_MAX_DEPTH = 32
_KINDS = ("enter", "exit", "transition")


class Mind:
    """The emotions of one character: appraisal, dynamics, mood, relations, state machine and display.

    Parameters
    ----------
    spec : MindSpec
        the declaration
    name : str
        what the character is called
    rng : np.random.Generator
        draws the seed of the micro-expressions; nothing else is random

    Raises
    ------
    ProfileError
        If the declaration contradicts itself; every mistake is listed.

    Examples
    --------
    >>> mind = Mind(MindSpec(), name="anna", rng=np.random.default_rng(7))
    >>> mind.trigger("insulted", source="bob")
    >>> mind.advance(1.0)
    >>> mind.felt.dominant
    'anger'
    >>> mind.why("anger")[0].event
    'insulted'
    """

    def __init__(self, spec: MindSpec, *, name: str, rng: np.random.Generator) -> None:
        if problems := check_mind(spec):
            raise ProfileError(name, problems)
        self._spec = spec
        self.name = name = check_text("name", name, max_length=200)
        seed = int(rng.integers(0, 2**63))
        chart = compile_chart(spec.machine)
        self._heart = Heart(spec, name)
        self._machine = Machine(chart)
        self._display = Display(
            spec.display_rules, leakage=spec.emotion.leakage, profile=spec.emotion.display_profile, seed=seed
        )
        self._audience: tuple[str, ...] = ()
        self._time_s = 0.0
        self._time_error_s = 0.0
        self._next_poll: float = 0
        self._last_event_s: dict[str, float] = {}
        self._records: deque[Record] = deque(maxlen=_MAX_RECORDS)
        self._callbacks: dict[str, list[tuple[str | None, _Callback]]] = {kind: [] for kind in _KINDS}
        self._busy = False
        self._depth = 0
        self._felt_affect: Affect | None = None
        self._shown_affect: Affect | None = None
        self._voice_affect: Affect | None = None
        self._felt_s = self._shown_s = 0.0
        self._log = InputLog({"name": name, "seed": seed})
        self._has_tone = any(leaf.tone.any() for leaf in chart.leaves.values())
        self._states = tuple(node.name for node in walk_states(spec.machine.states))
        self._gain = self._heart.nature.gain * self._machine.leaf.gain

    # --- time ---------------------------------------------------------------------------------------------------

    @property
    def time_s(self) -> float:
        """Seconds since the start."""
        return self._time_s

    def advance(self, dt_s: float) -> None:
        """Let time pass.

        Parameters
        ----------
        dt_s : float [range=[0, 86400], unit=s]
            how much; any steps that add up to the same time give the same mind

        Raises
        ------
        ParameterError
            If ``dt_s`` is out of range, or a callback of this mind calls.
        """
        dt_s = check_number("dt_s", dt_s, 0.0, MAX_STEP_S)
        if self._busy:
            raise ParameterError("advance must not be called from a callback; trigger, feel and mask may")
        # Compensated summation (Kahan): 120 steps a second for days stay within a billionth of a second.
        step = dt_s - self._time_error_s
        time_s = self._time_s + step
        self._time_error_s = (time_s - self._time_s) - step
        self.run_to(time_s)

    def run_to(self, time_s: float, *, error_s: float | None = None) -> None:
        """Let time pass until an absolute time, for :func:`expressive.emotion.log.replay`."""
        self._time_error_s = self._time_error_s if error_s is None else error_s
        feelings = self._heart.feelings
        self._busy = True
        try:
            while True:
                release_s, poll_s = feelings.next_release_s, self._next_poll / GRID_HZ
                if release_s <= min(time_s, poll_s):
                    self._time_s = release_s
                    self._settle()
                    feelings.release(release_s)
                    self._changed()
                elif poll_s <= time_s + _SLACK_S:
                    self._time_s = poll_s
                    self._poll(poll_s)
                else:
                    break
        finally:
            self._busy = False
        self._time_s = time_s

    # --- inputs -------------------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events that :meth:`trigger` takes."""
        return tuple(self._heart.impulses)

    def trigger(
        self,
        event: str,
        *,
        intensity: float = 1.0,
        source: str | None = None,
        witnessed: bool = False,
        target: str | None = None,
    ) -> None:
        """Let a named event happen.

        Parameters
        ----------
        event : str
            a name of :attr:`events`
        intensity : float [range=[0, 1]]
            how strong it is
        source : str | None
            who did it
        witnessed : bool
            whether it happened to somebody else, before this mind's eyes
        target : str | None
            to whom it happened, if witnessed

        Raises
        ------
        UnknownNameError
            If there is no response to the event.
        ParameterError
            If the intensity is no finite number in [0, 1], or a target is given without ``witnessed``.
        """
        impulse = self._heart.impulse(event)
        intensity = check_number("intensity", intensity, 0.0, 1.0)
        source, target = _agent("source", source), _agent("target", target)
        if target is not None and not witnessed:
            raise ParameterError(f"target={target!r} needs witnessed=True; without, the event happens to {self.name!r}")
        self._note("trigger", event=event, intensity=intensity, source=source, witnessed=bool(witnessed), target=target)
        self._records.append(Record(self._time_s, "event", event, source, intensity))
        self._settle()
        heart, now = self._heart, self._time_s
        if witnessed:
            heart.witness(
                event, impulse, intensity=intensity, source=source, target=target, time_s=now, gain=self._gain
            )
        else:
            heart.respond(event, impulse, intensity=intensity, source=source, time_s=now, gain=self._gain)
        self._happened(event)

    def appraise(self, event: Event) -> tuple[Potential, ...]:
        """Let an event happen that is described by what it means (OCC).

        Parameters
        ----------
        event : Event
            likelihood, congruence with goals, praiseworthiness, …

        Returns
        -------
        tuple[Potential, ...]
            the OCC emotions that it called for

        Raises
        ------
        UnknownNameError
            If it names a goal or standard that the character does not have.
        """
        if not isinstance(event, Event):
            raise ParameterError(f"event={event!r} must be an Event; for a named event use trigger")
        self._settle()
        before = self._time_s
        potentials = self._heart.appraise(event, time_s=before, gain=self._gain)
        self._note("appraise", **event.to_dict())
        self._records.append(Record(before, "appraise", event.name, event.source))
        self._happened(event.name)
        return potentials

    def feel(self, emotion: str, intensity: float, *, hold_s: float = 0.0, toward: str | None = None) -> None:
        """Steer an emotion directly: it rises or falls to an intensity, stays there for a while, then fades.

        Parameters
        ----------
        emotion : str
            a category, an alias or an OCC emotion
        intensity : float [range=[0, 1]]
            where it goes
        hold_s : float [range=[0, 86400], unit=s]
            how long it stays
        toward : str | None
            whom it is about

        Raises
        ------
        ParameterError
            If the emotion is unknown or a number is out of range.
        """
        channel = resolve_channel(emotion)
        intensity = check_number("intensity", intensity, 0.0, 1.0)
        hold_s = check_number("hold_s", hold_s, 0.0, MAX_STEP_S)
        toward = _agent("toward", toward)
        self._note("feel", emotion=CHANNELS[channel], intensity=intensity, hold_s=hold_s, toward=toward)
        self._records.append(Record(self._time_s, "feel", CHANNELS[channel], toward, intensity))
        self._settle()
        self._heart.steer(channel, intensity, hold_s=hold_s, toward=toward, time_s=self._time_s)
        self._changed()

    def mask(self, emotion: str, strength: float = 1.0, *, substitute: str | None = None) -> None:
        """Hide a felt emotion from the face and voice; a strong one leaks.

        Parameters
        ----------
        emotion : str
            a category or alias, ``*`` for all
        strength : float [range=[0, 1]]
            the share that is hidden
        substitute : str | None
            the emotion that is put on instead

        Raises
        ------
        ParameterError
            If a name is unknown or the strength is out of range.
        """
        strength = check_number("strength", strength, 0.0, 1.0)
        self._settle()
        self._display.mask(emotion, strength, self._time_s, substitute=substitute)
        self._note("mask", emotion=emotion, strength=strength, substitute=substitute)
        self._records.append(Record(self._time_s, "mask", emotion, substitute, strength))
        self._forget()

    def unmask(self, emotion: str | None = None) -> None:
        """Take the mask off an emotion, or all masks; display rules stay."""
        self._settle()
        self._display.unmask(emotion, self._time_s)
        self._note("unmask", emotion=emotion)
        self._records.append(Record(self._time_s, "unmask", emotion or EVERY_EMOTION))
        self._forget()

    def set_relation(
        self, agent: str, *, liking: float | None = None, trust: float | None = None, familiarity: float | None = None
    ) -> None:
        """Set what is thought of somebody; what is not named stays.

        Raises
        ------
        ParameterError
            If a number is out of range: liking and trust lie in [-1, 1], familiarity in [0, 1].
        """
        agent = check_text("agent", agent, max_length=200)
        now = self._heart.relations.of(agent)
        new = Relation(
            now.liking if liking is None else check_number("liking", liking, -1.0, 1.0),
            now.trust if trust is None else check_number("trust", trust, -1.0, 1.0),
            now.familiarity if familiarity is None else check_number("familiarity", familiarity, 0.0, 1.0),
        )
        self._note("set_relation", agent=agent, liking=liking, trust=trust, familiarity=familiarity)
        self._heart.relations.put(agent, new)
        self._changed()

    def set_audience(self, present: Iterable[str], *, profile: str | None = None) -> None:
        """Say who is present, and optionally which cultural profile holds, for the display rules.

        Parameters
        ----------
        present : Iterable[str]
            names of agents; the groups they belong to come from the relations
        profile : str | None
            the profile from now on; None leaves it

        Raises
        ------
        UnknownNameError
            If no display rule belongs to the profile.
        """
        names = tuple(check_text("present", name, max_length=200) for name in present)
        known = {rule.profile for rule in self._spec.display_rules if rule.profile is not None}
        if profile is not None:
            check_choice("display profile", profile, known)
        self._settle()
        self._note("set_audience", present=list(names), profile=profile)
        self._display.profile = profile or self._display.profile
        self._audience = names
        self._display.see(self._heart.relations.groups(names))
        self._forget()

    # --- outputs ------------------------------------------------------------------------------------------------

    @property
    def felt(self) -> Affect:
        """What is felt."""
        if self._felt_affect is None or self._felt_s != self._time_s:
            self._felt_affect, self._felt_s = self._affect(self._felt_at(self._time_s)), self._time_s
        return self._felt_affect

    @property
    def shown(self) -> Affect:
        """What the face shows: felt and the state's tone, through display rules and masks, with micro-expressions."""
        self._show()
        assert self._shown_affect is not None
        return self._shown_affect

    @property
    def voice_affect(self) -> Affect:
        """What the voice lets hear: as shown, but with more of what is hidden."""
        self._show()
        assert self._voice_affect is not None
        return self._voice_affect

    @property
    def micro(self) -> MicroExpression | None:
        """The micro-expression that breaks through now, if one does."""
        self._settle()
        micro = self._display.micro
        return micro if micro is not None and micro.at(self._time_s) > 0.0 else None

    @property
    def mood(self) -> Mood:
        """Slow affect."""
        return Mood(*self._mood())

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
    def body(self) -> BodySigns:
        """Breathing, tremor, posture and gestures."""
        return body_signs(self.felt, self.shown, self._machine.leaf.gestures)

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

    def on(self, kind: str, callback: Callable[[Passage], None], *, state: str | None = None) -> Callable[[], None]:
        """Call a function whenever the machine moves. Callbacks are no part of snapshots.

        Parameters
        ----------
        kind : str
            ``enter``, ``exit`` or ``transition``
        callback : Callable[[Passage], None]
            is called at the time of the move, after it; may trigger, feel and mask, but not advance
        state : str | None
            the state or group that is entered or left (for ``transition``: entered); None for any

        Returns
        -------
        Callable[[], None]
            call it to be called no more

        Raises
        ------
        UnknownNameError
            If there is no such kind or state.
        """
        kind = check_choice("callback", kind, _KINDS)
        if state is not None:
            check_choice("state", state, self._states)
        entry = (state, callback)
        self._callbacks[kind].append(entry)

        def remove() -> None:
            if entry in self._callbacks[kind]:
                self._callbacks[kind].remove(entry)

        return remove

    # --- keeping ------------------------------------------------------------------------------------------------

    @property
    def log(self) -> dict[str, Any]:
        """Every input since the start or the last restore, as plain JSON types, for :func:`~.log.replay`."""
        return self._log.to_dict(self._time_s, self._time_error_s)

    def snapshot(self) -> dict[str, Any]:
        """All state as plain JSON types; a mind of the same declaration continues from it bit by bit."""
        return {
            "version": SNAPSHOT_VERSION,
            "name": self.name,
            "time_s": self._time_s,
            "time_error_s": self._time_error_s,
            "next_poll": None if math.isinf(self._next_poll) else self._next_poll,
            "heart": self._heart.snapshot(),
            "machine": self._machine.snapshot(),
            "display": self._display.snapshot(),
            "audience": list(self._audience),
            "last_event_s": dict(self._last_event_s),
            "records": [[r.time_s, r.kind, r.name, r.source, r.intensity, r.note] for r in self._records],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a snapshot.

        Raises
        ------
        ParameterError
            If it is of another version or was made from another declaration.
        """
        if not isinstance(state, Mapping) or state.get("version") != SNAPSHOT_VERSION:
            found = state.get("version") if isinstance(state, Mapping) else state
            raise ParameterError(
                f"snapshot version={found!r} must be {SNAPSHOT_VERSION}; save it again with this release"
            )
        if state["machine"]["state"] not in self._states:
            raise ParameterError(
                f"snapshot is in state {state['machine']['state']!r}, which {self.name!r} does not have; "
                "restore it into a mind of the same declaration"
            )
        self.name = state["name"]
        self._time_s, self._time_error_s = float(state["time_s"]), float(state["time_error_s"])
        self._next_poll = math.inf if state["next_poll"] is None else int(state["next_poll"])
        self._heart.restore(state["heart"])
        self._machine.restore(state["machine"])
        self._display.restore(state["display"])
        self._audience = tuple(state["audience"])
        self._display.see(self._heart.relations.groups(self._audience))
        self._last_event_s = {event: float(t) for event, t in state["last_event_s"].items()}
        self._records = deque((Record(*row) for row in state["records"]), maxlen=_MAX_RECORDS)
        self._gain = self._heart.nature.gain * self._machine.leaf.gain
        self._log = InputLog({"snapshot": dict(state)})
        self._forget()

    def begin(self, start: Mapping[str, Any]) -> None:
        """Begin as a log's run began, for :func:`expressive.emotion.log.replay`."""
        if "snapshot" in start:
            self.restore(start["snapshot"])
            return
        self.name = start["name"]
        self._display.seed = int(start["seed"])
        self._log = InputLog(start)

    # --- the inside ---------------------------------------------------------------------------------------------

    def _note(self, name: str, **arguments: object) -> None:
        self._log.add(self._time_s, name, arguments)

    def _forget(self) -> None:
        """Drop what was worked out for reading."""
        self._felt_affect = self._shown_affect = self._voice_affect = None

    def _changed(self) -> None:
        """After any change of feelings: look for transitions at the next point of the grid."""
        self._next_poll = min(self._next_poll, math.floor((self._time_s + _SLACK_S) * GRID_HZ) + 1)
        self._forget()

    def _happened(self, event: str) -> None:
        self._last_event_s[event] = self._time_s
        self._changed()
        move = self._machine.notify(event, self._time_s, self._reading())
        if move is not None:
            self._take(move)

    def _poll(self, time_s: float) -> None:
        """Look for a transition at a point of the grid, and work out when to look next."""
        move, wait_s = self._machine.poll(time_s, self._reading())
        here = round(time_s * GRID_HZ)
        if move is not None:
            self._next_poll = here + 1
            self._take(move)
        elif math.isinf(wait_s):
            self._next_poll = math.inf
        else:
            # The first point that is not certain to be quiet; a hair early, for rounding.
            self._next_poll = max(here + 1, math.floor((time_s + wait_s) * GRID_HZ - 1e-6))

    def _take(self, move: Move) -> None:
        self._settle()
        passage = self._machine.take(move, self._time_s)
        self._gain = self._heart.nature.gain * self._machine.leaf.gain
        self._records.append(
            Record(passage.time_s, "transition", passage.to_state, passage.from_state, 1.0, passage.reason)
        )
        self._changed()
        self._tell(passage)

    def _tell(self, passage: Passage) -> None:
        """Call the callbacks, which may set off further moves."""
        if self._depth >= _MAX_DEPTH:
            raise ParameterError(
                f"callbacks of {self.name!r} set each other off without end, last {passage.to_state!r}"
            )
        self._depth += 1
        try:
            for kind, names in (
                ("exit", passage.exited),
                ("transition", (passage.to_state,)),
                ("enter", passage.entered),
            ):
                for state, callback in tuple(self._callbacks[kind]):
                    if state is None or state in names:
                        callback(passage)
        finally:
            self._depth -= 1

    def _reading(self) -> Reading:
        heart, now = self._heart, self._time_s
        entered_s = now - self._machine.time_in_state(now)
        return Reading(
            heart.feelings,
            heart.nature,
            heart.relations,
            last_event_s=self._last_event_s,
            time_s=now,
            entered_s=entered_s,
        )

    def _settle(self) -> None:
        if not self._display.is_plain:
            self._display.settle(self._time_s, self._open_at)

    def _felt_at(self, time_s: float) -> _Array:
        return felt_now(self._heart.feelings.at(time_s).x, self._heart.nature.inhibition)

    def _open_at(self, time_s: float) -> _Array:
        """What would be shown if nothing were hidden: what is felt, but at least the state's tone."""
        felt = self._felt_at(time_s)
        if not self._has_tone:
            return felt
        out: _Array = np.maximum(felt, self._machine.tone(time_s))
        return out

    def _show(self) -> None:
        now = self._time_s
        if self._shown_affect is not None and self._shown_s == now:
            return
        self._shown_s = now
        display = self._display
        if display.is_plain:
            self._shown_affect = self._affect(self._open_at(now)) if self._has_tone else self.felt
            self._voice_affect = self._shown_affect
            return
        self._settle()
        shown, hidden = display.apply(self._open_at(now), now)
        self._shown_affect = self._affect(display.leak_face(shown, now))
        self._voice_affect = self._affect(display.leak_voice(shown, hidden))

    def _mood(self) -> tuple[float, float, float]:
        v = self._heart.feelings.at(self._time_s).v
        return mood_at((float(v[0]), float(v[1]), float(v[2])), self._heart.nature.base_mood)

    def _affect(self, intensities: _Array) -> Affect:
        """An affect over the present mood; the same as :func:`~.dynamics.affect_point`, without arrays."""
        intensities.setflags(write=False)
        total = float(intensities.sum())
        point = (intensities @ CATEGORY_PAD).tolist()
        many, left = max(1.0, total), max(0.0, 1.0 - total)
        vad = [
            min(1.0, max(-1.0, p / many + left * (m - b)))
            for p, m, b in zip(point, self._mood(), self._heart.nature.base_mood, strict=True)
        ]
        return Affect(intensities, vad[0], vad[1], vad[2])


def _agent(name: str, value: object) -> str | None:
    return None if value is None else check_text(name, value, max_length=200)
