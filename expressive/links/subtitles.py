"""Subtitles: lines of speech broken into cues that can be read, as SubRip (``.srt``) and WebVTT (``.vtt``) text.

A cue has at most two lines of 42 columns; a longer speech goes over several cues, broken after a sentence or a clause
where there is one, and timed by the words themselves.

Sources
-------
Line length and number of lines: Netflix, "Timed Text Style Guide: General Requirements". WebVTT: W3C, "WebVTT: The Web
Video Text Tracks Format", 2019. SubRip has no standard; this is what players take.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expressive.core.checks import check_number
from expressive.core.errors import OutputError
from expressive.core.speech import SpeechTrack
from expressive.links.marking import notice

__all__ = [
    "MAX_COLUMNS",
    "MAX_LINES",
    "Cue",
    "SubtitleLine",
    "caption_at",
    "cues",
    "to_srt",
    "to_vtt",
    "write_subtitles",
]

MAX_COLUMNS = 42
"""Columns of a line; a letter of East Asian width takes two."""
MAX_LINES = 2

_SHORTEST_S = 1.0  # a cue that stands for less is not read; it is held for so long where there is room
_SENTENCE_ENDS = tuple(".!?…。！？")
_CLAUSE_ENDS = tuple(",;:—–、，；：")


@dataclass(frozen=True, slots=True)
class SubtitleLine:
    """What somebody says from when to when."""

    speaker: str
    """name; empty for words that nobody speaks"""
    text: str
    """plain words, without markup"""
    start_s: float
    end_s: float
    track: SpeechTrack | None = None
    """word times, counted from ``start_s``; without them, time is shared out by length"""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that stand on the screen together."""

    start_s: float
    end_s: float
    speaker: str
    text: str
    """one or two lines"""
    first: bool = True
    """whether this is where the speaker begins"""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, or a piece of one, and where it stands in the text."""

    text: str
    start: int
    spaced: bool
    """whether a space goes before it"""


def cues(lines: Iterable[SubtitleLine]) -> list[Cue]:
    """Break lines of speech into cues.

    Parameters
    ----------
    lines : Iterable[SubtitleLine]
        in any order; those without words are left out

    Returns
    -------
    list[Cue]
        by time; no cue of a line overlaps the next of the same line

    Raises
    ------
    ParameterError
        If a time is negative or not finite.

    Examples
    --------
    >>> cues([SubtitleLine("Guard", "Halt! Who goes there?", 1.0, 2.5)])[0].text
    'Halt! Who goes there?'
    """
    ordered = sorted((line for line in lines if _plain(line.text)), key=lambda line: line.start_s)
    out: list[Cue] = []
    for i, line in enumerate(ordered):
        start_s = check_number("start_s", line.start_s, 0.0, 359_999.0)
        end_s = max(start_s + 0.001, check_number("end_s", line.end_s, 0.0, 359_999.0))
        pages = _pages(_plain(line.text), len(_label(line.speaker)))
        times = _page_times(line, pages, start_s, end_s)
        next_s = ordered[i + 1].start_s if i + 1 < len(ordered) else float("inf")
        # The last page may stay after the voice has ended, until somebody else begins.
        times[-1] = max(end_s, min(times[-2] + _SHORTEST_S, next_s))
        for k, page in enumerate(pages):
            label = len(_label(line.speaker)) if k == 0 else 0
            out.append(Cue(times[k], times[k + 1], line.speaker, _wrap(page, label), first=k == 0))
    return sorted(out, key=lambda cue: cue.start_s)


def caption_at(line: SubtitleLine, time_s: float) -> str:
    """Words of a line that stand on the screen at a moment, in one row; for those who draw them themselves.

    Parameters
    ----------
    line : SubtitleLine
        the line
    time_s : float [unit=s]
        the same time as the line's

    Returns
    -------
    str
        the page that is being spoken; the first one before, the last one after
    """
    pages = _pages(_plain(line.text), 0)
    if not pages:
        return ""
    times = _page_times(line, pages, line.start_s, max(line.end_s, line.start_s + 0.001))
    index = sum(time <= time_s for time in times[1:-1])
    return _join(pages[index])


def to_srt(lines: Iterable[SubtitleLine]) -> str:
    """Write SubRip text; the speaker's name goes before the first words.

    Examples
    --------
    >>> print(to_srt([SubtitleLine("Guard", "Halt!", 1.0, 2.5)]))
    1
    00:00:01,000 --> 00:00:02,500
    Guard: Halt!
    <BLANKLINE>
    """
    blocks = []
    for number, cue in enumerate(cues(lines), 1):
        text = (_label(cue.speaker) if cue.first else "") + cue.text
        # An arrow is how SubRip tells a time from words.
        blocks.append(f"{number}\n{_times(cue, ',')}\n{text.replace('-->', '→')}\n")
    return "\n".join(blocks)


def to_vtt(lines: Iterable[SubtitleLine]) -> str:
    """Write WebVTT text; the speaker is a voice tag, and a note says that the voices are synthetic."""
    blocks = [f"WEBVTT\n\nNOTE {notice()}\n"]
    for cue in cues(lines):
        voice = f"<v {_escape(_plain(cue.speaker))}>" if cue.speaker.strip() else ""
        blocks.append(f"{_times(cue, '.')}\n{voice}{_escape(cue.text)}\n")
    return "\n".join(blocks)


def write_subtitles(path: str | Path, lines: Iterable[SubtitleLine]) -> Path:
    """Write subtitles in the kind that the ending names.

    Parameters
    ----------
    path : str | Path
        ``.srt`` or ``.vtt``; the folder must be there
    lines : Iterable[SubtitleLine]
        what is said

    Returns
    -------
    Path
        the file

    Raises
    ------
    OutputError
        If the ending is another, or the file cannot be written.
    """
    target = Path(path)
    writer = {".srt": to_srt, ".vtt": to_vtt}.get(target.suffix.lower())
    if writer is None:
        raise OutputError(f"subtitles are written as .srt or .vtt, not {target.suffix!r}; rename {target.name}")
    try:
        target.write_text(writer(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _plain(text: str) -> str:
    """One row without line breaks, control characters and half surrogates, which no file could hold."""
    kept = (" " if ch.isspace() else ch for ch in text if ch.isspace() or unicodedata.category(ch) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())


def _label(speaker: str) -> str:
    name = _plain(speaker)
    return f"{name}: " if name else ""


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _columns(text: str) -> int:
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _tokens(text: str) -> Iterator[_Token]:
    """Words; a wide letter of East Asia stands alone, and what is longer than a line is cut."""
    at = 0
    for word in text.split(" "):
        start, columns, spaced = at, 0, at > 0
        for i, ch in enumerate(word):
            alone = unicodedata.east_asian_width(ch) in "WF" and unicodedata.category(ch) == "Lo"
            after_wide = i > start - at and unicodedata.category(word[i - 1]) == "Lo" and _columns(word[i - 1]) == 2
            # Closing punctuation stays with the letter before it.
            parts = (alone or (after_wide and ch.isalnum())) or columns + _columns(ch) > MAX_COLUMNS
            if parts and at + i > start:
                yield _Token(text[start : at + i], start, spaced)
                start, columns, spaced = at + i, 0, False
            columns += _columns(ch)
        if at + len(word) > start:
            yield _Token(text[start : at + len(word)], start, spaced)
        at += len(word) + 1


def _join(tokens: tuple[_Token, ...]) -> str:
    return "".join((" " if token.spaced and i else "") + token.text for i, token in enumerate(tokens))


@lru_cache(maxsize=64)
def _pages(text: str, label_columns: int) -> tuple[tuple[_Token, ...], ...]:
    """Share tokens out over pages that fit; the speaker's name takes its room on the first."""
    pages: list[tuple[_Token, ...]] = []
    page: list[_Token] = []
    for token in _tokens(text):
        page.append(token)
        label = 0 if pages else label_columns
        if len(page) > 1 and not _fits(tuple(page), label):
            cut = _best_cut(page)
            pages.append(tuple(page[:cut]))
            page = page[cut:]
    if page:
        pages.append(tuple(page))
    return tuple(pages)


