"""Runs the checks in parallel. A check that AWS refuses, or that fails, becomes a finding and stops no other check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common.parallel import in_parallel
from hippo_deploy.errors import in_words
from hippo_deploy.ownership import records
from hippo_deploy.preflight import (
    alarm_mail,
    certificates,
    credentials,
    delegation,
    existing,
    game_route,
    keys,
    moved,
    network,
    ownership,
    participants,
    public_access,
    quotas,
    region,
    roles,
    server_certificate,
    storage,
    task_definitions,
    tools,
)
from hippo_deploy.preflight.cloud import Cloud, is_denied, permission
from hippo_deploy.preflight.findings import Finding, Status, ok, problem, warning
from hippo_deploy.preflight.public_dns import PublicDns, Resolver
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.preflight.wanted import Wanted
from hippo_deploy.terraform import TerraformVersion, terraform_version
from hippo_gym.runtime.clock import Clock, SystemClock

_THREADS: Final = 8
_WHY: Final = "A problem here would show only when the deployment fails, or when a participant cannot play."


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        subject: subject of its finding if it cannot be run.
        run: runs it, and yields its findings.
        needs_existing: whether it has to know what is deployed.
    """

    subject: str
    run: Callable[[Situation], Iterator[Finding]]
    needs_existing: bool = False


CHECKS: Final = (
    Check("Terraform", tools.check),
    Check("State bucket", storage.state),
    Check(moved.SUBJECT, moved.check),
    Check("AWS services", region.services),
    Check("Role of ECS", roles.ecs),
    Check("Permissions boundary", roles.boundary),
    Check("KMS key", keys.check),
    Check("Projects bucket", storage.projects_bucket, needs_existing=True),
    Check("Hosted zone", delegation.check, needs_existing=True),
    Check("Certificates", certificates.check),
    Check(server_certificate.SUBJECT, server_certificate.check),
    Check(game_route.SUBJECT, game_route.check),
    Check("Subnets", network.subnets, needs_existing=True),
    Check("Security groups", network.security_groups, needs_existing=True),
    Check(public_access.SUBJECT, public_access.check, needs_existing=True),
    Check("VPCs", quotas.vpcs, needs_existing=True),
    Check(quotas.FARGATE, quotas.fargate, needs_existing=True),
    Check("Lambda concurrency", quotas.concurrency),
    Check("ECS clusters", quotas.clusters),
    Check("Route 53 records", quotas.records, needs_existing=True),
    Check("Network interfaces", quotas.interfaces),
    Check("X-Ray policies", quotas.xray_policies, needs_existing=True),
    Check(task_definitions.SUBJECT, task_definitions.check, needs_existing=True),
    Check(task_definitions.ROLE, task_definitions.roles, needs_existing=True),
    Check(alarm_mail.SUBJECT, alarm_mail.check, needs_existing=True),
)
"""In the order of the findings; the output sorts by status first."""


@dataclass(frozen=True)
class Report:
    """The result of a preflight.

    Attributes:
        findings: the findings, in the order of the checks.
        account_id: account of the credentials; None if AWS does not accept them.
        participants: how many can play at the same time; None if not known.
    """

    findings: Sequence[Finding]
    account_id: str | None = None
    participants: int | None = field(default=None)

    @property
    def by_urgency(self) -> list[Finding]:
        """The findings, problems first."""
        order = (Status.PROBLEM, Status.WARNING, Status.OK)
        return sorted(self.findings, key=lambda finding: order.index(finding.status))

    def count(self, status: Status) -> int:
        """Return how many findings there are of a status."""
        return sum(finding.status is status for finding in self.findings)


def run(
    wanted: Wanted,
    cloud: Cloud,
    dns: PublicDns | None = None,
    clock: Clock | None = None,
    terraform: TerraformVersion = terraform_version,
    checks: Sequence[Check] = CHECKS,
) -> Report:
    """Run all checks; only the first ones if AWS does not accept the credentials, or the Region is not enabled."""
    caller = credentials.identify(cloud)
    if isinstance(caller, Finding):
        return Report([caller])
    found = list(credentials.judge(caller))
    situation = Situation(wanted, cloud, caller.account_id, None, dns or Resolver(), clock or SystemClock(), terraform)
    found += _run_check(Check("Region", region.enabled), situation)
    if found[-1].status is Status.PROBLEM:
        return Report(found, caller.account_id)
    deployed, finding = _existing(cloud, wanted)
    found.append(finding)
    if finding.status is not Status.OK:
        found += [_not_checked(check.subject) for check in checks if check.needs_existing]
        checks = [check for check in checks if not check.needs_existing]
    situation = Situation(wanted, cloud, caller.account_id, deployed, situation.dns, situation.clock, terraform)
    for findings in in_parallel(lambda check: _run_check(check, situation), checks, _THREADS):
        found += findings
    judged = participants.judge(found, wanted.max_sessions, is_default=wanted.max_sessions_is_default)
    if judged is None:
        return Report(found, caller.account_id)
    return Report([*found, judged], caller.account_id, judged.participants)


def _run_check(check: Check, situation: Situation) -> list[Finding]:
    """Run one check; findings from before an error are kept."""
    found: list[Finding] = []
    try:
        found.extend(check.run(situation))
    except (BotoCoreError, ClientError) as error:
        found.append(refused(check.subject, error))
    return found


def refused(subject: str, error: BotoCoreError | ClientError) -> Finding:
    """Make the finding of a check that AWS refused, or that got no answer."""
    if isinstance(error, ClientError) and is_denied(error):
        action = permission(error)
        fix = f"Get the permission {action}, or have a person with it run make preflight."
        return warning(subject, f"not checked: you lack the permission {action}", _WHY, fix)
    words = in_words(error)
    return warning(subject, f"not checked: {words.message}", _WHY, words.fix or "Run make preflight again.")


def _not_checked(subject: str) -> Finding:
    return warning(subject, "not checked: it depends on what is deployed", _WHY, "See Deployment, above.")


def _existing(cloud: Cloud, wanted: Wanted) -> tuple[existing.Existing | None, Finding]:
    subject, why = "Deployment", "Preflight checks the resources that exist, or what make deploy needs to make them."
    try:
        recorded = records.read(cloud.client("ssm"), wanted.name)
        if recorded and (refusal := ownership.refusal(wanted, cloud, recorded)) is not None:
            return None, problem(subject, refusal.reason, ownership.WHY, refusal.fix)
        deployed = existing.find(cloud, wanted.name)
    except (BotoCoreError, ClientError) as error:
        return None, refused(subject, error)
    if deployed is None:
        return None, ok(subject, f"{wanted.name} does not exist yet: this is a first deployment", why)
    return deployed, ok(subject, f"{wanted.name} exists", why)
