"""A speaker."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from expressive.core.affect import Affect
from expressive.core.checks import check_text
from expressive.core.errors import ExpressiveError
from expressive.core.prosody import ProsodyTargets
from expressive.voice.analysis import HERE
from expressive.voice.analyst import APART, start_apart
from expressive.voice.cast import Cast
from expressive.voice.markup.inline import parse_inline
from expressive.voice.markup.script import Script
from expressive.voice.prosody import ProsodyController
from expressive.voice.registry import backend_for
from expressive.voice.spec import VoiceSpec
from expressive.voice.stream import SpeechStream
from expressive.voice.workers import shared_workers

__all__ = ["Voice"]


class Voice:
    """Speaks for one character.

    Parameters
    ----------
    spec : VoiceSpec
        who speaks
    seed : int | np.random.SeedSequence
        of all that is random in the voice
    cast : Callable | None
        a name → the voice of who is called so, for SSML's ``voice``; None knows the common speakers only
    apart : bool
        whether sound is analysed in a process of its own, which keeps Python's lock free for a game's loop; it is the
        same to the bit. It is started by :meth:`warm_up`, and until it is there this process does the work

    Raises
    ------
    MissingDependency
        If the backend's package is not installed.
    UnknownNameError
        If the backend has no such variant.

    Examples
    --------
    >>> voice = Voice(VoiceSpec(), seed=7)
    >>> stream = voice.speak("Get away from [anger]my[/] gate!")
    >>> stream.wait()
    >>> stream.render(0.1, voice.prosody(Affect.of(anger=0.5)))
    >>> len(stream.samples())
    2205
    >>> stream.stop()
    """

    def __init__(
        self,
        spec: VoiceSpec,
        *,
        seed: int | np.random.SeedSequence,
        cast: Cast | None = None,
        apart: bool = False,
    ) -> None:
        self._spec = spec
        self._apart = apart
        self._cast = cast
        self._seed = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        self._controller = ProsodyController(spec)
        self._backend = backend_for(spec)
        self._utterances = 0

    @property
    def spec(self) -> VoiceSpec:
        """Who speaks."""
        return self._spec

    def warm_up(self) -> None:
        """Load in the background what the first utterance would wait for; returns at once."""
        shared_workers().do(self._warm_up)

    def prosody(self, affect: Affect) -> ProsodyTargets:
        """How an affect sounds in this voice; depends on nothing else."""
        return self._controller(affect)

    def speak(self, text: str) -> SpeechStream:
        """Begin to say something; returns at once.

        Parameters
        ----------
        text : str
            plain text, text with inline tags (:mod:`expressive.voice.markup.inline`), or SSML that begins with
            ``<speak``

        Returns
        -------
        SpeechStream
            which is analysed on a worker thread; nothing to say gives one that is finished

        Raises
        ------
        ParameterError
            If the markup is wrong.
        """
        stream = self._stream(text, self._utterances)
        self._utterances += 1
        return stream

    def snapshot(self, stream: SpeechStream | None = None) -> dict[str, Any]:
        """The state as plain JSON types, with that of a stream that is being rendered."""
        state: dict[str, Any] = {"utterances": self._utterances}
        if stream is not None:
            state["stream"] = {"source": stream.source, "index": stream.index, **stream.snapshot()}
        return state

    def restore(self, state: dict[str, Any]) -> SpeechStream | None:
        """Take up a state that :meth:`snapshot` gave, and the stream with it, for a bit-identical continuation."""
        self._utterances = int(state["utterances"])
        if "stream" not in state:
            return None
        return self._stream(state["stream"]["source"], state["stream"]["index"], state["stream"])

    def _warm_up(self) -> None:
        if self._apart:
            shared_workers().do(start_apart)
        with contextlib.suppress(ExpressiveError):  # the first utterance will say what is wrong
            stream = self._stream("Ah.", -1)
            stream.wait()
            stream.render(0.1, ProsodyTargets())
            stream.stop()

    def _stream(self, text: str, index: int, state: dict[str, Any] | None = None) -> SpeechStream:
        key = (*self._seed.spawn_key, index + 1)
        seed = np.random.SeedSequence(self._seed.entropy, spawn_key=key)
        stream = SpeechStream(
            self._parse(text),
            self._spec,
            self._backend,
            self.prosody,
            seed,
            state=state,
            analyst=APART if self._apart else HERE,
        )
        stream.source, stream.index = text, index
        return stream

    def _check_phonemes(self, ipa: str, language: str) -> None:
        if check := getattr(self._backend, "check_phonemes", None):
            check(ipa, language=language)

    def _parse(self, text: str) -> Script:
        check_text("text", text)
        if text.lstrip().startswith(("<speak", "<?xml")):
            from expressive.voice.markup.ssml import parse_ssml

            return parse_ssml(text, spec=self._spec, cast=self._cast, check_phonemes=self._check_phonemes)
        return parse_inline(text)
