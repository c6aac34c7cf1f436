"""Animated GIF through ffmpeg's palette filters: one palette from all pictures, and an ordered dither that holds still.

Error diffusion would make flat areas crawl from picture to picture; Bayer's ordered pattern is bound to the pixel's
place, so what stands still in the film stands still in the GIF and costs no bytes.
"""

from __future__ import annotations

import math
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.links.marking import mark_gif

__all__ = ["MAX_GIF_FPS", "GifSink"]

MAX_GIF_FPS = 25
"""Pictures a second at most: delays are whole hundredths of a second, and viewers slow down what is much faster."""

_BAYER_SCALE = 3  # 0 is a strong pattern, 5 none; at 3 it is no longer seen at 1:1 and still breaks bands up
_DEFLATE_LEVEL = 1


class GifSink:
    """Collect pictures in a temporary file, then write them with the palette that suits them all.

    Parameters
    ----------
    path : Path
        the file
    size : tuple[int, int]
        width and height
    fps : Fraction
        pictures a second of the film; so many of them are left out that at most :data:`MAX_GIF_FPS` remain
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: Fraction) -> None:
        self._path = path
        self._size = size
        self._step = max(1, math.ceil(fps / MAX_GIF_FPS))
        self._rate = fps / self._step
        self._n_in = 0
        self._lengths: list[int] = []
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 closed by finish and abort
        self._palette = _Graph(size, self._rate)
        self._palette.chain("palettegen", "stats_mode=full:reserve_transparent=1")
        path.touch()  # an unwritable folder shows at once, not after the run

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Take a picture [shape=(height, width, 3)]."""
        if self._n_in % self._step == 0:
            packed = zlib.compress(rgb.tobytes(), _DEFLATE_LEVEL)
            self._spool.write(packed)
            self._palette.push(rgb, len(self._lengths))
            self._lengths.append(len(packed))
        self._n_in += 1

    def audio(self, samples: npt.NDArray[np.float32]) -> None:
        """Let sound pass; a GIF has none."""

    def finish(self) -> None:
        """Find the palette, map every picture to it and write the file."""
        import av

        palette = self._palette.finish()
        graph = _Graph(self._size, self._rate, palette=palette)
        graph.chain("paletteuse", f"dither=bayer:bayer_scale={_BAYER_SCALE}:diff_mode=rectangle")
        container: Any = av.open(str(self._path), "w", format="gif", options={"loop": "0", "fflags": "+bitexact"})
        with container:
            stream = container.add_stream("gif", rate=self._rate)
            stream.width, stream.height = self._size
            stream.pix_fmt = "pal8"
            stream.codec_context.time_base = 1 / self._rate
            for i, rgb in enumerate(self._frames()):
                graph.push(rgb, i)
                for frame in graph.pull():
                    container.mux(stream.encode(frame))
            graph.end()
            for frame in graph.pull():
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        self._spool.close()
        mark_gif(self._path)

    def abort(self) -> None:
        """Drop what was collected."""
        with suppress(OSError):
            self._spool.close()

    def _frames(self) -> Iterator[npt.NDArray[np.uint8]]:
        width, height = self._size
        self._spool.seek(0)
        for length in self._lengths:
            yield np.frombuffer(zlib.decompress(self._spool.read(length)), np.uint8).reshape(height, width, 3)


class _Graph:
    """One ffmpeg filter between a source of pictures and a sink; with a palette as second source where given."""

    def __init__(self, size: tuple[int, int], rate: Fraction, palette: Any = None) -> None:
        import av
        import av.filter

        self._graph: Any = av.filter.Graph()
        self._time_base = 1 / rate
        self._source = self._graph.add_buffer(
            width=size[0], height=size[1], format=av.VideoFormat("bgra"), time_base=self._time_base
        )
        self._colours: Any = None
        self._palette = palette
        if palette is not None:
            self._colours = self._graph.add_buffer(
                width=palette.width, height=palette.height, format=palette.format, time_base=self._time_base
            )

    def chain(self, name: str, options: str) -> None:
        """Set the filter up."""
        step, sink = self._graph.add(name, options), self._graph.add("buffersink")
        self._source.link_to(step)
        if self._colours is not None:
            self._colours.link_to(step, 0, 1)
        step.link_to(sink)
        self._graph.configure()
        if self._colours is not None:
            self._palette.pts = 0
            self._palette.time_base = self._time_base
            self._colours.push(self._palette)
            self._colours.push(None)
        self._sink = sink

    def push(self, rgb: npt.NDArray[np.uint8], pts: int) -> None:
        import av

        frame: Any = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="bgra")
        frame.pts = pts
        frame.time_base = self._time_base
        self._source.push(frame)

    def end(self) -> None:
        self._source.push(None)

    def pull(self) -> Iterator[Any]:
        """Yield what is ready."""
        import av

        while True:
            try:
                yield self._sink.pull()
            except (BlockingIOError, av.error.EOFError):
                return

    def finish(self) -> Any:
        """End the source and return the only picture that comes out."""
        self.end()
        return next(self.pull())
