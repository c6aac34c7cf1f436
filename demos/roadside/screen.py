"""Everything on the screen of the traffic stop but the car."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pygame

from demos.roadside.paper import (
    BLUE,
    DIM,
    GOLD,
    GREEN,
    INK,
    PANEL,
    RAISED,
    RED,
    SOFT,
    button,
    font,
    meter,
    rows_of,
    write,
)
from expressive.simulation.run import Run

SIZE = (1120, 760)
_SIDE = (664, 20, 432, 400)
_LONG = 230
"""From how many letters on an option does not fit on its button."""
_LETTERS_PER_S = 15
_KINDS = {"success": GREEN, "partial": GOLD, "failure": RED}


def option_boxes(count: int) -> list[pygame.Rect]:
    """Where the buttons of the options lie: two columns, as many rows as needed."""
    rows = max(1, (count + 1) // 2)
    height = min(94, (206 - 8 * (rows - 1)) // rows)
    return [pygame.Rect(16 + 548 * (i % 2), 484 + (height + 8) * (i // 2), 540, height) for i in range(count)]


def draw_side(screen: pygame.Surface, run: Run, picked: int, *, with_meters: bool) -> None:
    """Title, stage, meters, and what was said last, or the marked option where it is too long for its button."""
    x, y, width, _ = _SIDE
    scenario, now = run.scenario, run.record.samples[-1]
    pygame.draw.rect(screen, PANEL, (640, 0, 480, 440))
    y += write(screen, scenario.title, (x, y, width, 30), size=22, bold=True)
    stage = scenario.stages[run.stage].title if run.stage else ""
    y += write(screen, stage, (x, y + 2, width, 24), size=16, colour=GOLD) + 12
    if with_meters:
        meter(screen, "Trust", (now.trust + 1) / 2, (x, y, 204, 12), BLUE)
        meter(screen, "Agitation", now.agitation, (x + 228, y, 204, 12), RED)
    else:
        write(screen, "Meters are hidden (Tab). Read his face and voice.", (x, y, width, 20), size=15, colour=DIM)
    y += 52
    marked = list(run.options.values())[picked : picked + 1]
    if marked and len(marked[0].text) > _LONG:
        write(screen, f"{picked + 1}. {marked[0].text}", (x, y, width, 300), size=15, lines=16)
        return
    names = scenario.script
    said = [e for e in run.record.entries if e.kind in ("line", "trainee", "deed", "scene", "override", "timeout")]
    rows = []
    for entry in said[-5:]:
        who = "You" if entry.kind == "trainee" else ""
        who = who or (names.member(entry.who).name or entry.who.capitalize() if entry.who in scenario.cast else "")
        who = "Instructor" if entry.kind == "override" else who
        rows.append((f"{who}: {entry.text}" if who else entry.text, entry.kind, entry.who == scenario.subject))
    for n, (text, kind, is_subject) in enumerate(rows):
        colour = INK if is_subject else DIM if kind in ("scene", "deed", "timeout") else SOFT
        colour = GOLD if kind == "override" else colour
        y += write(screen, text, (x, y, width, 60), size=15, colour=colour, lines=3, bold=n == len(rows) - 1) + 7


def draw_caption(screen: pygame.Surface, run: Run) -> None:
    """What is being said, on the lower edge of the car."""
    entry = run.caption
    if entry is None:
        return
    label = run.scenario.script.member(entry.who).name if entry.who in run.scenario.cast else ""
    label = "You" if entry.kind == "trainee" else label
    text = f"{label}: {entry.text}" if label else entry.text
    shade = pygame.Surface((608, 76), pygame.SRCALPHA)
    pygame.draw.rect(shade, (0, 0, 0, 178), shade.get_rect(), border_radius=8)
    screen.blit(shade, (16, 356))
    rows = rows_of(text, font(18), 580)
    pages = [" ".join(rows[i : i + 3]) for i in range(0, len(rows), 3)]
    # A long text goes by at the speed at which it is spoken.
    said = (run.time_s - entry.time_s) * _LETTERS_PER_S
    while len(pages) > 1 and said > len(pages[0]):
        said -= len(pages.pop(0))
    write(screen, pages[0], (30, 362, 580, 70), size=18, lines=3)


def draw_choice(screen: pygame.Surface, run: Run, picked: int, typed: str, notice: str) -> None:
    """The options, the time that is left, and the line for own words."""
    pygame.draw.rect(screen, (18, 21, 26), (0, 440, 1120, 320))
    if run.phase == "choosing" and run.stage is not None:
        stage = run.scenario.stages[run.stage]
        left_s = run.remaining_s
        if left_s is not None and stage.time_limit_s:
            share = left_s / stage.time_limit_s
            pygame.draw.rect(screen, RAISED, (0, 440, 1120, 6))
            pygame.draw.rect(screen, RED if share < 0.25 else GOLD, (0, 440, round(1120 * share), 6))
            write(screen, f"{left_s:.0f} s", (1060, 452, 60, 24), size=18, bold=True, colour=GOLD)
        prompt = stage.prompt or "What do you do?"
        write(screen, prompt, (16, 452, 1020, 24), size=18 if len(prompt) < 85 else 15, bold=True, lines=1)
        for n, (box, option) in enumerate(zip(option_boxes(len(run.offered)), run.options.values(), strict=True)):
            words = f"“{option.text}”" if option.spoken else f"({option.text})"
            button(screen, box, str(n + 1), option.title, words, picked=n == picked)
        pygame.draw.rect(screen, RAISED, (16, 698, 1088, 32), border_radius=8)
        shown = typed + "▏" if typed else "… or type what you say, and press Enter"
        write(screen, shown[-120:], (28, 703, 1060, 24), size=17, colour=INK if typed else DIM, lines=1)
    else:
        whose = "You speak" if run.caption and run.caption.who == run.scenario.trainee else "Listen, and watch his face"
        write(screen, f"{whose} …", (16, 452, 1080, 30), size=18, bold=True, colour=DIM)
    hints = "1-9, arrows and Enter, or the mouse: choose  ·  Tab: meters  ·  F1: instructor  ·  Esc: stop"
    write(screen, notice or hints, (16, 736, 1088, 20), size=14, colour=RED if notice else DIM)


def draw_end(screen: pygame.Surface, run: Run, report: Path | None) -> None:
    """How it ended, and where the report lies."""
    pygame.draw.rect(screen, (18, 21, 26), (0, 440, 1120, 320))
    ending = run.ending
    y = 456
    if ending is not None:
        y += write(screen, ending.title, (16, y, 1080, 40), size=26, bold=True, colour=_KINDS[ending.kind]) + 4
        y += write(screen, ending.text, (16, y, 1080, 120), size=17, lines=5) + 10
    points = sum(award.points for award in run.record.awards)
    y += write(screen, f"{len(run.record.decisions)} decisions, {points:+g} points", (16, y, 1080, 24), size=17) + 6
    if report is not None:
        where = textwrap.shorten(str(report), 110, placeholder="…") if len(str(report)) > 110 else str(report)
        write(screen, f"After-action report: {where}", (16, y, 1080, 24), size=17, colour=BLUE)
    write(screen, "R: try again  ·  Esc: close", (16, 736, 600, 20), size=14, colour=DIM)


def draw_briefing(screen: pygame.Surface, run: Run) -> None:
    """What the trainee is told before; nothing runs until a key is pressed."""
    screen.fill((18, 21, 26))
    y = 150
    y += write(screen, run.scenario.title, (210, y, 700, 50), size=36, bold=True) + 14
    y += write(screen, run.scenario.briefing, (210, y, 700, 300), size=19, colour=SOFT) + 20
    text = "His face and his voice are made by a computer. What is said can be hard to hear; Esc stops at any moment."
    y += write(screen, text, (210, y, 700, 100), size=16, colour=GOLD) + 26
    write(screen, "Press Enter, click, or press a button to begin.", (210, y, 700, 30), size=20, bold=True)
