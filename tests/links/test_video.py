"""Films: right pictures, sound in step with them, marked, whole or not there at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave

import numpy as np
import pytest
from PIL import Image, ImageSequence

from expressive.core.errors import OutputError, ParameterError, UnknownNameError
from expressive.links import marking
from expressive.links.containers import VIDEO_ENCODERS, video_encoders
from expressive.links.video import VideoWriter, check_output

SIZE = (96, 64)
RATE = 22050


def picture(level, size=SIZE):
    image = np.full((size[1], size[0], 3), level, np.uint8)
    image[: size[1] // 2, : size[0] // 2] = (200, 60, 30)  # one coloured corner
    return image


def flash_and_beep(path, *, fps=30, n=45, flash=range(20, 26), **options):
    """A film whose picture goes white exactly while it beeps."""
    with VideoWriter(path, size=SIZE, fps=fps, sample_rate=RATE, title="Flash", **options) as film:
        for i in range(n):
            film.frame(np.full((SIZE[1], SIZE[0], 3), 255, np.uint8) if i in flash else picture(40))
        t = np.arange(round(n * RATE / fps)) / RATE
        y = np.where((t >= flash[0] / fps) & (t < (flash[-1] + 1) / fps), 0.5 * np.sin(2 * np.pi * 1000 * t), 0.0)
        for piece in np.array_split(y.astype(np.float32), 11):
            film.audio(piece)


def decode(path):
    """Times and pictures, start and samples, as another program would play them."""
    import av

    with av.open(str(path)) as file:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    with av.open(str(path)) as file:
        sound = [(frame.time, frame.to_ndarray()[0]) for frame in file.decode(audio=0)]
    return frames, sound[0][0], np.concatenate([y for _, y in sound])


def probe(path):
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("fps", [24, 30, 60])
@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_sound_and_picture_are_in_step(tmp_path, ending, fps):
    path = tmp_path / f"film{ending}"
    flash_and_beep(path, fps=fps)
    frames, start, y = decode(path)
    white = [time for time, image in frames if image.mean() > 240]
    loud = np.flatnonzero(np.abs(y) > 0.1)
    assert len(frames) == 45
    assert len(white) == 6
    assert abs(white[0] - (start + loud[0] / 48000)) < 0.002
    assert abs(white[-1] + 1 / fps - (start + loud[-1] / 48000)) < 0.002
    assert abs(len(y) / 48000 - 45 / fps) <= 1024 / 48000  # a block of AAC


@pytest.mark.parametrize(
    ("ending", "video", "audio", "program"),
    [(".mp4", "h264", "aac", "encoder"), (".webm", "vp9", "opus", "SOFTWARE")],
)
@pytest.mark.usefixtures("ffmpeg")
def test_containers_hold_what_they_promise_and_are_marked(tmp_path, ending, video, audio, program):
    path = tmp_path / f"film{ending}"
    flash_and_beep(path)
    found = probe(path)
    assert [stream["codec_name"] for stream in found["streams"]] == [video, audio]
    assert found["streams"][0]["pix_fmt"] == "yuv420p"
    assert found["streams"][0]["color_space"] == "bt709"
    tags = {key.lower(): value for key, value in found["format"]["tags"].items()}
    assert tags["title"] == "Flash"
    assert tags["comment"] == marking.notice()
    assert tags[program.lower()] == marking.software()
    assert marking.DIGITAL_SOURCE_TYPE in tags["description"]


def test_mp4_can_be_played_while_it_loads(tmp_path):
    path = tmp_path / "film.mp4"
    flash_and_beep(path)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.usefixtures("ffmpeg")
def test_colours_survive_the_encoder(tmp_path):
    path = tmp_path / "film.mp4"
    with VideoWriter(path, size=SIZE, fps=30) as film:
        for _ in range(3):
            film.frame(picture(90))
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    first = np.frombuffer(raw, np.uint8)[: SIZE[0] * SIZE[1] * 3].reshape(SIZE[1], SIZE[0], 3).astype(int)
    assert np.abs(first[8:24, 8:40] - (200, 60, 30)).mean() < 3
    assert np.abs(first[40:, 56:] - 90).mean() < 2


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif", ".wav"])
def test_the_same_film_twice_is_the_same_file(tmp_path, ending):
    flash_and_beep(tmp_path / f"a{ending}")
    flash_and_beep(tmp_path / f"b{ending}")
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


JUNK = """
import sys, numpy as np
from expressive.links.backdrops import backdrop
from expressive.links.video import VideoWriter
place = backdrop("inn", (854, 480))
for ending in (".mp4", ".webm"):
    with VideoWriter(sys.argv[1] + ending, size=(854, 480)) as film:
        for i in range(8):
            picture = place.copy()
            picture[100:400, 300 + 10 * i : 560 + 4 * i] = (200 - 9 * i, 150, 120)
            film.frame(picture)
