"""Which speaker SSML's ``voice`` means: one of the cast by name, or one of the common speakers by what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from expressive.core.errors import ParameterError, did_you_mean
from expressive.voice.spec import VoiceSpec

__all__ = ["Speaker", "choose_speaker", "load_speakers"]

GENDERS = ("male", "female", "neutral")
OLDEST = 120
Cast = Callable[[str], VoiceSpec | None]
"""A name → that character's voice, or None if nobody is called so."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of the common speakers."""

    gender: str
    """``male``, ``female`` or ``neutral``"""
    age: int
    """[unit=years]"""
    spec: VoiceSpec


@lru_cache(maxsize=1)
def load_speakers() -> dict[str, Speaker]:
    """The common speakers.

    Returns
    -------
    dict[str, Speaker]
        name → speaker

    Examples
    --------
    >>> load_speakers()["old-woman"].age
    75
    """
    import yaml

    path = Path(__file__).parent / "data" / "speakers.yaml"
    rows: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Speaker(row.pop("gender"), row.pop("age"), VoiceSpec(**row)) for name, row in rows.items()}


def choose_speaker(attributes: dict[str, str], cast: Cast | None = None) -> VoiceSpec | None:
    """Choose as SSML 1.1 says (section 3.2.1): by ``name``, else by ``gender``, ``age`` and ``variant``.

    Parameters
    ----------
    attributes : dict[str, str]
        of a ``voice`` element
    cast : Callable | None
        who else is known by name

    Returns
    -------
    VoiceSpec | None
        the speaker, or None if the element asks for none, or for an unknown one with ``onvoicefailure="keepexisting"``

    Raises
    ------
    ParameterError
        If a value is wrong, or nobody fits.

    Examples
    --------
    >>> choose_speaker({"gender": "female", "age": "8"}) == load_speakers()["girl"].spec
    True
    >>> choose_speaker({"gender": "male", "variant": "2"}) == load_speakers()["deep-man"].spec
    True
    """
    known = load_speakers()
    for name in attributes.get("name", "").split():
        if (found := (cast(name) if cast else None) or (known[name].spec if name in known else None)) is not None:
            return found
    wanted = {key: attributes[key] for key in ("gender", "age", "variant") if attributes.get(key)}
    gender = wanted.get("gender", "")
    if gender and gender not in GENDERS:
        raise ParameterError(f"gender={gender!r} is unknown. {did_you_mean(gender, GENDERS)}")
    age = _whole("age", wanted.get("age", "35"), 0, OLDEST)
    variant = _whole("variant", wanted.get("variant", "1"), 1, 100)
    fitting = [speaker for speaker in known.values() if gender in ("", speaker.gender)]
    if wanted and variant <= len(fitting):
        return sorted(fitting, key=lambda speaker: abs(speaker.age - age))[variant - 1].spec
    if attributes.get("onvoicefailure") == "keepexisting" or not (wanted or attributes.get("name")):
        return None
    if wanted:
        raise ParameterError(f"variant={variant} must be in [1, {len(fitting)}] for this gender")
    name = attributes["name"]
    raise ParameterError(f"name={name!r} is nobody of the cast, and no common speaker. {did_you_mean(name, known)}")


def _whole(name: str, value: str, low: int, high: int) -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ParameterError(f"{name}={value!r} must be a whole number in [{low}, {high}]")
    return int(value)
