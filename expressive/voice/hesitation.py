"""Where a voice falters: short halts between the words of a phrase, and sobs in them.

People halt where a phrase of grammar begins, and half as often before any other word (Maclay & Osgood 1959;
Goldman-Eisler 1968). Which places give way first, for how long, and whether a sob fills them, is drawn once for a
sentence from the utterance's seed; how many do, the state decides at the moment when each is reached. So a stronger
feeling halts wherever a weaker one does, and the same seed halts at the same words.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from expressive.core.prosody import ProsodyTargets
from expressive.core.speech import Mark, Phone, Word
from expressive.voice.frames import FLOOR, FRAME_S, Frames, FrameStore, silent_frames
from expressive.voice.sounds.make import make_catch
from expressive.voice.synthesis import FRAMES_PER_BLOCK

__all__ = ["Halt", "Halts", "Place", "find_places"]

APART_S = 0.8
"""Two halts are at least so far apart, and from the ends of a sentence half of it."""
LEAST_SOB = 0.3
"""Nobody sobs below this target: only strong grief breaks a phrase."""
LENGTH_S, LENGTH_SPREAD, SHORTEST_S, LONGEST_S = 0.3, 0.35, 0.15, 0.9
"""Median of a halt's length, spread of its logarithm, and bounds; hesitation pauses last 0.2-1 s (Goldman-Eisler)."""
RELEASE_S, ONSET_S = 0.04, 0.015
"""How fast the voice dies away, and comes back; both within what lips need not follow."""
_OPENERS = """
and but or because if when while that which who where as than so for in on at to of by from with without into through
over under after before until since about near behind the a an this these my your his her our their there
"""
OPENERS = frozenset(_OPENERS.split())
"""Words that begin a phrase, where grammar leaves room to halt; in other languages all words are alike."""


@dataclass(frozen=True, slots=True)
class Place:
    """A seam between two words."""

    frame: float
    """in the source, from the utterance's beginning [unit=frames]"""
    level: float
    """the least ``hesitation`` at which the voice halts here [range=[0, inf]]"""
    length_s: float
    """before the state stretches it"""
    sob: float
    """the least ``sob`` at which it is filled [range=[0, 1]]"""


def find_places(words: tuple[Word, ...], phones: tuple[Phone, ...], rng: np.random.Generator) -> list[Place]:
    """The seams of one sentence at which a voice may halt.

    Parameters
    ----------
    words, phones : tuple
        of the sentence, in source seconds; a seam lies where a word and a phone begin as another word ends
    rng : np.random.Generator
        draws the same number of values for every seam

    Returns
    -------
    list[Place]
        in order of time
    """
    starts = {phone.start_s for phone in phones if phone.symbol}
    found = []
    for before, after in pairwise(words):
        chance, spread, sob = rng.uniform(), rng.standard_normal(), rng.uniform()
        at_s = after.start_s
        if at_s not in starts or at_s - before.end_s > 0.06:
            continue  # a word that runs on into the next, or a pause that grammar has made already
        if at_s - words[0].start_s < APART_S / 2 or words[-1].end_s - at_s < APART_S / 2:
            continue
        opens = after.text.lower() in OPENERS and before.text.lower() not in OPENERS
        length_s = min(LONGEST_S, max(SHORTEST_S, LENGTH_S * float(np.exp(LENGTH_SPREAD * spread))))
        least_sob = LEAST_SOB + (1.0 - LEAST_SOB) * float(sob)
        found.append(Place(at_s / FRAME_S, float(chance) * (1.0 if opens else 2.0), length_s, least_sob))
    kept: list[Place] = []
    for place in sorted(found, key=lambda p: p.level):  # what gives way first keeps its neighbours from it
        if all(abs(place.frame - other.frame) * FRAME_S >= APART_S for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda p: p.frame)


