"""Characters by name or file: load, list, check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from expressive.character.document import Document
from expressive.character.inherit import character_path, read_character, shipped_characters
from expressive.character.profile import CharacterProfile
from expressive.core.errors import Problem, ProfileError, UnknownNameError, WeightsError
from expressive.core.resources import resource_dir
from expressive.emotion.check import check_mind
from expressive.face.models import CONFIG_FILE, find_model, read_config
from expressive.face.spec import FaceSpec

__all__ = ["check_character", "list_characters", "load_character"]


def list_characters() -> tuple[str, ...]:
    """Names of the characters that come with Expressive, sorted.

    >>> "guard" in list_characters()
    True
    """
    return shipped_characters()


def load_character(name_or_path: str | os.PathLike[str]) -> CharacterProfile:
    """Load a character.

    Parameters
    ----------
    name_or_path : str | os.PathLike[str]
        a name of :func:`list_characters`, or the path of a YAML file (with a folder in it, or ending in ``.yaml``)

    Returns
    -------
    CharacterProfile
        the character

    Raises
    ------
    UnknownNameError
        If there is no character of this name; the message suggests the nearest.
    ProfileError
        If the file has mistakes; every one is listed with its line.

    Examples
    --------
    >>> load_character("guard").voice.base_f0_hz
    96.0
    >>> load_character("guardd")
    Traceback (most recent call last):
    expressive.core.errors.UnknownNameError: character 'guardd' is unknown. Did you mean 'guard'?
    """
    document = _read(name_or_path)
    profile, problems = _judge(document)
    if problems:
        raise ProfileError(document.source, problems)
    assert isinstance(profile, CharacterProfile)
    return profile


def check_character(character: str | os.PathLike[str] | CharacterProfile) -> list[Problem]:
    """List every mistake of a character: those that :func:`load_character` refuses, and a face that no model has.

    Parameters
    ----------
    character : str | os.PathLike[str] | CharacterProfile
        a name, a path, or a profile made in Python

    Returns
    -------
    list[Problem]
        the mistakes, with lines where the character comes from a file; empty when there is none

    Raises
    ------
    UnknownNameError
        If there is no character of this name.
    """
    if isinstance(character, CharacterProfile):
        return [*_check_face(character.face), *check_mind(character.mind_spec)]
    try:
        document = _read(character)
    except ProfileError as error:
        return list(error.problems)
    profile, problems = _judge(document)
    if isinstance(profile, CharacterProfile):
        problems += [document.located(problem) for problem in _check_face(profile.face)]
    return sorted(problems, key=lambda problem: problem.line or 0)


def _check_face(face: FaceSpec) -> list[Problem]:
    """Whether the face is one of the model's; without any model, as for a voice alone, there is nothing to say."""
    if not any(resource_dir("models").glob(f"*/{CONFIG_FILE}")) and not Path(face.model).is_dir():
        return []
    try:
        identities = read_config(find_model(face.model)).identities
    except WeightsError as error:
        return [Problem(("face", "model"), str(error))]
    if face.identity in identities:
        return []
    return [Problem(("face", "identity"), str(UnknownNameError("identity", face.identity, identities)))]


def _read(name_or_path: str | os.PathLike[str]) -> Document:
    given = Path(name_or_path) if isinstance(name_or_path, os.PathLike) else name_or_path
    return read_character(character_path(given))


def _judge(document: Document) -> tuple[Any, list[Problem]]:
    """Build the profile, and add what only the whole of it can tell to the mistakes of its parts."""
    from expressive.character.mistakes import judge

    verdict = judge(document, CharacterProfile)
    problems = verdict.problems
    if isinstance(verdict.value, CharacterProfile):
        # Where a whole mapping or entry was unreadable, complaints about what is missing would only repeat that.
        torn = {path[0] for path in verdict.pruned if path and isinstance(_at(document.data, path), (dict, list))}
        found = (document.located(problem) for problem in check_mind(verdict.value.mind_spec))
        problems += [problem for problem in found if not problem.path or problem.path[0] not in torn]
        problems.sort(key=lambda problem: problem.line or 0)
    return verdict.value, problems


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part] if isinstance(data, list) and isinstance(part, int) else data.get(part)
    return data
