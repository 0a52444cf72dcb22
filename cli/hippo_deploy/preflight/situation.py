"""The argument of every check."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.existing import Existing
from hippo_deploy.preflight.public_dns import PublicDns, Resolver
from hippo_deploy.preflight.wanted import Wanted
from hippo_deploy.terraform import TerraformVersion, terraform_version
from hippo_gym.runtime.clock import Clock, SystemClock


@dataclass(frozen=True)
class Situation:
    """The settings, the account, and the deployment that exists already.

    Attributes:
        account_id: account of the credentials.
        existing: the deployment of that name; None before the first `make deploy`.
    """

    wanted: Wanted
    cloud: Cloud
    account_id: str
    existing: Existing | None = None
    dns: PublicDns = field(default_factory=Resolver)
    clock: Clock = field(default_factory=SystemClock)
    terraform: TerraformVersion = terraform_version

    @property
    def hosted_zone_id(self) -> str | None:
        """The zone of the sessions' names: given, or made by an earlier deployment; None if neither."""
        return self.wanted.hosted_zone_id or (self.existing.hosted_zone_id if self.existing else None)

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """The servers' subnets: given, or made by an earlier deployment; empty if neither."""
        return self.wanted.subnet_ids or (self.existing.subnet_ids if self.existing else ())

    @property
    def security_group_ids(self) -> tuple[str, ...]:
        """The servers' security groups: given, or made by an earlier deployment; empty if neither."""
        return self.wanted.security_group_ids or (self.existing.security_group_ids if self.existing else ())
