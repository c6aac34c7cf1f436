"""How fast the voice is, beside espeak alone and pyworld's own synthesis in the same run."""

from __future__ import annotations

import time

import numpy as np

from expressive.core.affect import Affect
from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.backends.espeak import EspeakBackend
from expressive.voice.spec import VoiceSpec
from expressive.voice.synthesis import BLOCK_S
from expressive.voice.voice import Voice

__all__ = ["bench"]

SENTENCE = "Please put the knife down, and nobody here will get hurt."


def bench(*, rounds: int = 5) -> dict[str, float]:
    """Time the voice on one sentence of about 3 s.

    Parameters
    ----------
    rounds : int [range=[1, 100]]
        how often; medians are given

    Returns
    -------
    dict[str, float]
        ``first_audio_ms`` from ``speak`` to the first rendered block, warm; ``block_p50_ms`` and ``block_p99_ms`` of
        the caller's thread per 20 ms, by the clock; ``block_cpu_p99_ms`` the same by its own work, whatever else the
        machine does; ``rtf`` of everything on one thread, seconds of work for a second of speech;
        ``espeak_rtf``, ``espeak_ms`` of espeak alone in its process; ``pyworld_rtf`` of espeak, and pyworld's analysis
        and synthesis of the whole; ``speech_s`` the length of the sentence
    """
    voice = Voice(VoiceSpec(), seed=0)
    targets = voice.prosody(Affect.of(anger=0.5))
    first_ms, blocks_ms, work_ms, total_s, espeak_s, world_s = [], [], [], [], [], []
    backend = EspeakBackend()
    speech_s = 0.0
    for i in range(rounds + 1):
        begin = time.perf_counter()
        stream = voice.speak(SENTENCE)
        while stream.rendered_s == 0:
            stream.render(BLOCK_S, targets)
            time.sleep(0.0002)
        heard = time.perf_counter()
        stream.wait()
        cpu = time.process_time()
        while not stream.finished:
            start, work = time.perf_counter(), time.thread_time()
            stream.render(stream.rendered_s + BLOCK_S, targets)
            if i:
                blocks_ms.append(1e3 * (time.perf_counter() - start))
                work_ms.append(1e3 * (time.thread_time() - work))
        render_s = time.process_time() - cpu
        speech_s = stream.duration_s
        start = time.perf_counter()
        spoken = backend.synthesize(SENTENCE, language="en-us", rate=1.0)
        alone_s = time.perf_counter() - start
        y = spoken.samples.astype(np.float64)
        analysis_s, synthesis_s = _world(y)
        if i:  # the first round warms up
            first_ms.append(1e3 * (heard - begin))
            espeak_s.append(alone_s)
            total_s.append(alone_s + analysis_s + render_s)
            world_s.append(alone_s + analysis_s + synthesis_s)
    return {
        "first_audio_ms": round(float(np.median(first_ms)), 1),
        "block_p50_ms": round(float(np.median(blocks_ms)), 3),
        "block_p99_ms": round(float(np.percentile(blocks_ms, 99)), 3),
        "block_cpu_p99_ms": round(float(np.percentile(work_ms, 99)), 3),
        "rtf": round(float(np.median(total_s)) / speech_s, 4),
        "espeak_rtf": round(float(np.median(espeak_s)) / speech_s, 4),
        "espeak_ms": round(1e3 * float(np.median(espeak_s)), 2),
        "pyworld_rtf": round(float(np.median(world_s)) / speech_s, 4),
        "speech_s": round(speech_s, 2),
    }


def _world(y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """CPU seconds of analysis and of pyworld's synthesis."""
    import pyworld

    start = time.process_time()
    f0, times = pyworld.dio(y, SAMPLE_RATE, f0_floor=60.0, f0_ceil=500.0)
    f0 = pyworld.stonemask(y, f0, times, SAMPLE_RATE)
    envelope = pyworld.cheaptrick(y, f0, times, SAMPLE_RATE)
    aperiodicity = pyworld.d4c(y, f0, times, SAMPLE_RATE)
    middle = time.process_time()
    pyworld.synthesize(f0, envelope, aperiodicity, SAMPLE_RATE)
    return middle - start, time.process_time() - middle
