"""A character in a pygame loop, headless: it moves, speaks, and is drawn beside the loop."""

from __future__ import annotations

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
from expressive.links import mixer as link
from expressive.links.painter import Easel, shared_painter
from expressive.links.pygame import CharacterSprite, MixerVoice
from tests.links.mixing import (
    Actor,
    Channel,
    events,
    silent,
    tone,
    voice_on,
    wait_for_the_faces,
)


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

    def update_often():
        for _ in range(600):  # however long the thread that draws takes to get its turn
            sprite.update(1 / 30)
            time.sleep(0.1)

    with pytest.raises(ParameterError, match="no face"):
        update_often()


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
