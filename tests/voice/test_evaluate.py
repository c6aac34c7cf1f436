"""The evaluation keeps those who tuned the presets apart from those who judge them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from expressive.cli.evaluate import voice as command
from expressive.core.errors import ParameterError
from expressive.voice import evaluate as module
from expressive.voice.evaluate import FIVE, JUDGING_SPEAKERS, TUNING_SPEAKERS, evaluate, evaluation_sentences
from expressive.voice.judge import Judge, Recording
from expressive.voice.measure import FEATURES
from expressive.voice.spec import VoiceSpec


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, rng) -> list[set[str]]:
    """Invented people, who differ in loud and soft; gives the speakers that taught each judge."""
    way = {"neutral": 0.0, "anger": 3.0, "happiness": 2.0, "fear": 1.0, "sadness": -2.0}

    def recordings(folder: Path, *, emotions: Iterable[str]) -> list[Recording]:
        return [
            Recording(speaker, emotion, {name: way[emotion] + float(rng.normal(0, 0.2)) for name in FEATURES})
            for speaker in (*TUNING_SPEAKERS, *JUDGING_SPEAKERS)
            for emotion in emotions
            for _ in range(4)
        ]

    taught: list[set[str]] = []

    class Watched(Judge):
        def __init__(self, recordings: list[Recording]) -> None:
            taught.append({r.speaker for r in recordings})
            super().__init__(recordings)

    monkeypatch.setattr(module, "read_emodb", recordings)
    monkeypatch.setattr(module, "Judge", Watched)
    monkeypatch.setattr(module, "evaluation_sentences", lambda: ["The bread is in the oven."])
    return taught


def test_no_speaker_and_no_sentence_is_on_both_sides(people, tmp_path):
    result = evaluate(tmp_path, specs=[VoiceSpec()])
    assert people == [set(JUDGING_SPEAKERS), set(TUNING_SPEAKERS)]
    assert not set(JUDGING_SPEAKERS) & set(TUNING_SPEAKERS)
    assert result["utterances"] == len(FIVE)
    for name in ("judged", "tuned", "people"):
        assert 0 <= result[name]["uar"] <= 1
        assert {sum(row.values()) for row in result[name]["confusion"].values()} <= {1, 4 * len(TUNING_SPEAKERS)}
    assert result["people"]["uar"] > 0.9


def test_fifty_sentences_are_new():
    text = resources.files("expressive.voice.data").joinpath("sentences.txt").read_text(encoding="utf-8").splitlines()
    fresh = evaluation_sentences()
    assert len(fresh) >= 50
    assert len(set(text)) == len(text)
    assert not set(fresh) & set(text[: len(text) - len(fresh)])


def test_the_presets_name_the_speakers_that_they_come_from():
    text = resources.files("expressive.voice.data").joinpath("prosody.yaml").read_text(encoding="utf-8")
    head = text.split("dimensions:")[0].replace("\n#", "")
    assert "03, 09, 11, 13 and 15" in " ".join(head.split())
    assert "08, 10, 12, 14, 16" in head
    assert set(TUNING_SPEAKERS) == {"03", "09", "11", "13", "15"}


def test_the_command_prints_the_matrix(people, tmp_path):
    result = CliRunner().invoke(command, ["--emodb", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "judged: unweighted average recall" in result.stdout
    assert "neutral" in result.stdout
    assert '"judging_speakers"' in result.stdout


def test_half_a_corpus_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "read_emodb", lambda *_, **__: [])
    with pytest.raises(ParameterError, match="lacks speakers"):
        evaluate(tmp_path)
