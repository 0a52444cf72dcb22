"""The values of a plan, by address and argument: known values, and the names of unknown ones."""

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
        unknown: values that are known only after the apply: `true` at each place, in the shape of `values`.
    """

    address: str
    kind: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]

    @property
    def module(self) -> str:
        """The address of the resource's module; empty for the root."""
        return self.address.rpartition(f"{self.kind}.")[0].rstrip(".")


@dataclass(frozen=True)
class Value:
    """One known value of a resource, or an element, key or value inside it."""

    argument: str
    value: Any


def resources_of(document: Mapping[str, Any]) -> list[Resource]:
    """Return every resource that exists after the plan's apply.

    Args:
        document: the plan as `terraform show -json` prints it.
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
    """Yield every value of a resource that is set.

    A block's arguments are `block.argument`, for each such block; `argument[]` is an element of a list or
    set; an argument in `maps` also has `argument{key}` and `argument{}`.
    """
    for argument, value in resource.values.items():
        yield from _values(argument, value, maps)


def unknown(resource: Resource, maps: frozenset[str]) -> Iterator[str]:
    """Yield the argument of every value that is unknown before the apply."""
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
    elif value not in (None, ""):  # the provider omits an empty text, like null
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
