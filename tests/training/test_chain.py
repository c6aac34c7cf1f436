"""The whole way in miniature, by its commands: render, strangers, train twice, evaluate, export, card, frame, sheet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from expressive.cli.main import cli
from expressive.core.controls import FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import MissingDependency
from expressive.face.generator import FaceGenerator
from expressive.training.rig.renderer import open_context
from expressive.training.sequences import MOTION_FRAMES

SIZE = 32
CAST = "ben: {seed: 2, tone_group: dark, hair: {count: 0}, brow_count: 40, lash_count: 2}"  # bald is quick to draw
TINY = [
    *("--channels", "8,8,8", "--convs", "1,1,2", "--batch", "4", "--threads", "1", "--no-bf16", "--warmup-steps", "4"),
]


def run(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Everything that the commands write."""
    try:
        open_context()
    except MissingDependency as error:
        pytest.skip(f"no OpenGL here: {error}")
    here = tmp_path_factory.mktemp("chain")
    render = ["train", "render", "--assets", "toy", "--size", SIZE, "--workers", 1]
    (here / "mine.yaml").write_text(CAST)
    said = run(
        *render,
        "--out",
        here / "frames",
        "--cast",
        here / "mine.yaml",
        "--frames",
        12,
        "--moves",
        4,
        "--motion-sequences",
        1,
    )
    assert "rendered 218 frames" in said
    run(*render, "--out", here / "strangers", "--strangers", 1)
    frames = ["--frames", here / "frames"]
    run("train", "face", *frames, "--run", here / "runs" / "1", "--steps", 30, *TINY)
    run(
        *("train", "face", *frames, "--run", here / "runs" / "2", "--init", here / "runs" / "1"),
        *("--adversarial", "--steps", 6, *TINY),
    )
    run(
        *("train", "export", "--run", here / "runs" / "2", "--blend", here / "runs" / "1", *frames),
        *("--strangers", here / "strangers", "--out", here / "face-toy", "--name", "face-toy"),
        *("--share-of", "ben=0.9", "--budget-db", 5),
    )
    return here


def test_every_measure_is_taken_and_written_into_the_card(made):
    metrics = json.loads((made / "face-toy" / "metrics.json").read_text())
    assert metrics["test"]["frames"] == 40
    assert metrics["by_identity"].keys() == {"ben"}
    assert metrics["by_skin_tone"].keys() == {"dark"}
    assert metrics["motion"]["sequences"] == 1
    assert metrics["lips"]["contacts"] == 12
    assert metrics["recogniser"]["frames"] == 30 + 12
    assert metrics["recogniser"]["closed_anger"]["frames"] >= 6
    assert metrics["recogniser"]["by_emotion"].keys() == {*EMOTIONS, "neutral"}
    assert metrics["likeness"]["nearest_right"] == 1  # of one person
    card = (made / "face-toy" / "MODEL_CARD.md").read_text()
    for heading in ("In motion", "Lips", "Likeness", "Expressions as a judge reads them", "By skin tone"):
        assert f"### {heading}" in card
    assert f"{metrics['test']['psnr_face']:.1f}" in card
    assert "compute in eight bits" in card
    assert np.asarray(Image.open(made / "face-toy" / "mouths.png")).shape[1] > 100
    assert (made / "strangers" / "recogniser.pt").is_file()


@pytest.mark.parametrize(("share", "says"), [("ben", "guard=0.8"), ("bob=1", "bob"), ("ben=2", "share=2")])
def test_a_share_that_cannot_be_is_one_clear_error(made, tmp_path, share, says):
    runs = ["--run", made / "runs" / "2", "--blend", made / "runs" / "1", "--out", tmp_path / "release"]
    done = CliRunner().invoke(cli, [str(a) for a in ("train", "export", *runs, "--share-of", share)])
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
    assert not (tmp_path / "release").exists()


def test_a_share_with_nothing_to_mix_is_refused(made, tmp_path):
    command = ("train", "export", "--run", made / "runs" / "2", "--out", tmp_path / "release", "--share-of", "ben=1")
    done = CliRunner().invoke(cli, [str(a) for a in command])
    assert done.exit_code != 0
    assert "--blend" in done.output + str(done.exception)


def test_evaluate_prints_what_export_wrote(made, tmp_path):
    said = run(
        *("evaluate", "face", "--frames", made / "frames", "--strangers", made / "strangers"),
        *("--model", made / "face-toy", "--out", tmp_path / "metrics.json"),
    )
    written = json.loads((made / "face-toy" / "metrics.json").read_text())
    assert json.loads(said[said.index("{") :]) == written
    assert json.loads((tmp_path / "metrics.json").read_text()) == written


def test_the_runtime_draws_the_new_model(made, tmp_path):
    generator = FaceGenerator.load(made / "face-toy")
    assert generator.identities == ("ben",)
    rest = generator.frame(FaceControls.neutral(), "ben")
    assert rest.shape == (SIZE, SIZE, 4)
    assert rest[..., 3].max() > 100
    profile = tmp_path / "toy.yaml"
    model = json.dumps(str(made / "face-toy"))
    profile.write_text(f"name: toy\nextends: healer\nface: {{model: {model}, identity: ben}}\n")
    run("sheet", profile, "-o", tmp_path / "sheet.png")
    assert np.asarray(Image.open(tmp_path / "sheet.png")).std() > 5


def test_training_frames_are_never_judged_and_sequences_are_whole(made):
    folder = made / "frames" / "ben"
    counts = {p.name.split("-")[0]: 0 for p in folder.glob("*-*.npz")}
    for path in folder.glob("*-*.npz"):
        with np.load(path) as labels:
            counts[path.name.split("-")[0]] += len(labels["controls"])
    assert counts == {
        "train": 12, "moves": 8, "test": 40, "held": 32, "emotion": 30, "motion": MOTION_FRAMES, "lips": 24,
        "reading": 12,
    }  # fmt: skip
