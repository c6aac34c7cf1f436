"""IPA as espeak's own names of sounds, by what each of its voices says of them; it reads no IPA itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from expressive.core.errors import ParameterError

__all__ = ["ipa_to_espeak"]

_ALIKE = {
    "g": "ɡ", "ɝ": "ɜː", "ɜː": "ɜ", "ɚ": "ə", "ɜ": "ə", "ɐ": "ɜ", "əʊ": "oʊ", "oʊ": "əʊ", "o": "oː", "oː": "o",
    "e": "eː", "eː": "e", "eə": "ɛə", "ɛə": "ɛɹ", "æ": "ɛ", "ɒ": "ɔ", "ɔ": "ɔː", "ɔː": "ɔ", "ɑ": "ɑː", "ɑː": "ɑ",
    "a": "æ", "aː": "ɑː", "i": "iː", "iː": "i", "ɪ": "i", "u": "uː", "uː": "u", "ʊ": "u", "ʌ": "ɐ", "ɫ": "l",
    "y": "yː", "yː": "y", "ʏ": "y", "ø": "øː", "øː": "ø", "œ": "ø", "ʁ": "r", "ɹ": "r", "ɾ": "r", "r": "ɹ",
    "ɔʏ": "ɔø", "ɔɪ": "ɔø",
}  # fmt: skip
"""What stands for a sound that a voice has no name for: the same but for length, or the r of that language."""
_PROSODY = {"ˈ": "'", "ˌ": ",", " ": "||", ".": "", "ː": "", "ˑ": "", "\u0361": "", "\u035c": "", "\u032f": "", "|": ""}
_LONGEST = 4


def ipa_to_espeak(ipa: str, sounds: Mapping[str, str], language: str) -> str:
    """Write IPA in espeak's names.

    Parameters
    ----------
    ipa : str
        symbols, with stress marks, length marks, tie bars and spaces
    sounds : Mapping
        IPA → espeak's name, for one voice
    language : str
        whose voice it is, for the error

    Returns
    -------
    str
        what espeak takes between double brackets

    Raises
    ------
    ParameterError
        If the voice lacks a sound.

    Examples
    --------
    >>> ipa_to_espeak("ˈtʃiː", {"tʃ": "tS", "iː": "i:", "t": "t"}, "en")
    "'tSi:"
    """
    text = unicodedata.normalize("NFD", ipa).replace("\u0361", "").replace("\u035c", "")
    out, i = [], 0
    while i < len(text):
        for length in range(min(_LONGEST, len(text) - i), 0, -1):
            if (name := _name(text[i : i + length], sounds)) is not None:
                out.append(name)
                i += length
                break
        else:
            known = " ".join(sorted(sounds))
            raise ParameterError(f"phoneme {text[i]!r} in {ipa!r} is unknown to espeak's {language}; known: {known}")
    return "".join(out)


def _name(symbol: str, sounds: Mapping[str, str]) -> str | None:
    tried = set()
    while symbol not in tried:
        if symbol in sounds:
            return sounds[symbol]
        tried.add(symbol)
        symbol = _ALIKE.get(symbol, symbol)
    return _PROSODY.get(symbol)
