"""A body, its lines and a mixer channel on clocks of their own, for tests of what plays them."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pygame

from expressive.core.speech import Mark, SpeechTrack, Word
from expressive.links import mixer as link
from expressive.links.painter import ASIDE, Easel, shared_painter
from expressive.links.pygame import MixerVoice

RATE = 22050
TICK_S = 1 / 120


class Line:
    """Sound that is made a little ahead of the playhead, as an actor's line is."""

    sample_rate = RATE
    track = SpeechTrack(
        text="one two",
        duration_s=0.4,
        words=(Word("one", 0.0, 0.2, 0, 3), Word("two", 0.2, 0.4, 4, 7)),
        marks=(Mark("draw", 0.1),),
    )

    def __init__(self, samples):
        self.samples = samples
        self.lookahead_s = 0.06
        self.spoken_s = 0.0
        self.started = self.ended = False
        self.synced_s = None
        self.made = 0

    @property
    def duration_s(self):
        return self.made / RATE if self.ended else len(self.samples) / RATE

    def track_until(self, time_s):
        return self.track

    def heard(self, start_s, end_s):
        return self.samples[round(start_s * RATE) : min(self.made, round(end_s * RATE))]

    def played(self, position_s):
        self.synced_s = position_s

    def stop(self):
        self.ended = True

    def tick(self):
        if self.started:
            wanted = self.spoken_s + TICK_S if self.synced_s is None else max(self.spoken_s, self.synced_s)
        else:
            self.started, wanted = True, 0.0
        self.synced_s = None
        while self.made < min(len(self.samples), (wanted + self.lookahead_s) * RATE):
            self.made = min(len(self.samples), self.made + 441)
        self.spoken_s = min(wanted, self.made / RATE)
        if self.made == len(self.samples) and self.spoken_s >= self.made / RATE:
            self.ended = True


class Actor:
    """A body that turns from grey to red, and speaks."""

    def __init__(self):
        self.state = "calm"
        self.line = None
        self.time_s = self._ticks = 0
        self.threads = set()

    def say(self, samples):
        self.line = Line(samples)
        return self.line

    def update(self, dt_s):
        self.time_s += dt_s
        while self._ticks < int(self.time_s / TICK_S + 1e-6):
            self._ticks += 1
            if self.line is not None and not self.line.ended:
                self.line.tick()
            if self.line is not None and self.line.ended:
                self.line = None

    def frame(self, *, size=None):
        self.threads.add(threading.current_thread().name)
        picture = np.zeros((size, size, 4), np.uint8)
        picture[size // 4 :, size // 4 : -size // 4] = (200, 20 if self.state == "angry" else 200, 20, 255)
        return picture


class Channel:
    """A mixer channel on a clock of its own, which behaves as SDL's do: what is queued follows without a gap."""

    def __init__(self):
        self.now = 0.0
        self.record = []  # (when, sound) of everything that was begun
        self._playing = self._queued = None

    def _length(self, sound):
        return len(sound.get_raw()) / 4 / 44100

    def _pass(self):
        while self._playing is not None:
            start, sound = self._playing
            if self.now < start + self._length(sound):
                return
            self._begin(start + self._length(sound), self._queued)

    def _begin(self, when, sound):
        self._playing, self._queued = None if sound is None else (when, sound), None
        if sound is not None:
            self.record.append((when, sound))

    def play(self, sound):
        self._begin(self.now, sound)

    def queue(self, sound):
        self._pass()
        if self._playing is None:
            self.play(sound)
        else:
            self._queued = sound

    def stop(self):
        self._begin(self.now, self._queued)

    def get_busy(self):
        self._pass()
        return self._playing is not None

    def get_sound(self):
        self._pass()
        return self._playing and self._playing[1]

    def heard(self):
        """Start, and the samples of the left side, with silence where nothing was played."""
        begin = self.record[0][0]
        out = np.zeros(round((self.record[-1][0] + self._length(self.record[-1][1]) - begin) * 44100))
        for when, sound in self.record:
            y = np.frombuffer(sound.get_raw(), "<i2").reshape(-1, 2)[:, 0] / 32768
            at = round((when - begin) * 44100)
            out[at : at + len(y)] += y[: len(out) - at]
        return begin, out


def perform(voice, channel, duration_s, *, steps=(1 / 60,), until=lambda: False):
    """Run a game loop whose frames take the given times in turn."""
    end = channel.now + duration_s
    for step in itertools.cycle(steps):
        if channel.now > end or until():
            return
        channel.now += step
        voice.update(step)


def voice_on(channel, actor, **options):
    return MixerVoice(actor, channel=channel, clock=lambda: channel.now, **options)


def wait_for_the_faces():
    """Until everything that was asked for is drawn."""
    last = Easel(lambda: None, fps=1, aside_fps=1)
    last.importance = ASIDE - 1
    shared_painter().ask(last).result(timeout=60)


def silent(actor):
    return MixerVoice(actor, silent=True)


def tone(duration_s=0.4, frequency=440.0):
    t = np.arange(round(duration_s * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def events(*kinds):
    return [event for event in pygame.event.get() if event.type in kinds]


LINE_KINDS = (link.LINE_STARTED, link.WORD, link.MARK, link.LINE_ENDED)
