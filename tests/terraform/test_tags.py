"""The team's own tags, as many as AWS takes for each kind of resource."""

from __future__ import annotations

import pytest

from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

#: Services that take fewer than 50 tags for a resource: Amazon S3 user guide,
#: "Categorizing your objects using tags"; Amazon Route 53 API reference, ChangeTagsForResource.
FEW = {"aws_s3_object": 10, "aws_route53_zone": 10}
OWN = ("Product", "Deployment", "ManagedBy")


def tagged(root: Root, count: int) -> Plan:
    """Return a plan with all optional parts that have tags, and `count` tags of the team."""
    return root.plan(
        region=REGION,
        root_domain="play.example.net",
        tags={f"tag{number}": "x" for number in range(count)},
        website={"domain": "study.play.example.net"},
        api_domain="api.play.example.net",
        cluster_mode="shared",
        session_certificate_secret_arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:certificate-AbCdEf",
        monthly_budget={"usd": 100},
    )


@pytest.fixture(scope="module")
def eight(root: Root) -> Plan:
    """One tag more than fits into ten with the deployment's own three."""
    return tagged(root, 8)


@pytest.mark.parametrize("count", [8, 46])
def test_no_resource_gets_more_tags_than_its_service_takes(root: Root, eight: Plan, count: int) -> None:
    plan = eight if count == 8 else tagged(root, count)
    tags = {found.address: (found.type, found.values.get("tags_all") or {}) for found in plan.resources}
    too_many = {address: len(held) for address, (kind, held) in tags.items() if len(held) > FEW.get(kind, 50)}
    assert too_many == {}
    assert set(FEW) <= {kind for kind, _ in tags.values()}


def test_the_page_s_files_have_no_tags(eight: Plan) -> None:
    files = eight.of_type("aws_s3_object")
    assert len(files) > 3
    assert {found.address for found in files if found.values.get("tags_all")} == set()


def test_with_too_many_tags_a_zone_has_only_the_deployment_s_own(eight: Plan) -> None:
    (zone,) = eight.of_type("aws_route53_zone")
    assert set(zone.values["tags_all"]) == set(OWN)


def test_with_few_tags_a_zone_has_all_of_them(root: Root) -> None:
    (zone,) = root.plan(region=REGION, root_domain="play.example.net", tags={"Owner": "lab"}).of_type(
        "aws_route53_zone"
    )
    assert set(zone.values["tags_all"]) == {*OWN, "Owner"}


def test_every_other_resource_has_every_tag(eight: Plan) -> None:
    wanting = [
        found.address
        for found in eight.resources
        if found.values.get("tags_all") is not None and found.type not in FEW and len(found.values["tags_all"]) < 11
    ]
    assert wanting == []