class Halts:
    """The places of an utterance, which grow while it is analysed.

    Parameters
    ----------
    seed : np.random.SeedSequence
        of the utterance
    """

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self._seed = seed
        self._places: list[Place] = []

    def add(self, start: int, words: tuple[Word, ...], phones: tuple[Phone, ...]) -> None:
        """Look for places in the sentence that begins at a frame."""
        key = (*self._seed.spawn_key, 1, start)  # of its own, so that nothing depends on when it is analysed
        rng = np.random.default_rng(np.random.SeedSequence(self._seed.entropy, spawn_key=key))
        self._places += find_places(words, phones, rng)

    def next(self, position: float, targets: ProsodyTargets) -> Place | None:
        """The next place behind a source frame where somebody who sounds like this halts, if it is near.

        Parameters
        ----------
        position : float [unit=frames]
            a place that lies here, where the voice stands, is among them
        targets : ProsodyTargets
            how it is with the speaker

        Returns
        -------
        Place | None
            less than two blocks away
        """
        first = bisect_left(self._places, position, key=lambda place: place.frame)
        near = position + 2.0 * FRAMES_PER_BLOCK * targets.tempo
        for place in self._places[first : first + 2]:
            if place.level < targets.hesitation:
                return place if place.frame < near else None
        return None


class Halt:
    """A halt that is being made: frames that are played in the middle of the source, at their own pace.

    Parameters
    ----------
    frame : float [unit=frames]
        where in the source
    length_s : float [unit=s]
        of the silence
    sob : float [range=[0, 1]]
        how strong a sob is in it; 0 is none
    """

    def __init__(self, frame: float, length_s: float, sob: float) -> None:
        self.frame, self.length_s, self.sob = frame, length_s, sob
        self.position = 0.0
        """how much of it is over [unit=frames]"""
        self._catch, sounds = make_catch(sob) if sob else (silent_frames(0), ())
        needed = _RELEASE + _ONSET + max(len(self._catch), round(length_s / FRAME_S))
        self.count = int(-(-needed // FRAMES_PER_BLOCK) * FRAMES_PER_BLOCK)
        """its length in whole blocks [unit=frames]"""
        self._sounds = sounds
        self._store: FrameStore | None = None

    @classmethod
    def at(cls, place: Place, targets: ProsodyTargets) -> Halt:
        """What halting at a place is like for somebody who sounds like this."""
        length_s = min(2.0 * LONGEST_S, place.length_s * targets.pause_scale)
        return cls(place.frame, length_s, targets.sob if targets.sob > place.sob else 0.0)

    @property
    def over(self) -> bool:
        """Whether it has been played."""
        return self.position >= self.count

    def track(self, start_s: float) -> tuple[tuple[Phone, ...], tuple[Mark, ...]]:
        """What the mouth does meanwhile, and the sob's mark, if it begins at a time of what is heard."""
        end_s, at_s = start_s + self.count * FRAME_S, start_s + _RELEASE * FRAME_S
        if not self._sounds:
            return (Phone("", start_s, end_s),), ()
        sounds = [Phone(p.symbol, at_s + p.start_s, at_s + p.end_s) for p in self._sounds]
        rest = Phone("", sounds[-1].end_s, end_s)
        return (Phone("", start_s, at_s), *sounds, rest), (Mark("sound:sob", at_s),)

    def frames(self, source: FrameStore) -> FrameStore:
        """Its frames: the voice dies away on the sound before it, and comes back on the one behind."""
        if self._store is None:
            seam = int(np.ceil(self.frame - 1e-9))
            before, after = (source.take(np.array([k])) for k in (max(0, seam - 1), seam))
            rest = self.count - _RELEASE - _ONSET - len(self._catch)
            self._store = FrameStore()
            self._store.append(_faded(before, np.linspace(0.0, _FADE_DB, _RELEASE)))
            self._store.append(self._catch)
            self._store.append(silent_frames(rest))
            self._store.append(_faded(after, np.linspace(_FADE_DB, 0.0, _ONSET)))
        return self._store

    def snapshot(self) -> dict[str, float]:
        """Plain JSON types, the arguments that make it anew."""
        return {"frame": self.frame, "length_s": self.length_s, "sob": self.sob}


_RELEASE, _ONSET = round(RELEASE_S / FRAME_S), round(ONSET_S / FRAME_S)
_FADE_DB = -60.0


def _faded(frame: Frames, decibel: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Frames:
    held = frame.take(np.zeros(len(decibel), np.intp))
    power = held.log_power + (decibel * (np.log(10.0) / 10.0))[:, None]
    return replace(held, log_power=np.maximum(power, FLOOR).astype(np.float32))
