"""Importing the scenarios of the POL-COM project (Police De-escalation Training, CC BY 4.0).

They are seven stages in a row with four options each, rated positive, partially positive, neutral or negative. They
know no feelings: here each rating becomes an event that the character feels, and the character's voice and face tell
how it is going. Texts, order, points and reasons stay as they are. There the trainee only picks, so no phrases for own
words are made up.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from expressive.character.document import parse_document
from expressive.core.errors import OutputError, ParameterError
from expressive.simulation.reading import read_scenario
from expressive.simulation.scenario import NOBODY

__all__ = ["import_policecom", "scenario_from_policecom"]

PROJECT = "Police De-escalation Training by the POL-COM project (Erasmus+ 2023-1-CZ01-KA220-VET-000167148)"
LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
CHANGES = "Changes were made: brought into another format; events and a character's feelings were added."

RATINGS = {
    "positive": ("positive", "good_turn", ("calm",)),
    "partially_positive": ("partly", "fair_turn", ()),
    "neutral": ("neutral", "flat_turn", ()),
    "negative": ("negative", "bad_turn", ("hostile",)),
}
"""Their rating → name of the option, event and tags."""

RESPONSES: dict[str, dict[str, float]] = {
    "tense": {"anger": 0.35, "fear": 0.3},
    "good_turn": {"anger": -0.45, "fear": -0.4, "contempt": -0.4, "relief": 0.2, "trust": 0.2, "liking": 0.1},
    "fair_turn": {"anger": -0.2, "fear": -0.2, "trust": 0.08},
    "flat_turn": {"anger": 0.15, "fear": 0.05, "trust": -0.05},
    "bad_turn": {"anger": 0.5, "fear": 0.2, "contempt": 0.15, "trust": -0.25, "liking": -0.2},
}
"""What the added events do; the sizes are ours."""

REVIEWS = (
    ("perfect", "success", 1.0),
    ("good", "success", 0.8),
    ("average", "partial", 0.5),
    ("poor", "failure", None),
)
"""Review, kind of outcome, and share of the most points from which it holds; 0.8 and 0.5 are theirs."""

_OWN = ("officer", "you")
_OFF_STAGE = ("dispatcher", "trainer", "instructor", "security", *_OWN)
_MOST_BYTES = 2_000_000
_UPSET = ("😤", "😡", "😠", "🤬", "😰", "😱")
"""Pictures of people who are upset, the angriest first."""


def import_policecom(
    source: str | PathLike[str], out: str | PathLike[str], *, character: str = "driver"
) -> tuple[Path, ...]:
    """Import a file, or every scenario below a folder.

    Parameters
    ----------
    source : str | PathLike[str]
        a JSON file, or a folder in which files are called ``scenario-….json``
    out : str | PathLike[str]
        folder for the YAML files; it is made if it is not there
    character : str
        who plays the one whom it is about

    Returns
    -------
    tuple[Path, ...]
        the files that were written

    Raises
    ------
    ParameterError
        If there is no scenario, or one is damaged; nothing is written then.
    OutputError
        If a file cannot be written.
    """
    start, target = Path(source), Path(out)
    if not start.exists():
        raise ParameterError(f"{source}: there is no such file or folder")
    files = sorted(start.rglob("scenario-*.json")) if start.is_dir() else [start]
    if not files:
        raise ParameterError(f"{source}: holds no file that is called scenario-….json")
    made = {}
    for path in files:
        name = target / f"{re.sub(r'-[a-z]{2}$', '', path.stem)}.yaml"
        if name in made:
            raise ParameterError(f"{path}: a scenario of the same name is there already; import one language at a time")
        made[name] = scenario_from_policecom(_read(path), source=str(path), character=character)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            name.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    return tuple(made)


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ParameterError(f"{path}: is larger than {_MOST_BYTES / 1e6:g} MB, so it is no scenario")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"{path}: is no JSON: {error}") from error


def scenario_from_policecom(data: Any, *, source: str, character: str = "driver") -> str:
    """Turn one scenario into YAML.

    Parameters
    ----------
    data : Any
        what their JSON holds
    source : str
        where it came from, for messages
    character : str
        who plays the one whom it is about

    Returns
    -------
    str
        a scenario that has been checked

    Raises
    ------
    ParameterError
        If something is missing or of the wrong kind.
    """
    import yaml

    made = _Import(data, source, character).scenario()
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)
    text = f"# {made['credit']}\n# {LICENCE}\n{text}"
    read_scenario(parse_document(text, source=source), Path())
    return text


class _Import:
    """Takes their JSON apart and puts ours together."""

    def __init__(self, data: Any, source: str, character: str) -> None:
        self.source = source
        self.data = self._kind(data, dict, "the file")
        self.character = character
        self.people = self._get(self.data, "characters", dict)
        stages = [self._kind(each, dict, f"stages[{i}]") for i, each in enumerate(self._get(self.data, "stages", list))]
        # The talk with the trainer afterwards is no part of the scene: it goes into the outcome's text.
        self.stages = [stage for stage in stages if self._get(stage, "options", list, [])]
        self.afterwards = [stage for stage in stages if stage not in self.stages]
        own = next((name for name in self.people if name in _OWN), _OWN[0])
        self.trainee = own
        self.most_points = 0.0

    def scenario(self) -> dict[str, Any]:
        """The whole of it."""
        data = self.data
        title = self._get(data, "title", str)
        if not self.stages:
            raise ParameterError(f"{self.source}: has no stages with options")
        subject = self._subject()
        names = [f"stage_{i + 1}" for i in range(len(self.stages))]
        stages = {}
        for i, (name, stage) in enumerate(zip(names, self.stages, strict=True)):
            following = names[i + 1] if i + 1 < len(names) else None
            stages[name] = self._stage(stage, f"stages[{i}]", following, first=i == 0)
        final = self._get(data, "finalMessage", dict, {})
        made = {
            "title": title,
            "description": self._get(data, "description", str, ""),
            "briefing": self._get(self._get(data, "instructor", dict, {}), "introduction", str, ""),
            "lessons": [self._kind(each, str, "keyLessons") for each in self._get(final, "keyLessons", list, [])],
            "credit": f"Based on “{title}” from {PROJECT}. {CHANGES}",
            "licence": LICENCE,
            "background": "road" if "driver" in subject or "traffic" in title.casefold() else "night",
            "trainee": self.trainee,
            "subject": subject,
            "cast": self._cast(subject),
            "responses": {name: dict(response) for name, response in RESPONSES.items()},
            "rubric": {"points": {"title": "POL-COM points", "description": self._metrics()}},
            "unclear": "Sorry? (Free words are not known to this scenario; answer with a number.)",
            "start": names[0],
            "stages": stages,
            "outcomes": self._outcomes(final),
        }
        return {key: value for key, value in made.items() if value not in ("", [])}

    def _cast(self, subject: str) -> dict[str, Any]:
        cast: dict[str, Any] = {}
        for key, each in self.people.items():
            name = self._get(self._kind(each, dict, f"characters.{key}"), "name", str)
            cast[key] = {"name": _named(name)}
        for key in (*self._speakers(), self.trainee):
            cast.setdefault(key, {"name": key.replace("_", " ").capitalize()})
        cast[subject]["character"] = self.character
        return cast

    def _speakers(self) -> Counter[str]:
        return Counter(who for i, stage in enumerate(self.stages) for who, _ in self._talk(stage, f"stages[{i}]"))

    def _subject(self) -> str:
        """Whom it is about: the one whose picture is upset, or whom the trainee talks with most."""
        lines = {who: n for who, n in self._speakers().items() if who not in _OFF_STAGE}
        if not lines:
            raise ParameterError(
                f"{self.source}: nobody but {', '.join(_OFF_STAGE)} speaks; there is nobody to talk with"
            )
        pictures = {who: self.people.get(who, {}).get("avatar", "") for who in lines}
        upset = [who for mood in _UPSET for who in lines if pictures[who] == mood]
        return upset[0] if upset else max(lines, key=lambda who: lines[who])

    def _metrics(self) -> str:
        metrics = self._get(self.data, "metrics", dict, {})
        names = [self._get(self._kind(each, dict, f"metrics.{key}"), "name", str) for key, each in metrics.items()]
        return (
            f"10, 5, 2 or −8 for a choice. Looked at: {', '.join(names)}." if names else "10, 5, 2 or −8 for a choice."
        )

    def _stage(self, stage: Mapping[str, Any], where: str, following: str | None, *, first: bool) -> dict[str, Any]:
        update = self._get(stage, "sceneUpdate", dict, {})
        scene = ". ".join(filter(None, (self._get(update, "title", str, ""), self._get(update, "desc", str, ""))))
        made: dict[str, Any] = {
            "title": self._get(stage, "title", str),
            "scene": scene,
            "says": [{"say": _escaped(text), "who": who} for who, text in self._talk(stage, where)],
            "prompt": self._get(stage, "prompt", str, ""),
        }
        if first:
            made["events"] = [{"event": "tense", "by": "nobody"}]
        made["options"] = self._options(self._get(stage, "options", list), where)
        made["next"] = following if following is not None else self._ways()
        return {key: value for key, value in made.items() if value not in ("", [])}

    def _talk(self, stage: Mapping[str, Any], where: str) -> Iterable[tuple[str, str]]:
        for key in ("npcDialogue", "dialogueSequence"):
            for i, line in enumerate(self._get(stage, key, list, [])):
                each = self._kind(line, dict, f"{where}.{key}[{i}]")
                text = self._get(each, "text", str).strip()
                if text:
                    yield self._get(each, "character", str), text

    def _options(self, options: list[Any], where: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        best = 0.0
        for i, option in enumerate(options):
            each = self._kind(option, dict, f"{where}.options[{i}]")
            rating = self._get(each, "type", str)
            if rating not in RATINGS:
                known = ", ".join(RATINGS)
                raise ParameterError(f"{self.source}: {where}.options[{i}].type={rating!r} must be one of {known}")
            name, event, tags = RATINGS[rating]
            if name in made:
                name = f"{name}_{i + 1}"
            points = float(self._get(each, "points", (int, float)))
            if not -20 <= points <= 20:
                raise ParameterError(f"{self.source}: {where}.options[{i}].points={points:g} must be in [-20, 20]")
            best = max(best, points)
            text = self._get(each, "text", str)
            why, consequences = _feedback(self._get(each, "feedback", str, ""))
            # Their ratings differ in size: 12 counts for more than 10, and −10 for more than −8.
            made[name] = {
                "text": text,
                "label": _short(text),
                "spoken": False,
                "tags": list(tags),
                "events": [{"event": event, "intensity": 1.0 if abs(points) > 10 or points == -10 else 0.85}],
                "scores": {"points": {"points": points, "why": why or f"Rated {rating.replace('_', ' ')}."}},
                "reply": [{"say": _escaped(consequences), "who": NOBODY}] if consequences else [],
            }
        self.most_points += best
        return made

    def _ways(self) -> list[dict[str, str]]:
        ways = []
        for name, _, share in REVIEWS:
            way = {"to": name}
            if share is not None:
                way["when"] = f"score(points) >= {share * self.most_points:g}"
            ways.append(way)
        return ways

    def _outcomes(self, final: Mapping[str, Any]) -> dict[str, Any]:
        reviews = self._get(self.data, "performanceReviews", dict)
        told = [
            f"{self._called(who)}: {text}" for stage in self.afterwards for who, text in self._talk(stage, "stages")
        ]
        told.append(self._get(final, "revelation", str, ""))
        made = {}
        for name, kind, _ in REVIEWS:
            review = self._get(reviews, name, dict)
            title, text = self._get(review, "title", str), self._get(review, "feedback", str)
            made[name] = {"kind": kind, "title": title, "text": "\n\n".join(filter(None, (text, *told)))}
        return made

    def _called(self, who: str) -> str:
        return _named(self._get(self._get(self.people, who, dict, {}), "name", str, who.capitalize()))

    def _get(self, data: Mapping[str, Any], key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """A value of the right kind; one that is missing is a mistake unless there is a default."""
        if key not in data:
            if default is None:
                raise ParameterError(f"{self.source}: {key!r} is missing; is this a scenario of POL-COM?")
            return default
        return self._kind(data[key], kind, key)

    def _kind(self, value: Any, kind: type | tuple[type, ...], what: str) -> Any:
        if not isinstance(value, kind) or isinstance(value, bool):
            wanted = (
                "an object" if kind is dict else "a list" if kind is list else "text" if kind is str else "a number"
            )
            raise ParameterError(f"{self.source}: {what} must be {wanted}, not {str(value)[:40]!r}")
        return value


def _feedback(text: str) -> tuple[str, str]:
    """Their feedback is ``Why: … | CONSEQUENCES: … | Reflection: …``; the reasons, and what happens."""
    why, consequences = [], ""
    for part in text.split(" | "):
        label, _, rest = part.partition(":")
        if label.strip().casefold() == "consequences":
            consequences = rest.strip()
        elif label.strip().casefold() == "reflection":
            why.append(f"To think about: {rest.strip()}")
        else:
            why.append(rest.strip() if label.strip().casefold() == "why" else part.strip())
    return " ".join(why), consequences


def _short(text: str, most: int = 70) -> str:
    """The beginning of a text, for a button."""
    if len(text) <= most:
        return text
    return text[: text.rfind(" ", 0, most - 1)].rstrip(",;:–— ") + " …"


def _named(text: str) -> str:
    """A name without what it says of role and age: ``Mr. Novak (driver, 38)``."""
    return re.sub(r"\s*\([^)]*\)\s*$", "", text) or text


def _escaped(text: str) -> str:
    """Brackets that are only brackets; in our lines they would be tags."""
    return re.sub(r"([\[\]\\])", r"\\\1", text)
