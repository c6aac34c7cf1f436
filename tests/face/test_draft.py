from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from expressive.core.controls import CONTROL_INDEX, FaceControls
from expressive.core.errors import WeightsError
from expressive.face.draft import Drafts, load_pictures, save_pictures
from expressive.face.frames import to_frames
from expressive.face.geometry import Geometry
from expressive.face.raster import ROWS, texel_maps
from expressive.face.texels import enlarge, finer
from expressive.face.triangles import LOWERED, PARTS
from tests.face.meshes import EDGE, SHIFT, TEXELS, TILES, draw_square, square_cast, square_pictures

POSES = [{}, {"jawOpen": 0.4}, {"jawLeft": 0.7, "jawOpen": 0.9}, {"headYaw": 0.3, "headPitch": -0.2, "headRoll": 0.2}]


def quarters_of(frames: np.ndarray) -> np.ndarray:
    """Pixels of even rows and columns, then of even rows and odd columns, and so on, each by colour."""
    parts = [frames[:, row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return np.concatenate([part.transpose(0, 3, 1, 2) for part in parts], 1)


def slowly_laid_over(cast: Geometry, who: str, controls: np.ndarray, texels: np.ndarray, edge: int) -> np.ndarray:
    """Every layer over those behind it, in numbers that need no rounding (edge, edge, 4)."""
    out, texels = np.zeros((edge, edge, 4)), enlarge(texels, cast.tiles)
    figure, places = finer(cast).figures[who], cast.places(controls, who)
    maps = texel_maps(figure, places, edge)
    layers = maps[:-ROWS]
    assert not maps[-ROWS:].any()
    for layer in layers:
        seen = texels[layer].astype(float) / 255
        out = seen + (1 - seen[..., 3:]) * out
    return np.minimum(out, 1) * 255


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(0, 3), st.integers(1, 4)).map(lambda s: (s[0], 2 * s[1], 2 * s[1], 4)))
)
def test_frames_are_put_together_from_quarters(frames: np.ndarray) -> None:
    np.minimum(frames[..., :3], frames[..., 3:], out=frames[..., :3])
    np.testing.assert_array_equal(to_frames(quarters_of(frames)), frames)


def test_no_colour_of_a_frame_exceeds_its_alpha(rng: np.random.Generator) -> None:
    frames = rng.integers(0, 256, (3, 8, 8, 4)).astype(np.uint8)
    whole = to_frames(quarters_of(frames))
    np.testing.assert_array_equal(whole[..., 3], frames[..., 3])
    np.testing.assert_array_equal(whole[..., :3], np.minimum(frames[..., :3], frames[..., 3:]))


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("who", ["guard", "driver"])
def test_a_draft_is_its_layers_one_over_the_other(pose: dict[str, float], who: str, rng: np.random.Generator) -> None:
    cast, texels = square_cast(), rng.integers(0, 256, (TEXELS, 4)).astype(np.uint8)
    np.minimum(texels[:, :3], texels[:, 3:], out=texels[:, :3])
    texels[0] = 0
    controls = FaceControls.of(**pose).values
    drawn = to_frames(Drafts(cast, {who: texels}, EDGE).draw(controls, who)[None])[0]
    wanted = slowly_laid_over(cast, who, controls, texels, EDGE)
    assert (wanted[..., 3] > 0).sum() > 100
    assert np.abs(drawn - wanted).max() <= 1


def test_hair_that_hides_nothing_still_adds_its_colour(rng: np.random.Generator) -> None:
    cast, texels = square_cast(), rng.integers(0, 100, (TEXELS, 4)).astype(np.uint8)
    texels[TILES[1][0] :, 3] = 0
    texels[0] = 0
    controls = FaceControls.of(jawLeft=0.5).values
    drawn = Drafts(cast, {"guard": texels}, EDGE).draw(controls, "guard")
    wanted = slowly_laid_over(cast, "guard", controls, texels, EDGE)
    assert np.abs(drawn - quarters_of(wanted[None])[0]).max() <= 1


