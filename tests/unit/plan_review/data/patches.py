"""Plans as one base and patches: a patch holds, for each resource by its address, what is other than in the base.

A patch's operations are JSON Patch's add, remove and replace (RFC 6902), with paths from the resource on; those under
the empty address are from the plan on. Lists of one length are compared item by item, others as wholes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

Operation = dict[str, Any]
Patch = dict[str, list[Operation]]

_RESOURCES = "resource_changes"


def difference(base: Mapping[str, Any], plan: Mapping[str, Any]) -> Patch:
    """What makes `plan` of `base`; both hold the same resources in the same order."""
    before, after = ({each["address"]: each for each in found[_RESOURCES]} for found in (base, plan))
    if list(before) != list(after):
        raise ValueError("the plans hold different resources")
    roots = {"": (_without_resources(base), _without_resources(plan))}
    pairs = roots | {address: (before[address], after[address]) for address in before}
    found = {address: list(_operations("", *pair)) for address, pair in pairs.items()}
    return {address: operations for address, operations in found.items() if operations}


def patched(base: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """The plan that a patch makes of `base`."""
    plan: dict[str, Any] = copy.deepcopy(dict(base))
    targets = {"": plan} | {each["address"]: each for each in plan[_RESOURCES]}
    for address, operations in patch.items():
        for operation in operations:
            *folders, last = (_unescaped(part) for part in operation["path"].split("/")[1:])
            target: Any = targets[address]
            for folder in folders:
                target = target[_key(target, folder)]
            if operation["op"] == "remove":
                del target[_key(target, last)]
            else:
                target[_key(target, last)] = operation["value"]
    return plan


def written(patch: Patch) -> str:
    """A patch with one operation on each line."""
    parts = []
    for address, operations in patch.items():
        lines = ",\n".join(f"  {json.dumps(operation, sort_keys=True)}" for operation in operations)
        parts.append(f" {json.dumps(address)}: [\n{lines}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _without_resources(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name != _RESOURCES}


def _operations(path: str, before: Any, after: Any) -> Iterator[Operation]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in after:
                yield {"op": "remove", "path": here}
            elif name not in before:
                yield {"op": "add", "path": here, "value": after[name]}
            else:
                yield from _operations(here, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _operations(f"{path}/{index}", *pair)
    elif before != after or type(before) is not type(after):
        yield {"op": "replace", "path": path, "value": after}


def _key(target: Any, part: str) -> str | int:
    return int(part) if isinstance(target, list) else part


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
