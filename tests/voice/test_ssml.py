from __future__ import annotations

import contextlib
import json
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ParameterError
from expressive.core.prosody import ProsodyTargets
from expressive.voice.cast import load_speakers
from expressive.voice.markup.numbers import english_cardinal, english_ordinal, german_cardinal, german_ordinal
from expressive.voice.markup.say_as import INTERPRETATIONS, say_as
from expressive.voice.markup.script import Pause, Say
from expressive.voice.markup.ssml import parse_ssml
from expressive.voice.markup.values import prosody_change
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice
from tests.voice.praat import measure
from tests.voice.speaking import CAST, SENTENCES, say


def parse(text: str, **settings):
    return parse_ssml(text, spec=VoiceSpec(base_f0_hz=100.0), **settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>Hi", r"line 1, column 10: no element found"),
        ("<speak>\n<b>Hi</b></speak>", r"line 2, column 1: element <b> is unknown"),
        ("<speak>\n\n  <break time='soon'/></speak>", r"line 3, column 3: <break> time='soon' must be such as 300ms"),
        ("<speak><break time='90s'/></speak>", "at most 60s"),
        ("<speak><prosody pitch='tall'>x</prosody></speak>", r"pitch='tall' must be such as"),
        ("<speak><prosody pitch='4st'>x</prosody></speak>", r"pitch='4st' is a change and needs a sign, such as \+4st"),
        ("<speak><prosody pith='+1st'>x</prosody></speak>", r"'pith' is unknown. Did you mean 'pitch'"),
        ("<speak><prosody rate='-300%'>x</prosody></speak>", r"must be in \[0\.25, 4\]"),
        ("<speak><prosody volume='+90dB'>x</prosody></speak>", r"must be in \[-60, 20\]"),
        ("<speak><prosody contour='up'>x</prosody></speak>", "contour='up' must be such as"),
        ("<speak><emphasis level='big'>x</emphasis></speak>", "level='big' is unknown"),
        ("<speak><sub>x</sub></speak>", "<sub> needs the attribute 'alias'"),
        ("<speak><mark/></speak>", "needs the attribute 'name'"),
        ("<speak><say-as interpret-as='digit'>1</say-as></speak>", "Did you mean 'digits'"),
        ("<speak><say-as interpret-as='date' format='mdy'>5</say-as></speak>", "does not have the form"),
        ("<speak><phoneme alphabet='arpabet' ph='x'>a</phoneme></speak>", "must be 'ipa' or 'x-sampa'"),
        ("<speak>\n<phoneme alphabet='x-sampa' ph='t!'>a</phoneme></speak>", "line 2, column 1: .*'!' is no symbol"),
        ("<speak>Ö, über <voice name='nobody'>x</voice></speak>", "column 16: <voice> name='nobody' is nobody"),
        ("<speak><voice gender='man'>x</voice></speak>", "gender='man' is unknown"),
        ("<speak><voice age='-3'>x</voice></speak>", r"age='-3' must be a whole number in \[0, 120\]"),
        ("<speak><voice gender='female' variant='99'>x</voice></speak>", r"variant=99 must be in \[1, 6\]"),
        ("<speak><voice gendre='male'>x</voice></speak>", "'gendre' is unknown. Did you mean 'gender'"),
        ("<speak><break tiem='1s'/></speak>", "'tiem' is unknown. Did you mean 'time'"),
        ("<speak xml:lang='fr'><say-as interpret-as='date'>1.2.2026</say-as></speak>", "in English and German"),
        ("<speak><say-as interpret-as='date' format='dmy'>41.1.2026</say-as></speak>", "day 41 must be"),
        ("<speak><say-as interpret-as='time'>25:99</say-as></speak>", "is no time of day"),
        ("<speak><say-as interpret-as='currency'>7 pesos</say-as></speak>", "must be such as"),
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
    ("text", "kind", "form", "english", "german"),
    [
        ("AB", "characters", "", "A, B", "A, B"),
        ("a@b", "spell-out", "", "a, at, b", "a, ät, b"),
        ("007", "digits", "", "0 0 7", "0 0 7"),
        ("12", "ordinal", "", "twelfth", "zwölfte"),
        ("102", "ordinal", "", "one hundred second", "einhundertzweite"),
        ("3.", "ordinal", "", "third", "dritte"),
        ("+49 30 12", "telephone", "", "plus 4 9, 3 0, 1 2", "plus 4 9, 3 0, 1 2"),
        ("2026-11-21", "date", "ymd", "November twenty-first, twenty twenty-six",
         "einundzwanzigster November zweitausendsechsundzwanzig"),
        ("2026-11-21", "date", "", "November twenty-first, twenty twenty-six",
         "einundzwanzigster November zweitausendsechsundzwanzig"),
        ("1.3.", "date", "dm", "March first", "erster März"),
        ("1984", "date", "y", "nineteen eighty-four", "neunzehnhundertvierundachtzig"),
        ("42", "cardinal", "", "forty-two", "zweiundvierzig"),
        ("-3", "number", "", "minus three", "minus drei"),
        ("3/4", "fraction", "", "three quarters", "drei viertel"),
        ("14:05", "time", "hms24", "fourteen oh five", "vierzehn Uhr fünf"),
        ("14:05", "time", "hms12", "two oh five P M", "vierzehn Uhr fünf"),
        ("9:00", "time", "", "nine o'clock", "neun Uhr"),
        ("1:30 pm", "time", "", "one thirty P M", "dreizehn Uhr dreißig"),
        ("0:00:01", "time", "", "zero hundred hours and one second", "null Uhr null und eine Sekunde"),
        ("$1", "currency", "", "one dollar", "ein Dollar"),
        ("5 km/h", "unit", "", "five kilometres per hour", "fünf Kilometer pro Stunde"),
        ("1 h", "unit", "", "one hour", "eine Stunde"),
        ("21 °C", "unit", "", "twenty-one degrees Celsius", "einundzwanzig Grad Celsius"),
    ],
)  # fmt: skip
def test_say_as(text, kind, form, english, german):
    assert say_as(text, kind, form, language="en-gb") == english
    assert say_as(text, kind, form, language="de") == german


