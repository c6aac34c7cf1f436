"""The face generator at run time: controls and identity in, RGBA frames out, on one CPU thread.

The network is an ONNX file that was exported from the released weights; ONNX Runtime, which is loaded on first use,
runs it. Where the model keeps meshes and pictures of its characters, a first draft of each frame is drawn from them
(``face.draft``), which the network sees and finishes. Actors share what was read of each model.

Reuse of frames
---------------
A frame is drawn again only when the controls have moved enough to show. :data:`LEVELS_PER_UNIT` bounds how many grey
levels any pixel of a render changes for a unit of each control; while ``Σ |Δcontrol| · levels`` stays within half a
level, the last frame is returned. The difference is taken from the controls of the last *drawn* frame, so that slow
drifts cannot add up, and the same sequence of controls gives the same frames.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_choice
from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW, CONTROL_NAMES, N_CONTROLS, FaceControls
from expressive.core.errors import ParameterError, WeightsError
from expressive.face.frames import FrameArray, resize_premultiplied, straight_alpha, to_frames
from expressive.face.genome import Genome
from expressive.face.geometry import load_geometry
from expressive.face.layout import EYES, HEAD, indices
from expressive.face.mixing import TRAITS, traits
from expressive.face.models import (
    ANYBODY,
    GENERATOR_FILE,
    GEOMETRY_FILE,
    PICTURES_FILE,
    ModelConfig,
    find_model,
    read_config,
    verify_file,
)
from expressive.face.people import Palette, People, load_palette, load_people
from expressive.face.spec import FaceSpec

if TYPE_CHECKING:  # loads numba, which takes its time
    from expressive.face.draft import Drafts

__all__ = ["LEVELS_PER_UNIT", "SIZE_RANGE", "FaceGenerator"]

SIZE_RANGE = (64, 512)
"""smallest and largest edge of a frame in pixels"""

LEVELS_PER_UNIT = np.full(N_CONTROLS, 1500.0)
"""Largest change of any pixel, in grey levels, for a unit of each control (61,); the angles count in radians.

