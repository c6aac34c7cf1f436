from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.voice.markup.inline import EFFECTS, parse_inline
from expressive.voice.markup.script import Pause, Say, Sound, split_sentences
from expressive.voice.sounds.make import make_sound
from expressive.voice.sounds.names import SOUNDS
from tests.voice.praat import measure
from tests.voice.speaking import say


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[angr]No.[/]", r"tag \[angr\] at character 1 is unknown. Did you mean 'angry'"),
        ("Oh [/]", r"tag \[/\] at character 4 closes nothing"),
        ("[anger]No[/fear]", r"closes \[fear\], but the innermost open tag is \[anger\]"),
        ("[pause long]", "duration 'long' must be such as 300ms"),
        ("[pause 90s]", "duration=90.0 must be in"),
        ("[anger much]a[/]", "intensity 'much' must be a number"),
        ("[anger 2]a[/]", "intensity=2.0 must be in"),
        ("[mark]", "needs a name"),
    ],
)
def test_mistakes_are_named_with_their_place(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_inline(text)


def test_tags_leave_the_words():
    script = parse_inline(r"[joy 0.5]Well[/joy], [pause 300ms] \[sic\] [sigh] go[mark door] on.")
    assert script.text == "Well, [sic] go on."
    assert [type(i) for i in script.items] == [Say, Pause, Say, Sound, Say]
    assert script.items[0].spans[0].change.emotion == "happiness"
    assert script.items[0].spans[0].change.intensity == 0.5
    assert script.items[-1].marks == ((2, "door"),)


def test_an_unclosed_tag_holds_to_the_end_and_over_sentences():
    script = parse_inline("[fear]Run. Now!")
    spans = [item.spans[0] for item in script.items if isinstance(item, Say)]
    assert [s.number for s in spans] == [1, 1]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith met Mr. J. Doe at 3.5 miles.", 1),
        ("One. Two! Three? Four… five.", 4),
        ("No. Yes.", 2),
        ("word " * 200, 4),
        ("x" * 1000, 4),
    ],
)
def test_sentences(text, count):
    pieces = split_sentences(text)
    assert len(pieces) == count
    assert "".join(text[a:b] for a, b, _ in pieces).split() == text.split() or count == 4
    assert all(b - a <= 301 for a, b, _ in pieces)


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused_with_reason(text):
    try:
        script = parse_inline(text)
    except ParameterError:
        return
    for item in script.items:
        if isinstance(item, Say):
            assert len(item.origin) == len(item.text) + 1
            assert list(item.origin) == sorted(item.origin)


@given(st.lists(st.sampled_from(["[anger]", "[/]", "hi ", "[sigh]", "[whisper]", ". ", "[pause]"]), max_size=12))
def test_balanced_or_refused(parts):
    depth = 0
    for part in parts:
        depth += part in ("[anger]", "[whisper]")
        if part == "[/]":
            depth -= 1
            if depth < 0:
                with pytest.raises(ParameterError, match="closes nothing"):
                    parse_inline("".join(parts))
                return
    parse_inline("".join(parts))


@pytest.mark.parametrize("effect", ["whisper", "shout", "slow"])
def test_effects_are_heard(voice, effect):
    words = "The old man went away over there."
    plain = measure(say(voice, words).samples())
    found = measure(say(voice, f"[{effect}]{words}[/]").samples())
    if effect == "whisper":
        assert found["hnr"] < plain["hnr"] - 5
    elif effect == "shout":
        assert found["alpha_db"] > plain["alpha_db"] + 4
        assert found["level_db"] > plain["level_db"] + 5
    else:
        assert found["duration_s"] == pytest.approx(plain["duration_s"] / EFFECTS[effect].tempo, rel=0.07)


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds_have_a_mark_a_mouth_and_a_level(voice, name):
    stream = say(voice, f"[{name}]")
    assert [m.name for m in stream.track.marks] == [f"sound:{name}"]
    assert stream.text == ""
    assert any(p.symbol for p in stream.track.phones)
    assert 0.25 < stream.duration_s < 2.0
    assert 0.01 < abs(stream.samples()).max() < 0.9
    slight, _ = make_sound(name, 0.2)
    full, _ = make_sound(name, 1.0)
    assert len(slight) < len(full)
    assert slight.log_power.max() < full.log_power.max()
    with pytest.raises(ParameterError, match=r"Known|mean"):
        make_sound("burp", 1.0)
