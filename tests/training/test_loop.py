from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from expressive.cli.main import cli
from expressive.core.controls import CONTROL_INDEX
from expressive.core.errors import ParameterError, WeightsError
from expressive.face.generator import FaceGenerator
from expressive.face.geometry import load_geometry
from expressive.face.models import GEOMETRY_FILE
from expressive.face.raster import texel_maps
from expressive.face.texels import finer
from expressive.training.checkpoint import load_run, load_weights
from expressive.training.data import load_frames
from expressive.training.export import export, load_generator
from expressive.training.loop import train
from expressive.training.options import TrainOptions
from expressive.training.release import export_run
from expressive.training.rig.geometry import TILES, Tile
from expressive.training.trainer import Trainer
from tests.face.meshes import square_cast

JAW = CONTROL_INDEX["jawOpen"]
OPTIONS = {
    "channels": (8, 8, 8), "convs": (1, 1, 2), "batch": 4, "threads": 1, "bf16": False, "warmup_steps": 4,
    "report_every": 5,
}  # fmt: skip


def test_pictures_are_collected_before_the_first_step(tiny_frames):
    trainer = Trainer(TrainOptions(steps=60, **OPTIONS), load_frames(tiny_frames))
    before = trainer.step()["paired"]
    trainer = Trainer(TrainOptions(steps=60, **OPTIONS), load_frames(tiny_frames))
    trainer.begin()
    assert trainer.step()["paired"] < 0.6 * before
    for own, mean in zip(trainer.G.textures.of, trainer.G_ema.textures.of, strict=True):
        torch.testing.assert_close(own, mean, atol=0.02, rtol=0)


def test_pictures_are_kept_where_the_meshes_are_the_same(tiny_frames, tmp_path):
    options = TrainOptions(steps=2, **OPTIONS)
    run = train(frames=tiny_frames, run=tmp_path / "run", options=options, progress=False)
    start = load_weights(run)
    learned = start["G_ema"]["textures.of.0"]
    learned[7] = 0.123  # no frame would say so
    again = Trainer(options, load_frames(tiny_frames))
    again.begin(start)
    assert torch.equal(again.G.textures.of[0], learned)
    meshes = square_cast()
    replace(meshes, shapes=meshes.shapes * 1.5).save(tiny_frames / GEOMETRY_FILE)
    moved = Trainer(options, load_frames(tiny_frames))
    moved.begin(start)
    assert not torch.allclose(moved.G.textures.of[0][7], learned[7], atol=0.01)
    hidden = "levels.1.convs.0.conv.weight"
    assert torch.equal(moved.G.state_dict()[hidden], start["G_ema"][hidden])


def test_teeth_are_relit_on_request_where_earlier_weights_bring_others(tiny_frames, monkeypatch):
    square = square_cast().tiles[0]
    monkeypatch.setitem(TILES, "teeth", Tile(*square))  # the square is all that this cast has
    options = TrainOptions(steps=2, **OPTIONS)
    data = load_frames(tiny_frames)
    trainer = Trainer(options, data)
    trainer.begin()
    start = trainer.state() | {"geometry_hash": data.geometry_hash}
    for name in ("textures.of.0", "textures.of.1"):
        start["G_ema"][name] = 0.5 * start["G_ema"][name]
    rows = slice(square[0], square[0] + square[1] * square[2])
    for relight in (False, True):
        again = Trainer(replace(options, relight=relight), data)
        again.begin(start)
        kept, others = again.G.textures.of[0].detach(), start["G_ema"]["textures.of.0"]
        assert torch.equal(kept[rows], others[rows]) is not relight
        torch.testing.assert_close(kept[rows.stop :], others[rows.stop :])
        if relight:
            assert kept[rows, :3].mean() > 1.5 * others[rows, :3].mean()


def test_frames_without_meshes_train_a_generator_without_pictures(tiny_frames):
    (tiny_frames / GEOMETRY_FILE).unlink()
    trainer = Trainer(TrainOptions(steps=2, **OPTIONS), load_frames(tiny_frames))
    trainer.begin()
    assert trainer.G.options.tiles == ()
    assert trainer.step()["paired"] > 0


