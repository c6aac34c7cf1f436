"""Reading a script: every mistake at once, with its line, before the first picture is drawn."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import Any

from expressive.character.document import Document, build, read_document, validate
from expressive.core.emotions import resolve_emotion
from expressive.core.errors import ExpressiveError, Problem, ProfileError, did_you_mean
from expressive.stage.directions import DIRECTIONS
from expressive.stage.rehearsal import rehearse
from expressive.stage.script import BEATS, EventBeat, FeelBeat, LookBeat, MaskBeat, SayBeat, Script, UnmaskBeat

__all__ = ["load_script"]


def load_script(path: str | PathLike[str]) -> Script:
    """Read a script.

    Parameters
    ----------
    path : str | PathLike[str]
        YAML file

    Returns
    -------
    Script
        the scene

    Raises
    ------
    ProfileError
        If anything is wrong with the file; every mistake is listed with its line.
    """
    document = read_document(path)
    problems = list(_problems(document))
    if not problems:
        script = build(document, Script)
        problems = [*_unknown_names(script), *rehearse(script, Path(path).parent)]
    if problems:
        raise ProfileError(document.source, [document.located(problem) for problem in problems])
    return script


def _problems(document: Document) -> Iterator[Problem]:
    """Every mistake of shape, beat by beat, so that a message speaks of one kind of beat only."""
    data = document.data
    beats = data.get("script") if isinstance(data, dict) else None
    if not isinstance(beats, list):
        yield from validate(document, Script)
        return
    head = Document({**data, "script": []}, document.lines, document.source, document.problems)
    found = validate(head, Script)
    if not beats:
        found.append(Problem(("script",), "script is empty; give it at least one beat, such as 'wait: 1'"))
    for i, beat in enumerate(beats):
        found += _beat_problems(document, i, beat)
    yield from found


def _beat_problems(document: Document, index: int, beat: Any) -> list[Problem]:
    path: tuple[str | int, ...] = ("script", index)
    if not isinstance(beat, dict) or not beat:
        return [Problem(path, f"a beat must be a mapping such as 'wait: 1', not {beat!r}")]
    kind = next((key for key in BEATS if key in beat), None)
    if kind is None:
        close = [m for key in beat for m in difflib.get_close_matches(str(key), list(BEATS), n=1)]
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(BEATS)}"
        return [Problem(path, f"no beat is called {next(iter(beat))!r}. {hint}")]
    lines = {p[2:]: line for p, line in document.lines.items() if p[:2] == path}
    part = Document(beat, {**lines, (): document.line_of(path) or 1}, document.source)
    return [Problem((*path, *p.path), p.message, p.line) for p in validate(part, BEATS[kind])]


def _unknown_names(script: Script) -> Iterator[Problem]:
    for name, entry in script.cast.items():
        if isinstance(entry, str) and not entry:
            yield Problem(("cast", name), "names no character")
    for i, beat in enumerate(script.script):
        for item in fields(beat):
            value = getattr(beat, item.name)
            if item.name in {"who", "to", "by", "toward"} and value is not None and value not in script.cast:
                yield _unknown(("script", i, item.name), "cast member", value, script.cast)
        if isinstance(beat, EventBeat):
            for name in beat.seen_by or ():
                if name not in script.cast:
                    yield _unknown(("script", i, "seen_by"), "cast member", name, script.cast)
        elif isinstance(beat, LookBeat):
            if beat.look not in (*script.cast, *DIRECTIONS, "free"):
                yield _unknown(("script", i, "look"), "direction", beat.look, (*script.cast, *DIRECTIONS, "free"))
        elif isinstance(beat, FeelBeat):
            for name in beat.feel:
                yield from _emotion_problem(("script", i, "feel", name), name)
        elif isinstance(beat, MaskBeat):
            yield from _emotion_problem(("script", i, "mask"), beat.mask)
            if beat.show is not None:
                yield from _emotion_problem(("script", i, "show"), beat.show, neutral=True)
        elif isinstance(beat, UnmaskBeat) and beat.unmask != "all":
            yield from _emotion_problem(("script", i, "unmask"), beat.unmask)
        elif isinstance(beat, SayBeat) and beat.causes is not None and beat.to is None:
            yield Problem(("script", i, "causes"), f"causes={beat.causes!r} needs 'to': whom does it happen to?")


def _unknown(path: tuple[str | int, ...], kind: str, name: str, known: Any) -> Problem:
    return Problem(path, f"{kind} {name!r} is unknown. {did_you_mean(name, known)}")


def _emotion_problem(path: tuple[str | int, ...], name: str, *, neutral: bool = False) -> Iterator[Problem]:
    try:
        resolve_emotion(name, neutral=neutral)
    except ExpressiveError as error:
        yield Problem(path, str(error))
