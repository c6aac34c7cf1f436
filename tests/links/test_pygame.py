"""A character in a pygame loop, headless: it moves, speaks through the mixer, and says what happens."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pygame
import pytest

from expressive.core.errors import ParameterError
from expressive.core.speech import Mark, SpeechTrack, Word
from expressive.links import pygame as link
from expressive.links.pygame import CharacterSprite, MixerVoice

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


@pytest.fixture
def screen():
    pygame.display.init()
    yield pygame.display.set_mode((320, 240))
    pygame.quit()


@pytest.fixture
def mixer():
    pygame.mixer.init(44100, -16, 2, 512, allowedchanges=0)
    yield
    pygame.mixer.quit()


def tone(duration_s=0.4, frequency=440.0):
    t = np.arange(round(duration_s * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def play(voice, duration_s, *, fps=60, until=lambda: False):
    """Run a game loop in real time."""
    clock = pygame.time.Clock()
    end = time.perf_counter() + duration_s
    while time.perf_counter() < end and not until():
        voice.update(clock.tick(fps) / 1000)


def events(*kinds):
    return [event for event in pygame.event.get() if event.type in kinds]


LINE_KINDS = (link.LINE_STARTED, link.WORD, link.MARK, link.LINE_ENDED)


@pytest.mark.parametrize("threaded", [False, True])
def test_the_picture_changes_with_an_event(screen, threaded):
    actor = Actor()
    guard = CharacterSprite(actor, size=64, threaded=threaded, midbottom=(160, 240))
    assert guard.rect.midbottom == (160, 240)
    assert guard.image.get_at((32, 32)) == (200, 200, 20, 255)
    assert guard.image.get_at((2, 2)).a == 0
    actor.state = "angry"
    for _ in range(100):
        guard.update(1 / 60)
        if guard.image.get_at((32, 32)) == (200, 20, 20, 255):
            break
        time.sleep(0.005)
    assert guard.image.get_at((32, 32)) == (200, 20, 20, 255)
    screen.fill((0, 0, 0))
    screen.blit(guard.image, guard.rect)
    assert screen.get_at((160, 230))[:3] == (200, 20, 20)
    assert screen.get_at((130, 180))[:3] == (0, 0, 0)
    [event] = events(link.STATE_CHANGED)
    assert (event.actor, event.previous, event.state) == (actor, "calm", "angry")
    assert any("expressive faces" in name for name in actor.threads) == threaded


def test_it_lives_in_a_group(screen):
    group = pygame.sprite.Group()
    guard = CharacterSprite(Actor(), group, size=64, topleft=(10, 20), threaded=False)
    group.update(1 / 60)
    group.draw(screen)
    assert screen.get_at((42, 60))[:3] == (200, 200, 20)
    assert guard.actor.time_s == pytest.approx(1 / 60)


def test_premultiplied_and_straight_look_alike(screen):
    class Ghost(Actor):
        def frame(self, *, size=None):
            return np.full((size, size, 4), (250, 100, 50, 128), np.uint8)

    colours = []
    for premultiplied in (False, True):
        screen.fill((0, 0, 200))
        sprite = CharacterSprite(Ghost(), size=64, premultiplied=premultiplied, threaded=False)
        sprite.draw(screen)
        colours.append(screen.get_at((32, 32))[:3])
    np.testing.assert_allclose(*colours, atol=3)


@pytest.mark.parametrize("size", [16, 64, 512, 700])
def test_any_size(screen, size):
    assert CharacterSprite(Actor(), size=size, threaded=False).image.get_size() == (size, size)


def test_a_face_is_drawn_at_its_own_rate(screen):
    class Counting(Actor):
        drawn = 0

        def frame(self, *, size=None):
            self.drawn += 1
            return super().frame(size=size)

    actor = Counting()
    sprite = CharacterSprite(actor, size=64, fps=20, threaded=False)
    for _ in range(120):
        sprite.update(1 / 120)
    assert actor.drawn == 1 + 20


def test_an_error_while_drawing_is_not_lost(screen):
    class Faceless(Actor):
        fails = False

        def frame(self, *, size=None):
            if self.fails:
                raise ParameterError("no face")
            return super().frame(size=size)

    actor = Faceless()
    sprite = CharacterSprite(actor, size=64)
    actor.fails = True
    sprite.update(1 / 30)
    time.sleep(0.1)
    with pytest.raises(ParameterError, match="no face"):
        sprite.update(1 / 30)


def test_a_line_is_heard_announced_and_followed(screen, mixer):
    actor = Actor()
    voice = MixerVoice(actor)
    line = actor.say(tone(0.6))
    apart = []

    def watch():
        if actor.line is not None and voice.position_s and 0.1 < voice.position_s < 0.5:
            apart.append(actor.line.spoken_s - voice.position_s)
        return False

    play(voice, 1.0, until=watch)
    found = events(*LINE_KINDS)
    assert [event.type for event in found] == [
        link.LINE_STARTED, link.WORD, link.MARK, link.WORD, link.LINE_ENDED,
    ]  # fmt: skip
    assert [event.word.text for event in found if event.type == link.WORD] == ["one", "two"]
    assert found[2].mark == "draw"
    assert found[0].line is line
    assert found[-1].cut is False
    assert voice.position_s is None
    assert len(apart) > 5
    assert np.median(np.abs(apart)) < 0.02  # the lips are with the sound


def test_the_lips_stay_with_the_sound_when_the_game_stumbles(screen, mixer):
    actor = Actor()
    voice = MixerVoice(actor)
    actor.say(tone(1.0))
    play(voice, 0.3)
    time.sleep(0.08)  # a slow frame: less than what is in store
    voice.update(0.016)  # … after which the game's clock lags behind, as clamped steps make it
    play(voice, 0.3)
    assert actor.line.spoken_s == pytest.approx(voice.position_s, abs=0.025)


def test_stopping_is_immediate_and_leaves_no_queue(screen, mixer):
    actor = Actor()
    channel = pygame.mixer.Channel(3)
    voice = MixerVoice(actor, channel=channel)
    line = actor.say(tone(5.0))
    play(voice, 0.3)
    assert channel.get_busy()
    line.stop()
    voice.update(1 / 60)
    assert not channel.get_busy()
    assert events(link.LINE_ENDED)[0].cut is True


def test_the_voice_can_fall_silent_while_the_line_goes_on(screen, mixer):
    actor = Actor()
    channel = pygame.mixer.Channel(3)
    voice = MixerVoice(actor, channel=channel)
    actor.say(tone(0.6))
    play(voice, 0.2)
    voice.stop()
    play(voice, 0.1)
    assert not channel.get_busy()
    assert actor.line is not None
    play(voice, 0.6)
    assert events(link.LINE_ENDED)[0].cut is False


@pytest.mark.parametrize("fps", [30, 60, 120, 400])
def test_lines_end_at_every_frame_rate(screen, mixer, fps):
    actor = Actor()
    voice = MixerVoice(actor)
    actor.say(tone(0.25))
    play(voice, 1.0, fps=fps, until=lambda: actor.line is None)
    assert actor.line is None


def test_two_lines_follow_each_other(screen, mixer):
    actor = Actor()
    voice = MixerVoice(actor)
    for _ in range(2):
        actor.say(tone(0.2))
        play(voice, 0.8, until=lambda: actor.line is None)
    play(voice, 0.05)
    kinds = [event.type for event in events(link.LINE_STARTED, link.LINE_ENDED)]
    assert kinds == [link.LINE_STARTED, link.LINE_ENDED] * 2


def test_a_channel_that_the_game_took_is_left_alone(screen, mixer):
    voice = MixerVoice(Actor())
    voice.actor.say(tone(0.1))
    play(voice, 0.4)
    for index in range(pygame.mixer.get_num_channels()):
        pygame.mixer.Channel(index).play(pygame.mixer.Sound(buffer=bytes(44100 * 4)))
    count = pygame.mixer.get_num_channels()
    voice.actor.say(tone(0.2))
    play(voice, 0.1)
    assert pygame.mixer.get_num_channels() == count + 1
    assert all(pygame.mixer.Channel(index).get_busy() for index in range(count + 1))


@pytest.mark.parametrize(
    ("size", "channels", "expected"),
    [
        (-16, 2, (16384, 16384)),
        (-16, 1, (16384,)),
        (8, 2, (192, 192)),
        (32, 2, (0.5, 0.5)),
        (-16, 4, (16384,) * 2 + (0,) * 2),
    ],
)
def test_samples_suit_every_mixer(screen, size, channels, expected):
    pygame.mixer.init(44100, size, channels, 512, allowedchanges=0)
    if pygame.mixer.get_init()[1:] != (size, channels):
        pytest.skip("this SDL opens another format")
    sound = MixerVoice(Actor())._sound(np.full(10, 0.5, np.float32))
    kind = {-16: "<i2", 8: "u1", 32: "<f4"}[size]
    assert tuple(np.frombuffer(sound.get_raw(), kind)[:channels]) == pytest.approx(expected)


def test_pan_and_volume(screen, mixer):
    left = np.frombuffer(MixerVoice(Actor(), pan=-1, volume=0.5)._sound(np.full(4, 0.5, np.float32)).get_raw(), "<i2")
    assert left[:2].tolist() == [8192, 0]


def test_without_a_device_it_speaks_silently_and_says_so_once(screen, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise pygame.error("No such audio device")

    pygame.mixer.quit()
    monkeypatch.setattr(pygame.mixer, "init", refuse)
    link._warn_of_silence.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            actor = Actor()
            voice = MixerVoice(actor)
            actor.say(tone(0.3))
            for _ in range(30):
                voice.update(1 / 60)
            assert not voice.audible
            assert actor.line is None
    assert [record.getMessage() for record in caplog.records] == [
        "no sound device (No such audio device): characters speak silently, their faces and clocks go on"
    ]
    kinds = [event.type for event in events(*LINE_KINDS)]
    assert kinds == [link.LINE_STARTED, link.WORD, link.MARK, link.WORD, link.LINE_ENDED] * 2


def test_a_mixer_that_is_closed_in_mid_line_is_survived(screen, mixer):
    actor = Actor()
    voice = MixerVoice(actor)
    actor.say(tone(0.5))
    play(voice, 0.2)
    pygame.mixer.quit()
    play(voice, 0.6)
    assert actor.line is None


def test_a_full_event_queue_is_survived(screen):
    voice = MixerVoice(Actor(), silent=True)
    with contextlib.suppress(pygame.error):
        while True:
            pygame.event.post(pygame.event.Event(pygame.USEREVENT))
    voice.actor.state = "angry"
    voice.update(1 / 60)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"volume": 2}, "volume=2 must be in"),
        ({"pan": -2}, "pan=-2 must be in"),
        ({"latency_s": -1}, "latency_s=-1 must be in"),
    ],
)
def test_bad_settings_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        MixerVoice(Actor(), **options)


def test_a_sprite_keeps_its_own_voice(screen):
    with pytest.raises(ParameterError, match="another actor's"):
        CharacterSprite(Actor(), voice=MixerVoice(Actor()))
    with pytest.raises(ParameterError, match="size=0 must be in"):
        CharacterSprite(Actor(), size=0)


SLOW = 4  # the driver for files is slowed down, so that a busy machine does not decide the outcome
CAPTURE = """
import sys, time, pygame
sys.path.insert(0, {tests!r})
from test_pygame import Actor, MixerVoice, tone
pygame.display.init()
pygame.mixer.init(44100, -16, 2, 512)
actor = Actor()
voice = MixerVoice(actor, clock=lambda: time.perf_counter() / {slow})
line = actor.say(tone(0.4))
clock = pygame.time.Clock()
clock.tick()
for _ in range({fps}):
    voice.update(clock.tick({fps} / {slow}) / 1000 / {slow})
