"""How fast emotions are: ours beside a plain Python loop over the same characters.

Times are of the processor, not of the clock, so that what else runs on the machine counts less. Peers' figures for one
event through one character, as measured elsewhere: GAMYGDALA 68 µs (JavaScript), FAtiMA 59 µs (C#).
"""

from __future__ import annotations

import gc
import itertools
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from expressive.emotion.appraisal import Event
from expressive.emotion.channels import N_CHANNELS
from expressive.emotion.compat.gamygdala import Gamygdala
from expressive.emotion.mind import Mind
from expressive.emotion.population import Population
from expressive.emotion.spec import (
    DisplayRule,
    EmotionSpec,
    Goal,
    MachineSpec,
    MindSpec,
    Personality,
    RelationSpec,
    Response,
    Standard,
    StateSpec,
    TransitionSpec,
)
from expressive.emotion.temperament import Temperament, temperament

__all__ = ["RICH", "bench"]

RICH = MindSpec(
    Personality(-0.3, 0.5, 0.2, -0.4, 0.4),
    EmotionSpec(
        half_life_s={"anger": 14.0},
        habituation=-0.1,
        responses={
            "insulted": Response(anger=0.3, contempt=0.1, sadness=0.1, surprise=0.05, liking=-0.2, trust=-0.1),
            "sworn_at": Response(anger=0.3, goals={"honour": -0.4}, standards={"courtesy": -0.6}, liking=-0.1),
        },
        goals={"honour": Goal(0.8), "safety": Goal(0.9), "duty": Goal(0.7)},
        standards={"courtesy": Standard(0.7), "honesty": Standard(0.6)},
    ),
    MachineSpec(
        initial="calm",
        states={name: StateSpec(tone={"anger": 0.1 * i}) for i, name in enumerate(("calm", "irritated", "angry"))},
        transitions=(
            TransitionSpec(from_="calm", to="irritated", when="anger > 0.3 and trust(player) < 0.5"),
            TransitionSpec(from_="irritated", to="angry", when="anger > 0.6 or pleasure < -0.5"),
            TransitionSpec(from_="angry", to="irritated", when="anger < 0.4 and pleasure > -0.4"),
            TransitionSpec(from_="irritated", to="calm", when="anger < 0.15"),
            TransitionSpec(to="calm", event="soothed", when="anger < 0.3"),
        ),
    ),
    (DisplayRule("fear", "mask", strength=0.7), DisplayRule("anger", "attenuate", strength=0.3)),
    {name: RelationSpec(0.1, 0.2, 0.3) for name in ("player", "captain", "thief", "smith", "healer")},
)
"""A character with everything: goals, standards, relations, five transitions, display rules."""

_PEERS_US = {"gamygdala_elsewhere_us": 68.0, "fatima_elsewhere_us": 59.0}
_ACTIVE = 6


