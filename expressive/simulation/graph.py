"""The stages as a graph, whatever is felt: what can be reached, and what can never end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from expressive.core.errors import Problem
from expressive.simulation.scenario import Scenario, Way

__all__ = ["check_graph", "edges"]


def edges(scenario: Scenario, stage: str) -> set[str]:
    """Where it can go on from a stage, if every condition may hold."""
    options = [None, *scenario.stages[stage].options]
    return {way.to for option in options for way in _open(scenario.ways(stage, option))}


def _open(ways: Iterable[Way]) -> Iterator[Way]:
    """Ways up to the first without a condition; those behind it are never taken."""
    for way in ways:
        yield way
        if way.when is None:
            return


def check_graph(scenario: Scenario) -> list[Problem]:
    """Stages and outcomes that nothing leads to, and stages that never come to an end.

    Parameters
    ----------
    scenario : Scenario
        a scenario whose names are all known

    Returns
    -------
    list[Problem]
        mistakes with their place; empty when there is none
    """
    out = {stage: edges(scenario, stage) for stage in scenario.stages}
    reached = _reachable({scenario.start}, out)
    problems = [
        Problem((kind, name), f"nothing leads to {what} {name!r}; name it in a 'next', or remove it")
        for kind, what, names in (("stages", "stage", scenario.stages), ("outcomes", "outcome", scenario.outcomes))
        for name in names
        if name not in reached
    ]
    back: dict[str, set[str]] = {}
    for stage, targets in out.items():
        for target in targets:
            back.setdefault(target, set()).add(stage)
    ending = _reachable(set(scenario.outcomes), back)
    for stage in scenario.stages:
        if stage in reached and stage not in ending:
            circle = ", ".join(sorted(_reachable({stage}, out) - {stage})) or "itself"
            problems.append(Problem(("stages", stage), f"no way leads from here to an outcome, only to {circle}"))
    return problems


def _reachable(start: set[str], out: dict[str, set[str]]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        for target in out.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen
