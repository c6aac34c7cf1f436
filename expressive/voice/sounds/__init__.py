"""Sounds that are no words: made of the same frames as speech, so that they take on speaker and state."""
