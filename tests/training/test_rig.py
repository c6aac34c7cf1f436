from __future__ import annotations

import numpy as np
import pytest

from expressive.core.controls import CONTROL_INDEX, N_CONTROLS
from expressive.core.errors import MissingDependency, ParameterError, UnknownNameError
from expressive.training.data import load_frames
from expressive.training.render import render_frames
from expressive.training.rig.assets import build_assets, load_head
from expressive.training.rig.cast import Member, load_cast
from expressive.training.rig.cloth import GarmentOptions, garment
from expressive.training.rig.hair import HairOptions
from expressive.training.rig.head import HeadRig
from expressive.training.rig.renderer import Renderer, open_context
from expressive.training.rig.skin import fractal_noise
from expressive.training.rig.strands import ribbon_indices
from expressive.training.rig.toy import toy_head

CAST = ("guard", "innkeeper", "driver", "monk", "merchant", "scholar", "apprentice", "healer")


def pose(**values: float) -> np.ndarray:
    out = np.zeros(N_CONTROLS, np.float32)
    for name, value in values.items():
        out[CONTROL_INDEX[name]] = value
    return out


@pytest.fixture(scope="module")
def renderer():
    try:
        context = open_context()
    except MissingDependency as error:
        pytest.skip(f"no OpenGL here: {error}")
    member = Member(name="toy", hair=HairOptions(count=400, width=0.2), brow_count=60)
    return Renderer(toy_head(), member, size=64, supersample=1, context=context)


def test_the_cast_is_complete_and_in_order():
    cast = load_cast()
    assert tuple(cast) == CAST
    assert {member.tone_group for member in cast.values()} == {"light", "medium", "dark"}


def test_unknown_settings_of_a_cast_are_errors(tmp_path):
    path = tmp_path / "cast.yaml"
    path.write_text("guard:\n  hair: {stile: crop}\n")
    with pytest.raises(UnknownNameError, match="style"):
        load_cast(path)
    path.write_text("[]\n")
    with pytest.raises(ParameterError, match="mapping"):
        load_cast(path)


def test_posing_moves_what_it_should():
    rig = HeadRig(toy_head(), np.zeros(4, np.float32))
    rest = rig.pose(pose())
    opened = rig.pose(pose(jawOpen=1))
    landmarks = rig.asset.landmarks
    assert opened.vertices[landmarks[8], 1] < rest.vertices[landmarks[8], 1] - 0.3
    index, _ = rig.eyes[0]
    looked = rig.pose(pose(leftEyeYaw=0.4))
    assert np.abs(looked.vertices[index] - rest.vertices[index]).max() > 0.3
    right, _ = rig.eyes[1]
    np.testing.assert_array_equal(looked.vertices[right], rest.vertices[right])
    assert rig.pose(pose(browDownLeft=1, browDownRight=1)).wrinkles[1] > 0.9
    assert rig.pose(pose(browInnerUp=1)).wrinkles[0] > 0.5


def test_normals_are_unit_and_point_outwards():
    rig = HeadRig(toy_head(), np.zeros(4, np.float32))
    n = rig.normals(rig.base)
    used = np.unique(rig.asset.triangles)
    np.testing.assert_allclose(np.linalg.norm(n[used], axis=1), 1, atol=1e-4)
    egg = rig.asset.vertices_of("M_Face")
    outward = ((rig.base[egg] - rig.base[egg].mean(0)) * n[egg]).sum(1)
    assert np.median(outward) > 0


def test_a_frame_is_premultiplied_and_labelled(renderer):
    frame = renderer.render(pose())
    assert frame.rgba.shape == (64, 64, 4)
    assert frame.rgba.dtype == np.uint8
    assert (frame.rgba[..., :3].max(-1) <= frame.rgba[..., 3]).all()
    assert frame.rgba[0, 0, 3] == 0
    assert 0.1 < (frame.rgba[..., 3] > 0).mean() < 0.95
    assert ((frame.landmarks > 0) & (frame.landmarks < 64)).all()


