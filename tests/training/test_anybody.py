"""A model of whoever has genes, in miniature and without a renderer: frames, training, release, people never seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from expressive.core.controls import N_CONTROLS
from expressive.core.errors import WeightsError
from expressive.face.draft import Drafts
from expressive.face.frames import to_frames
from expressive.face.generator import FaceGenerator
from expressive.face.genome import Genome
from expressive.face.mixing import MIXED, TRAITS, mixture, traits
from expressive.face.models import ANYBODY, GEOMETRY_FILE
from expressive.training.anybody import Mixtures, meet
from expressive.training.checkpoint import load_run, load_weights, weights_for
from expressive.training.data import load_frames
from expressive.training.discriminator import Discriminator, DiscriminatorOptions
from expressive.training.export import load_generator
from expressive.training.generator import Generator, GeneratorOptions
from expressive.training.loop import train
from expressive.training.options import TrainOptions
from expressive.training.release import export_run
from expressive.training.rig.people import GENOMES_FILE, people
from expressive.training.trainer import Trainer
from tests.face.crowd import tiny_palette, tiny_people
from tests.face.meshes import EDGE

TINY = TrainOptions(channels=(8, 8, 8), convs=(1, 1, 2), batch=4, threads=1, bf16=False, steps=8, warmup_steps=2)
LIT = 0.9  # what light takes away, which no picture knows


def drawn(genome: Genome, controls: np.ndarray) -> np.ndarray:
    """What a render of somebody would be (EDGE, EDGE, 4)."""
    drafts = Drafts(tiny_people().geometry({"": genome}), {"": tiny_palette().of(genome)}, EDGE)
    frame = to_frames(drafts.draw(controls, "")[None])[0].copy()
    frame[..., :3] = frame[..., :3] * LIT
    return frame


@pytest.fixture(scope="module")
def frames(tmp_path_factory) -> Path:
    """Forty people to train with, and three to judge by."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(440)
    crowd = people(40, 3)
    for name, genome in crowd.items():
        (folder / name).mkdir()
        splits = {"train": 2} if name.startswith("person") else {"test": 4, "held": 2, "emotion": 2}
        for split, count in splits.items():
            controls = (rng.random((count, N_CONTROLS)) * 0.2).astype(np.float32)
            stem = folder / name / f"{split}-0000"
            np.save(stem.with_suffix(".npy"), np.stack([drawn(genome, pose) for pose in controls]))
            labels = {key: np.array(["anger"] * count) for key in ("emotion", "viseme", "kind")}
            places = rng.uniform(8, 24, (count, 70, 2)).astype(np.float32)
            np.savez(stem.with_suffix(".npz"), controls=controls, landmarks=places, **labels)
    tiny_people().save(folder / GEOMETRY_FILE)
    genes = {name: genome.to_mapping() for name, genome in crowd.items()}
    (folder / GENOMES_FILE).write_text(json.dumps(genes))
    (folder / "frames.json").write_text(json.dumps({"identities": list(crowd), "size": EDGE}))
    return folder


@pytest.fixture(scope="module")
def run(frames: Path, tmp_path_factory) -> Path:
    return train(frames=frames, run=tmp_path_factory.mktemp("runs") / "run", options=TINY, progress=False)


@pytest.fixture(scope="module")
def release(run: Path, frames: Path, tmp_path_factory) -> Path:
    return export_run(run=run, out=tmp_path_factory.mktemp("made") / "face-tiny", name="face-tiny", frames=frames)


def test_nobody_who_judges_is_trained_on(frames: Path) -> None:
    trained, judges = load_frames(frames), load_frames(frames, ("test",))
    assert len(trained.people) == 40
    assert len(judges.people) == 3
    assert not set(trained.people) & set(judges.people)
    assert list(trained.people) == list(trained.identities)


def test_somebody_never_seen_is_drawn_as_themselves(release: Path) -> None:
    pose = np.zeros(N_CONTROLS, np.float32)
    crowd = [Genome.random(seed) for seed in range(5)]
    wanted = np.stack([drawn(genome, pose) for genome in crowd]).astype(float)
    for number, genome in enumerate(crowd):
        generator = FaceGenerator.load(release, genome=genome)
        frame = generator._run(pose[None], np.zeros(1, np.int64))[0]
        error = np.abs(frame - wanted).mean((1, 2, 3))
        assert error.argmin() == number
        assert error[number] < 8
        again = FaceGenerator.load(release, genome=genome).frame(pose, ANYBODY, size=64)
        assert np.array_equal(generator.frame(pose, ANYBODY, size=64), again)


def test_the_release_is_judged_by_those_never_trained_on(release: Path) -> None:
    metrics = json.loads((release / "metrics.json").read_text())
    assert metrics["by_identity"].keys() == {"unseen-00", "unseen-01", "unseen-02"}
    assert metrics["test"]["frames"] == 12
    assert metrics["by_skin_tone"].keys() <= {"light", "medium", "dark"}
    card = (release / "MODEL_CARD.md").read_text()
    assert "never trained on" in card
    assert "people whom training never saw" in card
    assert (release / "samples.png").is_file()


