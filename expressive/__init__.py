"""Characters with feelings: faces that a conditional GAN draws, voices that a prosody controller colours."""

__version__ = "0.1.0"
