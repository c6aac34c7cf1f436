"""Whether this machine has instructions for bfloat16, and which layers it computes otherwise than in floats.

Without such instructions bfloat16 is converted back and forth, and slower than floats: on a processor with AVX2 alone
(AMD EPYC, torch 2.13) steps against the discriminator took 2.9 seconds in it and .6 in floats.

With them, some layers are off by more than rounding: of a generator's convolutions, oneDNN with AMX instructions gave
one of 4 × 4 pixels and stride 4 with an error as large as its result (torch 2.13, Intel Xeon). Training makes up for
such an error, so its losses look well, and what it learns is wrong wherever else it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["compute_in_floats", "has_bf16", "wrong_in_bf16"]

_INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "bf16")
"""of x86 and ARM, as ``torch.cpu.get_capabilities`` names them"""

_ROUNDING = 0.02
"""relative error that is no rounding any more: bfloat16 keeps eight bits, so one operation is off by .4 % at most"""


def has_bf16(device: torch.device) -> bool:
    """Whether a processor computes in bfloat16 by instructions of its own."""
    if device.type == "cuda":
        supported: bool = torch.cuda.is_bf16_supported(including_emulation=False)
        return supported
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in _INSTRUCTIONS)


def wrong_in_bf16(model: nn.Module, run: Callable[[], Any]) -> list[str]:
    """Find layers whose result in bfloat16 is not that in floats.

    Parameters
    ----------
    model : nn.Module
        whose convolutions and linear layers are tried
    run : Callable[[], Any]
        calls the model in floats, with data like that of training

    Returns
    -------
    list[str]
        names of these layers; none on a sound machine
    """
    wrong = []

    def compare(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(layer: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
            with torch.autocast(result.device.type, torch.bfloat16):
                rounded = layer.forward(*given).float()
            if float((rounded - result).norm()) > _ROUNDING * float(result.norm()):
                wrong.append(name)

        return hook

    hooks = [
        layer.register_forward_hook(compare(name))
        for name, layer in model.named_modules()
        if isinstance(layer, (nn.Conv2d, nn.Linear))
    ]
    try:
        with torch.no_grad():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return wrong


def compute_in_floats(model: nn.Module, names: Iterable[str]) -> None:
    """Let some layers compute in floats, in place, also where others compute in bfloat16."""
    for name in names:
        layer = model.get_submodule(name)
        layer.forward = _in_floats(layer.forward)


def _in_floats(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def in_floats(x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return forward(x.float())

    return in_floats
