"""terraform/ uses nothing that version 6 of the AWS provider removed or deprecated.

The tests do not run version 6. make_provider_6_schema.py writes its schema into data/provider_6_schema.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from local.places import REPOSITORY
from tests.terraform import hcl
from tests.terraform.make_provider_6_schema import DATA
from tests.terraform.planning import REGION, Plan, Root

pytestmark = pytest.mark.terraform

SCHEMA: Final[dict[str, Any]] = json.loads(DATA.read_text())

#: Deprecations in 6 without a replacement in 5.100, as the tests report them, with the reason.
ACCEPTED: Final[dict[str, str]] = {}

#: Names in a plan's values that neither the configuration nor the schema has as arguments.
COMPUTED: Final = {"id", "tags_all"}


def faults(mode: str, kind: str, body: hcl.Body) -> Iterator[str]:
    """Yield the arguments of a resource or data source that 6 has removed or deprecated."""
    node = SCHEMA[mode].get(kind)
    if node is None:
        yield f"{kind} is not in {DATA.name}: run make_provider_6_schema.py, which says how"
    elif not node:
        yield f"{kind} is gone"
    else:
        yield from _faults_in(kind, node, body)


def _faults_in(path: str, node: Mapping[str, Any], body: hcl.Body) -> Iterator[str]:
    known = {*node["arguments"], *node["blocks"]}
    for name in sorted(body.arguments | {name for name, _ in body.blocks}):
        if name not in known:
            yield f"{path}.{name} is gone"
        elif name in node.get("deprecated", {}):
            yield f"{path}.{name} is deprecated: {node['deprecated'][name]}"
    for name, inner in body.blocks:
        if name in node["blocks"]:
            yield from _faults_in(f"{path}.{name}", node["blocks"][name], inner)


def unread(kind: str, attribute: str, mode: str) -> Iterator[str]:
    """Yield the faults of reading an attribute of a resource or data source."""
    node = SCHEMA[mode].get(kind) or {"arguments": [], "blocks": {}, "attributes": []}
    if attribute not in {*node["arguments"], *node["blocks"], *node["attributes"]}:
        yield f"{kind}.{attribute} cannot be read"
    elif attribute in node.get("deprecated", {}):
        yield f"{kind}.{attribute} is deprecated: {node['deprecated'][attribute]}"


def all_faults(paths: list[Path] | None = None) -> list[str]:
    """Return all faults in some files, by default in every deployed file."""
    written = [
        f"{each.where}: {fault}" for each in hcl.used(paths) for fault in faults(each.mode, each.type, each.body)
    ]
    read = [
        f"{file}: {fault}"
        for mode, kind, attribute, file in hcl.references(paths)
        for fault in unread(kind, attribute, mode)
    ]
    return sorted({*written, *read})


def test_the_configuration_uses_nothing_removed_or_deprecated() -> None:
    found = {fault.partition(": ")[2] for fault in all_faults()}
    assert sorted(found) == sorted(ACCEPTED)


def test_every_resource_is_read() -> None:
    """The project's own reader of HCL must not miss a block."""
    text = "\n".join(path.read_text() for path in hcl.files())
    assert len(list(hcl.used())) == len(re.findall(r'^(?:resource|data) "aws_', text, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("configuration", "fault"),
    [
        ('resource "aws_opsworks_stack" "a" {\n}', "aws_opsworks_stack is not in"),
        ('resource "aws_vpc" "a" {\n  enable_classiclink = true\n}', "aws_vpc.enable_classiclink is gone"),
        ('resource "aws_s3_bucket" "a" {\n  acl = "private"\n}', "aws_s3_bucket.acl is deprecated"),
        ('resource "aws_subnet" "a" {\n  timeouts {\n    ever = 1\n  }\n}', "aws_subnet.timeouts.ever is gone"),
        (
            'resource "aws_s3_bucket" "a" {\n  dynamic "cors_rule" {\n    content {\n      x = 1\n    }\n  }\n}',
            "aws_s3_bucket.cors_rule is deprecated",
        ),
        (
            'resource "aws_s3_bucket" "a" {\n  dynamic "cors_rule" {\n    content {\n      x = 1\n    }\n  }\n}',
            "aws_s3_bucket.cors_rule.x is gone",
        ),
        ("locals {\n  a = data.aws_region.current.name\n}", "aws_region.name is deprecated"),
        ("locals {\n  a = [aws_vpc.this[0].main_route]\n}", "aws_vpc.main_route cannot be read"),
    ],
)
def test_a_removed_or_deprecated_name_is_found(tmp_path: Path, configuration: str, fault: str) -> None:
    file = tmp_path / "main.tf"
    file.write_text(configuration + "\n")
    assert any(fault in found for found in all_faults([file]))


# --- plans ---


def _body(values: Mapping[str, Any]) -> hcl.Body:
    """Return a resource of a plan as a body: a list of objects may be a block, any other set value an argument.

    Provider 5 plans an empty text for some unset arguments, such as a lifecycle rule's prefix.
    """
    body = hcl.Body()
    for name, value in values.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            body.blocks += [(name, _body(each)) for each in value]
        elif value not in (None, "", [], {}):
            body.arguments.add(name)
    return body


def _planned_faults(plan: Plan) -> Iterator[str]:
    for resource in plan.resources:
        node = SCHEMA["resource"].get(resource.type, {})
        ours = {name: value for name, value in resource.values.items() if name not in COMPUTED}
        read_only = set(node.get("attributes", []))
        yield from faults("resource", resource.type, _body({n: v for n, v in ours.items() if n not in read_only}))


@pytest.fixture(scope="module")
def complete(root: Root) -> Plan:
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name="example.net", CallerReference="provider 6")["HostedZone"]["Id"]
    file = REPOSITORY / "terraform" / "examples" / "complete.tfvars"
    return root.plan(file, parent_zone_id=zone.removeprefix("/hostedzone/"))


@pytest.mark.parametrize("name", ["complete", "example", "pilot"])
def test_plans_contain_nothing_removed_or_deprecated(name: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(name)
    assert len(plan.resources) > 50
    assert sorted(set(_planned_faults(plan)) - set(ACCEPTED)) == []


# --- versions and the guide ---


def _provider_versions() -> dict[str, str]:
    found = {}
    for file in sorted((REPOSITORY / "terraform").rglob("versions.tf")):
        version = re.search(r'source  = "hashicorp/aws"\n(?:\s*#.*\n)*\s*version = "([^"]+)"', file.read_text())
        if version:
            found[str(file.parent.relative_to(REPOSITORY / "terraform"))] = version[1]
    return found


def test_modules_accept_provider_5_and_6() -> None:
    of_modules = {folder: version for folder, version in _provider_versions().items() if folder.startswith("modules/")}
    assert len(of_modules) == len([each for each in (REPOSITORY / "terraform" / "modules").iterdir() if each.is_dir()])
    assert set(of_modules.values()) == {">= 5.100, < 7.0"}


def test_the_root_uses_the_tested_provider() -> None:
    root = (REPOSITORY / "terraform" / "versions.tf").read_text()
    assert re.findall(r'^\s+version = "([^"]+)"', root, flags=re.MULTILINE) == ["5.100.0"]


def test_the_guide_explains_the_upgrade_and_that_opentofu_is_not_tested() -> None:
    guide = (REPOSITORY / "docs" / "upgrade.md").read_text()
    section = guide.partition("## Provider 6, and OpenTofu")[2].partition("\n## ")[0]
    assert "terraform/versions.tf" in section
    assert "5.100.0" in section
    assert "OpenTofu is not tested" in section
