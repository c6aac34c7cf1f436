"""``python -m expressive`` is the command ``expressive``."""

from expressive.cli.main import main

main()
