"""The instructor's panel: things that can be made to happen, each of which is noted as the instructor's."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from demos.roadside.paper import GOLD, PANEL, SOFT, button, write
from expressive.simulation.run import Run

EVENTS = ("soothed", "listened_to", "barked_at", "threatened", "startled", "bad_news")
FEELINGS = (("anger", 0.9), ("fear", 0.9), ("relief", 0.8))
BOX = pygame.Rect(656, 16, 448, 700)


@dataclass(frozen=True)
class Order:
    """One button."""

    rect: pygame.Rect
    title: str
    kind: str
    name: str
    intensity: float = 1.0


def orders(run: Run) -> list[Order]:
    """Every button of the panel."""
    known = run.subject.events
    made = [("Let happen", "event", name, 1.0) for name in EVENTS if name in known]
    made += [("Let feel", "feel", name, level) for name, level in FEELINGS]
    made += [("Go to", "go", name, 1.0) for name in (*run.scenario.stages, *run.scenario.outcomes)]
    out, last, x, y = [], "", 0, BOX.y + 58
    for group, kind, name, level in made:
        if group != last:
            x, y, last = 0, y + (34 if out else 0) + 28, group
        elif x == 3:
            x, y = 0, y + 34
        rect = pygame.Rect(BOX.x + 14 + x * 141, y, 136, 28)
        out.append(Order(rect, name.replace("_", " "), kind, name, level))
        x += 1
    return out


def draw(screen: pygame.Surface, buttons: list[Order], mouse: tuple[int, int]) -> None:
    """Draw the panel over the right side."""
    pygame.draw.rect(screen, PANEL, BOX, border_radius=10)
    pygame.draw.rect(screen, GOLD, BOX, 2, border_radius=10)
    write(screen, "Instructor", (BOX.x + 14, BOX.y + 10, 300, 30), size=20, bold=True, colour=GOLD)
    write(
        screen, "Everything here is noted as yours. F1 closes.", (BOX.x + 14, BOX.y + 38, 420, 20), size=14, colour=SOFT
    )
    heads = {"event": "Let something happen", "feel": "Let him feel", "go": "Go to a stage or an end"}
    seen = set()
    for order in buttons:
        if order.kind not in seen:
            seen.add(order.kind)
            write(screen, heads[order.kind], (BOX.x + 14, order.rect.y - 22, 400, 20), size=14, bold=True)
        button(screen, order.rect, "", order.title, "", picked=order.rect.collidepoint(mouse), small=True)
