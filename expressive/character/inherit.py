"""``extends``: a character that says only how it differs from another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expressive.character.document import Document, read_document
from expressive.core.errors import Problem, ProfileError, UnknownNameError
from expressive.core.resources import resource_dir

__all__ = ["EXTENDS", "character_path", "read_character", "shipped_characters"]

EXTENDS = "extends"
"""Key under which a character's file names the character that it is derived from."""

_ENDINGS = (".yaml", ".yml")
_MAX_GENERATIONS = 16


def shipped_characters() -> tuple[str, ...]:
    """Names of the characters that come with Expressive, sorted."""
    return tuple(sorted(path.stem for path in resource_dir("characters").glob("*.yaml")))


def character_path(name_or_path: str | Path, *, beside: Path | None = None) -> Path:
    """Where the file of a character lies.

    Parameters
    ----------
    name_or_path : str | Path
        a shipped name, or a path (with a folder in it, or ending in ``.yaml`` or ``.yml``)
    beside : Path | None
        folder from which a relative path counts; the working folder if None

    Returns
    -------
    Path
        the file, which need not exist when a path was given

    Raises
    ------
    UnknownNameError
        If there is no character of this name.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(_ENDINGS) or "/" in text or "\\" in text:
        return Path(text) if beside is None else beside / text
    names = shipped_characters()
    if text not in names:
        raise UnknownNameError("character", name_or_path, names)
    return resource_dir("characters") / f"{text}.yaml"


def read_character(path: Path, *, source: str | None = None) -> Document:
    """Read a character's file and all that it extends.

    Parameters
    ----------
    path : Path
        the file
    source : str | None
        what messages call it; its path if None

    Returns
    -------
    Document
        the whole character, under the lines of its own file; ``name`` is the file's own name if it gives none

    Raises
    ------
    ProfileError
        If a file cannot be read, or a character extends itself.
    """
    return _read(path, source or str(path), ())


def _read(path: Path, source: str, below: tuple[Path, ...]) -> Document:
    document = read_document(path)
    document = Document(document.data, document.lines, source, document.problems)
    if not isinstance(document.data, dict):
        return document
    own, lines = dict(document.data), dict(document.lines)
    if EXTENDS in own:
        base = _base(own.pop(EXTENDS), path, document, (*below, path.resolve()))
        own = merge({key: value for key, value in base.data.items() if key != "name"}, own)
        # What is inherited is in this file where it says from whom.
        lines = {**dict.fromkeys(base.lines, lines[EXTENDS,]), **lines}
    own.setdefault("name", path.stem)
    return Document(own, lines, source, document.problems)


def _base(parent: object, path: Path, document: Document, below: tuple[Path, ...]) -> Document:
    """The character that a file extends."""

    def refuse(message: str) -> ProfileError:
        return ProfileError(document.source, [Problem((EXTENDS,), message, document.line_of([EXTENDS]))])

    if not isinstance(parent, str) or not parent:
        raise refuse("extends must be the name of a character or the path of its file")
    try:
        base_path = character_path(parent, beside=path.parent)
        is_there = base_path.is_file()
    except (UnknownNameError, ValueError, OSError) as error:
        raise refuse(str(error)) from error
    if not is_there:
        raise refuse(f"there is no file {str(base_path)!r}")
    if base_path.resolve() in below or len(below) > _MAX_GENERATIONS:
        chain = " → ".join(step.name for step in (*below, base_path))
        raise refuse(f"characters extend each other in a circle: {chain}")
    try:
        base = _read(base_path, str(base_path), below)
    except ProfileError as error:
        raise refuse(error.lines()[0]) from error
    if base.problems:
        raise refuse(ProfileError(base.source, base.problems).lines()[0])
    if not isinstance(base.data, dict):
        raise refuse(f"{str(base_path)!r} holds no character")
    return base


def merge(base: Any, own: Any) -> Any:
    """Lay one tree of values over another, as JSON Merge Patch does (RFC 7396).

    Parameters
    ----------
    base : Any
        what is inherited
    own : Any
        what differs: mappings are merged key by key, ``None`` removes a key, anything else replaces

    Returns
    -------
    Any
        a new tree

    Examples
    --------
    >>> merge({"voice": {"rate": 1.0, "creak": 0.2}, "title": "Guard"}, {"voice": {"rate": 1.2, "creak": None}})
    {'voice': {'rate': 1.2}, 'title': 'Guard'}
    """
    if not isinstance(own, dict):
        return own
    out = dict(base) if isinstance(base, dict) else {}
    for key, value in own.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge(out.get(key), value)
    return out
