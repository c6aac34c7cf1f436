"""Words as they are compared: lower case, contractions written out, endings cut off. For English.

The rules are few and can be read here, so that a trainer can say why a sentence was understood as it was.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["FILLERS", "Word", "read_words", "stem"]

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.,;:!?]")
_ENDS = frozenset(".;:!?")
_WHOLE = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "be not"}
_PARTS = {"n't": " not", "'re": " are", "'m": " am", "'ll": " will", "'ve": " have", "'d": " would", "'s": ""}
_IRREGULAR = {
    **dict.fromkeys(("is", "are", "am", "was", "were", "been", "being"), "be"),
    **dict.fromkeys(("has", "had"), "have"),
    **dict.fromkeys(("did", "done", "does"), "do"),
    **dict.fromkeys(("me", "my", "mine"), "me"),
    "told": "tell",
    "said": "say",
    "went": "go",
    "gone": "go",
    "gave": "give",
    "given": "give",
    "took": "take",
    "taken": "take",
    "got": "get",
    "heard": "hear",
    "understood": "understand",
    "stood": "stand",
    "felt": "feel",
    "broke": "break",
    "broken": "break",
    "thought": "think",
    "drove": "drive",
    "driven": "drive",
    "kept": "keep",
    "left": "leave",
    "lost": "lose",
    "shown": "show",
    "saw": "see",
    "seen": "see",
    "knew": "know",
    "known": "know",
    "lying": "lie",
}
_SAY_LITTLE = """
a an the be do have i you he she it we they me your his her its our their this that there here to of in on at for and or
so then just please will would can could shall should may might let get go with as if up sir madam mr mrs ms ok okay
well now very really
"""
FILLERS = frozenset(_SAY_LITTLE.split())
"""Stems that say little about what is meant; they count a quarter."""

_NEGATIVE_QUESTIONS = re.compile(r"\b(?:why do|can|could|will|would|should|do|have|be) (not) (?:you|we|i)\b")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence."""

    stem: str
    """as it is compared"""
    sentence: int
    """number of its sentence"""
    clause: int
    """number of its clause: commas, and words such as ``but``, begin a new one"""


def stem(word: str) -> str:
    """Cut the ending off a word in lower case.

    >>> [stem(word) for word in ("stopped", "stopping", "stops", "apologies", "told", "licences")]
    ['stop', 'stop', 'stop', 'apology', 'tell', 'licenc']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(letter in "aeiouy" for letter in root):
            doubled = root[-1] == root[-2] and root[-1] not in "lsz"
            word = root[:-1] if doubled else root
            break
    word = word.replace("yz", "ys") if word.endswith(("yze", "yz")) else word
    if word.endswith(("ize", "iz")):
        word = word.removesuffix("e")[:-1] + "s"
    return word.removesuffix("e") if len(word) > 3 else word


def read_words(text: str) -> tuple[Word, ...]:
    """Split a text into words.

    Parameters
    ----------
    text : str
        anything

    Returns
    -------
    tuple[Word, ...]
        its words in order, with punctuation turned into the numbers of sentences and clauses

    Examples
    --------
    >>> [word.stem for word in read_words("I can't hear you, sir!")]
    ['i', 'can', 'not', 'hear', 'you', 'sir']
    """
    flat = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    pieces: list[str] = []
    for token in _TOKEN.findall(flat):
        if token in _WHOLE:
            pieces += _WHOLE[token].split()
            continue
        for short, long in _PARTS.items():
            if token.endswith(short) and token != short:
                token = token.removesuffix(short) + long
                break
        pieces += token.replace("'", "").split()
    return _numbered(_plain_questions(pieces))


def _plain_questions(pieces: list[str]) -> list[str]:
    """Drop the ``not`` of questions that ask for something: ``why don't you take a breath``."""
    stems = " ".join(stem(piece) if piece not in ".,;:!?" else "|" for piece in pieces)
    drop = {stems.count(" ", 0, match.start(1)) for match in _NEGATIVE_QUESTIONS.finditer(stems)}
    kept = [piece for i, piece in enumerate(pieces) if i not in drop]
    return [p for i, p in enumerate(kept) if not (p == "not" and kept[i + 1 : i + 2] == ["only"])]


def _numbered(pieces: list[str]) -> tuple[Word, ...]:
    words: list[Word] = []
    sentence = clause = 0
    for piece in pieces:
        if piece in _ENDS:
            sentence, clause = sentence + 1, clause + 1
        elif piece == ",":
            clause += 1
        else:
            clause += piece in ("but", "because", "although", "instead")
            words.append(Word(stem(piece), sentence, clause))
    return tuple(words)
