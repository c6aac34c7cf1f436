"""What the process beside a test is asked to do."""

from __future__ import annotations

import os
import sys


def answer(message, body):
    said = message["say"]
    if said == "who":
        return {"pid": os.getpid()}, b""
    if said == "print":
        sys.stdout.write("a library prints what nobody asked for")
        os.write(1, b"and so does its C code\n")
    if said == "fail":
        raise ValueError("not here")
    if said == "die":
        os._exit(3)
    return {"said": said}, body
