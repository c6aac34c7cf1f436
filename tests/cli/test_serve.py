from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from expressive.links.clients.expressive_client import Client


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command, as soon as it says where it is."""
    command = [sys.executable, "-m", "expressive", *arguments, "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    lines = []
    try:
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], f"ended early: {lines}"
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def test_serve_tells_where_it_is_and_ends_when_it_is_interrupted() -> None:
    with started("serve", PYTHONUNBUFFERED="1") as (process, lines):
        address = re.search(r"ws://(\S+)/v1/ws", "".join(lines))
        assert address
        assert "computer-generated" in lines[-1]
        with Client(address[0], timeout_s=120) as client:
            client.open("g", "guard", video={"format": "none"})
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "Traceback" not in output
        assert output.splitlines()[-1] == "ended"


def test_beyond_this_computer_a_token_is_made_and_printed() -> None:
    with started("serve", "--host", "0.0.0.0", PYTHONUNBUFFERED="1") as (_, lines):
        assert re.search(r"^token:  \S{32}$", "".join(lines), re.MULTILINE)


def test_studio_serves_a_page_that_nobody_else_can_frame() -> None:
    with started("studio", "--no-browser", PYTHONUNBUFFERED="1") as (_, lines):
        url = re.search(r"studio: (\S+)", "".join(lines))
        assert url
        with urllib.request.urlopen(url[1], timeout=120) as answer:
            assert answer.headers["content-type"].startswith("text/html")
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        with urllib.request.urlopen(url[1] + "healthz", timeout=120) as answer:
            assert json.load(answer)["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--token", "short"], "or more"),
        (["--allow-origin", "example.org"], "scheme and host"),
        (["--host", "no such host"], "no address"),
        (["--max-clients", "0"], "max-clients"),
        (["no_such.yaml"], "no_such.yaml"),
    ],
)
def test_what_cannot_be_served_is_one_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "expressive", "serve", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=200)
    assert done.returncode in {1, 2}
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
