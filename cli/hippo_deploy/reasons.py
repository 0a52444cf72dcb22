"""The written reasons (checkov:skip) that count for a resource of a plan.

A reason counts wherever its finding shows up:

- in the block of the resource itself
- in the data source of a policy: checkov reports the policy at each role or resource that has it, once it is known
- in the block of a resource whose settings the provider repeats in another one, such as a role's `inline_policy`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from plan_review.configuration import called, references
from plan_review.names import parts_of

Block = tuple[tuple[str, ...], str, str, str]
"""A block: the calls that lead to its module, `resource` or `data`, its type and its name."""

_DOCUMENT: Final = "aws_iam_policy_document"
_MAX_STEPS: Final = 8  # from a policy to its data source

SAME: Final[Mapping[str, str]] = {
    "CKV_AWS_62": "CKV_AWS_1",
    "CKV_AWS_63": "CKV_AWS_49",
    "CKV_AWS_286": "CKV_AWS_110",
    "CKV_AWS_287": "CKV_AWS_107",
    "CKV_AWS_288": "CKV_AWS_108",
    "CKV_AWS_289": "CKV_AWS_109",
    "CKV_AWS_290": "CKV_AWS_111",
    "CKV_AWS_355": "CKV_AWS_356",
}
"""checkov's check of a policy at a resource → the same check of a policy document."""

_REPEATED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws_iam_role": ("aws_iam_role_policy",),
    "aws_kms_key": ("aws_kms_key_policy",),
    "aws_s3_bucket": ("aws_s3_bucket_policy", "aws_s3_bucket_server_side_encryption_configuration"),
    "aws_security_group": (
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_security_group_rule",
    ),
    "aws_sns_topic": ("aws_sns_topic_policy",),
    "aws_sqs_queue": ("aws_sqs_queue_policy",),
}
"""Type → the types whose settings the provider repeats in it."""


def reasons(address: str, document: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Return the reasons that count for a resource: check id → why the check does not apply.

    Args:
        address: address of the resource, as checkov reports it.
        document: the plan's JSON.
        root: the Terraform root that the plan was made from.
    """
    configuration: Mapping[str, Any] = document["configuration"]["root_module"]
    found: dict[str, str] = {}
    for block in _related(_own(address), configuration):
        for check, why in _written(block, configuration, root).items():
            found.setdefault(check, why)
    for check, of_document in SAME.items():
        if of_document in found:
            found.setdefault(check, found[of_document])
    return found


def _own(address: str) -> Block:
    """Return the block of an address such as `module.a["x"].aws_s3_bucket.this[0]`."""
    plain = re.sub(r"\[[^\]]*\]$", "", address)
    module, mode, kind, name = re.fullmatch(r"(?:(.*?)\.)??(data\.)?([a-z0-9_]+)\.([\w-]+)", plain).groups()  # type: ignore[union-attr]
    return tuple(step for step, _ in parts_of(module or "")), "data" if mode else "resource", kind, name


def _related(own: Block, configuration: Mapping[str, Any]) -> Iterator[Block]:
    """Yield a block, and those whose reasons count for it too."""
    yield own
    path, mode, kind, name = own
    blocks = [own]
    for other in called(configuration, list(path)).get("resources", []):
        if mode == "resource" and other["type"] in _REPEATED.get(kind, ()) and _refers(other, f"{kind}.{name}"):
            blocks.append((path, "resource", other["type"], other["name"]))
            yield blocks[-1]
    for block in blocks:
        yield from _documents(_references(block, configuration), block[0], configuration, _MAX_STEPS)


def _documents(
    referred: list[str], path: tuple[str, ...], configuration: Mapping[str, Any], steps: int
) -> Iterator[Block]:
    """Yield the policy documents that references lead to, through variables and outputs."""
    if steps == 0:
        return
    for parts in (reference.split(".") for reference in referred):
        found: list[str] = []
        module = path
        if parts[:2] == ["data", _DOCUMENT] and len(parts) > 2:
            block = (path, "data", _DOCUMENT, parts[2].split("[")[0])
            yield block
            found = _references(block, configuration)
        elif parts[0] == "var" and path:
            module = path[:-1]
            call = called(configuration, list(module)).get("module_calls", {}).get(path[-1], {})
            found = references(call.get("expressions", {}).get(parts[1]))
        elif parts[0] == "module" and len(parts) > 2:
            module = (*path, parts[1].split("[")[0])
            outputs = called(configuration, list(module)).get("outputs", {})
            found = references(outputs.get(parts[2], {}).get("expression"))
        yield from _documents(found, module, configuration, steps - 1)


def _references(block: Block, configuration: Mapping[str, Any]) -> list[str]:
    path, mode, kind, name = block
    for found in called(configuration, list(path)).get("resources", []):
        if (found["type"], found["name"]) == (kind, name) and (found["mode"] == "data") == (mode == "data"):
            given = [found.get("for_each_expression"), *(found.get("expressions") or {}).values()]
            return [reference for one in given for reference in references(one)]
    return []


def _refers(resource: Mapping[str, Any], to: str) -> bool:
    found = [reference for one in (resource.get("expressions") or {}).values() for reference in references(one)]
    return any(reference == to or reference.startswith((f"{to}.", f"{to}[")) for reference in found)


def _written(block: Block, configuration: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Return the reasons that stand in a block."""
    path, mode, kind, name = block
    folder, module = root, configuration
    for step in path:
        call = module.get("module_calls", {}).get(step, {})
        folder, module = (folder / str(call.get("source", ""))).resolve(), call.get("module", {})
    wanted = re.compile(rf'^{mode} "{re.escape(kind)}" "{re.escape(name)}" \{{\n(.*?)^\}}', re.MULTILINE | re.DOTALL)
    for file in sorted(folder.glob("*.tf")):
        for text in wanted.findall(file.read_text("utf-8")):
            return dict(re.findall(r"#\s*checkov:skip=(\w+):[ \t]*(\S[^\n]*)", text))
    return {}
