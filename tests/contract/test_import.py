"""What it costs to import the package, and what it offers."""

from __future__ import annotations

import json
import subprocess
import sys

import expressive as ex

PROBE = """
import json, sys, time
import numpy
start = time.perf_counter()
import expressive
spent = time.perf_counter() - start
heavy = ["torch", "pygame", "onnxruntime", "numba", "pydantic", "scipy", "av", "pyworld", "PIL", "matplotlib"]
print(json.dumps({"seconds": spent, "heavy": [name for name in heavy if name in sys.modules]}))
"""


def test_importing_is_quick_and_loads_nothing_heavy() -> None:
    # The best of three: the machine may be busy, and the bound is twenty times what the import takes.
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", PROBE])) for _ in range(3)]
    assert runs[0]["heavy"] == []
    assert min(run["seconds"] for run in runs) < 0.150


def test_public_names_are_few_sorted_and_documented() -> None:
    assert len(ex.__all__) <= 15
    assert ex.__all__ == sorted(ex.__all__)
    for name in ex.__all__:
        assert getattr(ex, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(ex, "Akctor")
