"""The small language of conditions: ``anger > 0.6 and (trust(player) < 0 or time_in_state > 3)``.

::

    condition  := conjunction ("or" conjunction)*
    conjunction := negation ("and" negation)*
    negation   := "not" negation | "(" condition ")" | comparison
    comparison := quantity (">" | ">=" | "<" | "<=") (number | quantity)
    quantity   := emotion | emotion "toward" agent | "pleasure" | "arousal" | "dominance"
                | ("liking" | "trust" | "familiarity") "(" agent ")" | "time_in_state" | "since" "(" event ")"

Emotions are as they are felt, [0, 1]; pleasure, arousal and dominance are the mood's, [-1, 1]; times are in seconds,
``since`` an event that never came is infinite. Around a threshold on an emotion or mood lies a dead band: ``>`` asks
for half its width more, ``<`` for half its width less, so that the way there and the way back never meet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.emotion.channels import CHANNELS, resolve_channel

__all__ = ["AllOf", "AnyOf", "Atom", "Condition", "Quantity", "View", "Words", "conjunctions", "parse_condition"]

_MOODS = ("pleasure", "arousal", "dominance")
_RELATIONS = ("liking", "trust", "familiarity")
_TIME_SLACK_S = 1e-9
_OPERATORS = {">": (1, True), ">=": (1, False), "<": (-1, True), "<=": (-1, False)}
_FLIPPED = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_][\w.-]*)"
    r"|(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<op>>=|<=|>|<)|(?P<bracket>[()]))"
)
_MAX_DEPTH = 20


class View(Protocol):
    """What a condition can ask of a mind. Each answer is the value now and a bound on its speed [unit=1/s]."""

    def felt(self, channel: int) -> tuple[float, float]:
        """Intensity of an emotion."""

    def felt_toward(self, channel: int, agent: str) -> tuple[float, float]:
        """Intensity of an emotion toward somebody."""

    def mood(self, axis: int) -> tuple[float, float]:
        """Pleasure, arousal or dominance of the mood."""

    def relation(self, agent: str, which: str) -> tuple[float, float]:
        """Liking, trust or familiarity."""

    def time_in_state(self) -> tuple[float, float]:
        """Seconds since the state was entered."""

    def since(self, event: str) -> tuple[float, float]:
        """Seconds since an event last came."""

    def more(self, name: str, argument: str) -> tuple[float, float]:
        """A quantity of the :class:`Words` that the condition was read with."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a condition may ask beyond a mind, for those who use the language elsewhere."""

    plain: frozenset[str] = frozenset()
    """quantities without an argument"""
    called: frozenset[str] = frozenset()
    """quantities with one argument, such as ``shown(anger)``"""
    yes_no: frozenset[str] = frozenset()
    """those of ``called`` that are 0 or 1 and need no comparison, such as ``chosen(listen)``"""
    agent: str | None = None
    """whom ``trust``, ``liking`` and ``familiarity`` are about where nobody is named"""


