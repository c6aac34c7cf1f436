from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from expressive.core.errors import MissingDependency, ParameterError, SpeechError
from expressive.voice import backends
from expressive.voice.backends import add_backend, backend_names
from expressive.voice.backends.align import align_to_reference
from expressive.voice.backends.base import Needs, Spoken, resample
from expressive.voice.backends.espeak import EspeakBackend
from expressive.voice.bench_piper import save_piper_voice
from expressive.voice.doctor import doctor
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice
from tests.voice.speaking import SENTENCES, say

TEXT = SENTENCES[0]


def test_alignment_finds_the_words_of_another_voice():
    """Another variant, another accent, slower: its own times are known, and are not shown to the aligner."""
    other = EspeakBackend("f2").synthesize(TEXT, language="en-gb", rate=0.85)
    reference = EspeakBackend().synthesize(TEXT, language="en-us", rate=1.0)
    found = align_to_reference(other.samples, reference)
    assert [w.text for w in found.words] == [w.text for w in other.words]
    errors = [abs(a.start_s - b.start_s) for a, b in zip(found.words, other.words, strict=True)]
    assert np.median(errors) < 0.03
    assert max(errors) < 0.12
    assert align_to_reference(np.zeros(10, np.float32), reference).phones == ()


def test_resampling_keeps_pitch_and_length():
    t = np.arange(16000) / 16000
    y = resample(np.sin(2 * np.pi * 440 * t).astype(np.float32), 16000)
    assert len(y) == pytest.approx(22050, abs=2)
    assert np.abs(np.fft.rfft(y[:22050])).argmax() == pytest.approx(440, abs=1)


def test_pyttsx3_speaks_with_times_and_emotion():
    pytest.importorskip("pyttsx3", exc_type=ImportError)
    voice = Voice(VoiceSpec(backend="pyttsx3", base_f0_hz=110), seed=1)
    for text in (TEXT, "Hello.", TEXT):  # one after the other, which pyttsx3 itself cannot do
        stream = say(voice, text)
        assert 0.4 < stream.duration_s < 6
        assert [w.text for w in stream.track.words][-1] in ("evening", "Hello")
        assert np.abs(stream.samples()).max() > 0.05
    assert say(voice, "").duration_s == 0
    with pytest.raises(ParameterError, match="pyttsx3 voice 'nobody' is unknown"):
        say(Voice(VoiceSpec(backend="pyttsx3", variant="nobody"), seed=1), "Hello.")


def _tiny_piper_voice(folder: Path) -> Path:
    """A model with Piper's inputs and outputs that hums: every phoneme id lasts 1,024 samples."""
    pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    table = 0.2 * np.sin(2 * np.pi * 120 * np.arange(1024) / 22050).astype(np.float32)
    nodes = [
        helper.make_node("Shape", ["input"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["length"], axis=0),
        helper.make_node("Unsqueeze", ["length", "zero_axis"], ["length_1"]),
        helper.make_node("Tile", ["table", "length_1"], ["long"]),
        helper.make_node("Reshape", ["long", "out_shape"], ["output"]),
        helper.make_node("Expand", ["samples", "length_1"], ["phoneme_id_samples"]),
        helper.make_node("Identity", ["scales"], ["unused"]),
        helper.make_node("Identity", ["input_lengths"], ["unused_too"]),
    ]
    constants = {
        "one": np.array(1, np.int64),
        "zero_axis": np.array([0], np.int64),
        "table": table,
        "out_shape": np.array([1, 1, -1], np.int64),
        "samples": np.array([4.0], np.float32),  # in hops of 256
    }
    graph = helper.make_graph(
        nodes,
        "hum",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [
            helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"]),
            helper.make_tensor_value_info("phoneme_id_samples", TensorProto.FLOAT, ["phonemes"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    path = folder / "hum.onnx"
    save_piper_voice(graph, path)
    return path


def test_piper_tells_when_each_phone_sounds(tmp_path):
    pytest.importorskip("piper")
    voice = Voice(VoiceSpec(backend="piper", variant=str(_tiny_piper_voice(tmp_path))), seed=1)
    stream = say(voice, "The old man sat.")
    assert [w.text for w in stream.track.words] == ["The", "old", "man", "sat"]
    symbols = [p.symbol for p in stream.track.phones if p.symbol]
    assert symbols[0] == "ð"
    assert symbols[-1] == "t"
    lengths = [p.end_s - p.start_s for p in stream.track.phones if p.symbol in ("m", "n")]
    assert lengths == pytest.approx([2 * 1024 / 22050] * len(lengths), abs=0.02)
    assert stream.duration_s == pytest.approx(stream.track.phones[-1].end_s, abs=0.05)


def test_piper_says_what_is_missing(tmp_path, monkeypatch):
    with pytest.raises(ParameterError, match=r"must be an \.onnx file"):
        Voice(VoiceSpec(backend="piper", variant=str(tmp_path / "no.onnx")), seed=1)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no")
    Path(f"{broken}.json").write_text("{}", encoding="utf-8")
    pytest.importorskip("piper")
    with pytest.raises(SpeechError, match="cannot be loaded"):
        Voice(VoiceSpec(backend="piper", variant=str(broken)), seed=1)
    monkeypatch.setitem(__import__("sys").modules, "piper", None)
    with pytest.raises(MissingDependency, match=r"expressive\[piper\]"):
        Voice(VoiceSpec(backend="piper", variant=str(broken)), seed=1)


def test_doctor_names_every_backend():
    found = {row["name"]: row for row in doctor()}
    assert set(found) == {"espeak", "pyworld", "pyttsx3", "piper"}
    assert found["espeak"]["available"]
    assert "exactly: yes" in found["espeak"]["detail"]
    for row in found.values():
        assert row["available"] or row["remedy"].startswith("pip install")


class Hum:
    """A backend in a few lines."""

    def __init__(self, variant: str) -> None:
        self.hz = float(variant)

    def synthesize(self, text, *, language, rate, phonemes=False, stopped=None) -> Spoken:
        seconds = 0.2 * len(text.split()) / rate
        t = np.arange(int(seconds * 22050)) / 22050
        return Spoken((0.2 * np.sign(np.sin(2 * np.pi * self.hz * t))).astype(np.float32))


def test_a_new_backend_needs_nothing_but_itself(monkeypatch):
    monkeypatch.setattr(backends, "_added", {})
    add_backend("hum", Hum, lambda: Needs("a throat", "drink some tea"))
    assert say(Voice(VoiceSpec(backend="hum", variant="120"), seed=1), "One two three.").duration_s > 0.5
    row = next(row for row in doctor() if row["name"] == "hum")
    assert (row["available"], row["missing"], row["remedy"]) == (False, "a throat", "drink some tea")
    for name in ("hum", "espeak", "no name"):
        with pytest.raises(ParameterError, match="choose another"):
            add_backend(name, Hum)
    with pytest.raises(ParameterError, match=r"voice backend 'humm' is unknown\. Did you mean 'hum'"):
        VoiceSpec(backend="humm")


def test_a_packages_entry_point_brings_a_backend(monkeypatch):
    here = EntryPoint("throat", f"{__name__}:Throat", backends.ENTRY_POINTS)
    monkeypatch.setattr(backends, "_installed", lambda: {"throat": here})
    monkeypatch.setattr(EntryPoint, "load", lambda _: SimpleNamespace(make=Hum, examine=Needs))
    assert "throat" in backend_names()
    assert say(Voice(VoiceSpec(backend="throat", variant="90"), seed=1), "One two.").duration_s > 0.3


def test_nothing_is_no_sound():
    assert Spoken(np.zeros(0, np.float32)).duration_s == 0