def _best_cut(page: list[_Token]) -> int:
    """Where to part a page that has one token too many: after a sentence, else a clause, else the last word."""
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        for cut in range(len(page) - 1, len(page) // 3, -1):
            if page[cut - 1].text.rstrip("\"'”’)]»").endswith(ends):
                return cut
    return len(page) - 1


def _fits(page: tuple[_Token, ...], label: int) -> bool:
    if label + _columns(_join(page)) <= MAX_COLUMNS:
        return True
    return any(_breaks(page, label))


def _breaks(page: tuple[_Token, ...], label: int) -> Iterator[tuple[int, int]]:
    """Ways to break into two lines that fit: unevenness and place."""
    for cut in range(1, len(page)):
        first, second = label + _columns(_join(page[:cut])), _columns(_join(page[cut:]))
        if max(first, second) <= MAX_COLUMNS:
            # A break after punctuation may be this much more uneven.
            bonus = 10 if page[cut - 1].text.endswith((*_SENTENCE_ENDS, *_CLAUSE_ENDS)) else 0
            yield abs(first - second) - bonus, cut


def _wrap(page: tuple[_Token, ...], label: int) -> str:
    """One line where it fits, else two of about the same length."""
    if label + _columns(_join(page)) <= MAX_COLUMNS:
        return _join(page)
    ways = list(_breaks(page, label))
    if not ways:  # a single word as long as a line behind a long name
        return _join(page)
    _, cut = min(ways)
    return f"{_join(page[:cut])}\n{_join(page[cut:])}"


def _page_times(line: SubtitleLine, pages: tuple[tuple[_Token, ...], ...], start_s: float, end_s: float) -> list[float]:
    """When each page begins, and when the last one ends."""
    words = line.track.words if line.track is not None and _plain(line.track.text) == _plain(line.text) else ()
    # Word places refer to the text as it is; pages to the text with its white space in order.
    places = _place_map(line.text)
    total = pages[-1][-1].start + len(pages[-1][-1].text)
    times = [start_s]
    for page in pages[1:]:
        place = places[page[0].start] if page[0].start < len(places) else len(line.text)
        later = [word.start_s for word in words if word.char_end > word.char_start >= place]
        time = start_s + (later[0] if later else (end_s - start_s) * page[0].start / total)
        times.append(min(end_s, max(times[-1], time)))
    return [*times, end_s]


@lru_cache(maxsize=64)
def _place_map(text: str) -> tuple[int, ...]:
    """For each character of the plain text, its index in the original."""
    plain = _plain(text)
    places, at = [], 0
    for ch in plain:
        while at < len(text) - 1 and not (text[at] == ch or (ch == " " and text[at].isspace())):
            at += 1
        places.append(at)
        at += 1
    return tuple(places)


def _times(cue: Cue, separator: str) -> str:
    first = round(cue.start_s * 1000)
    last = max(first + 1, round(cue.end_s * 1000))
    return f"{_clock(first, separator)} --> {_clock(last, separator)}"


def _clock(milliseconds: int, separator: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{separator}{rest:03d}"
