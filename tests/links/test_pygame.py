"""A character in a pygame loop, headless: it moves, speaks through the mixer, and says what happens."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
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
from expressive.links import mixer as link
from expressive.links.painter import ASIDE, Easel, shared_painter
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


def test_listeners_are_drawn_less_often_than_the_one_who_speaks(screen):
    shared_painter.cache_clear()  # one that has not seen how slow other faces are
    actors = [Actor() for _ in range(3)]
    speaker, near, far = sprites = [CharacterSprite(actor, size=64, voice=silent(actor)) for actor in actors]
    far.attended = False
    actors[0].say(tone(8.0))
    for _ in range(240):
        for sprite in sprites:
            sprite.update(1 / 60)
        wait_for_the_faces()
    assert speaker.drawn > 1.5 * near.drawn
    assert near.drawn == pytest.approx(4 * 12, abs=8)
    assert far.drawn == pytest.approx(near.drawn, abs=8)


def test_the_next_picture_is_drawn_while_one_waits_to_be_taken_and_no_more(screen):
    shared_painter.cache_clear()
    sprite = CharacterSprite(Actor(), size=64, fps=30)
    at_work, go_on = threading.Event(), threading.Event()

    def busy():
        at_work.set()
        assert go_on.wait(10)

    shared_painter().ask(Easel(busy, fps=1, aside_fps=1))
    assert at_work.wait(10)
    for _ in range(60):  # a game's loop does not wait for faces, and does not ask for a backlog of them
        sprite.update(1 / 60)
    assert sprite.drawn == 1
    go_on.set()
    wait_for_the_faces()
    wait_for_the_faces()  # twice, because one face is not drawn twice in a row while another waits
    sprite.update(0.0)
    assert sprite.drawn == 3


def test_a_picture_can_be_had_at_once(screen):
    actor = Actor()
    sprite = CharacterSprite(actor, size=64, fps=0.001)
    actor.state = "angry"
    sprite.refresh()
    assert sprite.image.get_at((32, 32)) == (200, 20, 20, 255)
    assert sprite.drawn == 2


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


def test_one_clock_can_move_several(screen, mixer):
    actors = [Actor(), Actor()]
    channel = Channel()
    voices = [voice_on(channel, actors[0]), MixerVoice(actors[1], silent=True)]
    sprites = [CharacterSprite(a, size=64, voice=v, drives=False) for a, v in zip(actors, voices, strict=True)]
    for actor in actors:
        actor.say(tone(0.3))

    def world(dt_s):
        for actor in actors:
            actor.update(dt_s)

    for _ in range(60):
        channel.now += 1 / 60
        link.advance(world, voices, 1 / 60)
        for sprite in sprites:
            sprite.update(1 / 60)
    assert [actor.time_s for actor in actors] == pytest.approx([1.0, 1.0])
    assert len(events(link.LINE_ENDED)) == 2
    with pytest.raises(ParameterError, match="dt_s=-1 must be in"):
        link.advance(world, voices, -1)


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


def test_a_sprite_keeps_its_own_voice(screen):
    with pytest.raises(ParameterError, match="another actor's"):
        CharacterSprite(Actor(), voice=MixerVoice(Actor()))
    with pytest.raises(ParameterError, match="size=0 must be in"):
        CharacterSprite(Actor(), size=0)


def test_the_five_lines_of_the_readme_show_what_happens_to_the_guard(monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```$", Path("README.md").read_text(encoding="utf-8"), re.M | re.S)
    [code] = [block for block in blocks if "CharacterSprite" in block]
    assert [int(number) for number in re.findall(r"# (\d)", code)] == [1, 2, 3, 4, 5]

    class SteadyClock:
        """Lets each face be drawn before the next frame, however slow the machine is."""

        def tick(self, fps):
            wait_for_the_faces()
            return 1000 / fps

    monkeypatch.setattr(pygame.time, "Clock", SteadyClock)
    last = {}
    for kind, text in (("insulted", code), ("left alone", re.sub(r".*trigger.*\n", "", code))):
        pictures = []
        monkeypatch.setattr(pygame.display, "flip", lambda: pictures.append(pygame.display.get_surface().copy()))  # noqa: B023
        names = {}
        exec(text, names)
        assert names["guard"].drawn > 20
        assert (names["guard"].actor.felt["anger"] > 0.1) == (kind == "insulted")
        last[kind] = pygame.surfarray.array3d(pictures[-1]).astype(float)
        pygame.quit()
    assert np.abs(last["insulted"] - last["left alone"]).mean() > 2.0  # grey levels of the whole window


def test_without_pygame_the_remedy_is_named():
    code = "import sys; sys.modules['pygame'] = None; import expressive.links.pygame"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    message = 'MissingDependency: pygame is not installed; run: pip install "expressive[pygame]"'
    assert run.stderr.strip().splitlines()[-1].endswith(message)


JOIN = """
import sys, time, pygame
sys.path.insert(0, {tests!r})
from test_pygame import Actor, MixerVoice, link, tone
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
    script = JOIN.format(tests=str(Path(__file__).parent))
    subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True)
    y = np.fromfile(tmp_path / "out.raw", "<i2").reshape(-1, 2)[:, 0] / 32768
    sounding = np.flatnonzero(np.abs(y) > 0.01)
    middle = y[sounding[0] + 100 : sounding[-1] - 100]
    assert len(middle) > 30_000
    off = middle[2:] + middle[:-2] - 2 * np.cos(2 * np.pi * 440 / 44100) * middle[1:-1]
    assert np.abs(off).max() < 2e-3