MIND_ONLY = Words()
"""The language of the state machine."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something about a mind that can be compared."""

    kind: str
    """``felt``, ``toward``, ``mood``, ``relation``, ``time``, ``since`` or ``more``"""
    name: str
    """emotion, mood axis, relation or event"""
    agent: str = ""
    """toward or about whom"""
    index: int = 0
    """channel or axis"""

    def read(self, view: View) -> tuple[float, float]:
        """Value and bound on its speed."""
        if self.kind == "felt":
            return view.felt(self.index)
        if self.kind == "toward":
            return view.felt_toward(self.index, self.agent)
        if self.kind == "mood":
            return view.mood(self.index)
        if self.kind == "relation":
            return view.relation(self.agent, self.name)
        if self.kind == "more":
            return view.more(self.name, self.agent)
        return view.time_in_state() if self.kind == "time" else view.since(self.name)

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value that it can have."""
        if self.kind == "mood" or self.name in ("liking", "trust"):
            return (-1.0, 1.0)
        if self.kind == "more":
            return (-math.inf, math.inf)
        return (0.0, math.inf) if self.is_time else (0.0, 1.0)

    @property
    def is_time(self) -> bool:
        """Whether it grows by one each second."""
        return self.kind in ("time", "since")

    @property
    def is_smooth(self) -> bool:
        """Whether it drifts, so that its thresholds need a dead band."""
        return self.kind in ("felt", "toward", "mood")

    def __str__(self) -> str:
        if self.kind == "toward":
            return f"{self.name} toward {self.agent}"
        argument = self.agent if self.kind in ("relation", "more") else self.name
        called = {"relation": self.name, "since": "since", "more": self.name if self.agent else ""}.get(self.kind)
        return f"{called}({argument})" if called else self.name


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison, its dead band already taken into the threshold."""

    left: Quantity
    right: Quantity | None
    threshold: float
    """least (``direction`` 1) or greatest (-1) difference of left and right"""
    direction: int
    strict: bool
    band: float
    """half the width of the dead band"""
    text: str

    def check(self, view: View) -> tuple[bool, float]:
        """Whether it holds, and for how many seconds at least it cannot begin to hold."""
        value, speed = self.left.read(view)
        if self.right is not None:
            other, its_speed = self.right.read(view)
            value, speed = value - other, speed + its_speed
        margin = self.direction * (self.threshold - value)
        if self.left.is_time and self.right is None:
            if margin <= _TIME_SLACK_S:
                return True, 0.0
            return False, margin if self.direction > 0 else math.inf
        if margin < 0.0 or (margin == 0.0 and not self.strict):
            return True, 0.0
        return False, margin / speed if speed > 0.0 else math.inf

    @property
    def interval(self) -> tuple[float, float]:
        """The values of ``left`` (or of the difference) for which it holds."""
        return (self.threshold, math.inf) if self.direction > 0 else (-math.inf, self.threshold)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]

    def check(self, view: View) -> tuple[bool, float]:
        """Whether all hold, and for how long at least they cannot begin to."""
        wait = 0.0
        holds = True
        for part in self.parts:
            ok, safe = part.check(view)
            holds = holds and ok
            wait = max(wait, safe)
        return holds, 0.0 if holds else wait


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one suffices."""

    parts: tuple[Condition, ...]

    def check(self, view: View) -> tuple[bool, float]:
        """Whether one holds, and for how long at least none can begin to."""
        wait = math.inf
        for part in self.parts:
            ok, safe = part.check(view)
            if ok:
                return True, 0.0
            wait = min(wait, safe)
        return False, wait


Condition = Atom | AllOf | AnyOf


def parse_condition(text: str, *, hysteresis: float = 0.0, words: Words = MIND_ONLY) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        the condition, in the language of this module
    hysteresis : float [range=[0, 1]]
        width of the dead band around thresholds on emotions and moods
    words : Words
        what it may ask besides

    Returns
    -------
    Condition
        a tree that answers ``check(view)``

    Raises
    ------
    ParameterError
        If the text is not a condition; the message shows where.
    UnknownNameError
        If it names a quantity that is not known.

    Examples
    --------
    >>> parse_condition("anger > 0.5", hysteresis=0.1).threshold
    0.55
    >>> parse_condition("angr > 0.5")
    Traceback (most recent call last):
    expressive.core.errors.UnknownNameError: quantity 'angr' is unknown. Did you mean 'anger'?
    """
    return _Parser(text, hysteresis / 2.0, words).condition()


def conjunctions(condition: Condition, *, limit: int = 256) -> Iterator[tuple[Atom, ...]]:
    """The ways in which a condition can hold, each as comparisons that must all hold; at most ``limit`` of them."""
    found: list[tuple[Atom, ...]] = _ways(condition)
    yield from found[:limit]


def _ways(condition: Condition) -> list[tuple[Atom, ...]]:
    if isinstance(condition, Atom):
        return [(condition,)]
    if isinstance(condition, AnyOf):
        return [way for part in condition.parts for way in _ways(part)]
    ways: list[tuple[Atom, ...]] = [()]
    for part in condition.parts:
        ways = [(*way, *more) for way in ways for more in _ways(part)][:256]
    return ways


