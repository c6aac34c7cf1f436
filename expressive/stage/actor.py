"""One character on one clock: mind, face and voice advance together."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from expressive.character.loading import list_characters, load_character
from expressive.character.profile import CharacterProfile
from expressive.core.affect import Affect, blend_affect
from expressive.core.checks import check_choice, check_text
from expressive.core.controls import FaceControls
from expressive.core.errors import ExpressiveError, ParameterError
from expressive.core.prosody import ProsodyTargets
from expressive.emotion.chart import walk_states
from expressive.emotion.mind import Mind
from expressive.face.animator import FaceAnimator
from expressive.stage.clock import TICK_S, TickClock
from expressive.stage.directions import gaze_of
from expressive.stage.utterance import Utterance
from expressive.voice.voice import Voice

if TYPE_CHECKING:
    from expressive.core.speech import SpeechTrack
    from expressive.emotion.body import BodySigns
    from expressive.emotion.causes import Cause
    from expressive.emotion.history import History
    from expressive.emotion.mood import Mood
    from expressive.emotion.relations import Relation
    from expressive.face.apart import ApartGenerator
    from expressive.face.generator import FaceGenerator
    from expressive.voice.spec import VoiceSpec

__all__ = ["Actor"]

SNAPSHOT_VERSION = 1
LINE_EVENTS = ("line_started", "line_ended")
MIND_EVENTS = ("enter", "exit", "transition")
MAX_LINE_CHARACTERS = 200_000


def _voice_of(name: str) -> VoiceSpec | None:
    """The voice of a shipped character, whom SSML's ``voice`` may name."""
    return load_character(name).voice if name in list_characters() else None


