"""Every command of the docs is one that the program knows, with the options that it takes."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from expressive.cli.main import cli
from tests.docs.test_examples import PAGES

COMMANDS = sorted(
    {
        line.strip()
        for page in PAGES
        for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
        for line in block.splitlines()
        if line.strip().startswith("expressive ")
    }
)


def test_the_docs_lead_from_the_head_to_the_card():
    said = " ".join(COMMANDS)
    order = ["train assets", "train render", "train face", "train export", "evaluate face", "train pictures"]
    assert all(f"expressive {step}" in said for step in order)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_docs_is_understood(line):
    words = shlex.split(line.split("  #")[0])[1:]
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"no command {name!r}"
        command, context = found, click.Context(found, parent=context)
    command.make_context(context.info_name, words, parent=context.parent, resilient_parsing=False)
