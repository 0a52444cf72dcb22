"""The whole preflight: an account without problems, and an account that refuses calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight.cloud import ACTIONS
from hippo_deploy.preflight.findings import Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import BUCKET, STATE, Account

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_an_account_without_problems_has_only_ok_findings(account: Account, wanted: Wanted) -> None:
    report = account.run(wanted)

    assert [(each.subject, each.found) for each in report.findings if each.status is not Status.OK] == []
    assert report.participants == 12, "6 vCPU of Spot and 6 on-demand, at one a server"


def test_every_finding_has_a_reason_and_every_problem_a_fix(account: Account) -> None:
    report = account.run(
        Wanted("ca-central-1", "play.example.net", max_sessions=500, max_sessions_is_default=False), terraform="1.9.1"
    )

    assert report.count(Status.PROBLEM) >= 3
    assert all(finding.why for finding in report.findings)
    assert all(bool(finding.fix) == (finding.status is not Status.OK) for finding in report.findings)


def test_problems_are_shown_first(account: Account) -> None:
    shown = [finding.status for finding in account.run(Wanted("ca-central-1", "play.example.net")).by_urgency]

    assert shown == sorted(shown, key=[Status.PROBLEM, Status.WARNING, Status.OK].index)
    assert set(shown) == set(Status)


def test_it_makes_only_the_listed_calls_and_only_reads(account: Account, wanted: Wanted) -> None:
    account.has_deployment(wanted.hosted_zone_id or "", wanted.subnet_ids[0], wanted.security_group_ids[0])
    account.has_study("chess", 2)
    certificate = account.client("acm").request_certificate(DomainName="api.play.example.net")
    account.has_default_quotas_alone()
    account.public_access("block-ingress")
    account.run(replace(wanted, api_domain="api.play.example.net", alarm_emails=frozenset({"a@example.net"})))
    called = set(account.called)
    account.answers["GetParameter"] = lambda _: {"Parameter": {"Value": "x"}}
    account.refuse("GetParameter", "ParameterNotFound", status=400)
    account.run(Wanted("ca-central-1", "play.example.net"))

    assert certificate
    assert called | account.called == set(ACTIONS)
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in ACTIONS.values())


@pytest.mark.parametrize("operation", sorted(set(ACTIONS) - {"GetCallerIdentity"}))
def test_a_refusal_is_a_finding_that_names_the_permission(account: Account, wanted: Wanted, operation: str) -> None:
    if operation == "ListSubscriptionsByTopic":
        wanted = replace(wanted, alarm_emails=frozenset({"a@example.net"}))
    if operation in {
        *("GetFunctionConfiguration", "GetObject", "DescribeTaskDefinition"),
        "ListSubscriptionsByTopic",
    }:
        account.has_deployment(wanted.hosted_zone_id or "", wanted.subnet_ids[0], wanted.security_group_ids[0])
        account.has_study("chess", 1)
    if operation in {"ListCertificates", "DescribeCertificate"}:
        account.client("acm").request_certificate(DomainName="api.play.example.net")
        wanted = replace(wanted, api_domain="api.play.example.net")
    if operation == "DescribeVpcBlockPublicAccessExclusions":
        account.public_access("block-ingress")
    if operation == "GetAWSDefaultServiceQuota":
        account.has_default_quotas_alone()
    if operation in {"DescribeVpcs", "ListHostedZonesByName"}:
        wanted = replace(wanted, subnet_ids=(), security_group_ids=(), hosted_zone_id=None)
    account.refuse(operation)

    report = account.run(wanted)

    named = [each for each in report.findings if ACTIONS[operation] in each.found or ACTIONS[operation] in each.fix]
    assert named or (operation == "HeadBucket" and report.count(Status.PROBLEM))
    assert all(finding.status is not Status.OK for finding in named)
    assert len(report.findings) > 8, "the other checks ran"


def test_a_permission_in_awss_message_is_the_one_in_the_finding(account: Account, wanted: Wanted) -> None:
    text = "User: arn:aws:iam::123456789012:role/x is not authorized to perform: iam:GetRole on resource: role/y"
    account.refuse("ListRoles", "AccessDenied", text)

    assert "not checked: you lack the permission iam:GetRole" in [each.found for each in account.run(wanted).findings]


def test_without_permission_to_read_the_deployment_its_checks_do_not_run(account: Account, wanted: Wanted) -> None:
    account.has_bucket(BUCKET)
    account.refuse("GetParameter")

    report = account.run(wanted)

    assert {each.subject: each.found for each in report.findings}["Projects bucket"].startswith("not checked")
    assert not report.count(Status.PROBLEM)


def test_an_outage_of_one_service_is_a_finding(account: Account, wanted: Wanted) -> None:
    account.refuse("ListClusters", "InternalFailure", "try later", status=400)

    report = account.run(wanted)

    found = {each.subject: each for each in report.findings}["ECS clusters"]
    assert (found.status, "InternalFailure" in found.found) == (Status.WARNING, True)


def test_the_deployment_of_another_state_is_a_problem(account: Account, wanted: Wanted) -> None:
    """The fault: the name of the first environment, and an empty state."""
    account.has_deployment(wanted.hosted_zone_id or "", wanted.subnet_ids[0], wanted.security_group_ids[0])
    prod, staging = "hippo-gym/prod/terraform.tfstate", "hippo-gym/staging/terraform.tfstate"
    account.has_owner(f"s3://{STATE.bucket}/{prod}")

    report = account.run(replace(wanted, environment="staging", state=replace(STATE, key=staging)))

    found = {each.subject: each for each in report.findings}["Deployment"]
    assert (found.status, found.found) == (
        Status.PROBLEM,
        "The deployment HIPPO_Gym exists in this account and Region and belongs to the state "
        f"s3://{STATE.bucket}/{prod}; the state of staging, s3://{STATE.bucket}/{staging}, does not hold it.",
    )
    assert 'name = "HIPPO_Gym_staging"' in found.fix
    assert {each.status for each in account.run(wanted).findings} == {Status.OK}, "the first environment's own"
