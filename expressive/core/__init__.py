"""Vocabularies, units, value types and errors. numpy only, no input or output."""
