from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.speech import Phone, SpeechTrack
from expressive.core.visemes import phone_to_viseme
from expressive.voice.backends.espeak import _sounds_of
from expressive.voice.rhubarb import track_to_rhubarb

SOUNDS = ("p", "b", "m", "f", "v", "a", "iː", "aʊ", "eɪ", "s", "t", "l", "w", "", "pf")


def track_of(symbols: list[str], phone_s: float) -> SpeechTrack:
    phones = tuple(Phone(s, i * phone_s, (i + 1) * phone_s) for i, s in enumerate(symbols))
    return SpeechTrack("", len(symbols) * phone_s, phones)


def cues_of(track: SpeechTrack) -> list[dict[str, object]]:
    return json.loads(track_to_rhubarb(track, form="json"))["mouthCues"]


@given(st.lists(st.sampled_from(SOUNDS), min_size=1, max_size=12), st.floats(0.012, 0.2))
def test_cues_follow_each_other_to_the_end(symbols, phone_s):
    track = track_of(symbols, phone_s)
    cues = cues_of(track)
    assert cues[0]["start"] == 0
    assert cues[-1]["end"] == pytest.approx(track.duration_s, abs=0.005001)
    for a, b in pairwise(cues):
        assert a["start"] < a["end"] == b["start"] < b["end"]
        assert a["value"] != b["value"]
    rows = [line.split("\t") for line in track_to_rhubarb(track).splitlines()]
    assert [(float(t), v) for t, v in rows[:-1]] == [(c["start"], c["value"]) for c in cues]
    assert rows[-1][1] == "X"


@given(st.sampled_from(("p", "b", "m", "f", "v")), st.floats(0.003, 0.2))
def test_lips_that_meet_are_seen_at_any_tempo(symbol, phone_s):
    track = (
        track_of(["a", "a", "a", symbol, "a", "a", "a"], phone_s)
        if phone_s > 0.02
        else SpeechTrack(
            "", 0.4, (Phone("a", 0, 0.2), Phone(symbol, 0.2, 0.2 + phone_s), Phone("a", 0.2 + phone_s, 0.4))
        )
    )
    shape = "A" if symbol in "pbm" else "G"
    (cue,) = [c for c in cues_of(track) if c["value"] == shape]
    assert cue["end"] - cue["start"] > 0.0399
    middle = next(0.5 * (p.start_s + p.end_s) for p in track.phones if p.symbol == symbol)
    assert cue["start"] <= middle <= cue["end"]


def test_diphthongs_glide_and_affricates_have_both_their_contacts():
    assert [c["value"] for c in cues_of(track_of(["aʊ"], 0.2))] == ["D", "F"]
    assert [c["value"] for c in cues_of(track_of(["a", "pf", "a"], 0.1))] == ["D", "A", "G", "D"]
    assert [v.viseme for v in track_of(["a", "pf", "a"], 0.1).visemes] == ["aa", "PP", "FF", "aa"]


@pytest.mark.parametrize("language", ["en-us", "en-gb", "de", "fr-fr", "es", "it", "pl"])
def test_every_sound_of_a_language_has_its_mouth_shape(language):
    for symbol in _sounds_of(language):
        viseme = phone_to_viseme(symbol)
        assert viseme != "sil", symbol
        assert (viseme == "PP") == (symbol[0] in "pbmβ"), symbol
        assert (viseme == "FF") == (symbol[0] in "fvʋ"), symbol
