from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.voice.markup.say_as import say_as
from expressive.voice.markup.script import Pause, Say
from expressive.voice.markup.ssml import parse_ssml
from expressive.voice.markup.values import prosody_change
from tests.voice.praat import measure
from tests.voice.speaking import SENTENCES, say


def parse(text: str):
    return parse_ssml(text, base_f0_hz=100.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>Hi", r"line 1, column 10: no element found"),
        ("<speak>\n<b>Hi</b></speak>", r"line 2, column 1: element <b> is unknown"),
        ("<speak>\n\n  <break time='soon'/></speak>", r"line 3, column 3: <break> time='soon' must be such as 300ms"),
        ("<speak><break time='90s'/></speak>", "at most 60s"),
        ("<speak><prosody pitch='tall'>x</prosody></speak>", r"pitch='tall' must be such as"),
        ("<speak><prosody pith='+1st'>x</prosody></speak>", r"'pith' is unknown. Did you mean 'pitch'"),
        ("<speak><prosody rate='-300%'>x</prosody></speak>", r"must be in \[0\.25, 4\]"),
        ("<speak><prosody volume='+90dB'>x</prosody></speak>", r"must be in \[-60, 20\]"),
        ("<speak><prosody contour='up'>x</prosody></speak>", "contour='up' must be such as"),
        ("<speak><emphasis level='big'>x</emphasis></speak>", "level='big' is unknown"),
        ("<speak><sub>x</sub></speak>", "<sub> needs the attribute 'alias'"),
        ("<speak><mark/></speak>", "needs the attribute 'name'"),
        ("<speak><say-as interpret-as='digit'>1</say-as></speak>", "Did you mean 'digits'"),
        ("<speak><say-as interpret-as='date' format='mdy'>5</say-as></speak>", "does not have the form"),
        ("<speak><phoneme alphabet='x-sampa' ph='x'>a</phoneme></speak>", "must be 'ipa'"),
        ("<speak xmlns:mstts='m'><mstts:express-as style='cherful'>x</mstts:express-as></speak>", "'cheerful'"),
        ("<speak><mstts:express-as style='sad' styledegree='9'>x</mstts:express-as></speak>", "styledegree"),
        ("<talk>Hi</talk>", "it must be <speak>"),
        ("<speak>" * 200, "nested deeper than 100"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><speak>&e;</speak>", "are not taken"),
    ],
)
def test_mistakes_are_named_with_line_and_column(text, message):
    with pytest.raises(ParameterError, match=message) as caught:
        parse(text)
    assert str(caught.value).startswith("SSML line ")


def test_a_bomb_is_refused_at_once():
    bomb = "<!DOCTYPE b [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
    )
    begin = time.perf_counter()
    with pytest.raises(ParameterError, match="entities are not taken"):
        parse(bomb + "]><speak>&j;</speak>")
    assert time.perf_counter() - begin < 1.0


@given(st.text(alphabet="<>/&;'\" abspeak=\n\t", max_size=80))
def test_anything_is_understood_or_refused(text):
    with contextlib.suppress(ParameterError):
        parse("<speak>" + text + "</speak>")


def test_words_pauses_and_languages():
    script = parse(
        "<?xml version='1.0'?><speak version='1.1' xml:lang='en-GB'><p><s>Hello there</s> <s>You &amp; me</s></p>"
        "<break strength='strong'/><lang xml:lang='de'>Guten Tag</lang><metadata>no</metadata> "
        "<mark name='x'/><sub alias='World Wide Web Consortium'>W3C</sub> rules.</speak>"
    )
    assert script.text == "Hello there You & me Guten Tag W3C rules."
    said = [item for item in script.items if isinstance(item, Say)]
    assert [s.language for s in said] == ["en-GB", "en-GB", "de", "en-GB"]
    assert "World Wide Web Consortium rules." in said[-1].text
    assert said[-1].marks[0][1] == "x"
    assert [round(i.duration_s, 2) for i in script.items if isinstance(i, Pause)] == [0.35, 0.7]


@pytest.mark.parametrize(
    ("text", "kind", "form", "spoken"),
    [
        ("AB", "characters", "", "A, B"),
        ("007", "digits", "", "0 0 7"),
        ("12", "ordinal", "", "12th"),
        ("102", "ordinal", "", "102nd"),
        ("+49 30 12", "telephone", "", "plus 4 9, 3 0, 1 2"),
        ("2026-11-21", "date", "ymd", "November 21st, 2026"),
        ("21.11.", "date", "dm", "November 21st"),
        ("42", "cardinal", "", "42"),
    ],
)
def test_say_as(text, kind, form, spoken):
    assert say_as(text, kind, form) == spoken


def test_units_are_what_they_say():
    def of(**attributes: str):
        return prosody_change(attributes, base_f0_hz=100.0)

    assert of(pitch="+50%").f0_shift_st == pytest.approx(7.02, abs=0.01)
    assert of(pitch="-4st").f0_shift_st == -4
    assert of(pitch="200Hz").f0_shift_st == pytest.approx(12.0)
    assert of(pitch="+50Hz").f0_shift_st == pytest.approx(7.02, abs=0.01)
    assert of(rate="150%").tempo == of(rate="+50%").tempo == of(rate="1.5").tempo == 1.5
    assert of(volume="-6dB").gain_db == -6
    assert of(volume="50").gain_db == pytest.approx(-6.02, abs=0.01)
    assert of(range="+50%").f0_range == 1.5
    assert of(contour="(0%,+4st) (100%,-4st)").contour == ((0.0, 4.0), (1.0, -4.0))
    assert of(duration="2s").duration_s == 2.0


def test_units_are_heard(voice):
    sentence = SENTENCES[1]
    plain = measure(say(voice, sentence).samples())

    def of(attribute: str) -> dict[str, float]:
        return measure(say(voice, f"<speak><prosody {attribute}>{sentence}</prosody></speak>").samples())

    assert of("pitch='+4st'")["f0_st"] - plain["f0_st"] == pytest.approx(4.0, abs=0.5)
    assert of("pitch='160Hz'")["f0_hz"] == pytest.approx(160, rel=0.03)
    assert of("volume='+6dB'")["level_db"] - plain["level_db"] == pytest.approx(6.0, abs=0.7)
    assert of("rate='125%'")["duration_s"] == pytest.approx(plain["duration_s"] / 1.25, rel=0.04)
    assert of("duration='3s'")["duration_s"] == pytest.approx(3.0, rel=0.04)


def test_express_as_and_phoneme_reach_the_sound(voice):
    stream = say(
        voice,
        "<speak xmlns:mstts='https://www.w3.org/2001/mstts'><mstts:express-as style='angry' styledegree='0.5'>"
        "Go away.</mstts:express-as> Say <phoneme alphabet='ipa' ph='təˈmɑːtoʊ'>tomato</phoneme> now.</speak>",
    )
    (style,) = stream.track.styles
    assert (style.emotion, style.intensity) == ("anger", 0.5)
    assert stream.text == "Go away. Say tomato now."
    word = next(w for w in stream.track.words if w.text == "tomato")
    sounds = [p.symbol for p in stream.track.phones if word.start_s <= p.start_s < word.end_s]
    assert "ɑː" in sounds
    assert sounds.count("t") + sounds.count("ɾ") == 2
