"""``expressive scenario``: run, check and import training scenarios."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from expressive.core.errors import ParameterError, ProfileError, did_you_mean

if TYPE_CHECKING:
    from expressive.simulation.run import Run
    from expressive.simulation.scenario import Scenario

__all__ = ["scenario"]


class _Group(click.Group):
    """A group that says which command was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands)
            raise click.UsageError(f"scenario has no command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Group)
def scenario() -> None:
    """Train a hard talk: play a scenario, check that every branch works, or import scenarios.

    \b
    Example:
      expressive scenario run demos/scenarios/traffic_stop.yaml --report report.html
    """


@scenario.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--headless", is_flag=True, help="Ask nobody: play the choices that are given to the end.")
@click.option("--choices", help="Choices, with commas: numbers, names, tags, best, worst, first, wait, or own words.")
@click.option("--choices-file", type=click.Path(path_type=Path), help="The same, one in each line of a text file.")
@click.option("--replay", "replayed", type=click.Path(path_type=Path), help="Play a log again instead.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance, in place of the scenario's.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the after-action report, such as report.html.")
@click.option("--log", type=click.Path(path_type=Path), help="Write the run's log, such as run.json.")
def run(
    file: Path,
    headless: bool,
    choices: str | None,
    choices_file: Path | None,
    replayed: Path | None,
    seed: int | None,
    report: Path | None,
    log: Path | None,
) -> None:
    """Play a scenario in the terminal, or by a list of choices.

    The last choice of a list is repeated to the end, so 'calm' alone always takes the option with that tag. The same
    choices and seed give the same log and the same report.

    \b
    Example:
      expressive scenario run demos/scenarios/traffic_stop.yaml --headless --choices calm --report report.html
    """
    from expressive.simulation.log import load_log, replay, run_log, write_log
    from expressive.simulation.play import play
    from expressive.simulation.reading import load_scenario
    from expressive.simulation.report import write_report

    given = _choices(choices, choices_file)
    if replayed is not None and (given or headless or seed is not None):
        raise click.UsageError("--replay plays a log as it was; it does not go with --headless, --choices or --seed")
    if headless and not given:
        raise click.UsageError("--headless needs --choices or --choices-file, such as --choices best")
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"report {str(report)!r} must end in .html")
    for path in (report, log):
        if path is not None and not path.parent.is_dir():
            raise ParameterError(f"{path}: there is no folder {str(path.parent)!r}; make it first")
    loaded, folder = load_scenario(file), file.parent
    if replayed is not None:
        made = replay(loaded, load_log(replayed), folder=folder)
    elif headless:
        made = play(loaded, given, folder=folder, seed=seed)
    else:
        made = _talk(loaded, folder, seed, given)
    click.echo(_summary(made))
    if log is not None:
        write_log(made, log)
        click.echo(f"wrote {log}")
    if report is not None:
        write_report(loaded, run_log(made), report, folder=folder)
        click.echo(f"wrote {report}")


