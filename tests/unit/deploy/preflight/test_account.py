"""Credentials, Region, roles and buckets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import credentials, region, roles, storage, tools
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.running import CHECKS
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import ACCOUNT, BUCKET, REGION, ROOT, STATE, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_without_valid_credentials_no_other_check_runs(account: Account, code: str) -> None:
    account.refuse("GetCallerIdentity", code, status=400)

    report = account.run(ANY)

    [finding] = report.findings
    assert (finding.subject, finding.status) == (credentials.SUBJECT, Status.PROBLEM)
    assert "aws sso login" in finding.fix
    assert account.called == {"GetCallerIdentity"}


@pytest.mark.parametrize(
    ("arn", "status"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", Status.WARNING),
        (f"arn:aws:iam::{ACCOUNT}:user/ada", Status.WARNING),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ada", Status.OK),
    ],
)
def test_the_root_user_and_iam_users_are_warned_of(account: Account, arn: str, status: Status) -> None:
    account.is_caller(arn)

    finding = account.run(ANY, checks=()).findings[0]

    assert (finding.status, arn in finding.found) == (status, True)


def test_a_region_that_is_not_enabled_ends_the_run(account: Account) -> None:
    account.answers["DescribeRegions"] = lambda _: {"Regions": [{"RegionName": REGION, "OptInStatus": "not-opted-in"}]}

    report = account.run(ANY)

    assert report.findings[-1].fix.startswith(f"aws account enable-region --region-name {REGION}")
    assert len(report.findings) == 2


def test_an_unknown_region_ends_the_run(account: Account) -> None:
    assert account.run(replace(ANY, region="ca-nowhere-9")).findings[-1].found == "there is no such Region"


def test_a_region_without_fargate_is_a_problem(account: Account) -> None:
    name = f"/aws/service/global-infrastructure/regions/{REGION}/services/fargate"
    account.answers["GetParameters"] = lambda _: {"Parameters": [], "InvalidParameters": [name]}

    [finding] = account.find(region.services, ANY)

    assert (finding.status, finding.found) == (Status.PROBLEM, f"{REGION} has no Fargate")


@pytest.mark.parametrize(("where", "status"), [(REGION, Status.OK), ("ca-nowhere-9", Status.PROBLEM)])
def test_the_ids_of_services_are_those_of_awss_list(account: Account, where: str, status: Status) -> None:
    del account.answers["GetParameters"]  # moto has AWS's own list

    [finding] = account.find(region.services, replace(ANY, region=where))

    assert finding.status is status, finding.found


def test_a_missing_role_of_ecs_is_a_warning(account: Account) -> None:
    assert [finding.status for finding in account.find(roles.ecs, ANY)] == [Status.WARNING]
    account.has_ecs_role()
    assert [finding.status for finding in account.find(roles.ecs, ANY)] == [Status.OK]


def test_without_a_boundary_there_is_no_finding(account: Account) -> None:
    assert account.find(roles.boundary, ANY) == []


def test_an_existing_boundary_is_ok(account: Account) -> None:
    assert boundary(account, account.has_policy()).status is Status.OK


@pytest.mark.parametrize("account_id", [ACCOUNT, "aws", "210987654321"])
def test_a_missing_boundary_or_one_of_another_account_is_a_problem(account: Account, account_id: str) -> None:
    arn = f"arn:aws:iam::{account_id}:policy/nowhere"

    assert (boundary(account, arn).status, arn in boundary(account, arn).found) == (Status.PROBLEM, True)


def boundary(account: Account, arn: str) -> Finding:
    [finding] = account.find(roles.boundary, replace(ANY, permissions_boundary_arn=arn))
    return finding


@pytest.mark.parametrize(
    ("version", "status"),
    [(None, Status.PROBLEM), ("1.9.8", Status.PROBLEM), ("1.10.0", Status.OK), ("1.11.0-rc1", Status.OK)],
)
def test_terraform_has_to_be_new_enough_to_lock_in_s3(account: Account, version: str | None, status: Status) -> None:
    [finding] = tools.check(Situation(ANY, account, ACCOUNT, terraform=lambda: version))

    assert finding.status is status


# ---------------------------------------------------------------------------------------------------------- buckets


def bucket(account: Account, wanted: Wanted = ANY) -> Finding:
    [finding] = account.find(storage.projects_bucket, wanted)
    return finding


def test_a_name_without_a_bucket_is_free(account: Account) -> None:
    assert "is free" in bucket(account).found
    assert account.parameters["HeadBucket"]["ExpectedBucketOwner"] == ACCOUNT, "or another account's bucket would pass"


def test_a_bucket_that_exists_before_the_deployment_is_a_problem(account: Account) -> None:
    account.has_bucket(BUCKET)

    assert (bucket(account).status, "import" in bucket(account).fix) == (Status.PROBLEM, True)


def test_another_accounts_bucket_is_a_problem(account: Account) -> None:
    account.refuse("HeadBucket", "403")

    assert (bucket(account).status, "another account" in bucket(account).found) == (Status.PROBLEM, True)


def test_the_deployments_own_bucket_is_ok(account: Account) -> None:
    account.has_deployment("Z1", "subnet-1", "sg-1")

    assert bucket(account).status is Status.OK


def test_another_name_for_a_deployments_bucket_is_a_problem(account: Account) -> None:
    account.has_deployment("Z1", "subnet-1", "sg-1")

    finding = bucket(account, replace(ANY, bucket_name="other.example"))

    assert (finding.status, BUCKET in finding.fix) == (Status.PROBLEM, True)


@pytest.mark.parametrize("name", ["a" * 64, "Upper", "ab", "a..b", "xn--a", "10.0.0.1", "-a-"])
def test_an_invalid_bucket_name_is_a_problem(account: Account, name: str) -> None:
    assert bucket(account, replace(ANY, bucket_name=name)).status is Status.PROBLEM


def test_a_versioned_state_bucket_is_ok(account: Account) -> None:
    account.has_bucket(STATE.bucket)

    assert [finding.status for finding in account.find(storage.state, replace(ANY, state=STATE))] == [Status.OK]


def test_a_state_bucket_without_versions_is_a_warning(account: Account) -> None:
    account.has_bucket(STATE.bucket, versioned=False)

    assert [finding.status for finding in account.find(storage.state, replace(ANY, state=STATE))] == [Status.WARNING]


@pytest.mark.parametrize("code", ["404", "403", "301"])
def test_a_state_bucket_that_cannot_be_reached_is_a_problem(account: Account, code: str) -> None:
    account.refuse("HeadBucket", code, status=int(code))

    [finding] = account.find(storage.state, replace(ANY, state=STATE))

    assert (finding.status, STATE.bucket in finding.found) == (Status.PROBLEM, True)


def test_a_missing_backend_file_is_a_problem_with_the_command_that_writes_it(account: Account) -> None:
    [finding] = account.find(storage.state, ANY)

    assert "make bootstrap ENV=prod" in finding.fix


def test_the_checks_have_different_subjects() -> None:
    assert len({check.subject for check in CHECKS}) == len(CHECKS)
