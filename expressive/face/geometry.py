"""Where every point of a character's head is at a pose: the exact part of a face, in numpy.

A model keeps a coarse mesh of each character: the skin, eyes, teeth and tongue that the controls move, hair, clothes
and glasses that only turn with the head, and the gleams of the eyes, which the lamps keep in place.
:meth:`Geometry.places` puts its corners into the picture, and ``raster.texel_maps`` says which texel of the character's
pictures each pixel shows.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.controls import CONTROL_INDEX
from expressive.core.errors import WeightsError
from expressive.face.pattern import Pattern
from expressive.face.shapes import eye_sizes, shape_weights

__all__ = [
    "CAMERA",
    "PIVOT",
    "TEXEL_STEPS",
    "Camera",
    "Figure",
    "Geometry",
    "head_rotation",
    "load_geometry",
    "turn_head",
]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

PIVOT = np.array([0.0, -8.0, -1.0], np.float32)
"""point that the head turns around, in centimetres"""

TEXEL_STEPS = 64.0
"""how finely files keep places in a picture: steps of a texel"""

_SIDES = ("left", "right")

INWARD_RAD = 0.03
"""how far each eye turns to the nose when both look straight ahead"""


@dataclass(frozen=True)
class Camera:
    """A camera on the z axis that looks along -z; centimetres."""

    height: float
    """what the picture shows at z = 0"""
    centre_y: float
    """height of its middle"""
    distance: float
    """from z = 0"""


CAMERA = Camera(34.2, 0.75, 86.0)
"""the camera of every frame"""


def head_rotation(yaw: float, pitch: float, roll: float) -> FloatArray:
    """Rotation matrix (3, 3) of the head or an eye.

    Parameters
    ----------
    yaw : float [unit=rad]
        positive turns to the character's own left
    pitch : float [unit=rad]
        positive looks up
    roll : float [unit=rad]
        positive tilts to the character's own left shoulder

    Returns
    -------
    FloatArray [shape=(3, 3)]
        matrix that multiplies column vectors

    Examples
    --------
    >>> bool(head_rotation(0.3, 0.0, 0.0)[0, 2] > 0)
    True
    """
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
    # turn @ nod @ tilt, of [cy, 0, sy], [0, 1, 0], [-sy, 0, cy]; [1, 0, 0], [0, cp, sp], [0, -sp, cp];
    # and [cr, sr, 0], [-sr, cr, 0], [0, 0, 1]
    return np.array(
        [
            [cy * cr + sy * sp * sr, cy * sr - sy * sp * cr, sy * cp],
            [-cp * sr, cp * cr, sp],
            [-sy * cr + cy * sp * sr, -sy * sr - cy * sp * cr, cy * cp],
        ],
        np.float32,
    )


def turn_head(points: FloatArray, rotation: FloatArray, follow: FloatArray) -> FloatArray:
    """Points (n, 3) after the head's rotation (3, 3), of which each follows its share (n,)."""
    planes = points.T.copy()  # whole rows of x, y and z: numpy is slow with rows of three
    turned = (rotation - np.eye(3, dtype=np.float32)) @ (planes - PIVOT[:, None])
    turned *= follow
    turned += planes
    out: FloatArray = turned.T.astype(np.float32, copy=False)
    return out


@dataclass(frozen=True)
class Figure:
    """The mesh of one character."""

    vertices: FloatArray
    """at rest (V, 3), centimetres; the first move with the controls, in the order of ``Geometry.shapes``"""
    follow: FloatArray
    """share of the head's rotation that each follows (V,)"""
    eyes: FloatArray
    """centres of the left and the right eyeball (2, 3)"""
    corneas: FloatArray
    """from these to the middles of the corneas' spheres, when looking straight ahead (2, 3)"""
    triangles: IntArray
    """vertices of each triangle (T, 3), turning against the clock for who sees its outside"""
    texels: FloatArray
    """column and row of each corner in its picture (T, 3, 2)"""
    first: IntArray
    """texel where the triangle's picture begins (T,)"""
    width: IntArray
    """texels in a row of it (T,)"""
    layers: tuple[int, ...]
    """triangles of each layer, from the back: surfaces; lashes and gleams, which lie on them; hair; its loose ends with
    other thin things. All but the surfaces let through what is behind"""
    fine: int = 0
    """how many of the last surfaces are looked at five times as closely, from row to row: lids and lips part by less
    than a pixel, and must not do so all at once"""
    hem: int = 0
    """how many before these are drawn between the rows too, or what lies behind would show at the edge of the fine"""

    @cached_property
    def pattern(self) -> Pattern:
        """What drawing needs of the triangles, whatever the pose."""
        return Pattern.of(self.triangles, self.texels, self.first, self.width, self.layers)


