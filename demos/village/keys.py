"""Keyboard and gamepad, made into wishes."""

from __future__ import annotations

import pygame

from demos.village.game import Wishes

__all__ = ["Keys"]

_DEAD_ZONE = 0.25
_AXES = {
    (-1, 0): (pygame.K_LEFT, pygame.K_a), (1, 0): (pygame.K_RIGHT, pygame.K_d),
    (0, -1): (pygame.K_UP, pygame.K_w), (0, 1): (pygame.K_DOWN, pygame.K_s),
}  # fmt: skip
_ACT = (pygame.K_e, pygame.K_RETURN, pygame.K_SPACE, pygame.K_KP_ENTER)
_BACK = (pygame.K_ESCAPE, pygame.K_BACKSPACE, pygame.K_q)
_BUTTONS = {0: "act", 1: "back", 6: "load", 7: "save"}
"""A, B, Back and Start of an Xbox pad, in SDL's order."""


class Keys:
    """Reads what the player presses; gamepads may come and go."""

    def __init__(self) -> None:
        self._pads: dict[int, pygame.joystick.JoystickType] = {}
        self._stick = 0
        self.quit = False
        """whether the window was closed"""

    def read(self, events: list[pygame.event.Event], held: pygame.key.ScancodeWrapper) -> Wishes:
        """Make wishes of the events since the last frame and of the keys that are held down."""
        wishes = Wishes()
        for event in events:
            if event.type == pygame.QUIT:
                self.quit = True
            elif event.type == pygame.KEYDOWN:
                self._key(event.key, wishes)
            elif event.type == pygame.JOYDEVICEADDED:
                pad = pygame.joystick.Joystick(event.device_index)
                self._pads[pad.get_instance_id()] = pad
            elif event.type == pygame.JOYDEVICEREMOVED:
                self._pads.pop(event.instance_id, None)
            elif event.type == pygame.JOYBUTTONDOWN and event.button in _BUTTONS:
                setattr(wishes, _BUTTONS[event.button], True)
            elif event.type == pygame.JOYHATMOTION and event.value[1]:
                wishes.move = -event.value[1]
            elif event.type == pygame.JOYAXISMOTION and event.axis == 1:
                self._tilt(event.value, wishes)
        for (dx, dy), keys in _AXES.items():
            if any(held[key] for key in keys):
                wishes.dx, wishes.dy = wishes.dx + dx, wishes.dy + dy
        for pad in self._pads.values():
            self._pad(pad, wishes)
        return wishes

    @staticmethod
    def _key(key: int, wishes: Wishes) -> None:
        wishes.act |= key in _ACT
        wishes.back |= key in _BACK
        wishes.save |= key == pygame.K_F5
        wishes.load |= key == pygame.K_F9
        if key in _AXES[0, -1]:
            wishes.move = -1
        elif key in _AXES[0, 1]:
            wishes.move = 1
        elif pygame.K_1 <= key <= pygame.K_9:
            wishes.pick = key - pygame.K_1

    def _tilt(self, value: float, wishes: Wishes) -> None:
        """The stick steps through a list once each time that it is pushed."""
        pushed = 0 if abs(value) < 0.6 else 1 if value > 0 else -1
        if pushed and pushed != self._stick:
            wishes.move = pushed
        self._stick = pushed

    @staticmethod
    def _pad(pad: pygame.joystick.JoystickType, wishes: Wishes) -> None:
        if pad.get_numaxes() >= 2:
            tilt = [pad.get_axis(0), pad.get_axis(1)]
            if max(map(abs, tilt)) > _DEAD_ZONE:
                wishes.dx, wishes.dy = wishes.dx + tilt[0], wishes.dy + tilt[1]
        if pad.get_numhats():
            x, y = pad.get_hat(0)
            wishes.dx, wishes.dy = wishes.dx + x, wishes.dy - y
