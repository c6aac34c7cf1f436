from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from expressive.cli.main import cli
from expressive.core.errors import ParameterError, WeightsError
from expressive.training.checkpoint import load_run
from expressive.training.data import load_frames
from expressive.training.export import export, load_generator, run_onnx
from expressive.training.fitting import fit_motion
from expressive.training.loop import train
from expressive.training.options import TrainOptions
from expressive.training.release import export_run
from expressive.training.rig.motion import MOTION_FILE
from expressive.training.trainer import Trainer

OPTIONS = {
    "channels": (8, 8, 8), "batch": 4, "threads": 1, "bf16": False, "warmup_steps": 4, "report_every": 5,
    "skin": 32, "inner": 16, "body": 16, "motion_steps": 20, "point_steps": 50,
}  # fmt: skip


def test_motion_is_learned_before_the_pictures(tiny_frames):
    trainer = Trainer(TrainOptions(steps=60, **OPTIONS), load_frames(tiny_frames))
    first, later = (fit_motion(trainer.G, trainer.frames, steps=steps, seed=0) for steps in (1, 150))
    assert later < 0.6 * first
    picture = trainer.G.textures.skin[1].data
    assert float(picture[3].max()) > 0.9  # the square has been collected where its points are at home
    assert float(picture[1].max()) == pytest.approx(190 / 255, abs=0.02)


def test_frames_without_motion_train_a_generator_without_pictures(tiny_frames):
    for path in tiny_frames.glob("*/motion.npy"):
        path.unlink()
    trainer = Trainer(TrainOptions(steps=2, **OPTIONS), load_frames(tiny_frames))
    assert trainer.options.skin == 0
    assert "motion" not in trainer.step()


def test_a_few_steps_lower_the_loss(tiny_frames):
    trainer = Trainer(TrainOptions(steps=60, **OPTIONS), load_frames(tiny_frames))
    losses = [trainer.step()["paired"] for _ in range(60)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


@pytest.mark.parametrize("adversarial", [False, True])
def test_a_resumed_run_takes_the_same_steps(tiny_frames, tmp_path, adversarial):
    options = TrainOptions(
        steps=8, adversarial=adversarial, discriminator_alone=0.25, ramp_steps=2, penalty_every=4, **OPTIONS
    )
    data = load_frames(tiny_frames)
    whole = Trainer(options, data)
    for _ in range(8):
        whole.step()
    first = Trainer(options, data)
    for _ in range(5):
        first.step()
    torch.save(first.state(), tmp_path / "state.pt")
    second = Trainer(options, data)
    second.load(torch.load(tmp_path / "state.pt", weights_only=True))
    for _ in range(3):
        second.step()
    for name in ("G", "G_ema", "D"):
        for a, b in zip(getattr(whole, name).parameters(), getattr(second, name).parameters(), strict=True):
            assert torch.equal(a, b), name


def test_a_run_folder_from_start_to_release(tiny_frames, tmp_path):
    run = train(frames=tiny_frames, run=tmp_path / "run", options=TrainOptions(steps=10, **OPTIONS), progress=False)
    assert {"options.json", "environment.json", "stats.jsonl", "reals.png", "checkpoint.pt"} <= {
        p.name for p in run.iterdir()
    }
    assert list(run.glob("fakes_*.png"))
    lines = (run / "stats.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["step"] == 10
    out = export_run(run=run, out=tmp_path / "release", frames=tiny_frames)
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["by_skin_tone"].keys() == {"medium", "dark"}
    assert (out / "MODEL_CARD.md").read_text().startswith("---\n")
    assert (out / "samples.png").is_file()
    # training goes on from the folder
    train(frames=tiny_frames, run=run, options=TrainOptions(steps=12, **OPTIONS), progress=False)
    assert load_run(run)["step"] == 12


def test_adversarial_run_starts_from_a_paired_one(tiny_frames, tmp_path):
    paired = train(frames=tiny_frames, run=tmp_path / "a", options=TrainOptions(steps=5, **OPTIONS), progress=False)
    options = TrainOptions(steps=4, adversarial=True, discriminator_alone=1.0, **OPTIONS)
    joint = train(frames=tiny_frames, run=tmp_path / "b", options=options, init=paired, progress=False)
    before, after = load_run(paired), load_run(joint)
    for name, value in before["G_ema"].items():  # the generator stood still while the discriminator learned
        assert torch.equal(value, after["G"][name])
    assert any(not torch.equal(value, after["D"][name]) for name, value in before["D"].items())


def test_dry_run_writes_the_options_and_stops(tiny_frames, tmp_path):
    run = train(frames=tiny_frames, run=tmp_path / "run", options=TrainOptions(minutes=3), dry_run=True)
    assert json.loads((run / "options.json").read_text())["minutes"] == 3
    assert not (run / "checkpoint.pt").exists()
    said = CliRunner().invoke(cli, ["train", "face", "--frames", str(tiny_frames), "--run", str(run), "--dry-run"])
    assert json.loads(said.output) == json.loads((run / "options.json").read_text())


def test_time_ends_a_run(tiny_frames, tmp_path):
    options = TrainOptions(minutes=0.0, **OPTIONS)
    run = train(frames=tiny_frames, run=tmp_path / "run", options=options, progress=False)
    assert load_run(run)["step"] == 0


def test_clear_errors(tiny_frames, tmp_path):
    with pytest.raises(WeightsError, match=r"checkpoint\.pt"):
        load_run(tmp_path)
    with pytest.raises(ParameterError, match="train render"):
        load_frames(tmp_path)
    with pytest.raises(ParameterError, match="pixels"):
        Trainer(TrainOptions(), load_frames(tiny_frames))
    with pytest.raises(WeightsError, match=r"config\.json"):
        load_generator(tmp_path)


def test_characters_of_different_renders_are_one_clear_error(tiny_frames):
    points = np.load(tiny_frames / "driver" / MOTION_FILE)
    np.save(tiny_frames / "driver" / MOTION_FILE, points[:-7])
    shapes = rf"'driver' is \({len(points) - 7}, 2\), not \({len(points)}, 2\).*expressive train render"
    with pytest.raises(ParameterError, match=shapes):
        load_frames(tiny_frames)


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_mover"])
def test_the_exported_graph_draws_what_torch_draws(kind, request, tmp_path):
    generator = request.getfixturevalue(kind)
    out = export(generator=generator, discriminator=None, out=tmp_path / "m", identities=["a", "b"])
    loaded, config = load_generator(out)
    assert config["identities"] == ["a", "b"]
    assert config["resolution"] == 32
    assert len(config["controls"]) == 61
    controls, identity = torch.rand(5, 61) * 0.4, torch.tensor([0, 1, 1, 0, 1])
    frames = run_onnx(out / "generator.onnx", controls.numpy(), identity.numpy())
    assert frames.shape == (5, 32, 32, 4)
    with torch.no_grad():
        wanted = torch.round(loaded(controls, identity) * 255).permute(0, 2, 3, 1).numpy()
    off = abs(frames.astype(int) - wanted.astype(int))
    assert (off > 1).mean() < 0.002  # where rounding falls on the border of two texels, either may be taken
    assert np.median(off) == 0
    with pytest.raises(ParameterError, match="2 names"):
        export(generator=generator, discriminator=None, out=tmp_path / "n", identities=["a"])
