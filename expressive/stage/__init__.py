"""Actors on a clock: one character, a world of them, a performance."""
