"""The pictures of the game: the square with its people, the conversation, and what the player should know."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pygame

from demos.village.buildings import GATE
from demos.village.figures import FOOT, Figure, emote_icon
from demos.village.game import HEARING_PX, Village
from demos.village.ground import SIZE, paint_ground, paint_open_gate
from demos.village.paint import (
    DIM,
    EMOTION_COLOURS,
    GOLD,
    PALE,
    Kept,
    bar,
    circle_mask,
    font,
    golden_frame,
    plate,
    shadow,
    words,
    write,
)
from demos.village.story import PLAYER
from demos.village.talk import Talk
from expressive.emotion.chart import walk_states
from expressive.links.backdrops import backdrop

__all__ = ["WINDOW", "Screen"]

WINDOW = 1280, 720
NOTICE = "Synthetic media: faces and voices are computer-generated"
EDGE = (52, 66, 36)
_PANEL = pygame.Rect(24, 456, 1232, 250)
_FRAME = pygame.Rect(44, 384, 288, 306)
_FEELINGS = pygame.Rect(_FRAME.right + 12, _PANEL.top - 54, 900, 46)
_BUST_PX = 84
_BUBBLE_PX = 300
_SHOWS = 0.25  # a feeling that is stronger is seen from afar


class Screen:
    """Draws a village.

    Parameters
    ----------
    village : Village
        the game; a display must have been opened
    """

    def __init__(self, village: Village) -> None:
        self._village = village
        self._ground = paint_ground()
        self._open_gate = paint_open_gate()
        story = village.story
        self._figures = {name: Figure(person.looks) for name, person in story.people.items()}
        self._figures[PLAYER] = Figure(story.traveller.looks)
        self._backdrops = {name: _backdrop(person.backdrop, _FRAME.size) for name, person in story.people.items()}
        self._icons = {emotion: emote_icon(emotion) for emotion in (*EMOTION_COLOURS, "talk")}
        self._busts: dict[str, tuple[pygame.Surface, pygame.Surface]] = {}
        self._kept = {part: Kept() for part in ("heads", "story", "talk", "feelings")}
        self._titles = {
            name: {node.name: node.spec.title or node.name for node in walk_states(actor.profile.machine.states)}
            for name, actor in village.society.world.actors.items()
        }
        self._camera = self._aim()

    def draw(self, surface: pygame.Surface) -> None:
        """Draw the game as it is now."""
        aim = self._aim()
        self._camera = tuple(now + (there - now) * 0.12 for now, there in zip(self._camera, aim, strict=True))  # type: ignore[assignment]
        camera = round(self._camera[0]), round(self._camera[1])
        if camera[1] + WINDOW[1] > SIZE[1]:
            surface.fill(EDGE)
        surface.blit(self._ground, (0, 0), (*camera, *WINDOW))
        self._scenery(surface, camera)
        self._people(surface, camera)
        self._heads(surface)
        self._story(surface)
        if self._village.talk is not None:
            self._conversation(surface, self._village.talk)
        else:
            self._hint(surface, camera)
        write(surface, NOTICE, (WINDOW[0] - 14, 6), size=12, colour=PALE, align="right", edge=True)
        if self._village.toast:
            width = words(self._village.toast, 18, PALE).get_width()
            surface.blit(plate((width + 40, 40)), ((WINDOW[0] - width) // 2 - 20, 20))
            write(surface, self._village.toast, (WINDOW[0] / 2, 29), align="centre")
        if self._village.ended:
            self._ending(surface)

    def settle(self) -> None:
        """Let the camera arrive, and every face be drawn as it is now: for a screenshot."""
        self._camera = self._aim()
        for sprite in self._village.sprites.values():
            sprite.refresh()

    # ---- the square ----------------------------------------------------------------------------------------------

    def _aim(self) -> tuple[float, float]:
        player, talking = self._village.player, self._village.talk is not None
        x = min(max(player.x - WINDOW[0] / 2, 0), SIZE[0] - WINDOW[0])
        if talking:  # clear of the conversation's panel, also at the lower edge of the map
            return x, min(max(player.y - 320, 0), SIZE[1] - _PANEL.top)
        return x, min(max(player.y - WINDOW[1] * 0.52, 0), SIZE[1] - WINDOW[1])

    def _scenery(self, surface: pygame.Surface, camera: tuple[int, int]) -> None:
        time_s = self._village.time_s
        if self._village.society.gate_open:
            surface.blit(self._open_gate, (GATE[0] - camera[0], GATE[1] - camera[1]))
        for i in range(14):  # the fountain's water
            phase = (time_s * 0.9 + i / 14) % 1.0
            side = -1 if i % 2 else 1
            x, y = 800 + side * (4 + 40 * phase), 470 - 26 * phase + 92 * phase * phase
            pygame.draw.circle(surface, (214, 238, 244), (x - camera[0], y - camera[1]), 2 if phase < 0.7 else 1)
        for i in range(6):  # smoke from the inn
            phase = (time_s * 0.12 + i / 6) % 1.0
            puff = _puff(round(9 + 16 * phase), round(90 * (1 - phase)) // 6 * 6)
            x = 388 + 34 * phase + 6 * math.sin(time_s + i * 2)
            surface.blit(puff, (x - camera[0] - puff.get_width() / 2, 172 - 86 * phase - camera[1]))

    def _people(self, surface: pygame.Surface, camera: tuple[int, int]) -> None:
        village = self._village
        walkers = {name: villager.walker for name, villager in village.villagers.all.items()} | {PLAYER: village.player}
        for name in sorted(walkers, key=lambda name: walkers[name].y):
            walker = walkers[name]
            x, y = walker.x - camera[0], walker.y - camera[1]
            surface.blit(shadow(40, 14), (x - 17, y - 6))
            surface.blit(self._figures[name].picture(walker.facing, walker.stride), (x - FOOT[0], y - FOOT[1]))
        for name, villager in village.villagers.all.items():
            x, y = villager.walker.x - camera[0], villager.walker.y - camera[1]
            chat = village.villagers.chat_of(name)
            if chat is not None and village.talk is None and villager.walker.far(village.player) < HEARING_PX:
                self._bubble(surface, chat.text, x, y - 84)
                continue
            felt = village.society.world[name].shown
            sign = "talk" if chat is not None else felt.dominant if felt[felt.dominant] > _SHOWS else "neutral"
            if (icon := self._icons[sign]) is not None:
                bounce = 2 * math.sin(village.time_s * 4)
                surface.blit(icon, (x - icon.get_width() / 2, y - 132 + bounce))

    def _bubble(self, surface: pygame.Surface, text: str, x: float, y: float) -> None:
        lines = _wrapped(_plain(text), _BUBBLE_PX - 28, 16)
        height = 18 + 20 * len(lines)
        width = 28 + max(words(line, 16, (50, 42, 38)).get_width() for line in lines)
        left = min(max(x - width / 2, 8), WINDOW[0] - width - 8)
        surface.blit(plate((width, height), (252, 248, 238, 240), (90, 76, 64, 255), radius=12), (left, y - height))
        tip = [(x - 7, y - 3), (x + 7, y - 3), (x, y + 8)]
        pygame.draw.polygon(surface, (252, 248, 238), tip)
        for i, line in enumerate(lines):
            write(surface, line, (left + 14, y - height + 9 + 20 * i), size=16, colour=(50, 42, 38))

    # ---- what the player should know -----------------------------------------------------------------------------

    def _heads(self, surface: pygame.Surface) -> None:
        """Everybody's living face, with what they feel and how they like the traveller."""
        rows = []
        for name in self._village.sprites:
            actor = self._village.society.world[name]
            strength = max(actor.shown.intensities)
            colour = EMOTION_COLOURS[actor.shown.dominant] if strength > 0.12 else EMOTION_COLOURS["neutral"]
            rows.append((self._village.story.people[name].name, colour, round(actor.relation(PLAYER).liking, 2)))
        pitch = _BUST_PX + 18
        width = pitch * len(rows) + 6
        left = WINDOW[0] - width - 8

        def paint(panel: pygame.Surface) -> None:
            panel.blit(plate(panel.get_size(), (30, 25, 24, 150), (0, 0, 0, 0)), (0, 0))
            for i, (title, colour, liking) in enumerate(rows):
                x, y = 14 + pitch * i + _BUST_PX // 2, 24 + _BUST_PX // 2
                pygame.draw.circle(panel, (30, 25, 24), (x, y), _BUST_PX // 2 + 6)
                pygame.draw.circle(panel, colour, (x, y), _BUST_PX // 2 + 4)
                write(panel, title, (x, 114), size=15, align="centre", edge=True)
                bar(panel, (x - 32, 136, 64, 6), liking, _liking_colour(liking), both_ways=True)

        self._kept["heads"].blit(surface, pygame.Rect(left, 4, width, 152), tuple(rows), paint)
        for i, (name, sprite) in enumerate(self._village.sprites.items()):
            if name not in self._busts or self._busts[name][0] is not sprite.image:
                self._busts[name] = sprite.image, _bust(sprite.image, self._backdrops[name])
            surface.blit(self._busts[name][1], (left + 14 + pitch * i, 28))

    def _story(self, surface: pygame.Surface) -> None:
        society, story = self._village.society, self._village.story
        goal = "The gate stands open. Walk through, or stay a while." if society.gate_open else story.goal
        lines = _wrapped(goal, 330, 16)

        def paint(panel: pygame.Surface) -> None:
            panel.blit(plate(panel.get_size()), (0, 0))
            write(panel, story.title, (16, 10), size=18, colour=GOLD)
            pygame.draw.circle(panel, (190, 140, 50), (316, 21), 9)
            pygame.draw.circle(panel, (244, 208, 112), (315, 20), 7)
            write(panel, str(society.coins), (332, 10), size=18)
            for i, line in enumerate(lines):
                write(panel, line, (16, 36 + 20 * i), size=16)

        shows = society.gate_open, society.coins
        self._kept["story"].blit(surface, pygame.Rect(16, 14, 372, 50 + 20 * len(lines)), shows, paint)

    def _hint(self, surface: pygame.Surface, camera: tuple[int, int]) -> None:
        near = self._village.near
        if near is not None and not self._village.ended:
            walker = self._village.villagers.all[near].walker
            text = f"E: talk to {self._village.story.people[near].name}"
            width = words(text, 16, PALE).get_width() + 24
            x = min(max(walker.x - camera[0] - width / 2, 8), WINDOW[0] - width - 8)
            y = max(walker.y, self._village.player.y) - camera[1] + 12  # hides neither of them
            surface.blit(plate((width, 30), radius=10), (x, y))
            write(surface, text, (x + 12, y + 6), size=16)
        keys = "Arrows or WASD: walk    E: talk    F5: save    F9: load    Esc: quit    (or a gamepad)"
        write(surface, keys, (16, WINDOW[1] - 24), size=14, edge=True)

    # ---- the conversation ----------------------------------------------------------------------------------------

    def _conversation(self, surface: pygame.Surface, talk: Talk) -> None:
        title = self._titles[talk.who][self._village.society.world[talk.who].state]
        heard, why, choices = self._heard(talk), self._why(talk.who), talk.choices

        def paint(panel: pygame.Surface) -> None:
            panel.blit(plate(panel.get_size(), radius=18), (0, 0))
            self._answer(panel, talk, title, heard)
            write(panel, why, (_FRAME.right + 24 - _PANEL.left, _PANEL.height - 30), size=14, colour=DIM)
            self._choices(panel, talk, choices)

        answer = None if talk.answer is None else talk.answer.text
        shows = talk.who, title, talk.said, answer, heard, why, tuple(choices.items()), talk.cursor, talk.choosing
        self._kept["talk"].blit(surface, _PANEL, shows, paint)
        self._portrait(surface, talk.who)
        self._feelings(surface, talk.who)

    def _why(self, who: str) -> str:
        """What stirred the strongest feeling."""
        actor = self._village.society.world[who]
        causes = actor.why(actor.felt.dominant) if max(actor.felt.intensities) > 0.15 else ()
        if not causes:
            return ""
        source = causes[0].source
        because = "" if source is None else f" by {'you' if source == PLAYER else source}"
        return f"{actor.felt.dominant}, stirred{because} ({causes[0].event.replace('_', ' ')})"

    def _portrait(self, surface: pygame.Surface, who: str) -> None:
        sprite = self._village.sprites[who]
        surface.blit(self._backdrops[who], _FRAME)
        clip = surface.get_clip()
        surface.set_clip(_FRAME)
        sprite.rect.midbottom = _FRAME.midbottom
        sprite.draw(surface)
        surface.set_clip(clip)
        golden_frame(surface, _FRAME)

    def _feelings(self, surface: pygame.Surface, who: str) -> None:
        actor = self._village.society.world[who]
        names = [(name, actor.felt[name]) for name in EMOTION_COLOURS if name != "neutral"]
        # to the pixel of a bar, so that nothing is painted anew for what nobody can see
        felt = [(name, round(value * 150) / 150) for name, value in sorted(names, key=lambda row: -row[1])[:3]]
        relation = actor.relation(PLAYER)
        thinks = [
            (word, round(value * 75) / 75)
            for word, value in (("likes you", relation.liking), ("trusts you", relation.trust))
        ]

        def paint(panel: pygame.Surface) -> None:
            panel.blit(plate(panel.get_size(), radius=12), (0, 0))
            for i, (name, value) in enumerate(felt):
                left = 16 + i * 172
                write(panel, name if value >= 0.02 else "", (left, 6), size=14, colour=PALE)
                bar(panel, (left, 28, 150, 8), value, EMOTION_COLOURS[name])
            for i, (name, value) in enumerate(thinks):
                left = 546 + i * 176
                write(panel, name, (left, 6), size=14, colour=PALE)
                bar(panel, (left, 28, 150, 8), value, _liking_colour(value), both_ways=True)

        self._kept["feelings"].blit(surface, _FEELINGS, (tuple(felt), tuple(thinks)), paint)

    def _heard(self, talk: Talk) -> float:
        """How many characters of the answer have been heard."""
        line = talk.answer
        if line is None or not line.speaking:
            return math.inf
        if not line.started:
            return 0
        heard_s = self._village.sprites[talk.who].voice.position_s or 0.0
        words_ = line.track_until(heard_s).words
        return max((word.char_end for word in words_ if word.start_s <= heard_s), default=0)

    def _answer(self, panel: pygame.Surface, talk: Talk, title: str, heard: float) -> None:
        """Who it is, what the traveller said and the answer; what has been heard of it is bright."""
        left, y = _FRAME.right + 24 - _PANEL.left, 14
        width = write(panel, self._village.story.people[talk.who].name, (left, y), size=24, colour=GOLD)
        write(panel, title, (left + width + 12, y + 7), size=15, colour=DIM)
        y += 38
        if talk.said:
            for line in _wrapped(f"{self._village.story.traveller.name}: {talk.said}", 430, 16):
                write(panel, line, (left, y), size=16, colour=(170, 186, 204))
                y += 21
            y += 6
        if talk.answer is None:
            return
        x, space, at = left, font(22).size(" ")[0], 0
        for word in talk.answer.text.split():
            at = talk.answer.text.index(word, at)
            picture = words(word, 22, PALE if at < heard else (112, 104, 96))
            if x + picture.get_width() > left + 440:
                x, y = left, y + 29
            panel.blit(picture, (x, y))
            x += picture.get_width() + space
            at += len(word)

    def _choices(self, panel: pygame.Surface, talk: Talk, choices: dict[str, str | None]) -> None:
        left, top = 838 - _PANEL.left, 16
        actions = self._village.story.actions_for(talk.who)
        if not talk.choosing:
            write(panel, "E: go on", (_PANEL.width - 20, _PANEL.height - 30), size=14, colour=DIM, align="right")
        pitch = min(26, (_PANEL.height - 28) // max(1, len(choices)))
        for i, (name, reason) in enumerate(choices.items()):
            y = top + pitch * i
            chosen = i == talk.cursor and talk.choosing
            if chosen:
                panel.blit(
                    plate((396, pitch), (226, 188, 108, 60), (226, 188, 108, 220), radius=8, width=1),
                    (left - 10, y - 3),
                )
            colour = DIM if reason or not talk.choosing else GOLD if chosen else PALE
            cost = {1: "  (1 coin)"}.get(actions[name].costs, "")
            number = "" if i > 8 else str(i + 1)
            write(panel, number, (left, y), size=16, colour=DIM)
            write(panel, actions[name].title + cost, (left + 22, y), size=16, colour=colour)

    def _ending(self, surface: pygame.Surface) -> None:
        surface.blit(plate((760, 330)), (260, 180))
        write(surface, self._village.story.title, (640, 206), size=28, colour=GOLD, align="centre")
        for i, line in enumerate(_wrapped(self._village.story.ending, 660, 19)):
            write(surface, line, (640, 256 + 26 * i), size=19, align="centre")
        for i, (name, person) in enumerate(self._village.story.people.items()):
            liking = self._village.society.world[name].relation(PLAYER).liking
            write(surface, f"{person.name} {_opinion(liking)}", (640, 326 + 32 * i), size=19, align="centre")
        write(surface, "F9: load    Esc: quit", (640, 470), size=15, colour=DIM, align="centre")


def _opinion(liking: float) -> str:
    for least, words_ in (
        (0.5, "will miss you."),
        (0.2, "likes you."),
        (-0.1, "has no quarrel with you."),
        (-0.4, "is glad to see you go."),
    ):
        if liking >= least:
            return words_
    return "spits on the ground where you stood."


def _liking_colour(value: float) -> tuple[int, int, int]:
    return (126, 190, 106) if value >= 0 else (214, 88, 70)


def _backdrop(name: str, size: tuple[int, int]) -> pygame.Surface:
    pixels = np.ascontiguousarray(backdrop(name, size))
    return pygame.image.frombuffer(pixels.tobytes(), size, "RGB").convert()


def _bust(image: pygame.Surface, behind: pygame.Surface) -> pygame.Surface:
    """A small round portrait."""
    square = pygame.Surface((image.get_width(),) * 2, pygame.SRCALPHA)
    square.blit(behind, (0, 0))
    square.blit(image, (0, 0))
    small = pygame.transform.smoothscale(square, (_BUST_PX, _BUST_PX))
    small.blit(circle_mask(_BUST_PX), (0, 0), special_flags=pygame.BLEND_RGBA_MIN)
    return small


_PUFFS: dict[tuple[int, int], pygame.Surface] = {}


def _puff(radius: int, alpha: int) -> pygame.Surface:
    if (radius, alpha) not in _PUFFS:
        puff = pygame.Surface((radius * 2, radius * 2), pygame.SRCALPHA)
        for i in range(4):
            pygame.draw.circle(puff, (236, 232, 226, alpha * (i + 1) // 4), (radius, radius), radius * (4 - i) // 4)
        _PUFFS[radius, alpha] = puff
    return _PUFFS[radius, alpha]


def _plain(text: str) -> str:
    """Without inline tags."""
    from expressive.voice.markup.inline import parse_inline

    return parse_inline(text).text


@lru_cache(maxsize=64)
def _wrapped(text: str, width: int, size: int) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font(size).size(longer)[0] > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)
