from __future__ import annotations

import json
import math

import numpy as np
import pytest
import soundfile

from expressive.core.affect import Affect
from expressive.core.errors import OutputError, ParameterError
from expressive.core.prosody import ProsodyTargets
from expressive.voice.fit import fit_voice, profile_yaml, read_recordings, write_profile
from expressive.voice.judge import Judge, Recording, read_emodb, unweighted_average_recall
from expressive.voice.measure import measure_speech
from expressive.voice.rhubarb import track_to_rhubarb
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice
from tests.voice.praat import measure
from tests.voice.speaking import SENTENCES, say

ACTED = {
    "neutral": ProsodyTargets(),
    "anger": ProsodyTargets(f0_shift_st=5.0, tilt_db=7.0, tempo=1.15),
    "sadness": ProsodyTargets(f0_shift_st=-2.0, tilt_db=-4.0, tempo=0.8),
}


@pytest.fixture(scope="module")
def actor(tmp_path_factory):
    """Recordings of a person whose ways we know: our own voice."""
    folder = tmp_path_factory.mktemp("actor")
    voice = Voice(VoiceSpec(base_f0_hz=140), seed=3)
    for emotion, targets in ACTED.items():
        (folder / emotion).mkdir()
        for i, sentence in enumerate(SENTENCES[:2]):
            soundfile.write(folder / emotion / f"{i}.wav", say(voice, sentence, targets).samples(), 22050)
    return folder


def test_a_fit_finds_the_ways_of_an_actor(actor):
    found = fit_voice(read_recordings(actor))
    assert found["base_f0_hz"] == pytest.approx(140, rel=0.04)
    assert set(found["emotions"]) == {"anger", "sadness"}
    for emotion, targets in ACTED.items():
        if emotion != "neutral":
            assert found["emotions"][emotion]["f0_shift_st"] == pytest.approx(targets.f0_shift_st, abs=0.7)
            assert found["emotions"][emotion]["tilt_db"] == pytest.approx(targets.tilt_db, abs=2.0)
    assert found["emotions"]["anger"]["tempo"] > 1.0 > found["emotions"]["sadness"]["tempo"]
    spec = VoiceSpec(**found)
    again = Voice(spec, seed=1).prosody(Affect.of(anger=1.0))
    assert again.f0_shift_st == found["emotions"]["anger"]["f0_shift_st"]


def test_a_profile_is_a_voice_section(actor, tmp_path):
    import yaml

    found = fit_voice(read_recordings(actor))
    write_profile(found, tmp_path / "profile.yaml")
    assert yaml.safe_load((tmp_path / "profile.yaml").read_text(encoding="utf-8")) == {"voice": found}
    assert profile_yaml(found).startswith("voice:\n  base_f0_hz: ")
    with pytest.raises(OutputError, match="cannot be written"):
        write_profile(found, tmp_path / "no" / "profile.yaml")


def test_folders_that_will_not_do(tmp_path):
    with pytest.raises(ParameterError, match="holds no labelled recordings"):
        read_recordings(tmp_path)
    (tmp_path / "anger").mkdir()
    (tmp_path / "anger" / "x.wav").write_bytes(b"no sound")
    with pytest.raises(ParameterError, match="no recording is neutral"):
        read_recordings(tmp_path)
    (tmp_path / "neutral").mkdir()
    (tmp_path / "neutral" / "x.wav").write_bytes(b"no sound")
    with pytest.raises(ParameterError, match=r"recording 'x.wav' cannot be read"):
        read_recordings(tmp_path)
    with pytest.raises(ParameterError, match=r"speaker='07' must be one of one"):
        read_recordings(tmp_path, speaker="07")
    with pytest.raises(ParameterError, match="holds no recordings named as in EmoDB"):
        read_emodb(tmp_path)


def test_measures_refuse_what_is_no_speech(rng):
    with pytest.raises(ParameterError, match=r"at least 0\.3 s"):
        measure_speech(np.zeros(100, np.float32), 16000)
    with pytest.raises(ParameterError, match="nothing voiced"):
        measure_speech((rng.standard_normal(16000) * 0.01).astype(np.float32), 16000)


def test_a_judge_learns_what_is_there(rng, actor):
    names = list(read_recordings(actor)[0].measures)

    def person(speaker: str, emotion: str, shift: float) -> Recording:
        own = 10.0 * int(speaker)  # people differ more than their emotions do
        return Recording(speaker, emotion, {name: own + shift + float(rng.normal(0, 0.5)) for name in names})

    people = [
        person(str(s), e, shift)
        for s in range(6)
        for e, shift in (("neutral", 0.0), ("anger", 1.0), ("sadness", -1.0))
        for _ in range(6)
    ]
    judge = Judge([r for r in people if r.speaker < "4"])
    table = judge.confusion([r for r in people if r.speaker >= "4"])
    assert unweighted_average_recall(table) > 0.9
    with pytest.raises(ParameterError, match="no neutral recording"):
        judge.scores([r for r in people if r.emotion != "neutral"])


def test_rhubarb_forms(voice):
    track = say(voice, "Papa feels well.").track
    rows = [line.split("\t") for line in track_to_rhubarb(track).splitlines()]
    shapes = [shape for _, shape in rows]
    assert set(shapes) <= set("ABCDEFGHX")
    assert shapes.count("A") == 2
    assert "G" in shapes
    assert shapes[-1] == "X"
    assert [float(t) for t, _ in rows] == sorted(float(t) for t, _ in rows)
    found = json.loads(track_to_rhubarb(track, form="json", sound_file="a.wav"))
    assert found["metadata"]["duration"] == pytest.approx(track.duration_s, abs=0.01)
    assert found["mouthCues"][-1]["end"] == found["metadata"]["duration"]
    with pytest.raises(ParameterError, match="form 'xml' is unknown"):
        track_to_rhubarb(track, form="xml")


@pytest.mark.shared
@pytest.mark.parametrize("speaker", ["03", "14"])
def test_people_can_be_fitted(speaker, shared):
    """Two speakers of EmoDB: the fit keeps what sets them apart, and our speech takes it on."""
    found = fit_voice(read_recordings(shared / "data" / "emodb" / "wav", speaker=speaker))
    assert set(found["emotions"]) >= {"anger", "happiness", "sadness", "fear"}
    assert found["emotions"]["anger"]["f0_shift_st"] > 4
    assert found["emotions"]["anger"]["tilt_db"] > 4 > 0 > found["emotions"]["sadness"]["tilt_db"]
    voice = Voice(VoiceSpec(**found), seed=1)
    plain = measure(say(voice, SENTENCES[0]).samples())
    angry = measure(say(voice, SENTENCES[0], voice.prosody(Affect.of(anger=1.0))).samples())
    wanted = found["emotions"]["anger"]
    assert plain["f0_hz"] == pytest.approx(found["base_f0_hz"], rel=0.04)
    assert angry["f0_st"] - plain["f0_st"] == pytest.approx(wanted["f0_shift_st"], abs=0.7)
    assert angry["alpha_db"] - plain["alpha_db"] == pytest.approx(wanted["tilt_db"], abs=3.5)
    assert math.isfinite(angry["hnr"])
