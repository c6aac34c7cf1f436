"""One line being spoken: what scripts hold in their hands after ``say``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.errors import ExpressiveError
from expressive.core.prosody import ProsodyTargets
from expressive.voice.synthesis import BLOCK_S

if TYPE_CHECKING:
    from expressive.core.audio import AudioChunk
    from expressive.core.speech import SpeechTrack
    from expressive.voice.stream import SpeechStream

__all__ = ["LOOKAHEAD_S", "Utterance"]

LOOKAHEAD_S = 0.06
"""How far the sound is made ahead of the playhead: long enough for a frame at 20 frames/s, short enough for a change
of emotion to be heard at once."""
CUT_FADE_S = 0.01
"""Fade at the end of a line that is broken off."""


class Utterance:
    """A line from the moment it is said until it has ended.

    Parameters
    ----------
    stream : SpeechStream
        the voice's work on the text
    targets : Callable[[], ProsodyTargets]
        how the speaker sounds at the moment
    live : bool
        whether to start as soon as sound is there (True) or to wait for the whole analysis (False, repeatable)
    """

    def __init__(self, stream: SpeechStream, targets: Callable[[], ProsodyTargets], *, live: bool) -> None:
        self.stream = stream
        self._targets = targets
        self._live = live
        self._ended = False
        self._cut = False
        self._synced_s: float | None = None
        self._filling = False  # whether the tick before this one made a block that was not needed yet
        self.start_s: float | None = None
        """the actor's time at which the sound began; None while it is being prepared"""
        self.spoken_s = 0.0
        """playhead: how much of the line has been heard"""
        self.lookahead_s = LOOKAHEAD_S
        """how far the sound is made ahead of the playhead; whoever plays it through a device may want more in store"""

    @property
    def text(self) -> str:
        """The words, without markup."""
        return self.stream.text

    @property
    def sample_rate(self) -> int:
        """Samples in a second [unit=Hz]."""
        return self.stream.sample_rate

    @property
    def track(self) -> SpeechTrack:
        """Timed phones, words, marks and styles; exact for what has been made, predicted for the rest."""
        return self.stream.track

    @property
    def passage(self) -> SpeechTrack:
        """The track some seconds around the playhead: all that a face needs, however long the line is."""
        return self.stream.track_near(self.spoken_s)

    def track_until(self, time_s: float) -> SpeechTrack:
        """The part of the track that begins up to a moment, and hardly more; cheap enough for every frame of a game."""
        return self.stream.track_until(time_s)

    @property
    def duration_s(self) -> float:
        """Length of the line; exact once it has all been made, predicted at the present tempo before."""
        return self.stream.duration_s

    @property
    def speaking(self) -> bool:
        """Whether the line is being prepared or heard."""
        return not self._ended

    @property
    def started(self) -> bool:
        """Whether sound has begun."""
        return self.start_s is not None

    @property
    def broken_off(self) -> bool:
        """Whether the line was stopped before its end."""
        return self._cut

    @property
    def error(self) -> ExpressiveError | None:
        """Why the voice failed, or None."""
        return self.stream.error

    def audio(self) -> npt.NDArray[np.float32]:
        """The whole utterance.

        Returns
        -------
        np.ndarray [shape=(n_samples,), range=[-1, 1]]
            float32 mono; what the clock has not reached yet is made with the emotion of this moment

        Raises
        ------
        SpeechError
            If the voice failed.
        """
        self.stream.wait()
        if not self._ended:
            self._render(inf)
        return self.stream.samples()

    def heard(self, start_s: float, end_s: float) -> npt.NDArray[np.float32]:
        """Samples of a stretch of the line; nothing after the moment at which it was stopped.

        Parameters
        ----------
        start_s, end_s : float [unit=s]
            stretch of the line's own time

        Returns
        -------
        np.ndarray [shape=(n_samples,), range=[-1, 1]]
            float32 mono; shorter than asked where the sound ends
        """
        if not self._cut:
            return self.stream.samples(start_s, end_s)
        piece = self.stream.samples(start_s, min(end_s, self.spoken_s)).copy()
        # A line that is cut off ends in a short fade, for a step in the sound would click.
        before_end_s = self.spoken_s - start_s - np.arange(len(piece)) / self.sample_rate
        piece *= np.clip(before_end_s / CUT_FADE_S, 0.0, 1.0).astype(np.float32)
        return piece

    def chunks(self) -> Iterator[AudioChunk]:
        """The sound while it is being made; ends with the line."""
        return self.stream.chunks(lambda _: self._targets())

    def played(self, position_s: float) -> None:
        """Tell how much a sound device has really played, so that the lips follow what is heard.

        Parameters
        ----------
        position_s : float [unit=s]
            position of the device within this line; it is followed from the next tick on
        """
        self._synced_s = check_number("position_s", position_s, 0.0)

    def stop(self) -> None:
        """End the line at once; nothing happens if it has ended."""
        if not self._ended:
            self._ended = self._cut = True
            self.stream.stop()

    def begin(self, time_s: float) -> bool:
        """Start if the voice is ready; the actor calls this on every tick until it is.

        Returns
        -------
        bool
            whether sound begins now; a line whose voice has failed ends instead
        """
        if self._ended:
            return False
        if self._live:
            if self.error is None and not self.stream.finished and self.stream.ready_s < self.lookahead_s:
                return False
        else:
            self.stream.wait()
        if self.error is not None:
            self.stop()
            return False
        self.start_s = time_s
        self._render(self.lookahead_s)
        return True

    def advance(self, dt_s: float) -> None:
        """Move the playhead; it waits where the sound is not made yet, and the line ends with the sound."""
        wanted_s = self.spoken_s + dt_s if self._synced_s is None else max(self.spoken_s, self._synced_s)
        self._synced_s = None
        # A store beyond the usual one fills up block by block, and not in every tick: a game's frame has two, and makes
        # one block.
        needed_s, made_s = wanted_s + LOOKAHEAD_S, self.stream.rendered_s
        until_s = needed_s if self._filling else max(needed_s, made_s + BLOCK_S)
        self._render(min(wanted_s + self.lookahead_s, until_s))
        self._filling = self.stream.rendered_s > max(made_s, needed_s)
        self.spoken_s = min(wanted_s, self.stream.rendered_s)
        if self.stream.finished and self.spoken_s >= self.stream.rendered_s:
            self._ended = True
        elif self.error is not None:
            self.stop()

    def _render(self, until_s: float) -> None:
        if self.stream.is_due(until_s):
            self.stream.render(until_s, self._targets())

    def snapshot(self) -> dict[str, float | None]:
        """Where the playhead is, as plain JSON types; the voice's own snapshot holds the sound."""
        return {"start_s": self.start_s, "spoken_s": self.spoken_s}

    def restore(self, state: dict[str, float]) -> None:
        """Put the playhead back, on a stream that the voice has restored."""
        if state["start_s"] is not None:
            self.stream.wait()
        self.start_s = state["start_s"]
        self.spoken_s = state["spoken_s"]
