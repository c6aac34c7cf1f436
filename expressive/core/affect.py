"""What a character feels or shows at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.core.checks import check_number
from expressive.core.emotions import EMOTION_VAD, EMOTIONS, NEUTRAL, resolve_emotion
from expressive.core.errors import ParameterError

__all__ = ["Affect", "blend_affect"]

_INDEX = {name: i for i, name in enumerate(EMOTIONS)}
_VAD = np.array([EMOTION_VAD[name] for name in EMOTIONS])  # (n_emotions, 3)
_VAD.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class Affect:
    """Intensities of the emotion categories, and the point in valence-arousal-dominance space.

    Make one with :meth:`of` or :meth:`neutral`; the constructor trusts its input.
    """

    intensities: npt.NDArray[np.float64]
    """float64 [shape=(n_emotions,), range=[0, 1]], in the order of :data:`EMOTIONS`, read-only"""
    valence: float
    """unpleasant to pleasant [range=[-1, 1]]"""
    arousal: float
    """asleep to excited [range=[-1, 1]]"""
    dominance: float
    """helpless to in control [range=[-1, 1]]"""

    @classmethod
    def of(
        cls,
        intensities: Mapping[str, float] | None = None,
        /,
        *,
        vad: tuple[float, float, float] | None = None,
        **more: float,
    ) -> Affect:
        """Build an affect from names.

        Parameters
        ----------
        intensities : Mapping[str, float] | None
            category or alias → intensity [range=[0, 1]]
        vad : tuple[float, float, float] | None
            valence, arousal, dominance [range=[-1, 1]]; by default the weighted sum of the categories' points
        **more : float
            the same as ``intensities``

        Returns
        -------
        Affect
            a new value

        Raises
        ------
        ParameterError
            If a name is unknown or a number is out of range.

        Examples
        --------
        >>> Affect.of(anger=0.8)["anger"]
        0.8
        """
        values = np.zeros(len(EMOTIONS))
        for name, value in {**(intensities or {}), **more}.items():
            emotion = resolve_emotion(name, neutral=True)
            if emotion != NEUTRAL:
                index = _INDEX[emotion]
                values[index] = max(values[index], check_number(f"intensity of {name}", value, 0.0, 1.0))
        if vad is not None:
            vad = (
                check_number("valence", vad[0], -1, 1),
                check_number("arousal", vad[1], -1, 1),
                check_number("dominance", vad[2], -1, 1),
            )
        return cls.from_array(values, vad)

    @classmethod
    def from_array(cls, intensities: npt.NDArray[np.float64], vad: tuple[float, float, float] | None = None) -> Affect:
        """Build from an array [shape=(n_emotions,), range=[0, 1]]; values outside are clipped, NaN is refused."""
        values = np.clip(np.asarray(intensities, dtype=np.float64), 0.0, 1.0)
        if values.shape != (len(EMOTIONS),) or np.isnan(values).any():
            raise ParameterError(f"intensities must be {len(EMOTIONS)} numbers, not shape {values.shape} or NaN")
        values = values.copy()
        values.setflags(write=False)
        if vad is None:
            # Several emotions at once average their points; one alone scales its own.
            point = values @ _VAD / max(1.0, float(values.sum()))
            vad = (float(point[0]), float(point[1]), float(point[2]))
        valence, arousal, dominance = (min(1.0, max(-1.0, x)) for x in vad)
        return cls(values, valence, arousal, dominance)

    @classmethod
    def neutral(cls) -> Affect:
        """No emotion at all."""
        return _NEUTRAL

    def __getitem__(self, emotion: str) -> float:
        """Intensity of a category or alias [range=[0, 1]]; of ``neutral``, what the strongest leaves over."""
        name = resolve_emotion(emotion, neutral=True)
        if name == NEUTRAL:
            return 1.0 - float(self.intensities.max())
        return float(self.intensities[_INDEX[name]])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Affect):
            return NotImplemented
        return self.vad == other.vad and bool(np.array_equal(self.intensities, other.intensities))

    def __hash__(self) -> int:
        return hash((self.intensities.tobytes(), self.vad))

    @property
    def vad(self) -> tuple[float, float, float]:
        """(valence, arousal, dominance), each in [-1, 1]."""
        return (self.valence, self.arousal, self.dominance)

    @property
    def dominant(self) -> str:
        """The strongest category, or ``neutral`` when none reaches 0.05."""
        index = int(self.intensities.argmax())
        return EMOTIONS[index] if self.intensities[index] >= 0.05 else NEUTRAL

    def to_dict(self) -> dict[str, float]:
        """The categories that are felt at all, then valence, arousal and dominance."""
        felt = {name: float(x) for name, x in zip(EMOTIONS, self.intensities, strict=True) if x > 0}
        return {**felt, "valence": self.valence, "arousal": self.arousal, "dominance": self.dominance}


def blend_affect(a: Affect, b: Affect, weight: float) -> Affect:
    """Mix two affects linearly.

    Parameters
    ----------
    a, b : Affect
        the two ends
    weight : float [range=[0, 1]]
        share of ``b``

    Returns
    -------
    Affect
        ``(1 - weight) · a + weight · b``
    """
    keep = 1.0 - weight
    vad = (
        keep * a.valence + weight * b.valence,
        keep * a.arousal + weight * b.arousal,
        keep * a.dominance + weight * b.dominance,
    )
    return Affect.from_array(keep * a.intensities + weight * b.intensities, vad)


_NEUTRAL = Affect.from_array(np.zeros(len(EMOTIONS)))