@dataclass(frozen=True)
class Geometry:
    """The meshes of a cast."""

    names: tuple[str, ...]
    """shapes that the controls move"""
    shapes: FloatArray
    """offsets of the moving vertices at weight 1 (K, M, 3)"""
    eye_spans: tuple[tuple[int, int], tuple[int, int]]
    """first vertex of the left and the right eyeball, and the one after its last"""
    gleam_spans: tuple[tuple[int, int], tuple[int, int]]
    """the same of their gleams: mirrored lamps, which go with the cornea but turn neither with the eye nor the head"""
    tiles: tuple[tuple[int, int, int], ...]
    """first texel, width and height of each picture of a character; texel 0 is nothing"""
    figures: Mapping[str, Figure]
    """by name"""

    @cached_property
    def _known(self) -> frozenset[str]:
        """:attr:`names`, to look up."""
        return frozenset(self.names)

    @property
    def texels(self) -> int:
        """Texels of a character, with number 0."""
        return 1 + sum(width * height for _, width, height in self.tiles)

    @property
    def gleam_tiles(self) -> tuple[tuple[int, int, int], ...]:
        """Those of :attr:`tiles` that show gleams."""
        firsts: set[int] = set()
        for figure in self.figures.values():
            for start, stop in self.gleam_spans:
                on_gleam = ((figure.triangles >= start) & (figure.triangles < stop)).all(1)
                firsts |= set(figure.first[on_gleam].tolist())
        return tuple(tile for tile in self.tiles if tile[0] in firsts)

    def places(self, controls: FloatArray, who: str) -> FloatArray:
        """Where the vertices of a character are at a pose.

        Parameters
        ----------
        controls : FloatArray [shape=(61,)]
            face controls
        who : str
            the character

        Returns
        -------
        FloatArray [shape=(V, 3)]
            x to the right and y down, [-1, 1] within the picture, and depth, greater in front
        """
        figure = self.figures[who]
        v = self.pose(controls, who)
        angles = [float(controls[CONTROL_INDEX[name]]) for name in ("headYaw", "headPitch", "headRoll")]
        turn = head_rotation(*angles)
        v = turn_head(v, turn, figure.follow)
        corneas = turn_head(self._corneas(controls, figure), turn, np.ones(2, np.float32))
        gleams = zip(self.gleam_spans, corneas, figure.eyes + figure.corneas, eye_sizes(controls), strict=True)
        for (start, stop), now, rest, size in gleams:
            v[start:stop] = (figure.vertices[start:stop] - rest) * size + now
        x, y, z = v.T
        scale = 2.0 * CAMERA.distance / CAMERA.height / (CAMERA.distance - z)
        x *= scale
        y[:] = (CAMERA.centre_y - y) * scale
        return v

    def pose(self, controls: FloatArray, who: str) -> FloatArray:
        """Vertices (V, 3) of a character at a pose (61,), before the head turns."""
        figure = self.figures[who]
        weights = shape_weights(controls, self._known) | {"tongueOut": float(controls[CONTROL_INDEX["tongueOut"]])}
        w = np.array([weights[name] for name in self.names], np.float32)
        v = figure.vertices.copy()
        moving = self.shapes.shape[1]
        v[:moving] += (w @ self.shapes.reshape(len(w), -1)).reshape(moving, 3)
        eyes = zip(self.eye_spans, figure.eyes, _eye_turns(controls), eye_sizes(controls), strict=True)
        for (start, stop), centre, turn, size in eyes:
            v[start:stop] = (figure.vertices[start:stop] - centre) @ (size * turn).T + centre
        return v

    def _corneas(self, controls: FloatArray, figure: Figure) -> FloatArray:
        """Middles of the corneas' spheres (2, 3) at a pose, before the head turns."""
        eyes = zip(_eye_turns(controls), figure.corneas, eye_sizes(controls), strict=True)
        turned = [size * (turn @ cornea) for turn, cornea, size in eyes]
        out: FloatArray = figure.eyes + np.stack(turned)
        return out

    def save(self, path: Path) -> None:
        """Write a file that :func:`load_geometry` reads: plain arrays, half precision where it is enough."""
        arrays: dict[str, Any] = {
            "names": np.array(self.names), "shapes": self.shapes.astype(np.float16),
            "eye_spans": np.array(self.eye_spans), "gleam_spans": np.array(self.gleam_spans),
            "tiles": np.array(self.tiles), "figures": np.array(list(self.figures)),
        }  # fmt: skip
        for name, f in self.figures.items():
            arrays |= {
                f"{name}/vertices": f.vertices, f"{name}/follow": f.follow, f"{name}/eyes": f.eyes,
                f"{name}/corneas": f.corneas,
                f"{name}/triangles": f.triangles.astype(np.uint16),
                f"{name}/texels": np.round(f.texels * TEXEL_STEPS).astype(np.uint16),
                f"{name}/first": f.first, f"{name}/width": f.width.astype(np.uint16),
                f"{name}/layers": np.array(f.layers), f"{name}/fine": np.array(f.fine),
                f"{name}/hem": np.array(f.hem),
            }  # fmt: skip
        np.savez_compressed(path, **arrays)


