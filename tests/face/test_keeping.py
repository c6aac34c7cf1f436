"""The runtime of a model that keeps meshes and pictures; its network adds nothing to the draft, so all is known."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from expressive.core.controls import CONTROL_NAMES, N_CONTROLS, FaceControls
from expressive.core.errors import WeightsError
from expressive.face.draft import save_pictures
from expressive.face.generator import FaceGenerator
from expressive.face.models import GENERATOR_FILE, GEOMETRY_FILE, PICTURES_FILE
from tests.face.meshes import EDGE, HOMES, draw_square, square_cast, square_pictures

POSES = [FaceControls.of(jawOpen=y, jawLeft=x) for x, y in ((0.0, 0.0), (0.31, 0.52), (0.9, 0.2), (0.0, 1.0))]


def write_keeping_model(folder: Path, *, draft: str = "draft") -> Path:
    """Write a model folder whose network hands its draft on."""
    folder.mkdir(parents=True, exist_ok=True)
    half = EDGE // 2
    graph = helper.make_graph(
        [helper.make_node("Identity", [draft], ["rgba"])],
        "keeping",
        [
            helper.make_tensor_value_info("controls", TensorProto.FLOAT, ["n", N_CONTROLS]),
            helper.make_tensor_value_info("identity", TensorProto.INT64, ["n"]),
            helper.make_tensor_value_info(draft, TensorProto.UINT8, ["n", 16, half, half]),
        ],
        [helper.make_tensor_value_info("rgba", TensorProto.UINT8, ["n", 16, half, half])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / GENERATOR_FILE))
    square_cast().save(folder / GEOMETRY_FILE)
    save_pictures(str(folder / PICTURES_FILE), square_pictures())
    files = (GENERATOR_FILE, GEOMETRY_FILE, PICTURES_FILE)
    config = {
        "name": "keeping", "version": "0.1.0", "resolution": EDGE, "controls": list(CONTROL_NAMES),
        "identities": list(HOMES), "generator": {}, "parameters": 0,
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_keeping_model(tmp_path_factory.mktemp("models") / "keeping-32-v0.1.0")


@pytest.mark.parametrize("who", HOMES)
def test_a_frame_shows_the_pictures_where_the_mesh_is(model: Path, who: str) -> None:
    generator = FaceGenerator.load(model)
    for pose in POSES:
        drawn = generator.frame(pose, who, premultiplied=True)
        np.testing.assert_array_equal(drawn, draw_square(pose.values, who, square_pictures()[who]))


def test_a_batch_of_several_characters_is_each_alone(model: Path) -> None:
    generator = FaceGenerator.load(model)
    names = ["guard", "driver", "driver", "guard"]
    batch = generator.frames(POSES, names)
    for frame, pose, who in zip(batch, POSES, names, strict=True):
        np.testing.assert_array_equal(frame, generator.frame(pose, who))


def test_a_pose_drawn_again_is_the_same_to_the_last_bit(model: Path) -> None:
    first, second = (FaceGenerator.load(model).frame(POSES[1], "guard") for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_actors_share_meshes_and_pictures(model: Path) -> None:
    a, b = FaceGenerator.load(model), FaceGenerator.load(model)
    assert a._drafts is not None
    assert a._drafts is b._drafts


def test_a_changed_picture_is_read_anew(tmp_path: Path) -> None:
    """What was read of a folder counts as long as its checksums are the same."""
    folder = write_keeping_model(tmp_path / "m")
    FaceGenerator.load(folder)
    pictures = square_pictures(seed=7)
    save_pictures(str(folder / PICTURES_FILE), pictures)
    digest = hashlib.sha256((folder / PICTURES_FILE).read_bytes()).hexdigest()
    again = FaceGenerator.load(write_config(folder, {PICTURES_FILE: digest}))
    np.testing.assert_array_equal(
        again.frame(POSES[1], "guard"), draw_square(POSES[1].values, "guard", pictures["guard"])
    )


def write_config(folder: Path, files: dict[str, str]) -> Path:
    config = json.loads((folder / "config.json").read_text())
    config["files"] |= files
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_network_that_takes_no_draft_is_of_another_make(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"of another make: its inputs are .*'sketch'"):
        FaceGenerator.load(write_keeping_model(tmp_path / "m", draft="sketch"))


def test_pictures_of_another_size_are_one_clear_error(tmp_path: Path) -> None:
    folder = write_keeping_model(tmp_path / "m")
    save_pictures(str(folder / PICTURES_FILE), {name: texels[:-1] for name, texels in square_pictures().items()})
    digest = hashlib.sha256((folder / PICTURES_FILE).read_bytes()).hexdigest()
    with pytest.raises(WeightsError, match="lacks the mesh or the pictures of 'guard'"):
        FaceGenerator.load(write_config(folder, {PICTURES_FILE: digest}))
