"""Faces that are drawn not by chance but to be judged: motion, closed lips, anger with a closed mouth, rest.

- ``motion``: from rest to one emotion and no further, eased, over ``MOTION_FRAMES`` frames; over a cast of eight, two
  sequences each go through every emotion.
- ``lips``: every P, B and M of some sentences, as the animator speaks them, at the moment of contact; each is followed
  by the same face with its lips just parted, so that closed lips can be told from lips that are nearly so.
- ``reading``: in turns anger with a closed mouth, which is the expression most easily mistaken, and a face at rest.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from expressive.core.affect import Affect
from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW
from expressive.core.emotions import EMOTIONS
from expressive.core.speech import SpeechTrack
from expressive.face.animator import FaceAnimator
from expressive.face.expression import resting_face, still_expression
from expressive.face.lips import smoothstep
from expressive.face.mouth import LIPS_CLOSED, OPENING, mouth_opening
from expressive.face.spec import FaceSpec
from expressive.training.sampler import Sample, sample_controls

__all__ = ["JUDGED", "MOTION_FRAMES", "PARTED", "contacts", "judged_sample"]

JUDGED = ("motion", "lips", "reading")
"""splits that are judged and never trained on"""

MOTION_FRAMES = 60
"""frames of a sequence"""

PARTED = 0.1
"""opening of lips that are just parted, in units of the widest jaw: 3.3 mm, two to three pixels at 256²"""

_SENTENCES = (
    ("Please bring my brother both maps before supper.", "neutral"),
    ("My baby jumped up and bumped the big lamp!", "happiness"),
    ("Stop pushing me, Bob, or I will make you pay for it.", "anger"),
    ("Maybe my poor mother will become calm by tomorrow.", "sadness"),
)
_LIPS_MEET = frozenset("pbm")
_TICK_S = 1 / 120
_JAW, _CLOSE = CONTROL_INDEX["jawOpen"], CONTROL_INDEX["mouthClose"]


def judged_sample(split: str, rng: np.random.Generator, *, order: int, cast: int, index: int) -> Sample:
    """One frame of a judged split.

    Parameters
    ----------
    split : str
        one of ``JUDGED``
    rng : np.random.Generator
        source of what is left to chance
    order : int
        number of the character in its cast
    cast : int
        size of the cast, over which emotions and sentences are shared out
    index : int
        number of the frame in the split

    Returns
    -------
    Sample
        controls and what they stand for
    """
    if split == "motion":
        return _motion(order + cast * (index // MOTION_FRAMES), index % MOTION_FRAMES)
    if split == "lips":
        return _contact(order, index)
    if index % 2:
        return sample_controls(rng, kind="rest")
    while True:
        sample = sample_controls(rng, plain_emotion="anger")
        if mouth_opening(sample.controls) < LIPS_CLOSED:
            return sample


def _motion(number: int, frame: int) -> Sample:
    emotion = EMOTIONS[number % len(EMOTIONS)]
    spec = FaceSpec()
    rest, full = resting_face(spec), still_expression(spec, emotion).values
    controls = rest + smoothstep(frame / (MOTION_FRAMES - 1)) * (full - rest)
    return Sample(controls.astype(np.float32), "motion", emotion, "")


def _contact(order: int, index: int) -> Sample:
    every = contacts()
    controls, emotion = every[(order * len(every) // 3 + index // 2) % len(every)]
    kind = "closed"
    if index % 2:
        controls, kind = _part(controls), "parted"
    return Sample(controls.astype(np.float32), kind, emotion, "PP")


def _part(closed: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same face with its lips just parted: first what presses them together gives way, then the jaw."""
    out = closed.astype(np.float64)
    missing = PARTED - float(OPENING @ out)
    given = min(float(out[_CLOSE]), missing / -OPENING[_CLOSE])
    out[_CLOSE] -= given
    out[_JAW] += PARTED - float(OPENING @ out)
    return np.clip(out, CONTROL_LOW, CONTROL_HIGH).astype(np.float32)


@lru_cache(maxsize=1)
def contacts() -> tuple[tuple[npt.NDArray[np.float32], str], ...]:
    """Controls (61,) in the middle of every P, B and M of the sentences, and the emotion they are said with."""
    out = []
    for text, emotion in _SENTENCES:
        track = _track(text)
        shown = Affect.neutral() if emotion == "neutral" else Affect.of({emotion: 0.8})
        animator = FaceAnimator(FaceSpec(blink_rate_per_min=0, gaze_liveliness=0), rng=np.random.default_rng(440))
        for _ in range(120):  # the face is what it is when it begins to speak
            animator.advance(_TICK_S, shown)
        now = 0.0
        for phone in track.phones:
            if phone.symbol[:1] not in _LIPS_MEET:
                continue
            middle_s = 0.5 * (phone.start_s + phone.end_s)
            while now < middle_s:
                now += _TICK_S
                controls = animator.advance(_TICK_S, shown, track=track, speech_time_s=now)
            out.append((np.array(controls.values), emotion))
    return tuple(out)


def _track(text: str) -> SpeechTrack:
    from expressive.voice.spec import VoiceSpec
    from expressive.voice.voice import Voice

    stream = Voice(VoiceSpec(), seed=7).speak(text)
    try:
        stream.wait()
        return stream.track
    finally:
        stream.stop()
