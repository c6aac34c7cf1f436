"""Native voices by pyttsx3: SAPI 5 on Windows, NSSpeechSynthesizer on macOS, espeak-ng on Linux.

It runs in a process of its own. It tells no times that could be trusted (its word events come all at once), so phones
and words are aligned with espeak's.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from expressive.core.errors import MissingDependency, ParameterError, SpeechError, UnknownNameError
from expressive.core.helper import Helper
from expressive.voice.backends.align import align_to_reference
from expressive.voice.backends.base import Needs, Spoken, resample
from expressive.voice.backends.espeak import EspeakBackend, espeak_paths

__all__ = ["Pyttsx3Backend", "examine", "make"]

WORDS_PER_MINUTE = 175
TIMEOUT_S = 60.0

_lock = threading.Lock()
_helpers: list[Helper] = []


class Pyttsx3Backend:
    """Speaks with a native voice.

    Parameters
    ----------
    voice : str
        pyttsx3's id of a voice; empty for the system's own

    Raises
    ------
    MissingDependency
        If pyttsx3 is not installed.
    """

    def __init__(self, voice: str = "") -> None:
        if importlib.util.find_spec("pyttsx3") is None:
            raise MissingDependency("pyttsx3", extra="pyttsx3")
        self._voice = voice
        self._reference = EspeakBackend()

    def synthesize(
        self,
        text: str,
        *,
        language: str,
        rate: float,
        phonemes: bool = False,
        stopped: Callable[[], bool] | None = None,
    ) -> Spoken:
        """See :class:`~expressive.voice.backends.base.Backend`."""
        if phonemes:
            raise SpeechError("pyttsx3 cannot speak IPA; use the backend espeak, or <sub alias='…'>")
        if not any(ch.isalnum() for ch in text):
            return Spoken(np.zeros(0, np.float32))
        request = {
            "text": text.strip(),
            "voice": self._voice,
            "words_per_minute": round(WORDS_PER_MINUTE * rate),
        }
        head, body = _helper().request(request, timeout_s=TIMEOUT_S)
        if head.get("error") == "voice":
            raise UnknownNameError("pyttsx3 voice", self._voice, head["known"])
        if "error" in head:
            raise SpeechError(f"pyttsx3 failed: {head['error']}")
        import soundfile

        try:
            sound, sample_rate = soundfile.read(io.BytesIO(body), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise SpeechError(f"pyttsx3 wrote a file that is no sound: {error}") from None
        samples = resample(np.ascontiguousarray(sound.mean(axis=1)), int(sample_rate))
        return align_to_reference(samples, self._reference.synthesize(text, language=language, rate=rate))

    def check_phonemes(self, ipa: str, *, language: str) -> None:
        """Raise, for it cannot speak IPA at all."""
        raise ParameterError("pyttsx3 cannot speak phonemes; use the backend espeak, or <sub alias='…'>")


make = Pyttsx3Backend


def examine() -> Needs:
    """Whether it is installed, and with which system's voices it speaks."""
    if importlib.util.find_spec("pyttsx3") is None:
        return Needs("pyttsx3", 'pip install "expressive[pyttsx3]"')
    native = {"win32": "SAPI 5", "darwin": "NSSpeechSynthesizer"}.get(sys.platform, "espeak-ng")
    return Needs(detail=f"speaks with {native}")


def _helper() -> Helper:
    with _lock:
        if not _helpers:
            worker = Path(__file__).with_name("pyttsx3_worker.py")
            library, data = espeak_paths() if sys.platform.startswith("linux") else ("", "")
            arguments = ["-I", str(worker), json.dumps(sys.path), library, data]
            _helpers.append(Helper("pyttsx3", arguments, error=SpeechError))
        return _helpers[0]
