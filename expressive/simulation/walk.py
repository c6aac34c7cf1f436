"""Walking every branch: what a scenario really does, with the feelings that arise on the way.

The walk plays each option at each stage, from as many different moods as it meets. Two moments count as the same when
stage, options, state and feelings agree to a tenth and, where conditions ask for it, the same has been chosen. It ends
when nothing new is found, or at a bound; then it says so, and what it did not meet may still exist.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expressive.core.checks import check_number
from expressive.core.errors import ExpressiveError
from expressive.simulation.play import answer, think
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario

__all__ = ["MOST_TURNS", "Walk", "walk"]

MOST_TURNS = 600
"""How many turns are played at most."""
MOST_DECISIONS = 60
"""A path of more decisions than this is not followed further."""

_WAIT = "wait"


@dataclass
class Walk:
    """What was met."""

    turns: int = 0
    """turns that were played"""
    complete: bool = True
    """whether nothing was left out: every option from every mood that differs by a tenth"""
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(stage, option, or ``wait`` until the time was over) → how often it was played"""
    offered: set[tuple[str, str]] = field(default_factory=set)
    """(stage, option) that was offered at least once"""
    endings: Counter[str] = field(default_factory=Counter)
    """outcome → how often it was reached"""
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """outcome → the shortest path of options that leads there"""
    stages: set[str] = field(default_factory=set)
    """stages that were entered"""
    never_offered: list[tuple[str, str]] = field(default_factory=list)
    """(stage, option) that was offered in no turn"""
    never_entered: list[str] = field(default_factory=list)
    """stages that no turn entered"""
    never_reached: list[str] = field(default_factory=list)
    """outcomes that no turn reached"""
    too_long: list[tuple[str, ...]] = field(default_factory=list)
    """paths that did not end"""
    failures: list[str] = field(default_factory=list)
    """turns that could not be played, and why"""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong as far as was walked."""
        return not (self.never_offered or self.never_entered or self.never_reached or self.too_long or self.failures)

    def lines(self) -> Iterator[str]:
        """What is wrong, a line each."""
        bound = "" if self.complete else f" in {self.turns} turns; that may not be all there is"
        for stage, option in self.never_offered:
            yield f"stages.{stage}.options.{option}: is never offered{bound}"
        for stage in self.never_entered:
            yield f"stages.{stage}: is never entered{bound}"
        for outcome in self.never_reached:
            yield f"outcomes.{outcome}: is never reached{bound}"
        for path in self.too_long[:3]:
            yield f"does not end after {len(path)} decisions: … {' → '.join(path[-4:])}"
        yield from self.failures


def walk(scenario: Scenario, *, folder: Path = Path(), most_turns: int = MOST_TURNS) -> Walk:
    """Walk the branches of a scenario.

    Parameters
    ----------
    scenario : Scenario
        what :func:`expressive.simulation.reading.load_scenario` returned
    folder : Path
        where the cast's own files are sought
    most_turns : int [range=[1, 1000000]]
        how many turns are played at most

    Returns
    -------
    Walk
        what was met, and what was not
    """
    most_turns = int(check_number("most_turns", most_turns, 1, 1_000_000))
    found = Walk()
    run = Run(scenario, folder=folder)
    run.until_choice()
    seen: set[Any] = set()
    # Turns that were never taken come first, then short paths; the number keeps the order of equals.
    heap: list[tuple[int, int, int, str, dict[str, Any], tuple[str, ...]]] = []
    number = 0

    def arrive(path: tuple[str, ...]) -> None:
        nonlocal number
        found.stages.update(run.visited)
        if run.phase == "over":
            assert run.outcome is not None
            found.endings[run.outcome] += 1
            if len(path) < len(found.paths.get(run.outcome, (*path, ""))):
                found.paths[run.outcome] = path
            return
        key = _key(run)
        if key in seen:
            return
        seen.add(key)
        if len(path) >= MOST_DECISIONS:
            found.too_long.append(path)
            return
        assert run.stage is not None
        state = run.snapshot()
        found.offered.update((run.stage, option) for option in run.offered)
        for option in (*run.offered, *([_WAIT] if run.remaining_s is not None else [])):
            number += 1
            heapq.heappush(heap, (found.taken[run.stage, option], len(path), number, option, state, path))

    arrive(())
    while heap:
        planned, depth, order, option, state, path = heapq.heappop(heap)
        here: str = state["kept"]["stage"]
        if found.taken[here, option] > planned:
            heapq.heappush(heap, (found.taken[here, option], depth, order, option, state, path))
            continue
        if found.turns >= most_turns:
            found.complete = False
            break
        found.turns += 1
        found.taken[here, option] += 1
        run.restore(state)
        think(run)
        try:
            answer(run, option)
            run.until_choice()
        except ExpressiveError as error:
            found.failures.append(f"{' → '.join((*path, option))}: {error}")
            continue
        arrive((*path, option))
    run.close()
    for name, stage in scenario.stages.items():
        if name not in found.stages:
            found.never_entered.append(name)
            continue
        # What happens when the time is over need not be offered as well.
        seen_here = {stage.timeout, *(option for where, option in found.offered if where == name)}
        found.never_offered += [(name, option) for option in stage.options if option not in seen_here]
    found.never_reached = [name for name in scenario.outcomes if name not in found.endings]
    return found


def _key(run: Run) -> tuple[Any, ...]:
    """What makes two moments the same for the walk."""
    felt = tuple(round(10 * run.subject.felt[emotion]) for emotion in ("anger", "fear", "relief", "sadness"))
    trust = round(10 * run.subject.relation(run.scenario.trainee).trust)
    chosen = frozenset((each.stage, each.option) for each in run.record.decisions) if _asks_past(run.scenario) else ()
    return run.stage, run.offered, run.subject.state, felt, trust, chosen


def _asks_past(scenario: Scenario) -> bool:
    """Whether any condition asks for what was chosen before."""
    text = repr(scenario)
    return any(word in text for word in ("chosen(", "said(", "visited(", "score("))
