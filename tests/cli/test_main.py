from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from expressive.cli.main import COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_helps_with_an_example(run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Example:" in out
    assert f"expressive {command}" in out


def test_the_program_itself_helps_and_tells_its_version(run) -> None:
    assert "perform" in run("--help")[1]
    assert "0." in run("--version")[1]


SAY = ("say", "guard", "Halt!", "-o")
GATE = "demos/scripts/gate.yaml"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("perfrom",), "Did you mean 'perform'"),
        (("perform", "nosuch.yaml", "-o", "{tmp}/a.mp4"), "does not exist"),
        (("perform", GATE, "-o", "{tmp}/a.xyz"), ".xyz"),
        (("perform", GATE, "-o", "{tmp}/no/such/folder/a.mp4"), "folder"),
        (("perform", GATE, "-o", "{tmp}/a.mp4", "--fps", "25"), "fps=25"),
        (("perform", GATE, "-o", "{tmp}/a.mp4", "--size", "large"), "854x480"),
        (("perform", GATE, "-o", "{tmp}/a.mp4", "--size", "855x481"), "even"),
        (("perform", GATE, "-o", "{tmp}/a.mp4", "--tracks", "{tmp}/a.txt"), ".json"),
        (("perform", GATE), "--out"),
        (("say", "gaurd", "Halt!", "-o", "{tmp}/a.wav"), "Did you mean 'guard'"),
        ((*SAY, "{tmp}/a.wav", "-e", "happines=0.3"), "Did you mean 'happiness'"),
        ((*SAY, "{tmp}/a.wav", "-e", "anger=nan"), "must be in [0, 1]"),
        ((*SAY, "{tmp}/a.wav", "-e", "anger=-1"), "must be in [0, 1]"),
        ((*SAY, "{tmp}/a.wav", "-e", "anger=lots"), "NAME=INTENSITY"),
        ((*SAY, "{tmp}/a.mp4", "--background", "inm"), "Did you mean 'inn'"),
        (("say", "guard", "[angr]no[/]", "-o", "{tmp}/a.wav"), "angr"),
        (("characters", "gaurd"), "Did you mean 'guard'"),
        (("check", "nosuch.yaml"), "does not exist"),
        (("face", "gaurd", "-o", "{tmp}/a.png"), "Did you mean 'guard'"),
        (("face", "guard", "-o", "{tmp}/a.jpg"), ".png"),
    ],
)
def test_bad_input_is_one_clear_line_and_writes_nothing(
    run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert code in (1, 2)
    said = (out + err).strip()
    assert message in said
    assert len(said.splitlines()) == 1, said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered"])
def test_a_damaged_model_is_one_clear_line(run, tmp_path: Path, damage: str) -> None:
    from expressive.face.models import find_model

    folder = tmp_path / "model"
    shutil.copytree(find_model("face-cast-256"), folder)
    network = folder / "generator.onnx"
    content = network.read_bytes()
    if damage == "missing":
        network.unlink()
    elif damage == "truncated":
        network.write_bytes(content[: len(content) // 2])
    else:
        network.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (tmp_path / "mine.yaml").write_text(f"name: mine\nextends: guard\nface: {{model: {json.dumps(str(folder))}}}\n")
    code, _, err = run("face", tmp_path / "mine.yaml", "-o", tmp_path / "mine.png")
    assert code == 1
    assert "generator.onnx" in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "mine.png").exists()


def test_an_output_that_exists_survives_a_failure(run, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"mine")
    script = tmp_path / "scene.yaml"
    script.write_text("title: T\ncast: {guard: guard}\nbackground: inm\nscript: [{wait: 1}]\n")
    assert run("perform", script, "-o", film)[0] == 1
    assert film.read_bytes() == b"mine"


def test_characters_are_listed_and_told_about(run) -> None:
    code, out, _ = run("characters")
    assert code == 0
    assert len(out.splitlines()) >= 8
    assert "enraged" in run("characters", "guard")[1]


def test_check_tells_good_from_bad(run, tmp_path: Path) -> None:
    assert run("check", "characters/guard.yaml", GATE)[0] == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: x\nvoice: {rate: 0}\nfaec: {}\n")
    code, out, _ = run("check", bad)
    assert code == 1
    assert f"{bad}:2" in out
    assert f"{bad}:3" in out


def test_doctor_finds_what_the_main_job_needs(run) -> None:
    code, out, _ = run("doctor")
    assert code == 0, out
    assert "espeak" in out
    assert "face-cast-256" in out


def test_say_writes_a_sound_that_is_marked(run, tmp_path: Path) -> None:
    import soundfile

    code, *_ = run(*SAY, tmp_path / "halt.wav", "-e", "anger=0.8")
    assert code == 0
    with soundfile.SoundFile(tmp_path / "halt.wav") as file:
        assert "synthetic" in file.copy_metadata().get("comment", "").lower()
        assert file.frames > file.samplerate


def test_perform_writes_film_subtitles_and_tracks(run, tmp_path: Path) -> None:
    code, out, _ = run(
        "perform",
        "demos/scripts/greeting.yaml",
        "-o",
        tmp_path / "a.mp4",
        "--subtitles",
        "--tracks",
        tmp_path / "a.json",
        "--fps",
        "10",
        "--size",
        "320x180",
    )
    assert code == 0
    for name in ("a.mp4", "a.srt", "a.json"):
        assert str(tmp_path / name) in out
        assert (tmp_path / name).stat().st_size > 100
    tracks = json.loads((tmp_path / "a.json").read_text())
    assert tracks["format"] == "expressive-tracks"


def test_the_command_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "expressive", "say"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
