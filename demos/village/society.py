"""Who did what to whom, who knows of it, and what comes of that: the village's minds, without a picture."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import expressive as ex
from demos.village.story import PLAYER, Action, Story, check_story, holds
from expressive.core.errors import ParameterError

__all__ = ["Deed", "Society", "read_save"]

HEARSAY = 0.8
"""How strongly a deed is felt that one is told of by somebody whom one trusts wholly, beside one that is seen."""
AGAIN = 0.6
"""What the same kindness to the same person counts, each time it is repeated."""


@dataclass(frozen=True)
class Deed:
    """Something that the traveller did, as people tell it."""

    event: str
    victim: str
    told: str
    good: bool


class Society:
    """The villagers and the traveller.

    Parameters
    ----------
    story : Story
        the village as data
    seed : int
        of all chance
    live : bool
        whether lines begin when their sound is there; False waits for it, and is repeatable
    """

    def __init__(self, story: Story, *, seed: int, live: bool) -> None:
        self.story = story
        actors = {who: ex.Actor.load(who, seed=seed, live=live) for who in story.people}
        check_story(story, actors)
        self.world = ex.World(actors, people=[PLAYER])
        self.rng = np.random.default_rng([seed, 5])
        self.coins = story.traveller.coins
        self.gate_open = False
        self.deeds: list[Deed] = []
        self.known: dict[str, list[int]] = {who: [] for who in actors}
        self._counts: dict[str, int] = {}
        self._last: dict[str, str] = {}
        self._said: dict[str, str] = {}

    # ---- what the traveller does ---------------------------------------------------------------------------------

    def choices(self, who: str) -> dict[str, str | None]:
        """What can be done to somebody: action → why it cannot be done now, or None."""
        found: dict[str, str | None] = {}
        for name, action in self.story.actions_for(who).items():
            if action.once and self._counts.get(f"{who} {name}"):
                continue
            if action.grants == "gate" and self.gate_open:
                continue
            found[name] = "no coins" if action.costs > self.coins else None
        return found

    def do(self, who: str, name: str, *, seen_by: list[str]) -> bool:
        """Do something to somebody before the eyes of others; returns whether a wish was granted."""
        action = self._action(who, name)
        actor = self.world[who]
        granted = action.grants is not None and holds(action.when, actor)
        if granted:
            self.gate_open = True
        self.coins += action.gains - action.costs
        event = action.again if action.again and self._last.get(who) == name else action.event
        self._last[who] = name
        count = self._counts[f"{who} {name}"] = self._counts.get(f"{who} {name}", 0) + 1
        before = actor.relation(PLAYER).liking
        if event is not None:
            worn = AGAIN ** (count - 1) if action.again or action.costs else 1.0  # kindness can be laid on too thick
            self.world.event(event, to=who, by=PLAYER, intensity=action.intensity * worn, seen_by=seen_by)
        if action.deed is not None and (event is not None or granted):
            good = granted or actor.relation(PLAYER).liking >= before
            self.deeds.append(Deed(event or name, who, action.deed, good))
            for witness in (who, *seen_by):
                self.known[witness].append(len(self.deeds) - 1)
        return granted

    def words(self, who: str, name: str) -> str:
        """What the traveller says with an action."""
        return self._vary(f"you {name}", self._action(who, name).says)

    def answer(self, who: str, name: str, *, granted: bool = False) -> str:
        """What somebody says to an action, in the state that they are in now."""
        actor = self.world[who]
        if name == "gossip" and (heard := self._reproach(who)):
            return heard
        for reply in self.story.people[who].replies[name]:
            in_state = reply.state is None or actor.is_in(reply.state)
            if in_state and holds(reply.when, actor) and (reply.granted is None or reply.granted == granted):
                return self._vary(f"{who} {name}", reply.say)
        raise AssertionError("the last answer always fits")  # check_story has seen to it

    # ---- what they tell each other -------------------------------------------------------------------------------

    def news(self, teller: str, listener: str) -> int | None:
        """The latest deed of which one knows and the other does not."""
        unheard = [deed for deed in self.known[teller] if deed not in self.known[listener]]
        return max(unheard, default=None)

    def telling(self, teller: str, number: int) -> str:
        """How somebody tells of a deed."""
        deed = self.deeds[number]
        own = deed.victim == teller
        news = self.story.talk.news
        lines = (news.own_good if deed.good else news.own_bad) if own else news.good if deed.good else news.bad
        line = self._vary(f"{teller} news", lines)
        return line.format(deed=deed.told, who=self.story.people[deed.victim].name)

    def tell(self, teller: str, listener: str, number: int) -> None:
        """Let somebody hear of a deed: they feel it as if they had seen it, the less the less they trust the teller."""
        deed, actor = self.deeds[number], self.world[listener]
        same = [i for i, other in enumerate(self.deeds) if other == deed]  # three insults are one story
        self.known[listener] += [i for i in same if i in self.known[teller] and i not in self.known[listener]]
        if deed.event in actor.events:
            belief = HEARSAY * (0.5 + 0.5 * max(0.0, actor.relation(teller).trust))
            actor.witness(deed.event, target=deed.victim, intensity=belief, source=PLAYER)

    def small_talk(self, teller: str) -> str:
        """Something to say when there is no news."""
        return self._vary(f"{teller} small", self.story.talk.small)

    def heed(self, teller: str, listener: str) -> None:
        """Let somebody be glad, or not, that another took the time for a word."""
        self.world.event("greeted", to=listener, by=teller, intensity=0.6, seen_by=())

    # ---- coming back to it ---------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return {
            "world": self.world.snapshot(),
            "rng": self.rng.bit_generator.state,
            "coins": self.coins,
            "gate_open": self.gate_open,
            "deeds": [asdict(deed) for deed in self.deeds],
            "known": self.known,
            "counts": self._counts,
            "last": self._last,
            "said": self._said,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a snapshot; nobody is in mid-word then."""
        self.world.restore(state["world"])
        for actor in self.world.actors.values():
            actor.hush()
        self.rng.bit_generator.state = state["rng"]
        self.coins, self.gate_open = int(state["coins"]), bool(state["gate_open"])
        self.deeds = [Deed(**deed) for deed in state["deeds"]]
        self.known = {who: [int(number) for number in state["known"][who]] for who in self.world}
        self._counts, self._last, self._said = dict(state["counts"]), dict(state["last"]), dict(state["said"])

    # ---- inside --------------------------------------------------------------------------------------------------

    def _action(self, who: str, name: str) -> Action:
        return self.story.actions_for(who)[name]

    def _reproach(self, who: str) -> str | None:
        """What somebody has heard of the traveller's deeds to others, once."""
        for number in reversed(self.known[who]):
            deed = self.deeds[number]
            if deed.victim != who and not self._counts.get(f"{who} told {number}"):
                self._counts[f"{who} told {number}"] = 1
                lines = self.story.talk.to_traveller.good if deed.good else self.story.talk.to_traveller.bad
                line = self._vary(f"{who} asks", lines)
                return line.format(deed=deed.told, who=self.story.people[deed.victim].name)
        return None

    def _vary(self, key: str, lines: list[str]) -> str:
        """One of several lines, and not the one that was said last."""
        fresh = [line for line in lines if line != self._said.get(key)] or lines
        self._said[key] = fresh[int(self.rng.integers(len(fresh)))]
        return self._said[key]


def read_save(path: Path) -> dict[str, Any]:
    """Read a saved game.

    Raises
    ------
    ParameterError
        If there is none, or it is not one of this game.
    """
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"{path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ParameterError(f"{path.name} is damaged ({error}); save again") from error
    if not isinstance(state, dict) or state.get("format") != "expressive-village" or state.get("version") != 1:
        raise ParameterError(f"{path.name} is no saved village of this version; save again")
    return state
