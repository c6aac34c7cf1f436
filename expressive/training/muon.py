"""Muon for matrices and convolution kernels: momentum whose update is orthogonalised by Newton-Schulz steps.

``torch.optim.Muon`` takes matrices only, and most of a generator's weights are 4-D kernels, so this small one flattens
them to (out, in · height · width) first. In our runs it learns four decibels more than Adam in the same minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon", "split_parameters"]


def _orthogonalise(update: Tensor, steps: int) -> Tensor:
    """Nearest semi-orthogonal matrix, roughly: all singular values near 1."""
    x = update.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    out: Tensor = x.T if tall else x
    return out


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised.

    Parameters
    ----------
    params : Iterable[Tensor]
        weights of two or more dimensions
    lr : float
        step size
    momentum : float [range=[0, 1]]
        decay of the running gradient (Nesterov)
    steps : int
        Newton-Schulz iterations
    """

    def __init__(self, params: Iterable[Tensor], *, lr: float = 0.02, momentum: float = 0.95, steps: int = 4) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "steps": steps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every weight that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"]
                buffer.lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(buffer, group["momentum"]).reshape(len(p), -1)
                size = max(1.0, update.shape[0] / update.shape[1]) ** 0.5
                p.add_(_orthogonalise(update, group["steps"]).to(p.dtype).reshape(p.shape), alpha=-group["lr"] * size)


def split_parameters(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """Weights for Muon (hidden kernels and matrices), for Adam (embeddings, heads, styles, biases), and the textures.

    Parameters
    ----------
    model : nn.Module
        a generator

    Returns
    -------
    tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]
        for Muon, for Adam, and the pictures kept of each character
    """
    muon: list[nn.Parameter] = []
    adam: list[nn.Parameter] = []
    pictures: list[nn.Parameter] = []
    for name, p in model.named_parameters():
        hidden = (name.startswith("levels.") and name.endswith(("conv.weight", "thin.weight"))) or (
            name.startswith("mapping.") and p.dim() == 2 and not name.startswith("mapping.0.")
        )
        (pictures if name.startswith("textures.") else muon if hidden else adam).append(p)
    return muon, adam, pictures