def test_the_released_weights_draw_what_the_runtime_draws(release: Path, frames: Path) -> None:
    generator, config = load_generator(release)
    assert config["identities"] == [ANYBODY]
    data = load_frames(frames, ("test",))
    meet(generator, data.people)
    batch = data.take([0, 5])
    with torch.no_grad():
        ours = generator(batch.controls, batch.identity, batch.texels).permute(0, 2, 3, 1).numpy() * 255
    for row, who, pose in zip(ours, batch.identity.tolist(), batch.controls.numpy(), strict=True):
        runtime = FaceGenerator.load(release, genome=data.people[data.identities[who]])
        theirs = runtime._run(pose[None], np.zeros(1, np.int64))[0]
        clipped = np.minimum(row, row[..., 3:])
        clipped[row[..., 3] > 252.5] = np.nan  # the runtime makes these opaque
        assert np.nanmax(np.abs(clipped - theirs), initial=0) <= 3


def test_least_squares_find_the_terms_of_a_sum() -> None:
    palette, crowd = tiny_palette(), [Genome.random(seed) for seed in range(120)]
    tiles = tuple(tiny_people().tiles.values())
    mixtures = Mixtures(tiles)
    mixtures.meet(crowd)
    mixtures.fit(torch.from_numpy(np.stack([palette.of(genome) for genome in crowd])).float() / 255)
    for seed in range(200, 210):
        error = np.abs(mixtures.palette().of(Genome.random(seed)).astype(int) - palette.of(Genome.random(seed)))
        assert error.mean() < 1
        assert error.max() <= 24


def test_pictures_in_torch_are_those_of_the_runtime() -> None:
    mixtures = Mixtures(tuple(tiny_people().tiles.values()))
    torch.manual_seed(440)
    for terms in mixtures.kinds.values():
        torch.nn.init.uniform_(terms, -0.3, 0.6)
    crowd = [Genome.random(1), Genome.random(2)]
    mixtures.meet(crowd)
    ours = mixtures.pictures(torch.tensor([1, 0])).detach() * 255
    for row, genome in zip(ours, reversed(crowd), strict=True):
        assert np.abs(row.numpy() - mixtures.palette().of(genome)).max() <= 0.51
    assert mixture(crowd[0]).keys() == MIXED.keys()


def test_a_number_of_somebody_met_and_their_traits_say_the_same() -> None:
    torch.manual_seed(440)
    options = GeneratorOptions(channels=(8, 8, 8), convs=(1, 1, 2), traits=TRAITS)
    generator = Generator(options).eval()
    crowd = {"one": Genome.random(1), "two": Genome.random(2)}
    meet(generator, crowd)
    controls = torch.rand(2, N_CONTROLS)
    known = torch.from_numpy(np.stack([traits(genome) for genome in crowd.values()]))
    assert torch.equal(generator.plan(controls, torch.tensor([0, 1])), generator.plan(controls, known))
    assert GeneratorOptions.from_dict(options.to_dict()) == options


def test_the_discriminator_is_told_who_it_sees(frames: Path) -> None:
    trainer = Trainer(TINY, load_frames(frames))
    batch = trainer.frames.take([0, 1])
    own = trainer.D(batch.frames, batch.controls, torch.tensor([0, 1]))
    of_others = trainer.D(batch.frames, batch.controls, torch.tensor([20, 30]))
    assert torch.equal(own[0], of_others[0])  # patches are judged whoever it is
    assert not torch.allclose(own[1], of_others[1])
    known = torch.from_numpy(np.stack([traits(g) for g in list(trainer.frames.people.values())[:2]])).float()
    assert torch.equal(trainer.D(batch.frames, batch.controls, known)[1], own[1])


def test_people_are_trained_adversarially_and_released_with_their_discriminator(
    run: Path, frames: Path, tmp_path: Path
) -> None:
    options = replace(TINY, adversarial=True, discriminator_alone=0.25, ramp_steps=2, penalty_every=2)
    finer = train(frames=frames, run=tmp_path / "finer", options=options, init=run, progress=False)
    before, after = load_run(run), load_run(finer)
    for network in ("G_ema", "D"):
        assert before[network].keys() == after[network].keys()
        assert any(not torch.equal(value, after[network][name]) for name, value in before[network].items())
    release = export_run(run=finer, out=tmp_path / "face-tiny", blend=run, share=0.5)
    assert load_weights(release)["D"].keys() == after["D"].keys()
    again = train(frames=frames, run=tmp_path / "again", options=options, init=release, progress=False)
    assert load_run(again)["step"] == TINY.steps


def test_a_discriminator_of_a_cast_takes_people_as_its_mean_character(frames: Path, run: Path, tmp_path: Path) -> None:
    trainer = Trainer(TINY, load_frames(frames))
    cast = Discriminator(DiscriminatorOptions.fitting(GeneratorOptions(identities=3, channels=TINY.channels)))
    weights = weights_for(trainer.D.state_dict(), cast.state_dict())
    assert torch.equal(weights["character.linear.bias"], cast.character.weight.mean(0))
    assert torch.equal(weights["last.weight"], cast.last.weight)
    torch.save({"G_ema": {}, "D": cast.state_dict()}, tmp_path / "checkpoint.pt")
    still = replace(TINY, minutes=0.0)
    begun = train(
        frames=frames, run=tmp_path / "begun", options=still, init=run, init_discriminator=tmp_path, progress=False
    )
    assert torch.equal(load_run(begun)["D"]["last.weight"], cast.last.weight)
    assert torch.equal(load_run(begun)["G"]["head.weight"], load_run(run)["G_ema"]["head.weight"])
    torch.save({"G_ema": {}, "D": {}}, tmp_path / "checkpoint.pt")
    with pytest.raises(WeightsError, match="no discriminator"):
        train(frames=frames, run=tmp_path / "none", options=still, init_discriminator=tmp_path, progress=False)
