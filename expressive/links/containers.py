"""MP4 and WebM through ffmpeg's libraries, as the ``av`` wheel ships them.

The first encoder of a list that the installed build has is used. In the wheels from PyPI that is libx264 for MP4, which
is under the GPL; builds without it have Cisco's openh264 (BSD) or ffmpeg's own mpeg4 (LGPL), and WebM needs libvpx and
libopus alone (BSD). Encoders run on one thread: then the bytes depend on the input only, not on the machine's cores.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import OutputError, UnknownNameError
from expressive.links.marking import mark_metadata

__all__ = ["VIDEO_ENCODERS", "ContainerSink", "video_encoders"]

VIDEO_ENCODERS: dict[str, dict[str, dict[str, str]]] = {
    ".mp4": {
        # CRF 18 is where x264's authors place "visually lossless". Its macroblock tree reads memory that it never wrote
        # (found with MALLOC_PERTURB_, x264 core 165): equal pictures then differ by a few levels from run to run.
        "libx264": {"crf": "18", "preset": "medium", "x264-params": "mbtree=0"},
        "libopenh264": {"b": "4000k", "rc_mode": "quality"},
        "mpeg4": {"q": "3", "flags": "+qscale", "global_quality": str(3 * 118)},  # 118 = FF_QP2LAMBDA
    },
    ".webm": {
        # Google's guide to VP9 in constant-quality mode: b=0 and crf around 31 for 480p and 720p.
        "libvpx-vp9": {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "0"},
        "libvpx": {"crf": "8", "b": "3M", "deadline": "good", "cpu-used": "4"},
    },
}
"""Video encoders by ending, in the order of preference, with their options."""

_AUDIO_ENCODERS = {".mp4": "aac", ".webm": "libopus"}
_AUDIO_RATE_HZ = 48_000  # what Opus demands and every player of AAC takes
_AUDIO_BITS_PER_S = 160_000
_BT709 = 1  # ffmpeg's and ITU-T H.273's code for colour primaries, transfer and matrix of HDTV
_LIMITED_RANGE = 1


def video_encoders(ending: str) -> tuple[str, ...]:
    """Encoders for an ending that the installed ffmpeg libraries have, best first.

    Parameters
    ----------
    ending : str
        ``.mp4`` or ``.webm``

    Returns
    -------
    tuple[str, ...]
        ffmpeg's names
    """
    import av

    def present(name: str) -> bool:
        try:
            av.codec.Codec(name, "w")
        except ValueError:  # UnknownCodecError
            return False
        return True

    return tuple(name for name in VIDEO_ENCODERS[ending] if present(name))


class ContainerSink:
    """Encode pictures and sound, and interleave them by time.

    Parameters
    ----------
    path : Path
        the file
    ending : str
        ``.mp4`` or ``.webm``
    size : tuple[int, int]
        even width and height
    fps : Fraction
        pictures a second
    sample_rate : int | None
        of the sound that comes in; None leaves the sound track out
    title : str
        stored in the file
    encoder : str | None
        which of :data:`VIDEO_ENCODERS`; by default the first that is built in

    Raises
    ------
    OutputError
        If no encoder is built in or the file cannot be begun.
    UnknownNameError
        If the encoder is none of the list or not built in.
    """

    def __init__(
        self,
        path: Path,
        ending: str,
        size: tuple[int, int],
        fps: Fraction,
        sample_rate: int | None,
        *,
        title: str = "",
        encoder: str | None = None,
    ) -> None:
        import av

        known = video_encoders(ending)
        if encoder is not None and encoder not in known:
            raise UnknownNameError(f"encoder for {ending}", encoder, known)
        if not known:
            raise OutputError(
                f"no video encoder for {ending} is built into this av; try: pip install --force-reinstall av"
            )
        name = encoder or known[0]
        # bitexact leaves random identifiers and library versions out, so that equal films are equal bytes; the
        # interleaver waits for both tracks however far one runs ahead.
        options = {"fflags": "+bitexact", "max_interleave_delta": "0"}
        if ending == ".mp4":
            options["movflags"] = "+faststart"
        self._container = _begin(path, ending, options)
        tags = mark_metadata(title)
        if ending == ".webm":
            tags["software"] = tags.pop("encoding_tool")  # Matroska has no field for it and takes tags of any name
        self._container.metadata.update(tags)
        self._fps = fps
        self._n_frames = 0
        self._video = self._container.add_stream(name, rate=fps, options=dict(VIDEO_ENCODERS[ending][name]))
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        context = self._video.codec_context
        context.thread_count = 1
        context.time_base = 1 / fps
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED_RANGE
        self._audio: Any = None
        self._rate = sample_rate
        self._n_in = 0
        self._n_out = 0
        if sample_rate is not None:
            self._audio = self._container.add_stream(_AUDIO_ENCODERS[ending], rate=_AUDIO_RATE_HZ, layout="mono")
            self._audio.bit_rate = _AUDIO_BITS_PER_S
            self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=_AUDIO_RATE_HZ)

    def frame(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Encode a picture [shape=(height, width, 3)]."""
        import av

        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
        )
        frame.pts = self._n_frames
        frame.time_base = 1 / self._fps
        self._n_frames += 1
        self._mux(self._video, frame)

    def audio(self, samples: npt.NDArray[np.float32]) -> None:
        """Encode sound [shape=(n_samples,)]."""
        import av

        if self._rate is None:
            return
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._n_in
        self._n_in += len(samples)
        for resampled in self._resampler.resample(frame):
            self._encode(resampled.to_ndarray()[0])

    def finish(self) -> None:
        """Flush both encoders and close the file."""
        if self._audio is not None:
            for resampled in self._resampler.resample(None):
                self._encode(resampled.to_ndarray()[0])
            missing = round(self._n_frames * _AUDIO_RATE_HZ / self._fps) - self._n_out
            if missing > 0:  # the resampler keeps its last few samples
                self._encode(np.zeros(missing, dtype=np.float32))
            self._mux(self._audio, None)
        self._mux(self._video, None)
        self._container.close()

    def abort(self) -> None:
        """Close the file as it is."""
        with suppress(OSError, ValueError):
            self._container.close()

    def _encode(self, samples: npt.NDArray[np.float32]) -> None:
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :]), format="fltp", layout="mono")
        frame.sample_rate = _AUDIO_RATE_HZ
        frame.time_base = Fraction(1, _AUDIO_RATE_HZ)
        frame.pts = self._n_out
        self._n_out += len(samples)
        self._mux(self._audio, frame)

    def _mux(self, stream: Any, frame: Any) -> None:
        for packet in stream.encode(frame):
            self._container.mux(packet)


def _begin(path: Path, ending: str, options: dict[str, str]) -> Any:
    import av

    try:
        return av.open(str(path), "w", format=ending[1:], options=options)
    except OSError as error:
        raise OutputError(f"{path.parent} cannot be written: {error.strerror or error}") from error
