"""Terraform records a deployment's owner before it creates anything that AWS would take over silently.

The calls that create a topic, queue, rule, alarm, dashboard, cluster or inline policy, the settings of a
function and the objects of a bucket return or overwrite what exists: botocore's documentation of CreateTopic,
CreateQueue, PutRule, PutTargets, PutMetricAlarm, PutDashboard, PutRolePolicy, PutFunctionEventInvokeConfig and
others. So everything waits for the owner's record, except what is listed here with the reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import pytest

from tests.terraform.planning import Root

pytestmark = pytest.mark.terraform

OWNER = "module.owner.aws_ssm_parameter.this"

#: Resources that do not wait for the record, by the beginning of their addresses.
INDEPENDENT = {
    OWNER: "is the record",
    # The provider looks for the bucket first where CreateBucket does not refuse (us-east-1; pull request 26011 of
    # terraform-provider-aws). `make destroy` keeps the bucket, which depending on the record would prevent.
    "module.projects_bucket.": "S3 refuses a bucket that exists, and the bucket's settings wait for the bucket",
    # CreateHostedZone makes another zone each time; the records of a zone wait for it.
    "module.dns.aws_route53_zone.made": "Route 53 makes a new zone",
    "module.dns.aws_route53_record.start_of_authority": "is in the new zone",
    "module.dns.aws_route53_record.delegation": "Route 53 refuses a record that exists (no allow_overwrite)",
}


def dependencies(graph: str) -> Mapping[str, frozenset[str]]:
    """Read `terraform graph`: each managed resource, and everything that it waits for."""
    direct: dict[str, set[str]] = defaultdict(set)
    for waiting, awaited in re.findall(r'"([^"]+)" -> "([^"]+)"', graph):
        direct[waiting].add(awaited)

    def all_of(address: str, found: set[str]) -> set[str]:
        for each in direct[address] - found:
            found.add(each)
            all_of(each, found)
        return found

    nodes = re.findall(r'^\s*"((?:module\.\w+\.)*aws_[\w.]+)" \[label', graph, re.MULTILINE)
    return {node: frozenset(all_of(node, set())) for node in nodes}


@pytest.fixture(scope="module")
def waits(root: Root) -> Mapping[str, frozenset[str]]:
    return dependencies(root.run("graph"))


def test_everything_waits_for_the_record_of_the_owner(waits: Mapping[str, frozenset[str]]) -> None:
    assert len(waits) > 80
    alone = {address for address, awaited in waits.items() if OWNER not in awaited}
    excused = {address for address in alone if address.startswith(tuple(INDEPENDENT))}
    assert alone - excused == set()
    assert [start for start in INDEPENDENT if not any(address.startswith(start) for address in excused)] == []


def test_what_destroy_keeps_does_not_wait_for_it(waits: Mapping[str, frozenset[str]]) -> None:
    """`terraform destroy -target` also destroys everything that waits for a target."""
    kept = [address for address in waits if address.startswith("module.projects_bucket.")]
    assert kept
    assert [address for address in kept if OWNER in waits[address]] == []


def test_what_all_regions_share_waits_for_a_role(waits: Mapping[str, frozenset[str]]) -> None:
    """The record is regional, a dashboard is not: in another Region the roles, which IAM refuses, come before it."""
    dashboard = "module.monitoring.aws_cloudwatch_dashboard.this"
    assert "module.function.aws_iam_role.this" in waits[dashboard]
