"""Reads `variable` and `output` blocks of Terraform files that `terraform fmt` has formatted.

A small reader suffices for the standard form: a block begins at the margin and ends with a brace at
the margin, and its own arguments are indented by two spaces. Only text in a heredoc breaks that
rule, so the reader skips heredocs whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(r'^(variable|output) "(\w+)" \{$')
_ARGUMENT: Final = re.compile(r"^  (\w+)\s+= (.*)$")
_HEREDOC: Final = re.compile(r"<<-?(\w+)$")


@dataclass(frozen=True)
class Block:
    """A variable or an output.

    Attributes:
        kind: `variable` or `output`.
        name: its name.
        description: its description as plain text.
        arguments: its other arguments, as HCL.
    """

    kind: str
    name: str
    description: str
    arguments: dict[str, str]

    @property
    def required(self) -> bool:
        """Whether a variable has no default, so that it needs a value."""
        return "default" not in self.arguments


def blocks(path: Path) -> list[Block]:
    """Return the variables and outputs of a file, in its order.

    Raises:
        ValueError: a block has no readable description, or no end.
    """
    return list(_blocks(path.read_text(encoding="utf-8").splitlines(), path.as_posix()))


def _blocks(lines: list[str], path: str) -> Iterator[Block]:
    rest = iter(lines)
    for line in rest:
        begun = _BLOCK.match(line)
        if begun is None:
            continue
        arguments = _arguments(rest, f"{path}: {begun[1]} {begun[2]}")
        written = arguments.pop("description", "")
        yield Block(begun[1], begun[2], _text(written, f"{path}: {begun[1]} {begun[2]}"), arguments)


def _arguments(lines: Iterator[str], where: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    now: list[str] | None = None
    for line in lines:
        if line == "}":
            return {name: "\n".join(parts).rstrip() for name, parts in found.items()}
        argument = _ARGUMENT.match(line)
        if argument is not None:
            now = found.setdefault(argument[1], [argument[2]])
        elif re.match(r"  \w+ \{", line):
            now = None  # a nested block, such as validation
        elif now is not None:
            now.append(line.removeprefix("  "))
        heredoc = _HEREDOC.search(line)
        if heredoc is not None:
            for text in lines:
                if now is not None:
                    now.append(text.removeprefix("  "))
                if text.strip() == heredoc[1]:
                    break
    raise ValueError(f"{where}: the block has no end")


def _text(written: str, where: str) -> str:
    if written.startswith("<<"):
        return " ".join(line.strip() for line in written.splitlines()[1:-1]).strip()
    try:
        text = json.loads(written)
    except ValueError as error:
        raise ValueError(f"{where}: the description cannot be read: {written!r}") from error
    if not isinstance(text, str):
        raise ValueError(f"{where}: the description is no text: {written!r}")
    return text.replace("$${", "${").replace("%%{", "%{")
