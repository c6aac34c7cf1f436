"""From a person's recordings to a voice that feels as that person acts: what ``expressive fit-voice`` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.emotions import ALIASES, EMOTIONS, NEUTRAL, resolve_emotion
from expressive.core.errors import OutputError, ParameterError
from expressive.core.prosody import PROSODY_RANGES
from expressive.voice.judge import EMODB_EMOTIONS, Recording
from expressive.voice.measure import measure_speech
from expressive.voice.synthesis import NEUTRAL_JITTER_PCT

__all__ = ["fit_voice", "profile_yaml", "read_recordings"]

# What our own speech measures when a target is set, over six sentences of two speakers: it turns measures into targets.
EMBEDDED_F0_SD_ST = 2.45
"""Standard deviation of F0 of neutral speech at ``f0_range: 1``."""
NOISE_PER_BREATH, NOISE_PER_CLEANNESS = 2.7, 1.7
"""Rise of the measure ``noise`` with breathiness (0.3: +0.86, 0.6: +1.59), and its fall with less (-0.4: -0.67)."""
JITTER_PER_PERCENT, NOISE_PER_PERCENT = 0.66, 1.0
"""Rise of the measures ``jitter`` and ``noise`` with a per cent more jitter in all, that of any living voice with it
(0.5 added to 0.6: +0.12, +0.21; 1 added: +0.36, +0.51)."""
SYLLABLES_PER_TEMPO = 0.8
"""Share of a change of tempo that counting syllables finds (1.2: +0.145 of ln 1.2, 0.8: -0.185 of ln 0.8)."""
_ENDINGS = (".wav", ".flac", ".ogg", ".aiff", ".mp3")


def read_recordings(
    folder: Path, *, speaker: str | None = None, progress: Callable[[int, int], None] | None = None
) -> list[Recording]:
    """Measure a folder of labelled recordings.

    Parameters
    ----------
    folder : Path
        with a folder for each emotion (``anger/take1.wav``), or files named as in EmoDB (``03a01Wa.wav``)
    speaker : str | None
        only this speaker of an EmoDB folder
    progress : Callable | None
        told (files measured, of how many)

    Returns
    -------
    list[Recording]
        of one speaker

    Raises
    ------
    ParameterError
        If the folder holds no labelled recordings, none that are neutral, or several speakers and none is chosen.
    """
    labelled = []
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() not in _ENDINGS:
            continue
        parent = path.parent.name.lower()
        if parent in EMOTIONS or parent in ALIASES or parent == NEUTRAL:
            labelled.append((path, "one", resolve_emotion(parent, neutral=True)))
        elif path.stem[:2].isdigit() and path.stem[5:6] in EMODB_EMOTIONS:
            labelled.append((path, path.stem[:2], EMODB_EMOTIONS[path.stem[5]]))
    speakers = sorted({who for _, who, _ in labelled})
    if not labelled:
        raise ParameterError(
            f"folder {str(folder)!r} holds no labelled recordings; name folders by emotion, such as anger/take1.wav"
        )
    if speaker is not None:
        labelled = [row for row in labelled if row[1] == speaker]
    if not labelled or len({who for _, who, _ in labelled}) > 1:
        raise ParameterError(f"speaker={speaker!r} must be one of {', '.join(speakers)}")
    if not any(emotion == NEUTRAL for _, _, emotion in labelled):
        raise ParameterError("no recording is neutral; emotions are measured against a person's own neutral speech")
    import soundfile

    found = []
    for i, (path, who, emotion) in enumerate(labelled):
        try:
            samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise ParameterError(f"recording {path.name!r} cannot be read: {error}") from None
        found.append(Recording(who, emotion, measure_speech(samples.mean(axis=1), sample_rate)))
        if progress is not None:
            progress(i + 1, len(labelled))
    return found


def fit_voice(recordings: Sequence[Recording]) -> dict[str, Any]:
    """Measure how far each emotion is from the person's own neutral.

    Levels are not taken from recordings, which are seldom made at one gain; those of the common presets stay.

    Parameters
    ----------
    recordings : Sequence[Recording]
        of one speaker, neutral among them

    Returns
    -------
    dict[str, Any]
        fields of :class:`~expressive.voice.spec.VoiceSpec`: ``base_f0_hz``, ``f0_range``, ``emotions``

    Raises
    ------
    ParameterError
        If none is neutral.
    """
    neutral = [r.measures for r in recordings if r.emotion == NEUTRAL]
    if not neutral:
        raise ParameterError("no recording is neutral; emotions are measured against a person's own neutral speech")

    def mean(rows: Sequence[dict[str, float]], name: str) -> float:
        return float(np.mean([row[name] for row in rows]))

    emotions: dict[str, dict[str, float]] = {}
    for emotion in sorted({r.emotion for r in recordings} - {NEUTRAL}):
        rows = [r.measures for r in recordings if r.emotion == emotion]

        def change(name: str, rows: list[dict[str, float]] = rows) -> float:
            return mean(rows, name) - mean(neutral, name)

        more_pct = max(0.0, change("jitter") / JITTER_PER_PERCENT)
        noise = change("noise") - NOISE_PER_PERCENT * more_pct
        targets = {
            "f0_shift_st": change("f0_st"),
            "f0_range": mean(rows, "f0_sd_st") / mean(neutral, "f0_sd_st"),
            "tempo": math.exp(change("syllables_s") / SYLLABLES_PER_TEMPO),
            "tilt_db": change("alpha_db"),
            "breathiness": noise / (NOISE_PER_BREATH if noise > 0 else NOISE_PER_CLEANNESS),
            "jitter_pct": math.sqrt(more_pct * (more_pct + 2.0 * NEUTRAL_JITTER_PCT)),
            "pause_scale": math.exp(change("pause_share")),
        }
        emotions[emotion] = {
            name: round(min(PROSODY_RANGES[name][1], max(PROSODY_RANGES[name][0], value)), 2)
            for name, value in targets.items()
        }
    return {
        "base_f0_hz": round(100.0 * 2.0 ** (mean(neutral, "f0_st") / 12.0), 1),
        "f0_range": round(min(3.0, mean(neutral, "f0_sd_st") / EMBEDDED_F0_SD_ST), 2),
        "emotions": emotions,
    }


def profile_yaml(fields: dict[str, Any]) -> str:
    """The fields as the ``voice`` section of a character."""
    import yaml

    return str(yaml.safe_dump({"voice": fields}, sort_keys=False, default_flow_style=None, allow_unicode=True))


def write_profile(fields: dict[str, Any], path: Path) -> None:
    """Write the ``voice`` section to a file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    try:
        Path(path).write_text(profile_yaml(fields), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None
