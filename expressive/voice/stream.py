"""One utterance that is being made while it is heard."""

from __future__ import annotations

import base64
import logging
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.audio import AudioChunk
from expressive.core.checks import check_number
from expressive.core.errors import ExpressiveError, ParameterError, SpeechError
from expressive.core.prosody import ProsodyTargets
from expressive.core.speech import SpeechTrack
from expressive.voice.analysis import HERE, Analyst
from expressive.voice.backends.base import SAMPLE_RATE, Backend
from expressive.voice.changes import apply_change
from expressive.voice.frames import FRAME_S, FrameStore
from expressive.voice.hesitation import Halt, Halts
from expressive.voice.markup.script import Say, Script
from expressive.voice.source import build
from expressive.voice.spans import ChangeSpan
from expressive.voice.spec import VoiceSpec
from expressive.voice.synthesis import BLOCK, BLOCK_S, FRAMES_PER_BLOCK, Synthesizer, frames_needed
from expressive.voice.timeline import Piece, Timeline
from expressive.voice.workers import shared_workers

__all__ = ["SpeechStream"]

AHEAD_FRAMES = 4_000
"""How far analysis runs ahead of rendering: 20 s, 8 MB."""
SECONDS_PER_CHARACTER = 0.07
"""For predicting the length of what no backend has spoken yet."""
BEHIND_S, AHEAD_S = 2.0, 1.5
"""How far around a moment lips, head and the gestures of a sound look: 0.5 s, 1.5 s back to a sound's beginning, and
ahead to where the word behind it may begin."""
_log = logging.getLogger(__name__)


