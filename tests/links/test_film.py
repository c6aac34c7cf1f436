"""A script becomes a film: whole, in step, repeatable, with its subtitles and tracks, or not at all."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from expressive.core.errors import OutputError, ParameterError, ProfileError
from expressive.links import film
from expressive.links.film import perform

DOCS = Path(__file__).parents[2] / "docs"
SIZE = (160, 90)
SCENE = """
title: A short word
background: inn
cast:
  guard: guard
  healer: healer
  you: {name: You}
script:
  - {say: "Halt! Papa may help.", who: guard, to: healer}
  - {event: insulted, to: guard, by: you}
  - {say: "Leave me be.", who: you}
  - {scene: night}
  - {wait: 0.3}
  - {caption: "Later that night", for_s: 0.5}
"""


class Mouth:
    """A face that is a grey disc, and whose mouth is as open as the jaw."""

    @classmethod
    def of(cls, _spec):
        return cls()

    def frame(self, controls, identity):
        y, x = np.mgrid[:64, :64] / 64 - 0.5
        picture = np.zeros((64, 64, 4), np.uint8)
        picture[x**2 + y**2 < 0.16] = (170, 160, 150, 255)
        picture[(x / 0.2) ** 2 + ((y - 0.15) / max(0.01, 0.3 * controls["jawOpen"])) ** 2 < 1] = (20, 0, 0, 255)
        return picture


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "FaceGenerator", Mouth)
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE, "utf-8")
    return path


def test_pictures_sound_subtitles_and_tracks_belong_together(scene, tmp_path):
    told = []
    out = perform(
        scene, tmp_path / "shots", size=SIZE, subtitles=True, tracks=tmp_path / "out.json", progress=told.append
    )
    pictures = sorted((tmp_path / "shots").glob("frame_*.png"))
    assert len(pictures) == out.n_frames == len(told)
    with wave.open(str(tmp_path / "shots" / "audio.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        assert abs(file.getnframes() / file.getframerate() - out.n_frames / 30) < 1e-3

    document = json.loads((tmp_path / "out.json").read_text("utf-8"))
    schema = json.loads((DOCS / "schema" / "tracks.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert set(document["actors"]) == {"guard", "healer"}
    assert len(document["times_s"]) == out.n_frames
    spoken, silent, caption = document["lines"]
    assert [spoken["actor"], silent["actor"], caption["actor"]] == ["guard", "you", None]

    # The sound is loud where the track says that vowels are, and still where nobody speaks.
    vowels = [phone for phone in spoken["phones"] if phone["viseme"] in ("aa", "E", "ih", "oh", "ou")]
    loud = [np.abs(sound[int(v["start_s"] * 22050) : int(v["end_s"] * 22050)]).max() for v in vowels]
    assert min(loud) > 0.01
    assert np.abs(sound[int((silent["start_s"] + 0.1) * 22050) : int(silent["end_s"] * 22050)]).max() < 1e-3

    # Lips meet on P: within a frame of its closure the jaw is as good as shut.
    jaw = np.array(document["actors"]["guard"]["controls"])[:, document["control_names"].index("jawOpen")]
    for phone in spoken["phones"]:
        if phone["symbol"] == "p":
            first, last = int(phone["start_s"] * 30), int(np.ceil(phone["end_s"] * 30)) + 1
            assert jaw[first : last + 1].min() < 0.12

    srt = (tmp_path / "shots.srt").read_text("utf-8")
    assert "uard: Halt! Papa may help." in srt
    assert "You: Leave me be." in srt
    assert "Later that night" in srt

    first, last = (np.asarray(Image.open(pictures[i]), float) for i in (3, -3))
    assert first[:20, :20, 0].mean() > first[:20, :20, 2].mean()  # the warm inn
    assert last[:20, :20, 0].mean() < last[:20, :20, 2].mean()  # the blue night


def test_the_same_script_gives_the_same_film(scene, tmp_path):
    for name in ("a.mp4", "b.mp4"):
        perform(scene, tmp_path / name, size=SIZE, tracks=tmp_path / f"{name}.json")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert (tmp_path / "a.mp4.json").read_bytes() == (tmp_path / "b.mp4.json").read_bytes()


def test_sound_alone_needs_no_face(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(film, "FaceGenerator", None)
    out = perform(scene, tmp_path / "out.wav")
    with wave.open(str(out.path)) as file:
        assert file.getnframes() == pytest.approx(out.duration_s * 22050, abs=800)


def test_what_cannot_be_made_is_refused_before_anything_is_written(scene, tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OutputError, match="create it first"):
        perform(scene, tmp_path / "no" / "out.mp4")
    with pytest.raises(OutputError, match=r"must end in \.json"):
        perform(scene, tmp_path / "out.mp4", tracks=tmp_path / "out.txt")
    with pytest.raises(ParameterError, match="even each way"):
        perform(scene, tmp_path / "out.mp4", size=(161, 90))
    with pytest.raises(ParameterError, match="fps=31 must be one of"):
        perform(scene, tmp_path / "out.mp4", fps=31)
    scene.write_text(SCENE.replace("scene: night", "scene: nigth"), "utf-8")
    with pytest.raises((ProfileError, ParameterError), match="Did you mean 'night'"):
        perform(scene, tmp_path / "out.mp4")
    assert sorted(tmp_path.iterdir()) == before
