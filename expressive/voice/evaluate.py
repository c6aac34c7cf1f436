"""Is the emotion in our speech the one that was meant? A judge that learned from people says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.errors import ParameterError
from expressive.voice.judge import Judge, Recording, read_emodb, unweighted_average_recall
from expressive.voice.measure import measure_speech
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice

__all__ = ["FIVE", "JUDGING_SPEAKERS", "TUNING_SPEAKERS", "evaluate", "evaluation_sentences", "record"]

FIVE = ("neutral", "anger", "happiness", "sadness", "fear")
"""What the judge tells apart."""
TUNING_SPEAKERS = ("03", "09", "11", "13", "15")
"""EmoDB's speakers whose means the presets were set from, three men and two women."""
JUDGING_SPEAKERS = ("08", "10", "12", "14", "16")
"""Those who teach the judge, two men and three women; no number of the presets comes from them."""
TUNING_SENTENCES = 8
"""The first sentences of the file, on which the presets were found; they are left out of the evaluation."""
_SPEAKERS = (VoiceSpec(base_f0_hz=112.0), VoiceSpec(base_f0_hz=190.0, vocal_tract=0.88, language="en-gb"))


def evaluation_sentences() -> list[str]:
    """Sentences that say nothing of a feeling, none of them used to find the presets."""
    text = resources.files("expressive.voice.data").joinpath("sentences.txt").read_text(encoding="utf-8")
    return text.splitlines()[TUNING_SENTENCES:]


def record(
    spec: VoiceSpec, sentences: Sequence[str], *, speaker: str, seed: int = 0, emotions: Sequence[str] = FIVE
) -> list[Recording]:
    """Say every sentence with every emotion at full intensity, and measure it.

    Parameters
    ----------
    spec : VoiceSpec
        who speaks
    sentences : Sequence[str]
        what is said
    speaker : str
        the speaker's name, for the reference to neutral
    seed : int
        of the voice
    emotions : Sequence[str]
        which emotions; ``neutral`` must be among them for a judge

    Returns
    -------
    list[Recording]
        one for each sentence and emotion
    """
    voice = Voice(spec, seed=seed)
    found = []
    for sentence in sentences:
        for emotion in emotions:
            affect = Affect.neutral() if emotion == "neutral" else Affect.of({emotion: 1.0})
            stream = voice.speak(sentence)
            stream.wait()
            stream.render(math.inf, voice.prosody(affect))
            found.append(Recording(speaker, emotion, measure_speech(stream.samples(), stream.sample_rate)))
    return found


def evaluate(
    emodb: Path,
    *,
    specs: Sequence[VoiceSpec] = _SPEAKERS,
    sentences: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Let a judge that was trained on human speech name the emotions of our speech.

    EmoDB's speakers are parted once and for all: the presets were set from the one half, with a judge that it taught,
    on other sentences than are said here; the other half teaches the judge who judges here.

    Parameters
    ----------
    emodb : Path
        folder of EmoDB's recordings
    specs : Sequence[VoiceSpec]
        our speakers
    sentences : Sequence[str] | None
        what is said; by default those that no preset was found on
    progress : Callable | None
        told (sentences said, of how many)

    Returns
    -------
    dict[str, Any]
        ``judged`` our speech by the judge, ``tuned`` our speech by the judge that tuning knew, ``people`` the tuning
        half's own speech by the judge: each with its ``confusion``, what was meant → what was heard → how often, and
        its ``uar``; ``sentences`` and ``utterances`` counted; whose speech taught, ``judging_speakers``, and whose
        tuned, ``tuning_speakers``

    Raises
    ------
    ParameterError
        If the folder holds no such recordings.
    """
    people = read_emodb(emodb, emotions=FIVE)
    tuning = [r for r in people if r.speaker in TUNING_SPEAKERS]
    judging = [r for r in people if r.speaker in JUDGING_SPEAKERS]
    if not tuning or not judging:
        raise ParameterError(f"folder {str(emodb)!r} lacks speakers; those of EmoDB are 03 and 08 to 16")
    judge, tuner = Judge(judging), Judge(tuning)
    lines = list(evaluation_sentences() if sentences is None else sentences)
    ours: list[Recording] = []
    for i, spec in enumerate(specs):
        for j, line in enumerate(lines):
            ours += record(spec, [line], speaker=str(i), seed=j)
            if progress is not None:
                progress(i * len(lines) + j + 1, len(specs) * len(lines))
    tables = {"judged": judge.confusion(ours), "tuned": tuner.confusion(ours), "people": judge.confusion(tuning)}
    return {
        **{
            name: {"uar": round(unweighted_average_recall(table), 3), "confusion": _named(table, judge.emotions)}
            for name, table in tables.items()
        },
        "sentences": len(lines),
        "utterances": len(ours),
        "judging_speakers": list(JUDGING_SPEAKERS),
        "tuning_speakers": list(TUNING_SPEAKERS),
    }


def _named(table: npt.NDArray[np.int64], emotions: Sequence[str]) -> dict[str, dict[str, int]]:
    return {meant: dict(zip(emotions, row, strict=True)) for meant, row in zip(emotions, table.tolist(), strict=True)}