Rounded up from the largest found at 256² on the training renders, over several poses.
"""
LEVELS_PER_UNIT[indices("jawOpen", "mouthClose", "browInnerUp", "browOuterUp", "mouthLeft", "mouthRight")] = 3000.0
LEVELS_PER_UNIT[EYES] = 3000.0
LEVELS_PER_UNIT[HEAD] = (11_000.0, 9_000.0, 17_000.0)
LEVELS_PER_UNIT.setflags(write=False)

_Key = tuple[str, tuple[str, ...]]
_SESSIONS: dict[tuple[_Key, int], Any] = {}
_DRAFTS: dict[tuple[_Key, Genome | None], Drafts | None] = {}
_PEOPLE: dict[_Key, tuple[People, Palette]] = {}
_LOCK = threading.Lock()

_OPAQUE = 253
"""alpha from which on a pixel is opaque: the network leaves some a level or two short, and a coat shone through"""


class FaceGenerator:
    """Draws the faces of one model; :meth:`load` makes one.

    Several generators of one file share its session, and each keeps its own last frames, so give every actor its own.
    """

    def __init__(
        self, session: Any, drafts: Drafts | None, config: ModelConfig, folder: Path, genome: Genome | None = None
    ) -> None:
        self._session = session
        self._traits = traits(genome) if genome is not None else None
        self._drafts = drafts
        self._config = config
        self._folder = folder
        self._last: dict[int, tuple[npt.NDArray[np.float32], FrameArray]] = {}
        self._sized: dict[tuple[int, int, bool], FrameArray] = {}
        self.drawn = 0
        """frames that the network has drawn; the others were reused"""

    @classmethod
    def load(
        cls, model: str | Path = "face-cast-256", *, genome: Genome | None = None, threads: int = 1
    ) -> FaceGenerator:
        """Open a model, prove that it is whole, and warm it up.

        Parameters
        ----------
        model : str | Path
            a folder, its name in ``models/``, or a family such as ``face-cast-256``, whose highest version is taken
        genome : Genome | None
            who is drawn by a model that knows no cast, such as ``face-genome-256``; by default somebody average
        threads : int [range=[1, 64]]
            threads for one frame; 1 leaves the other cores to the game

        Returns
        -------
        FaceGenerator
            ready to draw

        Raises
        ------
        WeightsError
            If the folder or a file in it is missing, truncated, altered or of another make.
        ParameterError
            If ``threads`` is out of range, or genes are given for a model of a cast.
        """
        if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= 64:
            raise ParameterError(f"threads={threads!r} must be a whole number in [1, 64]")
        folder = find_model(model)
        config = read_config(folder)
        if genome is not None and not config.draws_genes:
            raise ParameterError(f"model {config.name!r} draws a cast; genes need a model such as 'face-genome-256'")
        if config.draws_genes:
            genome = genome or Genome()
        key = (str(folder.resolve()), tuple(sorted(config.files.values())))
        with _LOCK:
            if (key, genome) not in _DRAFTS:
                _DRAFTS[key, genome] = _open_drafts(folder, config, key, genome)
            drafts = _DRAFTS[key, genome]
            if (key, threads) not in _SESSIONS:
                _SESSIONS[key, threads] = _open_session(folder, config, threads, draft=drafts is not None)
            return cls(_SESSIONS[key, threads], drafts, config, folder, genome)

    @classmethod
    def of(cls, spec: FaceSpec) -> FaceGenerator:
        """Open the model that a character's face asks for."""
        return cls.load(spec.model, genome=spec.person)

    @property
    def identities(self) -> tuple[str, ...]:
        """Who can be drawn."""
        return self._config.identities

    @property
    def resolution(self) -> int:
        """Edge of a frame as the network draws it, in pixels."""
        return self._config.resolution

    @property
    def config(self) -> ModelConfig:
        """What the model says about itself."""
        return self._config

    @property
    def folder(self) -> Path:
        """Where the model lies."""
        return self._folder

    def frame(
        self,
        controls: FaceControls | npt.ArrayLike,
        identity: str,
        *,
        size: int | None = None,
        premultiplied: bool = False,
    ) -> FrameArray:
        """Draw a face.

        Parameters
        ----------
        controls : FaceControls | ArrayLike [shape=(61,)]
            the pose; an array is clipped into the controls' ranges
        identity : str
            one of :attr:`identities`
        size : int | None [range=[64, 512], unit=px]
            edge of the frame; by default the model's own
        premultiplied : bool
            colours times alpha, as compositors want them; by default straight alpha

        Returns
        -------
        FrameArray [shape=(size, size, 4)]
            uint8 RGBA, the caller's own

        Raises
        ------
        ParameterError
            If the controls are of another number or not finite, or the size is out of range.
        UnknownNameError
            If the model has no such identity.
        """
        pose = _check_controls(controls)
        who = self._index(identity)
        edge = self._check_size(size)
        last = self._last.get(who)
        if last is None or float(np.abs(pose - last[0]) @ LEVELS_PER_UNIT) > 0.5:
            drawn = self._run(pose[None], np.array([who], dtype=np.int64))[0]
            self._last[who] = (pose, drawn)
            for key in [key for key in self._sized if key[0] == who]:
                del self._sized[key]
        wanted = (who, edge, premultiplied)
        if wanted not in self._sized:
            scaled = resize_premultiplied(self._last[who][1], edge)
            self._sized[wanted] = scaled if premultiplied else straight_alpha(scaled)
        return self._sized[wanted].copy()

    def frames(
        self,
        controls: Sequence[FaceControls] | npt.ArrayLike,
        identities: Sequence[str],
        *,
        size: int | None = None,
        premultiplied: bool = False,
    ) -> FrameArray:
        """Draw many faces in one pass of the network, such as a crowd's.

        Parameters
        ----------
        controls : Sequence[FaceControls] | ArrayLike [shape=(n, 61)]
            a pose for each face
        identities : Sequence[str]
            who each face is (n,)
        size, premultiplied
            as in :meth:`frame`

        Returns
        -------
        FrameArray [shape=(n, size, size, 4)]
            uint8 RGBA

        Raises
        ------
        ParameterError
            If poses and identities are not as many, or as in :meth:`frame`.
        """
        poses = [_check_controls(pose) for pose in controls]  # type: ignore[union-attr]
        who = np.array([self._index(name) for name in identities], dtype=np.int64)
        edge = self._check_size(size)
        if len(poses) != len(who):
            raise ParameterError(f"{len(poses)} poses and {len(who)} identities must be as many")
        out = np.empty((len(poses), edge, edge, 4), dtype=np.uint8)
        if poses:
            for place, drawn in zip(out, self._run(np.stack(poses), who), strict=True):
                scaled = resize_premultiplied(drawn, edge)
                place[:] = scaled if premultiplied else straight_alpha(scaled)
        return out

    def inputs(self, controls: npt.NDArray[np.float32], identity: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
        """What the network is given for poses (n, 61) within their ranges and characters (n,), by name of its input."""
        given: dict[str, npt.NDArray[Any]] = {"controls": controls}
        if self._traits is None:
            given["identity"] = identity
        else:
            given["traits"] = np.tile(self._traits, (len(controls), 1))
        if self._drafts is not None:
            names = self.identities
            drafts = [self._drafts.draw(pose, names[who]) for pose, who in zip(controls, identity, strict=True)]
            given["draft"] = np.stack(drafts) if len(drafts) > 1 else drafts[0][None]  # a copy less
        return given

    def _run(self, controls: npt.NDArray[np.float32], identity: npt.NDArray[np.int64]) -> FrameArray:
        quarters = self._session.run(["rgba"], self.inputs(controls, identity))[0]
        self.drawn += len(quarters)
        alpha = quarters[:, 3::4]
        np.maximum(alpha, -(alpha >= _OPAQUE).view(np.uint8), out=alpha)  # 255 there; much faster than a mask
        return to_frames(quarters)

    def _index(self, identity: str) -> int:
        return self.identities.index(check_choice("identity", identity, self.identities))

    def _check_size(self, size: int | None) -> int:
        if size is None:
            return self.resolution
        low, high = SIZE_RANGE
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not low <= size <= high:
            raise ParameterError(f"size={size!r} must be a whole number in [{low}, {high}]")
        return int(size)


def _check_controls(controls: FaceControls | npt.ArrayLike) -> npt.NDArray[np.float32]:
    if isinstance(controls, FaceControls):
        return controls.values
    try:
        values = np.asarray(controls, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"controls={controls!r} must be {N_CONTROLS} numbers") from error
    if values.shape != (N_CONTROLS,):
        raise ParameterError(f"controls have shape {values.shape}; they must be {N_CONTROLS} numbers")
    if not np.isfinite(values).all():
        bad = CONTROL_NAMES[int(np.flatnonzero(~np.isfinite(values))[0])]
        raise ParameterError(f"{bad} is not a finite number")
    return np.clip(values, CONTROL_LOW, CONTROL_HIGH)


def _open_drafts(folder: Path, config: ModelConfig, key: _Key, genome: Genome | None) -> Drafts | None:
    if GEOMETRY_FILE not in config.files:
        return None
    from expressive.face.draft import Drafts, load_pictures

    if genome is not None:
        people, palette = _open_people(folder, config, key)
        pictures = {ANYBODY: palette.of(genome)}
        return Drafts(people.geometry({ANYBODY: genome}), pictures, config.resolution)
    geometry = load_geometry(verify_file(folder, config, GEOMETRY_FILE), str(folder / GEOMETRY_FILE))
    pictures = load_pictures(verify_file(folder, config, PICTURES_FILE), str(folder / PICTURES_FILE))
    for name in config.identities:
        if name not in geometry.figures or pictures.get(name, np.empty(0)).shape != (geometry.texels, 4):
            raise WeightsError(f"{folder} lacks the mesh or the pictures of {name!r}; export the model again")
    return Drafts(geometry, pictures, config.resolution)


def _open_people(folder: Path, config: ModelConfig, key: _Key) -> tuple[People, Palette]:
    """Meshes and pictures of whoever has genes; read once, however many people are loaded."""
    if key not in _PEOPLE:
        people = load_people(verify_file(folder, config, GEOMETRY_FILE), str(folder / GEOMETRY_FILE))
        content = verify_file(folder, config, PICTURES_FILE)
        _PEOPLE[key] = people, load_palette(content, str(folder / PICTURES_FILE), people.tiles)
    return _PEOPLE[key]


def _open_session(folder: Path, config: ModelConfig, threads: int, *, draft: bool) -> Any:
    import onnxruntime

    path, half = folder / GENERATOR_FILE, config.resolution // 2
    content = verify_file(folder, config, GENERATOR_FILE)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    # a game has other work: no thread spins while it waits
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    expected = {"controls": "tensor(float)"} | ({"draft": "tensor(uint8)"} if draft else {})
    given: dict[str, Any] = {"controls": np.zeros((1, N_CONTROLS), np.float32)}
    if config.draws_genes:
        expected["traits"], given["traits"] = "tensor(float)", np.zeros((1, TRAITS), np.float32)
    else:
        expected["identity"], given["identity"] = "tensor(int64)", np.zeros(1, np.int64)
    if draft:
        given["draft"] = np.zeros((1, 16, half, half), np.uint8)
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        inputs = {one.name: one.type for one in session.get_inputs()}
        if inputs != expected:
            raise WeightsError(f"{path} is of another make: its inputs are {inputs}; export the model again")
        warm = session.run(["rgba"], given)[0]
    except WeightsError:
        raise
    except Exception as error:
        raise WeightsError(f"{path} is no generator that ONNX Runtime can run ({error}); export it again") from error
    if warm.shape != (1, 16, half, half) or warm.dtype != np.uint8:
        raise WeightsError(
            f"{path} draws {warm.dtype} {warm.shape}, but config.json says {config.resolution} pixels; export it again"
        )
    straight_alpha(to_frames(warm))  # compiled here, and not while a game waits for its first frame
    return session
