"""Map arguments of the provider to members of AWS calls: reads and verifies tables/*.toml.

Every member and property of a table is looked up: a name that AWS does not know is an error, instead
of a limit that is never applied.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.terraform.contract.limits import Limit
from tests.terraform.contract.schemas import limit_of_property
from tests.terraform.contract.shapes import limit_of_member, member_named

TABLES = Path(__file__).with_name("tables")


@dataclass(frozen=True)
class Mapped:
    """The table of one resource type.

    Args:
        limits: argument → its limits in botocore and CloudFormation; a list's elements are `a[]`, a map's keys and
            values `a{key}` and `a{}`. Empty tuple: both have it without a limit.
        maps: arguments that are maps of names to values.
        unsent: arguments that the provider sends in no call.
        absent: argument → the value at which the provider sends nothing.
    """

    limits: Mapping[str, tuple[Limit, ...]]
    maps: frozenset[str]
    unsent: frozenset[str]
    absent: Mapping[str, Any]


@cache
def mapped_types() -> Mapping[str, Mapped]:
    """Return every table, by the provider's resource type.

    Raises:
        LookupError: a table names a call, member, schema or property that does not exist.
        ValueError: two files have a table for the same type, or a table has an unknown key.
    """
    found: dict[str, Mapped] = {}
    for file in sorted(TABLES.glob("*.toml")):
        for kind, table in tomllib.loads(file.read_text()).items():
            if kind in found:
                raise ValueError(f"{file.name}: {kind} has a table already")
            found[kind] = read_table(kind, table)
    return found


def read_table(kind: str, table: Mapping[str, Any]) -> Mapped:
    """Read one table; raises the same errors as mapped_types."""
    stray = set(table) - {"call", "schema", "tags", "unsent", "absent", "arguments", "maps"}
    if stray:
        raise ValueError(f"{kind}: {', '.join(sorted(stray))} is no key of a table")
    limits: dict[str, tuple[Limit, ...]] = {}
    for argument, names in table.get("arguments", {}).items():
        member, name = _pair(names)
        limits[argument] = _limits(table, member, name)
        if argument.endswith("[]"):
            limits.setdefault(argument[:-2], _limits(table, _list_of(member), _list_of(name)))
    maps = dict(table.get("maps", {}))
    if "tags" in table:
        maps["tags_all"] = table["tags"]
    for argument, names in maps.items():
        limits.update(_map_limits(table, argument, *_pair(names)))
    return Mapped(
        limits,
        maps=frozenset({*maps, "tags"}),
        # tags_all contains tags and the provider's default tags
        unsent=frozenset({*table.get("unsent", ()), "tags", "tags{key}", "tags{}"}),
        absent=table.get("absent", {}),
    )


def _pair(names: str | list[str]) -> tuple[str, str]:
    if isinstance(names, str):
        return names, names
    member, name = names
    return member, name


def _limits(table: Mapping[str, Any], member: str, name: str) -> tuple[Limit, ...]:
    found = [limit_of_member(*_called(table, member))] if member else []
    if name and table["schema"]:
        found.append(limit_of_property(table["schema"], name))
    return tuple(limit for limit in found if limit.says_something)


def _map_limits(
    table: Mapping[str, Any], argument: str, member: str, name: str
) -> Iterator[tuple[str, tuple[Limit, ...]]]:
    """Return the limits of a map's size, keys and values; in AWS it is a map, or a list of names and values."""
    call, path = _called(table, member) if member else ("", "")
    parts: dict[str, tuple[str, str]] = {"": (_list_of(member), _list_of(name) if name.endswith("[]") else "")}
    for suffix, spellings in (("{key}", ("key", "name")), ("{}", ("value",))):
        if member.endswith("{}"):
            of_call = member[:-2] + suffix
        else:
            of_call = f"{member}.{_first_member(call, path, spellings)}" if member else ""
        of_schema = ""
        if name.endswith("[]") and table["schema"]:
            of_schema = f"{name}.{'Name' if argument.endswith('dimensions') and suffix == '{key}' else _titled(suffix)}"
        parts[suffix] = (of_call, of_schema)
    for suffix, (of_call, of_schema) in parts.items():
        yield argument + suffix, _limits(table, of_call, of_schema)


def _titled(suffix: str) -> str:
    return "Key" if suffix == "{key}" else "Value"


def _first_member(call: str, path: str, spellings: tuple[str, ...]) -> str:
    for spelling in spellings:
        try:
            return member_named(call, path, spelling)
        except LookupError:
            continue
    raise LookupError(f"{call}: {path} has no {' or '.join(spellings)}")


def _called(table: Mapping[str, Any], member: str) -> tuple[str, str]:
    call, colon, path = member.rpartition(":")
    return (call, path) if colon else (table["call"], member)


def _list_of(path: str) -> str:
    """Return the path of the list or map that contains a path's elements; empty if there is none."""
    return path[:-2] if path.endswith(("[]", "{}")) else ""
