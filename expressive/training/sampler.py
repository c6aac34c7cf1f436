"""Draws face controls to train and test on: whatever the running engine can ask of the face, and a margin around it.

Each draw is one of: an emotion at some strength, a blend of two, an emotion while speaking, speech alone, or a few
random shapes; then asymmetry, gaze, blinks, small twitches and a head pose are laid over it. Some pairs of emotion and
viseme are kept out of training, so that evaluation can ask for faces that were never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from expressive.core.controls import (
    CONTROL_HIGH,
    CONTROL_INDEX,
    CONTROL_LOW,
    CONTROL_NAMES,
    EYE_PITCH_LIMIT_RAD,
    EYE_YAW_LIMIT_RAD,
    N_CONTROLS,
)
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError
from expressive.face.mouth import close_lips
from expressive.face.prototypes import couple_gaze, load_expressions, load_visemes

__all__ = [
    "HELD_OUT",
    "KINDS",
    "TRAINED",
    "Sample",
    "emotion_controls",
    "sample_controls",
    "sample_move",
    "speech_controls",
]

FloatArray = npt.NDArray[np.float64]

HELD_OUT = (
    ("anger", "oh"), ("anger", "PP"), ("happiness", "ou"), ("fear", "FF"), ("sadness", "aa"), ("surprise", "SS"),
    ("disgust", "E"), ("contempt", "ih"), ("pride", "CH"), ("boredom", "RR"),
)  # fmt: skip
"""pairs of emotion and viseme that training never sees"""

KINDS = ("emotion", "blend", "emotion_speech", "speech", "sparse", "rest")
_SHARES = (0.20, 0.10, 0.32, 0.08, 0.22, 0.08)

TRAINED = ("train", "moves")
"""splits to learn from"""

_MOVE = (0.015, 0.08)
"""how far a small movement goes, as a share of the way to another face: what a face does in 1/60 to 1/15 s"""

_MOUTH = np.array([i for i, n in enumerate(CONTROL_NAMES) if n.startswith(("mouth", "jaw", "tongue", "cheekPuff"))])
_BASES = sorted({n.removesuffix("Left").removesuffix("Right") if not n.startswith(("mouthLeft", "mouthRight", "jaw"))
                 else n for n in CONTROL_NAMES[:52] if not n.startswith("eyeLook")})  # fmt: skip
_JAW, _CLOSE = CONTROL_INDEX["jawOpen"], CONTROL_INDEX["mouthClose"]


@dataclass(frozen=True)
class Sample:
    """One draw."""

    controls: npt.NDArray[np.float32]
    """(61,) in their own units"""
    kind: str
    """one of ``KINDS``, or ``move``"""
    emotion: str
    """the leading emotion, or empty"""
    viseme: str
    """the leading viseme, or empty"""


def emotion_controls(emotion: str, intensity: float, rng: np.random.Generator | None = None) -> FloatArray:
    """Controls (61,) of an emotion.

    Parameters
    ----------
    emotion : str
        a name of ``EMOTIONS``
    intensity : float [range=[0, 1]]
        strength
    rng : np.random.Generator | None
        chooses the variant; the likeliest at this intensity where absent

    Returns
    -------
    FloatArray [shape=(61,)]
        controls
    """
    table = load_expressions()
    rows = [r for r in table.rows_of(emotion) if table.from_intensity[r] <= intensity] or table.rows_of(emotion)[:1]
    if not rows:
        raise ParameterError(f"emotion={emotion!r} must be one of {', '.join(EMOTIONS)}")
    row = rows[int(np.argmax(table.likelihood[rows]))] if rng is None else rows[int(rng.integers(len(rows)))]
    curve = float(table.curves[EMOTIONS.index(emotion)])
    out: FloatArray = np.asarray(table.values[row]) * intensity**curve
    return out


def speech_controls(
    base: FloatArray, viseme: str, amount: float, *, attenuation: float = 0.7, closed: float = 0.0
) -> FloatArray:
    """Lay a mouth shape over an expression, whose own mouth gives way.

    Parameters
    ----------
    base : FloatArray [shape=(61,)]
        controls of the expression
    viseme : str
        a viseme
    amount : float [range=[0, 1]]
        how fully it is articulated
    attenuation : float [range=[0, 1]]
        how much of the expression's mouth a full viseme takes away
    closed : float [range=[0, 1]]
        how firmly the lips are closed on top of that

    Returns
    -------
    FloatArray [shape=(61,)]
        controls
    """
    table = load_visemes()
    out = base.copy()
    shape = np.asarray(table.values[table.names.index(viseme)])
    if viseme != "sil":
        out[_MOUTH] *= 1.0 - attenuation * amount
    out[:52] += shape[:52] * amount
    np.clip(out, CONTROL_LOW, CONTROL_HIGH, out=out)
    if closed > 0:
        close_lips(out, closed)
    return out


def _side(name: str) -> tuple[int, ...]:
    if name in CONTROL_INDEX:
        return (CONTROL_INDEX[name],)
    return CONTROL_INDEX[f"{name}Left"], CONTROL_INDEX[f"{name}Right"]


def _sparse(rng: np.random.Generator) -> FloatArray:
    out = np.zeros(N_CONTROLS)
    for name in rng.choice(_BASES, int(rng.integers(1, 7)), replace=False):
        index = _side(str(name))
        strength = rng.uniform(0.1, 1.0)
        chosen = index if len(index) == 1 or rng.random() < 0.65 else (index[int(rng.integers(2))],)
        for i in chosen:
            out[i] = strength
    for a, b in (("mouthLeft", "mouthRight"), ("jawLeft", "jawRight")):  # not both ways at once
        out[CONTROL_INDEX[(a, b)[int(rng.integers(2))]]] = 0.0
    if out[_CLOSE] and rng.random() < 0.8:
        out[_JAW] = max(out[_JAW], out[_CLOSE])
    return out


def _overlay(c: FloatArray, rng: np.random.Generator) -> None:
    """Asymmetry, twitches, gaze, blinks and head pose, in place."""
    if rng.random() < 0.35:
        weak = "Left" if rng.random() < 0.5 else "Right"
        factor = rng.uniform(0.35, 0.95)
        for name, i in CONTROL_INDEX.items():
            if i < 52 and name.endswith(weak) and not name.startswith(("mouthLeft", "mouthRight", "jaw")):
                c[i] *= factor
    if rng.random() < 0.5:
        for name in rng.choice(_BASES, 4, replace=False):
            for i in _side(str(name)):
                c[i] += rng.uniform(0.0, 0.14)
    yaw, pitch = CONTROL_INDEX["leftEyeYaw"], CONTROL_INDEX["leftEyePitch"]
    shift = CONTROL_INDEX["rightEyeYaw"] - yaw
    if rng.random() < 0.65:
        dy = np.clip(rng.normal(0, 0.45), -1, 1) * EYE_YAW_LIMIT_RAD
        dp = np.clip(rng.normal(0, 0.40), -1, 1) * EYE_PITCH_LIMIT_RAD
        for eye in (0, shift):
            c[yaw + eye] += dy
            c[pitch + eye] += dp
    head = CONTROL_INDEX["headYaw"]
    if rng.random() < 0.88:
        limits = np.asarray(CONTROL_HIGH[head : head + 3], np.float64)
        turn = np.clip(rng.normal(0, 0.45, 3), -1, 1) * limits
        c[head : head + 3] += turn
        if rng.random() < 0.5:  # the eyes stay on the viewer
            for eye in (0, shift):
                c[yaw + eye] -= turn[0] * 0.9
                c[pitch + eye] -= turn[1] * 0.9
    np.clip(c, CONTROL_LOW, CONTROL_HIGH, out=c)
    couple_gaze(c)
    if rng.random() < 0.2:
        for name in ("eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut"):
            for i in _side(name):
                c[i] = np.clip(c[i] * rng.uniform(0.6, 1.2) + rng.uniform(0, 0.08), 0, 1)
    if rng.random() < 0.26:
        blink = 1.0 if rng.random() < 0.4 else rng.uniform(0.1, 1.0)
        for i in _side("eyeBlink"):
            c[i] = max(c[i], blink * (1.0 if rng.random() < 0.85 else rng.uniform(0.0, 1.0)))
    c[_CLOSE] = min(c[_CLOSE], c[_JAW] + 0.35)


def sample_controls(
    rng: np.random.Generator, *, held_out: bool = False, plain_emotion: str = "", kind: str = ""
) -> Sample:
    """Draw one face.

    Parameters
    ----------
    rng : np.random.Generator
        source of the draw
    held_out : bool
        draw one of the pairs in ``HELD_OUT``; otherwise they never appear
    plain_emotion : str
        draw this emotion without speech and sparse shapes
    kind : str
        draw one of ``KINDS``; by chance where absent

    Returns
    -------
    Sample
        controls within their ranges, and what they stand for

    Raises
    ------
    ParameterError
        If the kind is unknown.

    Examples
    --------
    >>> sample = sample_controls(np.random.default_rng(440))
    >>> bool((sample.controls >= CONTROL_LOW).all() and (sample.controls <= CONTROL_HIGH).all())
    True
    """
    if kind and kind not in KINDS:
        raise ParameterError(f"kind={kind!r} must be one of {', '.join(KINDS)}")
    visemes = [name for name in load_visemes().names if name != "sil"]
    emotion, viseme = "", ""
    if held_out:
        kind = "emotion_speech"
        emotion, viseme = HELD_OUT[int(rng.integers(len(HELD_OUT)))]
    elif plain_emotion:
        kind, emotion = "emotion", plain_emotion
    elif not kind:
        kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    if kind in ("emotion", "blend", "emotion_speech") and not emotion:
        emotion = EMOTIONS[int(rng.integers(len(EMOTIONS)))]
    intensity = rng.uniform(0.6, 1.0) if held_out or plain_emotion else rng.uniform(0.1, 1.0) ** 0.8
    if kind == "sparse":
        c = _sparse(rng)
    elif kind in ("speech", "rest"):
        c = np.zeros(N_CONTROLS)
    else:
        c = emotion_controls(emotion, intensity, rng)
        if kind == "blend" or (kind == "emotion_speech" and not held_out and rng.random() < 0.2):
            other = emotion_controls(EMOTIONS[int(rng.integers(len(EMOTIONS)))], rng.uniform(0.3, 1.0), rng)
            share = rng.uniform(0.2, 0.8)
            c = c * (1 - share) + other * share
    if kind in ("emotion_speech", "speech"):
        while not viseme:
            candidate = visemes[int(rng.integers(len(visemes)))]
            viseme = candidate if (emotion, candidate) not in HELD_OUT else ""
        amount = rng.uniform(0.6, 1.0) if held_out else rng.uniform(0.25, 1.0)
        firm = (1.0 if rng.random() < 0.7 else rng.uniform(0.3, 1.0)) if viseme == "PP" and rng.random() < 0.7 else 0.0
        c = speech_controls(c, viseme, amount, attenuation=rng.uniform(0.4, 1.0), closed=firm)
        if not held_out and rng.random() < 0.35:  # on the way to the next sound
            follower = visemes[int(rng.integers(len(visemes)))]
            if (emotion, follower) not in HELD_OUT:
                share = rng.uniform(0.1, 0.6)
                c = c * (1 - share) + speech_controls(c, follower, 0.9, attenuation=0.9) * share
    np.clip(c, CONTROL_LOW, CONTROL_HIGH, out=c)
    _overlay(c, rng)
    return Sample(np.clip(c, CONTROL_LOW, CONTROL_HIGH).astype(np.float32), kind, emotion, viseme)


def sample_move(rng: np.random.Generator) -> tuple[Sample, Sample]:
    """Draw a face, and the same a moment later, on its way to another.

    Parameters
    ----------
    rng : np.random.Generator
        source of the draw

    Returns
    -------
    tuple[Sample, Sample]
        of the kind ``move``

    Examples
    --------
    >>> before, after = sample_move(np.random.default_rng(440))
    >>> bool(0 < np.abs(after.controls - before.controls).max() <= 2 * _MOVE[1])
    True
    """
    start, end = sample_controls(rng), sample_controls(rng)
    if rng.random() < 0.5:  # how a face is held changes more slowly than what it shows
        kept = CONTROL_INDEX["headYaw"]
        end.controls[kept : kept + 3] = start.controls[kept : kept + 3]
    moved = start.controls + rng.uniform(*_MOVE) * (end.controls - start.controls)
    first = replace(start, kind="move")
    return first, replace(first, controls=moved.astype(np.float32))
