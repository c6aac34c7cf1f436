r"""Tags in square brackets: ``[anger]…[/]``, ``[pause 300ms]``, ``[sigh]``, ``[whisper]…[/]``, ``[mark door]``.

========================  =============================================================================
``[anger]…[/]``           any emotion or alias; ``[anger 0.4]…[/]`` at an intensity [range=[0, 1]]
``[whisper]…[/]``         also ``shout``, ``loud``, ``soft``, ``fast``, ``slow``, ``high``, ``low``, ``emphasis``
``[/]``, ``[/anger]``     ends the innermost; a name, if given, must be its own
``[pause 300ms]``         silence; ``ms`` or ``s``; ``[pause]`` is 500 ms
``[sigh]``                also ``gasp``, ``sob``, ``laugh``, ``growl``, ``scream``, ``hm``; ``[sigh 0.5]`` is slighter
``[mark door]``           a named moment
``\[``                     a bracket that is only a bracket
========================  =============================================================================
"""

from __future__ import annotations

import re

from expressive.core.checks import check_number, check_text
from expressive.core.emotions import ALIASES, EMOTIONS, NEUTRAL, resolve_emotion
from expressive.core.errors import ParameterError, did_you_mean
from expressive.voice.markup.script import Change, Script, ScriptBuilder
from expressive.voice.sounds.names import SOUNDS

__all__ = ["EFFECTS", "parse_inline"]

EFFECTS: dict[str, Change] = {
    "whisper": Change(whisper=1.0, effort=-0.5),
    "shout": Change(f0_shift_st=5.0, f0_range=1.2, gain_db=8.0, effort=1.0, accent=0.5),
    "loud": Change(f0_shift_st=1.5, gain_db=5.0, effort=0.5),
    "soft": Change(f0_shift_st=-1.0, gain_db=-6.0, effort=-0.5),
    "fast": Change(tempo=1.25),
    "slow": Change(tempo=0.8),
    "high": Change(f0_shift_st=3.0),
    "low": Change(f0_shift_st=-3.0),
    "emphasis": Change(f0_shift_st=1.0, gain_db=2.0, tempo=0.9, accent=0.8),
}
"""Loudness brings pitch along as in people: 0.3-0.5 st a dB from soft to shouted (Gramming et al. 1988)."""

MAX_PAUSE_S = 60.0
_TAG = re.compile(r"\\([\[\]\\])|\[([^\[\]\n]{0,80})\]")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")


def parse_inline(text: str) -> Script:
    """Understand a text with tags.

    Parameters
    ----------
    text : str
        plain text that may hold tags

    Returns
    -------
    Script
        what is to be said

    Raises
    ------
    ParameterError
        If a tag is unknown, has a bad value or closes what is not open; the message says at which character.

    Examples
    --------
    >>> parse_inline("Get away from [anger]my[/] gate!").text
    'Get away from my gate!'
    >>> parse_inline("[angr]No.[/]")
    Traceback (most recent call last):
    expressive.core.errors.ParameterError: tag [angr] at character 1 is unknown. Did you mean 'angry'?
    """
    check_text("text", text)
    builder = ScriptBuilder()
    names: list[str] = []
    end = 0
    for match in _TAG.finditer(text):
        builder.text(text[end : match.start()])
        end = match.end()
        if match.group(1):
            builder.text(match.group(1))
        else:
            _apply(builder, names, match.group(2).strip(), match.start() + 1)
    builder.text(text[end:])
    return builder.finish()


def _apply(builder: ScriptBuilder, names: list[str], tag: str, at: int) -> None:
    where = f"tag [{tag}] at character {at}"
    if tag.startswith("/"):
        if not names:
            raise ParameterError(f"{where} closes nothing; remove it, or write \\[ for a plain bracket")
        name = tag[1:].strip().lower()
        if name and _canonical(name) != names[-1]:
            raise ParameterError(f"{where} closes [{name}], but the innermost open tag is [{names[-1]}]")
        names.pop()
        builder.close()
        return
    word, _, value = tag.partition(" ")
    word, value = word.lower(), value.strip()
    if word == "pause":
        builder.pause(_duration(where, value) if value else 0.5)
    elif word == "mark":
        if not value:
            raise ParameterError(f"{where} needs a name, such as [mark door]")
        builder.mark(value)
    elif word in SOUNDS:
        builder.sound(word, _intensity(where, value))
    elif word in EFFECTS:
        names.append(word)
        builder.open(EFFECTS[word])
    elif word in EMOTIONS or word in ALIASES or word == NEUTRAL:
        emotion = resolve_emotion(word, neutral=True)
        names.append(emotion)
        builder.open(Change(emotion=emotion, intensity=_intensity(where, value)))
    else:
        known = ("pause", "mark", *SOUNDS, *EFFECTS, *EMOTIONS, *ALIASES, NEUTRAL)
        raise ParameterError(f"{where} is unknown. {did_you_mean(word, known)}")


def _canonical(name: str) -> str:
    return resolve_emotion(name, neutral=True) if name in ALIASES or name in EMOTIONS else name


def _intensity(where: str, value: str) -> float:
    if not value:
        return 1.0
    try:
        number = float(value)
    except ValueError:
        raise ParameterError(f"{where}: intensity {value!r} must be a number in [0, 1]") from None
    return check_number(f"{where}: intensity", number, 0.0, 1.0)


def _duration(where: str, value: str) -> float:
    match = _DURATION.fullmatch(value)
    if not match:
        raise ParameterError(f"{where}: duration {value!r} must be such as 300ms or 1.5s")
    seconds = float(match.group(1)) / (1000.0 if match.group(2) == "ms" else 1.0)
    return check_number(f"{where}: duration", seconds, 0.0, MAX_PAUSE_S)
