"""espeak-ng, the embedded voice, in a process of its own.

The process keeps the GPL library at arm's length and survives its crashes; a sentence of 3 s takes it 4-8 ms.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ExpressiveError, MissingDependency, SpeechError, UnknownNameError
from expressive.core.helper import Helper
from expressive.core.speech import Phone, Word
from expressive.voice.backends.base import SAMPLE_RATE, Needs, Spoken, resample
from expressive.voice.backends.phones import ipa_to_espeak

__all__ = ["EspeakBackend", "espeak_paths", "examine", "make"]

WORDS_PER_MINUTE = 175
"""espeak's usual rate; 80 to 450 are understood."""
PITCH, RANGE = 50, 75
"""espeak's own parameters: 102 Hz in the mean, and at range 75 a standard deviation of 2.6 st, near people's 2.7."""
TIMEOUT_S = 30.0
RECYCLE_AFTER = 5_000
"""Requests after which the process is replaced: a library that is loaded anew each time leaves 3 kB behind."""


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
        request = {
            "text": f"[[{ipa_to_espeak(text, _sounds_of(language.lower()), language)}]]" if phonemes else text,
            "language": language.lower(),
            "variant": self._variant,
            "words_per_minute": min(450, max(80, round(WORDS_PER_MINUTE * rate))),
            "pitch": PITCH,
            "range": RANGE,
            "phonemes": phonemes,
        }
        head, body = _helper().request(request, timeout_s=TIMEOUT_S, stopped=stopped)
        if head.get("error") == "language":
            raise UnknownNameError("espeak language", language, head["known"])
        if head.get("error") == "stopped":
            return Spoken(np.zeros(0, np.float32))
        if "error" in head:
            raise SpeechError(f"espeak-ng failed: {head['error']}")
        spoken = _to_spoken(text, head, body)
        if phonemes and spoken.phones:
            # espeak counts characters of its own mnemonics; what was given is one word.
            sounds = [p for p in spoken.phones if p.symbol]
            word = Word(text, sounds[0].start_s, sounds[-1].end_s, 0, len(text)) if sounds else None
            spoken = Spoken(spoken.samples, spoken.phones, (word,) if word else ())
        return spoken

    def check_phonemes(self, ipa: str, *, language: str) -> None:
        """Raise if a voice lacks one of these sounds.

        Raises
        ------
        ParameterError
            If it does.
        UnknownNameError
            If there is no voice of this language.
        """
        ipa_to_espeak(ipa, _sounds_of(language.lower()), language)


make = EspeakBackend


def examine() -> Needs:
    """Whether it speaks, and twice in the same way."""
    try:
        backend = EspeakBackend()
        first, again = (backend.synthesize("Ah, well.", language="en-us", rate=1.0) for _ in range(2))
    except ImportError as error:
        return Needs("espeakng-loader", "pip install espeakng-loader", str(error))
    except ExpressiveError as error:
        return Needs("a working library", "pip install --force-reinstall espeakng-loader", str(error))
    same = bool(first.samples.shape == again.samples.shape and (first.samples == again.samples).all())
    return Needs(detail=f"speaks; repeats itself exactly: {'yes' if same else 'no'}")


def _to_spoken(text: str, head: dict[str, Any], body: bytes) -> Spoken:
    sample_rate = int(head["sample_rate"])
    pcm = np.frombuffer(body, np.int16)
    samples = resample(pcm.astype(np.float32) / 32768.0, sample_rate)
    end_s = len(pcm) / sample_rate
    # espeak gives only beginnings; a phone lasts until the next begins.
    phone_events = [e for e in head["events"] if e[0] == "phone"]
    starts = [min(end_s, e[1] / sample_rate) for e in phone_events] + [end_s]
    symbols = [_split_stress(event[2])[0] for event in phone_events]
    for i in range(1, len(symbols)):
        if symbols[i][:1] in _STOPS:
            starts[i] = max(starts[i - 1], _silent_since(samples, starts[i]))
        elif symbols[i][:1] in _NASALS and symbols[i - 1] and symbols[i - 1][0] not in _STOPS:
            starts[i] = max(starts[i - 1], min(starts[i] - NASAL_LEAD_S, _silent_since(samples, starts[i])))
    phones: list[Phone] = []
    if starts[0] > 0:
        phones.append(Phone("", 0.0, starts[0]))
    for event, start_s, stop_s in zip(phone_events, starts, starts[1:], strict=False):
        if stop_s <= start_s:
            continue
        symbol, stress = _split_stress(event[2])
        last = phones[-1] if phones else None
        if last and not symbol and (not last.symbol or _sounds(samples, start_s, stop_s)):
            # Silences join; what has no name and yet sounds is the glide out of a vowel ("see a").
            phones[-1] = Phone(last.symbol, last.start_s, stop_s, last.stress)
        else:
            phones.append(Phone(symbol, start_s, stop_s, stress))
    return Spoken(samples, tuple(phones), _words(text, head["events"], sample_rate, end_s, phones))


