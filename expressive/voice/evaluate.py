"""Is the emotion in our speech the one that was meant? A judge that learned from people says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from expressive.core.affect import Affect
from expressive.voice.judge import Judge, Recording, read_emodb, unweighted_average_recall
from expressive.voice.measure import measure_speech
from expressive.voice.spec import VoiceSpec
from expressive.voice.voice import Voice

__all__ = ["FIVE", "evaluate", "evaluation_sentences", "record"]

FIVE = ("neutral", "anger", "happiness", "sadness", "fear")
"""What the judge tells apart."""
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
    """Let judges that were trained on human speech name the emotions of our speech.

    EmoDB's speakers are parted into halves, the first, third, … and the others, and each trains a judge. The presets
    were set from the means of all speakers; both judges saw our speech while that was done, on other sentences.

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
        ``emotions``; for ``first_half_judge``, ``second_half_judge`` and ``people`` (each half of EmoDB judged by the
        other's judge) the ``confusion`` (rows: meant, columns: heard) and ``uar``; ``sentences`` and ``utterances``
        counted

    Raises
    ------
    ParameterError
        If the folder holds no such recordings.
    """
    people = read_emodb(emodb, emotions=FIVE)
    speakers = sorted({r.speaker for r in people})
    halves = [[r for r in people if r.speaker in speakers[start::2]] for start in (0, 1)]
    first, second = Judge(halves[0]), Judge(halves[1])
    lines = list(evaluation_sentences() if sentences is None else sentences)
    ours: list[Recording] = []
    for i, spec in enumerate(specs):
        for j, line in enumerate(lines):
            ours += record(spec, [line], speaker=str(i), seed=j)
            if progress is not None:
                progress(i * len(lines) + j + 1, len(specs) * len(lines))
    tables = {
        "first_half_judge": first.confusion(ours),
        "second_half_judge": second.confusion(ours),
        "people": first.confusion(halves[1]) + second.confusion(halves[0]),
    }
    return {
        "emotions": list(first.emotions),
        **{k: {"confusion": t.tolist(), "uar": round(unweighted_average_recall(t), 3)} for k, t in tables.items()},
        "sentences": len(lines),
        "utterances": len(ours),
    }
