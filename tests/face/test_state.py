from __future__ import annotations

import json

import numpy as np
import pytest

from expressive.core.errors import ParameterError
from expressive.face.state import restore_generator, snapshot_generator


def test_generator_state_survives_json() -> None:
    rng = np.random.default_rng(3)
    rng.random(5)
    saved = json.loads(json.dumps(snapshot_generator(rng)))
    follows = rng.random(4)
    other = np.random.default_rng(9)
    restore_generator(other, saved)
    assert np.array_equal(other.random(4), follows)


def test_a_generator_without_plain_state_is_refused() -> None:
    with pytest.raises(ParameterError, match="MT19937 has no plain state"):
        snapshot_generator(np.random.Generator(np.random.MT19937(1)))
