"""Where changes of voice hold, found by the second, so that a long text's thousand tags cost no more than one."""

from __future__ import annotations

from dataclasses import dataclass

from expressive.voice.markup.script import Change

__all__ = ["ChangeSpan", "Spans"]

RAMP_S = 0.08
"""How long a change of voice takes to come and to go."""


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """Where a change of voice holds, in source seconds."""

    change: Change
    number: int
    start_s: float
    end_s: float

    def weight(self, time_s: float) -> float:
        """How much of the change is heard [range=[0, 1]]."""
        rise = (time_s - self.start_s) / RAMP_S + 0.5
        fall = (self.end_s - time_s) / RAMP_S + 0.5
        return min(1.0, max(0.0, rise)) * min(1.0, max(0.0, fall))


class Spans:
    """The changes of one utterance; parts that share a number grow together."""

    def __init__(self) -> None:
        self._spans: dict[int, ChangeSpan] = {}
        self._order: dict[int, int] = {}
        self._seconds: dict[int, list[int]] = {}  # second of the source → numbers of those that touch it

    def add(self, span: ChangeSpan) -> None:
        """Add a change, or a further part of one."""
        known = self._spans.get(span.number)
        first_s = span.start_s
        if known:
            first_s = min(known.end_s, span.start_s)
            span = ChangeSpan(span.change, span.number, min(known.start_s, span.start_s), span.end_s)
        self._spans[span.number] = span
        self._order.setdefault(span.number, len(self._order))
        for second in range(int(first_s), int(span.end_s) + 1):
            numbers = self._seconds.setdefault(second, [])
            if span.number not in numbers:
                numbers.append(span.number)

    def all(self) -> list[ChangeSpan]:
        """Every change in the order of its beginning."""
        return sorted(self._spans.values(), key=lambda span: span.start_s)

    def within(self, start_s: float, end_s: float) -> list[ChangeSpan]:
        """Those that touch the seconds of a stretch, in the order of their beginning."""
        numbers = {n for second in range(int(start_s), int(end_s) + 1) for n in self._seconds.get(second, ())}
        return sorted((self._spans[n] for n in numbers), key=lambda span: (span.start_s, self._order[span.number]))

    def heard(self, time_s: float) -> list[tuple[ChangeSpan, float]]:
        """Those that are heard at a source time with their weights, outermost first."""
        if not self._spans:
            return []
        near = sorted(self.within(max(0.0, time_s - RAMP_S), time_s + RAMP_S), key=lambda span: span.number)
        return [(span, weight) for span in near if (weight := span.weight(time_s)) > 0]
