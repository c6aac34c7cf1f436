"""A voice on a mixer channel, headless: heard whole, stopped at once, followed by the lips, and announced."""

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
from expressive.links import mixer as link
from expressive.links.pygame import MixerVoice
from tests.links.mixing import (
    LINE_KINDS,
    TICK_S,
    Actor,
    Channel,
    Line,
    events,
    perform,
    tone,
    voice_on,
)


def test_a_line_is_heard_announced_and_followed(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    line = actor.say(tone(0.6))
    apart = []

    def watch():
        if actor.line is not None and voice.position_s is not None:
            apart.append(actor.line.spoken_s - voice.position_s)
        return False

    perform(voice, channel, 1.0, until=watch)
    found = events(*LINE_KINDS)
    assert [event.type for event in found] == [
        link.LINE_STARTED, link.WORD, link.MARK, link.WORD, link.LINE_ENDED,
    ]  # fmt: skip
    assert [event.word.text for event in found if event.type == link.WORD] == ["one", "two"]
    assert found[2].mark == "draw"
    assert found[0].line is line
    assert found[-1].cut is False
    assert voice.position_s is None
    assert np.abs(apart[5:]).max() <= TICK_S + 1e-6  # the lips are with the sound


@pytest.mark.parametrize(
    "steps",
    [(1 / 24,), (1 / 30,), (1 / 60,), (1 / 144,), (1 / 400,), (0.005, 0.05, 0.01), (0.016,) * 9 + (0.1,)],
)
def test_the_whole_tone_is_heard_without_a_gap(screen, mixer, steps):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    actor.say(tone(0.8))
    perform(voice, channel, 2.0, steps=steps)
    assert actor.line is None
    _, y = channel.heard()
    assert len(y) / 44100 == pytest.approx(0.8, abs=1e-3)
    # A sine obeys y[n+1] + y[n-1] = 2 cos(w) y[n]; any gap or jump breaks that.
    middle = y[100:-100]
    off = middle[2:] + middle[:-2] - 2 * np.cos(2 * np.pi * 440 / 44100) * middle[1:-1]
    assert np.abs(off).max() < 2e-3


def test_a_frame_that_takes_too_long_costs_a_pause_and_no_sound(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    actor.say(tone(0.8))
    perform(voice, channel, 3.0, steps=(1 / 60,) * 10 + (0.5,) + (1 / 60,) * 200)
    sounding = sum(len(sound.get_raw()) for _, sound in channel.record) / 4 / 44100
    assert sounding == pytest.approx(0.8, abs=1e-3)
    assert actor.line is None


def test_the_lips_wait_when_the_games_clock_runs_ahead_of_the_sound(screen, mixer):
    """A game in slow motion, or in fast forward, still shows the mouth that is heard."""
    for speed in (0.5, 1.5, 3):
        actor, channel = Actor(), Channel()
        voice = voice_on(channel, actor)
        actor.say(tone(2.0))
        for _ in range(60):
            channel.now += 1 / 60
            voice.update(speed / 60)
        assert actor.line.spoken_s == pytest.approx(voice.position_s, abs=2 * TICK_S)


def test_a_line_waits_while_the_game_stands_still(screen, mixer):
    """Somebody drags the window: the loop stands for three seconds, and the next step is that long."""
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    actor.say(tone(2.0))
    perform(voice, channel, 0.5)
    channel.now += 3.0
    voice.update(3.0)
    assert actor.line.spoken_s < 0.8
    perform(voice, channel, 0.2)
    assert actor.line.spoken_s == pytest.approx(voice.position_s, abs=2 * TICK_S)
    perform(voice, channel, 3.0)
    assert actor.line is None


def test_a_real_actor_is_heard_whole(screen, mixer):
    from expressive.stage.actor import Actor as RealActor

    with RealActor.load("guard", seed=7, live=False) as guard:
        channel = Channel()
        voice = voice_on(channel, guard)
        line = guard.say("Halt! Who goes there?")
        apart = []

        def watch():
            if voice.position_s is not None and line.spoken_s < line.duration_s - 0.1:
                apart.append(line.spoken_s - voice.position_s)
            return False

        perform(voice, channel, 6.0, until=watch)
        assert not line.speaking
        resampler = link.StreamResampler(line.sample_rate, 44100)
        whole = np.concatenate([resampler.push(line.audio()), resampler.flush()])
        _, y = channel.heard()
        assert len(y) == pytest.approx(len(whole), abs=44)
        np.testing.assert_allclose(y[: len(whole)], whole[: len(y)], atol=1e-3)
        assert np.abs(apart[5:]).max() <= 2 * TICK_S
        words = [event.word.text for event in events(link.WORD)]
        assert [word.strip("!?,.").lower() for word in words] == ["halt", "who", "goes", "there"]


def test_stopping_is_immediate_and_leaves_no_queue(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    line = actor.say(tone(5.0))
    perform(voice, channel, 0.3)
    assert channel.get_busy()
    line.stop()
    voice.update(1 / 60)
    assert not channel.get_busy()
    assert events(link.LINE_ENDED)[0].cut is True


def test_the_voice_can_fall_silent_while_the_line_goes_on(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    actor.say(tone(0.6))
    perform(voice, channel, 0.2)
    voice.stop()
    perform(voice, channel, 0.1)
    assert not channel.get_busy()
    assert actor.line is not None
    perform(voice, channel, 0.6)
    assert events(link.LINE_ENDED)[0].cut is False


def test_two_lines_follow_each_other(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    for _ in range(2):
        actor.say(tone(0.2))
        perform(voice, channel, 0.8, until=lambda: actor.line is None)
    perform(voice, channel, 0.3)
    kinds = [event.type for event in events(link.LINE_STARTED, link.LINE_ENDED)]
    assert kinds == [link.LINE_STARTED, link.LINE_ENDED] * 2
    sounding = sum(len(sound.get_raw()) for _, sound in channel.record) / 4 / 44100
    assert sounding == pytest.approx(0.4, abs=2e-3)


def test_the_real_mixer_plays_a_line_to_its_end(screen, mixer):
    actor = Actor()
    voice = MixerVoice(actor)
    actor.say(tone(0.3))
    clock, deadline = pygame.time.Clock(), time.perf_counter() + 60
    while (actor.line is not None or pygame.mixer.get_busy()) and time.perf_counter() < deadline:
        voice.update(clock.tick(60) / 1000)
    assert events(link.LINE_ENDED)[0].cut is False


def test_the_real_mixer_forgets_its_queue_when_the_voice_stops(screen, mixer):
    channel = pygame.mixer.Channel(3)
    voice = MixerVoice(Actor(), channel=channel)
    sounds = [voice._sound(tone(30.0)) for _ in range(2)]
    for sound in sounds:
        voice._send(link._Piece(Line(tone()), sound, 0.0, 30.0))
    assert channel.get_queue() is sounds[1]
    voice.stop()
    assert not channel.get_busy()


def test_a_queued_piece_that_begins_while_it_is_extended_is_heard_once(screen, mixer):
    class Racing(Channel):
        raced = False

        def queue(self, sound):
            if self._queued is not None and not self.raced:
                self.raced = True
                self.now = self._playing[0] + self._length(self._playing[1])  # it begins in this very moment
            super().queue(sound)

    channel = Racing()
    voice = voice_on(channel, Actor())
    line, whole = Line(tone()), tone(0.6)
    for i in range(3):
        voice._send(link._Piece(line, voice._sound(whole[i * 4000 : (i + 1) * 4000]), 0.0, 0.0))
    channel.now += 1.0
    channel.get_busy()
    np.testing.assert_allclose(channel.heard()[1], whole[:12000], atol=1e-4)


def test_a_channel_that_the_game_took_is_left_alone(screen, mixer):
    voice = MixerVoice(Actor())
    pieces = [link._Piece(Line(tone()), voice._sound(tone(30.0)), 0.0, 30.0) for _ in range(2)]
    voice._send(pieces[0])
    voice.stop()
    quiet = pygame.mixer.Sound(buffer=bytes(44100 * 4 * 30))
    for index in range(pygame.mixer.get_num_channels()):
        pygame.mixer.Channel(index).play(quiet)
    count = pygame.mixer.get_num_channels()
    voice._send(pieces[1])
    assert pygame.mixer.get_num_channels() == count + 1
    assert all(pygame.mixer.Channel(index).get_sound() is quiet for index in range(count))
    assert pygame.mixer.Channel(count).get_sound() is pieces[1].sound


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
    tries = []

    def refuse(*args, **kwargs):
        tries.append(args)
        raise pygame.error("No such audio device")

    pygame.mixer.quit()
    monkeypatch.setattr(pygame.mixer, "init", refuse)
    monkeypatch.setattr(link, "_no_device", threading.Event())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            actor = Actor()
            voice = MixerVoice(actor)
            actor.say(tone(0.3))
            for _ in range(30):
                voice.update(1 / 60)
            assert not voice.audible
            assert actor.line is None
    assert len(tries) == 1  # a game would stand still for a tenth of a second with every line
    assert [record.getMessage() for record in caplog.records] == [
        "no sound device (No such audio device): characters speak silently, their faces and clocks go on"
    ]
    kinds = [event.type for event in events(*LINE_KINDS)]
    assert kinds == [link.LINE_STARTED, link.WORD, link.MARK, link.WORD, link.LINE_ENDED] * 2


def test_a_mixer_that_is_closed_in_mid_line_is_survived(screen, mixer):
    actor, channel = Actor(), Channel()
    voice = voice_on(channel, actor)
    actor.say(tone(0.5))
    perform(voice, channel, 0.2)
    pygame.mixer.quit()
    perform(voice, channel, 0.6)
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


JOIN = """
import sys, time, pygame
sys.path.insert(0, {root!r})
from expressive.links import mixer as link
from expressive.links.mixer import MixerVoice
from tests.links.mixing import Actor, tone
pygame.mixer.init(44100, -16, 2, 512)
voice = MixerVoice(Actor(), channel=pygame.mixer.Channel(0))
whole = link.StreamResampler(22050, 44100).push(tone(0.8))
for piece in (whole[:10001], whole[10001:]):
    voice._send(link._Piece(None, voice._sound(piece), 0.0, 0.0))
while pygame.mixer.get_busy():
    time.sleep(0.05)
pygame.mixer.quit()
"""


def test_the_real_mixer_joins_pieces_without_a_gap(tmp_path):
    """What SDL's driver for files receives is the whole tone, sample by sample."""
    env = {**os.environ, "SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(tmp_path / "out.raw")}
    script = JOIN.format(root=str(Path(__file__).parents[2]))
    subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True)
    y = np.fromfile(tmp_path / "out.raw", "<i2").reshape(-1, 2)[:, 0] / 32768
    sounding = np.flatnonzero(np.abs(y) > 0.01)
    middle = y[sounding[0] + 100 : sounding[-1] - 100]
    assert len(middle) > 30_000
    off = middle[2:] + middle[:-2] - 2 * np.cos(2 * np.pi * 440 / 44100) * middle[1:-1]
    assert np.abs(off).max() < 2e-3
