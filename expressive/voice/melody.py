"""What the sentence itself asks of the voice: accents, boundary tones, and where its end is near."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

from expressive.core.speech import Phone, Word
from expressive.voice.analysis import Outline
from expressive.voice.frames import FRAME_S

__all__ = ["sentence_melody", "silent_mask"]

FINAL_S = 0.30
"""Stretch over which a boundary tone moves: about the last two syllables."""
ENDING_S = 0.45
"""Stretch at the end in which a voice may creak."""
ACCENT_S = 0.09
"""Half width of an accent beyond its vowel."""
_VOICED = frozenset("aeiouyɑɐʌæɒɛəɘøœɪɨʏɔɤɵʊɯʉɜɚɝᵻbdɡgmnŋlɹrɾjwvzðʒɫɲ")
_VOWELS = frozenset("aeiouyɑɐʌæɒɛəɘøœɪɨʏɔɤɵʊɯʉɜɚɝᵻ")
_FUNCTION_WORDS = """
a an the and or but of to in on at by for from with is are was were be been am do does did have has had will would can
could shall should may might must i you he she it we they me him her us them my your his its our their this that there
as if so than then not
"""
_UNACCENTED = frozenset(_FUNCTION_WORDS.split())
"""English function words, which carry no pitch accent as a rule."""


def sentence_melody(phones: tuple[Phone, ...], words: tuple[Word, ...], outline: Outline) -> npt.NDArray[np.float32]:
    """Curves of one sentence.

    Parameters
    ----------
    phones, words : tuple
        with times from the sentence's own beginning
    outline : Outline
        how much each frame counts for a mean

    Returns
    -------
    np.ndarray [shape=(n_frames, 5)]
        accent [peak 1], boundary tone [end 1], nearness of the end [range=[0, 1]], mean excursions above and below the
        mean F0 [unit=st]. The weighted mean of the accents is taken off, so that they never move the mean F0; boundary
        tones lie where a voice is faint, and move it by less than 0.1 st.
    """
    count = len(outline.weights)
    time_s = (np.arange(count) + 0.5) * FRAME_S
    accent = np.zeros(count)
    last_s = 0.0
    function_words = [(w.start_s, w.end_s) for w in words if w.text.lower() in _UNACCENTED]
    for phone in phones:
        if not phone.symbol:
            continue
        base = unicodedata.normalize("NFD", phone.symbol)[0]
        if base not in _VOICED:
            continue
        last_s = max(last_s, phone.end_s)
        if phone.stress == 2 and base in _VOWELS:
            middle = 0.5 * (phone.start_s + phone.end_s)
            half = 0.5 * (phone.end_s - phone.start_s) + ACCENT_S
            weak = any(a <= middle < b for a, b in function_words)
            bump = 0.5 + 0.5 * np.cos(np.pi * np.clip((time_s - middle) / half, -1.0, 1.0))
            accent = np.maximum(accent, bump * (0.3 if weak else 1.0))
    final = np.clip((time_s - (last_s - FINAL_S)) / FINAL_S, 0.0, 1.0) if last_s > 0 else np.zeros(count)
    ending = np.clip((time_s - (last_s - ENDING_S)) / (0.5 * ENDING_S), 0.0, 1.0) if last_s > 0 else np.zeros(count)
    accent = accent - outline.weights @ accent
    constants = [np.full(count, outline.above_st), np.full(count, outline.below_st)]
    return np.stack([accent, final, ending, *constants], axis=1).astype(np.float32)


def silent_mask(phones: tuple[Phone, ...], count: int) -> npt.NDArray[np.bool_]:
    """Which frames are pauses of 60 ms and more; shorter silences belong to the sounds around them."""
    silent = np.zeros(count, bool)
    for phone in phones:
        if not phone.symbol and phone.end_s - phone.start_s >= 0.06:
            silent[int(np.ceil(phone.start_s / FRAME_S)) : int(phone.end_s / FRAME_S)] = True
    return silent
