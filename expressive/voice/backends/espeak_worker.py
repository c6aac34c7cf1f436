"""The process that holds espeak-ng. It runs this file alone, with the standard library only.

Protocol: one JSON object a line on stdin; for each, on stdout, two 32-bit lengths (big-endian), a JSON object and the
16-bit samples. ``{"stop": n}`` breaks off the request whose ``id`` is n and has no answer of its own. The process ends
when stdin does, in mid-word too, so it cannot outlive the program that started it.

espeak-ng does not repeat itself: flutter, noise and the glottal cycle run on from one utterance to the next, and no
call resets them. A library that is loaded anew has no past, and that costs 3 ms; so every utterance gets its own,
loaded while the one before is being listened to.
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import queue
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 0x0001, 0x0002, 0x8000
_CHARS_UTF8, _PHONEMES = 0x01, 0x100
_RATE, _VOLUME, _PITCH, _RANGE, _PUNCTUATION, _CAPITALS, _WORDGAP = range(1, 8)
_WORD, _PHONEME = 1, 7
_VOWEL = 2
_SPOKEN = range(2, 9)
"""Kinds of phonemes: vowels, liquids, stops, fricatives, nasals; the others are stress and pauses."""


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Engine:
    """One freshly loaded library, good for one utterance.

    Parameters
    ----------
    library, data : str
        where the shared library and its data folder lie
    stopped : Callable
        says whether to break off
    """

    def __init__(self, library: str, data: str, stopped: Callable[[], bool] = lambda: False) -> None:
        self._stopped = stopped
        self._after_stop = 0  # samples that were made in vain
        self._lib = lib = ctypes.CDLL(library)
        lib.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.POINTER(ctypes.c_uint), ctypes.c_void_p,
        )  # fmt: skip
        lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        lib.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        self.sample_rate = int(lib.espeak_Initialize(_SYNCHRONOUS, 200, os.fsencode(data), options))
        if self.sample_rate <= 0:
            raise OSError("espeak_Initialize failed")
        self._voice = ""
        self._pcm: list[bytes] = []
        self._events: list[tuple[str, int, Any, int, int]] = []
        self._callback = _Callback(self._on_samples)
        lib.espeak_SetSynthCallback(self._callback)

    def languages(self) -> list[str]:
        """Every language tag that a voice speaks."""
        voices = self._lib.espeak_ListVoices(None)
        found, i = [], 0
        while voices[i]:
            # languages: pairs of a priority byte and a tag, until a zero byte; the first is the voice's own.
            raw = voices[i].contents.languages or b""
            tag = raw[1:].split(b"\0")[0].decode("utf-8", "replace")
            if tag and tag != "variant":
                found.append(tag)
            i += 1
        return sorted(set(found))

    def select(self, language: str, variant: str) -> bool:
        """Choose a voice by language tag and variant; False if there is none."""
        wanted = f"{language}+{variant}" if variant else language
        if wanted == self._voice:
            return True
        if self._lib.espeak_SetVoiceByName(wanted.encode()) != 0:
            # Some voices are known by their language only ("en-gb" is the voice named "English (Great Britain)").
            if language not in self.languages():
                return False
            voice = _Voice(languages=language.encode())
            if self._lib.espeak_SetVoiceByProperties(ctypes.byref(voice)) != 0:
                return False
            if variant:
                identifier = self._lib.espeak_GetCurrentVoice().contents.identifier.decode()
                self._lib.espeak_SetVoiceByName(f"{identifier}+{variant}".encode())
        self._voice = wanted
        return True

    def synthesize(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Speak one utterance; see :class:`expressive.voice.backends.espeak.EspeakBackend` for the request."""
        if not self.select(request["language"], request.get("variant", "")):
            return {"error": "language", "known": self.languages()}, b""
        for parameter, value in (
            (_RATE, request.get("words_per_minute", 175)),
            (_VOLUME, 100),
            (_PITCH, request.get("pitch", 50)),
            (_RANGE, request.get("range", 50)),
            (_PUNCTUATION, 0),
            (_CAPITALS, 0),
            (_WORDGAP, 0),
        ):
            self._lib.espeak_SetParameter(parameter, int(value), 0)
        text = request["text"].encode("utf-8", "replace").replace(b"\0", b" ")
        flags = _CHARS_UTF8 | (_PHONEMES if request.get("phonemes") else 0)
        status = self._lib.espeak_Synth(text, len(text) + 1, 0, 1, 0, flags, None, None)
        if self._stopped():
            made = sum(len(part) for part in self._pcm) // 2 + self._after_stop
            return {"error": "stopped", "samples": made, "samples_after": self._after_stop}, b""
        if status != 0:
            return {"error": f"espeak_Synth returned {status}"}, b""
        return {"sample_rate": self.sample_rate, "events": self._events}, b"".join(self._pcm)

    def sounds(self, language: str, data: str) -> dict[str, Any]:
        """Every sound of a voice: IPA → espeak's name of it.

        espeak reads no IPA, but says which IPA its names stand for, each between sounds that keep it as it is: before a
        schwa a consonant is not devoiced, before a /t/ a vowel is not lengthened.
        """
        if not self.select(language, ""):
            return {"error": "language", "known": self.languages()}
        identifier = self._lib.espeak_GetCurrentVoice().contents.identifier.decode()
        with open(os.path.join(data, "lang", *identifier.split("/")), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            settings = dict(line.split()[:2] for line in file if len(line.split()) > 1)
        table = settings.get("phonemes", language.split("-", maxsplit=1)[0])
        speak = self._lib.espeak_TextToPhonemes
        speak.restype, speak.argtypes = ctypes.c_char_p, (ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int)
        # It takes names only after it was asked to speak some.
        self._lib.espeak_Synth(b"[[_]]", 6, 0, 1, 0, _CHARS_UTF8 | _PHONEMES, None, None)

        def ipa(name: str) -> str:
            text = ctypes.c_char_p(f"[[{name}]]".encode())
            return bytes(speak(ctypes.byref(text), _CHARS_UTF8 | _PHONEMES, 2) or b"").decode("utf-8", "ignore").strip()

        found: dict[str, str] = {}
        for name, kind in sorted(_phoneme_names(data, table), key=lambda row: sum(ch in "#/-*23" for ch in row[0])):
            follower = "t" if kind == _VOWEL else "@"
            tail = ipa(follower)
            symbol = ipa(name + follower)
            symbol = symbol[: -len(tail)] if tail and symbol.endswith(tail) else ""
            if symbol and not name.startswith("#") and not any(ch.isascii() and not ch.isalpha() for ch in symbol):
                found.setdefault(symbol, name)
        return {"sounds": found}

    def close(self) -> None:
        """Free the library with everything that it remembers."""
        self._lib.espeak_Terminate()
        if sys.platform == "win32":
            _ctypes.FreeLibrary(self._lib._handle)
        else:
            _ctypes.dlclose(self._lib._handle)

    def _on_samples(self, wav: Any, count: int, events: Any) -> int:
        if self._stopped():
            self._after_stop += max(0, count)
            return 1
        if count > 0:
            self._pcm.append(ctypes.string_at(wav, count * 2))
        i = 0
        while events[i].type != 0:
            event = events[i]
            if event.type == _WORD:
                self._events.append(("word", event.sample, event.id.number, event.text_position, event.length))
            elif event.type == _PHONEME:
                symbol = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "ignore")
                self._events.append(("phone", event.sample, symbol, event.text_position, 0))
            i += 1
        return 0


