"""Mixes the weights of two runs, one of which was started from the other.

What lies between a paired run and the adversarial one after it keeps the sharpness of the one without its noise
(network interpolation; Wang et al., *ESRGAN*, 2018).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError
from expressive.training.generator import Generator

__all__ = ["FARTHEST", "blend_generators"]

FARTHEST = 1.5
"""largest share: what is beyond 1 goes on in the direction that training took"""


def blend_generators(
    generator: Generator, other: Generator, share: float, pictures: Mapping[int, float] | None = None
) -> None:
    """Mix the weights of another generator into one.

    Parameters
    ----------
    generator : Generator
        is changed
    other : Generator
        where it began
    share : float [range=[0, 1.5]]
        how much of ``generator`` stays: 1 leaves it as it is, 0 makes it the other
    pictures : Mapping[int, float] | None
        shares of their own for the pictures of some characters, by number

    Raises
    ------
    ParameterError
        If a share is out of its range, or the generators differ in shape.
    """
    if generator.options != other.options:
        raise ParameterError(
            f"the runs differ in shape: {generator.options} and {other.options}; blend a run's own start"
        )
    shares = {f"textures.of.{number}": own for number, own in (pictures or {}).items()}
    foreign = dict(other.named_parameters())
    if not foreign.keys() >= shares.keys():
        raise ParameterError(f"pictures={dict(pictures or {})}: the generator keeps no pictures of those characters")
    with torch.no_grad():
        for name, own in generator.named_parameters():
            kept = check_number("share", shares.get(name, share), 0.0, FARTHEST)
            own.copy_(torch.lerp(foreign[name], own, kept))
        if generator.options.tiles:
            generator.textures.keep_in_range()
