"""Characters in a pygame game: a sprite that lives, and a voice on a mixer channel that the lips follow.

Works with pygame-ce and pygame, and without a sound device: the character then speaks silently on its own clock. In a
game loop that is all there is to it::

    guard = CharacterSprite(expressive.Actor.load("guard"), midbottom=(400, 600))
    guard.actor.trigger("insulted", source="player")
    while running:
        guard.update(clock.tick(60) / 1000)
        screen.blit(guard.image, guard.rect)

What happens is posted as pygame events of the types :data:`LINE_STARTED`, :data:`WORD`, :data:`MARK`,
:data:`LINE_ENDED` and :data:`STATE_CHANGED`. Each has ``actor``, and, but the last, ``line``.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import ParameterError

# Before pygame itself, because it says how to get pygame where it is missing.
from expressive.links.mixer import (
    LINE_ENDED,
    LINE_STARTED,
    MARK,
    STATE_CHANGED,
    WORD,
    MixerVoice,
    SpeakingActor,
    advance,
)
from expressive.links.painter import ASIDE, ATTENDED, SPEAKING, Easel, shared_painter
from expressive.stage.actor import Actor

import pygame  # isort: skip

__all__ = [
    "LINE_ENDED",
    "LINE_STARTED",
    "MARK",
    "STATE_CHANGED",
    "WORD",
    "CharacterSprite",
    "LivingActor",
    "MixerVoice",
    "advance",
]

_RENDER_MIN, _RENDER_MAX = 64, 512
_UNDER_WAY = 2  # pictures of a face: while one waits to be taken in the next frame, the other is drawn already


class LivingActor(SpeakingActor, Protocol):
    """A character with a face; :class:`expressive.stage.actor.Actor` is one."""

    def frame(self, *, size: int | None = None) -> npt.NDArray[np.uint8]:
        """Draw the face as RGBA with straight alpha [shape=(size, size, 4)]; may be called from another thread."""


class CharacterSprite(pygame.sprite.Sprite):
    """A character that lives on the screen.

    Parameters
    ----------
    actor : LivingActor
        who it is
    *groups : pygame.sprite.Group
        groups to join
    size : int [range=[16, 2048], unit=px]
        edge of the picture
    fps : float [range=(0, 240], unit=Hz]
        how often the face is drawn at most; the actor itself advances with every update
    aside_fps : float [range=(0, 240], unit=Hz]
        how often at most while another character on the screen speaks or is attended to; all share one thread
    threaded : bool
        whether to draw on a thread beside the game loop, which then never waits for a face
    premultiplied : bool
        whether ``image`` has premultiplied alpha, for games that scale or rotate it; draw it with
        ``special_flags=pygame.BLEND_PREMULTIPLIED`` then
    voice : MixerVoice | None
        its voice; by default one of its own on a free channel
    drives : bool
        whether :meth:`update` lets the actor's time pass; False where :func:`advance` does for a whole world
    **place : Any
        where the rectangle lies, such as ``midbottom=(400, 600)``
    """

    image: pygame.Surface
    rect: pygame.Rect

    def __init__(
        self,
        actor: LivingActor,
        *groups: Any,
        size: int = 256,
        fps: float = 30.0,
        aside_fps: float = 12.0,
        threaded: bool = True,
        premultiplied: bool = False,
        voice: MixerVoice | None = None,
        drives: bool = True,
        **place: Any,
    ) -> None:
        super().__init__(*groups)
        if voice is not None and voice.actor is not actor:
            raise ParameterError("the voice is another actor's; make it with MixerVoice(actor)")
        self.actor = actor
        self.voice = voice or MixerVoice(actor)
        self.size = int(check_number("size", size, 16, 2048))
        self.premultiplied = premultiplied
        self.attended = True
        """whether the player's attention is on it: it is drawn before those for whom this is False, and one who speaks
        before all"""
        self._easel = Easel(
            partial(_draw, actor, self.size),
            fps=check_number("fps", fps, 1e-3, 240.0),
            aside_fps=check_number("aside_fps", aside_fps, 1e-3, 240.0),
        )
        self._since_s = 0.0  # how long ago the last drawing was due
        self._threaded = threaded
        if threaded and isinstance(actor, Actor):
            actor.draw_apart()
        self._drives = drives
        self._drawings: deque[Future[npt.NDArray[np.uint8]]] = deque()  # under way, oldest first
        self.drawn = 0
        """pictures that were drawn so far"""
        self.refresh()
        self.rect = self.image.get_rect(**place)

    def update(self, dt_s: float, *args: Any, **kwargs: Any) -> None:
        """Let time pass: mind, face and voice go on, and a new picture is taken when it is due.

        Parameters
        ----------
        dt_s : float [unit=s]
            the step; ``clock.tick()`` gives milliseconds, so divide it by 1000
        *args, **kwargs : Any
            ignored; groups may pass more to their sprites
        """
        if self._drives:
            self.voice.update(dt_s)
        rate = shared_painter().rate(self._easel, self._importance) if self._threaded else self._easel.fps
        self._since_s += dt_s
        while self._drawings and self._drawings[0].done():
            self._show(self._drawings.popleft().result())
        if len(self._drawings) < _UNDER_WAY and self._since_s >= 1.0 / rate - 1e-9:
            self._since_s = min(self._since_s - 1.0 / rate, 1.0 / rate)
            if self._threaded:
                self._drawings.append(shared_painter().ask(self._easel))
            else:
                self.refresh()

    def refresh(self) -> None:
        """Draw the face as it is now and wait for it, for a screenshot or after a cut."""
        wait(self._drawings)  # one face is never drawn by two threads at a time
        self._drawings.clear()
        self._show(self._easel.draw())

    def draw(self, surface: pygame.Surface) -> pygame.Rect:
        """Draw it on a surface, whichever kind of alpha it has."""
        return surface.blit(
            self.image, self.rect, special_flags=pygame.BLEND_PREMULTIPLIED if self.premultiplied else 0
        )

    @property
    def _importance(self) -> int:
        line = self.actor.line
        return SPEAKING if line is not None and line.started else ATTENDED if self.attended else ASIDE

    def _show(self, frame: npt.NDArray[np.uint8]) -> None:
        self.image = self._surface(frame)
        self.drawn += 1

    def _surface(self, frame: npt.NDArray[np.uint8]) -> pygame.Surface:
        height, width, _ = frame.shape
        surface = pygame.image.frombuffer(np.ascontiguousarray(frame).data, (width, height), "RGBA")
        if pygame.display.get_surface() is not None:
            # In the display's own order of channels a blit takes 0.03 ms instead of 1.2 (256 px, pygame-ce 2.5.8).
            # Premultiplied alpha is not faster than that.
            surface = surface.convert_alpha()
        return surface.premul_alpha() if self.premultiplied else surface


def _draw(actor: LivingActor, size: int) -> npt.NDArray[np.uint8]:
    drawn = min(max(size, _RENDER_MIN), _RENDER_MAX)
    frame = actor.frame(size=drawn)
    if drawn != size:
        from PIL import Image

        image = Image.fromarray(frame).convert("RGBa").resize((size, size), Image.Resampling.BICUBIC)
        frame = np.asarray(image.convert("RGBA"))
    return frame
