"""What a server has to offer: characters, languages, and the vocabulary that clients steer with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from expressive.character.loading import list_characters, load_character
from expressive.character.profile import CharacterProfile
from expressive.core.checks import check_choice
from expressive.core.controls import CONTROL_HIGH, CONTROL_LOW, CONTROL_NAMES, EYE_PITCH_LIMIT_RAD, EYE_YAW_LIMIT_RAD
from expressive.core.emotions import EMOTION_VAD, EMOTIONS
from expressive.core.errors import ParameterError
from expressive.core.visemes import VISEMES
from expressive.emotion.responses import standard_responses
from expressive.face.generator import SIZE_RANGE
from expressive.face.head import GESTURES
from expressive.links.marking import DIGITAL_SOURCE_TYPE, notice, software
from expressive.links.server.limits import Limits
from expressive.links.server.outbound import CharacterInfo, LimitsInfo, Welcome
from expressive.stage.directions import DIRECTIONS

__all__ = ["PROTOCOL_VERSION", "Catalogue"]

PROTOCOL_VERSION = 1
_SPEAKS_ALL = "espeak"


class Catalogue:
    """The characters of a server, and nobody else: clients name them and never a file.

    Parameters
    ----------
    more : Iterable[str]
        paths of characters' files, besides those that come along

    Raises
    ------
    ProfileError
        If a file has mistakes.
    ParameterError
        If two characters have one name.
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        profiles = [load_character(name) for name in list_characters()]
        shipped = {profile.name for profile in profiles}
        for path in more:
            profile = load_character(Path(path))
            if profile.name in shipped:
                raise ParameterError(f"{path}: name={profile.name!r} is taken; give the character another name")
            shipped.add(profile.name)
            profiles.append(profile)
        self._profiles: Mapping[str, CharacterProfile] = {profile.name: profile for profile in profiles}

    def profile(self, name: str, language: str = "") -> CharacterProfile:
        """A character, speaking its own language or another.

        Raises
        ------
        UnknownNameError
            If there is no such character or language.
        ParameterError
            If its voice speaks one language only.
        """
        profile = self._profiles[check_choice("character", name, self._profiles)]
        if not language or language == profile.voice.language:
            return profile
        if profile.voice.backend != _SPEAKS_ALL:
            raise ParameterError(
                f"language={language!r} must be {profile.voice.language!r}: the {profile.voice.backend} voice of "
                f"{name!r} speaks nothing else"
            )
        return replace(profile, voice=replace(profile.voice, language=check_choice("language", language, languages())))

    def welcome(self, limits: Limits, *, answer_to: int | None) -> Welcome:
        """The greeting that tells all this to a client."""
        yaw, pitch = EYE_YAW_LIMIT_RAD, EYE_PITCH_LIMIT_RAD
        return Welcome(
            id=answer_to,
            version=PROTOCOL_VERSION,
            server=software(),
            notice=notice(),
            digital_source_type=DIGITAL_SOURCE_TYPE,
            characters=[_info(profile) for profile in self._profiles.values()],
            emotions=list(EMOTIONS),
            vad={name: list(point) for name, point in EMOTION_VAD.items()},
            events=list(standard_responses()),
            gestures=list(GESTURES),
            directions={word: [round(x / yaw, 3), round(y / pitch, 3)] for word, (x, y) in DIRECTIONS.items()},
            control_names=list(CONTROL_NAMES),
            control_low=[round(float(x), 4) for x in CONTROL_LOW],
            control_high=[round(float(x), 4) for x in CONTROL_HIGH],
            viseme_names=list(VISEMES),
            languages=list(languages()),
            limits=_limits_info(limits),
        )


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Tags of the languages that the embedded voice speaks, sorted; none where it is not installed."""
    from expressive.voice.backends.espeak import espeak_paths

    try:
        folder = Path(espeak_paths()[1]) / "lang"
    except ImportError:
        return ()
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    found = (re.search(r"^\s*language\s+(\S+)", text, re.MULTILINE) for text in texts)
    return tuple(sorted({match.group(1).lower() for match in found if match}))


def _info(profile: CharacterProfile) -> CharacterInfo:
    return CharacterInfo(
        name=profile.name,
        title=profile.title,
        description=" ".join(profile.description.split()),
        language=profile.voice.language,
        identity=profile.face.identity,
    )


def _limits_info(limits: Limits) -> LimitsInfo:
    return LimitsInfo(
        clients=limits.clients,
        actors=limits.actors,
        message_bytes=limits.message_bytes,
        restore_bytes=limits.restore_bytes,
        messages_per_s=limits.messages_per_s,
        messages_burst=limits.messages_burst,
        line_characters=limits.line_characters,
        lines_waiting=limits.lines_waiting,
        recording_s=limits.recording_s,
        recordings=limits.recordings,
        size=list(SIZE_RANGE),
        fps=[1.0, 60.0],
        state_hz=[0.0, 60.0],
    )
