"""``expressive serve`` and ``expressive studio``."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from expressive.links.server.run import Runner

__all__ = ["serve", "studio"]

_LOOK_S = 0.05


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both commands."""
    options = (
        click.argument("character", nargs=-1, type=click.Path(exists=True, dir_okay=False)),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all."),
        click.option("--port", default=8765, show_default=True, help="Port; 0 takes a free one."),
        click.option(
            "--token",
            default="",
            envvar="EXPRESSIVE_TOKEN",
            help="What clients must know; beyond this computer one is made where none is given.",
        ),
        click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="A web page that may connect."),
        click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name that this computer goes by."),
        click.option("--max-clients", default=8, show_default=True, type=click.IntRange(1, 1000)),
        click.option("--max-actors", default=8, show_default=True, type=click.IntRange(1, 1000), help="Per client."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_shared
def serve(**options: Any) -> None:
    """Serve characters to engines and pages over a WebSocket; CHARACTER are files of your own.

    \b
    Example:
      expressive serve --port 8765 my_dragon.yaml
    """
    _run(_runner(options))


@click.command()
@_shared
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def studio(no_browser: bool, **options: Any) -> None:
    """Open a page on which a character lives: drag its feelings, let it speak, see why.

    CHARACTER are files of your own.

    \b
    Example:
      expressive studio
    """
    from expressive import links

    runner = _runner(options, page=Path(links.__file__).parent / "studio")
    if not no_browser:
        threading.Thread(target=_show, args=(runner,), daemon=True).start()
    _run(runner, page=True)


def _runner(options: dict[str, Any], **more: Any) -> Runner:
    from expressive.links.server.limits import Limits
    from expressive.links.server.run import Runner

    limits = Limits(clients=options.pop("max_clients"), actors=options.pop("max_actors"))
    return Runner(characters=options.pop("character"), limits=limits, **options, **more)


def _run(runner: Runner, *, page: bool = False) -> None:
    from expressive.links.marking import notice

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if page:
        click.echo(f"studio: {runner.page_url}")
    click.echo(f"server: ws://{runner.address}/v1/ws")
    if runner.token:
        click.echo(f"token:  {runner.token}")
    click.echo(f"{notice()}. Ctrl-C ends.")
    with contextlib.suppress(KeyboardInterrupt):
        runner.run()
    click.echo("ended")


def _show(runner: Runner) -> None:
    import webbrowser

    while not runner.is_ready:
        time.sleep(_LOOK_S)
    webbrowser.open(runner.page_url)
