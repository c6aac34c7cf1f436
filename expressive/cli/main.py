"""The command ``expressive``: finds the command, and turns every error into one clear line."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from expressive import __version__
from expressive.core.errors import ExpressiveError, did_you_mean

__all__ = ["main"]

COMMANDS = {
    "bench": "expressive.cli.bench",
    "characters": "expressive.cli.characters",
    "check": "expressive.cli.characters",
    "doctor": "expressive.cli.doctor",
    "evaluate": "expressive.cli.evaluate",
    "face": "expressive.cli.face",
    "fit-voice": "expressive.cli.fit_voice",
    "perform": "expressive.cli.perform",
    "plot": "expressive.cli.plot",
    "say": "expressive.cli.perform",
    "scenario": "expressive.cli.scenario",
    "serve": "expressive.cli.serve",
    "sheet": "expressive.cli.face",
    "studio": "expressive.cli.serve",
    "train": "expressive.cli.train",
}
"""Command → the module that holds it; it is imported when the command is called."""


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one was meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no command is called {args[0]!r}. {did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="expressive")
def cli() -> None:
    """Characters with feelings: faces, voices and the emotions behind them.

    Machines only mimic emotion. What this program makes is marked as synthetic.

    \b
    Example:
      expressive say guard "Get away from my gate!" --emotion anger=0.8 -o guard.mp4
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 for an error, 2 for a wrong call, 130 when interrupted."""
    try:
        cli.main(args=argv, prog_name="expressive", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except ExpressiveError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"expressive: {message}", err=True)
    sys.exit(code)
