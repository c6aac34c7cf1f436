"""What a trainee means by own words: phrases found in a sentence, with their negation.

An option or intent lists *phrases*. A phrase is found where its words stand in one sentence in its order. Between two
of them at most two fillers may stand, such as "the" or "please". In a phrase ``calm*`` is any word that begins so,
``licence/license`` either of two, and ``...`` lets up to eight words pass, whatever they are.

A phrase without a negation of its own counts *against* its option where one stands before it in the same clause ("I
will not explain"), with at most four other words between that are no fillers. What speaks for an option is how many
different words of the sentence its phrases cover; fillers count a quarter. The option with most is meant. Two with the
same are ambiguous. Where nothing is found, nothing is understood: then somebody asks back, and nothing else happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from expressive.core.checks import check_text
from expressive.core.errors import ParameterError
from expressive.simulation.words import FILLERS, Word, read_words

__all__ = ["LONGEST_TEXT", "Phrase", "Understanding", "read_phrase", "understand"]

LONGEST_TEXT = 600
"""How many characters a trainee may say at once."""
_GAP, _WIDE_GAP, _REACH = 2, 8, 4
_NEGATIONS = frozenset({"not", "no", "never", "nobody", "nothing", "without", "neither", "nor", "hardly"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to be sought."""

    text: str
    words: tuple[tuple[str, ...], ...]
    """for each word the stems that fit; one with a star fits what begins so"""
    wide: tuple[bool, ...]
    """before which of them any words may pass"""
    negative: bool
    """whether it holds a negation itself"""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was made of a sentence."""

    option: str | None = None
    """the option that is meant"""
    intents: tuple[str, ...] = ()
    """what was said besides, or instead"""
    ambiguous: tuple[str, ...] = ()
    """options between which the words do not decide"""
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """option or intent → its phrases that were found"""
    denied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """option or intent → its phrases that were found negated"""

    @property
    def clear(self) -> bool:
        """Whether anything was understood."""
        return self.option is not None or bool(self.intents)


@lru_cache(maxsize=4096)
def read_phrase(text: str) -> Phrase:
    """Make a phrase ready.

    Raises
    ------
    ParameterError
        If it has no words.

    Examples
    --------
    >>> read_phrase("your licence/license").words
    (('your',), ('licenc', 'licens'))
    """
    words: list[tuple[str, ...]] = []
    wide: list[bool] = []
    passing = False
    for part in text.replace("…", "...").replace("...", " ... ").split():
        if part == "...":
            passing = True
            continue
        choices = [_stems(choice) for choice in part.split("/")]
        if not all(choices):
            raise ParameterError(f"phrase {text!r}: {part!r} has no word; write words, 'begin*' or 'one/other'")
        # A contraction is more than one word: "don't" is looked for as "do not".
        columns = max(len(choice) for choice in choices)
        for i in range(columns):
            words.append(tuple(dict.fromkeys(choice[i] for choice in choices if i < len(choice))))
            wide.append(passing)
            passing = False
    if not words:
        raise ParameterError(f"phrase {text!r} has no words")
    return Phrase(text, tuple(words), tuple(wide), any(_NEGATIONS.intersection(choice) for choice in words))


def understand(
    text: str,
    options: Mapping[str, tuple[str, ...]],
    intents: Mapping[str, tuple[str, ...]] | None = None,
) -> Understanding:
    """Find out what is meant.

    Parameters
    ----------
    text : str
        what the trainee said
    options : Mapping[str, tuple[str, ...]]
        what is offered → its phrases
    intents : Mapping[str, tuple[str, ...]] | None
        what may be said at any time → its phrases

    Returns
    -------
    Understanding
        what was made of it, and by which phrases

    Raises
    ------
    ParameterError
        If the text is too long, or a phrase has no words.

    Examples
    --------
    >>> offered = {"explain": ("tail light", "reason ... stop"), "order": ("step out", "get out")}
    >>> understand("Sir, your left tail light is out.", offered).option
    'explain'
    >>> understand("I won't ask you to step out.", offered).clear
    False
    """
    words = read_words(check_text("what you say", text, max_length=LONGEST_TEXT))
    found: dict[str, tuple[str, ...]] = {}
    denied: dict[str, tuple[str, ...]] = {}
    covered: dict[str, frozenset[int]] = {}
    spots: dict[str, tuple[tuple[int, ...], ...]] = {}
    for name, phrases in {**(intents or {}), **options}.items():
        good, bad = _search(words, phrases)
        if good:
            found[name] = tuple(good)
        if bad:
            denied[name] = tuple(bad)
        places = frozenset(i for spot in good.values() for i in spot)
        against = frozenset(i for spot in bad.values() for i in spot)
        if _weight(words, places) > _weight(words, against):
            covered[name], spots[name] = places, tuple(good.values())
    best, tied = _best(words, {name: covered[name] for name in options if name in covered})
    if tied:
        return Understanding(ambiguous=tied, found=found, denied=denied)
    # Words that have already spoken for the option do not speak for anything else.
    taken = covered[best] if best is not None else frozenset()
    besides = tuple(name for name in intents or () if any(taken.isdisjoint(spot) for spot in spots.get(name, ())))
    return Understanding(best, besides, (), found, denied)


def _best(words: tuple[Word, ...], covered: Mapping[str, frozenset[int]]) -> tuple[str | None, tuple[str, ...]]:
    """The option with most words behind it, or those that share the first place."""
    if not covered:
        return None, ()
    weights = {name: _weight(words, places) for name, places in covered.items()}
    top = max(weights.values())
    first = tuple(name for name, weight in weights.items() if weight == top)
    return (first[0], ()) if len(first) == 1 else (None, first)


def _weight(words: tuple[Word, ...], places: frozenset[int]) -> float:
    """How much some words say; the same word twice says it once."""
    return sum(0.25 if each in FILLERS else 1.0 for each in {words[i].stem for i in places})


def _search(
    words: tuple[Word, ...], phrases: tuple[str, ...]
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Phrases that are found, and those that are found negated, with the places of their words."""
    good: dict[str, tuple[int, ...]] = {}
    bad: dict[str, tuple[int, ...]] = {}
    for text in phrases:
        phrase = read_phrase(text)
        for start in range(len(words)):
            spot = _at(words, phrase, start)
            if spot:
                into = bad if not phrase.negative and _is_negated(words, spot) else good
                into.setdefault(text, spot)
    return good, bad


