"""The commands: `hippo`, from its own help, and the Makefile's targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import typer

from hippo_cli import main
from references import markdown

_WIDTH: Final = 100  # columns of a help text


def page(makefile: Path) -> str:
    """Return docs/reference/hippo-cli.md."""
    hippo: Any = typer.main.get_command(main.app)
    parts = [
        markdown.notice("cli/hippo_cli/commands and the Makefile"),
        "# Commands\n",
        "`hippo` is the command for researchers; [run-a-study.md](../run-a-study.md) shows how to use it. The targets "
        "of `make` are for people who deploy and people who change the code. Exit statuses of `hippo`: 0 success, "
        "1 refused or failed, 2 wrong use, 130 interrupted.\n",
        "## hippo\n",
        f"```text\n{_help(hippo, 'hippo')}\n```\n",
    ]
    for names in main.COMMANDS.values():
        for name in names:
            parts.append(f"### hippo {name}\n")
            parts.append(f"```text\n{_help(hippo.commands[name], f'hippo {name}')}\n```\n")
    parts.append("## make\n")
    for topic, targets in _targets(makefile.read_text(encoding="utf-8")).items():
        parts.append(f"### {topic}\n")
        parts.append(markdown.table(("Target", "What it does"), ((f"`make {name}`", text) for name, text in targets)))
    return "\n".join(parts).rstrip() + "\n"


def _help(command: Any, name: str) -> str:
    context = command.context_class(command, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH)
    text: str = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _targets(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return topic -> targets with their descriptions, as `make help` lists them."""
    found: dict[str, list[tuple[str, str]]] = {}
    topic = ""
    for line in text.splitlines():
        heading = re.match(r"^# -+ (.+?) -+$", line)
        target = re.match(r"^([a-z0-9-]+):[^#]*## (.+)$", line)
        if heading is not None:
            topic = heading[1][0].upper() + heading[1][1:]
        elif target is not None:
            found.setdefault(topic, []).append((target[1], target[2]))
    return found
