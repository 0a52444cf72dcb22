"""Nothing writes colours into a file, whatever a CI system's environment asks of rich."""

from __future__ import annotations

import io
import os
import subprocess
import sys

from hippo_common import console

WRITES = """
from hippo_common import console
from hippo_deploy.commands.plan import show
console.say("said", "good")
console.warn("careful")
console.table(["a"], [[("cell", "bad")]])
show("# Plan\\n\\n**Stop**\\n")
"""


def test_redirected_output_has_no_colours() -> None:
    asked = dict.fromkeys(("FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE", "PY_COLORS"), "1") | {
        "TERM": "xterm-256color"
    }
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | asked
    done = subprocess.run(
        [sys.executable, "-c", WRITES], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert "cell" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_terminal_gets_colours() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert console.rich_colours(io.StringIO())["color_system"] is None
    assert bool(console.rich_colours(Terminal())) != console.has_colours(Terminal())
