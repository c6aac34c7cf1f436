"""X-SAMPA, the ASCII writing of the International Phonetic Alphabet (Wells 1995), as IPA."""

from __future__ import annotations

from expressive.core.errors import ParameterError

__all__ = ["xsampa_to_ipa"]

_SYMBOLS = {
    "A": "ɑ", "{": "æ", "6": "ɐ", "Q": "ɒ", "E": "ɛ", "@": "ə", "3": "ɜ", "I": "ɪ", "O": "ɔ", "2": "ø", "9": "œ",
    "&": "ɶ", "U": "ʊ", "}": "ʉ", "V": "ʌ", "Y": "ʏ", "1": "ɨ", "M": "ɯ", "7": "ɤ", "8": "ɵ", "@`": "ɚ", "3`": "ɝ",
    "B": "β", "C": "ç", "D": "ð", "F": "ɱ", "G": "ɣ", "H": "ɥ", "J": "ɲ", "K": "ɬ", "L": "ʎ", "N": "ŋ", "P": "ʋ",
    "R": "ʁ", "S": "ʃ", "T": "θ", "W": "ʍ", "X": "χ", "Z": "ʒ", "?": "ʔ", "4": "ɾ", "5": "ɫ", "g": "ɡ", "r\\": "ɹ",
    "R\\": "ʀ", "h\\": "ɦ", "j\\": "ʝ", "s\\": "ɕ", "z\\": "ʑ", "x\\": "ɧ", "p\\": "ɸ", "J\\": "ɟ", "t`": "ʈ",
    "d`": "ɖ", "n`": "ɳ", "s`": "ʂ", "z`": "ʐ", "l`": "ɭ", "r`": "ɽ", "X\\": "ħ", "?\\": "ʕ", ":": "ː", '"': "ˈ",
    "%": "ˌ", "~": "\u0303", "=": "\u0329", "_^": "\u032f", "_h": "ʰ", "_j": "ʲ", "_w": "ʷ", "_": "", "-": "", ".": ".",
    " ": " ", **{letter: letter for letter in "abcdefhijklmnopqrstuvwxyz"},
}  # fmt: skip


def xsampa_to_ipa(text: str) -> str:
    """Write X-SAMPA as IPA.

    Raises
    ------
    ParameterError
        If a symbol is none.

    Examples
    --------
    >>> xsampa_to_ipa('t@"mA:toU'), xsampa_to_ipa('"6n@r')
    ('təˈmɑːtoʊ', 'ˈɐnər')
    """
    out, i = [], 0
    while i < len(text):
        for length in (2, 1):
            if (symbol := text[i : i + length]) in _SYMBOLS:
                out.append(_SYMBOLS[symbol])
                i += length
                break
        else:
            raise ParameterError(f"ph={text!r}: {text[i]!r} is no symbol of X-SAMPA")
    return "".join(out)
