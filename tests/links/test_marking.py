"""Every output says that it is synthetic, in words that other programs read back."""

from __future__ import annotations

import json
import subprocess
import wave
from contextlib import nullcontext

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import expressive
from expressive.core.errors import OutputError, ParameterError
from expressive.links import marking


def test_the_notice_names_program_version_and_nature():
    words = marking.notice()
    assert f"Expressive {expressive.__version__}" in words
    assert "Synthetic media" in words
    assert "computer-generated" in words


def test_png_carries_the_mark_and_its_pixels_stay(tmp_path, rng):
    pixels = rng.integers(0, 256, (16, 24, 4), dtype=np.uint8)
    marking.write_png(tmp_path / "face.png", pixels)
    with Image.open(tmp_path / "face.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
        assert image.text["Comment"] == marking.notice()
        assert image.text["Software"] == marking.software()
        assert marking.DIGITAL_SOURCE_TYPE in image.text["XML:com.adobe.xmp"]


def test_marking_a_png_twice_changes_nothing_more(tmp_path):
    path = tmp_path / "foreign.png"
    Image.new("L", (8, 8), 77).save(path)
    marking.mark_png(path)
    once = path.read_bytes()
    marking.mark_png(path)
    assert path.read_bytes() == once
    with Image.open(path) as image:
        assert image.text["Comment"] == marking.notice()
        assert image.getpixel((3, 3)) == 77


def test_what_is_no_png_or_gif_is_refused(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("hello")
    with pytest.raises(ParameterError, match="no PNG picture"):
        marking.mark_png(path)
    with pytest.raises(ParameterError, match="no GIF picture"):
        marking.mark_gif(path)
    with pytest.raises(OutputError, match="cannot be marked"):
        marking.mark_png(tmp_path / "missing.png")


@pytest.mark.parametrize(
    ("pixels", "outcome"),
    [
        (np.zeros((4, 4, 3), np.uint8), nullcontext()),
        (np.zeros((4, 4, 4), np.uint8), nullcontext()),
        (np.zeros((4, 4), np.uint8), pytest.raises(ParameterError, match="must be uint8")),
        (np.zeros((4, 4, 4), np.float32), pytest.raises(ParameterError, match="must be uint8")),
        (np.zeros((0, 4, 4), np.uint8), pytest.raises(ParameterError, match="must be uint8")),
    ],
)
def test_only_pictures_are_written_as_png(tmp_path, pixels, outcome):
    with outcome:
        marking.write_png(tmp_path / "x.png", pixels)


def test_an_unwritable_png_is_one_clear_error(tmp_path):
    with pytest.raises(OutputError, match=r"cannot be written: No such file"):
        marking.write_png(tmp_path / "no" / "x.png", np.zeros((4, 4, 3), np.uint8))


def test_gif_carries_the_mark(tmp_path):
    path = tmp_path / "x.gif"
    Image.new("P", (8, 8)).save(path)
    marking.mark_gif(path)
    once = path.read_bytes()
    marking.mark_gif(path)
    assert path.read_bytes() == once
    with Image.open(path) as image:
        assert image.info["comment"].decode() == marking.notice()
        image.load()


@pytest.mark.usefixtures("ffmpeg")
def test_wav_is_read_back_by_other_programs(tmp_path, rng):
    path = tmp_path / "line.wav"
    y = rng.uniform(-1, 1, 4801).astype(np.float32)
    marking.write_wav(path, y, 22050, title="Get away")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 22050, 4801)
    back, rate = soundfile.read(path)
    assert rate == 22050
    # Half a step is the most that rounding to the nearest can miss by.
    assert np.abs(back - np.clip(y, -1, 32767 / 32768)).max() <= 0.5 / 32768 + 1e-9
    with soundfile.SoundFile(path) as file:
        assert file.title == "Get away"
        assert file.comment == marking.notice()
        assert file.software == marking.software()
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "json", str(path)],
        capture_output=True,
        check=True,
    )
    tags = json.loads(probe.stdout)["format"]["tags"]
    assert tags["comment"] == marking.notice()
    assert marking.DIGITAL_SOURCE_TYPE in tags.values()


def test_wav_in_pieces_equals_wav_at_once(tmp_path, rng):
    y = rng.uniform(-1, 1, 1001)
    marking.write_wav(tmp_path / "a.wav", y, 8000)
    with marking.WavWriter(tmp_path / "b.wav", 8000) as wav:
        for piece in np.array_split(y, 7):
            wav.write(piece)
    wav.close()
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    with pytest.raises(ParameterError, match="closed already"):
        wav.write(y)


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_16_bit_sound_survives_the_way_through_floats(steps):
    assert marking.float_to_pcm16(np.array(steps) / 32768).tolist() == steps


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros((2, 5)), 8000, r"shape \(2, 5\)"),
        ([0.0, float("nan")], 8000, "1 values that are not finite"),
        ([0.0], 0, "sample_rate=0 must be"),
        ([0.0], 22050.5, "sample_rate=22050.5 must be"),
    ],
)
def test_bad_sound_is_refused_before_a_file_is_begun(tmp_path, samples, rate, message):
    with pytest.raises(ParameterError, match=message):
        marking.write_wav(tmp_path / "x.wav", samples, rate)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_wav_is_one_clear_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written: Is a directory"):
        marking.write_wav(tmp_path, [0.0], 8000)
