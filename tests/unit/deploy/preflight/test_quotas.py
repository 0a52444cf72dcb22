"""How many participants the account's quotas allow at the same time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import participants, quotas
from hippo_deploy.preflight.findings import Finding, Status, ok
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

SPOT, ON_DEMAND = "L-36FBB829", "L-3032A538"
ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)


def deployed(account: Account) -> Account:
    account.has_deployment("Z1", "subnet-1", "sg-1")
    return account


def fargate(account: Account, wanted: Wanted = ANY) -> Finding:
    [finding] = account.find(quotas.fargate, wanted)
    return finding


def test_without_an_open_study_a_server_has_the_default_size(account: Account) -> None:
    account.quotas |= {SPOT: 7, ON_DEMAND: 3}

    assert fargate(account).participants == 10


@pytest.mark.parametrize(
    ("vcpu", "capacity", "allowed"),
    [(2, "spot-then-on-demand", 3 + 1), (2, "spot", 3), (2, "on-demand", 1), (0.25, "spot", 28), (4, "on-demand", 0)],
)
def test_the_limit_depends_on_size_and_capacity_of_the_studys_servers(
    account: Account, vcpu: float, capacity: str, allowed: int
) -> None:
    deployed(account).has_study("chess", vcpu, capacity)
    account.quotas |= {SPOT: 7, ON_DEMAND: 3}

    assert fargate(account).participants == allowed


def test_the_open_study_with_the_largest_servers_decides(account: Account) -> None:
    deployed(account).has_study("small", 0.5)
    account.has_study("large", 3)
    account.has_study("closed", 6, live=False)

    finding = fargate(account)

    assert (finding.participants, "large" in finding.found) == (4, True)


def test_max_sessions_above_the_quota_is_a_problem_with_the_command_that_raises_it(account: Account) -> None:
    deployed(account).has_study("chess", 2, "on-demand")

    finding = fargate(account, replace(ANY, max_sessions=30))

    assert finding.status is Status.PROBLEM
    assert "--quota-code L-3032A538 --desired-value 60" in finding.fix
    assert SPOT not in finding.fix, "the study does not run on Spot"
    assert "max_sessions = 3" in finding.fix


def test_max_sessions_within_the_quota_is_ok(account: Account) -> None:
    assert fargate(account, replace(ANY, max_sessions=12)).status is Status.OK


def test_a_new_accounts_lambda_concurrency_allows_few_to_start(account: Account) -> None:
    account.executions(10)

    finding, _ = account.find(quotas.concurrency, replace(ANY, max_sessions=50))

    assert (finding.status, finding.participants) == (Status.PROBLEM, 4)
    assert "--service-code lambda --quota-code L-B99A9384 --desired-value 1000" in finding.fix


def test_a_default_that_a_new_account_cannot_serve_yet_is_no_problem_of_the_quota(account: Account) -> None:
    account.executions(10)
    wanted = replace(ANY, max_sessions=50, max_sessions_is_default=True)

    finding, _ = account.find(quotas.concurrency, wanted)

    assert (finding.status, finding.participants) == (Status.OK, 4)


@pytest.mark.parametrize(
    ("executions", "start_server", "next_step", "status", "words"),
    [
        (10, None, None, Status.OK, "none; the account's 10 executions leave no room for it"),
        (1000, None, None, Status.OK, "room for reserved_concurrency = { start_server = 56, next_step = 100 }"),
        (1000, 150, 200, Status.OK, "350 of 1000 executions"),
        (1000, 900, None, Status.OK, "900 of 1000 executions"),
        (1000, 900, 1, Status.PROBLEM, "asks for 901 of 1000 executions"),
        (10, 5, None, Status.PROBLEM, "asks for 5 of 10 executions"),
    ],
)
def test_lambda_keeps_a_hundred_executions_unreserved(
    account: Account, executions: int, start_server: int | None, next_step: int | None, status: Status, words: str
) -> None:
    account.executions(executions)
    wanted = replace(ANY, max_sessions=50, reserved_start_server=start_server, reserved_next_step=next_step)

    *_, finding = account.find(quotas.concurrency, wanted)

    assert (finding.subject, finding.status) == (quotas.RESERVED, status)
    assert words in finding.found


def test_existing_clusters_are_counted(account: Account) -> None:
    account.quotas["L-21C621EB"] = 5
    for number in range(3):
        account.client("ecs").create_cluster(clusterName=f"c{number}")

    [finding] = account.find(quotas.clusters, ANY)

    assert finding.participants == 2


def test_a_shared_cluster_has_no_limit_of_clusters(account: Account) -> None:
    assert account.find(quotas.clusters, replace(ANY, cluster_mode="shared")) == []


def test_max_sessions_of_a_class_is_a_warning_that_advises_a_shared_cluster(account: Account) -> None:
    findings = account.find(quotas.clusters, replace(ANY, max_sessions=100))

    assert [finding.status for finding in findings] == [Status.OK, Status.WARNING]
    assert 'cluster_mode = "shared"' in findings[1].fix


def test_a_zone_has_room_for_half_as_many_participants_as_records(account: Account) -> None:
    account.answers["GetHostedZoneLimit"] = lambda _: {"Limit": {"Value": 100}, "Count": 91}

    [finding] = account.find(quotas.records, replace(ANY, hosted_zone_id="Z1"))

    assert finding.participants == 4


def test_existing_interfaces_are_counted(account: Account) -> None:
    subnet, _ = account.has_network()
    account.client("ec2").create_network_interface(SubnetId=subnet)
    account.quotas["L-DF5E4CA3"] = 1

    [finding] = account.find(quotas.interfaces, ANY)

    assert (finding.status, finding.participants) == (Status.PROBLEM, 0)


def test_the_quota_of_vpcs_counts_only_if_terraform_makes_one(account: Account) -> None:
    account.quotas["L-F678F1CE"] = 1  # the default one

    assert [finding.status for finding in account.find(quotas.vpcs, ANY)] == [Status.PROBLEM]
    assert account.find(quotas.vpcs, replace(ANY, subnet_ids=("subnet-1",))) == []
    assert deployed(account).find(quotas.vpcs, ANY) == []


def test_without_an_applied_value_awss_default_counts(account: Account) -> None:
    account.has_default_quotas_alone()
    account.quotas |= {SPOT: 7, ON_DEMAND: 3}

    assert fargate(account).participants == 10


FARGATE, OTHER = ok(quotas.FARGATE, "", "", 12), ok("ECS clusters", "", "", 40)


def test_the_lowest_limit_counts() -> None:
    judged = participants.judge([OTHER, FARGATE, ok("Credentials", "", "")], None)

    assert judged is not None
    assert (judged.status, judged.participants) == (Status.WARNING, 12)
    assert judged.fix.startswith("Set max_sessions = 12")


@pytest.mark.parametrize(("most", "status"), [(12, Status.OK), (13, Status.PROBLEM)])
def test_max_sessions_is_compared_with_the_lowest_limit(most: int, status: Status) -> None:
    judged = participants.judge([FARGATE, OTHER], most)

    assert judged is not None
    assert judged.status is status


@pytest.mark.parametrize(("allowed", "status"), [(50, Status.OK), (12, Status.WARNING), (0, Status.PROBLEM)])
def test_the_default_above_the_lowest_limit_is_a_warning_that_names_the_number(allowed: int, status: Status) -> None:
    judged = participants.judge([ok(quotas.FARGATE, "", "", allowed)], 50, is_default=True)

    assert judged is not None
    assert judged.status is status
    if status is Status.WARNING:
        assert "50 (the default)" in judged.found
        assert "max_sessions = 12" in judged.fix


def test_without_fargates_limit_there_is_no_number() -> None:
    assert participants.judge([OTHER], 5) is None


def xray(account: Account, count: int, wanted: Wanted = ANY, **more: str) -> list[Finding]:
    names = [f"policy{number}" for number in range(count)] + list(more.values())
    account.answers["ListResourcePolicies"] = lambda _: {"ResourcePolicies": [{"PolicyName": name} for name in names]}
    return account.find(quotas.xray_policies, wanted)


def test_x_ray_needs_room_for_the_policy(account: Account) -> None:
    assert [finding.status for finding in xray(account, 4)] == [Status.OK]
    [finding] = xray(account, 5)
    assert (finding.status, "xray_resource_policy = false" in finding.fix) == (Status.PROBLEM, True)


def test_x_ray_needs_no_room_if_the_policy_exists_or_is_not_made(account: Account) -> None:
    assert [finding.status for finding in xray(account, 4, ours="HIPPO_Gym_topics")] == [Status.OK]
    assert xray(account, 5, replace(ANY, xray_resource_policy=False)) == []
    assert xray(account, 5, replace(ANY, tracing=False)) == []
