"""The thread on which an actor lives for one client: messages come in, and pictures, sound and events go out."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from math import inf

import numpy as np

from expressive.core.errors import ExpressiveError, ParameterError, ProfileError
from expressive.links.marking import float_to_pcm16
from expressive.links.server import inbound
from expressive.links.server.catalogue import Catalogue
from expressive.links.server.errors import Code, Refusal
from expressive.links.server.limits import Limits
from expressive.links.server.lines import Piece
from expressive.links.server.living import Living
from expressive.links.server.outbound import (
    Closed,
    Done,
    Error,
    Event,
    LineEnded,
    Opened,
    Recorded,
    RecordingStopped,
    ServerMessage,
    State,
    sound_header,
)
from expressive.links.server.outbox import Outbox
from expressive.links.server.painter import Painter
from expressive.links.server.recorder import Recorder, Recording, Shelf
from expressive.voice.backends.base import SAMPLE_RATE

__all__ = ["Player"]

_STEP_S = 1 / 60
_LONGEST_STEP_S = 0.25  # on a machine that is too slow the character lives more slowly, instead of ever later
_log = logging.getLogger("expressive.server")


class Player:
    """Brings an actor to life, and lets it live until :meth:`close`.

    Parameters
    ----------
    message : inbound.Open
        who it is to be, and how it is to be seen and heard
    number : int
        stands for it in binary messages
    outbox : Outbox
        where everything goes
    catalogue, limits
        of the server
    shelf : Shelf
        where films of the actor are kept
    ended : Callable[[Player], None]
        is called on the actor's thread when it is gone
    """

    def __init__(
        self,
        message: inbound.Open,
        *,
        number: int,
        outbox: Outbox,
        catalogue: Catalogue,
        limits: Limits,
        shelf: Shelf,
        ended: Callable[[Player], None],
    ) -> None:
        self.name = message.actor
        self._open_message = message
        self._number, self._outbox, self._ended = number, outbox, ended
        self._catalogue, self._limits, self._shelf = catalogue, limits, shelf
        self._inbox: queue.SimpleQueue[inbound.ToActor | None] = queue.SimpleQueue()
        self._applied = 0
        self._audio = message.audio
        self._painter = Painter(number, message.video)
        self._state_period_s = _period(message.state_hz)
        self._state_due_s = 0.0
        self._recorder: Recorder | None = None
        self._gone = False
        self._thread = threading.Thread(target=self._run, name=f"expressive actor {number}", daemon=True)
        self._thread.start()

    def submit(self, message: inbound.ToActor) -> None:
        """Hand a message over; it is applied before the next step, and answered through the outbox."""
        self._inbox.put(message)
        if self._gone:
            self._turn_away()

    def close(self) -> None:
        """Ask the actor to go; returns at once."""
        self._inbox.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait until it is gone; returns whether it is."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # ---- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        message = self._open_message
        living: Living | None = None
        is_open = False
        last_word: ServerMessage | None = None
        try:
            living = Living(message, self._catalogue, self._limits)
            self._greet(living)
            is_open = True
            last_word = self._live(living)
        except Exception as error:  # noqa: BLE001  a thread has nobody to raise to, and the other actors live on
            if not is_open and isinstance(error, ExpressiveError):
                last_word = self._refusal(message, error)
            else:
                _log.error("actor %r ended: %s: %s", self.name, type(error).__name__, error)
                _log.debug("actor %r", self.name, exc_info=True)
                last_word = Closed(actor=self.name, t_s=0.0, reason="the actor failed; open it again")
        finally:
            self._outbox.forget(self._number)
            if living is not None:
                living.actor.close()
            if self._recorder is not None:
                self._recorder.abort()
            self._ended(self)
            if last_word is not None:  # only now, so that whoever hears it may open the actor again at once
                self._post(last_word)
            self._gone = True
            self._turn_away()

    def _greet(self, living: Living) -> None:
        message = self._open_message
        self._applied = message.id or 0
        if message.video.format != "none":
            living.actor.frame(size=message.video.size)  # what cannot be drawn is known before it is promised
        profile = living.actor.profile
        self._post(
            Opened(
                id=message.id,
                actor=self.name,
                number=self._number,
                character=message.character,
                title=profile.title,
                description=" ".join(profile.description.split()),
                seed=message.seed,
                language=living.language,
                state=living.actor.state,
                states=living.states,
                events=list(living.actor.events),
                own_events=list(profile.emotion.responses),
                sample_rate=SAMPLE_RATE,
                video=message.video,
                audio=message.audio,
                state_hz=message.state_hz,
            )
        )

    def _live(self, living: Living) -> Done | None:
        """Live until it is to go; returns the answer to who asked for that."""
        last_s = time.monotonic()
        while True:
            for message in self._messages(last_s + _STEP_S):
                if message is None or isinstance(message, inbound.Close):
                    self._send(living, living.close())
                    if message is None or message.id is None:
                        return None
                    return Done(id=message.id, actor=self.name)
                self._apply(living, message)
            now_s = time.monotonic()
            step_s = min(now_s - last_s, _LONGEST_STEP_S)
            last_s = now_s
            if self._recorder is not None:
                self._recorder.advance(step_s)
            self._send(living, living.step(step_s))
            self._tell(living, now_s)
            self._paint(living, now_s)
            if self._recorder is not None:
                self._film(living)

    def _messages(self, until_s: float) -> Iterable[inbound.ToActor | None]:
        """What has come in; waits for the next step if nothing has."""
        found: list[inbound.ToActor | None] = []
        try:
            found.append(self._inbox.get(timeout=max(0.0, until_s - time.monotonic())))
            while found[-1] is not None:
                found.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return found

    def _apply(self, living: Living, message: inbound.ToActor) -> None:
        self._applied = max(self._applied, message.id or 0)
        try:
            answer = self._change(message) or self._record(living, message) or living.handle(message)
        except ExpressiveError as error:
            self._refuse(message, error)
            return
        except Exception as error:  # noqa: BLE001  one message that fails is no reason to end the actor
            _log.error("%s to actor %r failed: %s: %s", message.type, self.name, type(error).__name__, error)
            _log.debug("%s", message.type, exc_info=True)
            self._refuse(message, Refusal("failed", f"{message.type} failed on the server; its log says why"))
            return
        if message.id is not None:
            self._post(answer)

    def _change(self, message: inbound.ToActor) -> ServerMessage | None:
        """Change what is streamed."""
        named = message.model_fields_set - {"type", "id", "actor"}
        changes = {name: getattr(message, name) for name in named}
        if isinstance(message, inbound.Video):
            self._painter.change(self._painter.settings.model_copy(update=changes))
        elif isinstance(message, inbound.Audio):
            self._audio = self._audio.model_copy(update=changes)
        elif isinstance(message, inbound.States):
            self._state_period_s, self._state_due_s = _period(message.hz), 0.0
        else:
            return None
        return Done(id=message.id, actor=self.name)

    def _send(self, living: Living, happened: Iterable[Event | Piece]) -> None:
        for each in happened:
            if isinstance(each, Piece):
                self._sound(each)
                if self._recorder is not None:
                    self._recorder.hear(each, each.start_s - living.actor.time_s)
                continue
            if isinstance(each, LineEnded) and each.cut and self._recorder is not None:
                self._recorder.cut()
            self._post(each)

    def _sound(self, piece: Piece) -> None:
        if not self._audio.on:
            return
        head = sound_header(
            form=self._audio.format,
            actor=self._number,
            applied=self._applied,
            t_s=piece.start_s,
            sample_rate=piece.sample_rate,
            line=piece.line,
        )
        samples = float_to_pcm16(piece.samples) if self._audio.format == "int16" else piece.samples
        self._outbox.put(head + samples.astype(np.dtype(samples.dtype).newbyteorder("<"), copy=False).tobytes())

    def _tell(self, living: Living, now_s: float) -> None:
        if self._state_period_s == inf or now_s < self._state_due_s:
            return
        self._state_due_s = max(self._state_due_s + self._state_period_s, now_s)
        state = State(
            **living.reading(),
            applied=self._applied,
            drawn=self._painter.drawn,
            dropped=self._painter.dropped,
            recording=self._recorder is not None,
        )
        self._outbox.put_state(self._number, state.json_text())

    def _paint(self, living: Living, now_s: float) -> None:
        is_free = not self._outbox.has_picture(self._number)
        picture = self._painter.paint(living.actor, now_s=now_s, applied=self._applied, is_free=is_free)
        if picture is not None:
            self._outbox.put_picture(self._number, picture)

    # ---- films ---------------------------------------------------------------------------------------------------

    def _record(self, living: Living, message: inbound.ToActor) -> ServerMessage | None:
        if not isinstance(message, inbound.Record):
            return None
        if message.on == (self._recorder is not None):
            now = "is being recorded already" if message.on else "is not being recorded; send record with on true first"
            raise Refusal("order", f"actor {self.name!r} {now}")
        if message.on:
            profile, settings = living.actor.profile, self._painter.settings
            self._recorder = Recorder(
                self._shelf.new_path(),
                size=settings.size // 2 * 2,
                ground=settings.ground,
                sample_rate=SAMPLE_RATE,
                title=profile.title or profile.name,
                limit_s=self._limits.recording_s,
            )
            return Done(id=message.id, actor=self.name)
        film = self._finish_film()
        if film is None:
            raise Refusal("order", "nothing was seen yet; let the recording run for a moment")
        return Recorded(
            id=message.id, actor=self.name, url=film.url, bytes=film.bytes, duration_s=round(film.duration_s, 3)
        )

    def _film(self, living: Living) -> None:
        assert self._recorder is not None
        try:
            due = self._recorder.write()
            if due:
                self._recorder.see(living.actor.frame(size=self._recorder.size), due)
            if not self._recorder.is_full:
                return
            film = self._finish_film()
            reason, url = f"a recording lasts {self._limits.recording_s:g} s at most", film.url if film else None
        except ExpressiveError as error:
            _log.error("recording of actor %r ended: %s", self.name, error)
            self._recorder = None
            reason, url = "the recording could not be written", None
        self._post(RecordingStopped(actor=self.name, t_s=living.actor.time_s, reason=reason, url=url))

    def _finish_film(self) -> Recording | None:
        assert self._recorder is not None
        recorder, self._recorder = self._recorder, None
        film = recorder.finish()
        if film is not None:
            self._shelf.add(film)
        return film

    # ---- answers -------------------------------------------------------------------------------------------------

    def _turn_away(self) -> None:
        """Answer what has come too late."""
        with contextlib.suppress(queue.Empty):
            while True:
                message = self._inbox.get_nowait()
                if message is not None:
                    self._refuse(message, Refusal("order", f"actor {self.name!r} is gone; open it again"))

    def _post(self, message: ServerMessage) -> None:
        self._outbox.put(message.json_text())

    def _refuse(self, message: inbound.ToActor, error: ExpressiveError) -> None:
        self._post(self._refusal(message, error))

    def _refusal(self, message: inbound.ToActor, error: ExpressiveError) -> Error:
        code: Code = "value" if isinstance(error, (ParameterError, ProfileError)) else "failed"
        if isinstance(error, Refusal):
            code = error.code
        text = " ".join(str(error).split())
        return Error(id=message.id, code=code, message=f"{message.type}: {text}")


def _period(hertz: float) -> float:
    return 1.0 / hertz if hertz else inf