class Actor:
    """A character that feels, shows and speaks.

    Parameters
    ----------
    profile : CharacterProfile
        who it is
    seed : int
        the same seed and the same calls give the same behaviour
    live : bool
        True never waits: a line begins when its sound is there. False waits for the voice, so that the moment at
        which a line begins does not depend on the machine: films, tests and replays are repeatable
    embodied : bool
        False lets only the mind live: the face keeps still and nothing can be said, and an hour passes in seconds

    Examples
    --------
    >>> with Actor.load("guard", seed=7) as guard:
    ...     guard.trigger("insulted", intensity=0.8, source="player")
    ...     guard.update(0.5)
    ...     guard.felt["anger"] > 0.2
    True
    """

    def __init__(self, profile: CharacterProfile, *, seed: int = 0, live: bool = True, embodied: bool = True) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ParameterError(f"seed={seed!r} must be a whole number >= 0")
        self.profile = profile
        self.seed = seed
        # The name is part of the seed, so that two characters of one world do not blink together.
        root = np.random.SeedSequence([seed, zlib.crc32(profile.name.encode())])
        mind_seed, face_seed, voice_seed = root.spawn(3)
        self._live = live
        self._embodied = embodied
        self._clock = TickClock()
        self._mind = Mind(profile.mind_spec, name=profile.name, rng=np.random.default_rng(mind_seed))
        self._face = FaceAnimator(profile.face, rng=np.random.default_rng(face_seed))
        self._voice = Voice(profile.voice, seed=voice_seed, cast=_voice_of, apart=live)
        if embodied:
            self._voice.warm_up()
        self._lines: deque[Utterance] = deque()
        self._gaze: tuple[float, float] | None = None
        self._listening = False
        self._targets = ProsodyTargets()
        self._generator: FaceGenerator | ApartGenerator | None = None
        self._callbacks: dict[str, list[Callable[[Utterance], None]]] = {kind: [] for kind in LINE_EVENTS}
        self._closed = False

    @classmethod
    def load(
        cls, character: str | PathLike[str], *, seed: int = 0, face_seed: int | None = None, live: bool = True
    ) -> Actor:
        """Load a character by its name in ``characters/`` or by the path of a YAML file.

        Parameters
        ----------
        character : str | PathLike[str]
            who
        seed : int
            seed of all chance
        face_seed : int | None [range=[0, 2**63)]
            somebody else's face, drawn by ``face-genome-256``: the same number is always the same person
        live : bool
            as in the constructor

        Raises
        ------
        UnknownNameError
            If there is no character of this name.
        ProfileError
            If the file has mistakes.
        """
        profile = load_character(character)
        if face_seed is not None:
            profile = replace(profile, face=profile.face.of_seed(face_seed))
        return cls(profile, seed=seed, live=live)

    # ---- steering ------------------------------------------------------------------------------------------------

    def trigger(self, event: str, *, intensity: float = 1.0, source: str | None = None) -> None:
        """Let something happen to the character.

        Parameters
        ----------
        event : str
            an event that the character's YAML or the standard vocabulary names
        intensity : float [range=[0, 1]]
            how strong it is
        source : str | None
            who did it

        Raises
        ------
        UnknownNameError
            If nobody knows the event.
        ParameterError
            If the intensity is not a number in [0, 1].
        """
        self._open()
        self._mind.trigger(event, intensity=intensity, source=source)

    def witness(self, event: str, *, target: str, intensity: float = 1.0, source: str | None = None) -> None:
        """Let the character see an event that happens to somebody else, ``target``."""
        self._open()
        self._mind.trigger(event, intensity=intensity, source=source, witnessed=True, target=target)

    def feel(self, emotion: str, intensity: float, *, hold_s: float = 0.0, toward: str | None = None) -> None:
        """Steer an emotion directly; it is held for a while and fades then.

        Parameters
        ----------
        emotion : str
            a category or an alias
        intensity : float [range=[0, 1]]
            how strong it becomes
        hold_s : float [unit=s]
            how long it stays before it fades
        toward : str | None
            whom it is about
        """
        self._open()
        self._mind.feel(emotion, intensity, hold_s=hold_s, toward=toward)

    def mask(self, emotion: str, strength: float = 1.0, *, substitute: str | None = None) -> None:
        """Hide an emotion that is felt [strength range=[0, 1]]; it may leak. ``substitute`` is shown instead."""
        self._open()
        self._mind.mask(emotion, strength, substitute=substitute)

    def unmask(self, emotion: str | None = None) -> None:
        """Stop hiding an emotion, or all."""
        self._open()
        self._mind.unmask(emotion)

    def set_audience(self, present: Iterable[str], *, profile: str | None = None) -> None:
        """Say who is present, and which cultural profile of the display rules holds; :class:`World` does the former."""
        self._open()
        self._mind.set_audience(present, profile=profile)

    def look_at(self, target: str | tuple[float, float] | None) -> None:
        """Look somewhere: ``left right up down away ahead``, (yaw, pitch) [unit=rad], or None for free gaze."""
        self._open()
        self._gaze = None if target is None else gaze_of(target)

    def listen(self, listening: bool = True) -> None:
        """Pay attention to somebody who speaks, with small nods."""
        self._open()
        self._listening = listening

    def gesture(self, name: str) -> None:
        """Move the head: ``nod``, ``shake``, ``tilt`` and what else the face knows."""
        self._open()
        self._face.gesture(name)

    def say(self, text: str, *, interrupt: bool = False) -> Utterance:
        """Speak; returns at once.

        Parameters
        ----------
        text : str
            plain text with inline tags such as ``[anger]my[/]``
        interrupt : bool
            whether to break off what is being said; otherwise the line waits for its turn

        Returns
        -------
        Utterance
            the line, which streams

        Raises
        ------
        ParameterError
            If the text is no text, is too long or has a tag that is not known, or the actor has no body.
        """
        self._open()
        if not self._embodied:
            raise ParameterError(f"{self.name!r} has no body to speak with; make it with embodied=True")
        check_text("text", text, max_length=MAX_LINE_CHARACTERS)
        if interrupt:
            self.hush()
        line = Utterance(self._voice.speak(text), self._prosody, live=self._live)
        self._lines.append(line)
        return line

    def hush(self) -> None:
        """Break off the line and forget those that wait."""
        while self._lines:
            line = self._lines.popleft()
            line.stop()
            self._tell("line_ended", line)

    def update(self, dt_s: float) -> None:
        """Let time pass; never blocks while live, and any step size gives the same result.

        Parameters
        ----------
        dt_s : float [range=[0, 86400], unit=s]
            the step
        """
        self._open()
        for _ in range(self._clock.due(dt_s)):
            self.tick()

    def tick(self) -> None:
        """Advance by exactly one tick; :class:`World` calls this for all its actors in turn."""
        self._clock.tick()
        self._mind.advance(TICK_S)
        if not self._embodied:
            return
        speech = self._advance_line()
        body = self._mind.body
        self._face.advance(
            TICK_S,
            self._shown_now(speech),
            track=speech[0] if speech else None,
            speech_time_s=speech[1] if speech else 0.0,
            effort=self._targets.effort,
            breathing_hz=body.breathing_hz,
            tremor=body.tremor,
            gaze_target=self._gaze,
            listening=self._listening,
        )

    # ---- what can be seen of it ----------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The character's name."""
        return self.profile.name

    @property
    def time_s(self) -> float:
        """The character's own time [unit=s]."""
        return self._clock.time_s

    @property
    def state(self) -> str:
        """The emotion machine's state."""
        return self._mind.state

    @property
    def felt(self) -> Affect:
        """What it feels."""
        return self._mind.felt

    @property
    def shown(self) -> Affect:
        """What it lets others see."""
        return self._mind.shown

    @property
    def mood(self) -> Mood:
        """Its slow affect: pleasure, arousal, dominance."""
        return self._mind.mood

    @property
    def body(self) -> BodySigns:
        """Signs of arousal for those who animate more than a face."""
        return self._mind.body

    @property
    def controls(self) -> FaceControls:
        """The pose of its face."""
        return self._face.controls

    @property
    def prosody(self) -> ProsodyTargets:
        """How it would sound at this moment."""
        return self._prosody()

    @property
    def line(self) -> Utterance | None:
        """The line that is being prepared or heard."""
        return self._lines[0] if self._lines else None

    @property
    def lines(self) -> tuple[Utterance, ...]:
        """The line that is being prepared or heard, and those that wait for their turn."""
        return tuple(self._lines)

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events that it understands."""
        return tuple(self._mind.events)

    def is_in(self, state: str) -> bool:
        """Whether the emotion machine is in a state, or in one inside it.

        Raises
        ------
        UnknownNameError
            If the machine has no such state.
        """
        nodes = {node.name: node for node in walk_states(self.profile.machine.states)}
        check_choice("state", state, nodes)
        return state in (self.state, *nodes[self.state].path)

    def relation(self, other: str) -> Relation:
        """What it thinks of somebody: liking, trust, familiarity."""
        return self._mind.relation(other)

    def why(self, emotion: str) -> tuple[Cause, ...]:
        """The causes of an emotion and how much of each remains."""
        return self._mind.why(emotion)

    def history(self, *, step_s: float = 0.1) -> History:
        """What it felt every ``step_s`` seconds, what happened to it and which states it was in."""
        return self._mind.history(step_s=step_s)

    def frame(self, *, size: int | None = None) -> npt.NDArray[np.uint8]:
        """Draw the face.

        Parameters
        ----------
        size : int | None [range=[64, 512], unit=px]
            edge of the picture; None is the model's own

        Returns
        -------
        np.ndarray [shape=(size, size, 4), dtype=uint8]
            RGBA with straight alpha

        Raises
        ------
        WeightsError
            If the model is missing or damaged.
        """
        self._open()
        if self._generator is None:
            from expressive.face.generator import FaceGenerator

            self._generator = FaceGenerator.of(self.profile.face)
        return self._generator.frame(self.controls, self.profile.face.identity, size=size)

    def draw_apart(self) -> None:
        """Have the face drawn in a process of its own from now on, so that this one goes on meanwhile.

        The pictures are the same. :meth:`frame` waits for them still: call it from a thread beside a game's loop.

        Raises
        ------
        WeightsError
            If the model is missing.
        """
        from expressive.face.apart import ApartGenerator

        if not isinstance(self._generator, ApartGenerator):
            face = self.profile.face
            self._generator = ApartGenerator(face.model, genome=face.person)

    def on(self, kind: str, callback: Callable[..., None]) -> None:
        """Be told of a moment.

        Parameters
        ----------
        kind : str
            ``line_started`` or ``line_ended`` (called with the Utterance), ``enter`` or ``exit`` or ``transition``
            (called as :meth:`expressive.emotion.mind.Mind.on` says)
        callback : Callable
            what to call
        """
        if check_choice("kind of callback", kind, (*LINE_EVENTS, *MIND_EVENTS)) in LINE_EVENTS:
            self._callbacks[kind].append(callback)
        else:
            self._mind.on(kind, callback)

    # ---- going back in time --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything that a continuation needs, as plain JSON types; callbacks are not part of it."""
        return {
            "format": "expressive-actor",
            "version": SNAPSHOT_VERSION,
            "character": self.name,
            "seed": self.seed,
            "clock": self._clock.snapshot(),
            "mind": self._mind.snapshot(),
            "face": self._face.snapshot(),
            "voice": self._voice.snapshot(),
            "lines": [[self._voice.snapshot(line.stream), line.snapshot()] for line in self._lines],
            "gaze": self._gaze,
            "listening": self._listening,
            "targets": self._targets.to_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a snapshot of the same character; what follows is bit-identical.

        Raises
        ------
        ParameterError
            If the snapshot is of another format, version or character.
        """
        self._open()
        if not isinstance(state, dict) or state.get("format") != "expressive-actor":
            raise ParameterError("this is no snapshot of an actor; use what Actor.snapshot() returned")
        if state["version"] != SNAPSHOT_VERSION:
            raise ParameterError(f"snapshot version {state['version']} is not {SNAPSHOT_VERSION}; make a new snapshot")
        if state["character"] != self.name:
            raise ParameterError(f"the snapshot is of {state['character']!r}, this is {self.name!r}")
        for line in self._lines:
            line.stop()
        self._lines.clear()
        self._clock.restore(state["clock"])
        self._mind.restore(state["mind"])
        self._face.restore(state["face"])
        self._gaze = None if state["gaze"] is None else (state["gaze"][0], state["gaze"][1])
        self._listening = state["listening"]
        self._targets = ProsodyTargets(**state["targets"])
        for sound, spoken in state["lines"]:
            stream = self._voice.restore(sound)
            assert stream is not None
            line = Utterance(stream, self._prosody, live=self._live)
            line.restore(spoken)
            self._lines.append(line)
        self._voice.restore(state["voice"])

    def close(self) -> None:
        """Fall silent and let go of everything; may be called again."""
        if not self._closed:
            self.hush()
            self._closed = True

    def __enter__(self) -> Actor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- inside --------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._closed:
            raise ExpressiveError(f"the actor {self.name!r} is closed; load it again")

    def _prosody(self) -> ProsodyTargets:
        self._targets = self._voice.prosody(self._mind.voice_affect)
        return self._targets

    def _advance_line(self) -> tuple[SpeechTrack, float] | None:
        if not self._lines:
            return None
        line = self._lines[0]
        if not line.started:
            if line.begin(self.time_s):
                self._tell("line_started", line)
        elif line.speaking:
            line.advance(TICK_S)
        if not line.speaking:
            self._lines.popleft()
            self._tell("line_ended", line)
            return None
        return (line.passage, line.spoken_s) if line.started else None

    def _shown_now(self, speech: tuple[SpeechTrack, float] | None) -> Affect:
        """What the mind shows, under the emotion that the text itself tags at this moment."""
        style = speech[0].style_at(speech[1]) if speech else None
        if style is None:
            return self._mind.shown
        return blend_affect(self._mind.shown, Affect.of({style.emotion: 1.0}), style.intensity)

    def _tell(self, kind: str, line: Utterance) -> None:
        for callback in self._callbacks[kind]:
            callback(line)
