"""One run through a scenario: lines, choices and what they do, on the clock of those who feel them.

A run is driven from outside by time (:meth:`Run.update`) and by what people do: :meth:`Run.choose`, :meth:`Run.say` and
the instructor's :meth:`Run.override`. Each of these is noted with its tick, so that the run can be played again bit by bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from expressive.core.checks import check_choice, check_number, check_text
from expressive.core.errors import ExpressiveError, ParameterError
from expressive.simulation.cast import bring_up, fingerprint, plain_words, profiles
from expressive.simulation.conditions import agitation
from expressive.simulation.record import Award, Decision, Entry, Peak, Push, Record, Sample
from expressive.simulation.scenario import NOBODY, Happening, Intent, Line, Option, Outcome, Scenario, Stage, as_lines
from expressive.simulation.understanding import LONGEST_TEXT, Understanding, understand
from expressive.simulation.view import holds
from expressive.stage.actor import Actor
from expressive.stage.clock import TICK_RATE_HZ, TICK_S, TickClock
from expressive.stage.utterance import Utterance

__all__ = ["LONGEST_S", "OVERRIDES", "REACTION_S", "Run", "line_duration_s"]

LONGEST_S = 3600.0
"""A run that is longer than an hour is taken for one that never ends."""
REACTION_S = 0.9
"""How long a character takes in what was said before the answer; feelings rise meanwhile."""
OVERRIDES = ("event", "feel", "go", "note")
"""What an instructor can do."""

_SAMPLE_TICKS = TICK_RATE_HZ // 4
_SPOKEN_S_PER_CHARACTER = 1 / 15  # 180 words a minute
_SHORTEST_LINE_S = 1.2
_DEED_S = 2.5  # something is done, however many words tell of it
_LONGEST_NARRATION_S = 8.0  # reading goes on while the scene stands still
_NARRATION = ""

Phase = Literal["playing", "choosing", "over"]


def line_duration_s(text: str) -> float:
    """How long words without tags take where nobody's voice tells [unit=s].

    >>> round(line_duration_s("Good evening. I am Officer Hale."), 2)
    2.13
    """
    return max(_SHORTEST_LINE_S, len(text) * _SPOKEN_S_PER_CHARACTER)


class Run:
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
    >>> from expressive.simulation.scenario import Option, Outcome
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
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        people = profiles(scenario, folder)
        self.fingerprint = fingerprint(scenario, people)
        self.world = bring_up(scenario, people, seed=self.seed, embodied=embodied, live=live)
        self.subject: Actor = self.world[scenario.subject]
        self.embodied = embodied
        self.record = Record()
        self.phase: Phase = "playing"
        self.stage: str | None = None
        self.outcome: str | None = None
        self.offered: tuple[str, ...] = ()
        self.opened_s = 0.0
        self.deadline_s: float | None = None
        self.stage_since_s = self.state_since_s = 0.0
        self.openings = 0
        """how often options have been offered"""
        self.unclear = 0
        self.said: list[str] = []
        self.visited: list[str] = []
        self.last_event_s: dict[str, float] = {}
        self.caption: Entry | None = None
        """what is being said or shown now"""
        self._clock = TickClock()
        self._queue: deque[tuple[str, tuple[Any, ...]]] = deque([("_enter", (scenario.start,))])
        self._until = 0
        self._spoken: tuple[Utterance, int, float] | None = None
        self._heard = dict(heard) if heard is not None else None
        self._state = self.subject.state
        self._sample()
        self._go_on()

    # ---- time ----------------------------------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """Ticks since the beginning."""
        return self._clock.ticks

    @property
    def time_s(self) -> float:
        """Time since the beginning [unit=s]."""
        return self._clock.time_s

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
            raise ExpressiveError(f"{self.scenario.title!r} is not over after {minutes:g} minutes; does it run in a circle?")

    def _go_on(self) -> None:
        """Do what is next, as long as nothing has to be waited for."""
        while self.phase == "playing" and not self._is_waiting():
            self.caption = None
            if not self._queue:
                raise AssertionError("a run always has a next step until it is over")
            step, arguments = self._queue.popleft()
            getattr(self, step)(*arguments)

    def _is_waiting(self) -> bool:
        if self._spoken is not None:
            line, begun, pause_s = self._spoken
            if line.speaking:
                return True
            if line.error is not None:
                raise line.error
            self.record.inputs.append({"tick": self.ticks, "kind": "heard", "since": begun})
            self._spoken = None
            self._wait(pause_s)
        return self.ticks < self._until

    def _wait(self, seconds: float) -> None:
        self._until = self.ticks + round(seconds * TICK_RATE_HZ)

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

    # ---- the turns -----------------------------------------------------------------------------------------------

    @property
    def _here(self) -> Stage:
        assert self.stage is not None
        return self.scenario.stages[self.stage]

    def _begin(self, steps: list[tuple[str, tuple[Any, ...]]]) -> None:
        """Leave the choice, and do this next in place of whatever was to come."""
        self.phase, self.offered, self.deadline_s = "playing", (), None
        self._queue = deque(steps)

    def _enter(self, name: str) -> None:
        stage = self.scenario.stages[name]
        self.stage, self.stage_since_s, self.unclear = name, self.time_s, 0
        self.visited.append(name)
        self._tell("stage", _NARRATION, stage.title or name)
        for happening in stage.events:
            self._happen(happening, stage.title or name)
        steps: list[tuple[str, tuple[Any, ...]]] = [("_narrate", (stage.scene,))] if stage.scene else []
        steps += [("_speak", (line,)) for line in as_lines(stage.says)]
        self._queue.extend([*steps, ("_open", ())])

    def _open(self) -> None:
        offered = tuple(name for name, option in self._here.options.items() if holds(self, option.when))
        if not offered:
            self._turn(None)
            return
        self.phase, self.offered, self.opened_s = "choosing", offered, self.time_s
        self.openings += 1
        limit_s = self._here.time_limit_s
        self.deadline_s = None if limit_s is None else self.time_s + limit_s

    def _time_out(self) -> None:
        option = self._here.timeout
        assert option is not None
        self._tell("timeout", self.scenario.trainee, f"nothing for {self._here.time_limit_s:g} s")
        self._decide(option, "timeout")

    def _decide(self, name: str, how: str, said: str = "", meant: Understanding | None = None) -> None:
        option = self._here.options[name]
        assert self.stage is not None
        found = tuple(meant.found.get(name, ())) if meant is not None else ()
        self.record.decisions.append(
            Decision(
                self.opened_s,
                self.time_s,
                self.stage,
                name,
                how,
                said,
                found,
                self.offered,
                self._here.time_limit_s,
                self.now(),
            )
        )
        spoken = option.spoken or bool(said)
        text = said or option.text
        self._tell("trainee" if spoken else "deed", self.scenario.trainee, text)
        remarks = meant.intents if meant is not None else ()
        self._begin([("_hear", (text,)), ("_remarks", (remarks, False)), ("_consequences", (name,)), ("_turn", (name,))])

    def _hear(self, text: str) -> None:
        """The trainee's words take their time, and everybody listens."""
        self.caption = self.record.entries[-1]
        for actor in self.world.actors.values():
            actor.listen(True)
        self._wait(line_duration_s(text) if self.caption.kind == "trainee" else _DEED_S)

    def _remarks(self, names: tuple[str, ...], alone: bool) -> None:
        """What own words do besides taking an option, or, ``alone``, instead."""
        for name in names:
            intent = self.scenario.intents[name]
            self._work(intent, intent.label, None)
        if alone:
            self._wait(REACTION_S)
            replies = [as_lines(self.scenario.intents[name].reply) for name in names]
            self._queue.appendleft(("_answer", (next((lines for lines in replies if lines), ()),)))

    def _consequences(self, name: str) -> None:
        option = self._here.options[name]
        self._work(option, option.title, len(self.record.decisions) - 1)
        self._wait(REACTION_S)
        self._queue.appendleft(("_answer", (as_lines(option.reply),)))

    def _work(self, done: Option | Intent, what: str, decision: int | None) -> None:
        for happening in done.events:
            self._happen(happening, what)
        for dimension, score in done.scores.items():
            self.record.awards.append(Award(self.time_s, dimension, score.points, score.why, what, decision))

    def _happen(self, happening: Happening, what: str) -> None:
        if not holds(self, happening.when):
            return
        to = happening.to or self.scenario.subject
        by = None if happening.by == NOBODY else happening.by or self.scenario.trainee
        self.world.event(happening.event, to=to, by=by, intensity=happening.intensity)
        self.last_event_s[happening.event] = self.time_s
        self.record.pushes.append(Push(self.subject.time_s, happening.event, what))
        self._tell("event", to, happening.event)

    def _turn(self, option: str | None) -> None:
        """After a turn: the first way whose condition holds, or the same stage again after own words."""
        if self.stage is None:
            return
        own_words = option is None and bool(self._here.options)
        ways = self.scenario.always if own_words else self.scenario.ways(self.stage, option)
        for way in ways:
            if holds(self, way.when):
                self._go(way.to)
                return
        if own_words and self._any_offered():
            self._queue.append(("_open", ()))
            return
        # Own words, or a stage whose options are all closed: what the stage itself says is left.
        for way in self.scenario.ways(self.stage, None):
            if holds(self, way.when):
                self._go(way.to)
                return
        raise ExpressiveError(f"nothing leads on from stage {self.stage!r}; give it a 'next' without a condition")

    def _any_offered(self) -> bool:
        return any(holds(self, option.when) for option in self._here.options.values())

    def _go(self, to: str) -> None:
        if to in self.scenario.stages:
            self._queue.append(("_enter", (to,)))
            return
        outcome = self.scenario.outcomes[to]
        self.outcome = to
        self._tell("outcome", _NARRATION, outcome.title)
        for happening in outcome.events:
            self._happen(happening, outcome.title)
        self._queue.extend(("_speak", (line,)) for line in as_lines(outcome.says))
        self._queue.append(("_linger", ()))

    def _linger(self) -> None:
        """Let the last feelings come up before the end is measured."""
        self._wait(2.0)
        self._queue.append(("_end", ()))

    def _end(self) -> None:
        self._sample()
        self.phase = "over"

    # ---- lines ---------------------------------------------------------------------------------------------------

    def _narrate(self, text: str) -> None:
        self._tell("scene", _NARRATION, text)
        self.caption = self.record.entries[-1]
        self._wait(min(line_duration_s(text), _LONGEST_NARRATION_S))

    def _answer(self, lines: tuple[Line, ...]) -> None:
        """Say the first line whose condition holds."""
        line = next((line for line in lines if holds(self, line.when)), None)
        if line is not None:
            self._speak(line, checked=True)

    def _speak(self, line: Line, *, checked: bool = False) -> None:
        if not checked and not holds(self, line.when):
            return
        if line.who == NOBODY:
            self._narrate(plain_words(line.say))
            return
        who = line.who or self.scenario.subject
        if line.do is not None and who in self.world.actors:
            self.world[who].gesture(line.do)
        self._tell("line", who, plain_words(line.say))
        self.caption = self.record.entries[-1]
        begun = self.ticks
        if self._heard is not None and begun in self._heard:
            self._until = self._heard[begun] + round(line.pause * TICK_RATE_HZ)
        elif self.embodied and who in self.world.actors:
            spoken = self.world.say(who, line.say, to=self.scenario.trainee)
            self._spoken = spoken, begun, line.pause
        else:
            self._wait(line_duration_s(plain_words(line.say)) + line.pause)

    # ---- what is kept --------------------------------------------------------------------------------------------

    def now(self) -> Sample:
        """The subject at this moment."""
        subject = self.subject
        felt = subject.felt
        trust = subject.relation(self.scenario.trainee).trust
        return Sample(self.time_s, felt, subject.shown, agitation(felt), trust, subject.state)

    def _sample(self) -> None:
        now = self.now()
        self.record.samples.append(now)
        if self.record.peak is None or now.agitation > self.record.peak.sample.agitation:
            causes = (*self.subject.why("anger"), *self.subject.why("fear"))
            self.record.peak = Peak(now, tuple(sorted(causes, key=lambda cause: -cause.remaining)))

    def _tell(self, kind: str, who: str, text: str) -> None:
        self.record.entries.append(Entry(self.time_s, kind, who, text))

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

    @property
    def ending(self) -> Outcome | None:
        """The outcome, once it is reached."""
        return self.scenario.outcomes[self.outcome] if self.outcome is not None else None

    def close(self) -> None:
        """Let go of the cast; may be called again."""
        self.world.close()
