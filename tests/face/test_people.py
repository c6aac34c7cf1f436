"""People from genes at run time: their network adds nothing to the draft, so all is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from expressive.character.loading import load_character
from expressive.core.controls import FaceControls
from expressive.core.errors import ParameterError, WeightsError
from expressive.face.apart import ApartGenerator
from expressive.face.generator import FaceGenerator
from expressive.face.genome import Genome
from expressive.face.models import ANYBODY, PICTURES_FILE
from expressive.face.people import load_palette, load_people
from expressive.face.spec import FaceSpec
from expressive.stage.actor import Actor
from tests.face.crowd import PUSH, SIDE, SKIN, STRIP, WORN, tiny_palette, tiny_people, write_genome_model
from tests.face.test_keeping import write_keeping_model

REST = FaceControls.neutral()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_genome_model(tmp_path_factory.mktemp("models") / "people-32-v0.1.0")


def draw(model: Path, genome: Genome) -> np.ndarray:
    # no smaller picture is given out, and enlarging would blur what is measured
    return FaceGenerator.load(model, genome=genome)._run(REST.values[None], np.zeros(1, np.int64))[0]


def test_somebody_has_the_colours_of_their_genes(model: Path) -> None:
    genome = Genome(skin=0.3, hair="bob", hair_colour=(0.7, 0.3, 0.1))
    frame = draw(model, genome)
    x, y = int(SKIN[0] + SIDE / 2), int(SKIN[1])
    assert np.abs(frame[y + STRIP + 3, x, :3] - 255 * np.array(genome.tone)).max() <= 2
    assert np.abs(frame[y + STRIP - 2, x, :3] - 255 * np.array(genome.hair_colour)).max() <= 2


def test_a_gene_of_the_shape_moves_the_mesh_and_its_hair(model: Path) -> None:
    for code in (-1.0, 0.5, 2.0):
        alpha = draw(model, Genome(shape=(code,)))[..., 3]
        columns = np.flatnonzero(alpha[int(SKIN[1]) + STRIP // 2])
        assert abs(columns[0] - (SKIN[0] + code * PUSH)) <= 1
        assert np.array_equal(columns, np.flatnonzero(alpha[int(SKIN[1]) + SIDE - 2]))


def test_glasses_are_worn_or_not(model: Path) -> None:
    x, y = int(WORN[0]) + 2, int(WORN[1]) + 2
    assert draw(model, Genome(glasses=True))[y, x].tolist() == [255] * 4
    assert draw(model, Genome(glasses=False))[y, x].tolist() == [0] * 4


def test_a_seed_is_always_drawn_alike_and_another_is_not(model: Path) -> None:
    frames = [FaceGenerator.load(model, genome=Genome.random(seed)).frame(REST, ANYBODY, size=64) for seed in (1, 2, 1)]
    assert np.array_equal(frames[0], frames[2])
    assert np.abs(frames[0].astype(int) - frames[1]).max() > 20


def test_without_genes_somebody_average_is_drawn(model: Path) -> None:
    average = FaceGenerator.load(model).frame(REST, ANYBODY, size=64)
    assert np.array_equal(average, FaceGenerator.load(model, genome=Genome()).frame(REST, ANYBODY, size=64))
    assert FaceGenerator.load(model).identities == (ANYBODY,)


def test_what_is_saved_is_read_again(model: Path) -> None:
    people = load_people((model / "geometry.npz").read_bytes(), "it")
    genome = Genome.random(5)
    one, other = people.figure(genome), tiny_people().figure(genome)
    assert np.allclose(one.vertices, other.vertices, atol=0.02)
    assert np.array_equal(one.triangles, other.triangles)
    assert (one.layers, one.fine) == (other.layers, other.fine)
    palette = load_palette((model / PICTURES_FILE).read_bytes(), "it", people.tiles)
    assert np.abs(palette.of(genome).astype(int) - tiny_palette().of(genome)).max() <= 1
    assert not palette.of(genome)[0].any()


def test_an_actor_gets_somebody_elses_face(model: Path) -> None:
    profile = load_character("guard")
    faced = replace(profile, face=FaceSpec(model=str(model), genome={"seed": 42, "glasses": True}))
    with Actor(faced, live=False) as one, Actor(replace(faced, face=faced.face.of_seed(7)), live=False) as other:
        assert other.profile.face.person == replace(Genome.random(7), glasses=True)
        assert not np.array_equal(one.frame(size=64), other.frame(size=64))
        assert one.frame(size=64)[..., 3].max() == 255


def test_somebody_is_drawn_alike_in_the_process_beside(model: Path) -> None:
    genome = Genome.random(42)
    here = FaceGenerator.load(model, genome=genome).frame(REST, ANYBODY, size=64)
    assert np.array_equal(ApartGenerator(model, genome=genome).frame(REST, ANYBODY, size=64), here)


def test_a_cast_has_no_genes(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="draws a cast; genes need a model such as 'face-genome-256'"):
        FaceGenerator.load(write_keeping_model(tmp_path / "keeping"), genome=Genome())


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    model = write_genome_model(tmp_path / "people")
    (model / PICTURES_FILE).write_bytes(b"no pictures")
    with pytest.raises(WeightsError, match="truncated or altered"):
        FaceGenerator.load(model)
    with pytest.raises(WeightsError, match="it is damaged"):
        load_people(b"nothing", "it")
    with pytest.raises(WeightsError, match="it is damaged"):
        load_palette(b"nothing", "it", {"face": (1, 2, 2)})
    with pytest.raises(WeightsError, match="of another make: its inputs"):
        FaceGenerator.load(write_genome_model(tmp_path / "other", who="whoever"))
