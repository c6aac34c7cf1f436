"""Subtitles that players accept and people can read."""

from __future__ import annotations

import itertools
import re
import subprocess
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.core.errors import OutputError, ParameterError
from expressive.core.speech import SpeechTrack, Word
from expressive.links.marking import notice
from expressive.links.subtitles import SubtitleLine, caption_at, cues, to_srt, to_vtt, write_subtitles

LONG = (
    "I have stood at this gate for eleven years, in rain and in snow, and I have never let a liar through. "
    "So you will understand that I ask again: who sent you here, and what is in the cart?"
)


def spoken(text, *, per_word=0.3):
    """A track in which every word takes the same time."""
    words = [
        Word(match[0], i * per_word, (i + 1) * per_word, match.start(), match.end())
        for i, match in enumerate(re.finditer(r"\S+", text))
    ]
    return SpeechTrack(text=text, duration_s=len(words) * per_word, words=tuple(words))


def columns(text):
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def test_a_short_line_is_one_cue():
    [cue] = cues([SubtitleLine("Guard", "Halt!  Who\ngoes there?", 1.0, 3.0)])
    assert (cue.start_s, cue.end_s, cue.speaker, cue.text) == (1.0, 3.0, "Guard", "Halt! Who goes there?")


def test_srt_reads_as_players_expect():
    lines = [
        SubtitleLine("Guard", "Halt!", 0.5, 2.0),
        SubtitleLine("", "Later that day", 3661.25, 3663.0),
    ]
    assert to_srt(lines) == (
        "1\n00:00:00,500 --> 00:00:02,000\nGuard: Halt!\n\n2\n01:01:01,250 --> 01:01:03,000\nLater that day\n"
    )


def test_vtt_names_voices_and_says_that_they_are_synthetic():
    text = to_vtt([SubtitleLine("R & D", "1 < 2 --> yes", 0.0, 1.5)])
    assert text.startswith("WEBVTT\n\nNOTE ")
    assert notice() in text
    assert "00:00:00.000 --> 00:00:01.500\n<v R &amp; D>1 &lt; 2 --&gt; yes\n" in text


def test_a_long_line_is_split_at_its_words_times():
    line = SubtitleLine("Guard", LONG, 10.0, 10.0 + spoken(LONG).duration_s, spoken(LONG))
    parts = cues([line])
    assert len(parts) >= 3
    assert " ".join(part.text.replace("\n", " ") for part in parts) == LONG
    for part, following in itertools.pairwise(parts):
        assert part.end_s == following.start_s
    # Each cue begins when its first word is spoken.
    for part in parts:
        at = LONG.index(part.text.replace("\n", " "))
        word = next(word for word in line.track.words if word.char_start >= at)
        assert part.start_s == pytest.approx(10.0 + word.start_s)
    # "… through." is the end of a sentence, and a cue ends there.
    assert any(part.text.endswith("through.") for part in parts)


def test_without_word_times_length_decides():
    parts = cues([SubtitleLine("", LONG, 0.0, 10.0)])
    shares = [(part.end_s - part.start_s) / 10.0 for part in parts]
    lengths = [len(part.text) / len(LONG) for part in parts]
    assert shares == pytest.approx(lengths, abs=0.03)


def test_word_times_survive_odd_white_space():
    text = "  " + LONG.replace(", ", ",\n   ")
    line = SubtitleLine("", text, 0.0, spoken(text).duration_s, spoken(text))
    tidy = SubtitleLine("", LONG, 0.0, spoken(LONG).duration_s, spoken(LONG))
    assert cues([line]) == cues([tidy])


def test_a_cue_stays_long_enough_to_be_read_where_there_is_room():
    first, second = cues([SubtitleLine("A", "No.", 0.0, 0.2), SubtitleLine("B", "Yes.", 0.5, 0.6)])
    assert (first.end_s, second.end_s) == (0.5, 1.5)


def test_the_caption_follows_the_words():
    line = SubtitleLine("Guard", LONG, 5.0, 5.0 + spoken(LONG).duration_s, spoken(LONG))
    shown = [caption_at(line, 5.0 + t / 10) for t in range(0, 130, 2)]
    assert shown[0].startswith("I have stood")
    assert shown[-1].endswith("in the cart?")
    for word in line.track.words:
        assert word.text in caption_at(line, 5.0 + (word.start_s + word.end_s) / 2)
    assert caption_at(line, 0.0) == shown[0]
    assert caption_at(SubtitleLine("", " ", 0, 1), 0.5) == ""


def test_scripts_without_spaces_are_broken_too():
    text = "私は十一年間この門に立っています。雨の日も雪の日も、嘘つきを通したことは一度もありません。" * 3
    for cue in cues([SubtitleLine("番人", text, 0.0, 20.0)]):
        assert all(columns(row) <= 42 for row in cue.text.split("\n"))


def test_a_hundred_thousand_characters_are_no_trouble():
    assert len(cues([SubtitleLine("A", "word " * 20_000, 0.0, 9000.0)])) > 1000
    assert len(cues([SubtitleLine("A", "x" * 100_000, 0.0, 9000.0)])) > 1000


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=400),
    st.text(max_size=30),
    st.floats(0, 10_000),
    st.floats(0, 100),
)
def test_any_text_gives_a_valid_file(text, speaker, start, duration):
    lines = [SubtitleLine(speaker, text, start, start + duration)]
    to_srt(lines).encode()
    vtt = to_vtt(lines)
    vtt.encode()
    stamps = re.findall(r"^(\d\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d\d+):(\d\d):(\d\d)\.(\d{3})$", vtt, re.M)
    parts = cues(lines)
    assert len(stamps) == len(parts)
    for stamp in stamps:
        numbers = list(map(int, stamp))
        assert numbers[:4] < numbers[4:]
    for cue in parts:
        rows = cue.text.split("\n")
        assert len(rows) <= 2
        assert all(row.strip() for row in rows)
        assert all(sum(not unicodedata.combining(ch) for ch in row) <= 42 for row in rows)
    spoken_letters = "".join(ch for ch in text if not ch.isspace() and unicodedata.category(ch) not in ("Cc", "Cs"))
    assert "".join("".join(cue.text.split()) for cue in parts) == spoken_letters


@pytest.mark.usefixtures("ffmpeg")
def test_files_are_written_and_ffmpeg_reads_them(tmp_path):
    lines = [SubtitleLine("Guard", LONG, 0.0, 12.0), SubtitleLine("Traveller", "Ünïcode 🙂 & <tags>", 12.5, 14.0)]
    for ending in (".srt", ".vtt"):
        path = write_subtitles(tmp_path / f"film{ending}", lines)
        command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "srt", "-"]
        out = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        assert out.count("-->") == len(cues(lines))
        assert "cart?" in out


def test_what_cannot_be_written_is_one_clear_error(tmp_path):
    with pytest.raises(OutputError, match=r"as .srt or .vtt, not '.txt'"):
        write_subtitles(tmp_path / "film.txt", [])
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write_subtitles(tmp_path / "no" / "film.srt", [])
    with pytest.raises(ParameterError, match=r"start_s=-1.0 must be in"):
        cues([SubtitleLine("A", "Hi", -1.0, 2.0)])
