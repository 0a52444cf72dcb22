"""Reads HCL with python-hcl2, and describes its trees."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from hippo_deploy.settings.values import (
    Bare,
    Entries,
    Entry,
    Expression,
    Flag,
    Items,
    Null,
    Number,
    Text,
    Value,
)

Node = Tree[Token]

_REFERENCES: Final = frozenset({"get_attr_expr_term", "index_expr_term", "identifier", "binary_op"})


class Unreadable(Exception):
    """The text is no HCL.

    Attributes:
        line: line at which the reader gave up, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def parse(text: str) -> Node:
    """Return the tree of a file.

    Raises:
        Unreadable: the text is no HCL.
    """
    from hcl2 import parses_to_tree  # its grammar takes a tenth of a second to load

    try:
        tree: Any = parses_to_tree(text)
    except UnexpectedInput as error:
        lines = text.count("\n") + 1
        raise Unreadable(min(error.line, lines) if error.line > 0 else lines) from error
    found: Node = tree.children[0]
    return found


def parts(node: Node, *kinds: str) -> list[Node]:
    """Return the children of these kinds; of every kind if none is given."""
    children = [child for child in node.children if isinstance(child, Tree)]
    return [child for child in children if not kinds or child.data in kinds]


def word(node: Node) -> str:
    """Return the tokens of a node as one text."""
    return "".join(str(token) for token in node.scan_values(lambda token: isinstance(token, Token)))


def unwrapped(node: Node) -> Node:
    """Return an expression without the nodes and parentheses around it."""
    while node.data == "expr_term":
        inner = parts(node)
        if len(inner) != 1:
            break
        node = inner[0]
    return node


def first_line(node: Node) -> int:
    """Return the line on which a node begins."""
    return int(getattr(node.meta, "line", 0))


def last_line(node: Node) -> int:
    """Return the line on which a node ends."""
    return int(getattr(node.meta, "end_line", 0))


def value_of(node: Node, text: str, shift: int = 0) -> Value:
    """Return the value of an expression.

    Args:
        node: the expression.
        text: the text that it was parsed from.
        shift: lines of the file above that text.
    """
    line = first_line(node) + shift
    source = text[node.meta.start_pos : node.meta.end_pos].strip() if not node.meta.empty else ""
    inner = unwrapped(node)
    match inner.data:
        case "string":
            return Text(line, source, _string(inner))
        case "int_lit" | "float_lit":
            return Number(line, source, float(word(inner)))
        case "unary_op":
            operand = value_of(parts(inner)[-1], text, shift)
            if isinstance(operand, Number) and source.startswith("-"):
                return Number(line, source, -operand.number)
            return Expression(line, source)
        case "literal_value":
            literal = word(inner).strip()
            return Null(line, source) if literal == "null" else Flag(line, source, literal == "true")
        case "tuple":
            items = [part for part in parts(inner) if part.data != "new_line_or_comment"]
            return Items(line, source, tuple(value_of(item, text, shift) for item in items))
        case "object":
            elements = parts(inner, "object_elem")
            return Entries(line, source, tuple(_entry(element, text, shift) for element in elements))
        case kind if kind in _REFERENCES and _is_bare(inner):
            return Bare(line, source)
    return Expression(line, source)


def _entry(element: Node, text: str, shift: int) -> Entry:
    key, value = parts(element)
    return Entry(first_line(element) + shift, _key(key), value_of(value, text, shift))


def _key(node: Node) -> str | None:
    [inner] = parts(node)
    parenthesised = "(" in [str(child) for child in inner.children if isinstance(child, Token)]
    bare = unwrapped(inner)
    if bare.data == "string":
        return _string(bare)
    if parenthesised or bare.data not in {"identifier", "int_lit", "literal_value"}:
        return None
    return word(bare).strip()


def _string(node: Node) -> str | None:
    """Return the text of a string without interpolation."""
    if next(node.find_data("interpolation"), None) is not None:
        return None
    raw = "".join(word(part) for part in parts(node, "string_part"))
    if re.search(r"(?<!\$)\$\{|(?<!%)%\{", raw):
        return None
    try:
        read = str(json.loads(f'"{raw}"'))
    except ValueError:
        read = raw
    return read.replace("$${", "${").replace("%%{", "%{")


def _is_bare(node: Node) -> bool:
    """Return whether an expression consists of nothing but words, numbers, dots and operators."""
    text = word(node).strip()
    return re.fullmatch(r"[\w.\-/:+]+", text) is not None and re.search(r"[A-Za-z./]", text) is not None
