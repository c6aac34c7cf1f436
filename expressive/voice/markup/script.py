"""What is to be said, in order: sentences with their changes of voice, pauses, sounds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expressive.voice.spec import VoiceSpec

__all__ = ["Change", "Pause", "Say", "Script", "ScriptBuilder", "Sound", "Span"]

SENTENCE_PAUSE_S = 0.35
"""Silence between sentences; people take 0.3-0.5 s in read speech (Goldman-Eisler 1968; Campione & Véronis 2002)."""
PARAGRAPH_PAUSE_S = 0.7
CLAUSE_PAUSE_S = 0.15
MAX_CHARACTERS = 300
"""The longest stretch that is spoken in one piece: about 20 s."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|sr|jr|vs|etc|e\.g|i\.e|vol|cf|bzw|z\.b|d\.h)|\b\w)\.$", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)|[。！？]|\n\s*\n|\n")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of voice over a stretch of text."""

    emotion: str = ""
    """a category of :data:`expressive.core.emotions.EMOTIONS`, ``neutral``, or empty"""
    intensity: float = 1.0
    f0_shift_st: float = 0.0
    f0_hz: float | None = None
    """mean F0 instead of the speaker's [unit=Hz]"""
    f0_range: float = 1.0
    tempo: float = 1.0
    gain_db: float = 0.0
    effort: float = 0.0
    """added vocal effort, which brings its tilt along [range=[-1, 1]]"""
    accent: float = 0.0
    """added prominence of stressed syllables"""
    whisper: float = 0.0
    duration_s: float | None = None
    """how long the stretch is to last, whatever the tempo"""
    contour: tuple[tuple[float, float], ...] = ()
    """(share of the stretch [range=[0, 1]], semitones) knots, added to the melody"""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a change holds: characters of the spoken text. Parts of one change share its number."""

    change: Change
    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Say:
    """A stretch of text that is spoken in one piece."""

    text: str
    """what is spoken"""
    origin: tuple[int, ...]
    """for every character of ``text``, and for its end, the place in the script's plain text"""
    spans: tuple[Span, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    """(character of ``text``, name)"""
    language: str = ""
    """empty for the speaker's own"""
    phonemes: bool = False
    """whether ``text`` is IPA"""
    aliases: tuple[tuple[int, int, int, int], ...] = ()
    """what is said in another way than written: begin and end in ``text``, begin and end in the plain text"""
    speaker: VoiceSpec | None = None
    """who says it; None is the speaker of the whole"""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence; one that grammar asks for follows tempo and state, one that the writer asks for is exact."""

    duration_s: float
    exact: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sound:
    """A nonverbal sound."""

    name: str
    intensity: float
    spans: tuple[Span, ...] = ()
    marks: tuple[str, ...] = ()
    speaker: VoiceSpec | None = None


Item = Say | Pause | Sound


@dataclass(frozen=True, slots=True)
class Script:
    """A text, understood."""

    text: str = ""
    """the words as they are to be read in a subtitle"""
    items: tuple[Item, ...] = ()


@dataclass
class ScriptBuilder:
    """Collects a script piece by piece."""

    _plain: list[str] = field(default_factory=list)
    _length: int = 0
    _items: list[Item] = field(default_factory=list)
    _spoken: list[str] = field(default_factory=list)
    _origin: list[int] = field(default_factory=list)
    _open: list[tuple[Change, int, int]] = field(default_factory=list)
    _spans: list[Span] = field(default_factory=list)
    _marks: list[tuple[int, str]] = field(default_factory=list)
    _aliases: list[tuple[int, int, int, int]] = field(default_factory=list)
    _languages: list[str] = field(default_factory=lambda: [""])
    _speakers: list[VoiceSpec | None] = field(default_factory=lambda: [None])
    _numbers: int = 0

    def text(self, shown: str, spoken: str | None = None) -> None:
        """Add words; ``spoken`` where they are to be said in another way than written."""
        if (self._plain and self._plain[-1][-1:].isspace()) or not self._plain:
            stripped = shown.lstrip(" ")
            spoken = spoken if spoken is not None or stripped == shown else stripped
            shown = stripped
        start = self._length
        if shown:
            self._plain.append(shown)
            self._length += len(shown)
        if spoken is None:
            self._spoken.extend(shown)
            self._origin.extend(range(start, start + len(shown)))
        elif spoken:
            self._aliases.append((len(self._spoken), len(self._spoken) + len(spoken), start, start + len(shown)))
            self._spoken.extend(spoken)
            self._origin.extend([start] * len(spoken))

    def phonemes(self, shown: str, ipa: str) -> None:
        """Add a word by its sounds."""
        self._flush()
        start = self._length
        self._plain.append(shown)
        self._length += len(shown)
        origin = (*[start] * len(ipa), start + len(shown))
        aliases = ((0, len(ipa), start, start + len(shown)),)
        spans = tuple(Span(change, number, 0, len(ipa)) for change, number, _ in self._open)
        self._items.append(Say(ipa, origin, spans, (), self._languages[-1], True, aliases, self._speakers[-1]))

    def open(self, change: Change) -> None:
        """Begin a change of voice."""
        self._numbers += 1
        self._open.append((change, self._numbers, len(self._spoken)))

    def close(self) -> None:
        """End the innermost change."""
        change, number, start = self._open.pop()
        if len(self._spoken) > start:
            self._spans.append(Span(change, number, start, len(self._spoken)))

    @property
    def depth(self) -> int:
        """How many changes are open."""
        return len(self._open)

    def innermost(self) -> Change:
        """The change that was opened last."""
        return self._open[-1][0]

    @property
    def language(self) -> str:
        """The language that is spoken here; empty for the speaker's own."""
        return self._languages[-1]

    def push_speaker(self, speaker: VoiceSpec) -> None:
        """Let somebody else speak from here on, in a language of their own."""
        self.push_language("")
        self._speakers.append(speaker)

    def pop_speaker(self) -> None:
        """Go back to who spoke before."""
        self.pop_language()
        self._speakers.pop()

    def push_language(self, language: str) -> None:
        """Speak another language from here on."""
        self._flush()
        self._languages.append(language)

    def pop_language(self) -> None:
        """Go back to the language before."""
        self._flush()
        self._languages.pop()

    def pause(self, duration_s: float, *, exact: bool = True) -> None:
        """Be silent."""
        self._space()
        self._flush()
        last = self._items[-1] if self._items else None
        if isinstance(last, Pause) and not last.exact:
            self._items.pop()  # the writer's own pause takes the place of the grammar's
        self._items.append(Pause(duration_s, exact))

    def break_sentence(self, pause_s: float = SENTENCE_PAUSE_S) -> None:
        """End a sentence here, whatever its punctuation."""
        self._space()
        self._flush()
        if self._items and not isinstance(self._items[-1], Pause):
            self._items.append(Pause(pause_s))

    def sound(self, name: str, intensity: float) -> None:
        """Make a nonverbal sound."""
        self._flush()
        spans = tuple(Span(change, number, 0, 1) for change, number, _ in self._open)
        self._items.append(Sound(name, intensity, spans, speaker=self._speakers[-1]))

    def mark(self, name: str) -> None:
        """Ask to be told of this moment."""
        self._marks.append((len(self._spoken), name))

    def finish(self) -> Script:
        """The script; what is still open ends with it."""
        while self._open:
            self.close()
        self._flush()
        while self._items and isinstance(self._items[-1], Pause) and not self._items[-1].exact:
            if self._items[-1].marks:
                break
            self._items.pop()
        return Script("".join(self._plain).rstrip(), tuple(self._items))

    def _space(self) -> None:
        if self._plain and not self._plain[-1][-1:].isspace():
            self._plain.append(" ")
            self._length += 1

    def _flush(self) -> None:
        reopened = [(change, number, 0) for change, number, _ in self._open]
        for change, number, start in self._open:
            if len(self._spoken) > start:
                self._spans.append(Span(change, number, start, len(self._spoken)))
        text = speakable("".join(self._spoken))
        origin = [*self._origin, self._length]
        marks = list(self._marks)
        for start, end, pause_s in split_sentences(text):
            spans = tuple(
                Span(s.change, s.number, max(0, s.start - start), min(end, s.end) - start)
                for s in self._spans
                if s.start < end and s.end > start
            )
            mine = tuple((max(0, at - start), name) for at, name in marks if at < end)
            marks = [(at, name) for at, name in marks if at >= end]
            aliases = tuple((a - start, b - start, c, d) for a, b, c, d in self._aliases if a < end and b > start)
            whole = (*origin[start:end], origin[end])
            language, speaker = self._languages[-1], self._speakers[-1]
            self._items.append(Say(text[start:end], whole, spans, mine, language, aliases=aliases, speaker=speaker))
            if pause_s:
                self._items.append(Pause(pause_s))
        if marks:
            self._items.append(Pause(0.0, exact=True, marks=tuple(name for _, name in marks)))
        self._spoken, self._origin, self._spans, self._marks, self._aliases = [], [], [], [], []
        self._open = reopened


def speakable(text: str) -> str:
    """Blank out, one for one, what no voice can say: symbols and emoji, control characters, lone surrogates.

    >>> speakable("Hi \N{GRINNING FACE}!")
    'Hi  !'
    """
    return "".join(" " if unicodedata.category(ch) in _UNSPEAKABLE and ch != "\n" else ch for ch in text)


_UNSPEAKABLE = frozenset({"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn"})


def split_sentences(text: str) -> list[tuple[int, int, float]]:
    """Where the pieces lie that are spoken at once: (begin, end, seconds of silence after)."""
    pieces: list[tuple[int, int, float]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        if match.group().startswith((".", "…")):
            rest = text[end:].lstrip()
            if rest and (_ABBREVIATION.search(text[start : match.start() + 1]) or rest[0].islower()):
                continue
        pause_s = PARAGRAPH_PAUSE_S if match.group().count("\n") > 1 else SENTENCE_PAUSE_S
        pieces.extend(_split_long(text, start, end, pause_s))
        start = end
    pieces.extend(_split_long(text, start, len(text), 0.0))
    return [piece for piece in pieces if any(ch.isalnum() for ch in text[piece[0] : piece[1]])]


def _split_long(text: str, start: int, end: int, pause_s: float) -> list[tuple[int, int, float]]:
    pieces = []
    while end - start > MAX_CHARACTERS:
        window = text[start : start + MAX_CHARACTERS]
        cut = max(window.rfind(", "), window.rfind("; "), window.rfind(": "), window.rfind(" – "))
        if cut < MAX_CHARACTERS // 4:
            cut = window.rfind(" ")
        cut = cut + 1 if cut > 0 else MAX_CHARACTERS
        pieces.append((start, start + cut, CLAUSE_PAUSE_S))
        start += cut
    if end > start:
        pieces.append((start, end, pause_s))
    return pieces
