"""Subtitles burned into the picture: the speaker's name and the words on a translucent plate."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from expressive.core.errors import ParameterError

if TYPE_CHECKING:
    from PIL import Image, ImageFont

__all__ = ["Captioner"]

_TEXT_HEIGHT = 0.041  # size of the letters in heights of the picture: name and two lines stay clear of a mouth
_MIN_TEXT_PX = 11
_MAX_WIDTH = 0.86
_MAX_LINES = 3
_MARGIN = 0.022
_PLATE = (12, 12, 16, 150)
_WHITE = (250, 250, 246, 255)
_NAME = (255, 214, 140, 255)
_OUTLINE = (0, 0, 0, 220)
_MISSING = "\U0010ffff"  # no font has it, so that it shows what a font draws for what it lacks
_OTHER_FONTS = (  # tried only for letters that Pillow's own font lacks; found in the system's font folders
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "arial.ttf",
    "msyh.ttc",
    "malgun.ttf",
    "Nirmala.ttf",
)


class Captioner:
    """Makes plates with words; the last one is kept, because it stays for many pictures.

    Parameters
    ----------
    size : tuple[int, int] [unit=px]
        width and height of the picture
    font : str | Path | None
        a font file; by default the one that Pillow brings, and for letters that it lacks one of the system's

    Raises
    ------
    ParameterError
        If the font file cannot be read.
    """

    def __init__(self, size: tuple[int, int], *, font: str | Path | None = None) -> None:
        from PIL import ImageFont

        self._size = size
        self._px = max(_MIN_TEXT_PX, round(_TEXT_HEIGHT * min(size[1], size[0] * 9 / 16)))
        self._given = font
        try:
            self._font = ImageFont.truetype(str(font), self._px) if font else ImageFont.load_default(self._px)
        except OSError as error:
            raise ParameterError(f"font={str(font)!r} cannot be read; name a .ttf or .otf file") from error
        self._kept: tuple[tuple[str, str], tuple[Image.Image, tuple[int, int]]] | None = None

    def plate(self, speaker: str, text: str) -> tuple[Image.Image, tuple[int, int]]:
        """Draw words.

        Parameters
        ----------
        speaker : str
            who speaks; left out when empty
        text : str
            what is said; broken into at most three lines, and cut with an ellipsis where it is longer still

        Returns
        -------
        tuple[PIL.Image.Image, tuple[int, int]]
            the RGBA plate, and where its upper left corner belongs
        """
        if self._kept is None or self._kept[0] != (speaker, text):
            self._kept = ((speaker, text), self._draw(speaker, text))
        return self._kept[1]

    def _draw(self, speaker: str, text: str) -> tuple[Image.Image, tuple[int, int]]:
        from PIL import Image, ImageDraw

        name, words = _plain(speaker), _plain(text)
        font = self._font_for(name + words)
        name, words = _drop_unknown_symbols(name, font), _drop_unknown_symbols(words, font)
        width, height = self._size
        lines = self._wrap(words, font, round(_MAX_WIDTH * width))
        rows = [*([(name, _NAME)] if name else []), *((line, _WHITE) for line in lines)]
        pad, step, stroke = round(self._px * 0.55), round(self._px * 1.28), max(1, round(self._px / 14))
        inner = min(round(_MAX_WIDTH * width), max(round(font.getlength(row)) for row, _ in rows))
        plate = Image.new("RGBA", (inner + 2 * pad + 2 * stroke, len(rows) * step + pad), (0, 0, 0, 0))
        draw = ImageDraw.Draw(plate)
        draw.rounded_rectangle((0, 0, plate.width - 1, plate.height - 1), radius=round(self._px * 0.4), fill=_PLATE)
        for i, (row, colour) in enumerate(rows):
            x = (plate.width - font.getlength(row)) / 2
            draw.text((x, pad / 2 + i * step), row, colour, font, stroke_width=stroke, stroke_fill=_OUTLINE)
        return plate, ((width - plate.width) // 2, height - plate.height - round(_MARGIN * height))

    def _wrap(self, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
        """Break into lines that fit; between words where there are any, within them where one is too long."""
        lines: list[str] = []
        line = ""
        for word in _words(text):
            wider = line + word
            if font.getlength(wider.strip()) <= width:
                line = wider
                continue
            if line.strip():
                lines.append(line.strip())
            line = word.lstrip()
            while font.getlength(line) > width:
                fit = max(1, next(n for n in range(1, len(line) + 1) if font.getlength(line[:n]) > width) - 1)
                lines.append(line[:fit])
                line = line[fit:]
                if len(lines) > _MAX_LINES:
                    break
            if len(lines) > _MAX_LINES:
                break
        if line.strip():
            lines.append(line.strip())
        if len(lines) > _MAX_LINES:
            last = lines[_MAX_LINES - 1]
            while last and font.getlength(last + " …") > width:
                last = last[:-1]
            lines = [*lines[: _MAX_LINES - 1], last.rstrip(" ,;:") + " …"]
        return lines or [""]

    def _font_for(self, text: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        """The font that has the most of the letters."""
        from PIL import ImageFont

        letters = {ch for ch in text if unicodedata.category(ch)[0] == "L"}
        lacking = sum(_lacks(self._font, ch) for ch in letters)
        best = self._font
        if lacking and not self._given:
            for name in _OTHER_FONTS:
                try:
                    other = ImageFont.truetype(name, self._px)
                except OSError:
                    continue
                count = sum(_lacks(other, ch) for ch in letters)
                if count < lacking:
                    best, lacking = other, count
        return best


def _plain(text: str) -> str:
    """One line without control characters, half surrogates and the joiners of emoji."""
    kept = (" " if ch.isspace() else ch for ch in text if ch.isspace() or unicodedata.category(ch) not in _INVISIBLE)
    return " ".join("".join(kept).split())


_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


def _words(text: str) -> list[str]:
    """Words with the space before them; wide letters of East Asia may part anywhere."""
    parts: list[str] = []
    for word in text.split(" "):
        start = len(parts)
        for ch in word:
            if len(parts) > start and not (
                unicodedata.east_asian_width(ch) in "WF" and unicodedata.category(ch) == "Lo"
            ):
                parts[-1] += ch
            else:
                parts.append(ch)
        if len(parts) > start and start:
            parts[start] = " " + parts[start]
    return parts


def _drop_unknown_symbols(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Leave out emoji and the like that the font lacks; letters that it lacks stay, as boxes that say so."""
    kept = "".join(
        ch for ch in text if unicodedata.category(ch) not in ("So", "Sk", "Mn", "Me") or not _lacks(font, ch)
    )
    return " ".join(kept.split())


def _lacks(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, ch: str) -> bool:
    return bytes(font.getmask(ch)) == bytes(font.getmask(_MISSING))
