"""Write a film, picture by picture and sound by sound, in the kind that the output's ending names.

===================  ====================================================================
ending               what is written
===================  ====================================================================
``.mp4``             H.264 and AAC; plays everywhere
``.webm``            VP9 and Opus; free formats, for web pages
``.gif``             pictures only, at most 25 a second, endlessly repeated
``.wav``             sound only, 16 bit
a folder             ``frame_000001.png`` … and ``audio.wav``
``name_%04d.png``    the same, with the pictures named by the pattern
===================  ====================================================================

Nothing stands under the final name until the film is whole: it grows under a hidden name beside it, is moved into place
at the end, and is removed when anything fails. A file that was there before survives every failure.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import OutputError, ParameterError, did_you_mean
from expressive.links.marking import WavWriter, png_bytes

__all__ = ["ENDINGS", "VideoWriter", "check_output"]

ENDINGS = (".mp4", ".webm", ".gif", ".wav", ".png")
"""Endings of files that are understood; a name without one is a folder of pictures."""

_CONTAINERS = (".mp4", ".webm")
_PATTERN = re.compile(r"%0?(\d*)d")
_FOLDER_PATTERN = "frame_%06d.png"
_MAX_SIDE = 8192
_MAX_FPS = 240.0


class Sink(Protocol):
    """What a kind of output does with pictures and sound; both arrive checked."""

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Take the next picture."""

    def audio(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next stretch of sound."""

    def finish(self) -> None:
        """Write what is held back and close; the work lies complete under the temporary name."""

    def abort(self) -> None:
        """Close without completing; must not raise."""


class VideoWriter:
    """Write a film of equal-sized pictures and mono sound; picture and sound may arrive in any order and portion.

    At the end the shorter one is filled up: sound with silence, pictures by holding the last.

    Parameters
    ----------
    path : str | Path
        the output; its ending decides what is written, its folder must be there
    size : tuple[int, int] [unit=px]
        width and height of every picture; even for MP4 and WebM
    fps : float | Fraction [range=(0, 240], unit=Hz]
        pictures a second
    sample_rate : int | None [unit=Hz]
        of the sound; None writes a silent film without a sound track
    title : str
        stored in the file, where its kind can
    encoder : str | None
        ffmpeg's name of the video encoder for MP4 and WebM; by default the first of a list that is built in

    Raises
    ------
    ParameterError
        If a number or the size is out of range.
    OutputError
        If the ending is unknown or nothing can be written there.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "grey.gif"
    >>> with VideoWriter(out, size=(64, 64), fps=10) as film:
    ...     for _ in range(5):
    ...         film.frame(np.full((64, 64, 3), 128, np.uint8))
    >>> out.exists()
    True
    """

    def __init__(
        self,
        path: str | Path,
        *,
        size: tuple[int, int],
        fps: float | Fraction = 30,
        sample_rate: int | None = None,
        title: str = "",
        encoder: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.kind = check_output(path)
        self.size = _check_size(size, even=self.kind in _CONTAINERS)
        check_number("fps", float(fps), 1e-3, _MAX_FPS)
        self.fps = Fraction(fps).limit_denominator(1001)
        if sample_rate is not None:
            check_number("sample_rate", sample_rate, 1000, 384_000)
        if encoder is not None and self.kind not in _CONTAINERS:
            raise ParameterError(
                f"encoder={encoder!r} is for .mp4 and .webm; {self.path} has a fixed one, so leave it out"
            )
        self.sample_rate = None if sample_rate is None else int(sample_rate)
        self.n_frames = 0
        self.n_samples = 0
        self._last: npt.NDArray[np.uint8] | None = None
        self._closed = False
        suffix = "" if self.kind == ".png" else self.kind
        self._partial = self.path.parent / f".{self.path.stem.replace('%', '')}.{os.getpid()}.part{suffix}"
        try:
            self._sink = self._open(title, encoder)
        except BaseException:
            self._remove_partial()
            raise

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Append a picture.

        Parameters
        ----------
        rgb : np.ndarray [shape=(height, width, 3), dtype=uint8]
            the picture; it is copied

        Raises
        ------
        ParameterError
            If its shape or type is another, or the film is closed.
        OutputError
            If it cannot be written.
        """
        self._check_open()
        width, height = self.size
        if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.shape != (height, width, 3):
            got = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
            raise ParameterError(f"the picture is {got}; it must be uint8 ({height}, {width}, 3)")
        rgb = np.ascontiguousarray(rgb)
        self._guard(lambda: self._sink.frame(rgb))
        if self._last is None:
            self._last = np.empty_like(rgb)
        np.copyto(self._last, rgb)
        self.n_frames += 1

    def audio(self, samples: npt.ArrayLike) -> None:
        """Append sound.

        Parameters
        ----------
        samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
            mono; what lies outside is clipped

        Raises
        ------
        ParameterError
            If the sound is not mono or not finite, or the film was opened without a sample rate or is closed.
        OutputError
            If it cannot be written.
        """
        self._check_open()
        if self.sample_rate is None:
            raise ParameterError("the film was opened without a sound track; pass sample_rate=… to VideoWriter")
        y = np.asarray(samples, dtype=np.float32)
        if y.ndim != 1:
            raise ParameterError(f"samples have shape {y.shape}; they must be mono, (n_samples,)")
        if not np.isfinite(y).all():
            raise ParameterError(f"samples hold {int((~np.isfinite(y)).sum())} values that are not finite numbers")
        if len(y):
            y = np.clip(y, -1.0, 1.0)
            self._guard(lambda: self._sink.audio(y))
            self.n_samples += len(y)

    def close(self) -> None:
        """Complete the film and move it to its name; a second call does nothing.

        Raises
        ------
        ParameterError
            If nothing was written at all.
        OutputError
            If the film cannot be completed; nothing is left behind then.
        """
        if self._closed:
            return
        try:
            self._even_out()
            self._closed = True
            self._guard(self._sink.finish)
            self._guard(self._move)
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Give the film up and remove what was written of it."""
        self._closed = True
        self._sink.abort()
        self._remove_partial()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self._closed:
            self.abort()

    def _open(self, title: str, encoder: str | None) -> Sink:
        if self.kind in _CONTAINERS:
            from expressive.links.containers import ContainerSink

            return ContainerSink(
                self._partial, self.kind, self.size, self.fps, self.sample_rate, title=title, encoder=encoder
            )
        if self.kind == ".gif":
            from expressive.links.gif import GifSink

            return GifSink(self._partial, self.size, self.fps)
        if self.kind == ".wav":
            if self.sample_rate is None:
                raise ParameterError(f"{self.path} holds sound only; pass sample_rate=… to VideoWriter")
            return _WavSink(self._partial, self.sample_rate, title)
        return _PictureSink(self._partial, _picture_pattern(self.path), self.sample_rate, title)

    def _even_out(self) -> None:
        """Hold the last picture until the sound ends, then add silence until the pictures end."""
        if self.kind == ".wav" and not self.n_frames:
            if not self.n_samples:
                raise ParameterError(f"no sound was written to {self.path}")
            return
        if self._last is None:
            raise ParameterError(f"no picture was written to {self.path}")
        if self.sample_rate is None:
            return
        # One sample of grace: whoever cuts sound into frames has to round somewhere.
        while self.n_samples > self._samples_due() + 1:
            self.frame(self._last)
        if self.n_samples < self._samples_due():
            self.audio(np.zeros(self._samples_due() - self.n_samples, dtype=np.float32))

    def _samples_due(self) -> int:
        assert self.sample_rate is not None
        return round(self.n_frames * self.sample_rate / self.fps)

    def _move(self) -> None:
        if self.kind != ".png":
            self._partial.replace(self.path)
            return
        pattern = _picture_pattern(self.path)
        folder = self.path.parent if "%" in self.path.name else self.path
        folder.mkdir(exist_ok=True)
        names = {entry.name for entry in self._partial.iterdir()}
        for name in sorted(names):
            (self._partial / name).replace(folder / name)
        self._partial.rmdir()
        # Pictures of an earlier, longer film would otherwise continue this one.
        number = self.n_frames + 1
        while (stale := folder / (pattern % number)).exists():
            stale.unlink()
            number += 1
        if self.sample_rate is None:
            (folder / "audio.wav").unlink(missing_ok=True)

    def _remove_partial(self) -> None:
        if self._partial.is_dir():
            shutil.rmtree(self._partial, ignore_errors=True)
        else:
            self._partial.unlink(missing_ok=True)

    def _check_open(self) -> None:
        if self._closed:
            raise ParameterError(f"the film {self.path} is closed already")

    def _guard(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:  # ffmpeg's errors about files are OSErrors too
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error


class _WavSink:
    """Sound only; pictures are let pass, so that any performance can be heard alone."""

    def __init__(self, path: Path, sample_rate: int, title: str) -> None:
        self._wav = WavWriter(path, sample_rate, title=title)

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        pass

    def audio(self, samples: npt.NDArray[np.float32]) -> None:
        self._wav.write(samples)

    def finish(self) -> None:
        self._wav.close()

    def abort(self) -> None:
        self._wav.close()


class _PictureSink:
    """A folder of numbered pictures, and the sound beside them."""

    def __init__(self, folder: Path, pattern: str, sample_rate: int | None, title: str) -> None:
        try:
            folder.mkdir()
        except OSError as error:
            raise OutputError(f"{folder.parent} cannot be written: {error.strerror or error}") from error
        self._folder = folder
        self._pattern = pattern
        self._n = 0
        self._wav = WavWriter(folder / "audio.wav", sample_rate, title=title) if sample_rate else None

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        self._n += 1
        (self._folder / (self._pattern % self._n)).write_bytes(png_bytes(rgb, compress_level=1))

    def audio(self, samples: npt.NDArray[np.float32]) -> None:
        if self._wav:
            self._wav.write(samples)

    def finish(self) -> None:
        if self._wav:
            self._wav.close()

    def abort(self) -> None:
        self.finish()


def check_output(path: str | Path) -> str:
    """Say before a long run whether a film can be written there.

    Parameters
    ----------
    path : str | Path
        the output

    Returns
    -------
    str
        the kind: ``.mp4``, ``.webm``, ``.gif``, ``.wav``, or ``.png`` for a folder of pictures

    Raises
    ------
    OutputError
        If the ending is unknown, the folder is missing or not writable, or something else stands in the way.

    Examples
    --------
    >>> check_output("out.mp4"), check_output("frames")
    ('.mp4', '.png')
    >>> check_output("out.mp5")
    Traceback (most recent call last):
    expressive.core.errors.OutputError: ending '.mp5' of out.mp5 is unknown. Did you mean '.mp4'?
    """
    target = Path(path)
    ending = target.suffix.lower()
    if not target.name:
        kind = ".png"  # "." or "/": a folder that is there
    elif not ending:
        kind = ".png"
        if target.exists() and not target.is_dir():
            raise OutputError(f"{path} is a file; name a folder for pictures, or an ending out of {', '.join(ENDINGS)}")
    elif ending not in ENDINGS:
        raise OutputError(f"ending {ending!r} of {path} is unknown. {_suggest(ending)}")
    elif ending == ".png":
        kind = ending
        if len(_PATTERN.findall(target.name)) != 1 or target.name.count("%") != 1:
            remedy = f"name a folder, such as {target.stem.replace('%', '')}, or a pattern, such as frame_%06d.png"
            raise OutputError(f"{path} names one picture, and a film has many; {remedy}")
    else:
        kind = ending
        if target.is_dir():
            raise OutputError(f"{path} is a folder; name a file in it, such as {target.name}/out{ending}")
    parent = target.parent
    if not parent.exists():
        raise OutputError(f"the folder {parent} of {path} is missing; create it first: mkdir -p {parent}")
    if not parent.is_dir():
        raise OutputError(f"{parent} is a file and cannot hold {target.name}; name another folder")
    for folder in (parent, target):
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"the folder {folder} is not writable; choose another one or change its permissions")
    return kind


def _suggest(ending: str) -> str:
    close = did_you_mean(ending, ENDINGS)
    return close if close.startswith("Did") else f"Known: {', '.join(ENDINGS)}, or no ending for a folder of pictures"


def _picture_pattern(path: Path) -> str:
    return path.name if "%" in path.name else _FOLDER_PATTERN


def _check_size(size: tuple[int, int], *, even: bool) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in size)
    except (TypeError, ValueError):
        raise ParameterError(f"size={size!r} must be (width, height) in pixels") from None
    if not (2 <= width <= _MAX_SIDE and 2 <= height <= _MAX_SIDE):
        raise ParameterError(f"size={size!r} must lie between 2 and {_MAX_SIDE} pixels each way")
    if even and (width % 2 or height % 2):
        near = (width + width % 2, height + height % 2)
        raise ParameterError(f"size={size!r} must be even each way for MP4 and WebM; use {near}")
    return width, height
