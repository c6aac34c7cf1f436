"""Clients of ``expressive serve``, each one file to copy into a game: Python for Ren'Py, GDScript for Godot 4."""
