"""What says that an output is synthetic: the words, in one place, and writers that put them into PNG and WAV files.

Since August 2026 European law asks that generated sound and pictures be marked in a machine-readable way (Regulation
(EU) 2024/1689, article 50, paragraph 2). So every file that leaves here names its maker, says in words that voice and
face are computer-generated, and carries the identifier that the press and the large platforms read.

Sources
-------
PNG: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025 (chunks tEXt and iTXt, keywords).
WAV: Microsoft/IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991 (RIFF, LIST INFO).
GIF: CompuServe, "GIF89a", 1990 (comment extension). Identifier: IPTC NewsCodes, "Digital Source Type".
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
import numpy.typing as npt

from expressive.core.errors import OutputError, ParameterError

__all__ = [
    "DIGITAL_SOURCE_TYPE",
    "WavWriter",
    "float_to_pcm16",
    "mark_gif",
    "mark_json",
    "mark_metadata",
    "mark_png",
    "mark_png_bytes",
    "notice",
    "png_bytes",
    "software",
    "write_png",
    "write_wav",
]

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The IPTC identifier of media that a trained model made."""

_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER_END = len(_PNG_SIGNATURE) + 25  # the IHDR chunk: length, type, 13 bytes, checksum
_RIFF_LIMIT_BYTES = 2**32 - 4096  # sizes are 32-bit; some room for the chunks around the samples
_DEFLATE_LEVEL = 6


def software() -> str:
    """Name and version of the program, such as ``"Expressive 0.1.0"``."""
    from expressive import __version__

    return f"Expressive {__version__}"


def notice() -> str:
    """Give the sentence that every output carries.

    Examples
    --------
    >>> notice()
    'Synthetic media: made by Expressive ...; voice and face are computer-generated'
    """
    return f"Synthetic media: made by {software()}; voice and face are computer-generated"


def mark_json() -> dict[str, str]:
    """Fields that a JSON document carries at its top."""
    return {"generator": software(), "notice": notice(), "digital_source_type": DIGITAL_SOURCE_TYPE}


def mark_metadata(title: str = "") -> dict[str, str]:
    """Tags of a film or sound container, by the names that ffmpeg gives them.

    Parameters
    ----------
    title : str
        what the film is called; left out when empty

    Returns
    -------
    dict[str, str]
        ``comment``, ``description``, ``encoding_tool`` and, where given, ``title``
    """
    tags = {
        "comment": notice(),
        "description": f"DigitalSourceType={DIGITAL_SOURCE_TYPE}",
        "encoding_tool": software(),
    }
    return {"title": title, **tags} if title else tags


def mark_png_bytes(data: bytes) -> bytes:
    """Put the mark into an encoded PNG picture without touching its pixels; one that is marked stays as it is.

    Parameters
    ----------
    data : bytes
        a PNG file

    Returns
    -------
    bytes
        the same picture with tEXt ``Software`` and ``Comment`` and an XMP packet after its header

    Raises
    ------
    ParameterError
        If the bytes are no PNG file.
    """
    if not data.startswith(_PNG_SIGNATURE) or data[12:16] != b"IHDR":
        raise ParameterError("the data is no PNG picture: its signature is missing")
    comment = _png_chunk(b"tEXt", b"Comment\0" + notice().encode("latin-1"))
    if comment in data[: _PNG_HEADER_END + 4096]:
        return data
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP.encode()  # not compressed, no language
    marks = _png_chunk(b"tEXt", b"Software\0" + software().encode("latin-1")) + comment + _png_chunk(b"iTXt", xmp)
    return data[:_PNG_HEADER_END] + marks + data[_PNG_HEADER_END:]


def mark_png(path: str | Path) -> None:
    """Put the mark into a PNG file that lies on disk.

    Parameters
    ----------
    path : str | Path
        the file; its pixels stay as they are

    Raises
    ------
    ParameterError
        If the file is no PNG picture.
    OutputError
        If it cannot be read or written.
    """
    try:
        Path(path).write_bytes(mark_png_bytes(Path(path).read_bytes()))
    except OSError as error:
        raise OutputError(f"{path} cannot be marked: {error.strerror or error}") from error


def png_bytes(pixels: npt.NDArray[np.uint8], *, compress_level: int = _DEFLATE_LEVEL) -> bytes:
    """Encode a picture as a marked PNG file.

    Parameters
    ----------
    pixels : np.ndarray [shape=(height, width, 3 or 4), dtype=uint8]
        RGB, or RGBA with straight alpha
    compress_level : int [range=[0, 9]]
        zlib's level; 1 is several times faster and a little larger

    Returns
    -------
    bytes
        the file

    Raises
    ------
    ParameterError
        If the array is no picture.
    """
    import io

    from PIL import Image

    pixels = np.ascontiguousarray(pixels)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or 0 in pixels.shape:
        raise ParameterError(
            f"pixels have shape {pixels.shape} and type {pixels.dtype}; they must be uint8 (height, width, 3 or 4)"
        )
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=compress_level)
    return mark_png_bytes(buffer.getvalue())


