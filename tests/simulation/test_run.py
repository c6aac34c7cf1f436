"""A run: feelings decide, choices are timed, own words count, instructors step in, and all of it can be repeated."""

from __future__ import annotations

import json

import pytest

from expressive.core.errors import ExpressiveError, ParameterError
from expressive.simulation.log import load_log, replay, run_log, write_log
from expressive.simulation.play import play, think
from expressive.simulation.reading import load_scenario
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario
from expressive.simulation.whatif import what_if
from tests.simulation.conftest import SMALL


def at_choice(scenario: Scenario, **options) -> Run:
    run = Run(scenario, **options)
    run.until_choice()
    return run


def said(run: Run) -> list[str]:
    return [entry.text for entry in run.record.entries if entry.kind == "line"]


def test_what_is_felt_decides_the_branch_and_the_answer(small: Scenario) -> None:
    calm, hostile = play(small, ["calm"]), play(small, ["hostile"])
    assert (calm.outcome, hostile.outcome) == ("calm", "angry")
    assert "Oh. The light." in said(calm)
    assert "Why?" in said(hostile)
    assert calm.visited == ["window"]
    assert hostile.visited == ["window", "upset"]


def test_the_same_choice_leads_elsewhere_in_another_mood(small: Scenario) -> None:
    """The graph alone does not decide: a good reason does not reach a man who is beside himself."""
    stages = []
    for anger in (0.0, 0.95):
        run = at_choice(small)
        run.override("feel", "anger", intensity=anger)
        run.update(1.0)
        run.choose("explain")
        run.until_choice()
        stages.append(run.stage)
    assert stages == ["window", "upset"]


def test_time_runs_out_into_the_default(small: Scenario) -> None:
    run = at_choice(small)
    assert run.remaining_s == pytest.approx(15.0)
    run.update(14.9)
    assert run.phase == "choosing"
    run.update(0.2)
    assert [decision.how for decision in run.record.decisions] == ["timeout"]
    assert run.record.decisions[0].option == "silence"
    assert any(entry.kind == "timeout" for entry in run.record.entries)


def test_an_option_whose_condition_does_not_hold_is_not_offered(small: Scenario) -> None:
    run = at_choice(small)
    assert run.offered == ("explain", "order")
    with pytest.raises(ParameterError, match="option 'silence' is unknown"):
        run.choose("silence")


@pytest.mark.parametrize(
    "words", ["1", "explain", "Your left tail light is out. That is all.", "It is your tail light"]
)
def test_numbers_names_texts_and_own_words_all_choose(small: Scenario, words: str) -> None:
    run = at_choice(small)
    run.say(words)
    assert run.record.decisions[0].option == "explain"


def test_words_that_are_not_understood_get_a_question_and_do_nothing(small: Scenario) -> None:
    run = at_choice(small)
    before = run.subject.felt
    points = len(run.record.awards)
    assert not run.say("Lovely weather today").clear
    run.until_choice()
    assert run.phase == "choosing"
    assert said(run)[-1] == "Sorry, what do you mean?"
    assert run.unclear == 1
    assert run.record.decisions == []
    assert len(run.record.awards) == points
    assert run.subject.felt["anger"] <= before["anger"] + 1e-9


def test_an_insult_alone_is_felt_and_the_question_stays_open(small: Scenario) -> None:
    run = at_choice(small)
    run.say("You idiot!")
    run.until_choice()
    assert run.phase == "choosing"
    assert run.stage == "window"
    assert run.subject.felt["anger"] > 0.1
    assert [award.points for award in run.record.awards] == [-1]
    assert said(run)[-1] == "Excuse me?"


def test_ways_that_are_always_open_are_taken_after_own_words_too(write) -> None:
    text = "always: [{to: angry, when: said(insult) > 1}]\n" + SMALL
    run = at_choice(load_scenario(write(text)))
    run.say("You idiot!")
    run.until_choice()
    assert run.outcome is None
    run.say("Idiot!")
    run.until_choice()
    assert (run.phase, run.outcome) == ("over", "angry")


def test_a_stage_whose_options_are_all_closed_goes_on_by_itself(write) -> None:
    text = SMALL.replace("tags: [calm], events: [{event: apologised_to}]", "when: time < 0")
    text = text.replace("tags: [hostile], events: [{event: barked_at}], next: angry}", "when: time < 0, next: angry}")
    text = text.replace('    says: "[anger]You did not', '    next: calm\n    says: "[anger]You did not')
    assert play(load_scenario(write(text)), ["order"]).outcome == "calm"


def test_a_reason_with_an_insult_takes_the_option_and_hurts(small: Scenario) -> None:
    kind, rude = at_choice(small), at_choice(small)
    kind.say("It is your tail light.")
    rude.say("It is your tail light, idiot.")
    for run in (kind, rude):
        run.until_choice()
    assert rude.record.decisions[0].option == "explain"
    assert rude.record.peak is not None
    assert rude.record.peak.sample.felt["anger"] > kind.record.peak.sample.felt["anger"] + 0.1


@pytest.mark.parametrize("text", ["", "   ", "x" * 2000])
def test_no_words_and_too_many_are_refused(small: Scenario, text: str) -> None:
    with pytest.raises(ParameterError):
        at_choice(small).say(text)


