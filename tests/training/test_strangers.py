"""Strangers are people, differ from each other and from the cast, and can be rendered."""

from __future__ import annotations

import json

import numpy as np
import pytest

from expressive.core.errors import MissingDependency, ParameterError
from expressive.training.data import load_frames
from expressive.training.render import render_frames
from expressive.training.rig.cast import load_cast
from expressive.training.rig.renderer import open_context
from expressive.training.rig.strangers import MOST_STRANGERS, stranger, strangers


def test_strangers_are_many_and_mixed():
    people = strangers(60)
    assert len({member.skin.tone for member in people.values()}) == 60
    assert {member.tone_group for member in people.values()} == {"light", "medium", "dark"}
    assert {member.hair.style for member in people.values()} == {"crop", "coily", "loose"}
    assert 3 < sum(bool(member.beard_style) for member in people.values()) < 40
    assert not set(people) & set(load_cast())
    assert not {m.shape_seed for m in people.values()} & {m.shape_seed for m in load_cast().values()}
    for member in people.values():
        assert all(0 < x < 1 for x in (*member.skin.tone, *member.skin.lip, *member.hair_colour))


@pytest.mark.parametrize("number", [-1, MOST_STRANGERS])
def test_there_is_an_end_to_them(number):
    with pytest.raises(ParameterError, match="number="):
        stranger(number)


def test_strangers_are_rendered_in_place_of_the_cast(tmp_path):
    try:
        open_context()
    except MissingDependency as error:
        pytest.skip(f"no OpenGL here: {error}")
    options = {"assets": "toy", "out": tmp_path, "size": 32, "strangers": 2, "progress": False}
    assert render_frames(**options) == 2 * 19
    assert render_frames(**options) == 0
    assert json.loads((tmp_path / "frames.json").read_text())["identities"] == ["stranger-000", "stranger-001"]
    data = load_frames(tmp_path, ("emotion", "reading"))
    assert len(data) == 38
    assert len(set(data.emotion)) == 16  # with none at rest
    assert data.kind.count("rest") == 4
    one, other = (np.load(tmp_path / f"stranger-00{k}" / "reading-0000.npy")[1].astype(int) for k in (0, 1))
    assert np.abs(one - other).mean() > 1
