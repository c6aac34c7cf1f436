"""The voice of a character on a pygame mixer channel: streamed, resampled, stopped at once, and followed by the lips.

What happens is posted as pygame events of the types :data:`LINE_STARTED`, :data:`WORD`, :data:`MARK`,
:data:`LINE_ENDED` and :data:`STATE_CHANGED`. Each has ``actor``, and, but the last, ``line``.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import MissingDependency
from expressive.core.speech import SpeechTrack
from expressive.links.resampling import StreamResampler

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # a library prints nothing
try:
    import pygame
except ImportError as error:
    raise MissingDependency("pygame", extra="pygame") from error

__all__ = [
    "LINE_ENDED",
    "LINE_STARTED",
    "MARK",
    "STATE_CHANGED",
    "WORD",
    "MixerVoice",
    "SpeakingActor",
    "SpokenLine",
    "advance",
]

LINE_STARTED = pygame.event.custom_type()
"""A line begins to sound: ``actor``, ``line``."""
WORD = pygame.event.custom_type()
"""A word begins to sound: ``actor``, ``line``, ``word`` (:class:`~expressive.core.speech.Word`)."""
MARK = pygame.event.custom_type()
"""A mark is reached: ``actor``, ``line``, ``mark`` (its name)."""
LINE_ENDED = pygame.event.custom_type()
"""A line is over: ``actor``, ``line``, ``cut`` (whether it was broken off)."""
STATE_CHANGED = pygame.event.custom_type()
"""The emotion machine has moved: ``actor``, ``state``, ``previous``."""

_log = logging.getLogger(__name__)

_TICK_S = 1.0 / 120.0  # an actor's own step
_LATENCY_S = 0.023  # two buffers of 512 samples at 44.1 kHz, pygame's default
_PIECE_S = 0.010  # shorter pieces would be many objects for little
_SAFE_S = 0.030  # before a queued piece begins, it is left alone; more than one buffer of the mixer
_FETCH_S = 60.0  # at most at once; more than is ever made ahead
_no_device = threading.Event()
_AHEAD_S = 0.15  # sound in store, so that a slow frame of the game is not heard


class SpokenLine(Protocol):
    """A line that is being spoken; :class:`expressive.stage.utterance.Utterance` is one."""

    lookahead_s: float
    """how far the sound is made ahead of the playhead"""

    @property
    def sample_rate(self) -> int:
        """Samples in a second [unit=Hz]."""

    @property
    def track(self) -> SpeechTrack:
        """Words and marks."""

    def track_until(self, time_s: float) -> SpeechTrack:
        """Those that begin up to a moment."""

    @property
    def duration_s(self) -> float:
        """Length; exact once the line has ended."""

    @property
    def started(self) -> bool:
        """Whether sound has begun."""

    @property
    def spoken_s(self) -> float:
        """Playhead of the actor."""

    def heard(self, start_s: float, end_s: float) -> npt.NDArray[np.float32]:
        """Samples of a stretch, as far as they are made."""

    def played(self, position_s: float) -> None:
        """Take the position of the sound device."""


class SpeakingActor(Protocol):
    """A character on a clock; :class:`expressive.stage.actor.Actor` is one."""

    @property
    def state(self) -> str:
        """State of the emotion machine."""

    @property
    def line(self) -> Any:
        """The :class:`SpokenLine` that is being prepared or heard, or None."""

    def update(self, dt_s: float) -> None:
        """Let time pass."""


@dataclass(eq=False)
class _Piece:
    """A stretch of a line on its way through the mixer."""

    line: SpokenLine
    sound: pygame.mixer.Sound
    start_s: float
    end_s: float


class MixerVoice:
    """The voice of an actor on a mixer channel.

    Call :meth:`update` once in every frame instead of the actor's own, as
    :class:`~expressive.links.pygame.CharacterSprite` does.

    Parameters
    ----------
    actor : SpeakingActor
        who speaks
    channel : pygame.mixer.Channel | None
        where; by default a free one is taken for each line, and one is added where none is free
    volume : float [range=[0, 1]]
        loudness
    pan : float [range=[-1, 1]]
        from the left to the right
    silent : bool
        whether to make no sound on purpose
    latency_s : float [range=[0, 1], unit=s]
        time from the mixer to the ear; the default fits pygame's default buffer
    clock : Callable[[], float]
        seconds of real time; sound plays in real time, whatever the game's clock does
    """

    def __init__(
        self,
        actor: SpeakingActor,
        *,
        channel: pygame.mixer.Channel | None = None,
        volume: float = 1.0,
        pan: float = 0.0,
        silent: bool = False,
        latency_s: float = _LATENCY_S,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.actor = actor
        self.volume = check_number("volume", volume, 0.0, 1.0)
        self.pan = check_number("pan", pan, -1.0, 1.0)
        self._latency_s = check_number("latency_s", latency_s, 0.0, 1.0)
        self._given = channel
        self._channel = channel
        self._clock = clock
        self._silent = silent
        self._state = actor.state
        self._line: SpokenLine | None = None
        self._resampler: StreamResampler | None = None
        self._taken = 0  # samples of the line that were fetched
        self._whole = False  # whether these are all
        self._sent_s = 0.0  # how much of it has gone to the mixer
        self._outbox: list[tuple[SpokenLine, npt.NDArray[np.float32]]] = []
        self._pieces: list[_Piece] = []  # the one that plays, and the one behind it
        self._since = 0.0  # when the first of them began
        self._told = [0, 0]  # words and marks that were announced

    @property
    def audible(self) -> bool:
        """Whether there is a sound device to speak through."""
        return not self._silent and pygame.mixer.get_init() is not None

    @property
    def position_s(self) -> float | None:
        """How much of the line has been heard [unit=s]; None when nothing is being said."""
        if self._line is None:
            return None
        self._pass_pieces()
        if not self._pieces:
            return self._line.spoken_s  # nothing sounds: the actor's own clock counts
        return self._device_s()

    def update(self, dt_s: float) -> None:
        """Let the actor's time pass, in step with the sound.

        Parameters
        ----------
        dt_s : float [unit=s]
            the step of the game's clock
        """
        advance(self.actor.update, [self], dt_s)

    def lead(self, remaining_s: float) -> bool:
        """Tell the line where the sound device will be, seen from a step's end; :func:`advance` calls this.

        Parameters
        ----------
        remaining_s : float [unit=s]
            how much of the step is still to come after the next tick

        Returns
        -------
        bool
            whether there is a sound to follow; otherwise the actor's own clock counts
        """
        if self._line is None or self._resampler is None or not self.audible:
            return False
        self._pass_pieces()
        if not self._pieces and self._whole:
            return False
        # Where the device has run dry, the actor waits for it instead of speaking on unheard.
        heard_s = self._device_s() if self._pieces else self._sent_s
        self._line.played(max(0.0, heard_s - remaining_s))
        return True

    def follow(self) -> None:
        """Play what was made, and post what happened; :func:`advance` calls this after a step."""
        if self.actor.state != self._state:
            previous, self._state = self._state, self.actor.state
            self._post(STATE_CHANGED, state=self._state, previous=previous)
        line = self.actor.line
        if self._line is not None and line is not self._line:
            self._finish(self._line)
        if self._line is None and line is not None and line.started:
            self._begin(line)
        if self._line is not None:
            self._fetch(self._line)
            self._announce(self._line, self.position_s or 0.0)
        self._feed()

    def stop(self) -> None:
        """Fall silent at once. The actor's line goes on silently; stop it as well with ``line.stop()``."""
        self._resampler = None
        self._outbox.clear()
        self._pass_pieces()
        if self._channel is not None and self._pieces:
            # Halting a channel starts the sound that is queued on it, so it is halted until nothing follows.
            while self._channel.get_busy():
                self._channel.stop()
        self._pieces.clear()

    def _device_s(self) -> float:
        """How much of the line has been heard, by the piece that plays."""
        first = self._pieces[0]
        if first.line is not self._line:  # the end of the last line still sounds
            return 0.0
        return max(0.0, min(first.end_s, first.start_s + self._clock() - self._since - self._latency_s))

    def _begin(self, line: SpokenLine) -> None:
        self._line, self._taken, self._whole, self._sent_s, self._told = line, 0, False, 0.0, [0, 0]
        if not self._silent and _mixer_is_open():
            line.lookahead_s = max(line.lookahead_s, _AHEAD_S)
            self._resampler = StreamResampler(line.sample_rate, _mixer_format()[0])
        self._post(LINE_STARTED, line=line)

    def _finish(self, line: SpokenLine) -> None:
        """Let the last of the line be heard, or break it off if it was stopped."""
        cut = line.spoken_s < line.duration_s - 1e-3
        if cut:
            self.stop()
        else:
            self._fetch(line)
            self._announce(line, math.inf)
        self._line = self._resampler = None
        self._post(LINE_ENDED, line=line, cut=cut)

    def _fetch(self, line: SpokenLine) -> None:
        """Take what has been made of the line since the last time."""
        if self._resampler is None or not self.audible:
            return
        start_s = self._taken / line.sample_rate
        samples = line.heard(start_s, start_s + _FETCH_S)
        if len(samples) and self._whole:  # the line turned out longer than it seemed
            self._resampler, self._whole = StreamResampler(line.sample_rate, _mixer_format()[0]), False
        self._taken += len(samples)
        if len(samples):
            self._outbox.append((line, self._resampler.push(samples)))
        if not self._whole and self._taken >= round(line.duration_s * line.sample_rate):
            self._outbox.append((line, self._resampler.flush()))
            self._whole = True

    def _feed(self) -> None:
        """Give what waits to the channel: it plays one piece and holds one more, and joins them without a gap."""
        if not self.audible:
            self._outbox.clear()
            return
        self._pass_pieces()
        while self._outbox:
            line = self._outbox[0][0]
            count = next((i for i, (owner, _) in enumerate(self._outbox) if owner is not line), len(self._outbox))
            samples = np.concatenate([part for _, part in self._outbox[:count]])
            length_s = len(samples) / _mixer_format()[0]
            if line is self._line and not self._whole and length_s < _PIECE_S:
                return
            if len(self._pieces) > 1 and not self._may_extend(line):
                return
            del self._outbox[:count]
            if len(samples):
                piece = _Piece(line, self._sound(samples), self._sent_s, self._sent_s + length_s)
                self._sent_s = piece.end_s
                self._send(piece)
            if line is not self._line:
                self._sent_s = 0.0  # what follows begins a line

    def _may_extend(self, line: SpokenLine) -> bool:
        """Whether the piece that is queued is of this line and will not begin in the next moment."""
        playing, queued = self._pieces
        left_s = playing.end_s - playing.start_s - (self._clock() - self._since)
        return queued.line is line and left_s > _SAFE_S

    def _send(self, piece: _Piece) -> None:
        if len(self._pieces) > 1 and self._channel is not None:
            queued = self._pieces[1]
            joined = pygame.mixer.Sound(buffer=queued.sound.get_raw() + piece.sound.get_raw())
            self._channel.queue(joined)  # takes the place of the one that is queued
            if self._channel.get_sound() is queued.sound:  # … unless that one has just begun
                self._channel.queue(piece.sound)
            else:
                piece = _Piece(piece.line, joined, queued.start_s, piece.end_s)
                self._pieces.pop()
        elif self._pieces and self._channel is not None:
            self._channel.queue(piece.sound)
        else:
            if self._given is None and (self._channel is None or self._channel.get_busy()):
                self._channel = _free_channel()  # the game may have taken the old one while it was idle
            assert self._channel is not None
            self._channel.play(piece.sound)
            self._since = self._clock()
        self._pieces.append(piece)

    def _pass_pieces(self) -> None:
        """Forget the pieces that have been played."""
        if not self.audible:
            self._pieces.clear()
        if not self._pieces or self._channel is None:
            return
        playing = self._channel.get_sound() if self._channel.get_busy() else None
        while self._pieces and self._pieces[0].sound is not playing:
            passed = self._pieces.pop(0)
            if self._pieces:
                # Pieces join without a gap, so the next began when this one was due to end.
                now, following = self._clock(), self._pieces[0]
                due = self._since + passed.end_s - passed.start_s
                self._since = min(now, max(due, now - (following.end_s - following.start_s)))

    def _announce(self, line: SpokenLine, until_s: float) -> None:
        """Post the words and marks that have been reached."""
        track = line.track if until_s == math.inf else line.track_until(until_s)
        while self._told[0] < len(track.words) and track.words[self._told[0]].start_s <= until_s:
            self._post(WORD, line=line, word=track.words[self._told[0]])
            self._told[0] += 1
        while self._told[1] < len(track.marks) and track.marks[self._told[1]].time_s <= until_s:
            self._post(MARK, line=line, mark=track.marks[self._told[1]].name)
            self._told[1] += 1

    def _post(self, kind: int, **values: Any) -> None:
        if pygame.display.get_init():  # the queue belongs to the display
            with suppress(pygame.error):  # a game that never looks at its events lets the queue run full
                pygame.event.post(pygame.event.Event(kind, actor=self.actor, **values))

    def _sound(self, samples: npt.NDArray[np.float32]) -> pygame.mixer.Sound:
        """Samples in the mixer's own format."""
        _, size, channels = _mixer_format()
        angle = (self.pan + 1) * math.pi / 4  # constant power
        left, right = (min(1.0, math.sqrt(2) * side) for side in (math.cos(angle), math.sin(angle)))
        gains = np.zeros(channels, np.float32)
        gains[:2] = (left, right)[:channels] if channels > 1 else 1.0
        y = np.clip(samples[:, None] * gains * self.volume, -1.0, 1.0)
        if size == 32:
            data = y.astype(np.float32)
        else:
            bits = abs(size)
            steps = np.clip(np.rint(y * 2.0 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            data = (steps if size < 0 else steps + 2 ** (bits - 1)).astype(f"{'i' if size < 0 else 'u'}{bits // 8}")
        return pygame.mixer.Sound(buffer=np.ascontiguousarray(data).tobytes())


def advance(step: Callable[[float], None], voices: Iterable[MixerVoice], dt_s: float) -> None:
    """Let time pass for actors, so that their lips follow what is heard of their voices.

    A :class:`~expressive.links.pygame.CharacterSprite` does this for its actor. Where one clock moves several, as a
    :class:`~expressive.stage.world.World` does, call ``advance(world.update, voices, dt_s)`` once in every frame.

    Parameters
    ----------
    step : Callable[[float], None]
        lets so many seconds pass, such as ``actor.update`` or ``world.update``
    voices : Iterable[MixerVoice]
        the voices of the actors that it moves
    dt_s : float [range=[0, 86400], unit=s]
        the step of the game's clock

    Raises
    ------
    ParameterError
        If the step is negative or not finite.
    """
    remaining_s = check_number("dt_s", dt_s, 0.0, 86_400.0)
    voices = list(voices)
    while True:
        # Tick by tick, because a line that is ahead of its sound waits for one tick after each report.
        tick_s = min(remaining_s, _TICK_S)
        followed = [voice.lead(remaining_s - tick_s) for voice in voices]
        if not any(followed):
            tick_s = remaining_s
        step(tick_s)
        remaining_s -= tick_s
        if remaining_s <= 1e-9:
            break
    for voice in voices:
        voice.follow()


def _mixer_is_open() -> bool:
    """Whether the mixer runs; it is opened if the game has not done so."""
    if pygame.mixer.get_init() is not None:
        return True
    # Tried once: to find that there is no device takes a tenth of a second, in which a game stands still.
    if not _no_device.is_set():
        try:
            pygame.mixer.init()
            return True
        except pygame.error as error:
            _no_device.set()
            _log.warning("no sound device (%s): characters speak silently, their faces and clocks go on", error)
    return False


def _mixer_format() -> tuple[int, int, int]:
    """Rate [unit=Hz], bits of a sample (negative when signed, 32 for floats) and number of channels."""
    found = pygame.mixer.get_init()
    assert found is not None
    return found


def _free_channel() -> pygame.mixer.Channel:
    channel = pygame.mixer.find_channel()
    if channel is None:
        count = pygame.mixer.get_num_channels()
        pygame.mixer.set_num_channels(count + 1)
        channel = pygame.mixer.Channel(count)
    return channel
