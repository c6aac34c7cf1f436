from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import expressive as ex
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.stage.script import Script, WaitBeat


@pytest.fixture
def world():
    made = ex.World.load("demos/scripts/quarrel.yaml", seed=7, live=False)
    yield made
    made.close()


def run(world: ex.World, seconds: float) -> list[bytes]:
    seen = []
    for _ in range(round(seconds * 30)):
        world.update(1 / 30)
        seen.append(b"".join(actor.controls.values.tobytes() for actor in world.actors.values()))
    return seen


def test_a_world_can_be_closed_while_somebody_speaks(world: ex.World) -> None:
    line = world.say("scholar", "And another thing, while you are listening.", to="merchant")
    while not line.started:
        world.update(1 / 30)
    world.close()
    assert line.broken_off


def test_a_script_brings_its_cast_with_relations(world: ex.World) -> None:
    assert list(world) == ["merchant", "scholar"]
    assert world["merchant"].relation("scholar").familiarity == pytest.approx(0.3)


def test_display_rules_know_who_is_present(world: ex.World, tmp_path: Path) -> None:
    (tmp_path / "proud.yaml").write_text(
        "name: proud\n"
        "extends: guard\n"
        "emotion: {display_profile: null}\n"
        "display_rules: [{emotion: sadness, action: mask, audience: [merchant]}]\n"
    )
    shown = []
    for other in ("merchant", "innkeeper"):
        scene = Script("T", {"proud": str(tmp_path / "proud.yaml"), other: other}, (WaitBeat(1.0),))
        watched = ex.World.of(scene, folder=tmp_path, live=False)
        watched["proud"].feel("sadness", 0.8, hold_s=5.0)
        watched.update(1.0)
        shown.append(watched["proud"].shown["sadness"])
        watched.close()
    assert shown[0] < 0.3 < shown[1]


def test_an_insult_changes_the_relation_to_who_did_it(world: ex.World) -> None:
    before = world["scholar"].relation("merchant").liking
    world.event("insulted", to="scholar", by="merchant")
    run(world, 1)
    assert world["scholar"].relation("merchant").liking < before
    assert world["scholar"].felt.dominant in ("anger", "sadness", "shame", "fear")


def test_a_line_hurts_when_it_has_been_heard(world: ex.World) -> None:
    line = world.say("merchant", "You cannot even read.", to="scholar", causes="insulted")
    while line.speaking:
        calm = world["scholar"].felt.intensities.max()
        world.update(1 / 30)
    run(world, 1.0)
    assert calm < 0.1 < world["scholar"].felt.intensities.max()


def test_a_line_that_is_broken_off_has_no_consequence(world: ex.World) -> None:
    world.say("merchant", "You cannot even read.", to="scholar", causes="insulted")
    run(world, 0.3)
    world["merchant"].hush()
    json.dumps(world.snapshot())
    run(world, 1.0)
    assert world["scholar"].felt.intensities.max() < 0.05


def test_a_mark_in_a_line_is_the_moment_of_its_event(world: ex.World) -> None:
    line = world.say("merchant", "You [mark now] silly little person you.", to="scholar", causes="insulted", at="now")
    felt = []
    while line.speaking:
        world.update(1 / 30)
        felt.append((line.spoken_s, world["scholar"].felt.intensities.max()))
    mark_s = next(mark.time_s for mark in line.track.marks if mark.name == "now")
    assert max(x for t, x in felt if t < mark_s) < 0.05
    assert felt[-1][1] > 0.05


def test_a_snapshot_continues_bit_for_bit(world: ex.World) -> None:
    world.event("accused", to="merchant", by="scholar")
    world.say("merchant", "I have never been so insulted!", to="scholar", causes="insulted")
    run(world, 0.7)
    saved = json.loads(json.dumps(world.snapshot()))
    after = run(world, 3)
    world.restore(saved)
    assert run(world, 3) == after


def test_a_crowd_sees_what_happens_and_feels_as_a_single_mind_does(world: ex.World) -> None:
    crowd = world.add_crowd("villagers", "innkeeper", 60)
    world.event("threatened", to="villagers", by="merchant", seen_by=())
    run(world, 1.0)
    with ex.Actor.load("innkeeper", live=False) as one:
        one.trigger("threatened", source="merchant")
        one.update(1.0)
        np.testing.assert_allclose(world.crowd("villagers").felt, np.tile(one.felt.intensities, (60, 1)), atol=1e-9)
    before = crowd.felt.copy()
    world.event("insulted", to="scholar", by="merchant")
    run(world, 1.0)
    assert np.abs(world.crowd("villagers").felt - before).max() > 0.01
    saved = json.loads(json.dumps(world.snapshot()))
    run(world, 1.0)
    after = world.crowd("villagers").felt.copy()
    world.restore(saved)
    run(world, 1.0)
    np.testing.assert_array_equal(world.crowd("villagers").felt, after)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: w.event("insulted", to="schollar"), "Did you mean 'scholar'"),
        (lambda w: w.event("insulted", to="scholar", by="ghost"), "ghost"),
        (lambda w: w.event("insulted", to="scholar", intensity=float("nan")), "nan"),
        (lambda w: w.say("scholar", "Hm.", to="merchant", causes="insultd"), "Did you mean 'insulted'"),
        (lambda w: w.say("scholar", "Hm.", causes="insulted"), "needs to="),
        (lambda w: w["merchent"], "Did you mean 'merchant'"),
        (lambda w: w.restore({}), "no snapshot"),
        (lambda w: w.add_crowd("scholar", "innkeeper", 9), "taken"),
        (lambda w: w.add_crowd("crowd", "innkeeper", 0), "n=0"),
        (lambda w: w.crowd("mob"), "mob"),
    ],
)
def test_bad_input_says_what_is_wrong(world: ex.World, call, message: str) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=message):
        call(world)
