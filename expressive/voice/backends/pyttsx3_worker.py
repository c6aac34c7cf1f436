"""The process that holds pyttsx3: one utterance at a time, to a file, and nothing on its standard output.

pyttsx3 prints, keeps one engine for all threads, speaks nothing after a file was saved, and keeps only the last of
several files; here it is asked for one file, and one ``runAndWait``, each time. It speaks the protocol of
:mod:`expressive.core.helper`.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

POLL_S = 0.02


def main() -> None:
    """Answer requests until stdin ends. Arguments: ``sys.path`` as JSON, library and data folder of espeak or empty."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.path[:] = json.loads(sys.argv[1])
    if sys.argv[2]:
        # pyttsx3 looks for the library by its SONAME; one that is loaded already is found so.
        ctypes.CDLL(sys.argv[2], mode=ctypes.RTLD_GLOBAL)
        os.environ["ESPEAK_DATA_PATH"] = sys.argv[3]
    engine = None
    for line in sys.stdin.buffer:
        head: dict[str, Any]
        body = b""
        try:
            if engine is None:
                import pyttsx3

                engine = pyttsx3.init()
            head, body = _answer(engine, json.loads(line))
        except Exception as error:  # noqa: BLE001  whatever it is, the other side must hear of it
            head = {"error": f"{type(error).__name__}: {error}"}
        text = json.dumps(head).encode()
        sink.write(struct.pack(">II", len(text), len(body)) + text + body)
        sink.flush()


def _answer(engine: Any, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    if request["voice"]:
        known = [voice.id for voice in engine.getProperty("voices")]
        if request["voice"] not in known:
            return {"error": "voice", "known": known}, b""
        engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["words_per_minute"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("speech.aiff" if sys.platform == "darwin" else "speech.wav")
        engine.save_to_file(request["text"], str(path))
        engine.runAndWait()
        # Some drivers return before the file is whole.
        size = -1
        while not path.exists() or path.stat().st_size != size:
            size = path.stat().st_size if path.exists() else -1
            time.sleep(POLL_S)
        return {}, path.read_bytes()


if __name__ == "__main__":
    main()
