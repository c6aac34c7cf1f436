"""Options that several commands share."""

from __future__ import annotations

import click

from expressive.core.emotions import resolve_emotion
from expressive.core.errors import ExpressiveError

__all__ = ["EMOTION", "SIZE", "Emotion", "PictureSize"]


class Emotion(click.ParamType[tuple[str, float]]):
    """``name=intensity``, such as ``anger=0.8``."""

    name = "NAME=INTENSITY"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Read one emotion."""
        name, _, number = str(value).partition("=")
        try:
            emotion = resolve_emotion(name)
            intensity = float(number) if number else 1.0
        except ExpressiveError as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(f"{value!r} must be NAME=INTENSITY, such as anger=0.8", param, ctx)
        if not 0.0 <= intensity <= 1.0:
            self.fail(f"intensity of {emotion}={number} must be in [0, 1]", param, ctx)
        return emotion, intensity


class PictureSize(click.ParamType[tuple[int, int]]):
    """``WIDTHxHEIGHT``, such as ``854x480``."""

    name = "WIDTHxHEIGHT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read a size."""
        if isinstance(value, tuple):
            return value
        width, _, height = str(value).lower().partition("x")
        if not (width.isdigit() and height.isdigit()):
            self.fail(f"{value!r} must be WIDTHxHEIGHT, such as 854x480", param, ctx)
        return int(width), int(height)


EMOTION = Emotion()
SIZE = PictureSize()
