"""Adam for pictures of which a step sees only some texels: what has no gradient keeps its value and its momentum.

Adam (Kingma and Ba, 2015) divides a gradient by its usual size. Of a texel that is rarely seen the usual size is next
to nothing, so that a single frame moves it ten times as far as one that is always seen, on and on by its momentum. As
in ``torch.optim.SparseAdam``, moments change only where there is a gradient; that one takes seconds for each step of
these pictures on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["LazyAdam"]


class LazyAdam(torch.optim.Optimizer):
    """Adam on those rows of each parameter that have a gradient.

    Parameters
    ----------
    parameters : Iterable[Tensor]
        of two or more dimensions
    lr : float
        step size
    betas : tuple[float, float]
        decay of the mean of gradients and of their squares
    eps : float
        added to the root of the squares
    """

    def __init__(
        self, parameters: Iterable[Tensor], lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move the rows that have a gradient."""
        for group in self.param_groups:
            beta, beta_squares = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["times"] = torch.zeros(len(p), device=p.device)
                    state["mean"], state["squares"] = torch.zeros_like(p), torch.zeros_like(p)
                rows = torch.nonzero(p.grad.flatten(1).any(1)).flatten()
                if not len(rows):
                    continue
                gradient = p.grad[rows]
                times = state["times"][rows] + 1
                mean = state["mean"][rows].lerp_(gradient, 1 - beta)
                squares = state["squares"][rows].lerp_(gradient.square(), 1 - beta_squares)
                for key, value in (("times", times), ("mean", mean), ("squares", squares)):
                    state[key].index_copy_(0, rows, value)
                times = times.view(-1, *(1,) * (p.dim() - 1))
                size = (squares / (1 - beta_squares**times)).sqrt_().add_(group["eps"])
                p.index_add_(0, rows, mean / (1 - beta**times) / size, alpha=-group["lr"])
