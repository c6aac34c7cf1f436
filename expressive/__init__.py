"""Characters with feelings: faces that a conditional GAN draws, voices that a prosody controller colours.

>>> import expressive as ex
>>> guard = ex.Actor.load("guard", seed=7)
>>> guard.trigger("insulted", intensity=0.8, source="player")
>>> guard.update(0.5)
>>> guard.felt["anger"] > guard.felt["happiness"]
True
>>> guard.close()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from expressive.character.loading import list_characters, load_character
    from expressive.core.affect import Affect
    from expressive.core.audio import AudioChunk
    from expressive.core.controls import FaceControls
    from expressive.core.errors import ExpressiveError
    from expressive.core.prosody import ProsodyTargets
    from expressive.core.speech import SpeechTrack
    from expressive.links.film import perform
    from expressive.stage.actor import Actor
    from expressive.stage.performance import Performance
    from expressive.stage.utterance import Utterance
    from expressive.stage.world import World

__version__ = "0.1.0"

_HOMES = {
    "Actor": "expressive.stage.actor",
    "Affect": "expressive.core.affect",
    "AudioChunk": "expressive.core.audio",
    "ExpressiveError": "expressive.core.errors",
    "FaceControls": "expressive.core.controls",
    "Performance": "expressive.stage.performance",
    "ProsodyTargets": "expressive.core.prosody",
    "SpeechTrack": "expressive.core.speech",
    "Utterance": "expressive.stage.utterance",
    "World": "expressive.stage.world",
    "list_characters": "expressive.character.loading",
    "load_character": "expressive.character.loading",
    "perform": "expressive.links.film",
}

__all__ = [
    "Actor",
    "Affect",
    "AudioChunk",
    "ExpressiveError",
    "FaceControls",
    "Performance",
    "ProsodyTargets",
    "SpeechTrack",
    "Utterance",
    "World",
    "list_characters",
    "load_character",
    "perform",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that ``import expressive`` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'expressive' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
