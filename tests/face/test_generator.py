from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from expressive.core.controls import CONTROL_NAMES, FaceControls
from expressive.core.errors import ParameterError, UnknownNameError, WeightsError
from expressive.face import models
from expressive.face.frames import resize_premultiplied, straight_alpha
from expressive.face.generator import LEVELS_PER_UNIT, FaceGenerator
from tests.face.tiny import IDENTITIES, write_tiny_model


@pytest.fixture
def generator(tiny_model: Path) -> FaceGenerator:
    return FaceGenerator.load(tiny_model)


@pytest.fixture
def copied(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def test_frame_is_straight_rgba_of_the_models_size(generator: FaceGenerator) -> None:
    frame = generator.frame(FaceControls.neutral(), "guard")
    assert frame.shape == (64, 64, 4)
    assert frame.dtype == np.uint8
    assert frame[32, 32, 3] == 255
    assert frame[0, 0, 3] == 0


def test_no_colour_exceeds_its_alpha_when_premultiplied(generator: FaceGenerator) -> None:
    for opening in (0.0, 0.5, 1.0):
        frame = generator.frame(FaceControls.of(jawOpen=opening), "guard", premultiplied=True)
        assert (frame[..., :3] <= frame[..., 3:]).all()


def test_frame_follows_controls_and_identity(generator: FaceGenerator) -> None:
    neutral = generator.frame(FaceControls.neutral(), "guard")
    open_jaw = generator.frame(FaceControls.of(jawOpen=1.0), "guard")
    other = generator.frame(FaceControls.neutral(), "driver")
    assert np.abs(neutral.astype(int) - open_jaw).max() > 20
    assert np.abs(neutral.astype(int) - other).max() > 20


def test_arrays_are_clipped_into_range(generator: FaceGenerator) -> None:
    values = np.zeros(61)
    values[CONTROL_NAMES.index("jawOpen")] = 7.0
    assert np.array_equal(generator.frame(values, "guard"), generator.frame(FaceControls.of(jawOpen=1.0), "guard"))


def test_batch_equals_single_frames(generator: FaceGenerator) -> None:
    poses = [FaceControls.neutral(), FaceControls.of(jawOpen=0.5), FaceControls.of(mouthSmileLeft=1.0)]
    batch = generator.frames(poses, IDENTITIES)
    assert batch.shape == (3, 64, 64, 4)
    for pose, name, frame in zip(poses, IDENTITIES, batch, strict=True):
        assert np.abs(frame.astype(int) - generator.frame(pose, name)).max() <= 1
    assert generator.frames([], []).shape == (0, 64, 64, 4)


@pytest.mark.parametrize("size", [64, 100, 128, 512])
def test_sizes(generator: FaceGenerator, size: int) -> None:
    frame = generator.frame(FaceControls.neutral(), "guard", size=size)
    assert frame.shape == (size, size, 4)
    premultiplied = generator.frame(FaceControls.neutral(), "guard", size=size, premultiplied=True)
    assert (premultiplied[..., :3] <= premultiplied[..., 3:]).all()
    # nothing moves: the centre of mass of alpha stays in the middle
    rows = premultiplied[..., 3].sum(axis=1, dtype=float)
    assert abs(float(rows @ np.arange(size)) / rows.sum() / (size - 1) - 0.5) < 0.01


def test_the_caller_owns_the_frame(generator: FaceGenerator) -> None:
    first = generator.frame(FaceControls.neutral(), "guard")
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(generator.frame(FaceControls.neutral(), "guard"), kept)


def test_reuse_stays_within_half_a_level_and_does_not_drift(generator: FaceGenerator) -> None:
    step = 0.4 / float(LEVELS_PER_UNIT[CONTROL_NAMES.index("jawOpen")])
    for i in range(40):
        frame = generator.frame(FaceControls.of(jawOpen=0.3 + i * step), "guard", premultiplied=True)
    assert generator.drawn == 20  # every second step crosses half a level
    fresh = generator.frames([FaceControls.of(jawOpen=0.3 + 39 * step)], ["guard"], premultiplied=True)[0]
    assert np.abs(frame.astype(int) - fresh).max() <= 1


def test_same_controls_same_frames(tiny_model: Path) -> None:
    rng = np.random.default_rng(5)
    walk = np.cumsum(rng.normal(0, 1e-4, (30, 61)), axis=0) + 0.3
    runs = []
    for _ in range(2):
        generator = FaceGenerator.load(tiny_model)
        runs.append([generator.frame(pose, "driver") for pose in walk])
    assert np.array_equal(runs[0], runs[1])


def test_generators_share_the_session_but_not_their_last_frames(tiny_model: Path) -> None:
    a, b = FaceGenerator.load(tiny_model), FaceGenerator.load(tiny_model)
    assert a._session is b._session
    a.frame(FaceControls.neutral(), "guard")
    assert (a.drawn, b.drawn) == (1, 0)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        (np.zeros(60), r"controls have shape \(60,\); they must be 61 numbers"),
        (np.zeros((1, 61)), r"shape \(1, 61\)"),
        (np.full(61, np.nan), "eyeBlinkLeft is not a finite number"),
        (["a"] * 61, "must be 61 numbers"),
    ],
)
def test_wrong_controls(generator: FaceGenerator, controls: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        generator.frame(controls, "guard")  # type: ignore[arg-type]


def test_unknown_identity_is_guessed(generator: FaceGenerator) -> None:
    with pytest.raises(UnknownNameError, match=r"identity 'gaurd' is unknown\. Did you mean 'guard'"):
        generator.frame(FaceControls.neutral(), "gaurd")


@pytest.mark.parametrize("size", [63, 513, 100.5, True])
def test_wrong_size(generator: FaceGenerator, size: object) -> None:
    with pytest.raises(ParameterError, match=r"must be a whole number in \[64, 512\]"):
        generator.frame(FaceControls.neutral(), "guard", size=size)  # type: ignore[arg-type]


def test_batch_of_unequal_lengths(generator: FaceGenerator) -> None:
    with pytest.raises(ParameterError, match="1 poses and 2 identities"):
        generator.frames([FaceControls.neutral()], ["guard", "driver"])


def test_missing_model_says_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "resource_dir", lambda _: tmp_path)
    with pytest.raises(WeightsError, match="No model is installed"):
        FaceGenerator.load("face-cast-256")
    write_tiny_model(tmp_path / "face-cast-64-v0.1.0")
    with pytest.raises(WeightsError, match="Did you mean 'face-cast-64'"):
        FaceGenerator.load("face-cast-65")


