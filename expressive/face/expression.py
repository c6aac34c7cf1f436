"""From affect to a face: which variant of each emotion shows, how strongly, and how several emotions share one face.

How emotions share
------------------
Each emotion asks for ``strength = min(1, expressivity · intensity) ** curve``. Two emotions whose faces have little
in common weaken each other: ``s_e · Π_f (1 − c_ef · s_f² / (s_e + s_f))`` with the conflict ``c_ef``, 1 − cosine of
the two faces. The stronger one loses little, the weaker one nearly all, and kindred ones (anger, disgust) stand
together; so happiness with anger is neither the sum nor a mean that is no face at all. What remains is joined by
``1 − Π (1 − weight)``, which never leaves [0, 1].

An emotion's variant is drawn when the emotion appears (an episode), again when it grows into a stronger variant's
range, and now and then while it lasts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from expressive.core.affect import Affect
from expressive.core.checks import check_choice, check_number
from expressive.core.controls import CONTROL_INDEX, FaceControls
from expressive.core.emotions import EMOTION_VAD, EMOTIONS, NEUTRAL, resolve_emotion
from expressive.face.layout import LEFT, MIRROR, MIRROR_SIGN, MOUTH, N_SHAPES, RIGHT, FloatArray, indices
from expressive.face.prototypes import couple_gaze, load_expressions
from expressive.face.spec import FaceSpec
from expressive.face.state import restore_generator, snapshot_generator

__all__ = ["ExpressionBlend", "join", "resting_face", "still_expression"]

HOLD_S = 0.12
"""How long a peak is kept, so that a leak of 1/25 s still moves the muscles; a twitch lasts about this long."""

_APPEARS, _VANISHES = 0.06, 0.03  # strengths between which an episode begins and ends
_REDRAW_S = 9.0  # mean time after which a lasting emotion changes its face
_VAD_AND_TOTAL = np.array([[*EMOTION_VAD[name], 1.0] for name in EMOTIONS])  # one product gives point and sum

_SPEECH_KEEPS = {
    # what is left of an emotion's mouth while the lips speak: corners stay, the opening belongs to the speech
    0.65: ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "jawForward"),
    0.4: ("mouthUpperUp", "mouthLowerDown", "mouthLeft", "mouthRight", "jawLeft", "jawRight"),
    0.2: ("jawOpen", "mouthFunnel", "mouthPucker", "mouthShrugLower", "mouthShrugUpper"),
    0.12: ("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthClose", "tongueOut"),
}

_NOT_MUSCLES = indices(  # one-sided names that asymmetry does not touch: directions and gaze
    *("jawLeft", "jawRight", "mouthLeft", "mouthRight"), *(f"eyeLook{way}" for way in ("In", "Out", "Up", "Down"))
)
_PRESSERS = indices("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower")
_JAW_OPEN = CONTROL_INDEX["jawOpen"]
_HEAD_PITCH = CONTROL_INDEX["headPitch"]
_MOOD_PLACES = {
    # where mood shows, by whether valence and arousal are above what emotions explain
    (pleased, awake): indices(
        "mouthSmile" if pleased else "mouthFrown", "eyeWide" if awake else "eyeBlink", "browInnerUp"
    )
    for pleased in (False, True)
    for awake in (False, True)
}


def resting_face(spec: FaceSpec) -> FloatArray:
    """Controls (61,) of a character's face at rest."""
    values = np.zeros(len(MIRROR))
    for name, value in spec.resting.items():
        values[CONTROL_INDEX[name]] = value
    return values


@lru_cache(maxsize=1)
def _conflicts() -> FloatArray:
    """How much each emotion's face contradicts each other's (n_emotions, n_emotions), in [0, 1]."""
    table = load_expressions()
    faces = np.array([table.values[table.rows_of(emotion), :N_SHAPES].mean(axis=0) for emotion in EMOTIONS])
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    conflict: FloatArray = 1.0 - faces @ faces.T
    np.fill_diagonal(conflict, 0.0)
    return np.clip(conflict, 0.0, 1.0)


@lru_cache(maxsize=1)
def _lost_to_speech() -> FloatArray:
    """Share of each variant's controls that goes while the lips speak (n_variants, 61)."""
    table = load_expressions()
    blend = np.zeros(len(MIRROR))
    for keep, names in _SPEECH_KEEPS.items():
        blend[indices(*names)] = 1.0 - keep
    block = np.zeros(len(MIRROR))
    block[MOUTH] = 1.0
    rules = {"none": np.zeros(len(MIRROR)), "blend": blend, "block": block}
    return np.array([rules[rule] for rule in table.override_mouth])


