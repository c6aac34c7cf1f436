"""Every released model is what its configuration and card say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from expressive.core.controls import CONTROL_NAMES

MODELS = Path(__file__).resolve().parents[2] / "models"
FACES = sorted(p.parent for p in MODELS.glob("face-*/config.json"))


@pytest.mark.parametrize("folder", FACES, ids=lambda p: p.name)
def test_files_have_the_hashes_of_the_configuration(folder):
    config = json.loads((folder / "config.json").read_text())
    assert f"{config['name']}-{config['resolution']}-v{config['version']}" == folder.name
    assert config["controls"] == list(CONTROL_NAMES)
    assert len(set(config["identities"])) == len(config["identities"]) == config["generator"]["identities"]
    assert set(config["files"]) == {"generator.onnx", "geometry.npz", "pictures.npz", "weights.safetensors"}
    for name, digest in config["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        assert (folder / name).stat().st_size < 20e6


@pytest.mark.parametrize("folder", FACES, ids=lambda p: p.name)
def test_the_card_has_a_header_and_the_measured_numbers(folder):
    card = (folder / "MODEL_CARD.md").read_text()
    header = yaml.safe_load(card.split("---")[1])
    assert header["license"]
    metrics = json.loads((folder / "metrics.json").read_text())
    assert f"{metrics['test']['psnr_face']:.1f}" in card
    for heading in ("Model Details", "Uses", "Training Data", "Evaluation", "Limitations", "ICT-FaceKit"):
        assert heading in card
    for name in ("samples.png", "training_options.json"):
        assert (folder / name).is_file()