def test_family_name_means_the_highest_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "resource_dir", lambda _: tmp_path)
    for version in ("0.2.0", "0.10.0", "0.9.9"):
        write_tiny_model(tmp_path / f"face-x-64-v{version}", version=version)
    assert FaceGenerator.load("face-x-64").config.version == "0.10.0"
    assert FaceGenerator.load("face-x-64-v0.9.9").config.version == "0.9.9"


def _truncate(folder: Path) -> None:
    path = folder / "generator.onnx"
    path.write_bytes(path.read_bytes()[:-100])


def _flip(folder: Path) -> None:
    path = folder / "generator.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _no_identities(folder: Path) -> None:
    _config(folder, identities=[])


def _other_controls(folder: Path) -> None:
    _config(folder, controls=["jawOpen", *CONTROL_NAMES[1:]])


def _fewer_controls(folder: Path) -> None:
    _config(folder, controls=list(CONTROL_NAMES[:52]))


def _wrong_resolution(folder: Path) -> None:
    _config(folder, resolution=256)


def _garbage_of_right_checksum(folder: Path) -> None:
    import hashlib

    (folder / "generator.onnx").write_bytes(b"no onnx")
    _config(folder, files={"generator.onnx": hashlib.sha256(b"no onnx").hexdigest()})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "generator.onnx").unlink(), r"generator.onnx is missing; copy"),
        (lambda folder: (folder / "config.json").unlink(), r"config.json is missing"),
        (lambda folder: (folder / "config.json").write_text('{"name": '), "config.json is damaged"),
        (lambda folder: (folder / "config.json").write_text("{}"), "config.json lacks 'controls'"),
        (_truncate, r"truncated or altered: \d+ bytes with SHA-256 \w{12}"),
        (_flip, "truncated or altered"),
        (_no_identities, "at least one"),
        (_other_controls, "its control 0 is 'jawOpen' instead of 'eyeBlinkLeft'"),
        (_fewer_controls, "it takes 52 controls instead of 61"),
        (_wrong_resolution, "config.json says 256 pixels"),
        (_garbage_of_right_checksum, "is no generator that ONNX Runtime can run"),
    ],
)
def test_damaged_models(copied: Path, damage: object, message: str) -> None:
    damage(copied)  # type: ignore[operator]
    with pytest.raises(WeightsError, match=message):
        FaceGenerator.load(copied)


def test_wrong_threads(tiny_model: Path) -> None:
    with pytest.raises(ParameterError, match="threads=0"):
        FaceGenerator.load(tiny_model, threads=0)


def test_importing_the_room_loads_nothing_heavy() -> None:
    rooms = "animator bench expression generator mouth prototypes sheet spec"
    heavy = "onnxruntime numba PIL yaml pydantic scipy torch onnx"
    code = (
        f"import sys\nfor name in '{rooms}'.split(): __import__('expressive.face.' + name)\n"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@given(hnp.arrays(np.uint8, (6, 4)), st.booleans())
def test_straight_alpha_is_the_nearest_level(pixels: np.ndarray, opaque: bool) -> None:
    if opaque:
        pixels[:, 3] = 255
    np.minimum(pixels[:, :3], pixels[:, 3:], out=pixels[:, :3])
    straight = straight_alpha(pixels)
    assert np.array_equal(straight[:, 3], pixels[:, 3])
    for got, (*colour, alpha) in zip(straight[:, :3].astype(int), pixels.astype(int), strict=True):
        if alpha > 0:
            assert np.abs(got - 255.0 * np.array(colour) / alpha).max() <= 0.5
    # and back again it is what it was
    back = np.round(straight[:, :3] * (straight[:, 3:] / 255.0))
    assert np.abs(back - pixels[:, :3]).max() <= 0.5 + 1e-9 or (pixels[:, 3] == 0).any()


def test_reduction_by_a_whole_factor_is_the_mean(rng: np.random.Generator) -> None:
    alpha = rng.integers(0, 256, (64, 64, 1))
    frame = np.concatenate([(alpha * rng.random((64, 64, 3))), alpha], axis=2).astype(np.uint8)
    small = resize_premultiplied(frame, 32)
    mean = frame.reshape(32, 2, 32, 2, 4).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 1.0
