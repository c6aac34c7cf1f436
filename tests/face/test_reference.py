from __future__ import annotations

import numpy as np

from expressive.face.reference import open_reference, reference_parameters


def test_reference_is_of_the_published_size() -> None:
    # GANimation's generator has 8.4 million weights
    assert 8.3e6 < reference_parameters() < 8.6e6


def test_reference_runs() -> None:
    draw = open_reference()
    assert draw is not None
    assert draw(np.zeros(61, np.float32), 0).shape == (1, 3, 128, 128)
