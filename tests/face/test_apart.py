"""Faces from the process beside the program: the same pictures, and the same errors."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from expressive.core.beside import Beside, beside
from expressive.core.controls import FaceControls
from expressive.core.errors import ParameterError, UnknownNameError, WeightsError
from expressive.face import apart
from expressive.face.apart import ApartGenerator
from expressive.face.generator import FaceGenerator


@pytest.fixture
def here(tiny_model: Path) -> FaceGenerator:
    return FaceGenerator.load(tiny_model)


@pytest.fixture
def there(tiny_model: Path) -> ApartGenerator:
    return ApartGenerator(tiny_model)


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    none = Beside()
    monkeypatch.setattr(apart, "beside", lambda: none)
    monkeypatch.setattr(sys, "executable", "")


def poses() -> list[FaceControls]:
    """Some of which are so near to the one before that its picture is used again."""
    return [FaceControls.of(jawOpen=0.5 + 0.5 * np.sin(i / 3), browInnerUp=1e-5 * i) for i in range(12)] * 2


@pytest.mark.parametrize("size", [None, 96])
def test_the_same_poses_give_the_same_pictures(here: FaceGenerator, there: ApartGenerator, size: int | None) -> None:
    for pose in poses():
        drawn = there.frame(pose, "guard", size=size)
        assert np.array_equal(drawn, here.frame(pose, "guard", size=size))
    assert beside().helper.pid is not None
    drawn[:] = 0  # it is the caller's own
    assert there.frame(pose, "guard", size=size).any()


def test_actors_of_one_face_keep_their_own_last_picture(here: FaceGenerator, tiny_model: Path) -> None:
    one, other = ApartGenerator(tiny_model), ApartGenerator(tiny_model)
    other.frame(FaceControls.of(jawOpen=0.5), "guard")
    for pose in (FaceControls.of(jawOpen=0.5001), FaceControls.of(jawOpen=0.50015)):
        assert np.array_equal(one.frame(pose, "guard"), here.frame(pose, "guard"))


def test_a_process_that_dies_is_not_missed(here: FaceGenerator, there: ApartGenerator) -> None:
    pose = FaceControls.of(jawOpen=0.7)
    there.frame(pose, "guard")
    before = beside().helper.pid
    assert before is not None
    os.kill(before, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert np.array_equal(there.frame(pose, "guard"), here.frame(pose, "guard"))
    assert beside().helper.pid not in (None, before)


@pytest.mark.usefixtures("no_process")
def test_without_a_process_this_one_draws(here: FaceGenerator, tiny_model: Path) -> None:
    there = ApartGenerator(tiny_model)
    for pose in poses()[:6]:
        assert np.array_equal(there.frame(pose, "guard"), here.frame(pose, "guard"))


def test_errors_are_those_of_a_generator(there: ApartGenerator, tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'guard'"):
        there.frame(FaceControls.neutral(), "gaurd")
    for size in (9000, "big", True):
        with pytest.raises(ParameterError, match="must be a whole number"):
            there.frame(FaceControls.neutral(), "guard", size=size)  # type: ignore[arg-type]
    with pytest.raises(WeightsError):
        ApartGenerator("no-such-model")
    damaged = Path(shutil.copytree(tiny_model, tmp_path / "damaged"))
    (damaged / "generator.onnx").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"generator\.onnx"):
        ApartGenerator(damaged).frame(FaceControls.neutral(), "guard")
    assert there.frame(FaceControls.neutral(), "guard").shape == (64, 64, 4)


def test_the_process_forgets_a_face_with_its_actor(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Here:
        def ask(self, module, message, body):
            asked.append(message)
            head, found = apart.answer(message, body)
            return head, bytes(found)

    monkeypatch.setattr(apart, "beside", Here)
    one, other = ApartGenerator(tiny_model), ApartGenerator(tiny_model)
    one.frame(FaceControls.neutral(), "guard")
    number = asked[-1]["number"]
    assert number in apart._generators
    del one
    gc.collect()
    other.frame(FaceControls.neutral(), "guard")
    assert number in asked[-1]["gone"]
    assert number not in apart._generators
