"""State of the animation as plain JSON types, exact to the last bit."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from expressive.core.errors import ParameterError

__all__ = ["restore_generator", "snapshot_generator"]


def snapshot_generator(rng: np.random.Generator) -> dict[str, Any]:
    """State of a random generator as a dict of text and integers."""
    state = dict(copy.deepcopy(rng.bit_generator.state))
    if any(isinstance(x, np.ndarray) for x in (*state.values(), *dict(state["state"]).values())):
        name = type(rng.bit_generator).__name__
        raise ParameterError(f"rng={name} has no plain state to save; use np.random.default_rng, which is PCG64")
    return state


def restore_generator(rng: np.random.Generator, state: dict[str, Any]) -> None:
    """Set a random generator to a state that :func:`snapshot_generator` gave."""
    rng.bit_generator.state = copy.deepcopy(state)
