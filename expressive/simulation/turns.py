"""The turns of a run: lines are said, options offered, and what is chosen has its consequences.

Everything that is to happen waits in a queue of steps; a step that takes time holds up those behind it.
"""

from __future__ import annotations

import zlib
from collections import deque
from typing import Any, Literal

import numpy as np

from expressive.character.profile import CharacterProfile
from expressive.core.errors import ExpressiveError
from expressive.simulation.cast import bring_up, plain_words
from expressive.simulation.conditions import agitation
from expressive.simulation.record import Award, Decision, Entry, Peak, Push, Record, Sample
from expressive.simulation.scenario import NOBODY, Happening, Intent, Line, Option, Outcome, Scenario, Stage, as_lines
from expressive.simulation.understanding import Understanding
from expressive.simulation.view import holds
from expressive.stage.actor import Actor
from expressive.stage.clock import TICK_RATE_HZ, TickClock
from expressive.stage.utterance import Utterance

__all__ = ["REACTION_S", "Phase", "Turns", "line_duration_s"]

REACTION_S = 0.9
"""How long a character takes in what was said before the answer; feelings rise meanwhile."""

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


class Turns:
    """Where a run stands, and what comes next; :class:`expressive.simulation.run.Run` adds time and people.

    Parameters
    ----------
    scenario : Scenario
        what is played
    people : dict[str, CharacterProfile]
        who of the cast has a mind
    seed : int
        seed of all chance
    embodied, live : bool
        as for :class:`~expressive.stage.actor.Actor`
    heard : dict[int, int] | None
        for a replay: tick at which each spoken line began → tick at which it had ended
    """

    def __init__(
        self,
        scenario: Scenario,
        people: dict[str, CharacterProfile],
        *,
        seed: int,
        embodied: bool,
        live: bool,
        heard: dict[int, int] | None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.world = bring_up(scenario, people, seed=seed, embodied=embodied, live=live)
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
        self._heard = heard
        self._state = self.subject.state

    @property
    def ticks(self) -> int:
        """Ticks since the beginning."""
        return self._clock.ticks

    @property
    def time_s(self) -> float:
        """Time since the beginning [unit=s]."""
        return self._clock.time_s

    @property
    def ending(self) -> Outcome | None:
        """The outcome, once it is reached."""
        return self.scenario.outcomes[self.outcome] if self.outcome is not None else None

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
        if self.scenario.shuffle:
            offered = self._shuffled(offered)
        self.phase, self.offered, self.opened_s = "choosing", offered, self.time_s
        self.openings += 1
        limit_s = self._here.time_limit_s
        self.deadline_s = None if limit_s is None else self.time_s + limit_s

    def _shuffled(self, offered: tuple[str, ...]) -> tuple[str, ...]:
        """The same order whenever this run comes to this stage, so that what-ifs offer what was offered."""
        assert self.stage is not None
        rng = np.random.default_rng([self.seed, zlib.crc32(self.stage.encode())])
        order = list(self._here.options)
        place = dict(zip(order, rng.permutation(len(order)).tolist(), strict=True))
        return tuple(sorted(offered, key=lambda name: place[name]))

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
        self._begin(
            [("_hear", (text,)), ("_remarks", (remarks, False)), ("_consequences", (name,)), ("_turn", (name,))]
        )

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
            self.record.inputs.append({"tick": self._heard[begun], "kind": "heard", "since": begun})
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
