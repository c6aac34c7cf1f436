"""A Piper voice of the user's: an ``.onnx`` file with its ``.onnx.json`` beside it.

Where the voice can tell how long each phoneme lasts (Piper patches the model in memory if the package onnx is there),
these times are taken; otherwise phones and words are aligned with espeak's.
"""

from __future__ import annotations

import importlib.util
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import MissingDependency, ParameterError, SpeechError
from expressive.core.speech import Phone, Word
from expressive.voice.backends.align import align_to_reference
from expressive.voice.backends.base import Needs, Spoken, resample
from expressive.voice.backends.espeak import EspeakBackend

__all__ = ["PiperBackend", "examine", "make"]

_SILENT = frozenset("^$_ ")


class PiperBackend:
    """Speaks with a neural voice.

    Parameters
    ----------
    path : str
        the voice's ``.onnx`` file

    Raises
    ------
    MissingDependency
        If piper-tts is not installed.
    ParameterError
        If there is no such file.
    SpeechError
        If it is no voice.
    """

    def __init__(self, path: str) -> None:
        file = Path(path).expanduser()
        if not path or not file.is_file() or not Path(f"{file}.json").is_file():
            raise ParameterError(
                f"piper voice {path!r} must be an .onnx file with its .onnx.json beside it; give it as variant"
            )
        try:
            import piper
        except ImportError:
            raise MissingDependency("piper-tts", extra="piper") from None
        self._lock = threading.Lock()
        self._reference = EspeakBackend()
        self._config = piper.SynthesisConfig
        try:
            self._voice = _load(piper.PiperVoice, file)
        except Exception as error:  # onnxruntime and json raise their own
            raise SpeechError(f"piper voice {path!r} cannot be loaded: {error}") from error

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
        spoken = f"[[{text}]]" if phonemes else text.replace("[[", "  ").replace("]]", "  ")
        sound, sample_rate, timed = self._speak(spoken, rate)
        if not len(sound):
            return Spoken(sound)
        samples = resample(sound, sample_rate)
        if timed:
            phones, groups = _phones(timed, sample_rate, len(sound) / sample_rate)
            return Spoken(samples, phones, _words(text, groups))
        return align_to_reference(samples, self._reference.synthesize(text, language=language, rate=rate))

    def speak_alone(self, text: str) -> npt.NDArray[np.float32]:
        """What Piper itself does with a text, without times, for comparing its speed."""
        sound, sample_rate, _ = self._speak(text, 1.0)
        return resample(sound, sample_rate)

    def _speak(self, text: str, rate: float) -> tuple[npt.NDArray[np.float32], int, list[tuple[str, int]]]:
        """Sound, its rate, and the length of every phoneme [unit=samples], empty where the voice does not tell."""
        # Noise would make every utterance another; the emotion layer brings its own life.
        settings = self._config(length_scale=1.0 / rate, noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
        parts: list[npt.NDArray[np.float32]] = []
        timed: list[tuple[str, int]] = []
        sample_rate, told = 22050, True
        try:
            with self._lock:
                for chunk in self._voice.synthesize(text, syn_config=settings, include_alignments=True):
                    parts.append(np.asarray(chunk.audio_float_array, np.float32))
                    sample_rate = int(chunk.sample_rate)
                    if chunk.phoneme_alignments:
                        timed += [(a.phoneme, int(a.num_samples)) for a in chunk.phoneme_alignments]
                    else:
                        told = False
        except Exception as error:  # onnxruntime raises its own
            raise SpeechError(f"piper failed: {type(error).__name__}: {error}") from error
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return sound, sample_rate, timed if told else []


make = PiperBackend


def examine() -> Needs:
    """Whether it is installed, and whether it can tell when each phone sounds."""
    if importlib.util.find_spec("piper") is None:
        return Needs("piper-tts", 'pip install "expressive[piper]"', "needs a voice of yours too")
    told = importlib.util.find_spec("onnx") is not None
    times = "its own" if told else 'by alignment; for its own: pip install "expressive[piper]"'
    return Needs(detail=f"needs a voice file: voice: {{backend: piper, variant: voice.onnx}}; times: {times}")


def _load(voice_class: Any, file: Path) -> Any:
    try:
        return voice_class.load(file, include_alignments=True)
    except TypeError:  # before piper-tts 1.8
        return voice_class.load(file)


def _phones(
    timed: list[tuple[str, int]], sample_rate: int, end_s: float
) -> tuple[tuple[Phone, ...], list[tuple[float, float]]]:
    """Phones of code points: stress joins the next, length and diacritics the one before; and the span of each word."""
    phones: list[Phone] = []
    groups: list[tuple[float, float]] = []
    at, stress, inside = 0, 0, False
    for symbol, count in timed:
        start_s, at = at / sample_rate, at + count
        stop_s = min(end_s, at / sample_rate)
        if symbol in ("ˈ", "ˌ"):
            stress = 2 if symbol == "ˈ" else 1
            joined = ""
        elif symbol in _SILENT or unicodedata.category(symbol[:1])[0] in "PZ":
            joined, inside = "", False if symbol in " ^$" else inside
        elif phones and phones[-1].symbol and (symbol == "ː" or unicodedata.category(symbol[:1])[0] == "M"):
            last = phones.pop()
            phones.append(Phone(last.symbol + symbol, last.start_s, stop_s, last.stress))
            groups[-1] = (groups[-1][0], stop_s)
            continue
        else:
            joined = symbol
            groups[-1:] = [(groups[-1][0], stop_s)] if inside and groups else [*groups[-1:], (start_s, stop_s)]
            inside = True
        if stop_s <= start_s:
            continue
        if not joined and symbol in ("ˈ", "ˌ"):
            phones.append(Phone("", start_s, stop_s))
            continue
        if not joined and phones and not phones[-1].symbol:
            phones[-1] = Phone("", phones[-1].start_s, stop_s)
        else:
            phones.append(Phone(joined, start_s, stop_s, stress if joined else 0))
            stress = 0 if joined else stress
    return tuple(phones), groups


def _words(text: str, groups: list[tuple[float, float]]) -> tuple[Word, ...]:
    """Words of the text, each with the groups of phonemes that are its share."""
    tokens, at = [], 0
    for token in text.split():
        at = text.index(token, at)
        core = token.strip(".,;:!?…\"'()[]«»„“”")
        if any(ch.isalnum() for ch in core):
            start = at + token.index(core)
            tokens.append((core, start))
        at += len(token)
    if not tokens or not groups:
        return ()
    words = []
    for k, (token, start) in enumerate(tokens):
        first = k * len(groups) // len(tokens)
        last = max(first, (k + 1) * len(groups) // len(tokens) - 1)
        words.append(Word(token, groups[first][0], groups[last][1], start, start + len(token)))
    return tuple(words)
