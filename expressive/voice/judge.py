"""A judge of emotion in speech: linear discriminant analysis on measures that are referenced to a speaker's neutral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expressive.core.errors import ParameterError
from expressive.voice.measure import FEATURES, measure_speech

__all__ = ["EMODB_EMOTIONS", "Judge", "Recording", "read_emodb", "unweighted_average_recall"]

EMODB_EMOTIONS = {
    "W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness", "T": "sadness", "N": "neutral",
}  # fmt: skip
"""The sixth letter of an EmoDB file's name."""
SHRINKAGE = 0.1
"""Share of the mean variance in the covariance; a few hundred recordings estimate 22 x 22 numbers poorly."""


class Recording:
    """Measures of one utterance.

    Parameters
    ----------
    speaker, emotion : str
        who speaks, and what is acted
    measures : Mapping[str, float]
        of :func:`~expressive.voice.measure.measure_speech`
    """

    def __init__(self, speaker: str, emotion: str, measures: Mapping[str, float]) -> None:
        self.speaker = speaker
        self.emotion = emotion
        self.measures = dict(measures)
        self.vector = np.array([measures[name] for name in FEATURES])


def read_emodb(folder: Path, *, emotions: Sequence[str] | None = None) -> list[Recording]:
    """Measure a folder of recordings that are named as in EmoDB: speaker, text, emotion (``03a01Wa.wav``).

    Raises
    ------
    ParameterError
        If the folder holds none.
    """
    import soundfile

    found = []
    for path in sorted(Path(folder).rglob("*.wav")):
        emotion = EMODB_EMOTIONS.get(path.stem[5:6])
        if emotion is None or (emotions is not None and emotion not in emotions):
            continue
        samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
        found.append(Recording(path.stem[:2], emotion, measure_speech(samples.mean(axis=1), sample_rate)))
    if not found:
        raise ParameterError(f"folder {str(folder)!r} holds no recordings named as in EmoDB, such as 03a01Wa.wav")
    return found


def referenced(recordings: Sequence[Recording]) -> npt.NDArray[np.float64]:
    """Measures with each speaker's neutral mean taken off [shape=(n, n_features)].

    Raises
    ------
    ParameterError
        If a speaker has no neutral recording.
    """
    rows = []
    neutral: dict[str, npt.NDArray[np.float64]] = {}
    for speaker in {r.speaker for r in recordings}:
        own = [r.vector for r in recordings if r.speaker == speaker and r.emotion == "neutral"]
        if not own:
            raise ParameterError(f"speaker {speaker!r} has no neutral recording to refer the others to")
        neutral[speaker] = np.mean(own, axis=0)
    rows = [r.vector - neutral[r.speaker] for r in recordings]
    return np.array(rows)


class Judge:
    """Tells emotions apart by what it learned from people.

    Parameters
    ----------
    recordings : Sequence[Recording]
        of several speakers, neutral among them
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        x = referenced(recordings)
        labels = np.array([r.emotion for r in recordings])
        self.emotions = tuple(sorted(set(labels.tolist())))
        self._scale = x.std(axis=0) + 1e-9
        x = x / self._scale
        means = np.array([x[labels == e].mean(axis=0) for e in self.emotions])
        centred = x - means[np.searchsorted(self.emotions, labels)]
        covariance = centred.T @ centred / max(1, len(x) - len(self.emotions))
        size = len(covariance)
        covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.trace(covariance) / size * np.eye(size)
        self._weights = np.linalg.solve(covariance, means.T)  # (n_features, n_emotions)
        self._bias = -0.5 * np.sum(means.T * self._weights, axis=0)

    def scores(self, recordings: Sequence[Recording]) -> npt.NDArray[np.float64]:
        """Logarithms of the posterior [shape=(n, n_emotions)]; every emotion is as likely as another beforehand."""
        raw = referenced(recordings) / self._scale @ self._weights + self._bias
        raw -= raw.max(axis=1, keepdims=True)
        return np.asarray(raw - np.log(np.exp(raw).sum(axis=1, keepdims=True)))

    def confusion(self, recordings: Sequence[Recording]) -> npt.NDArray[np.int64]:
        """Row: what was meant; column: what was heard; in the order of :attr:`emotions`."""
        heard = self.scores(recordings).argmax(axis=1)
        table = np.zeros((len(self.emotions), len(self.emotions)), np.int64)
        for recording, column in zip(recordings, heard, strict=True):
            table[self.emotions.index(recording.emotion), column] += 1
        return table


def unweighted_average_recall(confusion: npt.NDArray[np.int64]) -> float:
    """Mean share of each row that lies on the diagonal [range=[0, 1]].

    >>> unweighted_average_recall(np.array([[3, 1], [0, 4]]))
    0.875
    """
    return float(np.mean(np.diag(confusion) / np.maximum(1, confusion.sum(axis=1))))
