"""Every Python example in the README and the docs runs as it is written; every YAML example is valid."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from expressive.character.loading import check_character
from expressive.simulation.reading import load_scenario
from expressive.stage.reading import load_script

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        fenced = re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
        found += [(f"{page}:{i}", code) for i, code in enumerate(fenced)]
    return found


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in blocks("python") if ">>>" not in code])
def test_a_python_example_runs(code: str, tmp_path: Path) -> None:
    root = str(Path.cwd())
    (tmp_path / "docs" / "images").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in blocks("yaml")])
def test_a_yaml_example_is_valid(text: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    if re.search(r"^stages:", text, re.M):
        load_scenario(path)
    elif re.search(r"^cast:", text, re.M):
        load_script(path)
    elif re.search(r"^name:", text, re.M):
        assert check_character(path) == []


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page}: {target}"
