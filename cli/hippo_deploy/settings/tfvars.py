"""Reads a tfvars file: its settings, and the lines that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hippo_deploy.settings import trees
from hippo_deploy.settings.faults import Fault, Kind
from hippo_deploy.settings.trees import Node
from hippo_deploy.settings.types import STRING
from hippo_deploy.settings.values import Value
from hippo_deploy.settings.variables import Variable

_BEGINS: Final = re.compile(r"^(?P<name>[A-Za-z_][\w-]*)[ \t]*(=(?!=)|(?=\{))", re.MULTILINE)
"""A setting, or a block, at the margin, where `terraform fmt` puts settings, and no attribute of an object."""

_CURLY_QUOTES: Final = re.compile("[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]")
_BRACKETS: Final = {"[": "]", "{": "}", "(": ")"}


@dataclass(frozen=True)
class Setting:
    """A setting: its name, its value, and its first and last line."""

    name: str
    line: int
    end: int
    value: Value


@dataclass(frozen=True)
class Tfvars:
    """What a file sets, and the faults of what cannot be read.

    Attributes:
        settings: the settings that can be read.
        faults: what is wrong with the rest.
        unread: first and last line of each part that cannot be read.
    """

    settings: tuple[Setting, ...]
    faults: tuple[Fault, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()


def read(text: str, variables: Mapping[str, Variable]) -> Tfvars:
    """Read a file. If it is no HCL, read each setting alone, so that the others are still judged."""
    try:
        whole = trees.parse(text)
    except trees.Unreadable as error:
        return _in_parts(text, error.line, variables)
    blocks = trees.parts(whole, "block")
    unread = tuple((trees.first_line(block), trees.last_line(block)) for block in blocks)
    return Tfvars(tuple(_settings(whole, text)), tuple(_block(block) for block in blocks), unread)


def _in_parts(text: str, line: int, variables: Mapping[str, Variable]) -> Tfvars:
    settings: list[Setting] = []
    faults: list[Fault] = []
    unread: list[tuple[int, int]] = []
    for above, part in _parts_of(text):
        lines = (above + 1, above + part.count("\n") + 1)
        try:
            tree = trees.parse(part)
        except trees.Unreadable as error:
            faults.append(_unreadable(part, above, error.line, variables))
            unread.append(lines)
            continue
        settings += _settings(tree, part, above)
        blocks = [_block(block, above) for block in trees.parts(tree, "block")]
        faults += blocks
        unread += [lines] if blocks else []
    if not faults:  # each part alone is HCL, the whole is not
        faults.append(_unreadable(text, 0, line, variables))
    return Tfvars(tuple(settings), tuple(faults), tuple(unread))


def _settings(tree: Node, text: str, above: int = 0) -> Iterator[Setting]:
    for node in trees.parts(tree, "attribute"):
        name, value = trees.parts(node)
        yield Setting(
            trees.word(name).strip(),
            trees.first_line(node) + above,
            trees.last_line(node) + above,
            trees.value_of(value, text, above),
        )


def _block(node: Node, above: int = 0) -> Fault:
    """Return the fault of a block, which a tfvars file cannot have: `website { … }` without the equals sign."""
    name = trees.word(trees.parts(node)[0]).strip()
    text = f"{name} has no equals sign; write {name} = {{ … }}."
    return Fault(trees.first_line(node) + above, text, Kind.TERRAFORMS, name, stops=True)


def _parts_of(text: str) -> Iterator[tuple[int, str]]:
    """Split a file at its settings; each part comes with the count of lines above it."""
    starts = [found.start() for found in _BEGINS.finditer(text)]
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        if text[start:end].strip():
            yield text[:start].count("\n"), text[start:end]


def _unreadable(part: str, above: int, line: int, variables: Mapping[str, Variable]) -> Fault:
    """Return the fault of a part that is no HCL, with the reason if it is a frequent one."""
    lines = part.splitlines()
    begun = _BEGINS.match(part)
    name = begun["name"] if begun else ""
    written = lines[0][begun.end() :].strip() if begun else ""
    curly = next((number for number, each in enumerate(lines, 1) if _CURLY_QUOTES.search(each)), None)
    number, why = line, "this is no Terraform syntax"
    if curly is not None:
        number, why = curly, 'use straight quotes: "'
    elif begun and not written:
        number, why = 1, f"{name} has no value after the equals sign; set one, or remove the line"
    elif (odd := _odd_quotes(lines)) is not None:
        number, why = odd, "a quote is missing: a text begins and ends with one, on the same line"
    elif (open_ := _open_bracket(lines)) is not None:
        number, why = open_[0], f"{open_[1]} is never closed by {_BRACKETS[open_[1]]}"
    elif begun and _needs_quotes(name, written, variables):
        number, why = 1, f'a text needs quotes: {name} = "{_without_comment(written)}"'
    shown = lines[number - 1].strip() if number <= len(lines) else ""
    return Fault(number + above, f"`{shown}` cannot be read: {why}.", Kind.TERRAFORMS, name, stops=True)


def _needs_quotes(name: str, written: str, variables: Mapping[str, Variable]) -> bool:
    variable = variables.get(name)
    return variable is not None and variable.type == STRING and written[0] not in '"[{<'


def _without_comment(written: str) -> str:
    return re.sub(r"\s+(#|//).*$", "", written)


def _odd_quotes(lines: list[str]) -> int | None:
    """Return the first line with an odd number of quotes; a string in HCL ends on its own line."""
    for number, line in enumerate(lines, 1):
        code = re.sub(r"\\.", "", line)
        if re.sub(r'"[^"]*"', "", code).split("#")[0].split("//")[0].count('"') % 2:
            return number
    return None


def _open_bracket(lines: list[str]) -> tuple[int, str] | None:
    """Return the line and the bracket that is still open at the end of a part."""
    opened: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"', "", line).split("#")[0].split("//")[0]
        for sign in code:
            if sign in _BRACKETS:
                opened.append((number, sign))
            elif sign in _BRACKETS.values() and opened:
                opened.pop()
    return opened[-1] if opened else None