def _at(words: tuple[Word, ...], phrase: Phrase, start: int) -> tuple[int, ...]:
    """Places of a phrase's words if it begins here; the nearest that fit are taken."""
    if not _fits(phrase.words[0], words[start].stem):
        return ()
    spot = [start]
    for wanted, wide in zip(phrase.words[1:], phrase.wide[1:], strict=True):
        here = _next(words, wanted, spot[-1], wide=wide)
        if here is None:
            return ()
        spot.append(here)
    return tuple(spot)


def _next(words: tuple[Word, ...], wanted: tuple[str, ...], after: int, *, wide: bool) -> int | None:
    """Place of the next word of a phrase, in the same sentence and near enough."""
    for i in range(after + 1, min(len(words), after + 2 + (_WIDE_GAP if wide else _GAP))):
        if words[i].sentence != words[after].sentence:
            return None
        if _fits(wanted, words[i].stem):
            return i
        if not wide and words[i].stem not in FILLERS:
            return None
    return None


def _fits(wanted: tuple[str, ...], word: str) -> bool:
    return any(word.startswith(one[:-1]) if one.endswith("*") else word == one for one in wanted)


def _is_negated(words: tuple[Word, ...], spot: tuple[int, ...]) -> bool:
    first, last = spot[0], spot[-1]
    clause = words[first].clause
    if any(words[i].stem in _NEGATIONS for i in range(first, last) if i not in spot):
        return True
    left = _REACH
    for word in reversed(words[:first]):
        if word.clause != clause or left == 0:
            return False
        if word.stem in _NEGATIONS:
            return True
        left -= word.stem not in FILLERS
    return False


def _stems(choice: str) -> list[str]:
    if choice.endswith("*"):
        return [word.stem + "*" for word in _read(choice[:-1])] if choice != "*" else []
    return [word.stem for word in read_words(choice)]


def _read(beginning: str) -> tuple[Word, ...]:
    """The beginning of a word as it is, without an ending to cut off."""
    return tuple(Word(beginning.casefold(), 0, 0) for _ in range(beginning.isalnum()))
