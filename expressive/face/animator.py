"""A face that lives: affect and speech in, controls out, tick by tick.

What one tick does, in this order: the expression that the affect asks for; the muscles that follow it; the lips of the
speech; nonverbal sounds; head; gaze and blinks; the contacts of the lips, over everything; the limit to every speed.
Each part that draws has a generator of its own, spawned from the one given, so that a blink more moves no saccade.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from expressive.core.affect import Affect
from expressive.core.checks import check_finite, check_number
from expressive.core.controls import CONTROL_INDEX, FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.speech import SpeechTrack
from expressive.face.blinks import Blinks
from expressive.face.expression import ExpressionBlend, join, resting_face
from expressive.face.gaze import Gaze
from expressive.face.head import HeadMotion
from expressive.face.layout import N_SHAPES, FloatArray, indices
from expressive.face.lips import Lips
from expressive.face.motion import FewSprings, limit_speed, muscles
from expressive.face.mouth import close_lips, tuck_lip
from expressive.face.prototypes import couple_gaze, load_visemes
from expressive.face.sounds import SoundGestures, load_sounds
from expressive.face.spec import FaceSpec

__all__ = ["FaceAnimator"]

_BLINK, _WIDE, _SQUINT = indices("eyeBlink"), indices("eyeWide"), indices("eyeSquint")
_CORNERS = indices("mouthSmile", "mouthStretch", "mouthDimple", "mouthFrown")
_TREMBLING = indices("mouthShrugLower", "mouthFrown", "browInnerUp", "browDown")  # chin (3), brows (3)
_BROWS_UP, _FROWN = indices("browInnerUp", "browOuterUp"), indices("browDown")
_BROW_FLASH = 0.3
_JAW = CONTROL_INDEX["jawOpen"]
_PRESSERS = indices("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthClose")
_NOSTRILS = indices("noseSneer")
_BREATH_HZ = 0.25  # at rest: 15 a minute
_HEAD_FOLLOWS_RAD = 0.12  # gaze beyond this takes the head along
_HEAD_SHARE = 0.55
_NECK_SPEED = 8.0  # [rad/s] of the spring that takes the head after the eyes: 90% in half a second
_AVERSE = {"shame": 0.9, "boredom": 0.5, "sadness": 0.35, "fear": 0.15, "contempt": 0.1, "anger": -0.5, "pride": -0.2}
_AVERSION = np.array([_AVERSE.get(emotion, 0.0) for emotion in EMOTIONS])
_TREMOR_SHAPES = (0.12, 0.06)  # of the chin and of the brows, at tremor 1


class FaceAnimator:
    """Turns what a character shows and says into the controls of its face.

    Parameters
    ----------
    spec : FaceSpec
        the ``face`` section of the character
    rng : np.random.Generator
        the source of every draw; five generators are spawned from it

    Examples
    --------
    >>> animator = FaceAnimator(FaceSpec(), rng=np.random.default_rng(7))
    >>> for _ in range(120):
    ...     controls = animator.advance(1 / 120, Affect.of(surprise=1.0))
    >>> controls["browInnerUp"] > 0.8
    True
    """

    def __init__(self, spec: FaceSpec, *, rng: np.random.Generator) -> None:
        variants, blink, gaze, head = rng.spawn(4)
        self._spec = spec
        self._resting = resting_face(spec)
        self._blend = ExpressionBlend(spec, rng=variants)
        self._muscles = muscles(np.zeros_like(self._resting), quickness=spec.quickness)
        self._blinks = Blinks(spec.blink_rate_per_min, rng=blink)
        self._gaze = Gaze(liveliness=spec.gaze_liveliness, rng=gaze)
        self._head = HeadMotion(amount=spec.head_motion, breathing=spec.breathing, rng=head)
        self._neck = FewSprings(2, speed=_NECK_SPEED)
        self._pose = self._resting.copy()
        self._track: SpeechTrack | None = None
        self._lips: Lips | None = None
        self._sounds: SoundGestures | None = None
        self._speech_s = 0.0
        self._controls = FaceControls(couple_gaze(self._pose.copy()).astype(np.float32))
        # Read now: with the first word it would cost a game a frame.
        load_visemes()
        load_sounds()

    @property
    def controls(self) -> FaceControls:
        """The pose after the last tick."""
        return self._controls

    @property
    def variants(self) -> dict[str, str]:
        """Which variant of each emotion shows, such as ``{"anger": "bared"}``."""
        return self._blend.variants

    def gesture(self, kind: str, *, size: float = 1.0) -> None:
        """Begin a head gesture.

        Parameters
        ----------
        kind : str
            ``nod``, ``shake`` or ``tilt``
        size : float [range=[-2, 2]]
            1 is clear, 0.4 a hint; negative goes the other way first

        Raises
        ------
        UnknownNameError
            If there is no such gesture.
        ParameterError
            If the size is out of range.
        """
        self._head.gesture(kind, size=check_number("size", size, -2.0, 2.0))

    def advance(
        self,
        dt_s: float,
        shown: Affect,
        *,
        track: SpeechTrack | None = None,
        speech_time_s: float = 0.0,
        effort: float = 0.0,
        breathing_hz: float | None = None,
        tremor: float = 0.0,
        gaze_target: tuple[float, float] | None = None,
        listening: bool = False,
    ) -> FaceControls:
        """Move on in time.

        Parameters
        ----------
        dt_s : float [range=[0, 1], unit=s]
            time step; ticks of 1/120 s make the finest motion
        shown : Affect
            what the face is to show
        track : SpeechTrack | None
            the utterance under way, its future included
        speech_time_s : float
            time within the utterance
        effort : float [range=[-1, 1]]
            vocal effort; shouting opens the jaw
        breathing_hz : float | None [range=[0, 3]]
            breaths a second; by default from the arousal
        tremor : float [range=[0, 1]]
            trembling of chin, brows and head
        gaze_target : tuple[float, float] | None [unit=rad]
            yaw and pitch of what is looked at, without glances away; by default the viewer, with them
        listening : bool
            whether somebody is speaking to the character

        Returns
        -------
        FaceControls
            the pose

        Raises
        ------
        ParameterError
            If a number is not finite or out of range.
        """
        check_number("dt_s", dt_s, 0.0, 1.0)
        loud = check_number("effort", effort, -1.0, 1.0)
        check_number("tremor", tremor, 0.0, 1.0)
        check_finite("speech_time_s", speech_time_s)
        arousal = shown.arousal
        if breathing_hz is None:
            breathing_hz = _BREATH_HZ * (1.0 + 0.8 * max(0.0, arousal))
        else:
            check_number("breathing_hz", breathing_hz, 0.0, 3.0)
        target = (0.0, 0.0) if gaze_target is None else gaze_target
        check_number("gaze_target yaw", target[0], -math.pi, math.pi)
        check_number("gaze_target pitch", target[1], -math.pi, math.pi)

        self._hear(track, speech_time_s)
        mouth, speaking, jaw = None, 0.0, 0.0
        if self._lips is not None:
            mouth = self._lips.pose(speech_time_s, effort=loud, articulation=self._spec.articulation)
            speaking, jaw = mouth.speaking, float(mouth.values[_JAW])

        wanted = self._blend.target(shown, dt_s, speaking)
        expression = self._muscles.follow(wanted, dt_s, speed=1.0 + 0.4 * max(0.0, arousal))
        pose = join(self._resting, expression)
        if mouth is not None:
            pose[_CORNERS] *= 1.0 - 0.6 * mouth.rounding
            pose = join(pose, mouth.values)
        sound = None if self._sounds is None else self._sounds.pose(speech_time_s, jaw)
        if sound is not None:
            # a laugh opens lips that anger presses
            pose[_PRESSERS] *= 1.0 - min(1.0, 3.0 * float(sound[_JAW]))
            pose[:N_SHAPES] = np.maximum(pose[:N_SHAPES], sound[:N_SHAPES])
            pose[N_SHAPES:] += sound[N_SHAPES:]
        if tremor > 0.0:
            self._tremble(pose, tremor)

        turn = self._head.advance(
            dt_s,
            arousal=arousal,
            valence=shown.valence,
            track=track,
            speech_time_s=speech_time_s,
            speaking=speaking,
            breathing_hz=breathing_hz,
            tremor=tremor,
            listening=listening,
        )
        self._look(
            pose,
            shown,
            dt_s,
            turn=turn,
            target=target,
            held=gaze_target is not None,
            speaking=speaking,
            listening=listening,
        )
        if self._head.accent > 0.0:  # brows that frown do not flash
            pose[_BROWS_UP] += _BROW_FLASH * self._head.accent * (1.0 - pose[_BROWS_UP]) * (1.0 - pose[_FROWN].max())
        self._close_lids(pose, dt_s, arousal, speaking)
        if arousal > 0.3 and speaking < 1.0:  # breathing hard through nose and mouth
            drawn = (arousal - 0.3) * self._spec.breathing * self._head.inhalation * (1.0 - speaking)
            pose[_NOSTRILS] += 0.08 * drawn * (1.0 - pose[_NOSTRILS])
        if mouth is not None:
            if mouth.lip_on_teeth > 0.0:
                tuck_lip(pose, mouth.lip_on_teeth)
            if mouth.lips_meet > 0.0:
                close_lips(pose, mouth.lips_meet)
        self._pose = limit_speed(pose, self._pose, dt_s)
        self._controls = FaceControls(couple_gaze(self._pose.copy()).astype(np.float32))
        return self._controls

    def _hear(self, track: SpeechTrack | None, speech_time_s: float) -> None:
        """Prepare the curves of a new track, and notice the pauses of speech."""
        if track is not self._track:
            self._track = track
            self._lips = None if track is None else Lips(track)
            self._sounds = None if track is None or not track.marks else SoundGestures(track)
        if self._lips is not None:
            if any(self._speech_s < pause <= speech_time_s for pause in self._lips.pauses):
                self._blinks.push(pause=True)
            self._speech_s = speech_time_s

    def _tremble(self, pose: FloatArray, tremor: float) -> None:
        a, b, c = self._head.trembling()
        chin, brow = _TREMOR_SHAPES
        values = pose[_TREMBLING]
        values[:3] += (tremor * chin * a, tremor * chin * b, tremor * chin * b)
        values[3:] *= 1.0 + tremor * brow * c
        pose[_TREMBLING] = np.minimum(np.maximum(values, 0.0), 1.0)

    def _look(
        self,
        pose: FloatArray,
        shown: Affect,
        dt_s: float,
        *,
        turn: tuple[float, float, float],
        target: tuple[float, float],
        held: bool,
        speaking: float,
        listening: bool,
    ) -> None:
        """Set head and eyes: the head goes part of the way, the eyes hold their point in the world."""
        averse = float(shown.intensities @ _AVERSION) - 0.25 * max(0.0, shown.dominance)
        yaw, pitch = self._gaze.advance(
            dt_s, target=target, held=held, averse=max(-1.0, min(1.0, averse)), speaking=speaking, listening=listening
        )
        follow = self._neck.follow((_beyond(yaw), _beyond(pitch)), dt_s)
        own = (turn[0] + follow[0], turn[1] + follow[1])
        # what the emotion does to head and eyes is already in the pose; only the rest is taken back
        aside, up = yaw - own[0], pitch - own[1]
        pose[N_SHAPES:] += (own[0], own[1], turn[2], aside, up, 0.0, aside, up, 0.0)

    def _close_lids(self, pose: FloatArray, dt_s: float, arousal: float, speaking: float) -> None:
        self._blinks.push(gaze_shift_rad=self._gaze.shift_rad)
        lids = self._blinks.advance(dt_s, arousal=arousal, speaking=speaking, factor=self._blend.blink_factor)
        if lids > 0.0:
            pose[_BLINK] += lids * (1.0 - pose[_BLINK])
            pose[_WIDE] *= 1.0 - lids
            pose[_SQUINT] *= 1.0 - 0.5 * lids

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types; the track is not part of it and is handed to the next :meth:`advance` again."""
        return {
            "pose": self._pose.tolist(),
            "controls": self._controls.values.tolist(),
            "neck": self._neck.snapshot(),
            "speech_s": self._speech_s,
            "blend": self._blend.snapshot(),
            "muscles": self._muscles.snapshot(),
            "blinks": self._blinks.snapshot(),
            "gaze": self._gaze.snapshot(),
            "head": self._head.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave; what follows is bit-identical to what followed then."""
        self._pose = np.array(state["pose"], dtype=np.float64)
        self._controls = FaceControls(np.array(state["controls"], dtype=np.float32))
        self._neck.restore(state["neck"])
        self._speech_s = float(state["speech_s"])
        self._blend.restore(state["blend"])
        self._muscles.restore(state["muscles"])
        self._blinks.restore(state["blinks"])
        self._gaze.restore(state["gaze"])
        self._head.restore(state["head"])
        self._track, self._lips, self._sounds = None, None, None


def _beyond(angle: float) -> float:
    """The head's share of a gaze direction: nothing near the middle, a part of what lies beyond."""
    return math.copysign(_HEAD_SHARE * max(0.0, abs(angle) - _HEAD_FOLLOWS_RAD), angle)