def _phoneme_names(data: str, table: str) -> list[tuple[str, int]]:
    """Names and kinds of the sounds of a phoneme table, then of those that it builds on (espeak's file ``phontab``)."""
    with open(os.path.join(data, "phontab"), "rb") as file:  # noqa: PTH118, PTH123
        raw = file.read()
    tables: list[tuple[str, int, list[tuple[str, int]]]] = []
    at = 4
    for _ in range(raw[0]):
        count, base = raw[at], raw[at + 1]
        name = raw[at + 4 : at + 36].split(b"\0")[0].decode()
        at += 36
        rows = [(raw[k : k + 4].split(b"\0")[0].decode("latin-1"), raw[k + 11]) for k in range(at, at + 16 * count, 16)]
        tables.append((name, base, rows))
        at += 16 * count
    found: list[tuple[str, int]] = []
    place = next((i for i, entry in enumerate(tables) if entry[0] == table), 0)
    while True:
        _, base, rows = tables[place]
        found += [(name, kind) for name, kind in rows if name and kind in _SPOKEN]
        if base == 0:
            return found
        place = base - 1


class Requests:
    """What comes in, read on a thread of its own, so that a stop is heard while espeak speaks."""

    def __init__(self, source: BinaryIO) -> None:
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._current = 0
        self._stop, self._stop_s = 0, 0.0  # the latest that is not wanted any more, and since when
        self._ended = False
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (request := self._queue.get()) is not None:
            self._current = request.get("id", 0)
            yield request

    def stopped(self) -> bool:
        """Whether nobody waits for the present request any more."""
        return self._ended or 0 < self._current == self._stop

    def since_stop_ms(self) -> float:
        """How long ago that was heard."""
        return 1e3 * (time.monotonic() - self._stop_s)

    def _read(self, source: BinaryIO) -> None:
        for line in source:
            request = json.loads(line)
            if "stop" in request:
                self._stop_s = time.monotonic()
                self._stop = request["stop"]
            else:
                self._queue.put(request)
        self._ended = True
        self._queue.put(None)


def serve(library: str, data: str, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the source ends."""
    requests = Requests(source)
    engine: Engine | None = None
    ready = ("", "")
    for request in requests:
        answer: tuple[dict[str, Any], bytes]
        try:
            engine = engine or Engine(library, data, requests.stopped)
            if request.get("sounds"):
                answer = (engine.sounds(request["language"], data), b"")
            elif request.get("list"):
                answer = ({"languages": engine.languages()}, b"")
            else:
                answer = engine.synthesize(request)
                ready = (request["language"], request.get("variant", ""))
        except Exception as error:  # noqa: BLE001  whatever it is, the other side must hear of it
            answer = ({"error": f"{type(error).__name__}: {error}"}, b"")
        if answer[0].get("error") == "stopped":
            answer[0]["stopped_in_ms"] = requests.since_stop_ms()
        head = json.dumps(answer[0]).encode()
        sink.write(struct.pack(">II", len(head), len(answer[1])) + head + answer[1])
        sink.flush()
        if engine is not None:
            engine.close()
            engine = None
        if "error" not in answer[0]:
            engine = Engine(library, data, requests.stopped)
            if ready[0]:
                engine.select(*ready)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], sys.stdin.buffer, sys.stdout.buffer)
