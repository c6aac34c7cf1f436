"""The nonverbal sounds that a text may ask for."""

from __future__ import annotations

__all__ = ["SOUNDS"]

SOUNDS = ("sigh", "gasp", "sob", "laugh", "growl", "scream", "hm")
"""In a text as ``[sigh]``; in a track as the mark ``sound:sigh``."""