assert line.ended
pygame.mixer.quit()
"""


@pytest.mark.parametrize("fps", [30, 60])
def test_pieces_join_without_a_gap(tmp_path, fps):
    """What SDL's driver for files receives is the whole tone, sample by sample."""
    env = {
        **os.environ,
        "SDL_AUDIODRIVER": "disk",
        "SDL_DISKAUDIOFILE": str(tmp_path / "out.raw"),
        "SDL_DISKAUDIODELAY": str(round(1000 * 512 / 44100 * SLOW)),
    }
    script = CAPTURE.format(tests=str(Path(__file__).parent), fps=fps, slow=SLOW)
    subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True)
    y = np.fromfile(tmp_path / "out.raw", "<i2").reshape(-1, 2)[:, 0] / 32768
    sounding = np.flatnonzero(np.abs(y) > 0.01)
    heard = y[sounding[0] : sounding[-1] + 1]
    assert len(heard) / 44100 == pytest.approx(0.4, abs=0.002)
    # A sine obeys y[n+1] + y[n-1] = 2 cos(w) y[n]; any gap or jump breaks that.
    middle = heard[100:-100]
    off = middle[2:] + middle[:-2] - 2 * np.cos(2 * np.pi * 440 / 44100) * middle[1:-1]
    assert np.abs(off).max() < 2e-3
