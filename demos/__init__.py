"""Programs to learn from; each runs as ``python -m demos.<name>``."""
