from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW, FaceControls
from expressive.core.errors import WeightsError
from expressive.face.geometry import CAMERA, INWARD_RAD, PIVOT, Figure, Geometry, head_rotation, load_geometry
from tests.face.meshes import EDGE, SHIFT, TEXELS, square_cast


def pixels(geometry: Geometry, who: str, **controls: float) -> np.ndarray:
    """Columns and rows (V, 2) of the vertices in the picture."""
    return (geometry.places(FaceControls.of(**controls).values, who)[:, :2] + 1) / 2 * EDGE


def cloud(rng: np.random.Generator, count: int = 40) -> Geometry:
    """One figure of scattered points, which follow the head more or less; nothing else moves them."""
    points = rng.uniform((-8, -14, -8), (8, 14, 10), (count, 3)).astype(np.float32)
    nothing = np.zeros(0, np.int32)
    figure = Figure(
        points, rng.random(count).astype(np.float32), *np.zeros((2, 2, 3), np.float32), nothing.reshape(0, 3),
        np.zeros((0, 3, 2), np.float32), nothing, nothing, (0,),
    )  # fmt: skip
    return Geometry(
        ("jawOpen",), np.zeros((1, 0, 3), np.float32), ((0, 0), (0, 0)), ((0, 0), (0, 0)), ((1, 4, 4),), {"one": figure}
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    square_cast().save(tmp_path / "geometry.npz")
    return tmp_path / "geometry.npz"


def test_what_is_saved_is_loaded(file: Path) -> None:
    was, now = square_cast(), load_geometry(file.read_bytes(), str(file))
    for field in ("names", "eye_spans", "gleam_spans", "tiles"):
        assert getattr(now, field) == getattr(was, field), field
    assert now.texels == TEXELS
    np.testing.assert_array_equal(now.shapes, was.shapes)
    assert list(now.figures) == list(was.figures)
    for name, figure in was.figures.items():
        for field, value in vars(replace(figure)).items():
            loaded = getattr(now.figures[name], field)
            np.testing.assert_array_equal(loaded, value, err_msg=field)
            if isinstance(value, np.ndarray):
                assert loaded.dtype == value.dtype, field


def test_a_damaged_file_is_one_clear_error(file: Path, rng: np.random.Generator) -> None:
    whole = file.read_bytes()
    for length in (0, 3, 10, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        with pytest.raises(WeightsError, match=r"meshes\.npz is damaged .*; copy the model folder again"):
            load_geometry(whole[:length], "meshes.npz")
    refused = 0
    for _ in range(60):
        content = bytearray(whole)
        content[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        try:
            load_geometry(bytes(content), "meshes.npz")
        except WeightsError:
            refused += 1
    assert refused > 30  # some bits of the container say nothing


def test_a_file_of_something_else_is_one_clear_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", jaw=np.zeros(3))
    with pytest.raises(WeightsError, match=r"other\.npz is damaged"):
        load_geometry((tmp_path / "other.npz").read_bytes(), "other.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(WeightsError, match=r"one\.npy is damaged"):
        load_geometry((tmp_path / "one.npy").read_bytes(), "one.npy")


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_controls_move_what_their_shapes_say(weight: float) -> None:
    cast = square_cast()
    for who in cast.figures:
        rest = pixels(cast, who)
        down = pixels(cast, who, jawOpen=weight) - rest
        aside = pixels(cast, who, jawLeft=weight) - rest
        np.testing.assert_allclose(down[:4], [[0, weight * SHIFT]] * 4, atol=1e-4)
        np.testing.assert_allclose(aside[:4], [[weight * SHIFT, 0]] * 4, atol=1e-4)
        np.testing.assert_allclose(aside[4:], 0, atol=1e-6)


@pytest.mark.parametrize("axis", ["headYaw", "headPitch", "headRoll"])
def test_the_head_turns_about_its_pivot_as_far_as_each_point_follows(axis: str, rng: np.random.Generator) -> None:
    cast = cloud(rng)
    figure = cast.figures["one"]
    angle = 0.25
    turn = head_rotation(*(angle if name == axis else 0.0 for name in ("headYaw", "headPitch", "headRoll")))
    wanted = []
    for point, share in zip(figure.vertices.astype(float), figure.follow.astype(float), strict=True):
        x, y, z = (1 - share) * point + share * (turn @ (point - PIVOT) + PIVOT)
        half = CAMERA.height / 2 * (CAMERA.distance - z) / CAMERA.distance  # of what is seen at that depth
        wanted.append((x / half, (CAMERA.centre_y - y) / half, z))
    np.testing.assert_allclose(cast.places(FaceControls.of(**{axis: angle}).values, "one"), wanted, atol=2e-5)


def test_the_signs_of_the_head() -> None:
    assert head_rotation(0.3, 0, 0)[0, 2] > 0  # the face turns to the character's left, +x
    assert head_rotation(0, 0.3, 0)[1, 2] > 0  # and looks up
    assert head_rotation(0, 0, 0.3)[0, 1] > 0  # the crown leans to the left
    np.testing.assert_allclose(head_rotation(0.3, 0.2, -0.1) @ head_rotation(0.3, 0.2, -0.1).T, np.eye(3), atol=1e-6)


def test_an_eye_turns_alone_and_keeps_its_shape(rng: np.random.Generator) -> None:
    cast = cloud(rng)
    centres = np.array([(3.0, 3.5, 8.0), (-3.0, 3.5, 8.0)], np.float32)
    cast = replace(
        cast,
        eye_spans=((10, 20), (20, 30)),
        shapes=np.zeros((1, 30, 3), np.float32),
        figures={"one": replace(cast.figures["one"], eyes=centres)},
    )
    rest, looks = (cast.pose(FaceControls.of(leftEyeYaw=yaw).values, "one") for yaw in (0.0, 0.4))
    moved = np.abs(looks - rest).max(1) > 1e-3
    assert moved[10:20].all()
    assert not moved[:10].any()
    assert not moved[20:].any()
    for pose in (rest, looks):
        far = np.linalg.norm(pose[10:20] - centres[0], axis=1)
        was = np.linalg.norm(cast.figures["one"].vertices[10:20] - centres[0], axis=1)
        np.testing.assert_allclose(far, was, rtol=1e-5)


def test_an_eye_and_its_gleam_give_way_to_a_lid_that_closes(rng: np.random.Generator) -> None:
    cast = cloud(rng)
    centres = np.array([(3.0, 3.5, 8.0), (-3.0, 3.5, 8.0)], np.float32)
    figure = replace(cast.figures["one"], eyes=centres, corneas=np.full((2, 3), 0.1, np.float32))
    cast = replace(
        cast,
        eye_spans=((10, 15), (20, 25)),
        gleam_spans=((15, 20), (25, 30)),
        shapes=np.zeros((1, 30, 3), np.float32),
        figures={"one": figure},
    )
    half_open, closed, winks = (
        cast.places(FaceControls.of(eyeBlinkLeft=left, eyeBlinkRight=right).values, "one")
        for left, right in ((0.2, 0.2), (1.0, 1.0), (1.0, 0.2))
    )
    open_eyes = cast.places(FaceControls.of().values, "one")
    np.testing.assert_array_equal(half_open, open_eyes)
    np.testing.assert_array_equal(winks[10:20], closed[10:20])
    np.testing.assert_array_equal(winks[20:30], open_eyes[20:30])
    for rows, centre in ((slice(10, 20), centres[0]), (slice(20, 30), centres[1])):
        now, was = ((places[rows, 2] - centre[2]) for places in (closed, open_eyes))
        np.testing.assert_allclose(now, 0.92 * was, atol=1e-4)


def test_a_gleam_goes_with_the_cornea_but_does_not_turn(rng: np.random.Generator) -> None:
    """Against a mirroring sphere: where it shows a lamp is fixed, seen from its middle."""
    cast = cloud(rng)
    centres = np.array([(3.0, 3.5, 8.0), (-3.0, 3.5, 8.0)], np.float32)
    corneas = np.array([(0.1, 0.0, 0.5), (-0.1, 0.0, 0.5)], np.float32)
    figure = replace(
        cast.figures["one"], eyes=centres, corneas=corneas, follow=np.ones(len(cast.figures["one"].follow))
    )
    cast = replace(cast, gleam_spans=((10, 20), (20, 30)), figures={"one": figure})
    still = replace(cast, gleam_spans=((0, 0), (0, 0)))
    looking = FaceControls.of(leftEyeYaw=0.4, rightEyePitch=-0.2, headYaw=0.3, headRoll=0.1).values
    angles = (0.3, 0.0, 0.1)
    for eye, (gaze, rows) in enumerate((((0.4 - INWARD_RAD, 0.0), slice(10, 20)), ((INWARD_RAD, -0.2), slice(20, 30)))):
        middle = head_rotation(*gaze, 0.0) @ corneas[eye] + centres[eye]
        middle = head_rotation(*angles) @ (middle - PIVOT) + PIVOT
        wanted = figure.vertices[rows] - centres[eye] - corneas[eye] + middle
        half = CAMERA.height / 2 * (CAMERA.distance - wanted[:, 2]) / CAMERA.distance
        found = cast.places(looking, "one")
        np.testing.assert_allclose(found[rows, 0], wanted[:, 0] / half, atol=1e-5)
        np.testing.assert_allclose(found[rows, 1], (CAMERA.centre_y - wanted[:, 1]) / half, atol=1e-5)
    others = np.r_[0:10, 30 : len(figure.vertices)]
    np.testing.assert_array_equal(cast.places(looking, "one")[others], still.places(looking, "one")[others])


def test_no_pose_makes_a_place_that_is_no_number(rng: np.random.Generator) -> None:
    cast = square_cast()
    for _ in range(20):
        controls = rng.uniform(CONTROL_LOW, CONTROL_HIGH).astype(np.float32)
        places = cast.places(controls, "guard")
        assert places.shape == (8, 3)
        assert np.isfinite(places).all()
