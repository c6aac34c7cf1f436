"""A speech track as Rhubarb Lip Sync writes it: nine mouth shapes, TSV or JSON, for tools that read those.

Shapes: Rhubarb's documentation; A closed (P, B, M), B clenched teeth (most consonants, EE), C open (EH, AE), D wide
open (AA), E rounded (AO, ER), F puckered (UW, OW, W), G teeth on lip (F, V), H tongue raised (long L), X rest.
"""

from __future__ import annotations

import json
from itertools import chain

from expressive.core.speech import Phone, SpeechTrack, split_affricate
from expressive.core.visemes import phone_to_viseme

__all__ = ["track_to_rhubarb"]

_SHAPES = {
    "sil": "X", "PP": "A", "FF": "G", "TH": "B", "DD": "B", "kk": "B", "CH": "B", "SS": "B", "nn": "B", "RR": "E",
    "aa": "D", "E": "C", "ih": "B", "oh": "E", "ou": "F",
}  # fmt: skip
_GLIDES = {"ɪ": "B", "i": "B", "ʊ": "F", "u": "F"}
_LONG_L_S = 0.06
_CONTACTS = "AG"
_RATE_HZ = 100
_CONTACT = 4
"""Shortest contact [unit=hundredths of a second]: a picture of 25 a second."""


def track_to_rhubarb(track: SpeechTrack, *, form: str = "tsv", sound_file: str = "") -> str:
    """Write a track in Rhubarb's form.

    Parameters
    ----------
    track : SpeechTrack
        what is said when
    form : str
        ``tsv`` or ``json``
    sound_file : str
        what the JSON names as its sound

    Returns
    -------
    str
        the file's text

    Raises
    ------
    UnknownNameError
        If the form is unknown.

    Examples
    --------
    >>> from expressive.core.speech import Phone
    >>> print(track_to_rhubarb(SpeechTrack("ma", 0.3, (Phone("m", 0.0, 0.1), Phone("a", 0.1, 0.3)))))
    0.00	A
    0.10	D
    0.30	X
    """
    from expressive.core.checks import check_choice

    check_choice("form", form, ("tsv", "json"))
    cues = _cues(track)
    end = len(cues)
    starts = [i for i in range(end) if i == 0 or cues[i] != cues[i - 1]]
    if form == "tsv":
        rows = [f"{i / _RATE_HZ:.2f}\t{cues[i]}" for i in starts]
        return "\n".join([*rows, f"{end / _RATE_HZ:.2f}\tX"])
    mouths = [
        {"start": i / _RATE_HZ, "end": stop / _RATE_HZ, "value": cues[i]}
        for i, stop in zip(starts, [*starts[1:], end], strict=True)
    ]
    meta = {"soundFile": sound_file, "duration": end / _RATE_HZ}
    return json.dumps({"metadata": meta, "mouthCues": mouths}, indent=2)


def _cues(track: SpeechTrack) -> list[str]:
    """The shape in every hundredth of a second, which is as exact as Rhubarb writes."""
    cues = ["X"] * round(track.duration_s * _RATE_HZ)
    contacts = []
    for phone in chain.from_iterable(map(split_affricate, track.phones)):
        start = phone.start_s
        for shape, share in _shapes(phone):
            stop = start + share * (phone.end_s - phone.start_s)
            first, last = round(start * _RATE_HZ), min(len(cues), round(stop * _RATE_HZ))
            cues[first:last] = [shape] * (last - first)
            if shape in _CONTACTS:
                middle = round(0.5 * (start + stop) * _RATE_HZ)
                contacts.append((max(0, middle - _CONTACT // 2), min(len(cues), middle + _CONTACT // 2), shape))
            start = stop
    # However fast somebody speaks: lips that close are seen to.
    for first, last, shape in contacts:
        cues[first:last] = [shape] * (last - first)
    return cues


def _shapes(phone: Phone) -> list[tuple[str, float]]:
    """The shapes of a phone, and how much of it each takes."""
    symbol = phone.symbol
    if symbol[:1] in ("l", "ɫ") and phone.end_s - phone.start_s >= _LONG_L_S:
        return [("H", 1.0)]
    shape = _SHAPES[phone_to_viseme(symbol)]
    glide = _GLIDES.get(symbol[-1:]) if len(symbol) > 1 and shape in "CDE" else None
    return [(shape, 0.6), (glide, 0.4)] if glide and glide != shape else [(shape, 1.0)]
