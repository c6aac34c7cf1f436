"""Speech tracks written as text."""

from __future__ import annotations

from expressive.core.speech import Mark, Phone, SpeechTrack
from expressive.core.visemes import phone_to_viseme

VOWELS = {"aa", "E", "ih", "oh", "ou"}


def make_track(
    text: str, *, phone_s: float = 0.07, start_s: float = 0.2, pause_s: float = 0.5, marks: tuple[Mark, ...] = ()
) -> SpeechTrack:
    """Phones apart by spaces; ``'`` marks primary stress, ``_`` is a pause; vowels last 1.4 times as long."""
    phones, now = [], start_s
    for token in text.split():
        if token == "_":
            now += pause_s
            continue
        symbol = token.lstrip("'")
        length = phone_s * (1.4 if phone_to_viseme(symbol) in VOWELS else 1.0)
        phones.append(Phone(symbol, now, now + length, 2 if token != symbol else 0))
        now += length
    return SpeechTrack(text=text, duration_s=now, phones=tuple(phones), marks=marks)


GATE = make_track("ɡ 'ɛ t ə w 'eɪ f ɹ ə m m 'aɪ ɡ 'eɪ t _ b 'ɑ p ə m 'i b 'ɔ m u v 'aɪ v")
