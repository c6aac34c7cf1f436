from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.face.generator import FaceGenerator
from expressive.face.sheet import sheet
from expressive.face.spec import FaceSpec


def test_sheet_shows_every_emotion_and_viseme(tiny_model: Path) -> None:
    page = sheet(FaceGenerator.load(tiny_model), FaceSpec(), tile=64)
    # 45 faces in five rows, a neutral one and 15 visemes in two
    assert page.shape == (28 + 7 * (64 + 16) + 16, 9 * 64, 3)
    tiles = [page[28 + r * 80 : 28 + r * 80 + 64, c * 64 : (c + 1) * 64] for r in range(5) for c in range(9)]
    assert len({tile.tobytes() for tile in tiles}) == 45  # no two faces are the same
    assert np.array_equal(page, sheet(FaceGenerator.load(tiny_model), FaceSpec(), tile=64))


def test_sheet_refuses(tiny_model: Path) -> None:
    generator = FaceGenerator.load(tiny_model)
    with pytest.raises(ParameterError, match="intensity=2"):
        sheet(generator, FaceSpec(), intensities=(2.0,))
    with pytest.raises(ParameterError, match="size=10"):
        sheet(generator, FaceSpec(), tile=10)
    with pytest.raises(UnknownNameError, match="guard"):
        sheet(generator, FaceSpec(identity="guardian"))
