"""espeak-ng, the embedded voice, in a process of its own.

The process keeps the GPL library at arm's length, survives its crashes, and costs 0.3 ms an utterance.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.errors import MissingDependency, SpeechError, UnknownNameError
from expressive.core.speech import Phone, Word
from expressive.voice.backends.base import Spoken, resample
from expressive.voice.backends.process import Helper

__all__ = ["EspeakBackend", "espeak_paths"]

WORDS_PER_MINUTE = 175
"""espeak's usual rate; 80 to 450 are understood."""
PITCH, RANGE = 50, 75
"""espeak's own parameters: 102 Hz in the mean, and at range 75 a standard deviation of 2.6 st, near people's 2.7."""
TIMEOUT_S = 30.0


def espeak_paths() -> tuple[str, str]:
    """Shared library and data folder of the installed espeakng-loader.

    Raises
    ------
    MissingDependency
        If the package is not installed.
    """
    try:
        import espeakng_loader
    except ImportError:
        raise MissingDependency("espeakng-loader") from None
    return str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path())


class EspeakBackend:
    """Speaks with espeak-ng.

    Parameters
    ----------
    variant : str
        an espeak variant such as ``f2``; empty for none

    Raises
    ------
    MissingDependency
        If espeakng-loader is not installed.
    UnknownNameError
        If there is no such variant.
    """

    def __init__(self, variant: str = "") -> None:
        _, data = espeak_paths()
        if variant:
            known = sorted(path.name for path in (Path(data) / "voices" / "!v").iterdir())
            if variant not in known:
                raise UnknownNameError("espeak variant", variant, known)
        self._variant = variant

    def synthesize(self, text: str, *, language: str, rate: float, phonemes: bool = False) -> Spoken:
        """See :class:`~expressive.voice.backends.base.Backend`."""
        if phonemes:
            text = f"[[{_ipa_to_espeak(text)}]]"
        request = {
            "text": text,
            "language": language.lower(),
            "variant": self._variant,
            "words_per_minute": min(450, max(80, round(WORDS_PER_MINUTE * rate))),
            "pitch": PITCH,
            "range": RANGE,
            "phonemes": phonemes,
        }
        head, body = _helper().request(request, timeout_s=TIMEOUT_S)
        if head.get("error") == "language":
            raise UnknownNameError("espeak language", language, head["known"])
        if "error" in head:
            raise SpeechError(f"espeak-ng failed: {head['error']}")
        return _to_spoken(text, head, body)


def _to_spoken(text: str, head: dict[str, Any], body: bytes) -> Spoken:
    sample_rate = int(head["sample_rate"])
    pcm = np.frombuffer(body, np.int16)
    samples = resample(pcm.astype(np.float32) / 32768.0, sample_rate)
    end_s = len(pcm) / sample_rate
    # espeak gives only beginnings; a phone lasts until the next begins.
    phone_events = [e for e in head["events"] if e[0] == "phone"]
    starts = [min(end_s, e[1] / sample_rate) for e in phone_events] + [end_s]
    phones: list[Phone] = []
    if starts[0] > 0:
        phones.append(Phone("", 0.0, starts[0]))
    for event, start_s, stop_s in zip(phone_events, starts, starts[1:], strict=False):
        if stop_s <= start_s:
            continue
        symbol, stress = _split_stress(event[2])
        if not symbol and phones and not phones[-1].symbol:
            phones[-1] = Phone("", phones[-1].start_s, stop_s)
        else:
            phones.append(Phone(symbol, start_s, stop_s, stress))
    return Spoken(samples, tuple(phones), _words(text, head["events"], sample_rate, end_s, phones))


def _words(
    text: str, events: list[Any], sample_rate: int, end_s: float, phones: list[Phone]
) -> tuple[Word, ...]:
    found = [e for e in events if e[0] == "word"]
    words = []
    for i, event in enumerate(found):
        start_s = min(end_s, event[1] / sample_rate)
        stop_s = min(end_s, found[i + 1][1] / sample_rate) if i + 1 < len(found) else end_s
        # The word ends where its last sound does, not where the pause after it does.
        sounds = [p.end_s for p in phones if p.symbol and start_s - 1e-4 <= p.start_s < stop_s]
        first = max(0, event[3] - 1)
        last = min(len(text), first + max(0, event[4]))
        if sounds and first < last:
            words.append(Word(text[first:last], start_s, max(sounds), first, last))
    return tuple(words)


def _split_stress(symbol: str) -> tuple[str, int]:
    stress = 2 if "ˈ" in symbol else 1 if "ˌ" in symbol else 0
    return symbol.replace("ˈ", "").replace("ˌ", "").strip(), stress


@lru_cache(maxsize=1)
def _start_helper() -> Helper:
    library, data = espeak_paths()
    worker = Path(__file__).with_name("espeak_worker.py")
    return Helper("espeak-ng", ["-I", "-S", str(worker), library, data])


_start_lock = threading.Lock()


def _helper() -> Helper:
    with _start_lock:
        return _start_helper()


def _ipa_to_espeak(ipa: str) -> str:
    raise NotImplementedError(ipa)
