"""The values of a plan, by address and argument: those that it knows, and the names of those that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One planned resource.

    Args:
        address: where it is in the configuration.
        kind: the provider's resource type.
        values: its known arguments and attributes.
        unknown: what AWS gives a value to, in the shape of `values`, with true for each.
    """

    address: str
    kind: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]

    @property
    def module(self) -> str:
        """The address of the module that the resource is in; empty in the root."""
        return self.address.rpartition(f"{self.kind}.")[0].rstrip(".")


@dataclass(frozen=True)
class Value:
    """One known value of a resource, or an element, name or value of one."""

    argument: str
    value: Any


def resources_of(document: Mapping[str, Any]) -> list[Resource]:
    """Every resource that a plan makes or keeps.

    Args:
        document: what `terraform show -json` prints of a plan.
    """
    unknown = {
        change["address"]: change["change"].get("after_unknown") or {}
        for change in document.get("resource_changes", [])
    }
    return [
        Resource(found["address"], found["type"], found.get("values", {}), unknown.get(found["address"], {}))
        for found in _of_module(document["planned_values"]["root_module"])
        if found["mode"] == "managed"
    ]


def known(resource: Resource, maps: frozenset[str]) -> Iterator[Value]:
    """Every value of a resource that is set.

    A block's arguments are `block.argument`, however many such blocks there are; `argument[]` is an element of a list
    or set; of an argument in `maps` there are `argument{key}` and `argument{}` too.
    """
    for argument, value in resource.values.items():
        yield from _values(argument, value, maps)


def unknown(resource: Resource, maps: frozenset[str]) -> Iterator[str]:
    """The argument of every value that only AWS, or another resource, will give."""
    for argument, marked in resource.unknown.items():
        yield from _marked(argument, marked, maps)


def _of_module(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _of_module(child)


def _values(argument: str, value: Any, maps: frozenset[str]) -> Iterator[Value]:
    if isinstance(value, Mapping):
        yield from _of_object(argument, value, maps)
    elif isinstance(value, list):
        if not value:
            return
        yield Value(argument, value)
        for element in value:
            if isinstance(element, Mapping):
                yield from _of_object(argument, element, maps)
            elif element is not None:
                yield Value(f"{argument}[]", element)
    elif value not in (None, ""):  # the provider leaves an empty text out, as it does null
        yield Value(argument, value)


def _of_object(argument: str, value: Mapping[str, Any], maps: frozenset[str]) -> Iterator[Value]:
    if argument not in maps:
        for name, inner in value.items():
            yield from _values(f"{argument}.{name}", inner, maps)
        return
    yield Value(argument, value)
    for name, inner in value.items():
        yield Value(f"{argument}{{key}}", name)
        if inner is not None:
            yield Value(f"{argument}{{}}", inner)


def _marked(argument: str, marked: Any, maps: frozenset[str]) -> Iterator[str]:
    if marked is True:
        yield argument
    elif isinstance(marked, Mapping):
        for name, inner in marked.items():
            yield from _marked(f"{argument}{{}}" if argument in maps else f"{argument}.{name}", inner, maps)
    elif isinstance(marked, list):
        for inner in marked:
            yield from _marked(f"{argument}[]" if inner is True else argument, inner, maps)
