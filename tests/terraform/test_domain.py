"""Domain names of API and page, on the real provider's plan: permissions in the zone, and order."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.terraform.planning import REGION, Plan, Root

pytestmark = pytest.mark.terraform

WRITERS = ["start_server", "stop_server", "sweep_sessions"]
API_DOMAIN = "module.api_domain"


def make_zone(domain: str, vpc: str | None = None) -> str:
    """Create a hosted zone, a private one if a VPC is given, and return its id."""
    route53 = boto3.client("route53", region_name=REGION)
    private: Any = {}
    if vpc:
        private = {"VPC": {"VPCRegion": REGION, "VPCId": vpc}, "HostedZoneConfig": {"PrivateZone": True}}
    zone = route53.create_hosted_zone(Name=domain, CallerReference=f"domain {domain} {vpc}", **private)
    return str(zone["HostedZone"]["Id"]).removeprefix("/hostedzone/")


@pytest.fixture(scope="module")
def named(root: Root) -> Plan:
    """A deployment in a given zone, with domain names for API and participant page."""
    return root.plan(
        region=REGION,
        root_domain="play.example.org",
        hosted_zone_id=make_zone("example.org"),
        subnet_ids=["subnet-0a1"],
        security_group_ids=["sg-0c3"],
        api_domain="api.play.example.org",
        website={"domain": "study.play.example.org"},
    )


def _may_write(plan: Plan, file: str, action: str, kind: str, name: str) -> bool:
    zone = f"arn:aws:route53:::hostedzone/{plan.environment(file)['HOSTED_ZONE_ID']}"
    return plan.allows(
        file,
        "route53:ChangeResourceRecordSets",
        zone,
        route53__ChangeResourceRecordSetsActions=[action],
        route53__ChangeResourceRecordSetsRecordTypes=[kind],
        route53__ChangeResourceRecordSetsNormalizedRecordNames=[name],
    )


def test_functions_get_the_reserved_names(named: Plan) -> None:
    for file in ("next_step", *WRITERS):
        assert named.environment(file)["RESERVED_NAMES"] == "api,study"


@pytest.mark.parametrize("name", ["api.play.example.org", "study.play.example.org"])
@pytest.mark.parametrize("file", WRITERS)
def test_no_function_may_change_the_names_of_api_and_page(named: Plan, file: str, name: str) -> None:
    action = "UPSERT" if file == "start_server" else "DELETE"
    assert _may_write(named, file, action, "A", "api-1.play.example.org")
    assert not _may_write(named, file, action, "A", name)
    assert not _may_write(named, file, action, "TXT", name)


@pytest.mark.parametrize("file", WRITERS)
def test_no_function_may_change_the_certificate_s_validation_record(named: Plan, file: str) -> None:
    assert not _may_write(named, file, "DELETE", "CNAME", "_x.api.play.example.org")


def test_in_a_given_zone_terraform_creates_only_records_of_api_and_page(named: Plan) -> None:
    assert not named.of_type("aws_route53_zone")
    records = {(record.values.get("name"), record.values.get("type")) for record in named.of_type("aws_route53_record")}
    known = {(name, kind) for name, kind in records if name}
    assert known == {(f"{name}.play.example.org", kind) for name in ("api", "study") for kind in ("A", "AAAA")}


def test_the_domain_name_waits_for_the_certificate_and_that_for_its_record(named: Plan) -> None:
    module = named.document["configuration"]["root_module"]["module_calls"]["api_domain"]
    resources = {found["address"]: found["expressions"] for found in module["module"]["resources"]}
    settings = resources["aws_apigatewayv2_domain_name.this"]["domain_name_configuration"][0]
    assert "aws_acm_certificate_validation.this.certificate_arn" in settings["certificate_arn"]["references"]
    proof = resources["aws_acm_certificate_validation.this"]["validation_record_fqdns"]
    assert "aws_route53_record.validation" in proof["references"]
    assert "module.dns.delegated_zone_id" in module["expressions"]["hosted_zone_id"]["references"]


def test_delegation_and_soa_record_precede_lookups_from_outside(named: Plan) -> None:
    outputs = named.document["configuration"]["root_module"]["module_calls"]["dns"]["module"]["outputs"]
    assert outputs["delegated_zone_id"]["depends_on"] == [
        "aws_route53_record.delegation",
        "aws_route53_record.start_of_authority",
    ]


@pytest.mark.parametrize("which", ["hosted_zone_id", "parent_zone_id"])
def test_the_plan_refuses_a_private_zone(root: Root, which: str) -> None:
    domain = "play.example.com" if which == "hosted_zone_id" else "example.com"
    vpc = boto3.client("ec2", region_name=REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    private = make_zone(domain, vpc)
    with pytest.raises(RuntimeError, match="is private"):
        root.plan(region=REGION, root_domain="play.example.com", **{which: private})
