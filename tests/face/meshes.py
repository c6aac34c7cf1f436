"""A tiny cast: each a square that two controls push about, behind a strip of hair that only goes down with it."""

from __future__ import annotations

import numpy as np

from expressive.core.controls import CONTROL_INDEX
from expressive.face.geometry import CAMERA, Figure, FloatArray, Geometry

EDGE = 32
"""of a frame in pixels"""
SIDE, STRIP = 12, 4
"""edge of the square, and height of the strip, in pixels and texels"""
HOMES = {"guard": (4.15, 4.15), "driver": (4.15, 6.15)}
"""left and upper edge of each square at rest, in pixels: no middle of a pixel lies between two quarters of texels"""
HAIR_LEFT = 12.15
"""left edge of the strip in pixels"""
TILES = ((1, SIDE, SIDE), (1 + SIDE * SIDE, SIDE, STRIP))
"""of the square and of the strip"""
TEXELS = 1 + SIDE * SIDE + SIDE * STRIP

_SHIFT_CM = 12.8125  # stored exactly in half precision
SHIFT = _SHIFT_CM / CAMERA.height * EDGE
"""how far jawLeft pushes to the right, and jawOpen down, in pixels"""
_IN_FRONT = 0.02  # centimetres


def at_pixel(x: float, y: float, z: float = 0.0) -> tuple[float, float, float]:
    """Point in centimetres that shows at a place of the picture."""
    scale = CAMERA.height * (1 - z / CAMERA.distance)
    return (x / EDGE - 0.5) * scale, CAMERA.centre_y - (y / EDGE - 0.5) * scale, z


def rectangle(left: float, top: float, width: float, height: float, z: float = 0.0) -> FloatArray:
    """Corners (4, 3) at places of the picture, against the clock from the upper left."""
    right, bottom = left + width, top + height
    places = ((left, top), (left, bottom), (right, bottom), (right, top))
    return np.array([at_pixel(x, y, z) for x, y in places], np.float32)


def unit_texels(width: int, height: int) -> FloatArray:
    """Columns and rows (2, 3, 2) of the corners of a rectangle's two triangles."""
    inset = 1 / 64  # the smallest step that a file keeps
    corners = np.clip([(0, 0), (0, height), (width, height), (width, 0)], inset, [width - inset, height - inset])
    return corners[np.array([(0, 1, 2), (0, 2, 3)])].astype(np.float32)


def square_cast() -> Geometry:
    """Meshes of the cast."""
    figures = {}
    for name, (left, top) in HOMES.items():
        vertices = [rectangle(left, top, SIDE, SIDE), rectangle(HAIR_LEFT, top, SIDE, STRIP, _IN_FRONT)]
        figures[name] = Figure(
            vertices=np.concatenate(vertices),
            follow=np.ones(8, np.float32),
            eyes=np.zeros((2, 3), np.float32),
            corneas=np.zeros((2, 3), np.float32),
            triangles=np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)], np.int32),
            texels=np.concatenate([unit_texels(SIDE, SIDE), unit_texels(SIDE, STRIP)]),
            first=np.repeat([tile[0] for tile in TILES], 2).astype(np.int32),
            width=np.full(4, SIDE, np.int32),
            layers=(2, 0, 2, 0),
        )
    shapes = np.zeros((2, 8, 3), np.float32)
    shapes[0, :4, 0] = _SHIFT_CM
    shapes[1, :, 1] = -_SHIFT_CM
    return Geometry(("jawLeft", "jawOpen"), shapes, ((8, 8), (8, 8)), ((8, 8), (8, 8)), TILES, figures)


def square_pictures(seed: int = 440, levels: tuple[int, int] = (30, 256)) -> dict[str, np.ndarray]:
    """Texels of each character: an opaque pattern, and hair of which the left half is there and the right is clear."""
    rng = np.random.default_rng(seed)
    out = {}
    for name in HOMES:
        texels = np.zeros((TEXELS, 4), np.uint8)
        texels[1:] = np.concatenate([rng.integers(*levels, (TEXELS - 1, 3)), np.full((TEXELS - 1, 1), 255)], 1)
        strip = texels[TILES[1][0] :].reshape(STRIP, SIDE, 4)
        strip[:, SIDE // 2 :] = 0
        out[name] = texels
    return out


def draw_square(controls: FloatArray, who: str, texels: np.ndarray, *, between: bool = True) -> np.ndarray:
    """What the mesh should show (EDGE, EDGE, 4), without a mesh, of what lies over the middle of each pixel.

    Between texels it is interpolated, to the nearest quarter; or else it is the texel there.
    """
    left, top = HOMES[who]
    top += SHIFT * float(controls[CONTROL_INDEX["jawOpen"]])
    frame = np.zeros((EDGE, EDGE, 4))
    for x, (first, width, height) in zip((left + SHIFT * float(controls[CONTROL_INDEX["jawLeft"]]), HAIR_LEFT), TILES,
                                         strict=True):  # fmt: skip
        picture = texels[first : first + width * height].reshape(height, width, 4).astype(float)
        column, row = (np.arange(EDGE) + 0.5 - start for start in (x, top))
        there = ((row >= 0) & (row < height))[:, None] & (column >= 0) & (column < width)
        if between:
            steps = [(np.floor(2 * at) + 0.5) / 2 - 0.5 for at in (row, column)]
            for axis, at in enumerate(steps):
                picture = np.apply_along_axis(
                    lambda line, at=at: np.interp(at, np.arange(len(line)), line), axis, picture
                )
            drawn = np.floor(picture + 0.5)
        else:
            inside = (np.clip(np.floor(at), 0, n - 1).astype(int) for at, n in ((row, height), (column, width)))
            drawn = picture[np.ix_(*inside)]
        drawn = np.where(there[..., None], drawn, 0)
        frame = drawn + np.round(frame * (255 - drawn[..., 3:]) / 255)
    return frame.astype(np.uint8)
