"""A mind: events in, affect out. ``docs/processing_model.md`` says what one update does and in which order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from expressive.core.checks import check_choice, check_number, check_text
from expressive.core.errors import ParameterError, ProfileError
from expressive.emotion.appraisal import Event, Potential
from expressive.emotion.channels import CHANNELS, resolve_channel
from expressive.emotion.chart import Move
from expressive.emotion.check import check_mind
from expressive.emotion.display import EVERY_EMOTION
from expressive.emotion.history import Record
from expressive.emotion.listeners import Listeners
from expressive.emotion.log import InputLog
from expressive.emotion.machine import GRID_HZ, Passage
from expressive.emotion.readable import Readable
from expressive.emotion.reading import Reading
from expressive.emotion.relations import Relation
from expressive.emotion.spec import MindSpec

__all__ = ["SNAPSHOT_VERSION", "Mind"]


SNAPSHOT_VERSION = 1
"""Version of what :meth:`Mind.snapshot` returns."""

MAX_STEP_S = 86_400.0
_SLACK_S = 1e-9
_FOREVER_S = 1e9


class Mind(Readable):
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
        seed = int(rng.integers(0, 2**63))
        super().__init__(spec, name=check_text("name", name, max_length=200), seed=seed)
        self._listeners = Listeners(self._states)
        self._time_error_s = 0.0
        self._next_poll: float = 1
        self._busy = False
        self._log = InputLog({"name": name, "seed": seed})

    # --- time ---------------------------------------------------------------------------------------------------

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
        if time_s < self._time_s - _SLACK_S:
            raise ParameterError(f"time_s={time_s!r} lies before the present, {self._time_s!r}; time only passes")
        self._time_error_s = self._time_error_s if error_s is None else error_s
        feelings = self._heart.feelings
        self._busy = True
        try:
            while True:
                release_s, poll_s = feelings.next_release_s, self._next_poll / GRID_HZ
                if release_s <= min(time_s, poll_s):
                    self._time_s = release_s
                    self._presence.settle(self._time_s)
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
        self._presence.settle(self._time_s)
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
        self._presence.settle(self._time_s)
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
        self._presence.settle(self._time_s)
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
        self._presence.settle(self._time_s)
        self._display.mask(emotion, strength, self._time_s, substitute=substitute)
        self._note("mask", emotion=emotion, strength=strength, substitute=substitute)
        self._records.append(Record(self._time_s, "mask", emotion, substitute, strength))
        self._presence.forget()

    def unmask(self, emotion: str | None = None) -> None:
        """Take the mask off an emotion, or all masks; display rules stay."""
        self._presence.settle(self._time_s)
        self._display.unmask(emotion, self._time_s)
        self._note("unmask", emotion=emotion)
        self._records.append(Record(self._time_s, "unmask", emotion or EVERY_EMOTION))
        self._presence.forget()

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
        if names == self._audience and profile in (None, self._display.profile):
            return
        self._presence.settle(self._time_s)
        self._note("set_audience", present=list(names), profile=profile)
        self._display.profile = profile or self._display.profile
        self._audience = names
        self._display.see(self._heart.relations.groups(names))
        self._presence.forget()

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
        return self._listeners.add(kind, callback, state)

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
        try:
            self._restore(state)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ParameterError(
                f"snapshot does not fit {self.name!r} ({type(error).__name__}: {error}); "
                "restore it into a mind of the same declaration"
            ) from error
        self._log = InputLog({"snapshot": dict(state)})

    def _restore(self, state: Mapping[str, Any]) -> None:
        self._machine.restore(state["machine"])
        self._heart.restore(state["heart"])
        self._display.restore(state["display"])
        self.name = self._heart.name = str(state["name"])
        self._time_s, self._time_error_s = float(state["time_s"]), float(state["time_error_s"])
        self._next_poll = math.inf if state["next_poll"] is None else int(state["next_poll"])
        self._audience = tuple(state["audience"])
        self._display.see(self._heart.relations.groups(self._audience))
        self._last_event_s = {event: float(t) for event, t in state["last_event_s"].items()}
        self._records = deque((Record(*row) for row in state["records"]), maxlen=self._records.maxlen)
        self._gain = self._heart.nature.gain * self._machine.leaf.gain
        self._presence.forget()

    def begin(self, start: Mapping[str, Any]) -> None:
        """Begin as a log's run began, for :func:`expressive.emotion.log.replay`."""
        if "snapshot" in start:
            self.restore(start["snapshot"])
            return
        self.name = self._heart.name = start["name"]
        self._display.seed = int(start["seed"])
        self._log = InputLog(start)

    # --- the inside ---------------------------------------------------------------------------------------------

    def _note(self, kind: str, /, **arguments: object) -> None:
        self._log.add(self._time_s, kind, arguments)

    def _changed(self) -> None:
        """After any change of feelings: look for transitions at the next point of the grid."""
        self._next_poll = min(self._next_poll, math.floor((self._time_s + _SLACK_S) * GRID_HZ) + 1)
        self._presence.forget()

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
        elif wait_s > _FOREVER_S:
            self._next_poll = math.inf
        else:
            # The first point that is not certain to be quiet; a hair early, for rounding.
            self._next_poll = max(here + 1, math.floor((time_s + wait_s) * GRID_HZ - 1e-6))

    def _take(self, move: Move) -> None:
        self._presence.settle(self._time_s)
        passage = self._machine.take(move, self._time_s)
        self._gain = self._heart.nature.gain * self._machine.leaf.gain
        self._records.append(
            Record(passage.time_s, "transition", passage.to_state, passage.from_state, 1.0, passage.reason)
        )
        self._changed()
        busy, self._busy = self._busy, True
        try:
            self._listeners.tell(passage)
        finally:
            self._busy = busy

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


def _agent(name: str, value: object) -> str | None:
    return None if value is None else check_text(name, value, max_length=200)