def test_a_few_steps_lower_the_loss(tiny_frames):
    (tiny_frames / GEOMETRY_FILE).unlink()
    trainer = Trainer(TrainOptions(steps=60, **OPTIONS), load_frames(tiny_frames))
    losses = [trainer.step()["paired"] for _ in range(60)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_steps_improve_the_pictures(tiny_frames):
    """They are not collected first, so all that they show has been learned."""
    options = TrainOptions(steps=40, texture_lr=0.1, texture_every=2, **OPTIONS)
    trainer = Trainer(options, load_frames(tiny_frames))
    losses = [trainer.step()["paired"] for _ in range(40)]
    assert sum(losses[-8:]) < 0.5 * sum(losses[:8])
    for texels in trainer.G.textures.of:
        kept = texels.detach()
        assert float(kept.min()) >= 0
        assert float(kept.max()) <= 1
        assert not kept[0].any()


def test_texels_that_are_not_seen_keep_still(tiny_frames):
    """Momentum must not carry on a texel that one frame showed."""
    trainer = Trainer(TrainOptions(steps=9, texture_lr=0.1, texture_every=1, **OPTIONS), load_frames(tiny_frames))
    texels = trainer.G.textures.of[0]
    trainer._set_rates()
    before = texels.detach().clone()
    trainer._apply(texels[5].sum())
    once = texels.detach().clone()
    trainer._apply(texels[6].sum())
    assert (once[5] < before[5]).all()
    assert torch.equal(texels[5], once[5])
    assert (texels[6] < once[6]).all()


def test_what_changes_is_compared_where_frames_are_a_moment_apart(tiny_frames):
    data = load_frames(tiny_frames)
    batch = Trainer(TrainOptions(steps=2, **OPTIONS), data).world.draw(data, 4, torch.Generator(), moves=1)
    assert batch.moves == 1
    assert len(batch.frames) == 4
    torch.testing.assert_close(batch.controls[3, JAW] - batch.controls[2, JAW], torch.tensor(0.01))
    assert "change" in Trainer(TrainOptions(steps=2, **OPTIONS), data).step()
    assert "change" not in Trainer(TrainOptions(steps=2, moves=0, **OPTIONS), data).step()
    without = load_frames(tiny_frames, ("train",))
    assert "change" not in Trainer(TrainOptions(steps=2, **OPTIONS), without).step()


def test_characters_that_are_drawn_worse_weigh_more(tiny_frames):
    trainer = Trainer(TrainOptions(steps=2, **OPTIONS), load_frames(tiny_frames))
    identity = torch.tensor([0, 1, 1])
    assert trainer._evenness(identity).flatten().tolist() == [1, 1, 1]
    for _ in range(200):
        real, fake = torch.zeros(3, 4, 8, 8), torch.full((3, 4, 8, 8), 0.1)
        fake[1:] = 0.2
        trainer._note_errors(fake, real, identity)
    first, second, _ = trainer._evenness(identity).flatten().tolist()
    assert second / first == pytest.approx(2, rel=0.05)  # the square root of their errors' ratio
    assert (first + second) / 2 == pytest.approx(1)


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
    (tiny_frames / GEOMETRY_FILE).write_bytes(b"PK")
    with pytest.raises(WeightsError, match=r"geometry\.npz is damaged"):
        load_frames(tiny_frames)


@pytest.mark.parametrize("kind", ["tiny_generator", "tiny_keeper"])
def test_the_runtime_draws_what_torch_draws(kind, request, tiny_meshes, tmp_path):
    generator, names = request.getfixturevalue(kind), ["guard", "driver"]
    torch.nn.init.normal_(generator.head.weight, 0, 0.3)
    out = export(
        generator=generator, discriminator=None, out=tmp_path / "m", identities=names, geometry=tiny_meshes, half=False
    )
    loaded, config = load_generator(out)
    assert config["identities"] == names
    assert config["resolution"] == 32
    assert len(config["controls"]) == 61
    controls, identity = torch.rand(5, 61) * 0.25, torch.tensor([0, 1, 1, 0, 1])  # within everyone's range
    controls[:, [CONTROL_INDEX["leftEyeRoll"], CONTROL_INDEX["rightEyeRoll"]]] = 0.0
    frames = FaceGenerator.load(out).frames(controls.numpy(), [names[k] for k in identity], premultiplied=True)
    texels = ()
    if generator.options.tiles:
        meshes = finer(load_geometry(tiny_meshes.read_bytes(), str(tiny_meshes)))
        maps = [
            texel_maps(meshes.figures[names[k]], meshes.places(pose.numpy(), names[k]), 32)
            for pose, k in zip(controls, identity, strict=True)
        ]
        texels = (torch.from_numpy(np.stack(maps)),)
    with torch.no_grad():
        wanted = torch.round(loaded(controls, identity, *texels) * 255).permute(0, 2, 3, 1).numpy()
    np.minimum(wanted[..., :3], wanted[..., 3:], out=wanted[..., :3])
    assert frames.shape == (5, 32, 32, 4)
    assert frames.std() > 5
    assert np.abs(frames - wanted).max() <= 2


def test_a_release_needs_as_many_names_and_the_meshes(tiny_keeper, tiny_meshes, tmp_path):
    with pytest.raises(ParameterError, match="2 names"):
        export(generator=tiny_keeper, discriminator=None, out=tmp_path / "n", identities=["a"], geometry=tiny_meshes)
    for missing in (None, tmp_path / "no" / GEOMETRY_FILE):
        with pytest.raises(ParameterError, match="meshes"):
            export(
                generator=tiny_keeper, discriminator=None, out=tmp_path / "n", identities=["a", "b"], geometry=missing
            )
