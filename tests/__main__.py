"""Everything that CI runs: ``python -m tests``. With arguments, pytest alone, which gets them.

Tests run in two processes, those of a file all in one. Each process computes on one thread, see ``conftest.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROSE = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs", "expressive", "characters", "demos"]
CHECKS = [
    ["-m", "ruff", "check"],
    ["-m", "ruff", "format", "--check"],
    ["-m", "mypy"],
    ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    ["-m", "codespell_lib", *PROSE],
]


def main(arguments: list[str]) -> int:
    """Run the checks, then the tests, all of them whatever fails; returns the first exit code that is not 0."""
    tests = ["-m", "pytest", *(arguments or ["-n", "2", "--dist", "loadfile"])]
    commands = [tests] if arguments else [*CHECKS, tests]
    codes = [subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode for command in commands]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
