from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.face.genome import Genome
from expressive.face.models import ANYBODY
from expressive.face.spec import FaceSpec


def test_defaults() -> None:
    spec = TypeAdapter(FaceSpec).validate_python({})
    assert spec == FaceSpec()
    assert spec.expressivity_of("anger") == 1.0


def test_expressivity_takes_aliases_and_a_default() -> None:
    spec = FaceSpec(expressivity={"default": 0.8, "angry": 1.2})
    assert (spec.expressivity_of("anger"), spec.expressivity_of("fear")) == (1.2, 0.8)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"expressivity": {"angr": 1.0}}, "Did you mean 'anger'"),
        ({"expressivity": {"anger": 3.0}}, "anger"),
        ({"expressivity": {"anger": 1.0, "angry": 1.0}}, "names 'anger' twice"),
        ({"resting": {"browDwn": 0.1}}, "Did you mean 'browDown"),
        ({"resting": {"headPitch": 2.0}}, r"resting.headPitch=2.0 must be in \[-0.3, 0.3\]"),
        ({"resting": {"browDownLeft": float("nan")}}, "finite"),
        ({"asymmetry": 2.0}, "asymmetry"),
        ({"blink_rate_per_min": -1.0}, "blink_rate_per_min"),
        ({"quickness": 0.0}, "quickness"),
        ({"head_motion": 5.0}, "head_motion"),
        ({"genome": {"hair": "bobb"}}, "Did you mean 'bob'"),
        ({"genome": {"seed": -3}}, "face_seed=-3"),
    ],
)
def test_bad_values_are_refused_by_the_class_and_by_pydantic(fields: dict, message: str) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=message):
        FaceSpec(**fields)
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(FaceSpec).validate_python(fields)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="blinks"):
        TypeAdapter(FaceSpec).validate_python({"blinks": 3})


def test_genes_bring_their_model_and_have_no_identity() -> None:
    spec = TypeAdapter(FaceSpec).validate_python({"identity": "guard", "genome": {"seed": 42, "hair": "bob"}})
    assert (spec.model, spec.identity) == ("face-genome-256", ANYBODY)
    assert spec.person == Genome.from_mapping({"seed": 42, "hair": "bob"})
    assert FaceSpec(model="mine", genome={"seed": 1}).model == "mine"
    assert FaceSpec().person is None


def test_another_seed_keeps_the_genes_that_are_set() -> None:
    spec = FaceSpec(asymmetry=0.2, genome={"age": 0.8}).of_seed(9)
    assert (spec.person.age, spec.person.skin, spec.asymmetry) == (0.8, Genome.random(9).skin, 0.2)
