"""The 15 mouth shapes of speech, and which speech sound makes which.

Sources
-------
The names and their example sounds: Oculus OVR LipSync / OpenXR viseme reference. Symbols: the International Phonetic
Alphabet (2020). A phone that the reference does not name takes the shape of its place of articulation.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from types import MappingProxyType

__all__ = ["PHONE_TO_VISEME", "VISEMES", "phone_to_viseme"]

VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")
"""The 15 shapes: silence, nine of consonants, five of vowels."""

_GROUPS = {
    "PP": "p b m ɓ ʙ ɸ β",
    "FF": "f v ɱ ʋ",
    "TH": "θ ð",
    "DD": "t d ʈ ɖ ɗ",
    "kk": "k ɡ g q ɢ x ɣ χ ʁ h ɦ ŋ ɴ ħ ʕ ʔ c ɟ ç ʝ ʀ",
    "CH": "tʃ dʒ ʃ ʒ tɕ dʑ ɕ ʑ ʂ ʐ",
    "SS": "s z ts dz",
    "nn": "n l ɲ ɳ ʎ ɬ ɮ ɫ ɭ",
    "RR": "r ɹ ɾ ɻ ɽ ɚ ɝ ɜ ɺ",
    "aa": "a ɑ ɐ ʌ æ ɒ ɶ ä aɪ aʊ",
    "E": "e ɛ ə ɘ ø œ eɪ",
    "ih": "i ɪ j ɨ y ʏ ᵻ",
    "oh": "o ɔ ɤ oʊ ɔɪ ɵ ɞ",
    "ou": "u ʊ w ɯ ʉ ʍ ɥ",
}

PHONE_TO_VISEME = MappingProxyType({phone: viseme for viseme, row in _GROUPS.items() for phone in row.split()})
"""IPA symbol → viseme."""


@lru_cache(maxsize=4096)
def phone_to_viseme(symbol: str) -> str:
    """Mouth shape of an IPA phone.

    Parameters
    ----------
    symbol : str
        IPA; length, stress and diacritics are ignored; a diphthong takes the shape it begins with; silence is empty

    Returns
    -------
    str
        a member of :data:`VISEMES`; ``sil`` for what is no speech sound

    Examples
    --------
    >>> phone_to_viseme("b"), phone_to_viseme("iː"), phone_to_viseme("")
    ('PP', 'ih', 'sil')
    """
    decomposed = unicodedata.normalize("NFD", symbol)
    plain = "".join(ch for ch in decomposed if ch in _BASE or unicodedata.category(ch) in ("Ll", "Lo"))
    for length in (3, 2, 1):
        if found := PHONE_TO_VISEME.get(plain[:length]):
            return found
    return "sil"


_BASE = frozenset("".join(PHONE_TO_VISEME))
