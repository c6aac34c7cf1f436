"""How controls enter a network."""

from __future__ import annotations

import torch
from torch import Tensor

from expressive.core.controls import CONTROL_HIGH, N_CONTROLS

__all__ = ["control_scale"]


def control_scale(controls: int) -> Tensor:
    """Factors (controls,) that bring each control near [-1, 1]; 1 for conditions that are not the 61 face controls."""
    if controls != N_CONTROLS:
        return torch.ones(controls)
    high = torch.tensor(CONTROL_HIGH)
    return torch.where(high == 0, 0.0, 1.0 / high.clamp(min=1e-3))  # eye roll is always 0
