"""A speech track as Rhubarb Lip Sync writes it: nine mouth shapes, TSV or JSON, for tools that read those.

Shapes: Rhubarb's documentation; A closed (P, B, M), B clenched teeth (most consonants, EE), C open (EH, AE), D wide
open (AA), E rounded (AO, ER), F puckered (UW, OW, W), G teeth on lip (F, V), H tongue raised (long L), X rest.
"""

from __future__ import annotations

import json

from expressive.core.speech import SpeechTrack

__all__ = ["track_to_rhubarb"]

_SHAPES = {
    "sil": "X", "PP": "A", "FF": "G", "TH": "B", "DD": "B", "kk": "B", "CH": "B", "SS": "B", "nn": "B", "RR": "E",
    "aa": "D", "E": "C", "ih": "B", "oh": "E", "ou": "F",
}  # fmt: skip
_LONG_L_S = 0.06


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
    cues: list[tuple[float, str]] = []
    for span in track.visemes:
        phone = track.phone_at(span.start_s)
        raised = phone is not None and phone.symbol[:1] in ("l", "ɫ") and span.end_s - span.start_s >= _LONG_L_S
        shape = "H" if raised else _SHAPES[span.viseme]
        if not cues or cues[-1][1] != shape:
            cues.append((span.start_s, shape))
    if form == "tsv":
        return "\n".join(f"{start:.2f}\t{shape}" for start, shape in [*cues, (track.duration_s, "X")])
    ends = [start for start, _ in cues[1:]] + [track.duration_s]
    mouths = [
        {"start": round(start, 2), "end": round(end, 2), "value": shape}
        for (start, shape), end in zip(cues, ends, strict=True)
    ]
    meta = {"soundFile": sound_file, "duration": round(track.duration_s, 2)}
    return json.dumps({"metadata": meta, "mouthCues": mouths}, indent=2)
