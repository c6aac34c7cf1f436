"""Words and buttons on the screen."""

from __future__ import annotations

from functools import lru_cache

import pygame

INK, SOFT, DIM = (236, 234, 228), (178, 184, 192), (118, 126, 136)
PANEL, RAISED, PICKED = (27, 31, 37), (40, 46, 54), (58, 68, 82)
GOLD, RED, BLUE, GREEN = (239, 192, 97), (255, 122, 110), (122, 176, 255), (123, 212, 154)


@lru_cache(maxsize=32)
def font(size: int, *, bold: bool = False) -> pygame.font.Font:
    """A font that is there on most systems, or pygame's own."""
    return pygame.font.SysFont("segoeui,helveticaneue,dejavusans,notosans,arial", size, bold=bold)


def write(
    screen: pygame.Surface,
    text: str,
    box: tuple[int, int, int, int],
    *,
    size: int = 17,
    colour: tuple[int, int, int] = INK,
    bold: bool = False,
    lines: int = 99,
) -> int:
    """Write text into a box, broken at its width; returns the height that it took.

    What does not fit ends in an ellipsis.
    """
    x, y, width, _ = box
    face = font(size, bold=bold)
    step = face.get_linesize()
    rows = rows_of(text, face, width)
    if len(rows) > lines:
        rows = rows[:lines]
        while rows[-1] and face.size(rows[-1] + " …")[0] > width:
            rows[-1] = rows[-1].rpartition(" ")[0]
        rows[-1] += " …"
    for i, row in enumerate(rows):
        if row:
            screen.blit(face.render(row, True, colour), (x, y + i * step))
    return len(rows) * step


def rows_of(text: str, face: pygame.font.Font, width: int) -> list[str]:
    """Break text into rows of at most this width."""
    rows = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and face.size(longer)[0] > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def meter(
    screen: pygame.Surface, name: str, value: float, box: tuple[int, int, int, int], colour: tuple[int, int, int]
) -> None:
    """A bar from 0 to 1 with its name and number."""
    x, y, width, height = box
    write(screen, name, (x, y, width, 20), size=15, colour=SOFT)
    number = font(15, bold=True).render(f"{100 * value:.0f}", True, INK)
    screen.blit(number, (x + width - number.get_width(), y))
    bar = pygame.Rect(x, y + 22, width, height)
    pygame.draw.rect(screen, RAISED, bar, border_radius=height // 2)
    if value > 0.01:
        filled = pygame.Rect(x, y + 22, max(height, round(width * value)), height)
        pygame.draw.rect(screen, colour, filled, border_radius=height // 2)


def button(
    screen: pygame.Surface, rect: pygame.Rect, number: str, title: str, text: str, *, picked: bool, small: bool = False
) -> None:
    """A button with a number, a title and, below it, the words."""
    pygame.draw.rect(screen, PICKED if picked else RAISED, rect, border_radius=8)
    pygame.draw.rect(screen, GOLD if picked else (64, 72, 84), rect, 2 if picked else 1, border_radius=8)
    left = rect.x + 12
    if number:
        write(screen, number, (left, rect.y + 8, 30, 30), size=20, bold=True, colour=GOLD)
        left += 30
    width = rect.right - left - 10
    if small:
        write(screen, title, (left, rect.y + 4, width, 20), size=14, lines=1)
        return
    taken = write(screen, title, (left, rect.y + 7, width, 24), size=16, bold=True, lines=1)
    write(screen, text, (left, rect.y + 9 + taken, width, rect.height - taken), size=14, colour=SOFT, lines=3)
