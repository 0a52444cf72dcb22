"""What an environment asks for, as far as preflight looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PER_SESSION: Final = "per-session"


@dataclass(frozen=True)
class StateStore:
    """Where Terraform keeps the environment's state: an S3 bucket and a key in it."""

    bucket: str
    key: str
    region: str


@dataclass(frozen=True)
class Wanted:
    """The variables of terraform/variables.tf that preflight needs, with the same names and meanings.

    Attributes:
        environment: its name, such as prod.
        website: whether the participant page is served.
        page_domain: of the participant page, if it has a name of its own.
        api_domain: of the API, if it has a name of its own.
        state: None without a backend file.
    """

    region: str
    root_domain: str
    environment: str = "prod"
    name: str = "HIPPO_Gym"
    hosted_zone_id: str | None = None
    parent_zone_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    vpc_cidr: str = "10.42.0.0/16"
    session_ports: tuple[int, ...] = (5000,)
    max_sessions: int | None = None
    cluster_mode: str = PER_SESSION
    bucket_name: str | None = None
    website: bool = False
    page_domain: str | None = None
    api_domain: str | None = None
    kms_key_arn: str | None = None
    permissions_boundary_arn: str | None = None
    alarm_topic_arn: str | None = None
    alarm_emails: frozenset[str] = frozenset()
    session_certificate_secret_arn: str | None = None
    tracing: bool = True
    xray_resource_policy: bool = True
    state: StateStore | None = None

    @property
    def makes_network(self) -> bool:
        """Tell whether Terraform makes the VPC, as it does when no subnets are given."""
        return not self.subnet_ids

    def bucket(self, account_id: str) -> str:
        """Return the name of the projects bucket, which terraform/main.tf makes up if none is given."""
        return self.bucket_name or f"{self.name.lower().replace('_', '-')}-projects-{account_id}"