class SpeechStream:
    """Speech that is analysed on a worker thread and rendered in the caller's, block by block.

    :meth:`Voice.speak` makes it. Rendering is deterministic: the same text, speaker, seed and calls of :meth:`render`
    give the same samples.

    Parameters
    ----------
    script : Script
        what is to be said
    spec : VoiceSpec
        who says it
    backend : Backend
        what makes the neutral sound
    prosody : Callable
        affect → targets of this speaker, for emotions that the text tags
    seed : np.random.SeedSequence
        of noise, jitter and shimmer
    state : dict[str, Any] | None
        what :meth:`snapshot` gave, to go on from there
    analyst : Analyst
        who analyses the neutral sound
    """

    def __init__(
        self,
        script: Script,
        spec: VoiceSpec,
        backend: Backend,
        prosody: Callable[[Affect], ProsodyTargets],
        seed: np.random.SeedSequence,
        *,
        state: dict[str, Any] | None = None,
        analyst: Analyst = HERE,
    ) -> None:
        self._analyst = analyst
        self._script, self._spec, self._backend, self._prosody = script, spec, backend, prosody
        self._store = FrameStore()
        self._timeline = Timeline(script.text)
        self._synthesizer = Synthesizer(self._store, spec, np.random.default_rng(seed))
        self._halts = Halts(seed)
        self._halt: Halt | None = None  # the last
        self._halted: list[tuple[float, dict[str, float]]] = []  # when in the output the voice halted, and how
        self._kept: tuple[int, list[npt.NDArray[np.float32]]] = (0, [])  # how many blocks were forgotten, the others
        self._changed = threading.Condition()
        self._rendering = threading.Lock()
        self._complete = not script.items
        self._stopped = False
        self._blocking = False
        self._untold = sum(len(item.text) for item in script.items if isinstance(item, Say))
        self._tempo, self._pause_scale = 1.0, 1.0
        self._error: ExpressiveError | None = None
        self.source, self.index = script.text, 0
        """the text with its markup, and which utterance of its voice this is; :class:`Voice` sets them"""
        if state:
            self._restore(state)
        if not self._complete and not self._stopped:
            shared_workers().do(self._work)

    @property
    def sample_rate(self) -> int:
        """Samples in a second [unit=Hz]."""
        return SAMPLE_RATE

    @property
    def text(self) -> str:
        """The words without markup."""
        return self._script.text

    @property
    def error(self) -> ExpressiveError | None:
        """What went wrong on the worker, if anything did; what was analysed before can be rendered still."""
        return self._error

    @property
    def ready_s(self) -> float:
        """Source seconds that are analysed and may be rendered at neutral tempo."""
        return self._store.end * FRAME_S

    @property
    def rendered_s(self) -> float:
        """Length of what is rendered."""
        return self._timeline.blocks * BLOCK_S

    @property
    def finished(self) -> bool:
        """Whether everything is rendered, or the stream was stopped."""
        return self._stopped or (self._complete and self._timeline.position >= self._timeline.end)

    @property
    def duration_s(self) -> float:
        """Length of the utterance: exact when finished, predicted at the present tempo before."""
        if self.finished:
            return self.rendered_s
        untold_s = self._untold * SECONDS_PER_CHARACTER / self._spec.rate / self._tempo
        return self._timeline.predict(self._tempo, self._pause_scale) + untold_s

    @property
    def track(self) -> SpeechTrack:
        """Phones, words, marks and styles: exact where rendered, predicted at the present tempo elsewhere."""
        return self._timeline.track(self._tempo, self._pause_scale, self.duration_s)

    def track_near(self, time_s: float) -> SpeechTrack:
        """The part of :attr:`track` from 2 s before a moment to 1.5 s after it, and a little more.

        Whoever looks no further sees no difference, and its cost does not grow with the line.
        """
        second = math.floor(time_s)  # in whole seconds, so that the same part is good for many moments
        return self._track_between(second - BEHIND_S, second + 1.0 + AHEAD_S, "near")

    def track_until(self, time_s: float) -> SpeechTrack:
        """The part of :attr:`track` that begins before the end of a moment's block; what lies ahead costs nothing."""
        return self._track_between(0.0, BLOCK_S * math.ceil(max(0.0, time_s) / BLOCK_S), "until")

    def _track_between(self, start_s: float, end_s: float, slot: str) -> SpeechTrack:
        part = (start_s, end_s)
        return self._timeline.track(self._tempo, self._pause_scale, self.duration_s, part=part, slot=slot)

    def wait(self, timeout_s: float | None = None) -> None:
        """Block until the analysis is complete; from then on, the result depends on no timing.

        A text that lasts longer than 20 s is analysed as rendering goes on; after this call rendering waits for it.

        Parameters
        ----------
        timeout_s : float | None
            how long to wait at most

        Raises
        ------
        ExpressiveError
            What went wrong on the worker.
        SpeechError
            If the time runs out.
        """
        self._blocking = True
        with self._changed:
            if not self._changed.wait_for(lambda: self._settled() or self._is_ahead(), timeout_s):
                raise SpeechError(f"speech was not ready within {timeout_s:g} s")
        if self._error:
            raise self._error

    def is_due(self, until_s: float) -> bool:
        """Whether a block is to be rendered up to a moment [unit=s of output], so that :meth:`render` has work."""
        return not self.finished and self.rendered_s + BLOCK_S <= until_s + 1e-9

    def render(self, until_s: float, targets: ProsodyTargets) -> None:
        """Render whole blocks of 20 ms up to a moment; beyond what is analysed, nothing.

        Parameters
        ----------
        until_s : float [unit=s of output]
            how far at most; ``math.inf`` for as far as it goes
        targets : ProsodyTargets
            how it is to sound from the next block on

        Raises
        ------
        ParameterError
            If ``until_s`` is NaN.
        """
        if until_s != float("inf"):
            until_s = check_number("until_s", until_s)
        with self._rendering:
            rendered = False
            while self.is_due(until_s):
                if not self._render_block(targets):
                    break
                rendered = True
        if rendered:
            with self._changed:
                self._changed.notify_all()

    def samples(self, start_s: float = 0.0, end_s: float | None = None) -> npt.NDArray[np.float32]:
        """What is rendered, or a part of it [float32, shape=(n_samples,), range=[-1, 1]].

        Raises
        ------
        ParameterError
            If a part of it was forgotten.
        """
        forgotten, blocks = self._kept
        base = forgotten * BLOCK
        first = max(0, round(start_s * SAMPLE_RATE))
        last = base + len(blocks) * BLOCK
        if end_s is not None:
            last = min(last, round(end_s * SAMPLE_RATE))
        if last <= first:
            return np.zeros(0, np.float32)
        if first < base:
            raise ParameterError(f"start_s={start_s:g} is forgotten; what is kept begins at {base / SAMPLE_RATE:g} s")
        kept = blocks[(first - base) // BLOCK : -(-(last - base) // BLOCK)]
        offset = first // BLOCK * BLOCK
        return np.concatenate(kept)[first - offset : last - offset]

    def forget_before(self, time_s: float) -> None:
        """Let go of the sound before a moment, so that a text of any length takes bounded memory."""
        with self._rendering:
            forgotten, blocks = self._kept
            count = max(0, min(len(blocks), math.floor(time_s / BLOCK_S + 1e-9) - forgotten))
            self._kept = (forgotten + count, blocks[count:])

    def chunks(
        self,
        targets: ProsodyTargets | Callable[[float], ProsodyTargets] | None = None,
        *,
        chunk_s: float = 0.1,
        keep: bool = True,
    ) -> Iterator[AudioChunk]:
        """Sound, chunk after chunk, from the beginning of what is kept.

        Parameters
        ----------
        targets : ProsodyTargets | Callable | None
            how it is to sound, or a function of the time that says so; None if another thread renders
        chunk_s : float [range=[0.02, 10]]
            length of a chunk
        keep : bool
            whether :meth:`samples` is to have the sound too; without, a text of any length takes bounded memory

        Yields
        ------
        AudioChunk
            with the phones that begin in it

        Raises
        ------
        ExpressiveError
            What went wrong on the worker, after the sound that came before it.
        """
        check_number("chunk_s", chunk_s, BLOCK_S, 10.0)
        start = self._kept[0] * BLOCK_S
        while True:
            if targets is not None:
                self.render(start + chunk_s, targets(start) if callable(targets) else targets)
            with self._changed:
                if not (self.finished or self.rendered_s > start):
                    self._changed.wait(0.1)
            end = min(self.rendered_s, start + chunk_s)
            if end > start + 1e-9:
                phones = tuple(p for p in self._track_between(start, end, "chunk").phones if start <= p.start_s < end)
                yield AudioChunk(self.samples(start, end), SAMPLE_RATE, start, phones)
                start = end
                if not keep:
                    self.forget_before(start)
            elif self._stopped or self.finished:
                break
        if self._error:
            raise self._error

    def stop(self) -> None:
        """End it at once, in mid-word; a second time does nothing."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def snapshot(self) -> dict[str, Any]:
        """The state as plain JSON types; :meth:`Voice.resume` takes it up."""
        with self._rendering:
            samples = self.samples(self._kept[0] * BLOCK_S).astype("<f4")
            return {
                "edges": self._timeline.edges,
                "tempo": self._tempo,
                "pause_scale": self._pause_scale,
                "stopped": self._stopped,
                "forgotten": self._kept[0],
                "samples": base64.b64encode(samples.tobytes()).decode("ascii"),
                "halts": [list(made) for made in self._halted],
                "halt_position": self._halt.position if self._halt else 0.0,
                "synthesizer": self._synthesizer.snapshot(),
            }

    def _restore(self, state: dict[str, Any]) -> None:
        for position in state["edges"][1:]:
            self._timeline.passed(position)
        for start_s, made in state["halts"]:
            self._begin_halt(Halt(**made), start_s)
        if self._halt is not None:
            self._halt.position = state["halt_position"]
        self._tempo, self._pause_scale = state["tempo"], state["pause_scale"]
        self._stopped = state["stopped"]
        samples = np.frombuffer(base64.b64decode(state["samples"]), "<f4").astype(np.float32)
        self._kept = (state["forgotten"], list(samples.reshape(-1, BLOCK)))
        self._synthesizer.restore(state["synthesizer"])

    def _render_block(self, targets: ProsodyTargets) -> bool:
        position = self._timeline.position
        if self._store.end <= position and not self._await(int(position) + 1):
            return False
        if self._timeline.position >= self._timeline.end:
            return False
        targets = self._with_changes(targets, position * FRAME_S)
        self._tempo, self._pause_scale = targets.tempo, targets.pause_scale
        halt = self._halt_at(position, targets)
        if halt is not None:
            return self._render_halt(halt, targets)
        rate = self._timeline.rate(position, targets.tempo, targets.pause_scale)
        behind, end = position + rate * FRAMES_PER_BLOCK, None
        place = self._halts.next(math.nextafter(position, math.inf), targets)
        if place is not None and place.frame - position < 1.5 * rate * FRAMES_PER_BLOCK:
            # A block ends where the voice is to halt, so that no part of the next word is heard.
            rate, behind, end = (place.frame - position) / FRAMES_PER_BLOCK, place.frame, math.ceil(place.frame)
        if not self._await(frames_needed(position, rate)):
            return False
        self._synthesizer.speak_as(self._timeline.speaker_at(position) or self._spec)
        self._keep(self._synthesizer.block(position, rate, targets, end=end), behind)
        self._store.drop_before(int(position) - 1)
        return True

    def _halt_at(self, position: float, targets: ProsodyTargets) -> Halt | None:
        """The halt that is being made here, or begins here."""
        if self._halt is not None and self._halt.frame == position:
            return None if self._halt.over else self._halt
        place = self._halts.next(position, targets)
        if place is None or place.frame != position:
            return None
        return self._begin_halt(Halt.at(place, targets), self.rendered_s)

    def _begin_halt(self, halt: Halt, start_s: float) -> Halt:
        self._halt = halt
        self._halted.append((start_s, halt.snapshot()))
        self._timeline.halt(*halt.track(start_s))
        return halt

    def _render_halt(self, halt: Halt, targets: ProsodyTargets) -> bool:
        if not self._await(math.ceil(halt.frame) + 1):
            return False
        self._keep(self._synthesizer.block(halt.position, 1.0, targets, store=halt.frames(self._store)), halt.frame)
        halt.position += FRAMES_PER_BLOCK
        return True

    def _keep(self, block: npt.NDArray[np.float32], position: float) -> None:
        block.setflags(write=False)
        self._kept[1].append(block)
        self._timeline.passed(position)

    def _await(self, frames: int) -> bool:
        """Whether so many frames are there; waits for them if the caller asked to wait for the analysis."""
        if self._blocking:
            with self._changed:
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._settled() or self._store.end >= frames)
        return self._store.end >= frames or (self._complete and self._timeline.position < self._timeline.end)

    def _with_changes(self, targets: ProsodyTargets, time_s: float) -> ProsodyTargets:
        for span, weight in self._timeline.changes_at(time_s):
            length_s = max(span.end_s - span.start_s, 1e-3)
            share = (time_s - span.start_s) / length_s
            targets = apply_change(
                targets,
                span.change,
                weight,
                share=min(1.0, max(0.0, share)),
                length_s=length_s,
                base_f0_hz=self._spec.base_f0_hz,
                prosody=self._prosody,
            )
        return targets

    def _settled(self) -> bool:
        return self._complete or self._stopped

    def _is_ahead(self) -> bool:
        return self._store.end - self._timeline.position > AHEAD_FRAMES

    def _work(self) -> None:
        def emit(piece: Piece, spans: tuple[ChangeSpan, ...]) -> None:
            self._timeline.add(piece, spans)
            if piece.kind == "speech":
                self._halts.add(piece.start, piece.words, piece.phones)
                told = sum(len(w.text) + 1 for w in piece.words)
                self._untold = max(0, self._untold - told)

        try:
            for frames in build(
                self._script, self._spec, self._backend, emit, lambda: self._stopped, analyst=self._analyst
            ):
                with self._changed:
                    self._store.append(frames)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._stopped or not self._is_ahead())
                if self._stopped:
                    return
        except ExpressiveError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001  a thread has nobody to raise to
            _log.exception("speech failed")
            self._error = SpeechError(f"speech failed: {type(error).__name__}: {error}")
        finally:
            with self._changed:
                self._untold = 0
                self._complete = True
                self._changed.notify_all()
