"""The driver's window, seen from the road: the place, the car around it, and somebody's face inside."""

from __future__ import annotations

import pygame

from expressive.links.backdrops import backdrop

SIZE = (640, 440)
FACE = 344
FACE_AT = (330, 350)
"""Middle of the face's lower edge."""

_WINDOW = [(58, 344), (146, 58), (170, 38), (556, 28), (592, 344)]
_BODY, _EDGE, _SHADE, _SEAT = (52, 70, 92), (20, 26, 34), (34, 47, 63), (24, 26, 30)


class Car:
    """Draws the place once, and the face in it as often as it moves.

    Parameters
    ----------
    place : str
        name of a background
    """

    def __init__(self, place: str) -> None:
        self._road = pygame.image.frombuffer(backdrop(place, SIZE).tobytes(), SIZE, "RGB").convert()
        self._inside = pygame.Surface(SIZE, pygame.SRCALPHA)
        pygame.draw.polygon(self._inside, (8, 10, 14, 150), _WINDOW)
        pygame.draw.rect(self._inside, (*_SEAT, 255), (200, 190, 260, 220), border_radius=70)
        pygame.draw.rect(self._inside, (*_SEAT, 255), (250, 64, 160, 150), border_radius=46)
        self._body = pygame.Surface(SIZE, pygame.SRCALPHA)
        # The wheel stands between the driver and us.
        pygame.draw.arc(self._body, (14, 16, 20), (70, 268, 190, 190), 0.35, 2.5, 15)
        pygame.draw.arc(self._body, (52, 58, 66), (74, 272, 182, 182), 0.5, 2.3, 3)
        wheel = self._body.copy()
        roof = [(0, 440), (0, 330), (34, 322), (124, 40), (164, 10), (566, 0), (640, 14), (640, 440)]
        pygame.draw.polygon(self._body, _BODY, roof)
        pygame.draw.polygon(self._body, _SHADE, [(0, 396), (640, 392), (640, 440), (0, 440)])
        pygame.draw.polygon(self._body, (0, 0, 0, 0), _WINDOW)
        hole = pygame.Surface(SIZE, pygame.SRCALPHA)
        pygame.draw.polygon(hole, (255, 255, 255, 255), _WINDOW)
        wheel.blit(hole, (0, 0), special_flags=pygame.BLEND_RGBA_MULT)
        self._body.blit(wheel, (0, 0))
        pygame.draw.aalines(self._body, _EDGE, False, roof[1:7])
        pygame.draw.lines(self._body, _EDGE, True, _WINDOW, 5)
        pygame.draw.line(self._body, (104, 126, 152), (54, 352), (594, 352), 2)
        pygame.draw.line(self._body, _EDGE, (604, 40), (612, 440), 2)
        pygame.draw.rect(self._body, _EDGE, (500, 362, 84, 16), border_radius=8)
        pygame.draw.rect(self._body, (86, 104, 126), (504, 364, 76, 6), border_radius=4)
        pygame.draw.rect(self._body, _EDGE, (6, 284, 66, 50), border_radius=16)
        pygame.draw.rect(self._body, (74, 92, 114), (12, 290, 48, 38), border_radius=12)

    def draw(self, screen: pygame.Surface, face: pygame.Surface) -> None:
        """Draw it into the upper left corner."""
        screen.blit(self._road, (0, 0))
        screen.blit(self._inside, (0, 0))
        screen.blit(face, face.get_rect(midbottom=FACE_AT))
        screen.blit(self._body, (0, 0))
