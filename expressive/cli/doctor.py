"""``expressive doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click

from expressive import __version__

__all__ = ["doctor"]

PACKAGES = {
    "numba": None,
    "numpy": None,
    "onnxruntime": None,
    "pydantic": None,
    "av": None,
    "espeakng-loader": None,
    "pyworld-prebuilt": None,
    "scipy": None,
    "soundfile": None,
    "pygame-ce": "pygame",
    "matplotlib": "plot",
    "jinja2": "report",
    "starlette": "studio",
    "uvicorn": "studio",
    "websockets": "studio",
    "torch": "train",
    "moderngl": "train",
}
"""Package → the extra that brings it; None for what always comes along."""

NEEDED_VOICES = ("espeak", "pyworld")


@dataclass
class Finding:
    """One line of the report."""

    what: str
    is_good: bool
    is_needed: bool
    text: str


@click.command()
def doctor() -> None:
    """Tell what is installed and what is missing, with the remedy. Exits with 1 if the main job cannot run.

    \b
    Example:
      expressive doctor
    """
    click.echo(
        f"expressive {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    findings = [*_packages(), *_models(), *_voices()]
    for finding in findings:
        mark = "ok     " if finding.is_good else "MISSING" if finding.is_needed else "absent "
        click.echo(f"{mark} {finding.what:24} {finding.text}")
    if any(finding.is_needed and not finding.is_good for finding in findings):
        sys.exit(1)


def _packages() -> list[Finding]:
    findings = []
    for package, extra in PACKAGES.items():
        try:
            findings.append(Finding(package, True, extra is None, version(package)))
        except PackageNotFoundError:
            target = package if extra is None else f'"expressive[{extra}]"'
            findings.append(Finding(package, False, extra is None, f"run: pip install {target}"))
    return findings


def _models() -> list[Finding]:
    from expressive.character.loading import list_characters, load_character
    from expressive.core.errors import ExpressiveError
    from expressive.face.generator import FaceGenerator

    findings = []
    for model in sorted({load_character(name).face.model for name in list_characters()}):
        try:
            generator = FaceGenerator.load(model)
            text = f"{generator.resolution} px, {', '.join(generator.identities)}"
            findings.append(Finding(f"model {model}", True, True, text))
        except ExpressiveError as error:
            findings.append(Finding(f"model {model}", False, True, str(error)))
    return findings


def _voices() -> list[Finding]:
    from expressive.voice.doctor import doctor as voice_doctor

    findings = []
    for row in voice_doctor():
        text = row["detail"] if row["available"] else f"{row['missing']} is missing; run: {row['remedy']}"
        findings.append(Finding(f"voice {row['name']}", row["available"], row["name"] in NEEDED_VOICES, text))
    return findings
