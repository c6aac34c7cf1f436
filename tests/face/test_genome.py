"""Genes are a person: the same for a seed, written down and read again, refused where they make no sense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.core.errors import ExpressiveError, ParameterError, UnknownNameError
from expressive.face.genome import BEARDS, FEATURES, HAIRS, MODES, Genome
from expressive.face.mixing import CLASSES, MIXED, TRAITS, mixture, traits

SEEDS = st.integers(0, 2**63 - 1)


@given(SEEDS)
def test_a_seed_is_always_the_same_person_within_every_range(seed: int) -> None:
    person = Genome.random(seed)
    assert person == Genome.random(seed)
    assert hash(person) == hash(Genome.random(seed))
    assert len(person.shape) == MODES
    assert person == Genome(**person.to_mapping())  # every value passes the checks again


@given(SEEDS)
def test_what_is_written_down_is_read_again(seed: int) -> None:
    person = Genome.random(seed)
    assert Genome.from_mapping(person.to_mapping()) == person


def test_people_differ_and_every_kind_occurs() -> None:
    crowd = [Genome.random(seed) for seed in range(200)]
    assert len({person.tone for person in crowd}) == 200
    assert {person.hair for person in crowd} == set(HAIRS)
    assert {person.beard for person in crowd} == set(BEARDS)
    assert {person.glasses for person in crowd} == {person.earrings for person in crowd} == {True, False}
    skins = np.array([person.skin for person in crowd])
    assert skins.min() < 0.05 and skins.max() > 0.95  # noqa: PT018 - one spread


def test_genes_by_name_override_those_of_the_seed() -> None:
    person = Genome.from_mapping({"seed": 42, "hair": "bob", "age": 0.9})
    other = Genome.random(42)
    assert (person.hair, person.age) == ("bob", 0.9)
    assert (person.shape, person.skin, person.iris) == (other.shape, other.skin, other.iris)


def test_a_short_shape_code_is_filled_with_the_mean_head() -> None:
    assert Genome(shape=(1.0, -0.5)).shape == (1.0, -0.5, *(0.0,) * (MODES - 2))


@pytest.mark.parametrize(
    ("genes", "message"),
    [
        ({"hairs": "bob"}, "Did you mean 'hair'"),
        ({"hair": "bobb"}, "Did you mean 'bob'"),
        ({"beard": "long"}, "genome.beard"),
        ({"age": 1.5}, r"genome.age=1.5 must be in \[0, 1\]"),
        ({"age": float("nan")}, "genome.age"),
        ({"skin": "dark"}, "genome.skin"),
        ({"lips": -2}, r"genome.lips=-2 must be in \[-1, 1\]"),
        ({"shape": [4.0]}, r"genome.shape\[0\]"),
        ({"shape": [0.0] * (MODES + 1)}, f"at most {MODES}"),
        ({"shape": 3}, "must be a list of numbers"),
        ({"iris": [0.1, 0.2]}, "red, green and blue"),
        ({"iris": [0.1, 0.2, 1.2]}, r"genome.iris\[2\]"),
        ({"glasses": "yes"}, "true or false"),
        ({"seed": -1}, "face_seed=-1"),
        ({"seed": 1.5}, "face_seed=1.5"),
        ({"seed": True}, "face_seed=True"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(genes: dict, message: str) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=message) as refused:
        Genome.from_mapping(genes)
    assert isinstance(refused.value, ExpressiveError)
    assert "\n" not in str(refused.value)


def test_the_network_is_told_of_every_gene() -> None:
    """Whatever differs between two people is in the traits, but for the higher identity modes, which the mesh shows."""
    plain = Genome()
    changes = {
        **dict.fromkeys((*FEATURES, "warmth", "blush", "freckles", "age", "stubble", "makeup", "skin"), 0.77),
        **dict.fromkeys(("hair_colour", "brow_colour", "iris", "garment", "trim"), (0.9, 0.1, 0.5)),
        "hair": "tied", "beard": "full", "glasses": True, "earrings": True, "brow_thickness": 1.3, "shape": (1.0,),
    }  # fmt: skip
    assert set(changes) == set(plain.to_mapping())
    for gene, value in changes.items():
        assert not np.array_equal(traits(plain), traits(Genome(**{gene: value}))), gene
    assert set(np.unique(traits(Genome(glasses=True))[:CLASSES])) <= {0.0, 1.0}


@given(SEEDS)
def test_traits_and_weights_are_of_one_size(seed: int) -> None:
    person = Genome.random(seed)
    assert traits(person).shape == (TRAITS,)
    assert np.abs(traits(person)).max() <= 3
    for kind, weights in mixture(person).items():
        assert weights.shape == (len(MIXED[kind]), 4)
        assert np.abs(weights).max() <= 2.5


def test_only_the_hair_that_is_worn_is_in_the_sum() -> None:
    names = MIXED["hair"]
    weights = mixture(Genome(hair="bob"))["hair"]
    for name, row in zip(names, weights, strict=True):
        assert bool(row.any()) == name.startswith("hair bob")
