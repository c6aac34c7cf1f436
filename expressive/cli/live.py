"""The live part of ``expressive bench``: which scene is soaked."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from expressive.core.errors import ParameterError
from expressive.core.resources import resource_dir

__all__ = ["SCENES", "bench_live"]

SCENES = ("village", "portraits")


def bench_live(*, seconds: float, scene: str | None) -> dict[str, Any]:
    """Soak a scene without a window and without sound.

    Parameters
    ----------
    seconds : float [range=[1, 86400], unit=s]
        how long
    scene : str | None
        ``village``, the demo of a checkout, or ``portraits``, which is always there; None takes the first that is

    Raises
    ------
    MissingDependency
        If pygame is not installed.
    ParameterError
        If the village is asked for and this is no checkout.
    """
    os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
    from expressive.links.live_bench import Portraits, soak

    demos = resource_dir("demos")
    if scene is None:
        scene = "village" if (demos / "village").is_dir() else "portraits"
    if scene == "portraits":
        return {"scene": scene, **soak(Portraits, seconds=seconds)}
    if not (demos / "village").is_dir():
        raise ParameterError("scene='village' is part of a checkout, not of the package; use --scene portraits")
    sys.path.insert(0, str(demos.parent))
    return {"scene": scene, **soak(import_module("demos.village.bench").VillageScene, seconds=seconds)}
