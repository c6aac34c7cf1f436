"""What may stand in a text besides words: inline tags and SSML, both turned into a :class:`~.script.Script`."""
