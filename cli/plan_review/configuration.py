"""The configuration in a plan's JSON: what a resource's block sets, and what its expressions refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plan_review.changes import Change, Plan
from plan_review.names import parts_of


def expressions(change: Change, plan: Plan) -> Mapping[str, Any]:
    """Return the expressions in a resource's block; none if the plan lacks the block."""
    return block(change, plan).get("expressions") or {}


def sets(change: Change, plan: Plan, setting: str) -> bool:
    """Return whether a resource's block sets a setting; true if the plan lacks the block."""
    found = block(change, plan)
    return not found or setting in (found.get("expressions") or {})


def block(change: Change, plan: Plan) -> Mapping[str, Any]:
    """Return a resource's block; empty if the plan lacks it."""
    module = called(plan.configuration.get("root_module", {}), steps_of(change.module))
    for resource in module.get("resources", []):
        if resource["type"] == change.type and resource["name"] == change.name and resource["mode"] == "managed":
            found: Mapping[str, Any] = resource
            return found
    return {}


def modules(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each module of the configuration: its path, such as `function`; its call; its content."""
    yield from _modules("", {}, plan.configuration.get("root_module", {}))


def _modules(
    path: str, call: Mapping[str, Any], module: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    yield path, call, module
    for name, inner in module.get("module_calls", {}).items():
        yield from _modules(f"{path}.{name}" if path else name, inner, inner.get("module", {}))


def called(root: Mapping[str, Any], steps: list[str]) -> Mapping[str, Any]:
    """Return the module that calls lead to from the root module."""
    module = root
    for step in steps:
        module = module.get("module_calls", {}).get(step, {}).get("module", {})
    return module


def calls(root: Mapping[str, Any], steps: list[str]) -> Mapping[str, Any]:
    """Return the calls in the module that calls lead to."""
    found: Mapping[str, Any] = called(root, steps).get("module_calls", {})
    return found


def references(expression: Any) -> list[str]:
    """Return what an expression refers to, such as `var.name` and `module.api.url`."""
    found = expression.get("references", []) if isinstance(expression, Mapping) else []
    return [reference for reference in found if isinstance(reference, str)]


def steps_of(module: str) -> list[str]:
    """Return the names of the calls that lead to a module's address."""
    return [part for part, _ in parts_of(module)]


def parent_of(module: str) -> tuple[str, str]:
    """Return the address of the module that calls a module, and the name of the call."""
    parts = parts_of(module)
    outer = ".".join(f'module.{part}["{key}"]' if key else f"module.{part}" for part, key in parts[:-1])
    return outer, parts[-1][0]
