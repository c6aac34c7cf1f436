"""One run through a scenario: lines, choices and what they do, on the clock of those who feel them.

A run is driven from outside by time (:meth:`Run.update`) and by what people do: :meth:`Run.choose`, :meth:`Run.say` and
the instructor's :meth:`Run.override`. Each of these is noted with its tick, so that the run can be played again bit by
bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expressive.core.checks import check_choice, check_number, check_text
from expressive.core.errors import ExpressiveError, ParameterError
from expressive.simulation.cast import fingerprint, profiles
from expressive.simulation.record import Push
from expressive.simulation.scenario import Option, Scenario, as_lines
from expressive.simulation.turns import Turns
from expressive.simulation.understanding import LONGEST_TEXT, Understanding, understand
from expressive.stage.clock import TICK_RATE_HZ, TICK_S

__all__ = ["LONGEST_S", "OVERRIDES", "Run"]

LONGEST_S = 3600.0
"""A run that is longer than an hour is taken for one that never ends."""
OVERRIDES = ("event", "feel", "go", "note")
"""What an instructor can do."""

_SAMPLE_TICKS = TICK_RATE_HZ // 4


class Run(Turns):
    """One trainee's way through a scenario.

    Parameters
    ----------
    scenario : Scenario
        what :func:`expressive.simulation.reading.load_scenario` returned
    folder : Path
        where the cast's own files are sought
    seed : int | None
        seed of all chance; None takes the scenario's
    embodied : bool
        whether the cast has faces and voices; lines then last as long as they sound
    live : bool
        whether lines begin when their sound is there, as on a screen, instead of waiting for it
    heard : Mapping[int, int] | None
        for a replay: tick at which each spoken line began → tick at which it had ended

    Examples
    --------
    >>> from expressive.simulation.scenario import Option, Outcome, Scenario, Stage
    >>> ask = Stage(says="What now?", options={"wait": Option("Take your time.", next="end")})
    >>> scenario = Scenario(
    ...     "T", {"guard": "guard"}, "guard", "you", "ask", {"ask": ask}, {"end": Outcome("success", "End", "Over.")}
    ... )
    >>> run = Run(scenario)
    >>> run.until_choice()
    >>> run.choose("wait")
    >>> run.until_choice()
    >>> run.outcome
    'end'
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        folder: Path = Path(),
        seed: int | None = None,
        embodied: bool = False,
        live: bool = False,
        heard: Mapping[int, int] | None = None,
    ) -> None:
        people = profiles(scenario, folder)
        self.fingerprint = fingerprint(scenario, people)
        super().__init__(
            scenario,
            people,
            seed=scenario.seed if seed is None else seed,
            embodied=embodied,
            live=live,
            heard=dict(heard) if heard is not None else None,
        )
        self._sample()
        self._go_on()

    # ---- time ----------------------------------------------------------------------------------------------------

    @property
    def remaining_s(self) -> float | None:
        """How long the trainee may still think [unit=s]; None without a limit."""
        if self.phase != "choosing" or self.deadline_s is None:
            return None
        return max(0.0, self.deadline_s - self.time_s)

    def update(self, dt_s: float) -> None:
        """Let time pass; any step size gives the same run."""
        for _ in range(self._clock.due(dt_s)):
            self._tick()

    def run_ticks(self, n: int) -> None:
        """Let so many ticks pass."""
        for _ in range(n):
            self._clock.due(TICK_S)
            self._tick()

    def until_choice(self) -> None:
        """Let time pass until the trainee must choose, or all is over.

        Raises
        ------
        ExpressiveError
            If that never comes.
        """
        while self.phase == "playing":
            self.run_ticks(1)

    def _tick(self) -> None:
        self._clock.tick()
        self.world.tick()
        if self.subject.state != self._state:
            self._state, self.state_since_s = self.subject.state, self.time_s
            self._tell("state", self.scenario.subject, self._state)
        if self.ticks % _SAMPLE_TICKS == 0:
            self._sample()
        if self.phase == "choosing":
            if self.deadline_s is not None and self.time_s >= self.deadline_s:
                self._time_out()
        elif self.phase == "playing":
            self._go_on()
        if self.time_s > LONGEST_S and self.phase != "over":
            minutes = LONGEST_S / 60
            raise ExpressiveError(
                f"{self.scenario.title!r} is not over after {minutes:g} minutes; does it run in a circle?"
            )

    # ---- what people do ------------------------------------------------------------------------------------------

    @property
    def options(self) -> dict[str, Option]:
        """What is offered now, in order."""
        return {name: self._here.options[name] for name in self.offered} if self.phase == "choosing" else {}

    def choose(self, option: str) -> None:
        """Take an option that is offered.

        Raises
        ------
        ParameterError
            If nothing is to be chosen now, or this is not offered.
        """
        self._must_choose()
        check_choice("option", option, self.offered)
        self._note("choose", option=option)
        self._decide(option, "picked")

    def say(self, text: str) -> Understanding:
        """Say something in own words: the number, name or text of an option, or anything else.

        Parameters
        ----------
        text : str
            words of the trainee

        Returns
        -------
        Understanding
            what was made of them; where nothing was understood, the character asks back

        Raises
        ------
        ParameterError
            If nothing is to be chosen now, or there are no words or too many.
        """
        self._must_choose()
        text = " ".join(check_text("what you say", text, max_length=LONGEST_TEXT).split())
        if not text:
            raise ParameterError("say something, or choose an option by its number")
        if exact := self._exactly(text):
            self.choose(exact)
            return Understanding(exact)
        options = {name: option.phrases for name, option in self.options.items()}
        intents = {name: intent.phrases for name, intent in self.scenario.intents.items()}
        meant = understand(text, options, intents)
        self._note("say", text=text)
        self.said += meant.intents
        if meant.option is not None:
            self._decide(meant.option, "words", text, meant)
        elif meant.intents:
            self._tell("trainee", self.scenario.trainee, text)
            self._begin([("_hear", (text,)), ("_remarks", (meant.intents, True)), ("_turn", (None,))])
        else:
            self.unclear += 1
            note = " or ".join(self._here.options[name].title for name in meant.ambiguous)
            self._tell("trainee", self.scenario.trainee, text)
            self._tell("unclear", self.scenario.subject, f"could mean {note}" if note else "was not understood")
            lines = as_lines(self._here.unclear) or as_lines(self.scenario.unclear)
            self._begin([("_hear", (text,)), ("_answer", (lines,)), ("_open", ())])
        return meant

    def override(self, kind: str, name: str, *, intensity: float = 1.0, to: str | None = None) -> None:
        """Step in as the instructor; it is noted as the instructor's in log and report.

        Parameters
        ----------
        kind : str
            ``event`` (something happens), ``feel`` (an emotion is set), ``go`` (to a stage or outcome) or ``note``
        name : str
            the event, emotion, stage, outcome or text
        intensity : float [range=[0, 1]]
            how strong the event or emotion is
        to : str | None
            who of the cast; None is the subject

        Raises
        ------
        ParameterError
            If the run is over, or a name or number is not right.
        """
        check_choice("override", kind, OVERRIDES)
        if self.phase == "over":
            raise ParameterError("the run is over; nothing can be changed any more")
        who = self.scenario.subject if to is None else to
        intensity = check_number("intensity", intensity, 0.0, 1.0)
        shown = f" {intensity:.1f}" if kind in ("event", "feel") else ""
        text = check_text("name", name, max_length=LONGEST_TEXT)
        if kind == "event":
            self.world[who].trigger(name, intensity=intensity)
            self.last_event_s[name] = self.time_s
            self.record.pushes.append(Push(self.subject.time_s, name, "the instructor"))
        elif kind == "feel":
            self.world[who].feel(name, intensity, hold_s=2.0)
        elif kind == "go":
            check_choice("stage or outcome", name, (*self.scenario.stages, *self.scenario.outcomes))
        self._note("override", what=kind, name=text, intensity=intensity, to=to)
        self._tell("override", "instructor", f"{kind} {text}{shown}")
        if kind == "go":
            for actor in self.world.actors.values():
                actor.hush()
            self._spoken, self._until = None, 0
            self._begin([("_go", (name,))])

    def _must_choose(self) -> None:
        if self.phase != "choosing":
            raise ParameterError("there is nothing to choose now; wait until options are offered")

    def _exactly(self, text: str) -> str | None:
        """The option that is named by its number, its name or its whole text."""
        if text.isdecimal() and 1 <= int(text) <= len(self.offered):
            return self.offered[int(text) - 1]
        flat = text.casefold()
        for name, option in self.options.items():
            if flat in (name.casefold(), option.label.casefold(), option.text.casefold()):
                return name
        return None

    def _note(self, kind: str, **details: Any) -> None:
        self.record.inputs.append({"tick": self.ticks, "kind": kind, **details})

    # ---- going back ----------------------------------------------------------------------------------------------

    _KEPT = (
        *("phase", "stage", "outcome", "offered", "opened_s", "deadline_s", "stage_since_s", "state_since_s"),
        *("openings", "unclear", "caption", "_until", "_state"),
    )

    def snapshot(self) -> dict[str, Any]:
        """Everything that :meth:`restore` needs, while nobody speaks aloud.

        Raises
        ------
        ParameterError
            If somebody is speaking.
        """
        if self._spoken is not None:
            raise ParameterError("no snapshot can be taken while somebody speaks; take it when options are offered")
        kept = {name: getattr(self, name) for name in self._KEPT}
        mutable = list(self.said), list(self.visited), dict(self.last_event_s), deque(self._queue), self.record.copy()
        return {"world": self.world.snapshot(), "clock": self._clock.snapshot(), "kept": kept, "lists": mutable}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a snapshot of this run; what follows is the same again."""
        self.world.restore(state["world"])
        self._clock.restore(state["clock"])
        for name, value in state["kept"].items():
            setattr(self, name, value)
        said, visited, events, queue, record = state["lists"]
        self.said, self.visited, self.last_event_s = list(said), list(visited), dict(events)
        self._queue, self.record, self._spoken = deque(queue), record.copy(), None

    def forget_voices(self) -> None:
        """From here on lines last as long as their words, for a replay that leaves what was recorded."""
        self._heard = None

    def close(self) -> None:
        """Let go of the cast; may be called again."""
        self.world.close()
