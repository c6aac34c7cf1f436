"""Where a character can be told to look, in words."""

from __future__ import annotations

from types import MappingProxyType

from expressive.core.checks import check_choice, check_number
from expressive.core.controls import EYE_PITCH_LIMIT_RAD, EYE_YAW_LIMIT_RAD

__all__ = ["DIRECTIONS", "gaze_of"]

DIRECTIONS = MappingProxyType(
    {
        "ahead": (0.0, 0.0),
        "left": (-0.30, 0.0),
        "right": (0.30, 0.0),
        "up": (0.0, 0.25),
        "down": (0.0, -0.30),
        "away": (0.38, -0.18),
    }
)
"""Word → (yaw, pitch) in radians; left and right are those of the picture."""


def gaze_of(target: str | tuple[float, float]) -> tuple[float, float]:
    """Turn a word or a pair of angles into a gaze.

    Parameters
    ----------
    target : str | tuple[float, float]
        a word of :data:`DIRECTIONS`, or (yaw, pitch) [unit=rad]

    Returns
    -------
    tuple[float, float]
        (yaw, pitch) [unit=rad]

    Raises
    ------
    ParameterError
        If the word is unknown or an angle is out of the eyes' reach.

    Examples
    --------
    >>> gaze_of("left")
    (-0.3, 0.0)
    """
    if isinstance(target, str):
        return DIRECTIONS[check_choice("direction", target, DIRECTIONS)]
    yaw, pitch = target
    return (
        check_number("gaze yaw", yaw, -EYE_YAW_LIMIT_RAD, EYE_YAW_LIMIT_RAD),
        check_number("gaze pitch", pitch, -EYE_PITCH_LIMIT_RAD, EYE_PITCH_LIMIT_RAD),
    )
