"""The curves of a run as SVG: what was felt, and trust and agitation, with every decision marked.

Colours stand in the drawing as CSS variables, so that the page that holds it shows it light and dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from expressive.core.emotions import EMOTIONS
from expressive.core.errors import MissingDependency
from expressive.simulation.debrief import Debrief, clock_time
from expressive.simulation.record import Sample

__all__ = ["PALETTE", "emotion_curves", "meter_curves"]

PALETTE = {
    "ink": "#010101",
    "faint": "#020202",
    "shade": "#030303",
    "agitation": "#040404",
    "trust": "#050505",
    "line1": "#060606",
    "line2": "#070707",
    "line3": "#080808",
    "line4": "#090909",
    "line5": "#0a0a0a",
    "line6": "#0b0b0b",
}
"""CSS variable → the colour that stands for it while it is drawn."""

_FIXED = {"anger": "line1", "fear": "line2", "relief": "line3"}
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
_LEAST_PEAK = 0.1
_MOST_LINES = 6
_WIDTH_IN, _DPI = 9.0, 72


def emotion_curves(debrief: Debrief) -> tuple[str, str]:
    """What the subject felt over time.

    Returns
    -------
    tuple[str, str]
        an SVG element, and the same in words for those who do not see it

    Raises
    ------
    MissingDependency
        If matplotlib is not installed.
    """
    samples = debrief.record.samples
    felt = np.array([[sample.felt[emotion] for emotion in EMOTIONS] for sample in samples])
    peaks = felt.max(axis=0)
    order = sorted(range(len(EMOTIONS)), key=lambda i: (EMOTIONS[i] not in _FIXED, -peaks[i]))
    # Those three are always shown, since they decide; the rest where they were felt at all.
    shown = [i for i in order if EMOTIONS[i] in _FIXED or peaks[i] >= _LEAST_PEAK][:_MOST_LINES]
    spare = ["line4", "line5", "line6"]
    with _axes(debrief, height=3.4) as (figure, axes):
        times = [sample.time_s for sample in samples]
        for n, i in enumerate(shown):
            colour = PALETTE[_FIXED[EMOTIONS[i]] if EMOTIONS[i] in _FIXED else spare.pop(0)]
            axes.plot(times, 100 * felt[:, i], color=colour, ls=_DASHES[n], lw=2.0, label=EMOTIONS[i], zorder=3)
        axes.set_ylabel("felt, 0 to 100")
        axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), frameon=False, fontsize=9, labelcolor=PALETTE["ink"])
        picture = _svg(figure)
    parts = [f"{EMOTIONS[i]} peaks at {100 * peaks[i]:.0f}, ends at {100 * felt[-1, i]:.0f}" for i in shown]
    return picture, f"Feelings of {debrief.subject} over {clock_time(debrief.duration_s)} minutes: {'; '.join(parts)}."


def meter_curves(debrief: Debrief) -> tuple[str, str]:
    """Trust and agitation over time, with what a better choice would have done as dashes.

    Returns
    -------
    tuple[str, str]
        an SVG element, and the same in words

    Raises
    ------
    MissingDependency
        If matplotlib is not installed.
    """
    samples = debrief.record.samples
    with _axes(debrief, height=2.9) as (figure, axes):
        _meter_lines(axes, samples, "-", 2.2, label=True)
        for moment in debrief.moments:
            if moment.better is not None:
                start = min(samples, key=lambda s: abs(s.time_s - moment.decision.time_s))
                _meter_lines(axes, (start, *moment.better.path), ":", 1.4, label=False)
        axes.set_ylabel("0 to 100")
        axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), frameon=False, fontsize=9, labelcolor=PALETTE["ink"])
        picture = _svg(figure)
    first, last = samples[0], samples[-1]
    highest = max(sample.agitation for sample in samples)
    words = (
        f"Trust goes from {50 * (first.trust + 1):.0f} to {50 * (last.trust + 1):.0f}; agitation peaks at "
        f"{100 * highest:.0f} and ends at {100 * last.agitation:.0f}."
    )
    if any(moment.better for moment in debrief.moments):
        words += " Dotted lines show better choices."
    return picture, words


def _meter_lines(axes: Any, samples: Sequence[Sample], dashes: str, width: float, *, label: bool) -> None:
    times = [sample.time_s for sample in samples]
    for name, values in (
        ("agitation", [100 * sample.agitation for sample in samples]),
        ("trust", [50 * (sample.trust + 1) for sample in samples]),
    ):
        axes.plot(times, values, color=PALETTE[name], ls=dashes, lw=width, label=name if label else None, zorder=3)


@contextmanager
def _axes(debrief: Debrief, *, height: float) -> Iterator[tuple[Any, Any]]:
    """Axes over the run's time, with the decisions as numbered marks and the states as shades."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("matplotlib", extra="report") from error
    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "expressive",
        "font.family": "sans-serif",
        "font.size": 10,
        **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), PALETTE["ink"]),
        "axes.edgecolor": PALETTE["faint"],
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(_WIDTH_IN, height), dpi=_DPI)
        axes = figure.add_axes((0.07, 0.13, 0.77, 0.72))
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        end_s = max(debrief.duration_s, 1.0)
        axes.set(xlim=(0.0, end_s), ylim=(0.0, 100.0))
        axes.patch.set_visible(False)
        figure.patch.set_visible(False)
        axes.grid(axis="y", color=PALETTE["faint"], alpha=0.25, lw=0.6)
        _shade_states(axes, debrief, end_s)
        for moment in debrief.moments:
            at_s = moment.decision.time_s
            axes.axvline(at_s, color=PALETTE["ink"], lw=0.8, alpha=0.45, zorder=2)
            axes.text(at_s, 101.0, str(moment.number), ha="center", va="bottom", fontsize=9, fontweight="bold")
        for entry in debrief.overrides:
            axes.axvline(entry.time_s, color=PALETTE["agitation"], lw=1.2, ls="--", zorder=2)
            axes.text(entry.time_s, 101.0, "I", ha="center", va="bottom", fontsize=9, fontweight="bold")
        step_s = next(step for step in (10, 15, 30, 60, 120, 300, 600, 1200) if end_s / step <= 10)
        ticks = np.arange(0.0, end_s, step_s)
        axes.set_xticks(ticks, [clock_time(tick) for tick in ticks])
        yield figure, axes


def _shade_states(axes: Any, debrief: Debrief, end_s: float) -> None:
    """Name the states of mind along the upper edge where they last long enough to be read."""
    changes = [(debrief.record.samples[0].time_s, debrief.record.samples[0].state)]
    changes += [(entry.time_s, entry.text) for entry in debrief.record.entries if entry.kind == "state"]
    ends = [*(time_s for time_s, _ in changes[1:]), end_s]
    for n, ((start_s, state), stop_s) in enumerate(zip(changes, ends, strict=True)):
        if n % 2:
            axes.axvspan(start_s, stop_s, color=PALETTE["shade"], lw=0, alpha=0.5, zorder=0)
        if stop_s - start_s > 0.011 * end_s * len(state):
            axes.text((start_s + stop_s) / 2, 97.0, state, ha="center", va="top", fontsize=8, alpha=0.75)


def _svg(figure: Any) -> str:
    """The drawing as an element for a page, with variables for its colours and nothing that changes from run to run."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r'\1 class="curves" aria-hidden="true" focusable="false"', text, count=1
    )
    for name, colour in PALETTE.items():
        text = text.replace(colour, f"var(--{name})")
    return text.strip()
