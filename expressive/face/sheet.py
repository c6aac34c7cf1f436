"""One page that shows what a face can do: every emotion at three intensities and the 15 visemes, labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expressive.core.checks import check_number
from expressive.core.controls import FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.face.expression import join, resting_face, still_expression
from expressive.face.frames import FrameArray
from expressive.face.generator import FaceGenerator
from expressive.face.prototypes import couple_gaze, load_visemes
from expressive.face.spec import FaceSpec

__all__ = ["sheet", "still_viseme"]

_COLUMNS = 9
_LABEL_PX = 16
_TITLE_PX = 28
_PAPER, _INK = (236, 234, 230), (40, 40, 44)
_BACKDROP = (203, 206, 210)


def still_viseme(spec: FaceSpec, viseme: str) -> FaceControls:
    """The mouth of one viseme at full articulation on a character's resting face.

    Examples
    --------
    >>> still_viseme(FaceSpec(), "aa")["jawOpen"] > 0.5
    True
    """
    table = load_visemes()
    row = table.values[table.names.index(viseme)]
    return FaceControls(couple_gaze(join(resting_face(spec), row)).astype(np.float32))


def sheet(
    generator: FaceGenerator,
    spec: FaceSpec,
    *,
    title: str | None = None,
    tile: int = 160,
    intensities: Sequence[float] = (1 / 3, 2 / 3, 1.0),
) -> FrameArray:
    """Draw the page.

    Parameters
    ----------
    generator : FaceGenerator
        the model
    spec : FaceSpec
        the character's face; its identity is drawn
    title : str | None
        the heading; by default the identity and the model
    tile : int [range=[64, 512], unit=px]
        edge of one face
    intensities : Sequence[float] [range=[0, 1]]
        the steps of each emotion, three of which fill the page well

    Returns
    -------
    FrameArray [shape=(height, width, 3)]
        uint8 RGB

    Raises
    ------
    ParameterError
        If the tile or an intensity is out of range.
    UnknownNameError
        If the model cannot draw the identity.
    """
    for step in intensities:
        check_number("intensity", step, 0.0, 1.0)
    emotions = [
        (f"{emotion} {step:.2f}", still_expression(spec, emotion, intensity=step))
        for emotion in EMOTIONS
        for step in intensities
    ]
    mouths = [("neutral", still_expression(spec, "neutral"))]
    mouths += [(viseme, still_viseme(spec, viseme)) for viseme in load_visemes().names]
    model = generator.config
    heading = title or f"{spec.identity}   ·   {model.name} {model.version}"
    return _page(generator, spec.identity, heading, tile, (emotions, mouths))


def _page(
    generator: FaceGenerator,
    identity: str,
    heading: str,
    tile: int,
    groups: tuple[list[tuple[str, FaceControls]], ...],
) -> FrameArray:
    from PIL import Image, ImageDraw, ImageFont

    rows = sum(-(-len(group) // _COLUMNS) for group in groups)
    height = _TITLE_PX + rows * (tile + _LABEL_PX) + _LABEL_PX * (len(groups) - 1)
    page = Image.new("RGB", (_COLUMNS * tile, height), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((8, 7), heading, fill=_INK, font=ImageFont.load_default())
    top = _TITLE_PX
    for group in groups:
        for place, (label, controls) in enumerate(group):
            left, down = place % _COLUMNS * tile, place // _COLUMNS * (tile + _LABEL_PX)
            frame = generator.frame(controls, identity, size=tile, premultiplied=True)
            page.paste(Image.fromarray(_over(frame)), (left, top + down))
            draw.text((left + 4, top + down + tile + 2), label, fill=_INK, font=ImageFont.load_default())
        top += -(-len(group) // _COLUMNS) * (tile + _LABEL_PX) + _LABEL_PX
    return np.array(page)


def _over(frame: FrameArray) -> FrameArray:
    """A premultiplied frame (h, w, 4) over the backdrop (h, w, 3)."""
    clear = 1.0 - frame[..., 3:].astype(np.float32) / 255.0
    return (frame[..., :3] + clear * np.array(_BACKDROP, dtype=np.float32) + 0.5).astype(np.uint8)
