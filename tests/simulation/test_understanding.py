"""What a trainee's own words are taken for: by rules that can be read, and never by accident."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.simulation.scenario import Scenario
from expressive.simulation.understanding import LONGEST_TEXT, read_phrase, understand
from expressive.simulation.words import read_words, stem

OPTIONS = {
    "explain": ("tail/rear light", "reason ... stop", "my name"),
    "order": ("step out", "get out", "do not move"),
    "ask": ("licence/license", "what happened"),
}
INTENTS = {"insult": ("idiot", "shut up"), "sorry": ("sorry", "apologise/apologize")}


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Your rear light is broken.", "explain"),
        ("There is a reason for this stop, sir", "explain"),
        ("Your TAIL LIGHTS are out!", "explain"),
        ("Step out, please", "order"),
        ("Stepping out now? Step right out", "order"),
        ("Don't move!", "order"),
        ("Do not move", "order"),
        ("Your license", "ask"),
        ("Why don't you tell me what happened?", "ask"),
        ("I won't ask for your licence, but your tail light is out", "explain"),
        ("It's not only the tail light", "explain"),
        ("I will not explain. Your tail light is out.", "explain"),
    ],
)
def test_words_are_understood(text: str, option: str) -> None:
    assert understand(text, OPTIONS, INTENTS).option == option


@pytest.mark.parametrize(
    "text",
    [
        "Nice weather today.",
        "I won't ask you to step out.",
        "I never said that you should get out",
        "There is no need for your licence",
        "out step",
        "Step. Out.",
        "The tail of the dog, and light",
        "...",
        "🚗🚗🚗",
    ],
)
def test_what_is_not_meant_is_not_understood(text: str) -> None:
    meant = understand(text, OPTIONS, INTENTS)
    assert not meant.clear, meant
    assert not meant.ambiguous


def test_two_options_with_the_same_behind_them_are_ambiguous() -> None:
    meant = understand("Step out! And your licence!", {"order": ("step",), "ask": ("licence",)})
    assert meant.option is None
    assert set(meant.ambiguous) == {"order", "ask"}


def test_an_insult_beside_a_reason_is_heard_as_both() -> None:
    meant = understand("Your tail light is out, you idiot.", OPTIONS, INTENTS)
    assert (meant.option, meant.intents) == ("explain", ("insult",))
    assert meant.found == {"explain": ("tail/rear light",), "insult": ("idiot",)}


def test_a_denied_phrase_is_told() -> None:
    meant = understand("I will not apologise.", OPTIONS, INTENTS)
    assert not meant.clear
    assert meant.denied == {"sorry": ("apologise/apologize",)}


@pytest.mark.parametrize("bad", ["", "   ", "...", "*", "/", "you/"])
def test_a_phrase_without_words_is_refused(bad: str) -> None:
    with pytest.raises(ParameterError, match="phrase"):
        read_phrase(bad)


def test_too_many_words_are_refused() -> None:
    with pytest.raises(ParameterError, match="what you say"):
        understand("a " * LONGEST_TEXT, OPTIONS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stopping", "stopped"),
        ("apologies", "apology"),
        ("apologize", "apologised"),
        ("told", "tells"),
        ("tries", "tried"),
    ],
)
def test_forms_of_a_word_are_the_same(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=LONGEST_TEXT))
def test_any_text_is_judged_and_judged_the_same_again(text: str) -> None:
    meant = understand(text, OPTIONS, INTENTS)
    assert meant == understand(text, OPTIONS, INTENTS)
    # Nothing is ever understood without a phrase that was found, which the report can name.
    for name in (*meant.intents, *meant.ambiguous, *([meant.option] if meant.option else [])):
        assert meant.found[name]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["xylo", "quartz", "banjo", "zebra"]), max_size=8), st.sampled_from([*OPTIONS]))
def test_a_phrase_in_a_sentence_of_its_own_is_found_among_any_others(noise: list[str], name: str) -> None:
    plain = {"explain": "Tail light.", "order": "Step out.", "ask": "Licence."}[name]
    assert understand(f"{' '.join(noise)}. {plain}", OPTIONS).option == name


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_upper_case_and_spaces_change_nothing(text: str) -> None:
    assert [w.stem for w in read_words(f"  {text} ")] == [w.stem for w in read_words(text)]


def test_every_text_of_the_shipped_scenario_that_is_typed_is_its_own_option(traffic_stop: Scenario) -> None:
    """Whoever types what a button says gets that button, or is asked back; never another."""
    intents = {name: intent.phrases for name, intent in traffic_stop.intents.items()}
    spoken = wrong = clear = 0
    for stage in traffic_stop.stages.values():
        phrases = {name: option.phrases for name, option in stage.options.items()}
        for name, option in stage.options.items():
            if option.spoken:
                spoken += 1
                meant = understand(option.text, phrases, intents)
                wrong += meant.option not in (name, None)
                clear += meant.option == name
    assert wrong == 0
    assert clear >= 0.9 * spoken