_STOPS = frozenset("ptkcbdɡgqʈɖɟʔ")
_NASALS = frozenset("mnŋɲɱɳɴ")
NASAL_LEAD_S = 0.007
"""How much earlier than espeak tells a mouth closes for a nasal: there the level above 700 Hz falls, in the median of
13; between words there are even 9 ms of silence before it."""
_CLOSURE_LIMIT_S = 0.12


def _silent_since(samples: npt.NDArray[np.float32], event_s: float) -> float:
    """When the silence before an event began, or the event itself where there is none.

    espeak tells of a voiceless stop when it bursts, 20 to 60 ms after lips or tongue have closed; its closure is
    digital silence.
    """
    step = SAMPLE_RATE // 1000
    end = round(event_s * SAMPLE_RATE)
    begin = max(0, end - round(_CLOSURE_LIMIT_S * SAMPLE_RATE))
    steps = (end - begin) // step
    if steps < 4:
        return event_s
    loudest = np.abs(samples[end - steps * step : end]).reshape(steps, step).max(axis=1)
    sounding = np.flatnonzero(loudest[:-2] > _CLOSURE_PEAK)  # the burst's first samples may lie before its event
    quiet = steps - 2 - (int(sounding[-1]) + 1 if len(sounding) else 0)
    return event_s - (quiet + 2) * step / SAMPLE_RATE if quiet >= 5 and len(sounding) else event_s


def _sounds(samples: npt.NDArray[np.float32], start_s: float, stop_s: float) -> bool:
    """Whether most of a stretch is no silence."""
    step = SAMPLE_RATE // 1000
    stretch = np.abs(samples[round(start_s * SAMPLE_RATE) : round(stop_s * SAMPLE_RATE)])
    whole = len(stretch) // step
    return whole > 0 and bool(np.median(stretch[: whole * step].reshape(whole, step).max(axis=1)) > _CLOSURE_PEAK)


_CLOSURE_PEAK = 0.01
"""Loudest sample of a closure [range=[0, 1]]; vowels reach 0.3 and more."""


def _words(text: str, events: list[Any], sample_rate: int, end_s: float, phones: list[Phone]) -> tuple[Word, ...]:
    found = [e for e in events if e[0] == "word"]
    words = []
    for i, event in enumerate(found):
        start_s = min(end_s, event[1] / sample_rate)
        stop_s = min(end_s, found[i + 1][1] / sample_rate) if i + 1 < len(found) else end_s
        # Events of words may come before those of their sounds, and the pause after a word is no part of it.
        sounds = [p for p in phones if p.symbol and start_s - 1e-4 <= p.start_s < stop_s - 1e-4]
        first = max(0, event[3] - 1)
        last = min(len(text), first + max(0, event[4]))
        if sounds and first < last:
            words.append(Word(text[first:last], sounds[0].start_s, sounds[-1].end_s, first, last))
    return tuple(words)


def _split_stress(symbol: str) -> tuple[str, int]:
    stress = 2 if "ˈ" in symbol else 1 if "ˌ" in symbol else 0
    return symbol.replace("ˈ", "").replace("ˌ", "").strip(), stress


@lru_cache(maxsize=64)
def _sounds_of(language: str) -> dict[str, str]:
    """What a voice calls the sounds that it has: IPA → espeak's name."""
    head, _ = _helper().request({"sounds": True, "language": language}, timeout_s=TIMEOUT_S)
    if head.get("error") == "language":
        raise UnknownNameError("espeak language", language, head["known"])
    if "error" in head:
        raise SpeechError(f"espeak-ng failed: {head['error']}")
    sounds = {unicodedata.normalize("NFD", ipa): name for ipa, name in head["sounds"].items()}
    return {ipa: name for ipa, name in sounds.items() if unicodedata.category(ipa[0]) != "Lm"}  # no mere modifiers


@lru_cache(maxsize=1)
def _start_helper() -> Helper:
    library, data = espeak_paths()
    worker = Path(__file__).with_name("espeak_worker.py")
    return Helper(
        "espeak-ng",
        ["-I", "-S", str(worker), library, data],
        recycle_after=RECYCLE_AFTER,
        can_stop=True,
        error=SpeechError,
        nicer=1,
    )


_start_lock = threading.Lock()


def _helper() -> Helper:
    with _start_lock:
        return _start_helper()
