"""The tracks document: complete, compact, versioned, and as its schema says."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest

from expressive.core.affect import Affect
from expressive.core.controls import CONTROL_NAMES, FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import OutputError, ParameterError
from expressive.core.speech import Mark, Phone, SpeechTrack, StyleSpan, Word
from expressive.links.marking import notice
from expressive.links.tracks import TrackRecorder

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "tracks.schema.json").read_text("utf-8"))
TRACK = SpeechTrack(
    text="My gate",
    duration_s=0.5,
    phones=(Phone("m", 0.0, 0.1, 2), Phone("aɪ", 0.1, 0.2, 2), Phone("", 0.2, 0.5)),
    words=(Word("My", 0.0, 0.2, 0, 2), Word("gate", 0.2, 0.5, 3, 7)),
    marks=(Mark("draw", 0.25),),
    styles=(StyleSpan("anger", 0.75, 0.0, 0.2),),
)


def pose(rng, state="calm"):
    return SimpleNamespace(
        controls=FaceControls(rng.random(61).astype(np.float32)),
        felt=Affect.of(anger=float(rng.random())),
        shown=Affect.neutral(),
        state=state,
    )


def line(**changes):
    speech = SimpleNamespace(track=TRACK)
    values = {"who": "guard", "label": "Guard", "text": "My gate", "start_s": 1.0, "end_s": 1.5, "utterance": speech}
    return SimpleNamespace(**{**values, **changes})


def record(rng, n=4):
    recorder = TrackRecorder("Gate", 30, seed=7)
    poses = [{"guard": pose(rng), "monk": pose(rng, "serene")} for _ in range(n)]
    for i, frame in enumerate(poses):
        recorder.frame(i / 30, frame)
    return recorder, poses


def test_the_document_is_as_its_schema_says(rng):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    recorder, _ = record(rng)
    caption = line(who=None, label="", text="Later", utterance=None, end_s=None)
    document = recorder.document([line(), caption])
    validator.validate(document)
    validator.validate(TrackRecorder("Empty", 24).document())
    for broken in ({"version": 2}, {"surprise": 1}, {"times_s": [-1]}):
        assert not validator.is_valid({**document, **broken})


def test_every_frame_is_there(rng, tmp_path):
    recorder, poses = record(rng)
    document = json.loads(recorder.write(tmp_path / "out.json", [line()]).read_text("utf-8"))
    assert (document["format"], document["version"], document["notice"]) == ("expressive-tracks", 1, notice())
    assert (document["title"], document["seed"], document["fps"]) == ("Gate", 7, 30)
    assert document["control_names"] == list(CONTROL_NAMES)
    assert document["times_s"] == pytest.approx([0, 1 / 30, 2 / 30, 3 / 30], abs=1e-5)
    for name in ("guard", "monk"):
        actor = document["actors"][name]
        np.testing.assert_allclose(actor["controls"], [frame[name].controls.values for frame in poses], atol=1e-5)
        np.testing.assert_allclose(
            actor["felt"]["intensities"], [frame[name].felt.intensities for frame in poses], atol=1e-5
        )
        np.testing.assert_allclose(actor["felt"]["vad"], [frame[name].felt.vad for frame in poses], atol=1e-5)
    assert document["actors"]["monk"]["state"] == ["serene"] * 4
    assert document["emotion_names"] == list(EMOTIONS)


def test_times_of_a_line_are_those_of_the_performance(rng):
    [spoken] = record(rng)[0].document([line()])["lines"]
    assert spoken["phones"][1] == {"symbol": "aɪ", "start_s": 1.1, "end_s": 1.2, "stress": 2, "viseme": "aa"}
    assert spoken["words"][1] == {"text": "gate", "start_s": 1.2, "end_s": 1.5}
    assert spoken["marks"] == [{"name": "draw", "time_s": 1.25}]
    assert spoken["styles"] == [{"emotion": "anger", "intensity": 0.75, "start_s": 1, "end_s": 1.2}]


def test_the_document_is_compact_and_comparable(rng, tmp_path):
    recorder, _ = record(rng, n=90)
    path = recorder.write(tmp_path / "a.json")
    assert path.stat().st_size < 90 * 2 * 61 * 12
    assert max(len(row) for row in path.read_text("utf-8").splitlines()) < 1500
    again, _ = record(np.random.default_rng(440), n=90)
    assert again.write(tmp_path / "b.json").read_bytes() == path.read_bytes()


def test_odd_text_can_be_written(rng, tmp_path):
    recorder, _ = record(rng)
    path = recorder.write(tmp_path / "out.json", [line(text="half \ud83d, whole 🙂, 日本語", utterance=None)])
    assert json.loads(path.read_text("utf-8"))["lines"][0]["text"].endswith("whole 🙂, 日本語")


def test_frames_that_do_not_fit_are_refused(rng):
    recorder, poses = record(rng)
    with pytest.raises(ParameterError, match="must be later than the last frame"):
        recorder.frame(0.1, poses[0])
    with pytest.raises(ParameterError, match=r"the frame has \['guard'\]; the first one had \['guard', 'monk'\]"):
        recorder.frame(1.0, {"guard": poses[0]["guard"]})
    with pytest.raises(ParameterError, match="only finite numbers"):
        recorder.document([line(start_s=float("nan"))])
    with pytest.raises(ParameterError, match="fps=0 must be in"):
        TrackRecorder("x", 0)


def test_an_unwritable_document_is_one_clear_error(rng, tmp_path):
    recorder, _ = record(rng)
    with pytest.raises(OutputError, match="cannot be written: Is a directory"):
        recorder.write(tmp_path)