"""


def test_what_lies_in_memory_does_not_show_in_the_film(tmp_path):
    """The C library fills fresh memory with a value; an encoder that reads what it never wrote gives itself away."""
    for junk in ("0", "1"):
        env = {**os.environ, "MALLOC_PERTURB_": junk}
        subprocess.run([sys.executable, "-c", JUNK, str(tmp_path / junk)], env=env, check=True, capture_output=True)
    for ending in (".mp4", ".webm"):
        assert (tmp_path / f"0{ending}").read_bytes() == (tmp_path / f"1{ending}").read_bytes()


@pytest.mark.parametrize("encoder", [*video_encoders(".mp4"), *video_encoders(".webm")])
def test_every_encoder_on_the_list_works(tmp_path, encoder):
    ending = next(ending for ending, known in VIDEO_ENCODERS.items() if encoder in known)
    path = tmp_path / f"film{ending}"
    flash_and_beep(path, encoder=encoder)
    frames, _, _ = decode(path)
    assert sum(image.mean() > 240 for _, image in frames) == 6


def test_there_is_an_encoder_that_is_not_under_the_gpl():
    assert "mpeg4" in video_encoders(".mp4")
    assert "libvpx-vp9" in video_encoders(".webm")


def test_gif_loops_in_good_colour_at_a_rate_viewers_keep(tmp_path):
    path = tmp_path / "film.gif"
    flash_and_beep(path, fps=60, n=60, flash=range(30, 36))
    with Image.open(path) as image:
        assert image.info["loop"] == 0
        assert image.info["comment"].decode() == marking.notice()
        frames = [(f.info["duration"], np.asarray(f.convert("RGB"), int)) for f in ImageSequence.Iterator(image)]
    assert sum(duration for duration, _ in frames) == pytest.approx(1000, abs=10)
    assert min(duration for duration, _ in frames) >= 40
    assert np.abs(frames[0][1] - picture(40)).mean() < 4
    assert [i for i, (_, image) in enumerate(frames) if image.mean() > 250] == [10, 11]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_holds_pictures_and_sound(tmp_path, slash):
    flash_and_beep(f"{tmp_path}/shots{slash}")
    folder = tmp_path / "shots"
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "audio.wav",
        *(f"frame_{i:06d}.png" for i in range(1, 46)),
    ]
    with Image.open(folder / "frame_000001.png") as image:
        np.testing.assert_array_equal(np.asarray(image), picture(40))
        assert image.text["Comment"] == marking.notice()
    with wave.open(str(folder / "audio.wav")) as file:
        assert file.getnframes() == round(45 * RATE / 30)


def test_a_shorter_film_leaves_no_pictures_of_a_longer_one(tmp_path):
    pattern = tmp_path / "shot%03d.png"
    flash_and_beep(pattern, n=30)
    (tmp_path / "notes.txt").write_text("mine")
    with VideoWriter(pattern, size=SIZE) as film:
        film.frame(picture(10))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["notes.txt", "shot001.png"]


def test_wav_holds_the_sound_alone(tmp_path):
    flash_and_beep(tmp_path / "film.wav")
    with wave.open(str(tmp_path / "film.wav")) as file:
        assert file.getnframes() == round(45 * RATE / 30)


@pytest.mark.parametrize(("n_frames", "n_samples"), [(30, 48000), (30, 0), (61, 22050)])
@pytest.mark.usefixtures("ffmpeg")
def test_the_shorter_of_picture_and_sound_is_filled_up(tmp_path, n_frames, n_samples):
    path = tmp_path / "film.mp4"
    with VideoWriter(path, size=SIZE, fps=30, sample_rate=RATE) as film:
        for _ in range(n_frames):
            film.frame(picture(40))
        film.audio(np.full(n_samples, 0.1, np.float32))
    video, audio = (float(stream["duration"]) for stream in probe(path)["streams"])
    assert abs(video - audio) <= 1 / 30
    assert video >= max(n_frames / 30, n_samples / RATE) - 1e-3


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.gif", "film.wav", "film"])
def test_a_failed_run_leaves_nothing_and_destroys_nothing(tmp_path, name):
    target = tmp_path / name
    flash_and_beep(target)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def fail():
        with VideoWriter(target, size=SIZE, fps=30, sample_rate=RATE) as film:
            film.frame(picture(200))
            film.audio(np.zeros(100))
            raise RuntimeError("the script broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        fail()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "film.wav", "film"])
def test_an_empty_film_is_refused(tmp_path, name):
    film = VideoWriter(tmp_path / name, size=SIZE, sample_rate=RATE)
    with pytest.raises(ParameterError, match="was written"):
        film.close()
    film.close()
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "dir.mp4").mkdir()
    for name, message in {
        "out.mp5": r"ending '.mp5' of .* is unknown. Did you mean '.mp4'\?",
        "out.xyz": r"is unknown. Known: .mp4, .webm, .gif, .wav, .png, or no ending",
        "missing/out.mp4": r"missing; create it first: mkdir -p ",
        "file/out.mp4": r"is a file and cannot hold out.mp4",
        "dir.mp4": r"is a folder; name a file in it",
        "file": r"is a file; name a folder",
        "still.png": r"names one picture, and a film has many; name a folder, such as still,",
        "%d_%d.png": r"names one picture",
    }.items():
        with pytest.raises(OutputError, match=message):
            VideoWriter(tmp_path / name, size=SIZE)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["dir.mp4", "file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="is not writable"):
        check_output(folder / "out.mp4")


def test_a_full_disk_is_one_clear_error(tmp_path, monkeypatch):
    def full(self, samples):
        raise OSError(28, "No space left on device")

    film = VideoWriter(tmp_path / "film.wav", size=SIZE, sample_rate=RATE)
    monkeypatch.setattr(type(film._sink), "audio", full)
    with pytest.raises(OutputError, match=r"film.wav cannot be written: No space left on device"), film:
        film.audio(np.zeros(10))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": (95, 64)}, r"must be even each way for MP4 and WebM; use \(96, 64\)"),
        ({"size": (0, 64)}, "must lie between 2 and 8192"),
        ({"size": "big"}, "must be .width, height. in pixels"),
        ({"size": SIZE, "fps": 0}, "fps=0.0 must be in"),
        ({"size": SIZE, "fps": float("nan")}, "fps=nan must be a finite number"),
        ({"size": SIZE, "sample_rate": 1}, "sample_rate=1 must be in"),
    ],
)
def test_bad_settings_are_refused(tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        VideoWriter(tmp_path / "film.mp4", **options)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_encoder_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'libx264'"):
        VideoWriter(tmp_path / "film.mp4", size=SIZE, encoder="x264")
    with pytest.raises(ParameterError, match="leave it out"):
        VideoWriter(tmp_path / "film.gif", size=SIZE, encoder="libx264")
    assert list(tmp_path.iterdir()) == []


def test_bad_pictures_and_sound_are_refused(tmp_path):
    film = VideoWriter(tmp_path / "film.wav", size=SIZE, sample_rate=RATE)
    with pytest.raises(ParameterError, match=r"the picture is uint8 \(64, 95, 3\); it must be uint8 \(64, 96, 3\)"):
        film.frame(np.zeros((64, 95, 3), np.uint8))
    with pytest.raises(ParameterError, match="the picture is list"):
        film.frame([[0]])
    with pytest.raises(ParameterError, match="must be mono"):
        film.audio(np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="not finite"):
        film.audio([np.inf])
    film.abort()
    with pytest.raises(ParameterError, match="closed already"):
        film.frame(picture(0))
    silent = VideoWriter(tmp_path / "film.gif", size=SIZE)
    with pytest.raises(ParameterError, match="pass sample_rate="):
        silent.audio([0.0])
    silent.abort()
    assert list(tmp_path.iterdir()) == []
