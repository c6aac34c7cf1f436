"""A run as a file: what came from outside, tick by tick, with which it is played again bit by bit."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from expressive.core.errors import ExpressiveError, OutputError, ParameterError
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario

__all__ = ["LOG_VERSION", "load_log", "replay", "run_log", "write_log"]

LOG_VERSION = 1
NOTICE = "A simulated conversation with an invented character. It says nothing about real people."

_FORMAT = "expressive-scenario-log"
_KINDS = ("choose", "say", "override", "heard")


def run_log(run: Run) -> dict[str, Any]:
    """A run as plain JSON types: enough to play it again, and what happened for people to read."""
    ending = run.ending
    return {
        "format": _FORMAT,
        "version": LOG_VERSION,
        "notice": NOTICE,
        "scenario": run.scenario.title,
        "fingerprint": run.fingerprint,
        "seed": run.seed,
        "ticks": run.ticks,
        "outcome": run.outcome,
        "success": ending.kind if ending is not None else None,
        "inputs": sorted((dict(each) for each in run.record.inputs), key=lambda each: each["tick"]),
        "transcript": [[round(e.time_s, 3), e.kind, e.who, e.text] for e in run.record.entries],
    }


def write_log(run: Run, path: str | PathLike[str]) -> None:
    """Write a run's log as JSON.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = json.dumps(run_log(run), indent=1, ensure_ascii=False) + "\n"
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def load_log(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a run's log.

    Raises
    ------
    ParameterError
        If the file is no log, or of another version.
    """
    try:
        log = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ParameterError(f"{path}: is no JSON: {error}") from error
    _check(log, str(path))
    result: dict[str, Any] = log
    return result


def replay(scenario: Scenario, log: dict[str, Any], *, folder: Path = Path()) -> Run:
    """Play a run again.

    Parameters
    ----------
    scenario : Scenario
        the scenario that was played
    log : dict[str, Any]
        what :func:`run_log` returned
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    Run
        the run as it was, up to its last tick

    Raises
    ------
    ParameterError
        If the log is of another scenario or version, or damaged.
    """
    run = prepare(scenario, log, folder=folder)
    for each in choices_of(log):
        advance(run, each["tick"])
        repeat(run, each)
    advance(run, log["ticks"])
    return run


def prepare(scenario: Scenario, log: dict[str, Any], *, folder: Path) -> Run:
    """A run that stands at the beginning of a log."""
    _check(log, "log")
    heard = {each["since"]: each["tick"] for each in log["inputs"] if each["kind"] == "heard"}
    run = Run(scenario, folder=folder, seed=log["seed"], heard=heard)
    if run.fingerprint != log["fingerprint"]:
        run.close()
        raise ParameterError(
            f"the log was made with another version of {log['scenario']!r} or its characters; play it again"
        )
    return run


def choices_of(log: dict[str, Any]) -> list[dict[str, Any]]:
    """What people did, in order."""
    return [each for each in log["inputs"] if each["kind"] != "heard"]


def advance(run: Run, tick: int) -> None:
    """Let time pass up to a tick."""
    if tick < run.ticks:
        raise ParameterError(f"the log goes back in time at tick {tick}")
    run.run_ticks(tick - run.ticks)


def repeat(run: Run, each: dict[str, Any]) -> None:
    """Do again what somebody did."""
    try:
        if each["kind"] == "choose":
            run.choose(each["option"])
        elif each["kind"] == "say":
            run.say(each["text"])
        else:
            run.override(each["what"], each["name"], intensity=each["intensity"], to=each["to"])
    except (KeyError, TypeError, ExpressiveError) as error:
        raise ParameterError(f"the log does not fit the scenario at tick {each['tick']}: {error}") from error


def _check(log: Any, source: str) -> None:
    if not isinstance(log, dict) or log.get("format") != _FORMAT:
        raise ParameterError(f"{source}: is no log of a scenario; use what 'expressive scenario run --log' wrote")
    if log.get("version") != LOG_VERSION:
        raise ParameterError(f"{source}: log version {log.get('version')!r} is not {LOG_VERSION}; play it again")
    wanted = {"seed": int, "ticks": int, "inputs": list, "fingerprint": str, "scenario": str}
    for key, kind in wanted.items():
        if not isinstance(log.get(key), kind) or isinstance(log.get(key), bool):
            raise ParameterError(f"{source}: {key}={log.get(key)!r} is damaged; play it again")
    for i, each in enumerate(log["inputs"]):
        good = isinstance(each, dict) and each.get("kind") in _KINDS and isinstance(each.get("tick"), int)
        if not good or (each["kind"] == "heard" and not isinstance(each.get("since"), int)):
            raise ParameterError(f"{source}: input {i + 1} is damaged: {str(each)[:60]}")
