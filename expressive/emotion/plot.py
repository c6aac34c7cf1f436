"""A picture of a mind's past: emotions over time with events and states, and the path through the affect plane."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from expressive.core.emotions import EMOTION_VAD, EMOTIONS
from expressive.core.errors import MissingDependency, OutputError, ParameterError
from expressive.emotion.history import History

__all__ = ["plot_emotions"]

# Hues after Plutchik's wheel, darkened until each has a contrast of 3:1 on white.
_COLOURS = {
    "happiness": "#b08900",
    "sadness": "#3465a4",
    "anger": "#cc0000",
    "fear": "#2e7d32",
    "disgust": "#8e44ad",
    "surprise": "#0097a7",
    "contempt": "#6d4c41",
    "boredom": "#757575",
    "tenderness": "#d81b7a",
    "pride": "#c75b00",
    "shame": "#7b3f61",
    "relief": "#4f8a10",
    "hope": "#5c9600",
    "pity": "#5472d3",
    "admiration": "#00897b",
}
_LEAST_PEAK = 0.05
_MAX_LABELS = 40
_STATE_SHADES = ("#f4f4f4", "#e3e9f2")
_METADATA = {"Software": "Expressive", "Comment": "synthetic: feelings of an invented character, drawn by Expressive"}


def plot_emotions(histories: History | Mapping[str, History], path: str | Path, *, title: str = "") -> Path:
    """Draw histories as a PNG file.

    Parameters
    ----------
    histories : History | Mapping[str, History]
        what :meth:`expressive.emotion.mind.Mind.history` gives, or one for each name
    path : str | Path
        where to; must end in ``.png``
    title : str
        line above the picture

    Returns
    -------
    Path
        the file

    Raises
    ------
    ParameterError
        If there is nothing to draw or the path is not a PNG.
    MissingDependency
        If matplotlib is not installed.
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ParameterError(f"path={str(path)!r} must end in .png")
    named = {"": histories} if isinstance(histories, History) else dict(histories)
    if not named:
        raise ParameterError("there is no history to draw")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("matplotlib", extra="plot") from error
    figure = Figure(figsize=(12.0, 4.4 * len(named) + (0.4 if title else 0.0)), layout="constrained")
    axes = figure.subplots(len(named), 2, squeeze=False, width_ratios=(2.4, 1.0))
    for (name, history), (over_time, plane) in zip(named.items(), axes, strict=True):
        _draw_time(over_time, history, name)
        _draw_plane(figure, plane, history)
    if title:
        figure.suptitle(title)
    try:
        figure.savefig(path, dpi=110, metadata=_METADATA)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def _draw_time(axes: Any, history: History, name: str) -> None:
    """Emotions and mood over time, on bands of the states, with the events marked."""
    t = history.times_s
    end = max(float(t[-1]), float(t[0]) + 1e-3)
    for i, (start_s, end_s, state) in enumerate(history.states):
        axes.axvspan(start_s, end_s, color=_STATE_SHADES[i % 2], lw=0, zorder=0)
        middle, wide = (start_s + end_s) / 2, end_s - start_s > 0.012 * len(state) * (end - float(t[0]))
        style = {"ha": "center"} if wide else {"ha": "left", "rotation": 30, "rotation_mode": "anchor"}
        axes.text(middle, 1.02, state, va="bottom", fontsize=9, fontstyle="italic", **style)
    events = [r for r in history.records if r.kind in ("event", "appraise", "feel") and r.time_s >= t[0]]
    for record in events[-_MAX_LABELS:]:
        axes.axvline(record.time_s, color="#999999", lw=0.8, ls=":", zorder=1)
        label = record.name if record.kind != "feel" else f"feel {record.name}"
        axes.text(record.time_s, 0.985, f" {label}", rotation=90, va="top", ha="left", fontsize=7, color="#555555")
    peaks = history.felt.max(axis=0)
    for i in sorted(np.flatnonzero(peaks > _LEAST_PEAK).tolist(), key=lambda i: -float(peaks[i])):
        axes.plot(t, history.felt[:, i], color=_COLOURS[EMOTIONS[i]], lw=1.8, label=EMOTIONS[i], zorder=3)
    axes.plot(t, history.mood[:, 0], color="black", lw=1.0, ls="--", label="mood: pleasure", zorder=2)
    low = min(0.0, float(history.mood[:, 0].min()) - 0.05)
    axes.set(xlim=(float(t[0]), end), ylim=(low, 1.0), xlabel="time [s]", ylabel="intensity")
    axes.axhline(0.0, color="#cccccc", lw=0.8, zorder=1)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    if name:
        axes.set_title(name, loc="left", fontsize=11, fontweight="bold", pad=30)


def _draw_plane(figure: Any, axes: Any, history: History) -> None:
    """The path of what was felt on the valence-arousal plane, coloured by time."""
    from matplotlib.collections import LineCollection

    points = history.affect[:, :2]
    axes.axhline(0.0, color="#dddddd", lw=0.8)
    axes.axvline(0.0, color="#dddddd", lw=0.8)
    for emotion, (valence, arousal, _) in EMOTION_VAD.items():
        axes.plot(valence, arousal, "o", ms=3, color=_COLOURS[emotion], alpha=0.6)
        axes.annotate(emotion, (valence, arousal), (3, 3), textcoords="offset points", fontsize=6, color="#777777")
    segments = np.stack([points[:-1], points[1:]], axis=1)
    path = LineCollection(list(segments), cmap="viridis", lw=1.8)
    path.set_array(history.times_s[:-1])
    axes.add_collection(path)
    if len(points):
        axes.plot(*points[0], "o", color="#440154", ms=6, zorder=4)
        axes.plot(*points[-1], "s", color="#d4b400", ms=6, zorder=4)
    figure.colorbar(path, ax=axes, label="time [s]", fraction=0.05, pad=0.02)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="valence", ylabel="arousal", aspect="equal")
