"""Anybody's meshes are those of the renderer's own head, and a crowd can be rendered; on the made-up head."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.spatial import cKDTree

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS
from expressive.core.errors import MissingDependency
from expressive.face.genome import HAIRS, Genome
from expressive.face.people import load_people
from expressive.training.data import load_frames
from expressive.training.render import render_frames
from expressive.training.rig.head import HeadRig
from expressive.training.rig.people import STYLES, Carried, member_of, people
from expressive.training.rig.renderer import open_context
from expressive.training.rig.toy import toy_head

GENOME = Genome(shape=(0.9, -1.2, 0.4, 1.5), lips=0.8, jaw_width=-0.6, hair="tied", glasses=True)


@pytest.fixture(scope="module")
def head():
    return toy_head()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """One person, two frames and two pairs, with their genes and anybody's meshes."""
    try:
        open_context()
    except MissingDependency as error:
        pytest.skip(f"no OpenGL here: {error}")
    folder = tmp_path_factory.mktemp("crowd")
    options = {
        "assets": "toy", "out": folder, "size": 32, "frames": 2, "moves": 2, "genome": 1, "unseen": 0,
        "progress": False,
    }  # fmt: skip
    assert render_frames(**options) == 6
    assert render_frames(**options) == 0
    return folder


@pytest.fixture(scope="module")
def crowd(rendered):
    path = rendered / "geometry.npz"
    return load_people(path.read_bytes(), str(path))


def test_every_cut_has_its_strands():
    assert STYLES.keys() == set(HAIRS)


def test_those_who_train_are_not_those_who_judge():
    names = people(30)
    trained = [genome for name, genome in names.items() if name.startswith("person")]
    judges = [genome for name, genome in names.items() if name.startswith("unseen")]
    assert (len(trained), len(judges)) == (30, 16)
    assert not {g.shape for g in trained} & {g.shape for g in judges}
    assert {Genome.random(seed).shape for seed in range(200)}.isdisjoint({g.shape for g in names.values()})


def test_the_mesh_of_genes_lies_where_the_renderers_head_does(head, crowd):
    member = member_of(GENOME, "somebody")
    rig = HeadRig(head, member.identity, member.sculpt)
    moving = crowd.shapes.shape[1]
    far, used = cKDTree(head.neutral).query(crowd.parts["base"].vertices[:moving, :3])
    assert far.max() < 1e-5  # they are the head's own
    figure = crowd.figure(GENOME)
    skin = np.abs(figure.vertices[: len(used)] - rig.base[used])
    assert skin.max() < 0.08  # centimetres; a pixel shows 0.13
    for ours, (_, theirs) in zip(figure.eyes, rig.eyes, strict=True):
        assert np.abs(ours - theirs).max() < 0.05
    controls = np.zeros(N_CONTROLS, np.float32)
    controls[CONTROL_INDEX["jawOpen"]] = 0.7
    posed = crowd.geometry({"": GENOME}).pose(controls, "")[: len(used)]
    assert np.abs(posed - rig.pose(controls).vertices[used]).max() < 0.1


def test_parts_are_there_as_the_genes_say(crowd):
    assert crowd.parts_of(GENOME) == ["base", "glasses", "hair tied"]
    bald = crowd.figure(Genome(hair="shaven"))
    worn = crowd.figure(Genome(hair="shaven", glasses=True))
    assert len(worn.triangles) > len(bald.triangles)
    assert sum(worn.layers) == len(worn.triangles)
    assert worn.triangles.max() < len(worn.vertices)


def test_what_is_carried_stays_on_the_mean_head_and_follows_another(head):
    rig = HeadRig(head, np.array([1.0, 0.5], np.float32))
    points = head.neutral[head.landmarks[:17]] * 1.05
    carried = Carried(points, rig.mean)
    assert np.allclose(carried.on(rig.mean), points, atol=1e-5)
    moved, skin = carried.on(rig) - points, (rig.base - rig.mean.base)[head.landmarks[:17]]
    assert np.abs(moved - skin).max() < 0.25 * np.abs(skin).max()


def test_frames_come_with_genes_and_show_what_the_meshes_do(rendered):
    genes = json.loads((rendered / "genomes.json").read_text())
    data = load_frames(rendered)
    assert data.people == {"person-000": Genome.from_mapping(genes["person-000"])} == people(1, 0)
    assert data.kind.count("move") == 4
    assert data.moves.shape == (2, 2)
    batch = data.take([0])
    shown, alpha = batch.texels[0, 0].numpy() > 0, batch.frames[0, 3].numpy()
    assert (shown == (alpha > 0.5)).mean() > 0.95