def write_png(path: str | Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write a picture as a marked PNG file.

    Parameters
    ----------
    path : str | Path
        the file; its folder must be there
    pixels : np.ndarray [shape=(height, width, 3 or 4), dtype=uint8]
        RGB, or RGBA with straight alpha

    Raises
    ------
    ParameterError
        If the array is no picture.
    OutputError
        If the file cannot be written.
    """
    data = png_bytes(pixels)
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def mark_gif(path: str | Path) -> None:
    """Put the mark into a GIF file as a comment extension before its first picture.

    Parameters
    ----------
    path : str | Path
        the file

    Raises
    ------
    ParameterError
        If the file is no GIF picture.
    OutputError
        If it cannot be read or written.
    """
    try:
        data = Path(path).read_bytes()
        if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
            raise ParameterError(f"{path} is no GIF picture: its signature is missing")
        words = notice().encode("ascii")
        comment = b"\x21\xfe" + bytes([len(words)]) + words + b"\0"
        flags = data[10]
        start = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)  # header, screen descriptor, global colours
        if data[start : start + len(comment)] != comment:
            Path(path).write_bytes(b"GIF89a" + data[6:start] + comment + data[start:])
    except OSError as error:
        raise OutputError(f"{path} cannot be marked: {error.strerror or error}") from error


class WavWriter:
    """A marked mono WAV file of 16-bit samples, written piece by piece.

    Samples are rounded to the nearest of the 65,536 steps, without dither, so that equal sound gives equal bytes.

    Parameters
    ----------
    path : str | Path
        the file; its folder must be there
    sample_rate : int [unit=Hz]
        of every piece
    title : str
        stored as INAM when not empty

    Raises
    ------
    ParameterError
        If the rate is not positive.
    OutputError
        If the file cannot be written.
    """

    def __init__(self, path: str | Path, sample_rate: int, *, title: str = "") -> None:
        if isinstance(sample_rate, bool) or int(sample_rate) != sample_rate or not 0 < sample_rate < 2**31:
            raise ParameterError(f"sample_rate={sample_rate!r} must be a whole number of Hz > 0")
        self._path = Path(path)
        self._sample_rate = int(sample_rate)
        self._title = title
        self._bytes = 0
        try:
            self._file: IO[bytes] | None = self._path.open("wb")
            self._file.write(self._header(b""))
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error

    def write(self, samples: npt.ArrayLike) -> None:
        """Append samples [shape=(n_samples,), range=[-1, 1]]; what lies outside is clipped, NaN is refused."""
        if self._file is None:
            raise ParameterError("the WAV file is closed already")
        steps = float_to_pcm16(samples)
        if self._bytes + steps.nbytes > _RIFF_LIMIT_BYTES:
            raise OutputError(f"{self._path} would pass 4 GiB, the most that a WAV file can hold; write several files")
        try:
            self._file.write(steps.astype("<i2", copy=False).tobytes())
        except OSError as error:
            raise OutputError(f"{self._path} cannot be written: {error.strerror or error}") from error
        self._bytes += steps.nbytes

    def close(self) -> None:
        """Write the mark and the final sizes; a second call does nothing."""
        if self._file is None:
            return
        file, self._file = self._file, None
        info = {b"INAM": self._title, b"ICMT": notice(), b"ISFT": software(), b"ISRC": DIGITAL_SOURCE_TYPE}
        body = b"INFO" + b"".join(_riff_chunk(key, text.encode() + b"\0") for key, text in info.items() if text)
        try:
            with file:
                # The list follows the samples: simple readers look for these right behind the header.
                tail = _riff_chunk(b"LIST", body)
                file.write(tail)
                file.seek(0)
                file.write(self._header(tail))
        except OSError as error:
            raise OutputError(f"{self._path} cannot be written: {error.strerror or error}") from error

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _header(self, tail: bytes) -> bytes:
        rate = self._sample_rate
        pcm = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)  # one channel, two bytes a sample
        size = 4 + len(pcm) + 8 + self._bytes + len(tail)
        return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + pcm + struct.pack("<4sI", b"data", self._bytes)


def write_wav(path: str | Path, samples: npt.ArrayLike, sample_rate: int, *, title: str = "") -> None:
    """Write sound as a marked mono WAV file of 16-bit samples.

    Parameters
    ----------
    path : str | Path
        the file; its folder must be there
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        the sound; what lies outside is clipped
    sample_rate : int [unit=Hz]
        samples a second
    title : str
        stored as INAM when not empty

    Raises
    ------
    ParameterError
        If the samples are not mono or not finite, or the rate is not positive.
    OutputError
        If the file cannot be written.
    """
    float_to_pcm16(samples)  # refuses bad sound before a file is begun
    with WavWriter(path, sample_rate, title=title) as wav:
        wav.write(samples)


def float_to_pcm16(samples: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """Round sound to 16 bits.

    Parameters
    ----------
    samples : np.ndarray [shape=(n_samples,), range=[-1, 1]]
        the sound; what lies outside is clipped

    Returns
    -------
    np.ndarray [shape=(n_samples,), dtype=int16]
        the nearest steps; one step is 1/32768

    Raises
    ------
    ParameterError
        If the samples are not mono or not finite.

    Examples
    --------
    >>> float_to_pcm16([0.0, 0.5, 2.0]).tolist()
    [0, 16384, 32767]
    """
    y = np.asarray(samples, dtype=np.float64)
    if y.ndim != 1:
        raise ParameterError(f"samples have shape {y.shape}; they must be mono, (n_samples,)")
    if not np.isfinite(y).all():
        raise ParameterError(f"samples hold {int((~np.isfinite(y)).sum())} values that are not finite numbers")
    return np.clip(np.rint(y * 32768.0), -32768, 32767).astype(np.int16)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)  # chunks are padded to even length