def test_three_layers_are_laid_over_each_other_in_order(rng: np.random.Generator) -> None:
    cast = square_cast()
    figure = cast.figures["guard"]
    more = replace(
        figure,
        vertices=np.concatenate([figure.vertices, figure.vertices[4:] + np.float32([0.5, 0.5, 0.5])]),
        follow=np.ones(12, np.float32),
        triangles=np.concatenate([figure.triangles, figure.triangles[2:] + 4]),
        texels=np.concatenate([figure.texels, figure.texels[2:]]),
        first=np.concatenate([figure.first, figure.first[2:]]),
        width=np.concatenate([figure.width, figure.width[2:]]),
        layers=(2, 0, 2, 2),
    )
    cast = replace(cast, figures={"guard": more})
    texels = rng.integers(40, 120, (TEXELS, 4)).astype(np.uint8)
    texels[0] = 0
    controls = FaceControls.of(jawLeft=0.5).values
    drawn = Drafts(cast, {"guard": texels}, EDGE).draw(controls, "guard")
    wanted = slowly_laid_over(cast, "guard", controls, texels, EDGE)
    maps = texel_maps(more, cast.places(controls, "guard"), EDGE)
    assert (maps[[0, 2, 3]] > 0).all(0).sum() > 10  # all three lie over each other somewhere
    assert np.abs(drawn - quarters_of(wanted[None])[0]).max() <= 1.5


def test_bright_colours_of_clear_hair_do_not_wrap_round() -> None:
    """A picture under training may hold more colour than alpha; the sum must stay white and not turn black."""
    texels = np.full((TEXELS, 4), 255, np.uint8)
    texels[TILES[1][0] :] = (250, 200, 100, 30)
    texels[0] = 0
    drawn = to_frames(Drafts(square_cast(), {"guard": texels}, EDGE).draw(FaceControls.neutral().values, "guard")[None])
    seen = drawn[0][drawn[0, ..., 3] == 255]
    assert len(seen) > 100
    assert seen.min() >= 255 - 1


@pytest.mark.parametrize("pose", POSES[:3])
@pytest.mark.parametrize("who", ["guard", "driver"])
def test_the_mesh_is_drawn_where_the_controls_put_it(pose: dict[str, float], who: str) -> None:
    """Against a drawing that knows of no mesh."""
    pictures = square_pictures()
    controls = FaceControls.of(**pose).values
    drawn = to_frames(Drafts(square_cast(), pictures, EDGE).draw(controls, who)[None])[0]
    assert np.abs(drawn.astype(int) - draw_square(controls, who, pictures[who])).max() <= 1


@pytest.mark.parametrize("pose", POSES[:3])
def test_fine_surfaces_are_a_mean_of_five_rows(pose: dict[str, float]) -> None:
    """Against drawings with the square some fifths of a row higher and lower."""
    cast, picture = square_cast(), square_pictures()["guard"]
    cast = replace(cast, figures={"guard": replace(cast.figures["guard"], layers=(2, 0, 2, 0), fine=2)})
    picture[TILES[1][0] :] = 0  # no hair
    controls = FaceControls.of(**pose).values
    drawn = to_frames(Drafts(cast, {"guard": picture}, EDGE).draw(controls, "guard")[None])[0]
    frames = []
    for rows in (0.0, *(lowered / PARTS for lowered in LOWERED)):
        moved = controls.copy()
        moved[CONTROL_INDEX["jawOpen"]] += rows / SHIFT
        frames.append(draw_square(moved, "guard", picture).astype(float))
    middle, *others = frames
    inside = np.all([other[..., 3] > 0 for other in others], 0)  # the upper and the lower edge stay as they are
    wanted = np.where(inside[..., None], np.mean(frames, 0), middle)
    assert inside.sum() > 80
    assert np.abs(drawn - wanted).max() <= 1.5


def test_pictures_are_saved_and_a_damaged_file_is_one_clear_error() -> None:
    pictures, file = square_pictures(), io.BytesIO()
    save_pictures(file, pictures)  # type: ignore[arg-type]
    content = file.getvalue()
    loaded = load_pictures(content, "pictures.npz")
    assert list(loaded) == list(pictures)
    for name, texels in pictures.items():
        np.testing.assert_array_equal(loaded[name], texels)
    middle = len(content) // 3
    altered = content[:middle] + bytes(8) + content[middle + 8 :]
    for damaged in (b"", content[:7], content[: len(content) // 2], content[:-1], altered, b"no pictures at all"):
        with pytest.raises(WeightsError, match=r"models/pictures\.npz is damaged .*copy the model folder again"):
            load_pictures(damaged, "models/pictures.npz")


def test_a_cast_of_several_is_drawn_each_from_its_own() -> None:
    cast: Geometry = square_cast()
    drafts = Drafts(cast, square_pictures(), EDGE)
    guard, driver = (drafts.draw(FaceControls.neutral().values, who) for who in ("guard", "driver"))
    assert np.abs(guard.astype(int) - driver).max() > 20
