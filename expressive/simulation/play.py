"""Playing a scenario by a list of choices: for scripts, tests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expressive.core.errors import ParameterError
from expressive.simulation.run import Run
from expressive.simulation.scenario import Scenario

__all__ = ["THINKING_S", "answer", "play", "think"]

THINKING_S = 3.0
"""How long a scripted trainee thinks; half the time that there is, where that is less."""

_MOST_REPEATS = 200


def play(
    scenario: Scenario,
    choices: Sequence[str],
    *,
    folder: Path = Path(),
    seed: int | None = None,
) -> Run:
    """Play a scenario to its end.

    Parameters
    ----------
    scenario : Scenario
        what is played
    choices : Sequence[str]
        one for each decision: an option's number, name or tag, ``best``, ``worst``, ``first``, ``wait`` (until the time
        is over), or own words. The last is repeated until the end, where it still means something
    folder : Path
        where the cast's own files are sought
    seed : int | None
        seed of all chance; None takes the scenario's

    Returns
    -------
    Run
        the run, over

    Raises
    ------
    ParameterError
        If a choice is not offered, or there are not enough.
    """
    if not choices:
        raise ParameterError("there are no choices; give at least one, such as 'best'")
    run = Run(scenario, folder=folder, seed=seed)
    run.until_choice()
    n = 0
    while run.phase == "choosing":
        word = choices[min(n, len(choices) - 1)]
        if n >= len(choices) and not _repeats(run, word):
            raise ParameterError(f"the choices end before the scenario, at stage {run.stage!r}; {_offer(run)}")
        if n >= len(choices) + _MOST_REPEATS:
            raise ParameterError(
                f"{word!r} leads to no end: {_MOST_REPEATS} decisions later the scenario still goes on"
            )
        think(run)
        answer(run, word)
        run.until_choice()
        n += 1
    run.close()
    return run


def think(run: Run) -> None:
    """Let as much time pass as a scripted trainee takes to think."""
    left_s = run.remaining_s
    run.update(THINKING_S if left_s is None else min(THINKING_S, left_s / 2))


def answer(run: Run, word: str) -> None:
    """Do what a word of a script says; own words are said.

    Raises
    ------
    ParameterError
        If it is meant as an option that is not offered.
    """
    word = word.strip()
    name = _option(run, word)
    if name is not None:
        run.choose(name)
    elif word == "wait":
        if run.remaining_s is None:
            raise ParameterError(f"stage {run.stage!r} has no time limit, so 'wait' would wait for ever; {_offer(run)}")
        while run.phase == "choosing":
            run.update(0.05)
    elif word.isdecimal() or " " not in word:
        # One word is no sentence: it is an option that was mistyped, or that is closed at this moment.
        raise ParameterError(f"{word!r} is not offered at stage {run.stage!r}; {_offer(run)}")
    else:
        run.say(word)


def _option(run: Run, word: str) -> str | None:
    """The option that a word means: a number, a name, a tag, or one of the words for it."""
    scenario, offered = run.scenario, run.offered
    assert run.stage is not None
    if word.isdecimal() and 1 <= int(word) <= len(offered):
        return offered[int(word) - 1]
    if word in offered:
        return word
    if word in ("best", "worst", "first"):
        return {"best": scenario.best, "worst": scenario.worst}.get(word, lambda _, names: names[0])(run.stage, offered)
    return next((name for name in offered if word in run.options[name].tags), None)


def _repeats(run: Run, word: str) -> bool:
    """Whether the last choice still means something here; sentences and numbers are not repeated."""
    return not word.isdecimal() and (_option(run, word) is not None or (word == "wait" and run.remaining_s is not None))


def _offer(run: Run) -> str:
    tags = sorted({tag for option in run.options.values() for tag in option.tags})
    return f"offered: {', '.join(run.offered)}" + (f"; tags: {', '.join(tags)}" if tags else "")