@pytest.mark.parametrize(
    ("text", "kind", "language", "spoken"),
    [
        ("1,234.5", "cardinal", "en-us", "one thousand two hundred thirty-four point five"),
        ("1.234,5", "cardinal", "de", "eintausendzweihundertvierunddreißig Komma fünf"),
        ("$42.50", "currency", "en-us", "forty-two dollars and fifty cents"),
        ("42,50 €", "currency", "de", "zweiundvierzig Euro und fünfzig Cent"),
        ("0,01 €", "currency", "de", "ein Cent"),
        ("EUR -3", "currency", "en-us", "minus three euros"),
        ("12.5 kg", "unit", "en-us", "twelve point five kilograms"),
        ("1 234", "cardinal", "fr", "1 234"),
        ("A4", "characters", "fr", "A, 4"),
    ],
)
def test_say_as_in_a_languages_own_writing(text, kind, language, spoken):
    assert say_as(text, kind, language=language) == spoken


@given(st.sampled_from(INTERPRETATIONS), st.text(max_size=14), st.sampled_from(("en", "de", "fr")))
def test_anything_can_be_read_or_is_refused(kind, text, language):
    with contextlib.suppress(ParameterError):
        assert isinstance(say_as(text, kind, language=language), str)


@given(st.integers(0, 999_999))
def test_no_two_numbers_sound_alike(number):
    for cardinal, ordinal in ((english_cardinal, english_ordinal), (german_cardinal, german_ordinal)):
        assert cardinal(number) != cardinal(number + 1)
        assert ordinal(number) != ordinal(number + 1)
        assert all(ch.isalpha() or ch in " -" for ch in cardinal(number) + ordinal(number))


def test_dates_are_read_in_the_language_that_is_spoken():
    script = parse(
        "<speak>On <say-as interpret-as='date'>3/4/2026</say-as>, or <lang xml:lang='de'>am "
        "<say-as interpret-as='date'>4.3.2026</say-as></lang></speak>"
    )
    english, german = (item for item in script.items if isinstance(item, Say))
    assert "March fourth, twenty twenty-six" in english.text
    assert "vierter März zweitausendsechsundzwanzig" in german.text
    assert script.text == "On 3/4/2026, or am 4.3.2026"


def test_a_voice_is_chosen_by_name_or_by_what_it_is():
    cast = {"guard": CAST["guard"]}.get
    common = load_speakers()
    script = parse(
        "<speak xml:lang='de'>Eins <voice name='nemo guard'>two</voice> <voice gender='female' age='8'>drei"
        "<voice age='80' gender='male'> vier</voice> fünf</voice> <voice languages='fr'>six</voice> "
        "<voice name='nemo' onvoicefailure='keepexisting'>sieben</voice> <voice name='old-woman'>acht</voice></speak>",
        cast=cast,
    )
    said = [(item.text.strip(), item.speaker, item.language) for item in script.items if isinstance(item, Say)]
    assert said == [
        ("Eins", None, "de"),
        ("two", CAST["guard"], ""),
        ("drei", common["girl"].spec, "de"),
        ("vier", common["old-man"].spec, "de"),
        ("fünf", common["girl"].spec, "de"),
        ("six", None, "fr"),
        ("sieben", None, "de"),
        ("acht", common["old-woman"].spec, "de"),
    ]


def test_another_speaker_is_heard_and_a_snapshot_keeps_who_speaks(voice):
    sentence = "We have been waiting in this room for almost three hours."
    text = f"<speak>Yes. <voice gender='female'>{sentence}</voice></speak>"
    stream = say(voice, text)
    start_s = next(w.start_s for w in stream.track.words if w.text == "We")
    own = measure(say(voice, sentence).samples())
    other = measure(stream.samples(start_s))
    spec = load_speakers()["woman"].spec
    assert other["f0_hz"] == pytest.approx(spec.base_f0_hz, rel=0.06)
    assert other["f0_hz"] > 1.5 * own["f0_hz"]
    again = Voice(CAST["driver"], seed=7)
    half = again.speak(text)
    half.wait(60)
    half.render(start_s + 1.0, ProsodyTargets())
    saved = json.loads(json.dumps(again.snapshot(half)))
    resumed = Voice(CAST["driver"], seed=7).restore(saved)
    resumed.wait(60)
    for s in (half, resumed):
        s.render(math.inf, ProsodyTargets())
    assert np.array_equal(half.samples(), resumed.samples())


@pytest.mark.parametrize(
    ("language", "alphabet", "ph", "sounds"),
    [
        ("de", "ipa", "ˈʃtʁaːsə", ["ʃ", "t", "ʁ", "ɑː", "s", "ə"]),
        ("de", "x-sampa", '"pfE:6t', ["pf", "ɛː", "ɜ", "t"]),
        ("fr", "ipa", "bɔ̃ˈʒuʁ", ["b", "ɔ̃", "ʒ", "u", "ʁ"]),
        ("it", "ipa", "ˈt͡ʃao", ["tʃ", "a", "o"]),
        ("en-gb", "ipa", "ˈθɪŋ", ["θ", "ɪ", "ŋ"]),
    ],
)
def test_phonemes_of_many_languages(voice, language, alphabet, ph, sounds):
    xml = ph.replace('"', "&quot;")
    stream = say(
        voice, f'<speak xml:lang="{language}"><phoneme alphabet="{alphabet}" ph="{xml}">word</phoneme></speak>'
    )
    assert [p.symbol for p in stream.track.phones if p.symbol] == sounds
    assert [w.text for w in stream.track.words] == ["word"]


def test_a_sound_that_a_voice_lacks_is_named_with_its_place(voice):
    with pytest.raises(ParameterError, match=r"SSML line 2, column 1: <phoneme> phoneme 'ǃ' in 'ǃa' is unknown to"):
        voice.speak("<speak xml:lang='de'>\n<phoneme ph='ǃa'>x</phoneme></speak>")


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
    # 8.2 st around 100 Hz go from 78.9 to 126.7 Hz.
    assert of(range="47.8Hz").f0_range == pytest.approx(1.0, abs=0.01)
    assert of(range="+47.8Hz").f0_range == pytest.approx(1.94, abs=0.02)
    assert of(range="0Hz").f0_range == of(range="-200Hz").f0_range == 0.0
    assert of(range="4.1st").f0_range == 0.5
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
