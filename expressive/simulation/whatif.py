"""What a better choice would have done: the run played again up to a decision, and on from there with another.

After that decision the trainee does what he did before, wherever the same option is offered at the same stage; where it
is not, the option that is worth most nearly what his choices were worth on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expressive.simulation.log import advance, choices_of, prepare, repeat
from expressive.simulation.play import think
from expressive.simulation.record import Decision, Sample
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario

__all__ = ["WhatIf", "what_if"]

_MOST_DECISIONS = 60


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One decision, taken otherwise."""

    decision: int
    """its number, from 0"""
    instead: str
    """the option that the rubric values most"""
    was: Sample
    """the subject when the next decision was due, or at the end"""
    would_be: Sample
    """the same after the other option"""
    path: tuple[Sample, ...]
    """how it would have got there"""
    outcome: str | None
    """where it would have ended with the trainee's other choices; None if not within sixty decisions"""
    outcome_at_best: str | None
    """where it would have ended with the best choices from there on"""


def what_if(scenario: Scenario, log: dict[str, Any], *, folder: Path = Path()) -> tuple[WhatIf, ...]:
    """Play a better choice at every decision that had one.

    Parameters
    ----------
    scenario : Scenario
        the scenario that was played
    log : dict[str, Any]
        what :func:`expressive.simulation.log.run_log` returned
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    tuple[WhatIf, ...]
        in the order of the decisions; none for a decision that was the best already

    Raises
    ------
    ParameterError
        If the log is of another scenario or version, or damaged.
    """
    run = prepare(scenario, log, folder=folder)
    openings = _openings(run, log)
    taken = tuple(run.record.decisions)
    ends = run.record.afterwards
    run.forget_voices()
    found = []
    for i, (decision, was) in enumerate(zip(taken, ends, strict=True)):
        better = scenario.best(decision.stage, decision.offered)
        options = scenario.stages[decision.stage].options
        if i not in openings or options[better].points <= options[decision.option].points:
            continue
        run.restore(openings[i])
        if decision.how == "timeout":
            think(run)
        else:
            run.update(max(0.0, decision.time_s - run.time_s))
        begun_s = run.time_s
        run.choose(better)
        _to_next(run)
        would_be = run.now()
        path = tuple(sample for sample in run.record.samples if sample.time_s >= begun_s)
        there = run.snapshot()
        as_before = _finish(run, taken, i)
        run.restore(there)
        found.append(WhatIf(i, better, was, would_be, path, as_before, _finish_well(run)))
    run.close()
    return tuple(found)


def _openings(run: Run, log: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Play the log to its end; number of a decision → the run as its options were offered."""
    openings: dict[int, dict[str, Any]] = {}
    inputs = choices_of(log)
    while inputs or run.ticks < log["ticks"]:
        if run.phase == "choosing":
            # After words that were not understood the options open anew; the last opening counts.
            openings[len(run.record.decisions)] = run.snapshot()
        opened = run.openings
        while run.openings == opened and (inputs or run.ticks < log["ticks"]):
            if inputs and inputs[0]["tick"] <= run.ticks:
                advance(run, inputs[0]["tick"])
                repeat(run, inputs.pop(0))
            else:
                run.run_ticks(1)
    return openings


def _finish(run: Run, taken: tuple[Decision, ...], at: int) -> str | None:
    """Go on as the trainee did, to the end."""
    scenario = run.scenario
    plan: dict[str, list[str]] = {}
    for each in taken[at + 1 :]:
        plan.setdefault(each.stage, []).append(each.option)
    usual = sum(scenario.stages[each.stage].options[each.option].points for each in taken) / len(taken)
    while run.phase == "choosing" and len(run.record.decisions) < _MOST_DECISIONS:
        assert run.stage is not None
        same = plan.get(run.stage, [])
        if same and same[0] in run.offered:
            run.choose(same.pop(0))
        else:
            options = run.options
            run.choose(min(options, key=lambda name: abs(options[name].points - usual)))
        _to_next(run)
    return run.outcome


def _finish_well(run: Run) -> str | None:
    """Go on with the best choice at every stage, to the end."""
    while run.phase == "choosing" and len(run.record.decisions) < _MOST_DECISIONS:
        assert run.stage is not None
        run.choose(run.scenario.best(run.stage, run.offered))
        _to_next(run)
    return run.outcome


def _to_next(run: Run) -> None:
    run.until_choice()
    if run.phase == "choosing":
        think(run)
