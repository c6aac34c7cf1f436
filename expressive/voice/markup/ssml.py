"""SSML 1.1 with ``mstts:express-as``, understood by our own layer, in correct units.

Document types and entities are refused, so that no document can read a file or blow up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

from expressive.core.checks import check_text
from expressive.core.errors import ParameterError, did_you_mean
from expressive.voice.cast import Cast, choose_speaker, load_speakers
from expressive.voice.markup.say_as import INTERPRETATIONS, say_as
from expressive.voice.markup.script import PARAGRAPH_PAUSE_S, Change, Script, ScriptBuilder
from expressive.voice.markup.values import (
    EMPHASIS,
    STRENGTHS_S,
    express_as,
    prosody_change,
    seconds,
)
from expressive.voice.markup.xsampa import xsampa_to_ipa
from expressive.voice.spec import VoiceSpec

__all__ = ["parse_ssml"]

MAX_DEPTH = 100
MAX_BREAK_S = 60.0
ALPHABETS = ("ipa", "x-sampa")
_SILENT = frozenset({"meta", "metadata", "desc", "lexicon", "lookup", "token", "w"})
"""Elements of SSML 1.1 that change nothing of the sound; what they hold is spoken, but for metadata."""
CheckPhonemes = Callable[[str, str], None]
"""(IPA, language) → nothing, or a ParameterError that says what cannot be spoken."""


def parse_ssml(
    text: str, *, spec: VoiceSpec, cast: Cast | None = None, check_phonemes: CheckPhonemes | None = None
) -> Script:
    """Understand an SSML document.

    Parameters
    ----------
    text : str
        a document whose root is ``speak``
    spec : VoiceSpec
        the speaker, to whose mean F0 pitches in hertz refer, and in whose language dates are read
    cast : Callable | None
        who else can be named by ``voice``
    check_phonemes : Callable | None
        says which sounds a language lacks

    Returns
    -------
    Script
        what is to be said

    Raises
    ------
    ParameterError
        If it is not well-formed, or holds an unknown element, a bad value, a document type or an entity; the message
        names line and column.

    Examples
    --------
    >>> parse_ssml("<speak>Wait <break time='300ms'/> here.</speak>", spec=VoiceSpec()).text
    'Wait here.'
    >>> parse_ssml("<speak><prosdy>Hi</prosdy></speak>", spec=VoiceSpec())
    Traceback (most recent call last):
    expressive.core.errors.ParameterError: SSML line 1, column 8: element <prosdy> is unknown. Did you mean 'prosody'?
    """
    check_text("text", text)
    return _Reader(spec, cast, check_phonemes).read(text)


class _Reader:
    def __init__(self, spec: VoiceSpec, cast: Cast | None, check_phonemes: CheckPhonemes | None) -> None:
        self._speakers = [spec]
        self._cast = cast
        self._check_phonemes = check_phonemes
        self._builder = ScriptBuilder()
        self._ends: list[Callable[[], None]] = []
        self._names: list[str] = []
        self._words: list[str] = []
        self._replacing = 0  # inside an element whose text is spoken in another way
        self._hidden = 0  # inside metadata
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.buffer_text = True

    def read(self, text: str) -> Script:
        try:
            # Lone surrogates cannot be UTF-8, and no XML may hold them.
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise ParameterError(f"SSML line {error.lineno}, column {error.offset + 1}: {reason}") from None
        return self._builder.finish()

    def _fail(self, message: str) -> ParameterError:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return ParameterError(f"SSML line {line}, column {column}: {message}")

    def _refuse(self, *_: object) -> None:
        raise self._fail("document types and entities are not taken; remove the <!DOCTYPE …>")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        plain = name.rsplit(":", 1)[-1]
        if not self._names and plain != "speak":
            raise self._fail(f"the root is <{name}>; it must be <speak>")
        if len(self._names) >= MAX_DEPTH:
            raise self._fail(f"elements are nested deeper than {MAX_DEPTH}")
        handler = _HANDLERS.get(plain)
        if handler is None:
            raise self._fail(f"element <{name}> is unknown. {did_you_mean(plain, _HANDLERS)}")
        known = _ATTRIBUTES.get(plain)
        for attribute in attributes if known is not None else ():
            # What belongs to another vocabulary ("xml:base") is none of ours.
            if ":" not in attribute and attribute != "xmlns" and attribute not in (known or ()):
                raise self._fail(f"<{name}> attribute {attribute!r} is unknown. {did_you_mean(attribute, known or ())}")
        self._names.append(name)
        # Outside of a stretch that is replaced, words so far are said before anything new begins.
        self._say()
        try:
            self._ends.append(handler(self, attributes))
        except ParameterError as error:
            message = str(error)
            raise (error if message.startswith("SSML line") else self._fail(f"<{name}> {message}")) from None

    def _end(self, _: str) -> None:
        self._names.pop()
        end = self._ends.pop()
        try:
            end()
        except ParameterError as error:
            raise self._fail(str(error)) from None

    def _text(self, data: str) -> None:
        if not self._hidden:
            self._words.append(re.sub(r"\s+", " ", data))

    def _say(self) -> None:
        if not self._replacing and self._words:
            self._builder.text("".join(self._words))
            self._words = []

    def _nothing(self) -> None:
        self._say()

    def _speak(self, attributes: dict[str, str]) -> Callable[[], None]:
        return self._language(attributes)

    def _language(self, attributes: dict[str, str]) -> Callable[[], None]:
        language = attributes.get("xml:lang") or attributes.get("languages", "").split(" ")[0]
        if not language:
            return self._nothing
        self._builder.push_language(language)

        def end() -> None:
            self._say()
            self._builder.pop_language()

        return end

    @property
    def _spoken_language(self) -> str:
        return self._builder.language or self._speakers[-1].language

    def _voice(self, attributes: dict[str, str]) -> Callable[[], None]:
        speaker = choose_speaker(attributes, self._cast)
        if speaker is None:
            return self._language(attributes)
        if any(speaker is common.spec for common in load_speakers().values()):
            # They are at home in any language: that of the document goes on.
            attributes = {"languages": self._spoken_language, **attributes}
        self._builder.push_speaker(speaker)
        self._speakers.append(speaker)
        close = self._language(attributes)

        def end() -> None:
            close()
            self._builder.pop_speaker()
            self._speakers.pop()

        return end

    def _paragraph(self, attributes: dict[str, str]) -> Callable[[], None]:
        return self._sentence(attributes, PARAGRAPH_PAUSE_S)

    def _sentence(self, attributes: dict[str, str], pause_s: float = 0.35) -> Callable[[], None]:
        close = self._language(attributes)

        def end() -> None:
            close()
            self._builder.break_sentence(pause_s)

        return end

    def _changed(self, change: Change) -> Callable[[], None]:
        self._builder.open(change)

        def end() -> None:
            self._say()
            self._builder.close()

        return end

    def _prosody(self, attributes: dict[str, str]) -> Callable[[], None]:
        return self._changed(prosody_change(attributes, base_f0_hz=self._speakers[-1].base_f0_hz))

    def _express_as(self, attributes: dict[str, str]) -> Callable[[], None]:
        return self._changed(express_as(attributes))

    def _emphasis(self, attributes: dict[str, str]) -> Callable[[], None]:
        level = attributes.get("level", "moderate")
        if level not in EMPHASIS:
            raise ParameterError(f"level={level!r} is unknown. {did_you_mean(level, EMPHASIS)}")
        return self._changed(EMPHASIS[level])

    def _break(self, attributes: dict[str, str]) -> Callable[[], None]:
        if "time" in attributes:
            time_s = seconds("time", attributes["time"])
            if time_s > MAX_BREAK_S:
                raise ParameterError(f"time={attributes['time']!r} must be at most {MAX_BREAK_S:g}s")
            self._builder.pause(time_s)
        else:
            strength = attributes.get("strength", "medium")
            if strength not in STRENGTHS_S:
                raise ParameterError(f"strength={strength!r} is unknown. {did_you_mean(strength, STRENGTHS_S)}")
            if STRENGTHS_S[strength]:
                self._builder.pause(STRENGTHS_S[strength], exact=False)
        return self._nothing

    def _mark(self, attributes: dict[str, str]) -> Callable[[], None]:
        self._builder.mark(self._required(attributes, "name"))
        return self._nothing

    def _replaced(self, speak: Callable[[str], None]) -> Callable[[], None]:
        self._replacing += 1

        def end() -> None:
            self._replacing -= 1
            if not self._replacing:
                shown, self._words = "".join(self._words), []
                speak(shown)

        return end

    def _sub(self, attributes: dict[str, str]) -> Callable[[], None]:
        alias = self._required(attributes, "alias")
        return self._replaced(lambda shown: self._builder.text(shown, alias))

    def _phoneme(self, attributes: dict[str, str]) -> Callable[[], None]:
        alphabet, sounds = attributes.get("alphabet", "ipa"), self._required(attributes, "ph")
        if alphabet.lower() not in ALPHABETS:
            raise ParameterError(f"alphabet={alphabet!r} is unknown; it must be 'ipa' or 'x-sampa'")
        if alphabet.lower() != "ipa":
            sounds = xsampa_to_ipa(sounds)
        if self._check_phonemes:
            self._check_phonemes(sounds, self._spoken_language)
        return self._replaced(lambda shown: self._builder.phonemes(shown, sounds))

    def _say_as(self, attributes: dict[str, str]) -> Callable[[], None]:
        kind = self._required(attributes, "interpret-as")
        if kind not in INTERPRETATIONS:
            raise ParameterError(f"interpret-as={kind!r} is unknown. {did_you_mean(kind, INTERPRETATIONS)}")
        form, language = attributes.get("format", ""), self._spoken_language
        return self._replaced(lambda shown: self._builder.text(shown, say_as(shown, kind, form, language=language)))

    def _meta(self, _: dict[str, str]) -> Callable[[], None]:
        self._hidden += 1

        def end() -> None:
            self._hidden -= 1

        return end

    def _pass(self, _: dict[str, str]) -> Callable[[], None]:
        return self._nothing

    @staticmethod
    def _required(attributes: dict[str, str], name: str) -> str:
        if not attributes.get(name):
            raise ParameterError(f"needs the attribute {name!r}")
        return attributes[name]


_HANDLERS: dict[str, Callable[[_Reader, dict[str, str]], Callable[[], None]]] = {
    "speak": _Reader._speak,
    "p": _Reader._paragraph,
    "s": _Reader._sentence,
    "prosody": _Reader._prosody,
    "express-as": _Reader._express_as,
    "emphasis": _Reader._emphasis,
    "break": _Reader._break,
    "mark": _Reader._mark,
    "sub": _Reader._sub,
    "phoneme": _Reader._phoneme,
    "say-as": _Reader._say_as,
    "voice": _Reader._voice,
    "lang": _Reader._language,
    **dict.fromkeys(_SILENT - {"meta", "metadata", "desc", "lexicon"}, _Reader._pass),
    **dict.fromkeys(("meta", "metadata", "desc", "lexicon"), _Reader._meta),
}
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "p": (),
    "s": (),
    "lang": ("onlangfailure",),
    "voice": ("name", "gender", "age", "variant", "languages", "required", "ordering", "onvoicefailure"),
    "break": ("time", "strength"),
    "emphasis": ("level",),
    "mark": ("name",),
    "sub": ("alias",),
    "say-as": ("interpret-as", "format", "detail"),
    "phoneme": ("ph", "alphabet", "type"),
    "express-as": ("style", "styledegree", "role"),
}
"""Attributes of SSML 1.1; ``prosody`` looks after its own."""
