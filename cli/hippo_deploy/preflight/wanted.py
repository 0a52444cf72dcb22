"""The settings of an environment that preflight checks."""

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
    """The variables of terraform/variables*.tf that preflight needs, with the same names and meanings.

    Attributes:
        environment: name of the environment, such as prod.
        website: whether the participant page is deployed.
        page_domain: the participant page's own domain, if it has one.
        api_domain: the API's own domain, if it has one.
        max_sessions: None if it is 0, no limit.
        max_sessions_is_default: the team has not chosen max_sessions.
        reserved_start_server, reserved_next_step: reserved_concurrency of the functions; None: none.
        session_certificate_secret_arn: the secret with the servers' certificate, by either setting.
        certificate_by_acme: whether renew_certificate gets that certificate.
        game_routes: on which pages reach servers: of new sessions, and of those that still run.
        state: where Terraform's state is; None without a backend file.
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
    max_sessions: int | None = 50
    max_sessions_is_default: bool = True
    reserved_start_server: int | None = None
    reserved_next_step: int | None = None
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
    session_task_role: str = "none"
    admitted_task_families: tuple[str, ...] = ()
    certificate_by_acme: bool = False
    game_routes: frozenset[str] = frozenset({"direct"})
    tracing: bool = True
    xray_resource_policy: bool = True
    state: StateStore | None = None

    @property
    def needed_sessions(self) -> int | None:
        """How many sessions the account must allow: max_sessions, or None if the team has not chosen it."""
        return None if self.max_sessions_is_default else self.max_sessions

    @property
    def makes_network(self) -> bool:
        """Whether Terraform makes the VPC, which it does if subnet_ids is empty."""
        return not self.subnet_ids

    def bucket(self, account_id: str) -> str:
        """Return the name of the projects bucket: bucket_name, or the default of terraform/main.tf."""
        return self.bucket_name or f"{self.name.lower().replace('_', '-')}-projects-{account_id}"
