"""How fast the voice is, beside espeak alone, Piper's architecture and pyworld's own synthesis in the same run."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.backends.espeak import EspeakBackend
from expressive.voice.spec import VoiceSpec
from expressive.voice.stream import SpeechStream
from expressive.voice.synthesis import BLOCK_S
from expressive.voice.voice import Voice

__all__ = ["bench"]

SENTENCE = "Please put the knife down, and nobody here will get hurt."
LONG = f"{SENTENCE[:-1]}, whatever it was that brought the two of you to that old house on a night like this one."
"""About 7 s."""


def bench(*, rounds: int = 5, piper: str | None = None) -> dict[str, float]:
    """Time the voice on one sentence of about 3 s.

    Parameters
    ----------
    rounds : int [range=[1, 100]]
        how often; medians are given
    piper : str | None
        a Piper voice of the user's; by default one of Piper's architecture is made, with weights that mean nothing

    Returns
    -------
    dict[str, float]
        ``first_audio_ms`` from ``speak`` to the first rendered block, warm, and ``first_audio_long_ms`` that of a
        sentence of 7 s; ``block_p50_ms`` and ``block_p99_ms`` of the caller's thread per 20 ms, by the clock;
        ``block_cpu_p99_ms`` the same by its own work, whatever else the machine does; ``rtf`` of everything, seconds of
        work for a second of speech; ``espeak_rtf``, ``espeak_ms`` of espeak alone in its process; ``pyworld_rtf`` of
        espeak, and pyworld's own analysis and synthesis of the whole; ``piper_rtf``, ``piper_first_audio_ms`` of
        Piper's work, where it is installed; ``speech_s`` the length of the sentence
    """
    voice = Voice(VoiceSpec(), seed=0)
    targets = voice.prosody(Affect.of(anger=0.5))
    first_ms, long_ms, blocks_ms, work_ms, total_s, espeak_s, world_s = [], [], [], [], [], [], []
    backend = EspeakBackend()
    speech_s = 0.0
    for i in range(rounds + 1):
        cpu = time.process_time()
        stream, heard_ms = _until_heard(voice, SENTENCE)
        while not stream.finished:
            stream.wait()
            start, work = time.perf_counter(), time.thread_time()
            stream.render(stream.rendered_s + BLOCK_S, targets)
            if i:
                blocks_ms.append(1e3 * (time.perf_counter() - start))
                work_ms.append(1e3 * (time.thread_time() - work))
        own_s = time.process_time() - cpu
        speech_s = stream.duration_s
        start = time.perf_counter()
        spoken = backend.synthesize(SENTENCE, language="en-us", rate=1.0)
        alone_s = time.perf_counter() - start
        whole_s = _world(spoken.samples.astype(np.float64))
        stream, heard_long_ms = _until_heard(voice, LONG)
        stream.stop()
        if i:  # the first round warms up
            first_ms.append(heard_ms)
            long_ms.append(heard_long_ms)
            espeak_s.append(alone_s)
            total_s.append(alone_s + own_s)
            world_s.append(alone_s + whole_s)
    return {
        "first_audio_ms": round(float(np.median(first_ms)), 1),
        "first_audio_long_ms": round(float(np.median(long_ms)), 1),
        "block_p50_ms": round(float(np.median(blocks_ms)), 3),
        "block_p99_ms": round(float(np.percentile(blocks_ms, 99)), 3),
        "block_cpu_p99_ms": round(float(np.percentile(work_ms, 99)), 3),
        "rtf": round(float(np.median(total_s)) / speech_s, 4),
        "espeak_rtf": round(float(np.median(espeak_s)) / speech_s, 4),
        "espeak_ms": round(1e3 * float(np.median(espeak_s)), 2),
        "pyworld_rtf": round(float(np.median(world_s)) / speech_s, 4),
        **_piper(piper, rounds),
        "speech_s": round(speech_s, 2),
    }


def _until_heard(voice: Voice, text: str) -> tuple[SpeechStream, float]:
    """A stream whose first block is rendered, and how long that took [unit=ms]."""
    targets = voice.prosody(Affect.of(anger=0.5))
    begin = time.perf_counter()
    stream = voice.speak(text)
    while stream.rendered_s == 0:
        stream.render(BLOCK_S, targets)
        time.sleep(0.0005)
    return stream, 1e3 * (time.perf_counter() - begin)


def _world(y: npt.NDArray[np.float64]) -> float:
    """CPU seconds of pyworld's own analysis and synthesis."""
    import pyworld

    start = time.process_time()
    f0, times = pyworld.dio(y, SAMPLE_RATE, f0_floor=60.0, f0_ceil=500.0)
    f0 = pyworld.stonemask(y, f0, times, SAMPLE_RATE)
    envelope = pyworld.cheaptrick(y, f0, times, SAMPLE_RATE)
    aperiodicity = pyworld.d4c(y, f0, times, SAMPLE_RATE)
    pyworld.synthesize(f0, envelope, aperiodicity, SAMPLE_RATE)
    return time.process_time() - start


def _piper(voice: str | None, rounds: int) -> dict[str, float]:
    """Work of Piper for a second of its speech, and how long it takes until it gives any; empty where it is missing."""
    if importlib.util.find_spec("piper") is None or (voice is None and importlib.util.find_spec("onnx") is None):
        return {}
    from expressive.voice.backends.piper import PiperBackend
    from expressive.voice.bench_piper import write_piper_like_voice

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "medium.onnx") if voice is None else Path(voice)
        if voice is None:
            write_piper_like_voice(file)
        backend = PiperBackend(str(file))
        work, first_ms = [], []
        for i in range(rounds + 1):
            cpu, begin = time.process_time(), time.perf_counter()
            sound = backend.speak_alone(SENTENCE)
            if i:
                first_ms.append(1e3 * (time.perf_counter() - begin))
                work.append((time.process_time() - cpu) / (len(sound) / SAMPLE_RATE))
    return {
        "piper_rtf": round(float(np.median(work)), 4),
        "piper_first_audio_ms": round(float(np.median(first_ms)), 1),
    }