def bench(*, sizes: tuple[int, ...] = (10_000, 100_000), repeats: int = 200) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    sizes : tuple[int, ...]
        populations to advance
    repeats : int
        how often each small thing is done; the median counts

    Returns
    -------
    dict[str, Any]
        microseconds per event and tick, milliseconds per population and step, and ratios to the plain loop
    """
    return {
        "one_character": _one(repeats),
        "peers": {**_PEERS_US, "gamygdala_rules_in_python_us": round(_gamygdala(repeats), 2)},
        "populations": [_many(size) for size in sizes],
    }


def _one(repeats: int) -> dict[str, float]:
    mind = Mind(RICH, name="guard", rng=np.random.default_rng(7))

    def event(name: str) -> Callable[[], None]:
        return lambda: mind.trigger(name, intensity=0.3, source="player")

    def between() -> None:
        mind.advance(1.7)
        assert mind.shown is not None  # as an actor looks at every tick

    news = Event(
        "news", "thief", goals={"safety": -0.3, "duty": 0.2}, others={"smith": -0.5}, standards={"honesty": -0.4}
    )
    out = {
        "event_us": _median_us(event("insulted"), repeats, between),
        "event_with_goals_and_standards_us": _median_us(event("sworn_at"), repeats, between),
        "appraise_us": _median_us(lambda: mind.appraise(news) and None, repeats, between),
    }
    mind.trigger("insulted", source="player")
    out["tick_us"] = _median_us(lambda: mind.advance(1 / 120), repeats)
    mind.trigger("insulted", source="player")

    def tick_and_look() -> None:
        mind.advance(1 / 120)
        assert mind.shown is not mind.felt

    out["tick_and_shown_us"] = _median_us(tick_and_look, repeats)
    return {name: round(value, 2) for name, value in out.items()}


def _gamygdala(repeats: int) -> float:
    """The same kind of event through our reproduction of GAMYGDALA, measured here and now."""
    engine = Gamygdala()
    for goal, utility in (("honour", 0.8), ("safety", 0.9), ("duty", 0.7)):
        engine.add_goal("guard", goal, utility, is_maintenance=True)
    for other in ("captain", "thief", "smith", "healer"):
        engine.add_relation(other, "guard", 0.3)
    signs = itertools.cycle((1.0, -1.0))
    return _median_us(lambda: engine.believe(0.6, "thief", {"safety": next(signs), "duty": 0.2}), repeats)


def _many(size: int) -> dict[str, float]:
    crowd = Population(RICH, size)
    rng = np.random.default_rng(5)
    for name in ("insulted", "gift_received", "loss"):
        crowd.trigger(name, members=np.flatnonzero(rng.random(size) < 0.4), intensity=0.6, source="player")
    crowd.advance(1.0)
    dt_s = 1 / 60
    ours_ms = _median_us(lambda: crowd.advance(dt_s), 21) / 1e3
    felt_ms = _median_us(lambda: crowd.felt.sum() and None, 5) / 1e3
    plain = _plain_characters(size)
    factors = _plain_factors(temperament(RICH.personality, RICH.emotion), dt_s)
    plain_ms = _median_us(lambda: _plain_advance(plain, factors), 3 if size <= 10_000 else 1) / 1e3
    return {
        "characters": size,
        "advance_ms": round(ours_ms, 3),
        "read_felt_ms": round(felt_ms, 3),
        "plain_python_ms": round(plain_ms, 1),
        "ratio": round(plain_ms / ours_ms, 1),
    }


_Plain = tuple[dict[int, list[float]], list[float]]
_Factors = tuple[list[tuple[float, float]], float, list[list[tuple[float, float]]]]


def _plain_characters(size: int) -> list[_Plain]:
    """Characters as a sensible Python programmer would keep them: a dict of the few emotions that are felt."""
    active = range(0, N_CHANNELS, N_CHANNELS // _ACTIVE)
    return [({channel: [0.4, 0.1] for channel in active}, [0.0, 0.0, 0.0]) for _ in range(size)]


def _plain_factors(nature: Temperament, dt_s: float) -> _Factors:
    k = nature.mood_rate
    ek = math.exp(-k * dt_s)
    fades, pulls = [], []
    for b, a, push in zip(nature.decay.tolist(), nature.onset.tolist(), nature.push.tolist(), strict=True):
        eb, ea = math.exp(-b * dt_s), math.exp(-a * dt_s)
        fades.append((eb, ea))
        pulls.append([(p * (eb - ek) / (k - b), p * (ea - ek) / (k - a)) for p in push])
    return fades, ek, pulls


def _plain_advance(characters: list[_Plain], factors: _Factors) -> None:
    """The same closed form, one character and one emotion at a time."""
    fades, ek, pulls = factors
    for emotions, mood in characters:
        p, a, d = mood[0] * ek, mood[1] * ek, mood[2] * ek
        for channel, state in emotions.items():
            decaying, rising = state
            pull = pulls[channel]
            p += decaying * pull[0][0] - rising * pull[0][1]
            a += decaying * pull[1][0] - rising * pull[1][1]
            d += decaying * pull[2][0] - rising * pull[2][1]
            fade, rise = fades[channel]
            state[0], state[1] = decaying * fade, rising * rise
        mood[0], mood[1], mood[2] = p, a, d


def _median_us(call: Callable[[], object], repeats: int, between: Callable[[], object] | None = None) -> float:
    times = []
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(repeats):
            if between is not None:
                between()
            start = time.thread_time()
            call()
            times.append(time.thread_time() - start)
    finally:
        if collecting:
            gc.enable()
    return statistics.median(times) * 1e6
