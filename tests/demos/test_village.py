"""The village is played by script: what is done is felt, seen, told on, remembered, and saved."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image

from demos.village.game import Village, Wishes
from demos.village.ground import OBSTACLES, SIZE
from demos.village.keys import Keys
from demos.village.playscript import play
from demos.village.society import Society
from demos.village.story import PLAYER, check_story, load_story
from demos.village.walking import Ground
from expressive.core.errors import ParameterError

STORY = load_story()


@pytest.fixture
def screen():
    pygame.init()
    yield pygame.display.set_mode((320, 240))
    pygame.quit()


@pytest.fixture
def village(screen, tmp_path):
    made = Village(seed=3, live=False, save_file=tmp_path / "save.json")
    yield made
    made.close()


@pytest.fixture
def society():
    made = Society(STORY, seed=3, live=False)
    yield made
    made.world.close()


def run(village, script):
    for wishes in play(village, script, shot=lambda _: None):
        village.step(1 / 30, wishes)


def opinions(village):
    return {name: actor.relation(PLAYER) for name, actor in village.society.world.actors.items()}


# ---- minds -----------------------------------------------------------------------------------------------------------


def test_an_insult_is_felt_and_seen(society):
    before = {name: actor.relation(PLAYER).liking for name, actor in society.world.actors.items()}
    for _ in range(3):
        society.do("guard", "insult", seen_by=["innkeeper"])
        society.world.update(1.5)
    guard, innkeeper, merchant = (society.world[name] for name in ("guard", "innkeeper", "merchant"))
    assert guard.felt.dominant == "anger"
    assert guard.is_in("enraged") or guard.is_in("angry")
    assert guard.relation(PLAYER).liking < before["guard"] - 0.2
    assert innkeeper.felt["pity"] > 0.1  # she likes him
    assert innkeeper.relation(PLAYER).liking < before["innkeeper"]
    assert merchant.relation(PLAYER).liking == before["merchant"]  # she was not there


def test_gossip_reaches_who_was_not_there_and_changes_their_mind(society):
    society.do("guard", "threaten", seen_by=[])
    before = society.world["innkeeper"].relation(PLAYER)
    number = society.news("guard", "innkeeper")
    assert number is not None
    assert society.telling("guard", number)
    society.tell("guard", "innkeeper", number)
    assert society.world["innkeeper"].relation(PLAYER).liking < before.liking
    assert society.news("guard", "innkeeper") is None  # told once
    assert society.news("innkeeper", "healer") == number  # and it goes on from there
    assert "Borin" in society.telling("innkeeper", number)


def test_a_friendly_word_does_them_good(society):
    before = society.world["innkeeper"].relation("guard")
    assert society.small_talk("guard") in STORY.talk.small
    society.heed("guard", "innkeeper")
    society.world.update(1.0)
    assert society.world["innkeeper"].felt["happiness"] > 0.05
    assert society.world["innkeeper"].relation("guard").familiarity > before.familiarity


def test_villagers_visit_each_other_and_pass_it_on(village):
    village.society.do("guard", "insult", seen_by=[])
    for villager in village.villagers.all.values():
        villager.rest_s = 99.0
    village.villagers.all["guard"].rest_s = 0.0
    for _ in range(600):
        village.villagers.step(1 / 15, occupied=None, aloud=False)
        if village.villagers.chats:
            break
    [chat] = village.villagers.chats
    assert (chat.teller, chat.deed, chat.line) == ("guard", 0, None)
    assert chat.listener == "innkeeper"  # of those who do not know, he likes her best
    for _ in range(60):
        village.villagers.step(1 / 15, occupied=None, aloud=False)
    assert 0 in village.society.known["innkeeper"]
    assert not village.villagers.busy("guard")


def test_answers_follow_the_feeling(society):
    calm = society.answer("guard", "insult")
    society.world["guard"].feel("anger", 0.9, hold_s=9)
    society.world.update(4.0)
    angry = society.answer("guard", "insult")
    replies = STORY.people["guard"].replies["insult"]
    assert calm in replies[-1].say
    assert angry in replies[0].say + replies[1].say
    assert angry != society.answer("guard", "insult")  # and nobody says the same twice in a row


def test_the_gate_opens_for_a_friend_only(society):
    assert not society.do("guard", "open", seen_by=[])
    for action in ("papers", "compliment", "gift", "gift"):
        society.do("guard", action, seen_by=[])
        society.world.update(2.0)
    assert society.coins == STORY.traveller.coins - 2
    assert "papers" not in society.choices("guard")  # they are shown once
    assert society.do("guard", "open", seen_by=[])
    assert society.gate_open


def test_without_coins_there_are_no_presents(society):
    society.coins = 0
    assert society.choices("healer")["gift"] == "no coins"


# ---- the data --------------------------------------------------------------------------------------------------------


def test_everything_in_the_story_is_understood(society):
    check_story(STORY, society.world.actors)
    for who in STORY.people:
        for name in STORY.actions_for(who):
            assert society.answer(who, name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("event: threatened", "event: threatenedx"), "threatenedx"),
        (lambda text: text.replace("when: anger > 0.4,", "when: angr > 0.4,"), "angr"),
        (lambda text: text.replace("state: enraged", "state: furious"), "furious"),
        (lambda text: text.replace("title: Insult", "titlex: Insult"), "titlex"),
        (lambda text: text.replace("      herbs:\n        - {", "      herb:\n        - {"), "herb"),
        (lambda text: text + "\n: [", "YAML"),
    ],
)
def test_a_mistake_in_the_story_is_named(change, message, society, tmp_path):
    path = tmp_path / "village.yaml"
    path.write_text(change(Path("demos/village/village.yaml").read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        check_story(load_story(path), society.world.actors)


# ---- legs ------------------------------------------------------------------------------------------------------------


def test_everybody_can_reach_everybody():
    ground = Ground(SIZE, OBSTACLES)
    places = [place for person in STORY.people.values() for place in [person.home, *person.walks]]
    for place in places:
        way = ground.path(STORY.traveller.start, place)
        assert way
        assert np.hypot(way[-1][0] - place[0], way[-1][1] - place[1]) < 30
        points = [STORY.traveller.start, *way]
        assert all(ground.line_is_free(a, b) for a, b in itertools.pairwise(points[1:]))


def test_walls_are_not_walked_through(village):
    for _ in range(75):
        village.step(1 / 15, Wishes(dy=-1.0))
    assert village.player.y > 200
    assert village.ground.free(*village.player.place)


# ---- the game --------------------------------------------------------------------------------------------------------


def test_it_is_played_by_script_and_the_same_each_time(screen, tmp_path):
    ends = []
    for _ in range(2):
        village = Village(seed=5, live=False, save_file=tmp_path / "save.json")
        run(village, "walk guard; insult; wait 1; walk healer; herbs")
        ends.append(json.dumps(village.snapshot()))
        assert village.society.world["guard"].relation(PLAYER).liking < -0.1
        assert village.society.world["healer"].relation(PLAYER).liking > 0.2
        village.close()
    assert ends[0] == ends[1]


def test_what_they_think_outlives_saving_and_loading(village, tmp_path):
    run(village, "walk guard; insult; wait 1; save; insult; wait 1")
    saved = json.loads((tmp_path / "save.json").read_text(encoding="utf-8"))
    worse = opinions(village)["guard"]
    other = Village(seed=99, live=False, save_file=tmp_path / "save.json")
    assert opinions(other)["guard"].liking > -0.1
    run(other, "load; wait 0.1")
    assert worse.liking < opinions(other)["guard"].liking < -0.1
    assert other.society.deeds == village.society.deeds[:1]
    assert other.player.place == tuple(saved["places"]["player"][:2])
    assert other.talk is None
    other.close()


def test_the_game_can_be_won(village):
    village.step(1 / 30, Wishes())
    run(village, "go 800 150")
    assert not village.ended  # the gate is shut
    village.society.gate_open = True
    village.restore(json.loads(json.dumps(village.snapshot())))
    run(village, "go 800 150")
    assert village.ended


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", '{"format": "expressive-village", "version": 1}'])
def test_a_damaged_save_is_reported_and_the_game_goes_on(village, tmp_path, content):
    (tmp_path / "save.json").write_text(content, encoding="utf-8")
    before = opinions(village)
    village.step(1 / 30, Wishes(load=True))
    assert "save again" in village.toast
    village.step(1 / 30, Wishes())
    assert opinions(village).keys() == before.keys()


def test_a_save_that_is_damaged_in_the_middle_changes_nothing(village):
    run(village, "walk guard; insult; wait 0.5")
    before = village.snapshot()
    saved = json.loads(json.dumps(before))
    saved["society"]["coins"] = 99
    del saved["places"]["merchant"]
    with pytest.raises(ParameterError, match="damaged"):
        village.restore(saved)
    after = village.snapshot()
    assert after["society"]["coins"] == before["society"]["coins"]
    assert after["society"]["deeds"] == before["society"]["deeds"]
    assert after["places"] == before["places"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("walk guardx", "guard"),
        ("greet", "walk to somebody"),
        ("walk guard; dance", "dance"),
        ("wait long", "seconds"),
        ("go north", "numbers"),
    ],
)
def test_a_mistake_in_a_script_is_named(village, script, message):
    with pytest.raises(ParameterError, match=message):
        run(village, script)


def test_keyboard_and_gamepad_wish_the_same(screen):
    class Held(dict):
        def __missing__(self, key):
            return False

    keys = Keys()
    walk = keys.read([], Held({pygame.K_a: True, pygame.K_UP: True}))
    assert (walk.dx, walk.dy) == (-1, -1)
    pressed = [
        pygame.event.Event(pygame.KEYDOWN, key=key) for key in (pygame.K_e, pygame.K_F5, pygame.K_DOWN, pygame.K_3)
    ]
    by_key = keys.read(pressed, Held())
    assert (by_key.act, by_key.save, by_key.move, by_key.pick) == (True, True, 1, 2)
    pad = [
        pygame.event.Event(pygame.JOYBUTTONDOWN, button=0, instance_id=0),
        pygame.event.Event(pygame.JOYBUTTONDOWN, button=7, instance_id=0),
        pygame.event.Event(pygame.JOYAXISMOTION, axis=1, value=0.9, instance_id=0),
    ]
    by_pad = keys.read(pad, Held())
    assert (by_pad.act, by_pad.save, by_pad.move) == (True, True, 1)
    held_on = keys.read([pygame.event.Event(pygame.JOYAXISMOTION, axis=1, value=0.95, instance_id=0)], Held())
    assert held_on.move == 0  # one push is one step
    keys.read([pygame.event.Event(pygame.QUIT)], Held())
    assert keys.quit


def test_a_stick_walks(screen):
    class Pad:
        def get_numaxes(self):
            return 2

        def get_axis(self, axis):
            return (0.5, 0.1)[axis]

        def get_numhats(self):
            return 0

    keys = Keys()
    keys._pads[0] = Pad()
    wishes = keys.read([], pygame.key.get_pressed())
    assert (wishes.dx, wishes.dy) == (0.5, 0.1)


def test_it_starts_from_the_command_line_and_saves_pictures(tmp_path):
    script = "walk guard; insult; answer; shot angry.png"
    command = [sys.executable, "-m", "demos.village", "--script", script, "--out", str(tmp_path), "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    talking = np.asarray(Image.open(tmp_path / "angry.png").convert("RGB"), float)
    after = np.asarray(Image.open(tmp_path / "village.png").convert("RGB"), float)
    assert talking.shape == after.shape == (720, 1280, 3)
    portrait = talking[390:680, 50:326]
    assert portrait.std() > 20
    red = talking[..., 0] - talking[..., 2]
    assert (red[30:120, 866:962] > 110).mean() > 0.05  # the ring around the guard's head is anger's