def _eye_turns(controls: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rotations (3, 3) of the left and the right eyeball."""
    angles = [[float(controls[CONTROL_INDEX[f"{side}Eye{axis}"]]) for axis in ("Yaw", "Pitch")] for side in _SIDES]
    (left_yaw, left_pitch), (right_yaw, right_pitch) = angles
    return (
        head_rotation(left_yaw - INWARD_RAD, left_pitch, 0.0),
        head_rotation(right_yaw + INWARD_RAD, right_pitch, 0.0),
    )


def load_geometry(content: bytes, path: str) -> Geometry:
    """Read what :meth:`Geometry.save` wrote.

    Parameters
    ----------
    content : bytes
        of the file
    path : str
        its name, for the error

    Returns
    -------
    Geometry
        the meshes

    Raises
    ------
    WeightsError
        If it is no such file.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as pack:
            figures = {
                str(name): Figure(
                    pack[f"{name}/vertices"], pack[f"{name}/follow"], pack[f"{name}/eyes"],
                    pack[f"{name}/corneas"],
                    pack[f"{name}/triangles"].astype(np.int32), pack[f"{name}/texels"] / np.float32(TEXEL_STEPS),
                    pack[f"{name}/first"], pack[f"{name}/width"].astype(np.int32),
                    tuple(pack[f"{name}/layers"].tolist()), int(pack[f"{name}/fine"]),
                    int(pack[f"{name}/hem"]),
                )
                for name in pack["figures"]
            }  # fmt: skip
            eyes, gleams = (
                ((left[0], left[1]), (right[0], right[1]))
                for left, right in (pack[key].tolist() for key in ("eye_spans", "gleam_spans"))
            )
            return Geometry(
                tuple(str(name) for name in pack["names"]), pack["shapes"].astype(np.float32), eyes, gleams,
                tuple((a, b, c) for a, b, c in pack["tiles"].tolist()), figures,
            )  # fmt: skip
    except Exception as error:  # numpy and zipfile have a dozen kinds for a damaged file
        raise WeightsError(f"{path} is damaged ({error}); copy the model folder again") from error
