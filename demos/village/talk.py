"""A conversation with a villager: the traveller chooses, it is felt, and it is answered."""

from __future__ import annotations

from demos.village.society import Society
from demos.village.story import PLAYER
from expressive.stage.utterance import Utterance

__all__ = ["Talk"]

SINKS_IN_S = 0.9
"""From the traveller's words to the answer: long enough for the feeling to show on the face first."""


class Talk:
    """A conversation.

    Parameters
    ----------
    society : Society
        the villagers' minds
    who : str
        with whom
    """

    def __init__(self, society: Society, who: str) -> None:
        self._society = society
        self.who = who
        self.cursor = 0
        self.said = ""
        """what the traveller said last"""
        self.answer: Utterance | None = None
        """what is being answered, or was last"""
        self.done: str | None = None
        """the action that was done last"""
        self.over = False
        self._granted = False
        self._sinking_s = 0.0
        society.world.look(who, PLAYER)

    @property
    def choosing(self) -> bool:
        """Whether it is the traveller's turn."""
        return self._sinking_s <= 0 and (self.answer is None or not self.answer.speaking)

    @property
    def choices(self) -> dict[str, str | None]:
        """Action → why it cannot be done now, or None."""
        return self._society.choices(self.who)

    def move(self, step: int) -> None:
        """Move the cursor."""
        self.cursor = (self.cursor + step) % len(self.choices)

    def choose(self, name: str, *, seen_by: list[str]) -> None:
        """Do something to the other, before the eyes of those who stand near."""
        if self.choices.get(name, "not there") is not None:
            return
        self.said = self._society.words(self.who, name)
        self._granted = self._society.do(self.who, name, seen_by=seen_by)
        self.done, self.answer = name, None
        self._sinking_s = SINKS_IN_S
        self.cursor = min(self.cursor, len(self.choices) - 1)

    def hurry(self) -> None:
        """Do not wait for the end of what is being said."""
        if self.answer is not None:
            self.answer.stop()

    def step(self, dt_s: float) -> None:
        """Let time pass."""
        if self._sinking_s > 0:
            self._sinking_s -= dt_s
            if self._sinking_s <= 0 and self.done is not None:
                text = self._society.answer(self.who, self.done, granted=self._granted)
                self.answer = self._society.world.say(self.who, text, to=PLAYER)
        elif self.done == "leave" and self.choosing:
            self.over = True
