"""Runs the checks side by side. One that is refused or fails is a finding itself, and stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common.parallel import in_parallel
from hippo_deploy.errors import in_words
from hippo_deploy.preflight import (
    alarm_mail,
    certificates,
    credentials,
    delegation,
    existing,
    keys,
    network,
    participants,
    public_access,
    quotas,
    region,
    roles,
    server_certificate,
    storage,
    tools,
)
from hippo_deploy.preflight.cloud import Cloud, is_denied, permission
from hippo_deploy.preflight.findings import Finding, Status, ok, warning
from hippo_deploy.preflight.public_dns import PublicDns, Resolver
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.preflight.wanted import Wanted
from hippo_deploy.terraform import TerraformVersion, terraform_version
from hippo_gym.runtime.clock import Clock, SystemClock

_THREADS: Final = 8
_WHY: Final = "What was not looked at may be in the way: a deployment, or a participant, would find it out."


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        subject: what its finding is called if it cannot be looked at.
        run: looks, and yields what is found.
        needs_existing: it cannot be done without knowing what is deployed.
    """

    subject: str
    run: Callable[[Situation], Iterator[Finding]]
    needs_existing: bool = False


CHECKS: Final = (
    Check("Terraform", tools.check),
    Check("State bucket", storage.state),
    Check("Services there", region.services),
    Check("Role of ECS", roles.ecs),
    Check("Permissions boundary", roles.boundary),
    Check("KMS key", keys.check),
    Check("Projects bucket", storage.projects_bucket, needs_existing=True),
    Check("Hosted zone", delegation.check, needs_existing=True),
    Check("Certificates", certificates.check),
    Check(server_certificate.SUBJECT, server_certificate.check),
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
    Check(alarm_mail.SUBJECT, alarm_mail.check, needs_existing=True),
)
"""In the order in which they are shown; each kind of status apart."""


@dataclass(frozen=True)
class Report:
    """What a preflight found.

    Attributes:
        findings: in order.
        account_id: None if AWS does not know us.
        participants: how many may play at once; None if nothing says.
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
    """Look at everything. Without an account or its Region there is nothing more to look at."""
    caller = credentials.identify(cloud)
    if isinstance(caller, Finding):
        return Report([caller])
    found = list(credentials.judge(caller))
    situation = Situation(wanted, cloud, caller.account_id, None, dns or Resolver(), clock or SystemClock(), terraform)
    found += _run_check(Check("Region", region.enabled), situation)
    if found[-1].status is Status.PROBLEM:
        return Report(found, caller.account_id)
    deployed, told = _existing(cloud, wanted.name)
    found.append(told)
    if told.status is not Status.OK:
        found += [_not_checked(check.subject) for check in checks if check.needs_existing]
        checks = [check for check in checks if not check.needs_existing]
    situation = Situation(wanted, cloud, caller.account_id, deployed, situation.dns, situation.clock, terraform)
    for findings in in_parallel(lambda check: _run_check(check, situation), checks, _THREADS):
        found += findings
    judged = participants.judge(found, wanted.max_sessions)
    if judged is None:
        return Report(found, caller.account_id)
    return Report([*found, judged], caller.account_id, judged.participants)


def _run_check(check: Check, situation: Situation) -> list[Finding]:
    """Run one check; what it had found before it was refused or failed is kept."""
    found: list[Finding] = []
    try:
        found.extend(check.run(situation))
    except (BotoCoreError, ClientError) as error:
        found.append(refused(check.subject, error))
    return found


def refused(subject: str, error: BotoCoreError | ClientError) -> Finding:
    """Make the finding of a check that AWS did not let look, or that got no answer."""
    if isinstance(error, ClientError) and is_denied(error):
        action = permission(error)
        fix = f"Have {action} allowed to you, or have somebody run this who may."
        return warning(subject, f"not looked at: you may not {action}", _WHY, fix)
    words = in_words(error)
    return warning(subject, f"not looked at: {words.message}", _WHY, words.fix or "Run it again.")


def _not_checked(subject: str) -> Finding:
    return warning(subject, "not looked at: what is deployed is not known", _WHY, "See Deployment, above.")


def _existing(cloud: Cloud, name: str) -> tuple[existing.Existing | None, Finding]:
    subject, why = "Deployment", "Findings are about what is there, or about what is to be made."
    try:
        deployed = existing.find(cloud, name)
    except (BotoCoreError, ClientError) as error:
        return None, refused(subject, error)
    if deployed is None:
        return None, ok(subject, f"{name} is not there yet: this is a first deployment", why)
    return deployed, ok(subject, f"{name} is there", why)