def test_nothing_can_be_chosen_while_nothing_is_offered(small: Scenario) -> None:
    with pytest.raises(ParameterError, match="nothing to choose"):
        Run(small).choose("explain")


def test_any_step_size_gives_the_same_run(small: Scenario) -> None:
    runs = []
    for dt_s in (1 / 60, 1 / 7, 0.5):
        run = Run(small)
        while run.phase != "choosing":
            run.update(dt_s)
        run.update(10.0 - run.time_s)
        run.choose("order")
        run.update(20.0)
        runs.append(run)
    ends = {(run.stage, run.subject.felt["anger"], run.subject.felt["fear"]) for run in runs}
    assert len(ends) == 1


def test_a_log_plays_the_same_run_again(small: Scenario, tmp_path) -> None:
    run = at_choice(small)
    run.say("Hm, nice car you have there")
    run.until_choice()
    think(run)
    run.override("event", "threatened", intensity=0.4)
    run.say("Licence now, idiot")
    run.until_choice()
    run.choose("again")
    run.until_choice()
    write_log(run, tmp_path / "run.json")
    again = replay(small, load_log(tmp_path / "run.json"))
    assert again.record == run.record
    assert again.outcome == run.outcome
    assert again.subject.felt == run.subject.felt
    assert run_log(again) == run_log(run)


def test_the_instructor_is_named_in_the_log(small: Scenario) -> None:
    run = at_choice(small)
    run.override("note", "Watch the tone")
    run.override("go", "upset")
    run.until_choice()
    assert run.stage == "upset"
    assert [entry.who for entry in run.record.entries if entry.kind == "override"] == ["instructor"] * 2
    assert [each["what"] for each in run_log(run)["inputs"]] == ["note", "go"]


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("shout", "x", "override"),
        ("event", "insultd", "Did you mean 'insulted'"),
        ("feel", "angr", "Did you mean 'anger'"),
        ("go", "upsett", "Did you mean 'upset'"),
    ],
)
def test_a_wrong_override_changes_nothing(small: Scenario, kind: str, name: str, message: str) -> None:
    run = at_choice(small)
    before = run_log(run)
    with pytest.raises(ExpressiveError, match=message):
        run.override(kind, name)
    assert run_log(run) == before


def test_a_snapshot_goes_back(small: Scenario) -> None:
    run = at_choice(small)
    there = run.snapshot()
    run.choose("order")
    run.until_choice()
    first = run.subject.felt["anger"]
    run.restore(there)
    assert run.subject.felt["anger"] < first
    run.choose("order")
    run.until_choice()
    assert run.subject.felt["anger"] == first


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": "other"}, "no log of a scenario"),
        ({"version": 99}, "log version 99"),
        ({"seed": "x"}, "damaged"),
        ({"inputs": [{"kind": "choose"}]}, "input 1 is damaged"),
        ({"inputs": [{"kind": "choose", "tick": 1, "option": "explain"}]}, "does not fit the scenario at tick 1"),
        ({"fingerprint": "0"}, "another version"),
    ],
)
def test_a_damaged_log_is_one_clear_error(small: Scenario, damage: dict, message: str) -> None:
    log = json.loads(json.dumps(run_log(play(small, ["calm"]))))
    with pytest.raises(ParameterError, match=message):
        replay(small, {**log, **damage})


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([], "no choices"),
        (["explan"], "'explan' is not offered"),
        (["9"], "'9' is not offered"),
        (["2"], "the choices end before the scenario"),
        (["order", "wait"], "no time limit"),
    ],
)
def test_choices_that_cannot_be_made_are_told(small: Scenario, choices: list[str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        play(small, choices)


def test_a_better_choice_is_played_from_the_same_moment(small: Scenario) -> None:
    run = play(small, ["hostile"])
    (better,) = what_if(small, run_log(run))
    assert (better.decision, better.instead) == (0, "explain")
    assert better.was == run.record.decisions[1].before
    assert better.would_be.agitation < better.was.agitation - 0.3
    assert better.would_be.trust > better.was.trust + 0.1
    assert (better.outcome, better.outcome_at_best) == ("calm", "calm")
    # It is what that choice would really have done: the same as a run with it.
    other = play(small, ["explain"])
    assert other.record.samples[-1].trust == better.would_be.trust
    assert what_if(small, run_log(other)) == ()


def test_the_order_of_options_can_be_left_to_chance(write) -> None:
    shuffled = load_scenario(write("shuffle: true\n" + SMALL))
    orders = {at_choice(shuffled, seed=seed).offered for seed in range(12)}
    assert orders == {("explain", "order"), ("order", "explain")}
    assert at_choice(shuffled, seed=3).offered == at_choice(shuffled, seed=3).offered


def test_spoken_lines_last_as_long_as_they_sound_and_are_repeated_without_a_voice(small: Scenario) -> None:
    run = Run(small, embodied=True)
    run.until_choice()
    run.choose("order")
    run.until_choice()
    run.choose("sorry")
    run.until_choice()
    assert any(each["kind"] == "heard" for each in run.record.inputs)
    again = replay(small, json.loads(json.dumps(run_log(run))))
    assert [e.time_s for e in again.record.entries] == [e.time_s for e in run.record.entries]
    assert again.record.samples[-1].felt == run.record.samples[-1].felt
    assert run_log(again) == run_log(run)
    run.close()
