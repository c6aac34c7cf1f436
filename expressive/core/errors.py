"""One family of errors, whose messages name the value, what it must be and the remedy.

::

    ExpressiveError
    ├── ParameterError (ValueError)      a value handed to the API
    │   └── UnknownNameError             a name that no vocabulary knows
    ├── ProfileError                     a character, script or scenario file, with file and line
    ├── TransitionNotAllowed             a state machine asked for what its rules forbid
    ├── MissingDependency (ImportError)  an optional package that is not installed
    ├── WeightsError                     a model folder that is missing, truncated or altered
    ├── SpeechError                      a voice backend that failed
    └── OutputError                      a file that cannot be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "ExpressiveError",
    "MissingDependency",
    "OutputError",
    "ParameterError",
    "Problem",
    "ProfileError",
    "SpeechError",
    "TransitionNotAllowed",
    "UnknownNameError",
    "WeightsError",
    "did_you_mean",
]


class ExpressiveError(Exception):
    """Base of every error that Expressive raises on purpose."""


class ParameterError(ExpressiveError, ValueError):
    """A value handed to the API is outside what it must be."""


class UnknownNameError(ParameterError):
    """A name that no vocabulary knows.

    Parameters
    ----------
    kind : str
        what was looked up, such as ``"emotion"``
    name : object
        the name that was given
    known : Iterable[str]
        the names that would have been understood
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        super().__init__(f"{kind} {name!r} is unknown. {did_you_mean(str(name), self.known)}".rstrip())


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file."""

    path: tuple[str | int, ...]
    """keys and indices from the document's root to the value, such as ``("voice", "tempo")``"""
    message: str
    """what is wrong and the remedy, in one line"""
    line: int | None = None
    """line in the file, counted from 1, where known"""

    @property
    def where(self) -> str:
        """The path as a writer would say it: ``states.angry.enter``."""
        return ".".join(str(part) for part in self.path)


class ProfileError(ExpressiveError):
    """A character, script or scenario file has mistakes; all of them are listed.

    Parameters
    ----------
    source : str
        the file, or another name for where the text came from
    problems : Iterable[Problem]
        every mistake that was found
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line for each mistake: ``file:line: path: message``; a message that begins with its path says it once."""
        out = []
        for problem in self.problems:
            place = self.source if problem.line is None else f"{self.source}:{problem.line}"
            where = f"{problem.where}: " if problem.path and not problem.message.startswith(problem.where) else ""
            out.append(f"{place}: {where}{problem.message}")
        return out


class TransitionNotAllowed(ExpressiveError):
    """A state machine was asked for a move that its rules forbid.

    Parameters
    ----------
    event : str
        the move that was asked for
    state : str
        the state in which it was asked
    """

    def __init__(self, event: str, state: str) -> None:
        self.event = event
        self.state = state
        super().__init__(f"can't {event!r} when in {state!r}")


class MissingDependency(ExpressiveError, ImportError):
    """An optional package is needed and not installed.

    Parameters
    ----------
    package : str
        the package as people name it
    extra : str | None
        the extra of Expressive that brings it
    """

    def __init__(self, package: str, *, extra: str | None = None) -> None:
        target = f'"expressive[{extra}]"' if extra else package
        self.package = package
        super().__init__(f"{package} is not installed; run: pip install {target}")


class WeightsError(ExpressiveError):
    """A model folder is missing, truncated, altered or of another make."""


class SpeechError(ExpressiveError):
    """A voice backend failed or is not there."""


class OutputError(ExpressiveError):
    """A file cannot be written."""


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 12) -> str:
    """Suggest the known name that is closest to a mistyped one.

    Parameters
    ----------
    name : str
        what was typed
    known : Iterable[str]
        what would have been understood
    limit : int
        how many names are listed at most when nothing is close

    Returns
    -------
    str
        a sentence; empty when nothing is known at all

    Examples
    --------
    >>> did_you_mean("happines", ["happiness", "anger"])
    "Did you mean 'happiness'?"
    >>> did_you_mean("xyzzy", ["happiness", "anger"])
    'Known: anger, happiness'
    """
    names = sorted(set(known))
    if close := difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6):
        return f"Did you mean {close[0]!r}?"
    if not names:
        return ""
    listed = ", ".join(names[:limit])
    return f"Known: {listed}" + (", …" if len(names) > limit else "")
