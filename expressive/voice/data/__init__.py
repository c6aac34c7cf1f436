"""Numbers that the voice is made of, each with its source."""
