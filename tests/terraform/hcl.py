"""Read the project's Terraform files: which types, arguments, blocks and attributes they use.

It reads files formatted by `terraform fmt` only, and not all of HCL: a block opens at the end of a
line, an argument begins a line, and a value of several lines is in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.places import REPOSITORY

TERRAFORM: Final = REPOSITORY / "terraform"

#: Arguments and blocks of Terraform itself.
META: Final = frozenset({"count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "connection"})

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_BLOCK: Final = re.compile(r'^(\w+)((?: "[^"]*")*) \{(?:(.*)\})?$')
_ARGUMENT: Final = re.compile(r"^(\w+) += (.*)$")
_REFERENCE: Final = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.(\w+)(?:\[[^\]]*\])?\.(\w+)")


@dataclass
class Body:
    """The content of a block.

    Attributes:
        arguments: names, without those of Terraform itself.
        blocks: bodies by the block's name; for a dynamic block, the body of its content.
    """

    arguments: set[str] = field(default_factory=set)
    blocks: list[tuple[str, Body]] = field(default_factory=list)


@dataclass(frozen=True)
class Used:
    """One resource or data source.

    Attributes:
        mode: resource or data.
        type: such as aws_sns_topic.
        where: file and name, for messages.
        body: its body.
    """

    mode: str
    type: str
    where: str
    body: Body


def files() -> list[Path]:
    """Return every deployed Terraform file: the root, its modules, GitHub's roles."""
    return sorted(path for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts)


def used(paths: list[Path] | None = None) -> Iterator[Used]:
    """Yield every resource and data source of the provider."""
    for path in files() if paths is None else paths:
        for name, body in _read(path.read_text()).blocks:
            mode, *labels = name.split(" ")
            if mode in {"resource", "data"} and labels[0].startswith("aws_"):
                where = f"{path.parent.name}/{path.name} {labels[0]}.{labels[1]}"
                yield Used(mode, labels[0], where, body)


def types_in_use(mode: str) -> set[str]:
    """Return the types of the resources, or of the data sources."""
    return {each.type for each in used() if each.mode == mode}


def references(paths: list[Path] | None = None) -> Iterator[tuple[str, str, str, str]]:
    """Yield mode, type, attribute and file of every attribute of a resource or data source that a file reads."""
    for path in files() if paths is None else paths:
        text = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
        for data, kind, _, attribute in _REFERENCE.findall(text):
            yield "data" if data else "resource", kind, attribute, f"{path.parent.name}/{path.name}"


def _read(text: str) -> Body:
    root = Body()
    stack = [("", root)]
    depth = 0
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        plain = _STRING.sub('""', line).partition(" #")[0].rstrip()
        if depth:
            depth += _opened(plain)
        elif found := _BLOCK.match(line.partition(" #")[0]):
            labels = re.findall(r'"([^"]*)"', found[2])
            body = Body()
            _add(stack, " ".join([found[1], *labels]), body)
            if found[3] is None:
                stack.append((found[1], body))
            elif inner := _ARGUMENT.match(found[3].strip()):
                body.arguments.add(inner[1])
        elif line == "}":
            stack.pop()
        elif found := _ARGUMENT.match(plain):
            if found[1] not in META:
                stack[-1][1].arguments.add(found[1])
            depth = _opened(found[2])
        else:
            raise ValueError(f"Not understood: {line}")
    return root


def _add(stack: list[tuple[str, Body]], name: str, body: Body) -> None:
    """Add a block to its parent; the content of a dynamic block goes into the dynamic block's parent."""
    kind, parent = stack[-1]
    if kind == "dynamic" and name == "content":
        holder = stack[-2][1]
        generated = next(label for label, found in holder.blocks if found is parent)
        holder.blocks.remove((generated, parent))
        holder.blocks.append((generated.removeprefix("dynamic "), body))
    elif name not in META:
        parent.blocks.append((name, body))


def _opened(text: str) -> int:
    return sum(text.count(each) for each in "([{") - sum(text.count(each) for each in ")]}")
