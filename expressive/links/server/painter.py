"""The pictures of an actor for one client: drawn when they are due and show something new."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from expressive.links.server.inbound import VideoSettings
from expressive.links.server.outbound import picture_header

if TYPE_CHECKING:
    from expressive.stage.actor import Actor

__all__ = ["Painter", "encode", "on_ground"]

_EARLY_S = 0.004  # a step that comes a little before the picture is due need not wait for the next
_FASTEST = 0  # of WebP's methods; the slower ones save a tenth of the bytes


class Painter:
    """Draws for one client.

    Parameters
    ----------
    number : int
        of the actor, in the headers
    settings : VideoSettings
        size, rate and format; may be replaced at any time
    """

    def __init__(self, number: int, settings: VideoSettings) -> None:
        self.settings = settings
        self.drawn = 0
        self.dropped = 0
        self._number = number
        self._due_s = 0.0
        self._last: npt.NDArray[np.uint8] | None = None
        self._applied = 0

    def change(self, settings: VideoSettings) -> None:
        """Go on with other settings; the next picture is sent whether it is new or not."""
        self.settings = settings
        self._last = None
        self._due_s = 0.0

    def paint(self, actor: Actor, *, now_s: float, applied: int, is_free: bool) -> bytes | None:
        """Draw the actor if it is time.

        Parameters
        ----------
        actor : Actor
            whom to draw
        now_s : float [unit=s]
            real time, for the rate
        applied : int
            highest ``id`` that has reached the actor
        is_free : bool
            whether the picture before this one has left; otherwise this one is dropped

        Returns
        -------
        bytes | None
            header and picture; None where none is due or it would show what the last one showed
        """
        if self.settings.format == "none" or now_s < self._due_s - _EARLY_S:
            return None
        period_s = 1.0 / self.settings.fps
        # Pictures keep their rhythm; after a pause it begins anew.
        self._due_s = max(self._due_s + period_s, now_s + 0.5 * period_s) if self._due_s > 0 else now_s + period_s
        if not is_free:
            self.dropped += 1
            return None
        frame = actor.frame(size=self.settings.size)
        if self._last is not None and applied == self._applied and np.array_equal(frame, self._last):
            return None
        self._last, self._applied = frame, applied
        self.drawn += 1
        head = picture_header(
            form=self.settings.format,
            actor=self._number,
            applied=applied,
            t_s=actor.time_s,
            width=frame.shape[1],
            height=frame.shape[0],
            number=self.drawn + self.dropped,
        )
        return head + encode(frame, self.settings)


def encode(frame: npt.NDArray[np.uint8], settings: VideoSettings) -> bytes:
    """Turn a picture [shape=(height, width, 4)] into the bytes that a client asked for."""
    if settings.format == "raw":
        return frame.tobytes()
    from PIL import Image

    buffer = io.BytesIO()
    if settings.format == "webp":
        Image.fromarray(frame).save(buffer, "WEBP", quality=settings.quality, method=_FASTEST)
    else:
        Image.fromarray(on_ground(frame, settings.ground)).save(buffer, "JPEG", quality=settings.quality)
    return buffer.getvalue()


def on_ground(frame: npt.NDArray[np.uint8], ground: str) -> npt.NDArray[np.uint8]:
    """Lay a picture with straight alpha [shape=(height, width, 4)] on a colour: RGB [shape=(height, width, 3)]."""
    colour = np.array([int(ground[i : i + 2], 16) for i in (1, 3, 5)], np.uint16)
    alpha = frame[..., 3:].astype(np.uint16)
    mixed = frame[..., :3] * alpha + colour * (255 - alpha)
    out: npt.NDArray[np.uint8] = ((mixed + 127) // 255).astype(np.uint8)
    return out
