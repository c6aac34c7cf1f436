"""Plays a script's beats on a world, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from expressive.stage.clock import TICK_S
from expressive.stage.script import (
    CaptionBeat,
    DoBeat,
    EventBeat,
    FeelBeat,
    LookBeat,
    MaskBeat,
    SayBeat,
    SceneBeat,
    Script,
    UnmaskBeat,
    WaitBeat,
    WaitForBeat,
)
from expressive.stage.utterance import Utterance
from expressive.stage.world import World

__all__ = ["Director", "Line"]

READING_S_PER_CHARACTER = 1 / 17
"""Reading speed of subtitles: 17 characters a second (BBC Subtitle Guidelines: 160-180 words a minute)."""
SHORTEST_CAPTION_S = 1.4


@dataclass
class Line:
    """Words of the scene: spoken by an actor, or standing on the picture."""

    who: str | None
    """cast name; None for a caption"""
    label: str
    """name for the subtitle"""
    text: str
    start_s: float
    end_s: float | None = None
    utterance: Utterance | None = None
    """the sound, if there is any"""


class Director:
    """Reads the beats and lets them happen when their time has come.

    Parameters
    ----------
    script : Script
        the scene
    world : World
        its cast
    """

    def __init__(self, script: Script, world: World) -> None:
        self.script = script
        self.world = world
        self.lines: list[Line] = []
        self.background = script.background
        self._next = 0
        self._blocked: Callable[[], bool] = lambda: False

    @property
    def finished(self) -> bool:
        """Whether the last beat is over and nobody speaks."""
        idle = all(actor.line is None for actor in self.world.actors.values())
        return self._next >= len(self.script.script) and not self._blocked() and idle

    def advance(self) -> None:
        """Let every beat happen that is due at the world's time; call it before each tick."""
        self._close_lines()
        while self._next < len(self.script.script) and not self._blocked():
            self._blocked = lambda: False
            beat = self.script.script[self._next]
            self._play(beat)
            self._next += 1

    def _close_lines(self) -> None:
        for line in self.lines:
            if line.utterance is not None:
                if line.utterance.start_s is not None:
                    line.start_s = line.utterance.start_s
                if not line.utterance.speaking and line.end_s is None:
                    if line.utterance.error is not None:
                        raise line.utterance.error
                    line.end_s = self.world.time_s

    def _block_until(self, time_s: float) -> None:
        self._blocked = lambda: self.world.time_s < time_s - TICK_S / 2

    @singledispatchmethod
    def _play(self, beat: Any) -> None:
        raise AssertionError(beat)

    @_play.register
    def _say(self, beat: SayBeat) -> None:
        member = self.script.member(beat.who)
        label = member.name or beat.who.capitalize()
        now_s = self.world.time_s
        if beat.who not in self.world.actors:
            end_s = now_s + max(SHORTEST_CAPTION_S, len(beat.say) * READING_S_PER_CHARACTER)
            self.lines.append(Line(beat.who, label, beat.say, now_s, end_s))
            if beat.causes is not None and beat.to is not None:
                self.world.event(beat.causes, to=beat.to, by=beat.who, intensity=beat.intensity)
            if beat.wait:
                self._block_until(end_s + beat.pause)
            return
        line = self.world.say(beat.who, beat.say, to=beat.to, causes=beat.causes, intensity=beat.intensity, at=beat.at)
        entry = Line(beat.who, label, line.text, now_s, utterance=line)
        self.lines.append(entry)
        if beat.wait:
            self._blocked = lambda: entry.end_s is None or self.world.time_s < entry.end_s + beat.pause - TICK_S / 2

    @_play.register
    def _event(self, beat: EventBeat) -> None:
        self.world.event(beat.event, to=beat.to, by=beat.by, intensity=beat.intensity, seen_by=beat.seen_by)

    @_play.register
    def _wait(self, beat: WaitBeat) -> None:
        self._block_until(self.world.time_s + beat.wait)

    @_play.register
    def _wait_for(self, beat: WaitForBeat) -> None:
        actor, until_s = self.world[beat.who], self.world.time_s + beat.at_most
        self._blocked = lambda: not actor.is_in(beat.wait_for) and self.world.time_s < until_s

    @_play.register
    def _feel(self, beat: FeelBeat) -> None:
        for emotion, intensity in beat.feel.items():
            self.world[beat.who].feel(emotion, intensity, hold_s=beat.hold, toward=beat.toward)

    @_play.register
    def _mask(self, beat: MaskBeat) -> None:
        self.world[beat.who].mask(beat.mask, beat.strength, substitute=beat.show)

    @_play.register
    def _unmask(self, beat: UnmaskBeat) -> None:
        self.world[beat.who].unmask(None if beat.unmask == "all" else beat.unmask)

    @_play.register
    def _look(self, beat: LookBeat) -> None:
        self.world.look(beat.who, beat.look)

    @_play.register
    def _do(self, beat: DoBeat) -> None:
        self.world[beat.who].gesture(beat.do)

    @_play.register
    def _scene(self, beat: SceneBeat) -> None:
        self.background = beat.scene

    @_play.register
    def _caption(self, beat: CaptionBeat) -> None:
        now_s = self.world.time_s
        self.lines.append(Line(None, "", beat.caption, now_s, now_s + beat.for_s))
        self._block_until(now_s + beat.for_s)
