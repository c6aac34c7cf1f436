"""The after-action report: one page of HTML that holds everything and loads nothing."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from expressive import __version__
from expressive.core.errors import MissingDependency, OutputError, ParameterError
from expressive.simulation.debrief import Debrief, clock_time, debrief
from expressive.simulation.log import NOTICE
from expressive.simulation.scenario import Scenario

__all__ = ["render_report", "write_report"]


def write_report(
    scenario: Scenario, log: dict[str, Any], path: str | PathLike[str], *, folder: Path = Path()
) -> Debrief:
    """Write the report of a run.

    Parameters
    ----------
    scenario : Scenario
        the scenario that was played
    log : dict[str, Any]
        what :func:`expressive.simulation.log.run_log` returned; the same log gives the same bytes
    path : str | PathLike[str]
        where to; must end in ``.html``
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    Debrief
        what the report tells

    Raises
    ------
    ParameterError
        If the path does not end in ``.html``, or the log does not fit.
    MissingDependency
        If jinja2 or matplotlib is not installed.
    OutputError
        If the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"report {str(path)!r} must end in .html")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {str(target.parent)!r}; make it first")
    told = debrief(scenario, log, folder=folder)
    text = render_report(told)
    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    return told


def render_report(told: Debrief) -> str:
    """The page as text; whatever was said in the run is escaped.

    Raises
    ------
    MissingDependency
        If jinja2 or matplotlib is not installed.
    """
    from expressive.simulation.curves import emotion_curves, meter_curves

    template = _template()
    emotions, emotions_words = emotion_curves(told)
    meters, meters_words = meter_curves(told)
    text: str = template.render(
        told=told,
        scenario=told.scenario,
        last=told.record.samples[-1],
        first=told.record.samples[0],
        emotions=emotions,
        emotions_words=emotions_words,
        meters=meters,
        meters_words=meters_words,
        notice=NOTICE,
        version=__version__,
    )
    return text


@lru_cache(maxsize=1)
def _template() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingDependency("jinja2", extra="report") from error
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["clock"] = clock_time
    environment.filters["hundred"] = lambda share: f"{100 * share:.0f}"
    environment.filters["meter"] = lambda trust: f"{50 * (trust + 1):.0f}"
    environment.filters["points"] = lambda points: f"{points:+g}".replace("-", "−")  # a minus, not a hyphen
    text = (Path(__file__).parent / "data" / "report.html").read_text(encoding="utf-8")
    return environment.from_string(text)
