"""What a trainer would say after a run: scores with reasons, the moments that mattered, and why it went as it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expressive.simulation.log import replay
from expressive.simulation.record import Award, Decision, Entry, Record, Sample
from expressive.simulation.scenario import Outcome, Scenario
from expressive.simulation.whatif import WhatIf, what_if
from expressive.stage.clock import TICK_S

__all__ = ["Debrief", "DimensionScore", "Moment", "clock_time", "debrief"]

GOOD, FAIR = 0.8, 0.5
"""Shares of what was possible from which a run is called strong or fair (POL-COM's thresholds, 80 and 50)."""

_NOTICEABLE, _MUCH = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """What was reached in one dimension of the rubric."""

    title: str
    description: str
    points: float
    best: float
    """what the best options that were offered would have brought"""
    share: float | None
    """from the worst (0) to the best (1) that was offered; None where it was never in question"""
    awards: tuple[Award, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One decision, with what it did."""

    number: int
    decision: Decision
    stage: str
    choice: str
    """the option, in a few words"""
    words: str
    """what was said or done, word by word"""
    how: str
    """how the choice was made, for people"""
    before: Sample
    highest: float
    """greatest agitation until the next decision [range=[0, 1]]; by then it may have faded again"""
    after: Sample
    awards: tuple[Award, ...]
    better: WhatIf | None
    better_choice: str
    """the better option's words; empty where there was none"""
    better_outcome: str
    """where it would have ended with the trainee's other choices"""
    best_outcome: str
    """where it would have ended with the best choices from there on"""
    better_why: tuple[str, ...]
    """why a trainer thinks so"""
    verdict: str
    """what it did, in a sentence"""


@dataclass(frozen=True, slots=True)
class Debrief:
    """All that the report tells."""

    scenario: Scenario
    seed: int
    fingerprint: str
    record: Record
    outcome: Outcome | None
    duration_s: float
    subject: str
    """the subject's name for people"""
    moments: tuple[Moment, ...]
    dimensions: tuple[DimensionScore, ...]
    share: float | None
    rating: str
    why: tuple[str, ...]
    """why it went as it did, in sentences"""
    overrides: tuple[Entry, ...]


def debrief(scenario: Scenario, log: dict[str, Any], *, folder: Path = Path()) -> Debrief:
    """Look back on a run.

    Parameters
    ----------
    scenario : Scenario
        the scenario that was played
    log : dict[str, Any]
        what :func:`expressive.simulation.log.run_log` returned
    folder : Path
        where the cast's own files are sought

    Returns
    -------
    Debrief
        the same for the same log

    Raises
    ------
    ParameterError
        If the log is of another scenario or version, or damaged.
    """
    run = replay(scenario, log, folder=folder)
    record = run.record
    name = scenario.script.member(scenario.subject).name or scenario.subject.capitalize()
    moments = _moments(scenario, record, what_if(scenario, log, folder=folder), name)
    dimensions = _dimensions(scenario, record)
    share = _share(scenario, record)
    run.close()
    return Debrief(
        scenario,
        run.seed,
        run.fingerprint,
        record,
        run.ending,
        run.time_s,
        name,
        moments,
        dimensions,
        share,
        _rating(share),
        tuple(_why(record, moments, name)),
        tuple(entry for entry in record.entries if entry.kind == "override"),
    )


def clock_time(time_s: float) -> str:
    """Minutes and seconds.

    >>> clock_time(72.4)
    '1:12'
    """
    seconds = int(time_s)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _moments(scenario: Scenario, record: Record, better: Iterable[WhatIf], name: str) -> tuple[Moment, ...]:
    other = {each.decision: each for each in better}
    ends = record.afterwards
    moments = []
    for i, (decision, after) in enumerate(zip(record.decisions, ends, strict=True)):
        stage = scenario.stages[decision.stage]
        option = stage.options[decision.option]
        between = (s.agitation for s in record.samples if decision.time_s < s.time_s < after.time_s)
        highest = max(between, default=after.agitation)
        instead = other.get(i)
        good = stage.options[instead.instead] if instead is not None else None
        moments.append(
            Moment(
                i + 1,
                decision,
                stage.title or decision.stage,
                option.title,
                decision.said or option.text,
                _how(decision),
                decision.before,
                highest,
                after,
                tuple(award for award in record.awards if award.decision == i),
                instead,
                good.text if good is not None else "",
                _ending(scenario, instead.outcome) if instead is not None else "",
                _ending(scenario, instead.outcome_at_best) if instead is not None else "",
                tuple(score.why for score in good.scores.values() if score.points > 0) if good is not None else (),
                _verdict(decision.before, highest, after, name, last=after is ends[-1]),
            )
        )
    return tuple(moments)


def _ending(scenario: Scenario, outcome: str | None) -> str:
    return scenario.outcomes[outcome].title if outcome is not None else "no end within sixty decisions"


def _how(decision: Decision) -> str:
    waited = f"after {decision.time_s - decision.opened_s:.1f} s"
    if decision.how == "timeout":
        return f"nothing was chosen within {decision.limit_s:g} s"
    if decision.how == "words":
        found = ", ".join(f"“{phrase}”" for phrase in decision.phrases)
        return f"own words, {waited}; understood by {found}"
    return waited


def _verdict(before: Sample, highest: float, after: Sample, name: str, *, last: bool) -> str:
    """What happened to agitation and trust between a decision and the next."""
    rise, gain = after.agitation - before.agitation, (after.trust - before.trust) / 2
    if min(highest - before.agitation, highest - after.agitation) >= _NOTICEABLE:
        first = f"{name}’s agitation rose from {100 * before.agitation:.0f} to {100 * highest:.0f}"
        first += f", and had faded to {100 * after.agitation:.0f} {'at the end' if last else 'by the next decision'}"
    elif abs(rise) < _NOTICEABLE:
        first = f"{name}’s agitation stayed at {100 * after.agitation:.0f}"
    else:
        way = "rose" if rise > 0 else "fell"
        first = f"{name}’s agitation {way} from {100 * before.agitation:.0f} to {100 * after.agitation:.0f}"
    if abs(gain) < _NOTICEABLE / 5:
        return f"{first}; trust stayed at {_meter(after.trust)}."
    return f"{first}; trust {'rose' if gain > 0 else 'fell'} from {_meter(before.trust)} to {_meter(after.trust)}."


def _meter(trust: float) -> str:
    return f"{50 * (trust + 1):.0f}"


def _dimensions(scenario: Scenario, record: Record) -> tuple[DimensionScore, ...]:
    out = []
    for name, dimension in scenario.rubric.items():
        awards = tuple(award for award in record.awards if award.dimension == name)
        best = worst = 0.0
        for decision in record.decisions:
            options = scenario.stages[decision.stage].options
            names = dict.fromkeys((*decision.offered, decision.option))
            points = [options[each].scores[name].points if name in options[each].scores else 0.0 for each in names]
            best, worst = best + max(points), worst + min(points)
        earned = sum(award.points for award in awards)
        out.append(
            DimensionScore(dimension.title, dimension.description, earned, best, _between(earned, worst, best), awards)
        )
    return tuple(out)


def _share(scenario: Scenario, record: Record) -> float | None:
    best = worst = 0.0
    for decision in record.decisions:
        options = scenario.stages[decision.stage].options
        points = [options[each].points for each in dict.fromkeys((*decision.offered, decision.option))]
        best, worst = best + max(points), worst + min(points)
    return _between(sum(award.points for award in record.awards), worst, best)


def _between(value: float, worst: float, best: float) -> float | None:
    if best <= worst:
        return None
    return min(1.0, max(0.0, (value - worst) / (best - worst)))


def _rating(share: float | None) -> str:
    if share is None:
        return "not rated"
    return "strong" if share >= GOOD else "fair" if share >= FAIR else "needs practice"


def _why(record: Record, moments: tuple[Moment, ...], name: str) -> Iterable[str]:
    """Why it went as it did: the peak and its causes, the moments that moved most, the end."""
    peak, end = record.peak, record.samples[-1]
    if peak is not None and peak.sample.agitation >= 2 * _NOTICEABLE:
        felt = peak.sample.felt
        yield (
            f"{name} was most agitated at {clock_time(peak.sample.time_s)}: anger {100 * felt['anger']:.0f}, "
            f"fear {100 * felt['fear']:.0f} of 100 ({peak.sample.state})."
        )
        for emotion in ("anger", "fear"):
            if parts := _parts(record, emotion):
                yield f"What the {emotion} came from at that moment: {'; '.join(parts)}."
    rose = {m.number: m.highest - m.before.agitation for m in moments}
    # What rose first and faded then was no help, however low it is at last.
    fell = {m.number: m.before.agitation - m.after.agitation for m in moments if rose[m.number] < _NOTICEABLE}
    for word, moved in (("rose", rose), ("fell", fell)):
        most = sorted((n for n in moved if moved[n] >= _MUCH), key=lambda n: -moved[n])[:3]
        if most:
            yield f"Agitation {word} most after {'; '.join(_move(moments[n - 1], word) for n in most)}."
    trust = record.samples[0].trust, end.trust
    moved_by = (trust[1] - trust[0]) / 2
    way = "won" if moved_by > 0 else "lost"
    trusted = (
        f"you {way} trust, from {_meter(trust[0])} to {_meter(trust[1])}"
        if abs(moved_by) >= 0.01
        else (f"trust stayed at {_meter(trust[1])}")
    )
    yield (
        f"At the end {name}’s anger was {100 * end.felt['anger']:.0f}, fear {100 * end.felt['fear']:.0f} "
        f"({end.state}); {trusted} of 100."
    )


def _move(moment: Moment, word: str) -> str:
    to = moment.highest if word == "rose" else moment.after.agitation
    at = clock_time(moment.decision.time_s)
    return f"“{moment.choice}” at {at} ({100 * moment.before.agitation:.0f} → {100 * to:.0f})"


def _parts(record: Record, emotion: str) -> list[str]:
    """The causes of an emotion at the peak, traced back to choices, with their shares."""
    assert record.peak is not None
    causes = [cause for cause in record.peak.causes if cause.emotion == emotion and cause.remaining > 0.0]
    total = sum(cause.remaining for cause in causes)
    shares: dict[str, float] = {}
    for cause in causes:
        near = (p for p in record.pushes if p.event == cause.event and abs(p.time_s - cause.time_s) < TICK_S / 2)
        push = next(near, None)
        deed = "the instructor" if push is None and cause.event == "feel" else push.what if push else "before"
        label = f"“{deed}” ({cause.event.replace('_', ' ')})"
        shares[label] = shares.get(label, 0.0) + cause.remaining / total
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    return [f"{label} {100 * share:.0f} %" for label, share in ranked[:3] if share >= _NOTICEABLE]
