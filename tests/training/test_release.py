"""Mixing the weights of two runs, and what a release folder must hold."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from expressive.core.errors import ParameterError, WeightsError
from expressive.face.generator import FaceGenerator
from expressive.training.blending import blend_generators
from expressive.training.export import export, load_generator
from expressive.training.generator import Generator, GeneratorOptions

TINY = GeneratorOptions(identities=2, channels=(8, 8), convs=(1, 1), tiles=((1, 2, 2),))


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_blend_lies_between_the_two(share: float) -> None:
    torch.manual_seed(0)
    own, other = Generator(TINY), Generator(TINY)
    mixed = copy.deepcopy(own)
    blend_generators(mixed, other, share)
    for a, b, c in zip(own.parameters(), other.parameters(), mixed.parameters(), strict=True):
        torch.testing.assert_close(c, share * a + (1 - share) * b)


def test_pictures_of_a_character_may_have_a_share_of_their_own() -> None:
    torch.manual_seed(0)
    own, other = Generator(TINY), Generator(TINY)
    for generator, value in ((own, 0.6), (other, 0.2)):
        for pictures in generator.textures.of:
            torch.nn.init.constant_(pictures, value)
    blend_generators(own, other, 0.25, {1: 1.5})
    assert float(own.textures.of[0].detach().max()) == pytest.approx(0.3)
    assert float(own.textures.of[1].detach().max()) == pytest.approx(0.8)
    blend_generators(own, other, 0.5, {1: 1.5})
    assert float(own.textures.of[1].detach().max()) <= 1.0  # a colour stays one


@pytest.mark.parametrize("shares", [(1.6, {}), (float("nan"), {}), (0.5, {0: -0.1})])
def test_shares_out_of_range_are_refused(shares: tuple[float, dict[int, float]]) -> None:
    with pytest.raises(ParameterError, match="share"):
        blend_generators(Generator(TINY), Generator(TINY), *shares)


def test_who_is_not_in_the_cast_has_no_share() -> None:
    with pytest.raises(ParameterError, match="no pictures of those"):
        blend_generators(Generator(TINY), Generator(TINY), 0.5, {2: 1.0})


def test_runs_of_another_shape_are_refused() -> None:
    with pytest.raises(ParameterError, match="differ in shape"):
        blend_generators(Generator(TINY), Generator(GeneratorOptions(identities=3, channels=(8, 8), convs=(1, 1))), 0.5)


@pytest.fixture
def release(tiny_keeper: Generator, tiny_meshes: Path, tmp_path: Path) -> Path:
    """A model folder of characters whose pictures are kept."""
    return export(
        generator=tiny_keeper, discriminator=None, out=tmp_path / "m", identities=["guard", "driver"],
        geometry=tiny_meshes,
    )  # fmt: skip


def _replace(folder: Path, name: str, content: bytes) -> None:
    """Put other content into a file, with a checksum that is right."""
    (folder / name).write_bytes(content)
    config = json.loads((folder / "config.json").read_text())
    config["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))


def _forget(folder: Path, name: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["files"][name]
    (folder / "config.json").write_text(json.dumps(config))


def _cut(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-40])


def _without_the_driver(folder: Path, name: str) -> None:
    rest = io.BytesIO()
    with np.load(folder / name) as pack:
        kept = {key: pack[key] for key in pack.files if not key.startswith("driver")}
    if "figures" in kept:
        kept["figures"] = np.array(["guard"])
    np.savez(rest, **kept)
    _replace(folder, name, rest.getvalue())


def test_a_release_keeps_the_meshes_and_the_pictures(release: Path, tiny_keeper: Generator, tiny_meshes: Path) -> None:
    assert (release / "geometry.npz").read_bytes() == tiny_meshes.read_bytes()
    loaded, _ = load_generator(release)
    for kept, texels in zip(tiny_keeper.textures.of, loaded.textures.of, strict=True):
        torch.testing.assert_close(texels, kept, atol=0.5 / 255, rtol=0)
    assert FaceGenerator.load(release).frame(np.zeros(61), "driver").std() > 5


@pytest.mark.parametrize("name", ["geometry.npz", "pictures.npz"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder, name: (folder / name).unlink(), "{name} is missing; copy the model folder again"),
        (_cut, "{name} is truncated or altered"),
        (lambda folder, name: _replace(folder, name, (folder / name).read_bytes()[:-40]), "{name} is damaged"),
        (lambda folder, name: _replace(folder, name, b"PK"), "{name} is damaged"),
        (_without_the_driver, "lacks the mesh or the pictures of 'driver'; export the model again"),
    ],
    ids=["missing", "cut", "cut with a right checksum", "something else", "without one of two"],
)
def test_a_damaged_mesh_or_picture_is_one_clear_error(release: Path, name: str, damage, message: str) -> None:
    damage(release, name)
    with pytest.raises(WeightsError, match=re.escape(message.format(name=name))):
        FaceGenerator.load(release)


def test_files_that_the_configuration_forgot_are_one_clear_error(release: Path) -> None:
    _forget(release, "pictures.npz")
    with pytest.raises(WeightsError, match=r"config\.json has no checksum of pictures\.npz"):
        FaceGenerator.load(release)
    _forget(release, "geometry.npz")
    with pytest.raises(WeightsError, match="of another make: its inputs are"):
        FaceGenerator.load(release)


@pytest.mark.parametrize("missing", ["pictures.npz", "weights.safetensors", "config.json"])
def test_weights_without_all_their_files_are_one_clear_error(release: Path, missing: str) -> None:
    (release / missing).unlink()
    with pytest.raises(WeightsError, match=re.escape(missing)):
        load_generator(release)


def test_pictures_of_others_are_one_clear_error(release: Path) -> None:
    _without_the_driver(release, "pictures.npz")
    with pytest.raises(WeightsError, match=r"pictures\.npz.*driver"):
        load_generator(release)
