"""The values of a tfvars file, each with its line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A value.

    Attributes:
        line: line on which it begins, from 1.
        source: its text in the file.
    """

    line: int
    source: str


@dataclass(frozen=True)
class Text(Value):
    """A string in quotes; `text` is None if it has parts that Terraform evaluates."""

    text: str | None


@dataclass(frozen=True)
class Number(Value):
    """A number."""

    number: float


@dataclass(frozen=True)
class Flag(Value):
    """`true` or `false`."""

    flag: bool


@dataclass(frozen=True)
class Null(Value):
    """`null`."""


@dataclass(frozen=True)
class Items(Value):
    """A list in square brackets."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of an object; `key` is None if Terraform evaluates it."""

    line: int
    key: str | None
    value: Value


@dataclass(frozen=True)
class Entries(Value):
    """An object in curly brackets."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Bare(Value):
    """Words without quotes, which HCL reads as a reference to another value."""


@dataclass(frozen=True)
class Expression(Value):
    """A value of any other form, such as a function call: only Terraform can evaluate it."""
