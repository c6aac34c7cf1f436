"""Every measure finds the fault that it is there to find, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from expressive.core.errors import ParameterError
from expressive.training.closures import lip_closures
from expressive.training.mouths import draw_mouths
from expressive.training.resemblance import resemblance
from expressive.training.sequences import MOTION_FRAMES
from expressive.training.spectrum import grid_peaks
from expressive.training.steadiness import steadiness
from tests.training.judged import EDGE, make_pairs, solid


@pytest.fixture
def rng():
    return np.random.default_rng(440)


# ---- steadiness ----------------------------------------------------------------------------------------------------


def moving_square() -> np.ndarray:
    """A square that crosses the left half of the picture, grey level by grey level."""
    y, x = np.mgrid[0:EDGE, 0:EDGE]
    where = np.linspace(4, 22, MOTION_FRAMES)[:, None, None]
    return np.clip(128 + 60 * np.clip(6 - np.maximum(abs(x - where), abs(y - 30)), 0, 1), 0, 255)


def test_a_model_that_repeats_the_renderer_is_as_steady():
    frames = solid(moving_square())
    result = steadiness([make_pairs(frames, frames)])
    assert result["worst_ratio"] == 1
    assert result["no_larger"] == 1
    assert result["by_identity"]["guard"]["flicker"] == 0
    assert result["by_emotion"] == {"anger": 1}


def test_a_jump_and_a_flicker_are_found(rng):
    real = moving_square()
    jumps, trembles = real.copy(), real + rng.normal(0, 3, (MOTION_FRAMES, 1, 1))
    jumps[30:, 40:60, 40:60] += 40
    jump = steadiness([make_pairs(solid(jumps), solid(real))])
    assert jump["worst_ratio"] > 2
    assert jump["no_larger"] == 0
    flicker = steadiness([make_pairs(solid(trembles), solid(real))])["by_identity"]["guard"]
    assert flicker["flicker"] > 4
    assert flicker["flicker_of_renders"] == 0


def test_broken_sequences_are_one_clear_error():
    frames = solid(moving_square())[:40]
    with pytest.raises(ParameterError, match="whole sequences of 60"):
        steadiness([make_pairs(frames, frames)])


# ---- lips ----------------------------------------------------------------------------------------------------------


def mouths(*openings: int) -> np.ndarray:
    """A face whose lips show that many dark rows."""
    out = np.full((len(openings), EDGE, EDGE), 180.0)
    out[:, 41:47, 26:39] = 120
    for frame, rows in zip(out, openings, strict=True):
        frame[44 : 44 + rows, 28:37] = 30
    return solid(out)


def test_closed_lips_are_told_from_parted_ones():
    real = mouths(0, 2, 0, 2)
    assert lip_closures(make_pairs(real, real))["closed"] == 1
    result = lip_closures(make_pairs(mouths(0, 2, 2, 2), real, identity=[0, 0, 1, 1]))
    assert result["contacts"] == 2
    assert result["closed"] == 0.5
    assert result["parted"] == 1
    assert result["by_identity"] == {"guard": 1, "driver": 0}


def test_a_model_that_never_opens_its_mouth_is_found_out():
    result = lip_closures(make_pairs(mouths(0, 0), mouths(0, 2)))
    assert (result["closed"], result["parted"]) == (1, 0)


def test_other_light_or_blur_is_not_taken_for_open_lips(rng):
    fake = np.clip(mouths(0, 2).astype(int) + rng.integers(-9, 10, (2, EDGE, EDGE, 4)) - 12, 0, 255).astype(np.uint8)
    assert lip_closures(make_pairs(fake, mouths(0, 2)))["closed"] == 1


# ---- spectrum ------------------------------------------------------------------------------------------------------


def skin(rng: np.random.Generator, count: int = 6) -> np.ndarray:
    """Noise whose power falls with frequency, as that of pictures does."""
    f = np.fft.fftfreq(EDGE)
    fall = 1 / (np.hypot(f[:, None], f[None]) + 0.01)
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=(count, EDGE, EDGE))) * fall).real
    return 128 + 25 * noise / noise.std()


def test_renders_have_no_peak_at_the_grids_frequencies(rng):
    frames = solid(skin(rng, 40))
    peaks = grid_peaks(make_pairs(frames, frames))
    assert peaks.keys() == {"eyes", "mouth"}  # the face of this small picture holds no window
    for row in peaks.values():
        assert abs(row["generated_db"] - row["renders_db"]) < 1e-9


@pytest.mark.parametrize("period", [2, 4, 8])
@pytest.mark.parametrize("axis", [1, 2])
def test_a_faint_pattern_of_the_grid_is_found(rng, period, axis):
    real = skin(rng, 40)
    strength = {2: 1.5, 4: 2.5, 8: 6.0}[period]  # the coarser it is, the more of it hides in the picture
    wave = strength * np.cos(2 * np.pi * np.arange(EDGE) / period)
    fake = real + (wave[None, :, None] if axis == 1 else wave[None, None])
    for row in grid_peaks(make_pairs(solid(fake), solid(real))).values():
        assert row["generated_db"] > row["renders_db"] + 3


# ---- likeness ------------------------------------------------------------------------------------------------------


def people(rng: np.random.Generator, who: list[int]) -> np.ndarray:
    """Faces of three colours on three coats, each with a little of chance."""
    skins = np.array([(220, 180, 160), (90, 60, 50), (160, 120, 90)])
    coats = np.array([(40, 60, 160), (150, 40, 40), (40, 130, 60)])
    out = np.empty((len(who), EDGE, EDGE, 3))
    for frame, person in zip(out, who, strict=True):
        frame[:44], frame[44:] = skins[person], coats[person]
        frame += rng.normal(0, 4, 3)
    return out


def test_everybody_is_drawn_as_themselves(rng):
    who = [0, 1, 2] * 4
    frames = solid(people(rng, who))
    result = resemblance(make_pairs(frames, frames, identity=who))
    assert result["nearest_right"] == result["nearest_right_of_renders"] == 1
    assert result["bleed_p99"] == pytest.approx(0, abs=1e-3)
    assert result["colour_skin"] == 0
    assert result["by_identity"].keys() == {"guard", "driver", "monk"}


def test_a_share_of_somebody_else_is_measured(rng):
    who = np.array([0, 1, 2] * 4)
    real = people(rng, list(who))
    fake = 0.7 * real + 0.3 * people(rng, list((who + 1) % 3))
    result = resemblance(make_pairs(solid(fake), solid(real), identity=who))
    assert result["bleed"] == pytest.approx(0.3, abs=0.05)
    assert result["colour_skin"] > 5
    swapped = resemblance(make_pairs(solid(people(rng, list((who + 1) % 3))), solid(real), identity=who))
    assert swapped["nearest_right"] == 0
    assert swapped["bleed"] == pytest.approx(1, abs=0.25)


# ---- mouths --------------------------------------------------------------------------------------------------------


def test_the_page_of_mouths_has_a_row_for_each_character(tmp_path, rng):
    frames = solid(people(rng, [0, 1, 1, 1, 1]))
    draw_mouths(make_pairs(frames, frames, identity=[0, 1, 1, 1, 1]), tmp_path / "mouths.png")
    page = np.array(Image.open(tmp_path / "mouths.png"))
    assert page.shape == (2 * (4 * 10 + 4), 6 * (4 * 14 + 4), 3)
    assert (page[:40, 120:] == 255).all()  # the guard has one frame only
    assert page[44:84].std() > 1
