"""Pictures of a scene: who stands where, what is behind, what is written."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.links import compose
from expressive.links.backdrops import BACKDROPS, backdrop
from expressive.links.canvas import hex_colour
from expressive.links.caption import Captioner
from expressive.links.compose import Composer


def bust(colour, size=256):
    """Head and shoulders as two ellipses."""
    y, x = np.mgrid[:size, :size] / size
    inside = ((x - 0.5) / 0.25) ** 2 + ((y - 0.45) / 0.35) ** 2 < 1
    inside |= ((x - 0.5) / 0.45) ** 2 + ((y - 1.0) / 0.25) ** 2 < 1
    picture = np.zeros((size, size, 4), np.uint8)
    picture[inside] = (*colour, 255)
    return picture


RED, BLUE = bust((220, 40, 40)), bust((40, 40, 220))


@pytest.mark.parametrize("name", BACKDROPS)
def test_every_place_is_a_calm_full_picture(name):
    picture = backdrop(name, (320, 180))
    assert picture.shape == (180, 320, 3)
    np.testing.assert_array_equal(picture, backdrop(name, (320, 180)))
    grey = picture.astype(float).mean(axis=2)
    assert grey.std() > 4  # a picture, no plain field
    # Out of focus: a head in front is the sharpest thing there is.
    assert np.abs(np.diff(grey, axis=1)).mean() < 4


@pytest.mark.parametrize("size", [(640, 360), (854, 480), (360, 640), (64, 64)])
def test_places_suit_every_size(size):
    for name in BACKDROPS:
        assert backdrop(name, size).shape == (size[1], size[0], 3)


def test_a_picture_file_fills_the_size(tmp_path):
    picture = np.zeros((50, 200, 3), np.uint8)
    picture[:, 75:125] = (0, 200, 0)
    Image.fromarray(picture).save(tmp_path / "field.png")
    np.testing.assert_allclose(backdrop(tmp_path / "field.png", (64, 64))[32, 32], (0, 200, 0), atol=3)


def test_what_is_no_background_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match=r"background 'gatee' is unknown. Did you mean 'gate'"):
        backdrop("gatee", (64, 64))
    with pytest.raises(ParameterError, match="must name a colour as plain:#rrggbb"):
        backdrop("plain:greenish", (64, 64))
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(ParameterError, match="cannot be read as a picture"):
        backdrop(tmp_path / "x.png", (64, 64))


@pytest.mark.parametrize(
    ("text", "colour"), [("#fff", (1.0, 1.0, 1.0)), ("#00ff00", (0.0, 1.0, 0.0)), ("00ff00", None), ("#12345g", None)]
)
def test_colours_are_read(text, colour):
    assert hex_colour(text) == colour


def test_one_stands_in_the_middle_on_the_lower_edge():
    picture = Composer((320, 180), background="plain:#000000").frame([RED])
    red = picture[:, :, 0] > 60
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert abs((columns[0] + columns[-1]) / 2 - 159.5) <= 1
    assert rows[-1] == 179
    assert 0.70 < (rows[-1] - rows[0]) / 180 < 0.90


def test_fast_pictures_equal_the_plain_formula():
    """Against premultiplied "over" in floating point."""
    side = round(0.88 * 180)
    composer = Composer((320, 180), background="plain:#507090")
    soft = RED.copy()
    soft[:, :, 3] = np.minimum(soft[:, :, 3], np.linspace(0, 255, 256).astype(np.uint8))
    picture = composer.frame([soft]).astype(float)
    image = Image.fromarray(soft).convert("RGBa").resize((side, side), Image.Resampling.BICUBIC)
    premultiplied = np.asarray(image, float)
    alpha = premultiplied[:, :, 3:] / 255
    left = round(160 - side / 2)
    behind = composer.frame([np.zeros_like(RED)]).astype(float)[180 - side :, left : left + side]
    expected = premultiplied[:, :, :3] * composer._gains + behind * (1 - alpha)
    upper = slice(0, side - 40)  # above the shade at the edge
    np.testing.assert_allclose(picture[180 - side :, left : left + side][upper], expected.clip(0, 255)[upper], atol=2.5)


def test_places_go_from_left_to_right():
    picture = Composer((320, 180), background="plain:#000000", places=(0.5, -0.5)).frame([RED, BLUE])
    red, blue = picture[:, :, 0] > 100, picture[:, :, 2] > 100
    assert np.flatnonzero(red.any(axis=0)).mean() > 200
    assert np.flatnonzero(blue.any(axis=0)).mean() < 120


@pytest.mark.parametrize("places", [(), (0,), (-0.5, 0.5), (-0.75, 0, 0.75), (-0.75, -0.25, 0.25, 0.75), (-1, 1)])
@pytest.mark.parametrize("size", [(320, 180), (180, 320), (128, 128)])
def test_all_heads_are_in_the_picture(places, size):
    colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 250, 20)][: len(places)]
    composer = Composer(size, background="plain:#000000", places=places)
    picture = composer.frame([bust(colour) for colour in colours])
    assert picture.shape == (size[1], size[0], 3)
    for (left, top, side), colour in zip(composer._boxes, colours, strict=True):
        face = picture[round(top + 0.45 * side), round(left + 0.5 * side)].astype(int)
        assert np.abs(face - colour).max() < 60
        assert left + 0.25 * side >= 0
        assert left + 0.75 * side <= size[0]


def test_the_light_follows_the_speaker_softly():
    composer = Composer((320, 180), background="night", places=(-0.5, 0.5), fps=30)
    (left, top, side), _ = composer._boxes
    brightness = []
    for i in range(60):
        picture = composer.frame([RED, BLUE], speaking=(i < 20, 20 <= i < 40))
        brightness.append(int(picture[round(top + 0.45 * side), round(left + 0.5 * side), 0]))
    assert brightness[19] == brightness[0]
    assert brightness[39] == pytest.approx(0.8 * brightness[0], rel=0.03)
    assert brightness[59] == pytest.approx(brightness[0], rel=0.03)  # nobody speaks: both are lit again
    assert np.abs(np.diff(brightness)).max() < 12  # nothing jumps


def test_the_scene_can_change():
    composer = Composer((160, 90), background="night")
    night = composer.frame([RED])
    composer.scene("market")
    assert composer.frame([RED]).mean() > night.mean() + 20
    composer.scene("night")
    np.testing.assert_array_equal(composer.frame([RED]), night)
    with pytest.raises(UnknownNameError):
        composer.scene("moon")


@pytest.mark.parametrize(
    "text",
    [
        "Halt!",
        "word " * 200,
        "x" * 5000,
        "日本語のテキスト" * 30,
        "مرحبا بالعالم",
        "🙂🙂🙂",
        "a\ud83db\x00\x1b",
        "नमस्ते",
    ],
)
def test_any_words_can_be_written(text):
    composer = Composer((320, 180), background="plain:#404040")
    bare = composer.frame([RED])
    picture = composer.frame([RED], subtitle=("Guard", text))
    changed = (picture != bare).any(axis=2)
    assert changed.any()
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows[0] > 90  # in the lower half
    assert columns[0] > 4
    assert columns[-1] < 316


def test_words_can_be_read_and_leave_the_mouth_free():
    composer = Composer((854, 480), background="plain:#ffffff")
    bare = composer.frame([bust((255, 255, 255))])
    text = "Get away from my gate, before I forget my manners and do something rash!"
    picture = composer.frame([bust((255, 255, 255))], subtitle=("Guard", text))
    rows = np.flatnonzero((picture != bare).any(axis=(1, 2)))
    _, top, side = composer._boxes[0]
    assert rows[0] > top + 0.72 * side  # mouths of the shipped faces are above
    plate = picture[rows[0] : rows[-1]].astype(int).mean(axis=2)
    assert np.percentile(plate, 99) - np.median(plate[:, 400:450]) > 90


def test_empty_words_are_not_written():
    composer = Composer((160, 90), background="plain:#404040")
    np.testing.assert_array_equal(composer.frame([RED], subtitle=("Guard", "  ")), composer.frame([RED]))


def test_a_font_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"cannot be read; name a .ttf or .otf"):
        Captioner((320, 180), font=tmp_path / "none.ttf")


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: Composer((320, 180), places=(0,) * 5), "5 characters are in view; at most 4"),
        (lambda: Composer((320, 180), places=(2,)), "place=2 must be in"),
        (lambda: Composer((8, 180)), "width=8 must be in"),
        (lambda: Composer((320, 180), fps=0), "fps=0 must be in"),
        (lambda: Composer((320, 180)).frame([RED, RED]), "2 characters were given; the scene was laid out for 1"),
        (lambda: Composer((320, 180)).frame([RED], speaking=(True, False)), "2 characters were given"),
        (lambda: Composer((320, 180)).frame([RED[:, :, :3]]), r"has shape \(256, 256, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(action, message):
    with pytest.raises(ParameterError, match=message):
        action()


def test_there_is_a_height_for_every_number_of_characters():
    assert len(compose._HEIGHTS) == compose.MAX_CAST
