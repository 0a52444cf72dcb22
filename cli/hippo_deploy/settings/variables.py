"""Reads the variables that terraform/variables*.tf declare: the commands know no setting from anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hippo_deploy.settings import trees
from hippo_deploy.settings.trees import Node
from hippo_deploy.settings.types import Anything, Attribute, Collection, Object, Primitive, Type


@dataclass(frozen=True)
class Variable:
    """A variable.

    Attributes:
        name: its name.
        type: its type.
        nullable: whether null is a value with a meaning.
        required: whether it has no default.
    """

    name: str
    type: Type
    nullable: bool
    required: bool


def declared(root: Path) -> Mapping[str, Variable]:
    """Return the variables of a Terraform root by name, in the order of their files.

    Raises:
        trees.Unreadable: a file is no HCL.
    """
    found: dict[str, Variable] = {}
    for path in sorted(root.glob("variables*.tf")):
        found |= {variable.name: variable for variable in _in(path.read_text("utf-8"))}
    return found


@lru_cache(maxsize=16)
def _in(text: str) -> tuple[Variable, ...]:
    blocks = trees.parts(trees.parse(text), "block")
    return tuple(_variable(block) for block in blocks if trees.word(trees.parts(block)[0]).strip() == "variable")


def _variable(block: Node) -> Variable:
    _, label, body = trees.parts(block, "identifier", "string", "body")
    arguments = {
        trees.word(name).strip(): value for name, value in (_pair(each) for each in trees.parts(body, "attribute"))
    }
    nullable = "nullable" not in arguments or trees.word(arguments["nullable"]).strip() != "false"
    kind = _type(arguments["type"]) if "type" in arguments else Anything()
    return Variable(trees.word(label).strip('" '), kind, nullable, required="default" not in arguments)


def _pair(attribute: Node) -> tuple[Node, Node]:
    name, value = trees.parts(attribute)
    return name, value


def _type(node: Node) -> Type:
    inner = trees.unwrapped(node)
    if inner.data == "identifier":
        name = trees.word(inner).strip()
        return Primitive(name) if name in {"string", "number", "bool"} else Anything()
    if inner.data == "function_call":
        name, arguments = _call(inner)
        if name in {"list", "set", "map"} and arguments:
            return Collection(name, _type(arguments[0]))
        if name == "object" and arguments:
            elements = trees.parts(trees.unwrapped(arguments[0]), "object_elem")
            return Object(dict(_attribute(element) for element in elements))
    return Anything()


def _attribute(element: Node) -> tuple[str, Attribute]:
    key, value = trees.parts(element)
    name = trees.word(key).strip()
    inner = trees.unwrapped(value)
    if inner.data == "function_call":
        called, arguments = _call(inner)
        if called == "optional":
            return name, Attribute(_type(arguments[0]), optional=True, has_default=len(arguments) > 1)
    return name, Attribute(_type(value), optional=False, has_default=False)


def _call(node: Node) -> tuple[str, list[Node]]:
    name = trees.word(trees.parts(node, "identifier")[0]).strip()
    given = trees.parts(node, "arguments")
    arguments = trees.parts(given[0]) if given else []
    return name, [argument for argument in arguments if argument.data != "new_line_or_comment"]