class _Parser:
    """Recursive descent over the tokens; ``not`` is pushed down to the comparisons."""

    def __init__(self, text: str, band: float, words: Words) -> None:
        self._text = text
        self._band = band
        self._words = words
        self._tokens = list(_tokens(text))
        self._at = 0

    def condition(self) -> Condition:
        tree = self._either(negated=False, depth=0)
        if self._at < len(self._tokens):
            raise self._error("expected 'and', 'or' or the end")
        return tree

    def _either(self, *, negated: bool, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise ParameterError(f"condition {self._short!r} is nested deeper than {_MAX_DEPTH}; split the transition")
        parts = self._joined("or", lambda: self._both(negated=negated, depth=depth))
        return _join(parts, AllOf if negated else AnyOf)

    def _both(self, *, negated: bool, depth: int) -> Condition:
        parts = self._joined("and", lambda: self._negation(negated=negated, depth=depth))
        return _join(parts, AnyOf if negated else AllOf)

    def _joined(self, word: str, part: Callable[[], Condition]) -> list[Condition]:
        parts = [part()]
        while self._peek() == ("name", word):
            self._at += 1
            parts.append(part())
        return parts

    def _negation(self, *, negated: bool, depth: int) -> Condition:
        while self._peek() == ("name", "not"):
            self._at += 1
            negated = not negated
        if self._peek() == ("bracket", "("):
            self._at += 1
            inner = self._either(negated=negated, depth=depth + 1)
            self._expect("bracket", ")")
            return inner
        return self._comparison(negated=negated)

    def _comparison(self, *, negated: bool) -> Atom:
        left = self._quantity()
        kind, op = self._peek()
        number: float = 0.0
        right: Quantity | None = None
        if kind != "op" and left.name in self._words.yes_no:
            op = ">"
        elif kind != "op":
            raise self._error("expected >, >=, < or <=")
        else:
            self._at += 1
            if self._peek()[0] == "number":
                number = float(self._take())
            else:
                right = self._quantity()
        if negated:
            op = _FLIPPED[op]
        direction, strict = _OPERATORS[op]
        smooth = left.is_smooth or (right is not None and right.is_smooth)
        band = self._band if smooth else 0.0
        shown = f"{left} {op} {right if right is not None else f'{number:g}'}"
        return Atom(left, right, number + direction * band, direction, strict, band, shown)

    def _quantity(self) -> Quantity:
        kind, word = self._peek()
        if kind != "name":
            raise self._error("expected an emotion, mood, relation or time")
        self._at += 1
        name = word.removeprefix("mood.") if word.startswith("mood.") else word
        if name in _MOODS:
            return Quantity("mood", name, index=_MOODS.index(name))
        if name in self._words.plain:
            return Quantity("more", name)
        if name in self._words.called:
            return Quantity("more", name, agent=self._argument())
        if name in _RELATIONS:
            if self._words.agent is not None and self._peek() != ("bracket", "("):
                return Quantity("relation", name, agent=self._words.agent)
            return Quantity("relation", name, agent=self._argument())
        if name == "since":
            return Quantity("since", self._argument())
        if name == "time_in_state":
            return Quantity("time", name)
        try:
            index = resolve_channel(name)
        except UnknownNameError:
            own = (*self._words.plain, *self._words.called)
            known = (*own, *CHANNELS, *_MOODS, *_RELATIONS, "since", "time_in_state")
            raise UnknownNameError("quantity", name, known) from None
        if self._peek() == ("name", "toward"):
            self._at += 1
            return Quantity("toward", CHANNELS[index], agent=self._agent(), index=index)
        return Quantity("felt", CHANNELS[index], index=index)

    def _argument(self) -> str:
        self._expect("bracket", "(")
        agent = self._agent()
        self._expect("bracket", ")")
        return agent

    def _agent(self) -> str:
        kind, word = self._peek()
        if kind not in ("name", "quoted"):
            raise self._error("expected a name")
        self._at += 1
        return word[1:-1] if kind == "quoted" else word

    def _expect(self, kind: str, word: str) -> None:
        if self._peek() != (kind, word):
            raise self._error(f"expected {word!r}")
        self._at += 1

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at][:2] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> str:
        word = self._tokens[self._at][1]
        self._at += 1
        return word

    @property
    def _short(self) -> str:
        return self._text if len(self._text) <= 60 else self._text[:57] + "..."

    def _error(self, wanted: str) -> ParameterError:
        if self._at < len(self._tokens):
            _, word, column = self._tokens[self._at]
            return ParameterError(f"condition {self._short!r}: {wanted}, not {word!r} at column {column + 1}")
        return ParameterError(f"condition {self._short!r}: {wanted} at its end")


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while at < len(text):
        if text[at:].strip() == "":
            return
        match = _TOKEN.match(text, at)
        if match is None:
            bad = text[at:].lstrip()
            hint = "; write > or < instead of =" if bad[0] in "=!" else ""
            column = len(text) - len(bad) + 1
            raise ParameterError(f"condition {text[:60]!r}: {bad[0]!r} at column {column} has no meaning{hint}")
        kind = match.lastgroup
        assert kind is not None
        yield kind, match.group(kind), match.start(kind)
        at = match.end()


def _join(parts: Sequence[Condition], kind: type[AllOf] | type[AnyOf]) -> Condition:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
