"""Faces drawn in the process beside the program, so that neither Python's lock nor the time is taken from a game.

:class:`ApartGenerator` stands where a :class:`~expressive.face.generator.FaceGenerator` does, and its pictures are the
same to the bit. Where there is no process, and for what cannot be drawn there, this one does the work: an error is
raised here, then.
"""

from __future__ import annotations

import itertools
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.beside import beside
from expressive.core.controls import FaceControls
from expressive.face.frames import FrameArray
from expressive.face.generator import FaceGenerator
from expressive.face.genome import Genome
from expressive.face.models import find_model

__all__ = ["ApartGenerator", "answer"]

_numbers = itertools.count()
_gone: list[int] = []
"""Generators that nobody has any more, of which the process is still to hear."""


class ApartGenerator:
    """Draws the faces of one model elsewhere; give every actor its own, as with a generator here.

    Parameters
    ----------
    model : str | Path
        as :meth:`FaceGenerator.load <expressive.face.generator.FaceGenerator.load>` takes it
    genome : Genome | None
        as there

    Raises
    ------
    WeightsError
        If there is no such model.
    """

    def __init__(self, model: str | Path, *, genome: Genome | None = None) -> None:
        self._folder, self._genome = find_model(model).resolve(), genome
        self._number = next(_numbers)
        self._here: FaceGenerator | None = None
        weakref.finalize(self, _gone.append, self._number)

    def frame(
        self,
        controls: FaceControls,
        identity: str,
        *,
        size: int | None = None,
        premultiplied: bool = False,
    ) -> FrameArray:
        """Draw a face, as :meth:`FaceGenerator.frame <expressive.face.generator.FaceGenerator.frame>` does."""
        if size is None or isinstance(size, int):
            wish = {"identity": identity, "size": size, "premultiplied": premultiplied}
            gone = [_gone.pop() for _ in range(len(_gone))]
            genes = self._genome and self._genome.to_mapping()
            message = {"number": self._number, "model": str(self._folder), "genes": genes, "wish": wish, "gone": gone}
            found = beside().ask(__name__, message, controls.values.tobytes())
            if found is not None:
                return np.frombuffer(bytearray(found[1]), np.uint8).reshape(found[0]["shape"])
        self._here = self._here or FaceGenerator.load(self._folder, genome=self._genome)
        return self._here.frame(controls, identity, size=size, premultiplied=premultiplied)


_generators: dict[int, FaceGenerator] = {}


def answer(message: dict[str, Any], body: bytes) -> tuple[dict[str, Any], memoryview]:
    """Draw, in the process."""
    for gone in message["gone"]:
        _generators.pop(gone, None)
    number = message["number"]
    if number not in _generators:
        genes = message["genes"]
        _generators[number] = FaceGenerator.load(message["model"], genome=Genome(**genes) if genes else None)
    frame = _generators[number].frame(np.frombuffer(body, np.float32), **message["wish"])
    return {"shape": frame.shape}, frame.data.cast("B")