def _variants_of(spec: FaceSpec) -> FloatArray:
    """The variants' controls (n_variants, 61) as this character makes them."""
    values = load_expressions().values.copy()
    if spec.asymmetry < 0.0:  # a one-sided sneer comes on the stronger side
        values = values[:, MIRROR] * MIRROR_SIGN
        couple_gaze(values)
    weaker = RIGHT if spec.asymmetry > 0.0 else LEFT
    values[:, weaker[~np.isin(weaker, _NOT_MUSCLES)]] *= 1.0 - abs(spec.asymmetry)
    return values


class ExpressionBlend:
    """The face that an affect asks for, before muscles take their time.

    Parameters
    ----------
    spec : FaceSpec
        the character
    rng : np.random.Generator
        draws the variants
    """

    def __init__(self, spec: FaceSpec, *, rng: np.random.Generator) -> None:
        self._rng = rng
        self._table = load_expressions()
        self._values = _variants_of(spec)
        self._lost = _lost_to_speech()
        self._conflict = _conflicts()
        self._expressivity = np.array([spec.expressivity_of(emotion) for emotion in EMOTIONS])
        self._rows = [self._table.rows_of(emotion) for emotion in EMOTIONS]
        blinks = {"none": 0.0, "blend": 1.0, "block": np.inf}
        self._holds_lids = [blinks[rule] for rule in self._table.override_blink]
        self._from_intensity: list[float] = self._table.from_intensity.tolist()
        count = len(EMOTIONS)
        # Lists, where emotions are looked at one by one: numbers are got from them faster than from arrays.
        self._variant = [rows[0] for rows in self._rows]
        self._episode = [False] * count
        self._known = [0] * count
        self._left_s = [0.0] * count
        self._held = np.zeros(count)
        self._hold_s = np.zeros(count)
        self.blink_factor = 1.0
        """what the expression leaves of the blink rate [range=[0, 1]]"""

    @property
    def variants(self) -> dict[str, str]:
        """The variant that each emotion present now shows."""
        present = (i for i, shows in enumerate(self._episode) if shows)
        return {EMOTIONS[i]: self._table.names[self._variant[i]] for i in present}

    def target(self, shown: Affect, dt_s: float, speaking: float = 0.0) -> FloatArray:
        """Advance by a time step and give the face that is aimed at.

        Parameters
        ----------
        shown : Affect
            what is shown now
        dt_s : float [unit=s]
            time since the last call
        speaking : float [range=[0, 1]]
            how far the mouth belongs to speech

        Returns
        -------
        FloatArray [shape=(61,)]
            expression without the resting face
        """
        asked = np.minimum(1.0, self._expressivity * shown.intensities)
        rising = asked >= self._held
        self._hold_s = np.where(rising, HOLD_S, self._hold_s - dt_s)
        self._held = np.where(rising | (self._hold_s <= 0.0), asked, self._held)
        held = self._held.tolist()
        active = [emotion for emotion, intensity in enumerate(held) if intensity > 1e-4]
        target = np.zeros(len(MIRROR))
        if active:
            for emotion in active:
                self._choose(emotion, held[emotion], shown.arousal, dt_s)
            chosen = np.array(active)
            share = _share(self._held[chosen] ** self._table.curves[chosen], self._conflict[chosen[:, None], chosen])
            rows = [self._variant[emotion] for emotion in active]
            weights = share[:, None] * self._values[rows]
            if speaking > 0.0:
                weights *= 1.0 - speaking * self._lost[rows]
            target[:N_SHAPES] = 1.0 - np.multiply.reduce(1.0 - weights[:, :N_SHAPES], axis=0)
            target[N_SHAPES:] = weights[:, N_SHAPES:].sum(axis=0)
            self.blink_factor = 1.0
            for row, part in zip(rows, share.tolist(), strict=True):
                if self._holds_lids[row]:
                    self.blink_factor *= 1.0 - min(1.0, self._holds_lids[row] * part)
            # a dropped jaw and pressed lips exclude each other
            target[_PRESSERS] *= 1.0 - min(1.0, 1.5 * target[_JAW_OPEN])
        else:
            self.blink_factor = 1.0
        self._episode = [shows and held[i] >= _VANISHES for i, shows in enumerate(self._episode)]
        _add_mood(target, shown)
        return target

    def _choose(self, emotion: int, intensity: float, arousal: float, dt_s: float) -> None:
        """Draw a variant where an episode begins, grows, fades below the variant's range, or has lasted long."""
        rows, start = self._rows[emotion], self._from_intensity
        current = self._variant[emotion]
        possible = [row for row in rows if start[row] <= intensity]
        if self._episode[emotion]:
            self._left_s[emotion] -= dt_s
            grown = len(possible) > self._known[emotion]
            faded = intensity < start[current] - 0.12
            if not (grown or faded or self._left_s[emotion] <= 0.0):
                return
        elif intensity < _APPEARS:
            return
        self._episode[emotion] = True
        self._known[emotion] = len(possible)
        odds = self._table.likelihood[possible] * np.exp(self._table.arousal[possible] * arousal)
        draw = float(self._rng.random()) * float(odds.sum())
        self._variant[emotion] = possible[min(int(np.searchsorted(np.cumsum(odds), draw)), len(possible) - 1)]
        self._left_s[emotion] = _REDRAW_S * (0.5 + float(self._rng.standard_exponential()))

    def snapshot(self) -> dict[str, Any]:
        """State as plain JSON types."""
        return {
            "rng": snapshot_generator(self._rng),
            "variant": list(self._variant),
            "episode": list(self._episode),
            "known": list(self._known),
            "left_s": list(self._left_s),
            "held": self._held.tolist(),
            "hold_s": self._hold_s.tolist(),
            "blink_factor": self.blink_factor,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state that :meth:`snapshot` gave."""
        restore_generator(self._rng, state["rng"])
        self._variant, self._episode = list(state["variant"]), list(state["episode"])
        self._known, self._left_s = list(state["known"]), list(state["left_s"])
        self._held = np.array(state["held"])
        self._hold_s = np.array(state["hold_s"])
        self.blink_factor = float(state["blink_factor"])


def still_expression(
    spec: FaceSpec, emotion: str, *, intensity: float = 1.0, variant: str | None = None
) -> FaceControls:
    """The face that a character makes for one emotion, without motion: for pictures.

    Parameters
    ----------
    spec : FaceSpec
        the character
    emotion : str
        a category of :data:`expressive.core.emotions.EMOTIONS`, an alias, or ``neutral``
    intensity : float [range=[0, 1]]
        how much of it
    variant : str | None
        which of the emotion's variants; by default the likeliest that this intensity allows

    Returns
    -------
    FaceControls
        the pose

    Raises
    ------
    UnknownNameError
        If the emotion or the variant is unknown.
    ParameterError
        If the intensity is outside its range.

    Examples
    --------
    >>> still_expression(FaceSpec(), "anger", variant="tight")["browDownLeft"]
    1.0
    """
    resting = resting_face(spec)
    name = resolve_emotion(emotion, neutral=True)
    asked = check_number("intensity", intensity, 0.0, 1.0)
    if name == NEUTRAL:
        return FaceControls(couple_gaze(resting).astype(np.float32))
    table = load_expressions()
    rows = table.rows_of(name)
    asked = min(1.0, spec.expressivity_of(name) * asked)
    if variant is None:
        possible = [row for row in rows if table.from_intensity[row] <= asked]
        row = max(possible, key=lambda candidate: (table.likelihood[candidate], -candidate))
    else:
        names = [table.names[candidate] for candidate in rows]
        row = rows[names.index(check_choice(f"variant of {name}", variant, names))]
    strength = asked ** table.curves[EMOTIONS.index(name)]
    return FaceControls(couple_gaze(join(resting, strength * _variants_of(spec)[row])).astype(np.float32))


def join(face: FloatArray, other: FloatArray) -> FloatArray:
    """Two faces (61,) at once: shapes by ``a + b − a·b``, which stays in [0, 1]; angles by their sum."""
    both: FloatArray = face + other
    both[:N_SHAPES] -= face[:N_SHAPES] * other[:N_SHAPES]
    return both


def _share(strength: FloatArray, conflict: FloatArray) -> FloatArray:
    """What each of several emotions (n,) keeps beside the others."""
    rivals = strength[None, :] ** 2 / np.maximum(strength[:, None] + strength[None, :], 1e-12)
    kept: FloatArray = strength * np.multiply.reduce(1.0 - conflict * rivals, axis=1)
    return kept


def _add_mood(target: FloatArray, shown: Affect) -> None:
    """Let mood colour the face, in place: the part of valence, arousal and dominance that no emotion explains."""
    *implied, total = np.dot(shown.intensities, _VAD_AND_TOTAL).tolist()
    scale = max(1.0, total)
    valence, arousal, dominance = (own - other / scale for own, other in zip(shown.vad, implied, strict=True))
    corners, lids, brow = min(1.0, 0.14 * abs(valence)), min(1.0, 0.16 * abs(arousal)), 0.1 * max(0.0, -valence)
    places = _MOOD_PLACES[valence > 0.0, arousal > 0.0]
    before = target[places]
    target[places] = before + np.array((corners, corners, lids, lids, brow)) * (1.0 - before)
    target[_HEAD_PITCH] += 0.03 * dominance
