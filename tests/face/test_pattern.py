from __future__ import annotations

import numpy as np

from expressive.face.pattern import Pattern
from expressive.face.texels import finer
from tests.face.meshes import TILES, square_cast


def test_row_and_column_say_which_texel_it_is(rng: np.random.Generator) -> None:
    figure = square_cast().figures["guard"]
    pattern = figure.pattern
    before = np.cumsum([0, *(height for _, _, height in TILES)])
    assert len(pattern.starts) == before[-1]
    for (first, width, height), rows in zip(TILES, before, strict=False):
        row, column = rng.integers(height), rng.integers(width)
        assert pattern.starts[rows + row] + column == first + row * width + column


def test_corners_keep_their_places_in_the_pictures() -> None:
    figure = finer(square_cast()).figures["guard"]
    pattern, steps = figure.pattern, 2.0**figure.pattern.bits
    columns, rows = (places / steps for places in (pattern.columns, pattern.rows))
    np.testing.assert_array_equal(columns, figure.texels[:, :, 0])
    found = pattern.starts[rows.astype(int)] + columns.astype(int)
    line, column = (figure.texels[:, :, side].astype(int) for side in (1, 0))
    np.testing.assert_array_equal(found, figure.first[:, None] + line * figure.width[:, None] + column)


def test_numbers_fit_into_32_bits_however_large_the_pictures_are() -> None:
    triangles, one = np.zeros((1, 3), np.int32), np.ones(1, np.int32)
    for width, height in ((5000, 2), (2, 5000), (40_000, 40_000)):
        texels = np.array([[(0.5, 0.5), (width - 0.5, 0.5), (0.5, height - 0.5)]], np.float32)
        pattern = Pattern.of(triangles, texels, one, one * width, (1, 0, 0, 0))
        assert pattern.columns.max() < 2**31
        assert pattern.rows.max() < 2**32