@scenario.command()
@click.argument("file", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--turns", type=click.IntRange(min=1), help="How many turns are played at most.")
def check(file: tuple[Path, ...], turns: int | None) -> None:
    """Find every mistake in scenarios, then walk their branches: each option at each stage, in different moods.

    \b
    Example:
      expressive scenario check demos/scenarios/traffic_stop.yaml
    """
    from expressive.simulation.reading import load_scenario
    from expressive.simulation.walk import MOST_TURNS, walk

    wrong = False
    for path in file:
        try:
            found = walk(load_scenario(path), folder=path.parent, most_turns=turns or MOST_TURNS)
        except ProfileError as error:
            click.echo("\n".join(error.lines()))
            wrong = True
            continue
        for line in found.lines():
            click.echo(f"{path}: {line}")
        extent = "all that differ by a tenth" if found.complete else f"bounded at {found.turns}; --turns walks further"
        click.echo(f"{path}: {'good' if found.good else 'not good'}; {found.turns} turns played ({extent})")
        for outcome, count in found.endings.most_common():
            click.echo(f"  {outcome}: reached {count} times, such as by {','.join(found.paths[outcome])}")
        wrong = wrong or not found.good
    if wrong:
        sys.exit(1)


@scenario.group("import", cls=_Group)
def import_() -> None:
    """Turn scenarios of other programs into ours.

    \b
    Example:
      expressive scenario import policecom FOLDER -o scenarios/
    """


@import_.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the YAML files.")
def policecom(source: Path, out: Path) -> None:
    """Import scenarios of the POL-COM project: a JSON file, or a folder of them. Credit and licence are kept.

    \b
    Example:
      expressive scenario import policecom FOLDER -o scenarios/
    """
    from expressive.simulation.policecom import import_policecom

    for path in import_policecom(source, out):
        click.echo(f"wrote {path}")


def _choices(text: str | None, path: Path | None) -> list[str]:
    if text is not None and path is not None:
        raise click.UsageError("give --choices or --choices-file, not both")
    if path is not None:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ParameterError(f"{path}: cannot be read as text: {error}") from error
    else:
        lines = (text or "").split(",")
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _summary(made: Run) -> str:
    ending = made.ending
    taken = ",".join(decision.option for decision in made.record.decisions)
    points = sum(award.points for award in made.record.awards)
    end = f"{ending.kind}: {ending.title}" if ending is not None else "broken off"
    last = made.record.samples[-1]
    return (
        f"{end}\n{len(made.record.decisions)} decisions in {made.time_s:.0f} s: {taken}\n"
        f"points {points:+g}; agitation {100 * last.agitation:.0f}, trust {50 * (last.trust + 1):.0f} of 100"
    )


def _talk(loaded: Scenario, folder: Path, seed: int | None, given: list[str]) -> Run:
    """Play with somebody at the terminal; choices that were given are made first."""
    from expressive.simulation.play import answer, think
    from expressive.simulation.run import Run

    made = Run(loaded, folder=folder, seed=seed)
    click.echo(f"{loaded.title}\n{loaded.briefing or loaded.description}\n")
    click.echo("Answer with a number or in your own words. An empty line stops.\n")
    told = 0
    while True:
        made.until_choice()
        told = _show(made, told)
        if made.phase != "choosing":
            break
        if given:
            think(made)
            answer(made, given.pop(0))
            continue
        begun = time.monotonic()
        try:
            words = click.prompt(_question(made), default="", show_default=False, prompt_suffix=" ").strip()
        except click.Abort:
            words = ""
        if not words:
            click.echo("stopped")
            break
        made.update(min(time.monotonic() - begun, 600.0))
        if not made.offered:
            click.echo("Too late: the time was over.")
            continue
        try:
            made.say(words)
        except ParameterError as error:
            click.echo(str(error))
    made.close()
    return made


def _show(made: Run, told: int) -> int:
    names = made.scenario.script
    for entry in made.record.entries[told:]:
        if entry.kind == "line":
            label = names.member(entry.who).name or entry.who.capitalize()
            click.echo(f"{label}: {entry.text}")
        elif entry.kind in ("stage", "scene", "outcome", "timeout"):
            click.echo(f"— {entry.text} —")
    return len(made.record.entries)


def _question(made: Run) -> str:
    last = made.record.samples[-1]
    meters = f"[trust {50 * (last.trust + 1):.0f}, agitation {100 * last.agitation:.0f}]"
    offered = [f"  {n}  {option.title}" for n, option in enumerate(made.options.values(), 1)]
    assert made.stage is not None
    stage = made.scenario.stages[made.stage]
    limit = "" if made.remaining_s is None else f" ({made.remaining_s:.0f} s)"
    return "\n".join(["", *offered, f"{meters} {stage.prompt or 'What do you do?'}{limit} >"])
