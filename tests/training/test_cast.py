"""A cast of one's own."""

from __future__ import annotations

import pytest

from expressive.core.errors import ParameterError
from expressive.training.render import render_frames
from expressive.training.rig.cast import load_cast


def test_a_cast_that_cannot_be_read_is_one_clear_error(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        load_cast(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("ann: {seed: 1\n")
    with pytest.raises(ParameterError, match=r"broken\.yaml.*cannot be read"):
        render_frames(assets="toy", out=tmp_path / "frames", cast=tmp_path / "broken.yaml", progress=False)
