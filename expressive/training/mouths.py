"""A page of open mouths at four times their size, rendered on the left and generated on the right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from expressive.face.mouth import mouth_opening
from expressive.training.pairs import Pairs, over_grey

__all__ = ["draw_mouths"]

_SCALE = 4
_WIDTH, _HEIGHT = 56, 40  # pixels cut out of a frame of 256²
_EACH, _ACROSS = 3, 2
_GAP = 4


def draw_mouths(pairs: Pairs, path: Path) -> None:
    """Write the page: a row for each character, with its most open mouths.

    Parameters
    ----------
    pairs : Pairs
        generated and rendered frames
    path : Path
        picture to write
    """
    edge = pairs.resolution
    width, height = (max(4, size * edge // 256) for size in (_WIDTH, _HEIGHT))
    opening = np.array([mouth_opening(controls) for controls in pairs.controls])
    lines = []
    for index in pairs.rows(pairs.who()).values():
        open_first = sorted(index, key=lambda k: -opening[k])[:_EACH]
        tiles = []
        for k in open_first:
            x, y = pairs.landmarks[k, 48:68].mean(0)
            left = int(np.clip(x - width / 2, 0, edge - width))
            top = int(np.clip(y - height / 2, 0, edge - height))
            for frames in (pairs.real, pairs.fake):
                tiles.append(_enlarged(over_grey(frames[k, top : top + height, left : left + width])))
        blank = np.full_like(tiles[0], 255)
        lines.append(np.concatenate((tiles + [blank] * (_EACH * _ACROSS))[: _EACH * _ACROSS], 1))
    Image.fromarray(np.concatenate(lines)).save(path, optimize=True)


def _enlarged(crop: np.ndarray) -> np.ndarray:
    image = Image.fromarray((crop * 255 + 0.5).astype(np.uint8))
    large = np.array(image.resize((image.width * _SCALE, image.height * _SCALE), Image.Resampling.NEAREST))
    return np.pad(large, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