def test_controls_change_the_picture_and_repeat_exactly(renderer):
    rest = renderer.render(pose()).rgba
    again = renderer.render(pose()).rgba
    turned = renderer.render(pose(headYaw=0.4))
    assert np.array_equal(rest, again)
    assert np.abs(rest.astype(int) - turned.rgba.astype(int)).mean() > 1
    nose = renderer.render(pose()).landmarks[30, 0]
    assert turned.landmarks[30, 0] > nose + 2  # own left is the viewer's right


def test_sizes_are_checked():
    with pytest.raises(ParameterError, match="size"):
        Renderer(toy_head(), Member(name="toy"), size=4)


def test_garment_is_closed_and_noise_is_bounded():
    solid = garment(GarmentOptions(), seed=1)
    assert solid.triangles.max() < len(solid.vertices)
    np.testing.assert_allclose(np.linalg.norm(solid.normals, axis=1), 1, atol=1e-3)
    noise = fractal_noise(64, 4, seed=1)
    assert noise.shape == (64, 64)
    assert -0.3 < noise.min() < noise.max() < 1.3


def test_ribbons_are_quads():
    index = ribbon_indices(2, 3)
    assert index.shape == (2 * 2 * 2, 3)
    assert index.max() == 2 * 3 * 2 - 1


def test_render_frames_goes_on_where_it_stopped(tmp_path):
    try:
        open_context()
    except MissingDependency as error:
        pytest.skip(f"no OpenGL here: {error}")
    options = {"assets": "toy", "out": tmp_path, "frames": 2, "test_frames": 1, "held_frames": 1, "emotion_frames": 1}
    options |= {"moves": 2, "motion_sequences": 0, "lip_frames": 2, "reading_frames": 2}
    options |= {"identities": ["monk"], "size": 32, "shard_size": 2, "progress": False}
    assert render_frames(**options) == 9 + 4
    first = np.load(tmp_path / "monk" / "train-0000.npy")
    (tmp_path / "monk" / "train-0000.npz").unlink()
    assert render_frames(**options) == 2
    assert np.array_equal(first, np.load(tmp_path / "monk" / "train-0000.npy"))
    data = load_frames(tmp_path)
    assert len(data) == 2 + 4
    assert data.resolution == 32
    assert data.moves.tolist() == [[2, 3], [4, 5]]
    before, after = data.controls[data.moves].unbind(1)
    assert (before != after).any(1).all()
    assert float((after - before).abs().max()) < 0.2
    batch = data.take([0, 1])
    assert batch.texels is not None
    meshes, renders = (batch.texels > 0).any(1), batch.frames[:, 3] > 0.5
    assert float((meshes & renders).sum() / (meshes | renders).sum()) > 0.9  # they are of the same outline
    with pytest.raises(UnknownNameError, match="monk"):
        render_frames(**options | {"identities": ["monc"]})


def test_missing_assets_are_one_clear_error(tmp_path):
    with pytest.raises(ParameterError, match="expressive train assets"):
        load_head(tmp_path)
    with pytest.raises(ParameterError, match="ICT-FaceKit"):
        build_assets(ict=tmp_path, out=tmp_path)


def test_assets_are_built_from_a_checkout(tmp_path):
    folder = tmp_path / "kit" / "FaceXModel"
    folder.mkdir(parents=True)
    mesh = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nusemtl M_Face\nf 1/1 2/2 3/3 4/4\n"
    (folder / "generic_neutral_mesh.obj").write_text(mesh)
    (folder / "identity000.obj").write_text(mesh.replace("v 1 0 0", "v 2 0 0"))
    (folder / "jawOpen.obj").write_text(mesh.replace("v 0 0 0", "v 0 -1 0"))
    pack = np.load(build_assets(ict=tmp_path / "kit", out=tmp_path / "out"))
    assert pack["neutral"].shape == (4, 3)
    assert pack["faces"].shape == (2, 3, 2)  # the quad became two triangles
    assert pack["ex"][0, 0].tolist() == [0, -1, 0]
    assert pack["ident"][0, 1].tolist() == [1, 0, 0]
