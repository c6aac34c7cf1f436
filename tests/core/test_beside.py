"""The process beside the program: started when it is asked, replaced when it dies, gone when the program is."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time

import pytest

from expressive.core.beside import Beside
from expressive.core.errors import ExpressiveError
from expressive.core.helper import Helper, module_arguments

ECHO = "tests.core.echo"

SCRIPT = """
from expressive.core.beside import beside

print("begun")
head, body = beside().ask("tests.core.echo", {"say": "hello"}, b"sound")
print(head["said"], body.decode(), beside().helper.pid, flush=True)
"""


@pytest.fixture
def one():
    made = Beside()
    yield made
    made.helper.close()


def test_it_does_what_it_is_asked(one):
    assert one.ask(ECHO, {"say": "hello"}, b"\0\n\xff" * 100_000) == ({"said": "hello"}, b"\0\n\xff" * 100_000)
    head, _ = one.ask(ECHO, {"say": "who"})
    assert head["pid"] == one.helper.pid != os.getpid()


def test_what_is_printed_there_gets_between_no_answers(one):
    assert one.ask(ECHO, {"say": "print"}) == ({"said": "print"}, b"")
    assert one.ask(ECHO, {"say": "again"}) == ({"said": "again"}, b"")


def test_what_fails_there_is_to_be_done_here(one, caplog):
    assert one.ask(ECHO, {"say": "fail"}) is None
    assert one.ask("tests.core.no_such_module", {}) is None
    assert one.ask(ECHO, {"say": "on"}) == ({"said": "on"}, b"")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_one_that_dies_is_replaced(one):
    one.ask(ECHO, {"say": "hello"})
    before = one.helper.pid
    os.kill(before, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert one.ask(ECHO, {"say": "still"}) == ({"said": "still"}, b"")
    assert one.helper.pid != before


def test_one_that_dies_of_every_request_is_given_up_with_one_warning(one, caplog):
    with caplog.at_level(logging.WARNING, "expressive.core.beside"):
        assert one.ask(ECHO, {"say": "die"}) is None
        assert one.ask(ECHO, {"say": "hello"}) is None
    [warning] = [record.getMessage() for record in caplog.records if record.name == "expressive.core.beside"]
    assert warning.endswith("the process beside the program died twice on the same request")
    assert one.helper.pid is None


@pytest.mark.parametrize("obstacle", ["no interpreter", "a frozen program", "no file"])
def test_where_there_can_be_none_it_says_so_once(one, obstacle, monkeypatch, caplog):
    if obstacle == "a frozen program":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(sys, "executable", "" if obstacle == "no interpreter" else "/nowhere/python")
    assert [one.ask(ECHO, {"say": "hello"}) for _ in range(3)] == [None] * 3
    [warning] = caplog.records
    assert "within this process" in warning.getMessage()


def test_a_script_without_a_guard_is_run_once(tmp_path):
    script = tmp_path / "game.py"
    script.write_text(SCRIPT)
    found = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, env=environment(), check=True
    )
    begun, answered = found.stdout.splitlines()
    assert begun == "begun"
    assert answered.startswith("hello sound ")
    assert found.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked for by signal 0")
def test_it_ends_with_a_program_that_is_killed(tmp_path):
    script = tmp_path / "game.py"
    script.write_text(SCRIPT + "import time; time.sleep(60)")
    game = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment())
    with game:
        game.stdout.readline()
        pid = int(game.stdout.readline().split()[-1])
        os.kill(pid, 0)
        game.kill()
    wait_until_gone(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="there it has a class of priority")
def test_it_stands_back():
    helper = Helper("one that stands back", module_arguments("expressive.core.beside"), nicer=3)
    helper.request({"module": ECHO, "say": "hello"}, timeout_s=30)
    assert os.getpriority(os.PRIO_PROCESS, helper.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)
    helper.close()


def test_a_helper_raises_the_error_it_was_given():
    class Sulk(ExpressiveError):
        pass

    with pytest.raises(Sulk, match="sulker died twice"):
        Helper("sulker", ["-c", "pass"], error=Sulk).request({}, timeout_s=30)


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def wait_until_gone(pid):
    for _ in range(3000):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
                if file.read().rpartition(")")[2].split()[0] == "Z":  # nobody has taken notice of its end yet
                    return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.01)
    pytest.fail(f"process {pid} has outlived its program")
