"""The types of Terraform's variables: https://developer.hashicorp.com/terraform/language/expressions/type-constraints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Primitive:
    """`string`, `number` or `bool`."""

    name: str


@dataclass(frozen=True)
class Collection:
    """`list`, `set` or `map` of elements of one type."""

    kind: str
    of: Type


@dataclass(frozen=True)
class Attribute:
    """An attribute of an object.

    Attributes:
        type: its type.
        optional: whether it may be left out.
        has_default: whether it has another value than null if it is left out.
    """

    type: Type
    optional: bool
    has_default: bool


@dataclass(frozen=True)
class Object:
    """`object`: its attributes by name."""

    attributes: Mapping[str, Attribute]


@dataclass(frozen=True)
class Anything:
    """`any`, or a type that this package does not know."""


Type = Primitive | Collection | Object | Anything

STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")

_ONE: Final = {"string": "text in quotes", "number": "a number", "bool": "true or false"}
_MANY: Final = {"string": "texts in quotes", "number": "numbers", "bool": "true or false"}


def in_words(kind: Type) -> str:
    """Return a type in words, with the brackets that a value needs."""
    match kind:
        case Primitive(name):
            return _ONE[name]
        case Collection("map", of):
            return f"an object whose values are {_many(of)}: {{ <key> = <value> }}"
        case Collection(_, of):
            return f"a list of {_many(of)}: [<value>, <value>]"
        case Object(attributes):
            return f"an object in curly brackets, with {listed(list(attributes))}"
    return "a value"


def _many(kind: Type) -> str:
    return _MANY[kind.name] if isinstance(kind, Primitive) else f"values, each {in_words(kind)}"


def listed(names: list[str], last: str = "and") -> str:
    """Return names as an enumeration: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
