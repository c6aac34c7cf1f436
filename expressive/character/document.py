"""Reading a YAML file of ours (character, script, scenario), so that every mistake is reported with its line.

::

    document = read_document(path)            # Document, or ProfileError: no such file, no YAML, too large, hostile
    profile = build(document, SomeDataclass)  # SomeDataclass, or ProfileError that lists every mistake
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from expressive.core.errors import Problem, ProfileError

__all__ = ["MAX_BYTES", "Document", "build", "parse_document", "read_document", "validate"]

MAX_BYTES = 1_000_000
"""Largest file that is read."""

T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """What a file says, and where it says so."""

    data: Any
    """mappings with text keys, lists, text, numbers, booleans and None"""
    lines: Mapping[tuple[str | int, ...], int]
    """path of keys and indices → line in the file, from 1"""
    source: str
    """the file's name as it was given, for messages"""
    problems: tuple[Problem, ...] = field(default=())
    """mistakes of the YAML that did not stop the reading, such as a key given twice; :func:`build` reports them"""

    def line_of(self, path: Iterable[str | int]) -> int | None:
        """Line of a value, or of the nearest thing around it that the file has."""
        parts = tuple(path)
        while parts and parts not in self.lines:
            parts = parts[:-1]
        return self.lines.get(parts)

    def located(self, problem: Problem) -> Problem:
        """The same mistake with its line, where it had none."""
        if problem.line is not None:
            return problem
        return Problem(problem.path, problem.message, self.line_of(problem.path))


def read_document(path: str | os.PathLike[str]) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path : str | os.PathLike[str]
        a file of at most :data:`MAX_BYTES`, UTF-8

    Returns
    -------
    Document
        its values and their lines

    Raises
    ------
    ProfileError
        If there is no such file, or it is no readable YAML; one clear line.
    """
    source = os.fspath(path)
    try:
        return parse_document(_read_text(Path(source), source), source=source)
    except OSError as error:
        raise _refuse(source, f"cannot be read: {error.strerror or error}") from error


def parse_document(text: str, *, source: str = "<text>") -> Document:
    r"""Read YAML text.

    Parameters
    ----------
    text : str
        the document
    source : str
        where it came from, for messages

    Returns
    -------
    Document
        its values and their lines

    Raises
    ------
    ProfileError
        If the text is no YAML, empty or hostile; one clear line.

    Examples
    --------
    >>> document = parse_document("voice:\n  rate: 1.1\n")
    >>> document.data, document.line_of(["voice", "rate"])
    ({'voice': {'rate': 1.1}}, 2)
    """
    from expressive.character.yaml_tree import YamlMistake, parse_yaml

    if len(text) > MAX_BYTES:
        raise _refuse(source, _too_large(len(text)))
    try:
        tree = parse_yaml(text)
    except YamlMistake as mistake:
        raise _refuse(source, str(mistake), mistake.line) from mistake
    return Document(tree.data, tree.lines, source, tuple(tree.problems))


def validate(document: Document, type_: type[Any]) -> list[Problem]:
    """Every mistake that keeps a document from being a value of a type; empty when there is none."""
    from expressive.character.mistakes import judge

    return judge(document, type_).problems


def build(document: Document, type_: type[T]) -> T:
    """Turn a document into a value.

    Parameters
    ----------
    document : Document
        what was read
    type_ : type
        a standard dataclass, or anything else that pydantic understands; numbers and text are not converted into
        each other

    Returns
    -------
    T
        the value

    Raises
    ------
    ProfileError
        If anything is wrong; every mistake is listed with its line.
    """
    from expressive.character.mistakes import judge

    verdict = judge(document, type_)
    if verdict.problems:
        raise ProfileError(document.source, verdict.problems)
    value: T = verdict.value
    return value


def _read_text(path: Path, source: str) -> str:
    if not path.exists():
        raise _refuse(source, f"does not exist.{_similar_file(path)}")
    if not path.is_file():
        raise _refuse(source, "is not a file")
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise _refuse(source, _too_large(path.stat().st_size))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text: byte 0x{raw[error.start]:02x}; save the file as UTF-8"
        raise _refuse(source, message, line) from error


def _similar_file(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return f" There is no folder {str(path.parent)!r}"
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def _too_large(size: int) -> str:
    return f"is {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:g} MB are read, so split it"


def _refuse(source: str, message: str, line: int | None = None) -> ProfileError:
    return ProfileError(source, [Problem((), message, line)])
